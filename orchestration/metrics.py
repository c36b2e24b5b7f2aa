"""How things stand as an OpenMetrics file, for whoever watches with Prometheus.

Gauges alone, so that the file is also of the older text format, which node_exporter's textfile
collector reads. What is not known is left out: an old figure would pass for a new one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from ingest.settings import Settings
from orchestration.alerts.events import ENDS, Event
from orchestration.alerts.kinds import Kind
from orchestration.files import write_whole
from orchestration.standing import End, Standing

#: Each gauge: its name after `nightquest_`, what it says, and its label, if it has one.
GAUGES: dict[str, tuple[str, str | None]] = {
    "last_good_night_timestamp_seconds": ("When readers were last given a night.", None),
    "as_of_day_timestamp_seconds": ("Begin (UTC) of the day the figures stand for.", None),
    "last_night_failed": ("1 where the last night or rebuild came to no good end, else 0.", None),
    "source_lateness_days": ("Days up to the as-of day that a source still owes.", "source"),
    "table_rows": ("Rows of a published table.", "table"),
    "night_step_seconds": ("Seconds that a step of the last published night took.", "step"),
    "night_rows_written": ("Rows that the last published night wrote.", None),
    "quarantine_rows": ("Rows set aside because they could not be read.", None),
    "held_days": ("Days of sources that wait for `nightquest held`.", None),
    "requests_left": ("GitHub's rate limit as last seen, the scarcest of its kinds.", None),
    "open_alerts": ("What somebody has to look at now, by kind.", "kind"),
}
STEPS = ("load", "build", "publish")

Values = Iterator[tuple[str, Mapping[str, float]]]


def metrics_file(settings: Settings) -> Path:
    return (settings.metrics_folder or settings.home / "metrics") / "nightquest.prom"


def write_metrics(settings: Settings, standing: Standing, events: Iterable[Event]) -> None:
    """Write the file anew.

    Raises:
        OSError: it could not be written; the file of before stays.
    """
    write_whole(metrics_file(settings), openmetrics(standing, events))


def openmetrics(standing: Standing, events: Iterable[Event]) -> str:
    """The file's text."""
    registry = CollectorRegistry()
    for name, values in measured(standing, events):
        said, label = GAUGES[name]
        gauge = Gauge(f"nightquest_{name}", said, [label] if label else [], registry=registry)
        for key, value in values.items():
            (gauge.labels(key) if label else gauge).set(value)
    return generate_latest(registry).decode()


def measured(standing: Standing, events: Iterable[Event]) -> Values:
    """Each gauge that is known, with its values by label ("" where it has none)."""
    ended = [run for run in standing.runs if run.end is not End.at_work]
    if ended:
        yield "last_night_failed", {"": ended[0].end in ENDS}
    if standing.night:
        yield from of_night(standing, standing.night.as_of_day)
        yield "quarantine_rows", {"": sum(row["row_count"] for row in standing.quarantine)}
    if standing.held is not None:
        yield "held_days", {"": len(standing.held)}
    if standing.requests_left is not None:
        yield "requests_left", {"": standing.requests_left}
    kinds: Counter[Kind] = Counter(event.kind for event in events)
    bad = (kind for kind in Kind if kind not in (Kind.good_again, Kind.test))
    yield "open_alerts", {kind: kinds[kind] for kind in bad}


def of_night(standing: Standing, as_of_day: date) -> Values:
    """What the published night and its record say."""
    record = standing.record
    if record.get("published_at"):
        yield "last_good_night_timestamp_seconds", {"": epoch(record["published_at"])}
    yield "as_of_day_timestamp_seconds", {"": epoch(datetime.combine(as_of_day, time()))}
    late: dict[str, int] = {}
    for row in standing.complete:
        late[row["source"]] = max(late.get(row["source"], 0), owed(row, as_of_day))
    yield "source_lateness_days", late
    yield "table_rows", standing.row_counts
    took = {step: record.get(f"{step}_seconds") for step in STEPS}
    yield "night_step_seconds", {step: float(s) for step, s in took.items() if s is not None}
    if record.get("rows_written") is not None:
        yield "night_rows_written", {"": record["rows_written"]}


def owed(row: Mapping[str, Any], as_of_day: date) -> int:
    """How many of the newest days a source's scope lacks."""
    if row["complete_through"]:
        return (as_of_day - row["complete_through"]).days
    return (as_of_day - row["first_day"]).days + 1


def epoch(moment: datetime) -> float:
    """Seconds since 1970 of a moment in UTC that carries no offset."""
    return moment.replace(tzinfo=UTC).timestamp()
