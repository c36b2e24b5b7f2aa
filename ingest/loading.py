"""The load step: what changed in the landing becomes typed raw rows, each day replaced whole."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

import ingest.copilot.frames as copilot
import ingest.github.frames as github
import ingest.snowflake.frames as snowflake
from ingest.framing import Framed, Framer, Payload, quarantine_frame
from ingest.landing import Landing
from ingest.progress import Progress
from ingest.settings import Settings
from ingest.snowflake.declared import load_extracts
from ingest.tables import (
    COPILOT_USER_DAY_VALUES,
    COPILOT_USER_DAYS,
    GITHUB_ISSUES,
    GITHUB_MEMBERS,
    GITHUB_PULL_REQUESTS,
    GITHUB_REVIEWS,
    GITHUB_TEAM_MEMBERS,
    GITHUB_TEAMS,
    OPS_NIGHTS,
    OPS_QUARANTINE,
    OPS_SOURCE_DAYS,
    OPS_SOURCES,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    TABLES,
    Table,
)
from ingest.warehouse import Warehouse

log = logging.getLogger("nightquest.ingest")

COPILOT_HISTORY = timedelta(days=365)
#: Payloads framed at once: decoding takes several times their size in memory.
BATCH_BYTES = 64_000_000
#: The days to replace, staged in the session: one delete a table, however many days there are.
STAGED = "replaced_days"


@dataclass(frozen=True)
class Dataset:
    """How a landed dataset becomes rows."""

    source: str
    name: str
    frame: Framer
    tables: tuple[Table, ...]


DATASETS = (
    Dataset("copilot", "users-1-day", copilot.frame_user_days,
            (COPILOT_USER_DAYS, COPILOT_USER_DAY_VALUES)),
    Dataset("github", "pull_requests", github.frame_pull_requests, (GITHUB_PULL_REQUESTS,)),
    Dataset("github", "reviews", github.frame_reviews, (GITHUB_REVIEWS,)),
    Dataset("github", "issues", github.frame_issues, (GITHUB_ISSUES,)),
    Dataset("github", "members", github.frame_members, (GITHUB_MEMBERS,)),
    Dataset("github", "teams", github.frame_teams, (GITHUB_TEAMS,)),
    Dataset("github", "team_members", github.frame_team_members, (GITHUB_TEAM_MEMBERS,)),
    Dataset("snowflake", "metrics", snowflake.frame_metrics, (SNOWFLAKE_METRICS,)),
    Dataset("snowflake", "challenge_attempts", snowflake.frame_challenge_attempts,
            (SNOWFLAKE_CHALLENGE_ATTEMPTS,)),
    Dataset("snowflake", "leave", snowflake.frame_leave, (SNOWFLAKE_LEAVE,)),
)  # fmt: skip


def load_raw(
    settings: Settings, warehouse: Warehouse, landing: Landing, as_of_day: date, run_id: str,
    rules: Mapping[Table, pl.DataFrame],
) -> dict[str, int]:  # fmt: skip
    """Bring the raw and ops tables to the state of the landing, the rule pack and the settings.

    Each dataset's changed days are replaced in one transaction, with their quarantine and their
    rows of `ops.source_days`. `rules` are whole tables.

    Returns:
        Rows written by table path; empty when nothing changed, and then nothing is written.
    """
    _create_tables(warehouse)
    written: dict[str, int] = {}
    landed = landing.states()
    known = warehouse.query(_select(OPS_SOURCE_DAYS)).cast(pl.Schema(OPS_SOURCE_DAYS.columns))
    for dataset in DATASETS:
        changed = _changed_days(dataset, landed, known)
        if changed.height:
            for path, rows in _load_dataset(warehouse, landing, dataset, changed).items():
                written[path] = written.get(path, 0) + rows
    for table, frame in {**rules, OPS_SOURCES: configured_sources(settings, as_of_day)}.items():
        written |= _replace_if_different(warehouse, table, frame)
    night = OPS_NIGHTS.frame(
        [
            {
                "as_of_day": as_of_day,
                "run_id": run_id,
                "restatement_days": settings.restatement_days,
                "matches_logins": "login" in settings.identity_matching,
                "matches_emails": "email" in settings.identity_matching,
            }
        ]
    )
    # The run's id alone is no change: a night that finds nothing new writes nothing.
    ignored = () if written else ("run_id",)
    return written | _replace_if_different(warehouse, OPS_NIGHTS, night, ignored)


def _create_tables(warehouse: Warehouse) -> None:
    for schema in dict.fromkeys(table.schema for table in TABLES):
        warehouse.execute(f"create schema if not exists {schema}")
    for table in TABLES:
        warehouse.execute(table.ddl)


def _select(table: Table) -> str:
    return f"select {', '.join(table.columns)} from {table.path}"


def _changed_days(dataset: Dataset, landed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Landed states that differ from `ops.source_days`, with the number of loads so far."""
    of_dataset = (pl.col("source") == dataset.source) & (pl.col("dataset") == dataset.name)
    before = known.filter(of_dataset).select(
        "scope", "load_count", day="activity_date", known_hash="content_hash",
        known_complete="is_complete", known_reason="reason",
    )  # fmt: skip
    states = landed.filter(of_dataset).join(before, on=["scope", "day"], how="left")
    is_same = (
        pl.col("is_complete").eq_missing(pl.col("known_complete"))
        & pl.col("content_hash").eq_missing(pl.col("known_hash"))
        & pl.col("reason").eq_missing(pl.col("known_reason"))
    )
    return states.filter(~is_same).sort("scope", "day")


