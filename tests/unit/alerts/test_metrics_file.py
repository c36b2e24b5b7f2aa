"""The OpenMetrics file, read by Prometheus' own parsers."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from ingest.settings import Settings
from orchestration.alerts.events import Event
from orchestration.alerts.kinds import Kind
from orchestration.metrics import GAUGES, metrics_file, openmetrics, write_metrics
from orchestration.standing import End, Run, Standing
from tests.unit.alerts.alert_scene import TODAY, standing

Family = Any
Parser = Callable[[str], Iterable[Family]]

COMPLETE = [
    {"source": "copilot", "scope": "org:a", "complete_through": date(2026, 11, 19),
     "first_day": date(2026, 1, 1)},
    {"source": "copilot", "scope": "org:b", "complete_through": date(2026, 11, 18),
     "first_day": date(2026, 1, 1)},
    {"source": "github", "scope": "org:a", "complete_through": date(2026, 11, 21),
     "first_day": date(2026, 1, 1)},
    {"source": "snowflake", "scope": "tasks", "complete_through": None,
     "first_day": date(2026, 11, 20)},
]  # fmt: skip
EVERYTHING = standing(
    runs=(
        Run("run-2", "nightly", datetime(2026, 11, 22, 2), End.at_work),
        Run("run-1", "nightly", datetime(2026, 11, 21, 2), End.failed, "gone"),
    ),
    complete=COMPLETE,
    quarantine=[{"row_count": 2}, {"row_count": 3}],
    held=[{}, {}],
    record={
        "published_at": datetime(2026, 11, 22, 2, 5),
        "load_seconds": Decimal("1.5"), "build_seconds": None, "publish_seconds": Decimal("0.25"),
        "rows_written": 1234, "row_counts": '{"dim_teams": 8, "dim_levels": 200}',
    },
    requests_left=4321,
)  # fmt: skip


def samples(text: str, read: Parser = openmetrics_parser.text_string_to_metric_families) -> dict:
    """Values by name, or by name and label."""
    return {
        (sample.name.removeprefix("nightquest_"), *sample.labels.values()): sample.value
        for family in read(text)
        for sample in family.samples
    }


def test_it_holds_what_is_known() -> None:
    event = Event(Kind.night_failed, "run-1", "gone")
    found = samples(openmetrics(EVERYTHING, [event, event]))
    assert {key: value for key, value in found.items() if key[0] != "open_alerts"} == {
        ("last_night_failed",): 1,
        # date -u -d '2026-11-22 02:05' +%s and date -u -d 2026-11-21 +%s
        ("last_good_night_timestamp_seconds",): 1795313100,
        ("as_of_day_timestamp_seconds",): 1795219200,
        ("source_lateness_days", "copilot"): 3,
        ("source_lateness_days", "github"): 0,
        ("source_lateness_days", "snowflake"): 2,
        ("table_rows", "dim_teams"): 8,
        ("table_rows", "dim_levels"): 200,
        ("night_step_seconds", "load"): 1.5,
        ("night_step_seconds", "publish"): 0.25,
        ("night_rows_written",): 1234,
        ("quarantine_rows",): 5,
        ("held_days",): 2,
        ("requests_left",): 4321,
    }
    assert found["open_alerts", "night-failed"] == 2
    assert found["open_alerts", "day-held"] == 0
    assert ("open_alerts", "good-again") not in found


def test_it_says_the_same_in_the_older_format_of_node_exporter() -> None:
    text = openmetrics(EVERYTHING, [])
    assert samples(text, parser.text_string_to_metric_families) == samples(text)


def test_every_gauge_is_written_somewhere() -> None:
    assert {name for name, *_ in samples(openmetrics(EVERYTHING, []))} == set(GAUGES)


def test_what_is_not_known_is_left_out() -> None:
    found = samples(openmetrics(Standing(TODAY, unread=("Postgres is down",)), []))
    assert {name for name, *_ in found} == {"open_alerts"}


def test_it_ends_as_openmetrics_asks() -> None:
    assert openmetrics(standing(), []).endswith("\n# EOF\n")


def test_a_file_that_cannot_be_written_leaves_the_one_before(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update={"metrics_folder": tmp_path / "textfile"})
    write_metrics(settings, standing(), [])
    before = metrics_file(settings).read_text()
    assert metrics_file(settings) == tmp_path / "textfile" / "nightquest.prom"

    def full(_: int) -> None:
        raise OSError

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):  # noqa: PT011
        write_metrics(settings, EVERYTHING, [])
    assert metrics_file(settings).read_text() == before
