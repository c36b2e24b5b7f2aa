"""The load step: what changed in the landing becomes typed raw rows, each day replaced whole."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

import ingest.copilot.frames as copilot
import ingest.filedrop.frames as filedrop
import ingest.github.frames as github
import ingest.snowflake.frames as snowflake
from ingest.framing import Framed, Framer, Payload, quarantine_frame
from ingest.held import held_days
from ingest.landing import Landing, payloads_of
from ingest.progress import Progress
from ingest.settings import Settings
from ingest.snowflake.declared import DailyExtract, load_extracts
from ingest.tables import (
    COPILOT_SEATS,
    COPILOT_USER_DAY_VALUES,
    COPILOT_USER_DAYS,
    COPILOT_USER_TEAMS,
    FILEDROP_ACTIVITY,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_CHALLENGE_ATTEMPTS,
    FILEDROP_IDENTITY_MAP,
    FILEDROP_LEAVE,
    FILEDROP_OPT_INS,
    FILEDROP_OPT_OUTS,
    FILEDROP_PEOPLE,
    GITHUB_ISSUES,
    GITHUB_MEMBER_EMAILS,
    GITHUB_MEMBERS,
    GITHUB_PULL_REQUESTS,
    GITHUB_REVIEWS,
    GITHUB_TEAM_MEMBERS,
    GITHUB_TEAMS,
    OPS_HELD_DAYS,
    OPS_NIGHTS,
    OPS_QUARANTINE,
    OPS_SOURCE_DAYS,
    OPS_SOURCES,
    OPS_UNPUBLISHED_CHANGES,
    RECORDS,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_IDENTITY_MAP,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    SNOWFLAKE_PEOPLE,
    SQL_TYPES,
    TABLES,
    Table,
)
from ingest.warehouse import Warehouse, in_one_step, make_anew

log = logging.getLogger("nightquest.ingest")

COPILOT_HISTORY = timedelta(days=365)
#: Payloads framed at once: decoding takes several times their size in memory.
BATCH_BYTES = 64_000_000
#: How much smaller a Parquet file is than its rows in memory, at most (repeated text).
PARQUET_SHRINKS = 16
#: The days to replace, staged: one delete a table, however many days there are.
STAGED = "ops.replaced_days"
#: One column of each type of raw, for a moment: the engine's own names of the types.
KINDS = "column_kinds"


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
    Dataset("copilot", "user-teams-1-day", copilot.frame_user_teams, (COPILOT_USER_TEAMS,)),
    Dataset("copilot", "seats", copilot.frame_seats, (COPILOT_SEATS,)),
    Dataset("github", "pull_requests", github.frame_pull_requests, (GITHUB_PULL_REQUESTS,)),
    Dataset("github", "reviews", github.frame_reviews, (GITHUB_REVIEWS,)),
    Dataset("github", "issues", github.frame_issues, (GITHUB_ISSUES,)),
    Dataset("github", "members", github.frame_members, (GITHUB_MEMBERS,)),
    Dataset("github", "teams", github.frame_teams, (GITHUB_TEAMS,)),
    Dataset("github", "team_members", github.frame_team_members, (GITHUB_TEAM_MEMBERS,)),
    Dataset("github", "member_emails", github.frame_member_emails, (GITHUB_MEMBER_EMAILS,)),
    Dataset("snowflake", "metrics", snowflake.frame_metrics, (SNOWFLAKE_METRICS,)),
    Dataset("snowflake", "challenge_attempts", snowflake.frame_challenge_attempts,
            (SNOWFLAKE_CHALLENGE_ATTEMPTS,)),
    Dataset("snowflake", "leave", snowflake.frame_leave, (SNOWFLAKE_LEAVE,)),
    Dataset("snowflake", "people", snowflake.frame_people, (SNOWFLAKE_PEOPLE,)),
    Dataset("snowflake", "identity_map", snowflake.frame_identity_map, (SNOWFLAKE_IDENTITY_MAP,)),
    Dataset("filedrop", "activity", filedrop.frame_activity, (FILEDROP_ACTIVITY,)),
    Dataset("filedrop", "challenge_attempts", filedrop.frame_challenge_attempts,
            (FILEDROP_CHALLENGE_ATTEMPTS,)),
    Dataset("filedrop", "people", filedrop.frame_people, (FILEDROP_PEOPLE,)),
    Dataset("filedrop", "leave", filedrop.frame_leave, (FILEDROP_LEAVE,)),
    Dataset("filedrop", "adjustments", filedrop.frame_adjustments, (FILEDROP_ADJUSTMENTS,)),
    Dataset("filedrop", "identity_map", filedrop.frame_identity_map, (FILEDROP_IDENTITY_MAP,)),
    Dataset("filedrop", "opt_ins", filedrop.frame_opt_ins, (FILEDROP_OPT_INS,)),
    Dataset("filedrop", "opt_outs", filedrop.frame_opt_outs, (FILEDROP_OPT_OUTS,)),
)  # fmt: skip


def load_raw(
    settings: Settings, warehouse: Warehouse, landing: Landing, as_of_day: date, run_id: str,
    rules: Mapping[Table, pl.DataFrame], anew: bool = False, rules_problem: str | None = None,
    sources_problem: str | None = None,
) -> dict[str, int]:  # fmt: skip
    """Bring the raw and ops tables to the state of the landing, the rule pack and the settings.

    Each dataset's changed days are replaced in one transaction, with their quarantine and their
    rows of `ops.source_days`. `rules` are whole tables; `rules_problem` tells readers what the
    pack's author must know of them, `sources_problem` what the night goes on without. With `anew`,
    nothing that is there counts: every table is dropped and filled again.

    Returns:
        Rows written by table path; empty when nothing changed, and then nothing is written.
    """
    _create_tables(warehouse, anew)
    written: dict[str, int] = {}
    landed = landing.states()
    known = warehouse.query(_select(OPS_SOURCE_DAYS)).cast(pl.Schema(OPS_SOURCE_DAYS.columns))
    for dataset in DATASETS:
        changed = _changed_days(dataset, landed, known)
        if changed.height:
            for path, rows in _load_dataset(warehouse, landing, dataset, changed).items():
                written[path] = written.get(path, 0) + rows
    whole = {
        **rules,
        OPS_SOURCES: configured_sources(settings, as_of_day),
        OPS_HELD_DAYS: held_days(landing),
    }
    for table, frame in whole.items():
        written |= _replace_if_different(warehouse, table, frame)
    night = OPS_NIGHTS.frame(
        [
            {
                "as_of_day": as_of_day,
                "run_id": run_id,
                "restatement_days": settings.restatement_days,
                "matches_logins": "login" in settings.identity_matching,
                "matches_emails": "email" in settings.identity_matching,
                "min_team_size": settings.min_team_size,
                "visibility": settings.visibility,
                "rules_problem": rules_problem,
                "sources_problem": sources_problem,
            }
        ]
    )
    # The run's id alone is no change: a night that finds nothing new writes nothing.
    ignored = () if written else ("run_id",)
    return written | _replace_if_different(warehouse, OPS_NIGHTS, night, ignored)


def _create_tables(warehouse: Warehouse, anew: bool) -> None:
    """Make what is missing, and make anew what another version of Nightquest made otherwise;
    records keep their rows.

    What a new table lacks is forgotten in `ops.source_days`, so that it is loaded again. On
    Postgres the views on a dropped table go too: dbt makes them again in the same night.
    """
    for schema in _schemas():
        warehouse.execute(f"create schema if not exists {schema}")
    with in_one_step(warehouse):
        found, expected = _columns(warehouse), _expected_columns(warehouse)
        stale = {
            table
            for table in TABLES
            if (anew and table not in RECORDS) or found.get(table.path) != expected[table.path]
        }
        if OPS_QUARANTINE in stale:
            stale.add(OPS_SOURCE_DAYS)  # its rows come back with those of every dataset
        # A day is forgotten before its rows go, so that a crash in between loses none.
        for table in sorted(stale, key=lambda table: table != OPS_SOURCE_DAYS):
            if table != OPS_SOURCE_DAYS:
                _forget_days(warehouse, table)
            before = [name for name, *_ in found.get(table.path, ())] if table in RECORDS else []
            kept = [name for name in table.columns if name in before]
            make_anew(warehouse, table.path, table.ddl, kept)
    if changed := sorted(table.path for table in stale if table.path in found and not anew):
        log.info("Filled again, because this version has other columns: %s", ", ".join(changed))


def _forget_days(warehouse: Warehouse, table: Table) -> None:
    """What a table holds is to be loaded again."""
    for dataset in DATASETS:
        if table in dataset.tables:
            warehouse.execute(
                f"delete from {OPS_SOURCE_DAYS.path} where source = $1 and dataset = $2",
                [dataset.source, dataset.name],
            )


def _schemas() -> list[str]:
    return sorted({table.schema for table in TABLES})


#: By the path of a table: its columns in order, each with the type's name, digits and scale.
Columns = dict[str, list[tuple[str, str, int | None, int | None]]]
COLUMNS = (
    "select lower(table_schema) as table_schema, lower(table_name) as table_name, "
    "lower(column_name) as column_name, data_type, numeric_precision, numeric_scale "
    "from information_schema.columns where {} order by ordinal_position"
)


def _columns(warehouse: Warehouse) -> Columns:
    """The columns of all tables in the schemas that are loaded here."""
    schemas = ", ".join(f"'{schema}'" for schema in _schemas())
    found: Columns = {}
    for schema, name, *column in warehouse.query(
        COLUMNS.format(f"lower(table_schema) in ({schemas})")
    ).iter_rows():
        found.setdefault(f"{schema}.{name}", []).append(tuple(column))
    return found


def _expected_columns(warehouse: Warehouse) -> Columns:
    """What `_columns` answers where all is as in `ingest.tables`: engines have their own names."""
    kinds = {kind: f"column_{number}" for number, kind in enumerate(SQL_TYPES)}
    columns = ", ".join(f"{name} {SQL_TYPES[kind]}" for kind, name in kinds.items())
    warehouse.execute(f"drop table if exists ops.{KINDS}")
    warehouse.execute(f"create table ops.{KINDS} ({columns})")
    named = {
        name: kind
        for _, _, name, *kind in warehouse.query(
            COLUMNS.format(f"lower(table_schema) = 'ops' and lower(table_name) = '{KINDS}'")
        ).iter_rows()
    }
    warehouse.execute(f"drop table ops.{KINDS}")
    return {
        table.path: [(name, *named[kinds[kind]]) for name, kind in table.columns.items()]
        for table in TABLES
    }


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
    with_rows = changed["payload"].count()
    progress = Progress(f"Loading {dataset.source} {dataset.name}", "day", with_rows)
    _stage(warehouse, changed.select("scope", "day"))
    with warehouse.transaction():
        _delete_days(warehouse, dataset)
        for payloads in _batches(landing, changed):
            framed = dataset.frame(payloads)
            for table, frame in framed.tables.items():
                warehouse.append(table.path, frame)
                written[table.path] += frame.height
            _append_quarantine(warehouse, dataset, framed, written)
            rows = sum(frame.height for frame in framed.tables.values())
            days_done = {(payload.scope, payload.day) for payload in payloads}
            progress.step(rows, len(days_done), at=payloads[-1].day)
        days = _source_days(changed)
        warehouse.append(OPS_SOURCE_DAYS.path, days)
        warehouse.append(
            OPS_UNPUBLISHED_CHANGES.path, days.select(*OPS_UNPUBLISHED_CHANGES.columns)
        )
        written[OPS_SOURCE_DAYS.path] = days.height
    return written


def _stage(warehouse: Warehouse, days: pl.DataFrame) -> None:
    """Scopes and days as a table, which on Snowflake no transaction may make."""
    warehouse.execute(f"create table if not exists {STAGED} (scope varchar, day date)")
    warehouse.execute(f"delete from {STAGED}")
    warehouse.append(STAGED, days)


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


def _delete_days(warehouse: Warehouse, dataset: Dataset) -> None:
    for table in dataset.tables:
        warehouse.execute(_deletion(table))
    for table in (OPS_SOURCE_DAYS, OPS_QUARANTINE, OPS_UNPUBLISHED_CHANGES):
        where = f"{table.path}.source = $1 and {table.path}.dataset = $2 and "
        warehouse.execute(_deletion(table, where), [dataset.source, dataset.name])


def _deletion(table: Table, where: str = "") -> str:
    return (
        f"delete from {table.path} where {where}exists (select 1 from {STAGED} "
        f"where {STAGED}.scope = {table.path}.scope "
        f"and {STAGED}.day = {table.path}.{table.day_column})"
    )


def _batches(landing: Landing, changed: pl.DataFrame) -> Iterator[Sequence[Payload]]:
    """The payloads of days that have any, a bounded number of bytes at a time."""
    batch: list[Payload] = []
    size = 0
    landed = [(row, name) for row in changed.iter_rows(named=True) for name in payloads_of(row)]
    contents = landing.contents([name for _, name in landed])
    for (row, _), content in zip(landed, contents, strict=True):
        batch.append(Payload(row["scope"], row["day"], row["load_id"], content))
        size += len(content) * (PARQUET_SHRINKS if content.startswith(b"PAR1") else 1)
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
        ("snowflake", extract.shape, extract.name, None)
        for extract in load_extracts(settings)
        if isinstance(extract, DailyExtract)
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
