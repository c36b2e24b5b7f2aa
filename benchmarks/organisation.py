"""A made-up organisation of any size, written straight into the typed raw tables of a home.

Everything is a function of (developer, day, revision): numbers come from hashes, so that any range
of days can be written alone and in any order, and a restated row differs from what it was. People
differ: some use Copilot daily, some never; few review much. About 60 % of the days are active.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import yaml

from ingest.settings import Settings
from ingest.tables import (
    COPILOT_USER_DAY_VALUES,
    COPILOT_USER_DAYS,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_OPT_OUTS,
    GITHUB_ISSUES,
    GITHUB_MEMBERS,
    GITHUB_PULL_REQUESTS,
    GITHUB_REVIEWS,
    GITHUB_TEAM_MEMBERS,
    GITHUB_TEAMS,
    OPS_SOURCE_DAYS,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    TABLES,
    Table,
)

LAST_DAY = date(2026, 9, 30)
TEAM_SIZE = 8
#: Copilot's newest days are not there yet, every night.
COPILOT_LAG = 2
REREAD_DAYS = 7
SQL = Path(__file__).with_name("organisation_sql")
ONE_DAY = timedelta(days=1)
SCOPE = "org:acme"
PATHS = frozenset(table.path for table in TABLES)
#: Days written by one statement: their developer-days are held in memory.
CHUNK_DAYS = 15


@dataclass(frozen=True)
class Size:
    """How much there is: developers, days of history up to `last_day`, and the seed."""

    developers: int = 100_000
    days: int = 365
    last_day: date = LAST_DAY
    seed: int = 7

    @property
    def first_day(self) -> date:
        return self.last_day - ONE_DAY * (self.days - 1)

    def __str__(self) -> str:
        return f"{self.developers:,} developers x {self.days} days"


@dataclass(frozen=True)
class Daily:
    """A dataset of days: its tables, filled from `active_days`, and its lag in days.

    The names of scopes and datasets are those that a load writes to `ops.source_days`.
    """

    source: str
    name: str
    scope: str
    tables: tuple[Table, ...]
    lag: int = 0


DATASETS = (
    Daily("copilot", "users-1-day", SCOPE, (COPILOT_USER_DAYS, COPILOT_USER_DAY_VALUES),
          COPILOT_LAG),
    Daily("github", "pull_requests", SCOPE, (GITHUB_PULL_REQUESTS,)),
    Daily("github", "reviews", SCOPE, (GITHUB_REVIEWS,)),
    Daily("github", "issues", SCOPE, (GITHUB_ISSUES,)),
    Daily("snowflake", "metrics", "tracker", (SNOWFLAKE_METRICS,)),
    Daily("snowflake", "challenge_attempts", "academy", (SNOWFLAKE_CHALLENGE_ATTEMPTS,)),
    Daily("snowflake", "leave", "absences", (SNOWFLAKE_LEAVE,)),
)  # fmt: skip
SNAPSHOTS = (
    GITHUB_MEMBERS, GITHUB_TEAMS, GITHUB_TEAM_MEMBERS, FILEDROP_ADJUSTMENTS, FILEDROP_OPT_OUTS,
)  # fmt: skip


def settings_of(home: Path) -> Settings:
    """The settings under which the generated sources are the configured ones."""
    home.mkdir(parents=True, exist_ok=True)
    sources = home / "sources.yml"
    keyed = {"key_column": "login", "key_kind": "login", "query": "select 1"}
    tasks = {"column": "tasks", "name": "tasks_completed", "unit": "tasks",
             "description": "tasks completed"}  # fmt: skip
    extracts = [
        {"name": "tracker", **keyed, "day_column": "day", "metrics": [tasks]},
        {"name": "academy", **keyed, "shape": "challenge_attempts", "challenge_column": "challenge",
         "score_column": "score", "submitted_column": "submitted_at"},
        {"name": "absences", **keyed, "shape": "leave", "day_column": "day"},
    ]  # fmt: skip
    sources.write_text(yaml.safe_dump({"snowflake": {"extracts": extracts}}))
    return Settings(
        _env_file=None, home=home, sources_file=sources, github_orgs=["acme"],
        restatement_days=REREAD_DAYS,
    )  # fmt: skip


def generate(settings: Settings, size: Size) -> dict[str, int]:
    """Write the whole history into the raw tables of a fresh work file; rows by table path.

    What the settings and the rule pack say (`ops.sources`, `ops.nights`, `raw_rules`) is left to
    the load of the night.
    """
    settings.work_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.work_file)) as connection:
        for schema in sorted({table.schema for table in TABLES}):
            connection.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            connection.execute(table.ddl)
        _draw_people(connection, size)
        for first, last in _chunks(size.first_day, size.last_day):
            _write_days(connection, size, first, last, size.last_day, 0)
        names = _names(size)
        for table in SNAPSHOTS:
            connection.execute(f"insert into {table.path} {_sql(_file(table), names)}")
        snapshots = {("members", day) for day in _snapshot_days(size)}
        snapshots |= {("team_members", size.first_day), ("teams", size.first_day)}
        for name, day in sorted(snapshots):
            _note_days(connection, Daily("github", name, SCOPE, ()), {day: True}, 0)
        connection.execute("checkpoint")
        return {
            table.path: connection.execute(f"select count(*) from {table.path}").fetchall()[0][0]
            for table in TABLES
        }


def next_night(settings: Settings, size: Size, revision: int = 1) -> Size:
    """What a load of the next night leaves: one new day, the re-read days with 1 % restated.

    Raw and `ops.source_days` as a load writes them, and `ops.unpublished_changes` where there is
    such a table. Returns the size with the new last day.
    """
    grown = Size(size.developers, size.days + 1, size.last_day + ONE_DAY, size.seed)
    with duckdb.connect(str(settings.work_file)) as connection:
        _draw_people(connection, size)
        first = grown.last_day - ONE_DAY * (REREAD_DAYS - 1)
        connection.begin()
        _write_days(connection, grown, first, grown.last_day, grown.last_day, revision)
        connection.commit()
        connection.execute("checkpoint")
    return grown


def _draw_people(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    connection.execute(_sql("macros", {}))
    connection.execute(_sql("people", _names(size)))


def _sql(name: str, names: dict[str, object]) -> str:
    """A file's SQL; the names in braces are replaced."""
    return (SQL / f"{name}.sql").read_text().format(**names)