def _load_dataset(
    warehouse: Warehouse, landing: Landing, dataset: Dataset, changed: pl.DataFrame
) -> dict[str, int]:
    """Replace the changed days, all in one transaction."""
    written = dict.fromkeys((table.path for table in dataset.tables), 0)
    progress = Progress(f"Loading {dataset.source} {dataset.name}", "day", changed.height)
    with warehouse.transaction():
        _delete_days(warehouse, dataset, changed.select("scope", "day"))
        for payloads in _batches(landing, changed):
            framed = dataset.frame(payloads)
            for table, frame in framed.tables.items():
                warehouse.append(table.path, frame)
                written[table.path] += frame.height
            _append_quarantine(warehouse, dataset, framed, written)
            rows = sum(frame.height for frame in framed.tables.values())
            progress.step(rows, len(payloads))
        days = _source_days(changed)
        warehouse.append(OPS_SOURCE_DAYS.path, days)
        written[OPS_SOURCE_DAYS.path] = days.height
    return written


def _append_quarantine(
    warehouse: Warehouse, dataset: Dataset, framed: Framed, written: dict[str, int]
) -> None:
    count = len(framed.quarantined)
    if not count:
        return
    rows = quarantine_frame(dataset.source, dataset.name, framed.quarantined)
    warehouse.append(OPS_QUARANTINE.path, rows)
    written[OPS_QUARANTINE.path] = written.get(OPS_QUARANTINE.path, 0) + count
    log.warning(
        "%s %s: %s rows are in quarantine, the first because %s.",
        dataset.source, dataset.name, f"{count:,}", framed.quarantined[0]["reason"],
    )  # fmt: skip


def _delete_days(warehouse: Warehouse, dataset: Dataset, days: pl.DataFrame) -> None:
    warehouse.execute(f"create temporary table {STAGED} (scope varchar, day date)")
    warehouse.append(STAGED, days)
    for table in dataset.tables:
        warehouse.execute(_deletion(table))
    for table in (OPS_SOURCE_DAYS, OPS_QUARANTINE):
        where = f"{table.path}.source = $1 and {table.path}.dataset = $2 and "
        warehouse.execute(_deletion(table, where), [dataset.source, dataset.name])
    warehouse.execute(f"drop table {STAGED}")


def _deletion(table: Table, where: str = "") -> str:
    return (
        f"delete from {table.path} where {where}exists (select 1 from {STAGED} "
        f"where {STAGED}.scope = {table.path}.scope "
        f"and {STAGED}.day = {table.path}.{table.day_column})"
    )


def _batches(landing: Landing, changed: pl.DataFrame) -> Iterator[Sequence[Payload]]:
    """The payloads of days that have one, a bounded number of bytes at a time."""
    batch: list[Payload] = []
    size = 0
    for row in changed.filter(pl.col("payload").is_not_null()).iter_rows(named=True):
        content = landing.content(row["payload"])
        batch.append(Payload(row["scope"], row["day"], row["load_id"], content))
        size += len(content)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _source_days(changed: pl.DataFrame) -> pl.DataFrame:
    """Rows of `ops.source_days`; a pending day counts as no load."""
    loads = pl.col("load_count").fill_null(0) + pl.col("is_complete").cast(pl.Int64)
    return changed.select(
        "source",
        "dataset",
        "scope",
        "is_complete",
        "reason",
        "row_count",
        "content_hash",
        "load_id",
        activity_date="day",
        loaded_at=pl.lit(datetime.now(UTC).replace(tzinfo=None)),
        load_count=loads,
    ).select(*OPS_SOURCE_DAYS.columns).cast(pl.Schema(OPS_SOURCE_DAYS.columns))  # fmt: skip


def configured_sources(settings: Settings, as_of_day: date) -> pl.DataFrame:
    """The daily datasets that the settings ask for; the others have no days to wait for."""
    since = as_of_day - COPILOT_HISTORY
    rows: list[tuple[str, str, str, date | None]] = [
        ("copilot", "users-1-day", scope, since) for scope in settings.copilot_scopes
    ]
    for org in settings.github_orgs:
        for dataset in ("pull_requests", "reviews", "issues"):
            rows.append(("github", dataset, f"org:{org}", None))
    rows += [
        ("snowflake", extract.shape, extract.name, None) for extract in load_extracts(settings)
    ]
    return OPS_SOURCES.frame([dict(zip(OPS_SOURCES.columns, row, strict=True)) for row in rows])


def _replace_if_different(
    warehouse: Warehouse, table: Table, frame: pl.DataFrame, ignored: Sequence[str] = ()
) -> dict[str, int]:
    """Replace a whole table, unless it holds just these rows; returns what was written."""
    compared = [name for name in table.columns if name not in ignored]
    before = warehouse.query(_select(table)).cast(pl.Schema(table.columns)).select(compared)
    after = frame.select(compared).cast(pl.Schema({name: table.columns[name] for name in compared}))
    if before.sort(compared).equals(after.sort(compared)):
        return {}
    with warehouse.transaction():
        warehouse.execute(f"delete from {table.path}")
        warehouse.append(table.path, frame.select(*table.columns))
    return {table.path: frame.height}