def _file(table: Table) -> str:
    return table.path.removeprefix("raw_").replace(".", "_")


def _names(size: Size) -> dict[str, object]:
    return {
        "developers": size.developers, "days": size.days, "seed": size.seed, "scope": SCOPE,
        "first_day": size.first_day, "last_day": size.last_day, "team_size": TEAM_SIZE,
        "bots": max(2, size.developers // 1000),
        "middle": size.first_day + (size.last_day - size.first_day) // 2,
    }  # fmt: skip


def _snapshot_days(size: Size) -> list[date]:
    names = _names(size)
    return [names[name] for name in ("first_day", "middle", "last_day")]  # type: ignore[misc]


def _chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        yield first, min(last, first + ONE_DAY * (CHUNK_DAYS - 1))
        first += ONE_DAY * CHUNK_DAYS


def _write_days(
    connection: duckdb.DuckDBPyConnection,
    size: Size,
    first: date,
    last: date,
    as_of: date,
    revision: int,
) -> None:
    """Replace the days first..last of every dataset, each as far as it has arrived by `as_of`."""
    names = _names(size) | {"first": first, "last": last, "revision": revision}
    connection.execute(_sql("active_days", names))
    for dataset in DATASETS:
        arrived = as_of - ONE_DAY * dataset.lag
        for table in dataset.tables:
            if revision:
                connection.execute(
                    f"delete from {table.path} where scope = ? and activity_date between ? and ?",
                    [dataset.scope, first, last],
                )
            made = _sql(_file(table), names)
            connection.execute(
                f"insert into {table.path} select * from ({made}) where day <= ?", [arrived]
            )
        days = (first + ONE_DAY * number for number in range((last - first).days + 1))
        _note_days(connection, dataset, {day: day <= arrived for day in days}, revision)


def _note_days(
    connection: duckdb.DuckDBPyConnection, dataset: Daily, arrived: dict[date, bool], revision: int
) -> None:
    """The state of these days, as a load notes it; True where the report has arrived."""
    states = OPS_SOURCE_DAYS.frame(
        [
            {
                "source": dataset.source,
                "dataset": dataset.name,
                "scope": dataset.scope,
                "activity_date": day,
                "is_complete": is_complete,
                "reason": None if is_complete else "no report yet",
                "row_count": 0,
                "content_hash": f"{dataset.name} {day} {revision}" if is_complete else None,
                "load_id": f"load-{day}" if is_complete else None,
                "loaded_at": datetime(day.year, day.month, day.day),
                "load_count": (revision + 1) * is_complete,
            }
            for day, is_complete in arrived.items()
        ]
    )
    key = "source, dataset, scope, activity_date"
    connection.register("states", states.to_arrow())
    for table, columns in ((OPS_SOURCE_DAYS.path, "*"), ("ops.unpublished_changes", key)):
        if table in PATHS:
            connection.execute(f"delete from {table} where ({key}) in (select ({key}) from states)")
            connection.execute(f"insert into {table} by name select {columns} from states")
    connection.unregister("states")
