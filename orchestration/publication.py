"""From `build` to what readers see, in one step: readers never meet a half-built night.

`core` holds what is published and changes in one transaction, key by key, so that its cost follows
the change. On Postgres the views of `marts` show it at once. On DuckDB a new published file is
written beside the old one, synced and renamed; whoever has the old one open keeps the old night.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_RUNS, OPS_UNPUBLISHED_CHANGES
from ingest.warehouse import (
    Warehouse,
    has_table,
    in_one_step,
    literal,
    make_anew,
    open_warehouse,
    rows_in_one_step,
)
from orchestration.published import open_published

#: Say how and when, not what: outside of the content hash, and no reason to rewrite a row. Seats
#: are no result of the game: they change daily while it stands still.
UNHASHED_TABLES = frozenset(
    {
        "data_status",
        "run_status",
        "quarantine_counts",
        "fct_corrections",
        "fct_seats",
        "fct_seat_days",
    }
)
UNHASHED_COLUMNS = frozenset({"run_id", "load_id"})
#: Key columns that may be null. Postgres joins by hash on equality only, so the others are compared
#: as they are.
NULLABLE_KEYS = frozenset({"season", "period_start"})

#: Rows outside of the content hash: told of a correction was who saw the night before it.
UNHASHED_ROWS = {"fct_notifications": "type = 'correction'"}

#: Of the published file, which is sorted by what readers look up: a look at one person or at the
#: top of a board then reads this many rows, and not DuckDB's 122,880. The file grows by 5 %.
ROWS_A_GROUP = 16_384

#: Of each mart: its rows, and the sums of their hashes. A night adds and takes away its change,
#: so that the content hash costs nothing that grows with the history.
SUMS_DDL = """
create table if not exists ops.content_sums (
    table_name varchar, row_count bigint, sum_a varchar, sum_b varchar
)
"""
TOUCHED = "intermediate.int_developers_touched"
#: Which rows of a published mart a night computes again, with the alias `c`. `first_day` is the
#: first day that it computes for anybody, `first_changed_day` the first with other facts: bounds
#: that spare a look at the history. A mart without a slice is computed whole.
SLICES = {
    "touched": (
        "c.activity_date >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.activity_date >= t.touched_from)"
    ),
    "touched_streaks": (
        "(c.ended_on is null or c.ended_on >= {first_day}) and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.ended_on is null or c.ended_on >= t.touched_from))"
    ),
    "touched_developers": (
        f"exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id)"
    ),
    "changed": (
        "c.activity_date >= {first_changed_day} "
        "and (c.activity_date in (select activity_date from intermediate.int_days_changed) "
        "or exists (select 1 from intermediate.int_subjects_moved as m "
        "where m.subject_id = c.developer_id and c.activity_date >= m.moved_from))"
    ),
    # Bounds outside of the `or` are looked at before the subqueries, which cost ten times as much.
    "exclusions": (
        "(c.activity_date >= {first_day} or c.activity_date >= {first_changed_day}) "
        "and (c.reason_code in ('daily_cap', 'activity_cap') and {touched} "
        "or c.reason_code not in ('daily_cap', 'activity_cap') and {changed})"
    ),
    "attempts": (
        "{first_day} <= (select as_of_day from ops.nights) "
        "and (c.period_end is null or c.period_end >= {first_day}) and (c.team_id is not null "
        f"or exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.period_end is null or c.period_end >= t.touched_from)))"
    ),
    "periods": (
        "{first_day} <= (select as_of_day from ops.nights) "
        "and (c.period_end is null or c.period_end >= {first_day})"
    ),
    "awards": (
        "c.awarded_on >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.awarded_on >= t.touched_from)"
    ),
    "first_seen": (
        "c.first_seen >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.first_seen >= t.touched_from)"
    ),
    "touched_seasons": (
        f"exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.season_start = cast('1900-01-01' as date) "
        "or c.season_start >= cast(date_trunc('quarter', t.touched_from) as date)))"
    ),
    "days": "c.activity_date >= {first_day}",
    "decided_days": "c.decided_on >= {first_day}",
    "board_days": "c.as_of_date >= {first_board_day}",
    "notifications": (
        "(c.activity_date >= {first_board_day} or c.activity_date >= {first_day}) "
        "and (c.type = 'top_10_entered' and c.activity_date >= {first_board_day} "
        "or c.type not in ('top_10_entered', 'correction') and {touched})"
    ),
    "source_rows": (
        "(c.dataset in ('challenge_attempts', 'adjustments') "
        "or c.activity_date >= {first_changed_day}) "
        "and (c.dataset in ('challenge_attempts', 'adjustments') or {changed})"
    ),
    "appended": "1 = 0",
}
#: What even a rebuild leaves as it was: it tells what earlier nights changed.
REBUILT = {"appended": "1 = 0", "notifications": "c.type <> 'correction'"}
#: Who has a row, by the visibility policy, and the table that decides: `{person}` is a column of a
#: mart that names people.
NAMED = {
    "named": (
        "not exists (select 1 from {schema}.state_opted_out as o where o.developer_id = {person})",
        "state_opted_out",
    ),
    "opt_in": (
        "({person} is null or exists "
        "(select 1 from {schema}.state_opted_in as o where o.developer_id = {person}))",
        "state_opted_in",
    ),
    "anonymous": ("{person} is null", None),
}
#: Where people are not named: of a mart that counts people, rows with few of them are left out.
FEW_COUNTED = "(c.{count} = 0 or c.{count} >= {min_team_size})"
#: And of a mart about teams: few people are easily guessed.
FEW = {
    "days": (
        "not exists (select 1 from {schema}.state_small_team_days as s "
        "where s.team_id = c.team_id and s.activity_date = c.activity_date)",
        "state_small_team_days",
    ),
    "members": (
        "(c.team_id is null or c.team_id in (select team_id from {schema}.dim_teams as t "
        "where t.member_count >= {min_team_size}))",
        "dim_teams",
    ),
}


@dataclass(frozen=True)
class Mart:
    """What publication must know of a mart.

    Attributes:
        key: the grain; empty for a one-row table.
        slice: which part of it a night computes; None: all.
        names: columns that name people (or SQL with the alias `c`): rows of theirs are shown as
            the visibility policy says.
        few: for a mart about groups, what makes it lead to a person: few active on some of its
            `days`, few `members` of a team, or a small number in the column of that name.
        is_private: a night reads it, and no reader does.
        sorted_by: what readers look its rows up by; none: the first two columns of the key.
    """

    key: list[str]
    slice: str | None = None
    names: tuple[str, ...] = ()
    few: str | None = None
    is_private: bool = False
    sorted_by: tuple[str, ...] = ()

    @property
    def order(self) -> Sequence[str]:
        """The columns by which the published file is sorted."""
        return self.sorted_by or self.key[:2]

    def policy(self, settings: Settings, schema: str = "core") -> tuple[str, set[str]]:
        """SQL for the rows, with the alias `c`, that the visibility policy shows, and the tables of
        `schema` that it looks into."""
        policies = []
        for person in self.names:
            sql, decider = NAMED[settings.visibility]
            column = f"c.{person}" if person.isidentifier() else f"({person})"
            policies.append((sql.replace("{person}", column), decider))
        if self.few and settings.visibility != "named":
            counted = (FEW_COUNTED.replace("{count}", self.few), None)
            policies.append(FEW.get(self.few, counted))
        size = str(settings.min_team_size)
        shown = " and ".join(
            sql.replace("{schema}", schema).replace("{min_team_size}", size) for sql, _ in policies
        )
        return shown or "1 = 1", {decider for _, decider in policies if decider}


#: What each view of `marts` says. A view is written only when that changes: until the publishing
#: transaction ends, readers would wait for one that is written.
VIEWS_DDL = "create table if not exists ops.published_views (view_name varchar, definition varchar)"


#: How a view is made. Nobody's function looks at a row before the policy has hidden it.
VIEW_OF_TARGET = {
    "duckdb": "view {name}",
    "postgres": "view {name} with (security_barrier)",
    "snowflake": "or replace secure view {name} copy grants",
}


@dataclass(frozen=True)
class PublishedNight:
    """The night that readers see.

    Attributes:
        pack_hash, time_zone: of its rule pack; None where an older version published it.
    """

    run_id: str
    as_of_day: date
    complete_through: date
    final_through: date
    problems: str | None
    input_hash: str | None
    content_hash: str | None
    pack_hash: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True)
class Publication:
    """What a publication did: rows deleted and inserted by mart, and the hash of all content."""

    rows_written: dict[str, int]
    row_counts: dict[str, int]
    content_hash: str


#: The build that passed all of its tests, and what it was computed from.
BUILDS_DDL = """
create table ops.builds (
    run_id varchar, input_hash varchar, basis_hash varchar, is_rebuild boolean
)
"""

PUBLISHED = """
select s.*, s.last_good_run as run_id, r.input_hash, r.content_hash
from {schema}.run_status as s
left join ops.runs as r
    on s.last_good_run = r.run_id
"""


def published_night(settings: Settings) -> PublishedNight | None:
    """What is published now; None where nothing is. Needs no lock and may run at any time."""
    if settings.target != "duckdb":
        with open_warehouse(settings) as warehouse:
            return current_night(warehouse)
    if not settings.published_file.exists():
        return None
    try:
        with open_published(settings) as connection:
            shown = connection.sql(PUBLISHED.format(schema="marts")).pl()
    except duckdb.Error as error:
        raise NightquestError(
            f"The published file {settings.published_file} cannot be read "
            f"({str(error).splitlines()[0]}). Move it away and type `nightquest run`."
        ) from None
    return night_of(shown.to_dicts())


def current_night(warehouse: Warehouse) -> PublishedNight | None:
    """The night whose rows `core` holds; None where it holds none."""
    if not has_table(warehouse, "core", "run_status"):
        return None
    return night_of(warehouse.query(PUBLISHED.format(schema="core")).to_dicts())


def night_of(rows: Sequence[Mapping[str, Any]]) -> PublishedNight | None:
    names = {field.name for field in fields(PublishedNight)}
    known = ({name: value for name, value in row.items() if name in names} for row in rows)
    return next((PublishedNight(**row) for row in known), None)


@dataclass(frozen=True)
class Build:
    """A build that is whole and tested.

    Attributes:
        input_hash: of all that the models read.
        basis_hash: of what decides for all days at once: models, rules, settings.
        is_rebuild: everything was computed, not only what a night touches.
    """

    run_id: str
    input_hash: str
    basis_hash: str
    is_rebuild: bool


@dataclass(frozen=True)
class Timing:
    """When a run began, the seconds of its steps so far, and since when it publishes; None where
    nobody has measured.
    """

    started_at: datetime | None = None
    load_seconds: float | None = None
    build_seconds: float | None = None
    publishing_since: datetime = field(default_factory=lambda: datetime.now(UTC))


def forget_build(warehouse: Warehouse) -> None:
    """From here on `build` is being rewritten: nothing of it may be published."""
    warehouse.execute("create schema if not exists ops")
    warehouse.execute("drop table if exists ops.builds")
    warehouse.execute(BUILDS_DDL)


def note_build(warehouse: Warehouse, build: Build) -> None:
    """`build` is whole and tested."""
    warehouse.execute(
        "insert into ops.builds values ($1, $2, $3, $4)",
        [build.run_id, build.input_hash, build.basis_hash, build.is_rebuild],
    )


def noted_build(warehouse: Warehouse, run_id: str) -> Build | None:
    """This run's build; None where this run has built nothing whole."""
    if not has_table(warehouse, "ops", "builds"):
        return None
    found = warehouse.query(
        "select run_id, input_hash, basis_hash, is_rebuild from ops.builds where run_id = $1",
        [run_id],
    )
    return Build(*found.row(0)) if found.height else None


def can_carry_on(warehouse: Warehouse, basis_hash: str, columns: Mapping[str, list[str]]) -> bool:
    """Whether a night may start from what is published, or must compute everything.

    Args:
        basis_hash: of the models, rules and settings of tonight.
        columns: the columns of each mart, by its name, as the models promise them.
    """
    if not has_table(warehouse, "core", "run_status"):
        return False
    same_basis = warehouse.query(
        "select 1 as found from core.run_status as s inner join ops.runs as r "
        "on s.last_good_run = r.run_id where r.basis_hash = $1",
        [basis_hash],
    )
    if same_basis.is_empty():
        return False
    published = columns_of(warehouse, "core")
    return all(
        sorted(published.get(table, {})) == sorted(names) for table, names in columns.items()
    )


def table_names(warehouse: Warehouse, schema: str, kind: str = "BASE TABLE") -> list[str]:
    found = warehouse.query(
        "select lower(table_name) as table_name from information_schema.tables "
        "where lower(table_schema) = $1 and table_type = $2 order by table_name",
        [schema, kind],
    )
    return found["table_name"].to_list() if len(found) else []


def view_names(warehouse: Warehouse, schema: str) -> list[str]:
    return table_names(warehouse, schema, "VIEW")


def columns_of(warehouse: Warehouse, schema: str) -> dict[str, dict[str, str]]:
    """The columns of each table of a schema, in their order, with their types.

    All tables at once: the catalogue answers for one as slowly as for all (12 ms on DuckDB).
    """
    found = warehouse.query(
        "select lower(table_name) as table_name, lower(column_name) as column_name, data_type "
        "from information_schema.columns where lower(table_schema) = $1 "
        "order by table_name, ordinal_position",
        [schema],
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in found.iter_rows():
        columns.setdefault(table, {})[column] = kind
    return columns


def publish(
    settings: Settings,
    warehouse: Warehouse,
    build: Build,
    marts: Mapping[str, Mart],
    views: Mapping[str, str] | None = None,
    timing: Timing | None = None,
) -> Publication:
    """Make `build` what readers see.

    Args:
        views: the views of `marts` over its tables: a select on `marts.<table>` by name.
        timing: how long the steps before took, for the record of runs.
    """
    timing = timing or Timing()
    shown = published_run(settings)
    views = views or {}
    with in_one_step(warehouse):
        for schema in ("core", "marts", "ops"):
            warehouse.execute(f"create schema if not exists {schema}")
        warehouse.execute(OPS_RUNS.ddl)
        warehouse.execute(SUMS_DDL)
        for stale in set(table_names(warehouse, "core")) - set(marts):
            drop_view(warehouse, stale)
            warehouse.execute(f"drop table core.{stale}")
        before = last_run(warehouse)
        scopes = REBUILT if build.is_rebuild else slices_of_night(warehouse)
        built, held = (columns_of(warehouse, schema) for schema in ("build", "core"))
        reshaped = [
            table for table in marts if [*held.get(table, {}).items()] != [*built[table].items()]
        ]
        if reshaped and not warehouse.has_transactional_ddl:
            # Should this run be killed now, the next night must not carry on from empty tables.
            warehouse.execute(f"update {OPS_RUNS.path} set basis_hash = null")
        for table in reshaped:
            create_core_table(warehouse, table, marts[table], built[table], held.get(table, {}))
        changes = {
            table: find_change(warehouse, table, mart, scopes, built[table])
            for table, mart in sorted(marts.items())
        }
        with rows_in_one_step(warehouse):
            rows_written = {
                table: apply_change(warehouse, table, marts[table], change, built[table])
                for table, change in changes.items()
            }
            if build.is_rebuild and before:
                # What nights have added up and taken away is checked by counting all of it again.
                for table in marts:
                    reset_sums(warehouse, table, built[table])
            announce(warehouse, build.run_id)
            content_hash = hash_content(warehouse, marts)
            note_run(warehouse, build, content_hash, sum(rows_written.values()), timing)
            warehouse.execute(f"delete from {OPS_UNPUBLISHED_CHANGES.path}")
        has_new_views = create_views(warehouse, shown_marts(settings, marts) | dict(views))
    if settings.target == "duckdb":
        if before and shown == before and not (build.is_rebuild or has_new_views):
            change_published_file(settings, warehouse, marts, scopes, rows_written)
        else:
            write_published_file(warehouse, settings.published_file, marts, views)
    counts = dict(warehouse.query("select table_name, row_count from ops.content_sums").iter_rows())
    return Publication(rows_written, {table: counts[table] for table in marts}, content_hash)


def note_run(
    warehouse: Warehouse, build: Build, content_hash: str, rows_written: int, timing: Timing
) -> None:
    """Add the run to the record of those that were published."""
    night = current_night(warehouse)
    assert night
    counts = warehouse.query("select table_name, row_count from ops.content_sums order by 1")
    now = datetime.now(UTC)
    run = {
        "run_id": build.run_id,
        "as_of_day": night.as_of_day,
        "input_hash": build.input_hash,
        "basis_hash": build.basis_hash,
        "content_hash": content_hash,
        "pack_hash": night.pack_hash,
        "code_version": version("nightquest"),
        "is_rebuild": build.is_rebuild,
        "started_at": utc(timing.started_at),
        "published_at": utc(now),
        "load_seconds": seconds(timing.load_seconds),
        "build_seconds": seconds(timing.build_seconds),
        "publish_seconds": seconds((now - timing.publishing_since).total_seconds()),
        "rows_written": rows_written,
        "row_counts": json.dumps(dict(counts.iter_rows())),
    }
    warehouse.execute(f"delete from {OPS_RUNS.path} where run_id = $1", [build.run_id])
    warehouse.append(OPS_RUNS.path, OPS_RUNS.frame([run]))


def utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def seconds(count: float | None) -> Decimal | None:
    return None if count is None else round(Decimal(count), 3)


def last_run(warehouse: Warehouse) -> str | None:
    """The run whose rows `core` holds."""
    night = current_night(warehouse)
    return night.run_id if night else None


def published_run(settings: Settings) -> str | None:
    """The run that readers see; None where nothing readable is published."""
    try:
        night = published_night(settings)
    except NightquestError:
        return None  # a damaged file is written anew
    return night.run_id if night else None


def settle(
    settings: Settings, warehouse: Warehouse, marts: Mapping[str, Mart], views: Mapping[str, str]
) -> None:
    """After a crash between the two steps of publication on DuckDB, do the second.

    `core` then holds a whole night that was tested and announced, and the file still shows the one
    before it.
    """
    if settings.target != "duckdb" or not set(shown_marts(settings, marts)) <= set(
        view_names(warehouse, "marts")
    ):
        return  # a restored home holds what readers were told, and no mart yet
    last = last_run(warehouse)
    if last and last != published_run(settings):
        write_published_file(warehouse, settings.published_file, marts, views)


def slices_of_night(warehouse: Warehouse) -> dict[str, str]:
    """SQL for the rows of `core` that tonight's build replaces, by the slice's name."""
    firsts = {
        "first_day": "select min(date_day) as d from intermediate.int_days_touched",
        "first_changed_day": (
            "select min(d) as d from (select activity_date as d from intermediate.int_days_changed "
            "union all select moved_from from intermediate.int_subjects_moved) as changed"
        ),
        "first_board_day": (
            "select min(date_day) as d from intermediate.int_board_days where is_ranked"
        ),
    }
    named = dict(SLICES)
    for name, query in firsts.items():
        day = f"cast('{warehouse.query(query).item() or date.max}' as date)"
        named = {key: sql.replace(f"{{{name}}}", day) for key, sql in named.items()}
    return {
        key: sql.replace("{touched}", named["touched"]).replace("{changed}", named["changed"])
        for key, sql in named.items()
    }


def find_change(
    warehouse: Warehouse,
    table: str,
    mart: Mart,
    scopes: Mapping[str, str],
    columns: Mapping[str, str],
) -> str | None:
    """Find what `build.<table>` has otherwise than `core.<table>`, and stage it in the session as
    `gone_<table>` and `fresh_<table>`, for `core` and for the published file.

    A row whose columns are all as before keeps the run that wrote it.

    Returns:
        SQL for the rows of `core.<table>` that were looked at; None where it is still empty.
    """
    if is_empty(warehouse, f"core.{table}"):
        return None
    names = ", ".join(columns)
    same_row = " and ".join(
        equal(column, column not in mart.key or column in NULLABLE_KEYS)
        for column in columns
        if column not in UNHASHED_COLUMNS
    )
    scope = scopes.get(mart.slice or "", "1 = 1")
    kept = f"select * from core.{table} as c where {scope}"
    for leftover in (f"gone_{table}", f"fresh_{table}"):
        warehouse.execute(f"drop table if exists {leftover}")
    warehouse.execute(
        f"create temporary table gone_{table} as select c.* from ({kept}) as c "
        f"where not exists (select 1 from build.{table} as b where {same_row})"
    )
    held = f"core.{table}" if mart.slice == "appended" else f"({kept})"
    warehouse.execute(
        f"create temporary table fresh_{table} as select {names} from build.{table} as b "
        f"where not exists (select 1 from {held} as c where {same_row})"
    )
    return scope


def apply_change(
    warehouse: Warehouse, table: str, mart: Mart, scope: str | None, columns: Mapping[str, str]
) -> int:
    """Bring `core.<table>` to the content of `build.<table>`; the number of rows written.

    Args:
        scope: what `find_change` has answered.
    """
    if scope is None:
        names = ", ".join(columns)
        warehouse.execute(f"insert into core.{table} ({names}) select {names} from build.{table}")
        return reset_sums(warehouse, table, columns)
    replace_rows(warehouse, f"core.{table}", table, mart, scope)
    return adjust_sums(warehouse, table, columns)


def replace_rows(
    warehouse: Warehouse, place: str, table: str, mart: Mart, scope: str, shown: str = "1 = 1"
) -> None:
    """Delete what is gone and insert what is fresh; the scope spares a look at all other days."""
    same_key = " and ".join(equal(column, column in NULLABLE_KEYS) for column in mart.key)
    if not is_empty(warehouse, f"gone_{table}"):
        warehouse.execute(
            f"delete from {place} as c where {scope} and exists "
            f"(select 1 from gone_{table} as b where {same_key or '1 = 1'})"
        )
    if not is_empty(warehouse, f"fresh_{table}"):
        # Both have the columns of the build, in its order.
        warehouse.execute(f"insert into {place} select * from fresh_{table} as c where {shown}")


def create_core_table(
    warehouse: Warehouse,
    table: str,
    mart: Mart,
    columns: Mapping[str, str],
    held: Mapping[str, str],
) -> None:
    """A table of tonight's shape, in place of one of another version's; what only earlier nights
    could write stays.
    """
    kept = [name for name in columns if name in held] if mart.slice in REBUILT else []
    drop_view(warehouse, table)
    make_anew(warehouse, f"core.{table}", empty_copy(warehouse, table, columns), kept)
    index_core_table(warehouse, table, mart)


def index_core_table(warehouse: Warehouse, table: str, mart: Mart) -> None:
    """What the night's changes and readers look rows up by; DuckDB's files are sorted instead."""
    if warehouse.target == "postgres":
        for columns in {", ".join(mart.key), ", ".join(mart.sorted_by)} - {""}:
            warehouse.execute(f"create index on core.{table} ({columns})")


def empty_copy(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> str:
    """The statement that makes `core.<table>` with the columns of `build.<table>`."""
    if warehouse.target == "duckdb":
        # DuckDB 2.0.0: a table made by `as select ... where 1 = 0` and filled with more than a row
        # group in the same transaction shows no rows until it is reopened.
        return core_ddl(table, columns)
    return f"create table core.{table} as select * from build.{table} where 1 = 0"


def core_ddl(table: str, columns: Mapping[str, str]) -> str:
    """The statement that makes `core.<table>` with these columns, by name with their types."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"create table core.{table} ({typed})"


def shown_marts(settings: Settings, marts: Mapping[str, Mart]) -> dict[str, str]:
    """The views that readers see instead of the tables of `core`: a select for each."""
    return {
        table: f"select * from core.{table} as c where {mart.policy(settings)[0]}"
        for table, mart in marts.items()
        if not mart.is_private
    }


def create_views(warehouse: Warehouse, views: Mapping[str, str]) -> bool:
    """Bring the views of `marts` to what `views` says of each, in its order; whether any was
    written or dropped.
    """
    warehouse.execute(VIEWS_DDL)
    recorded = warehouse.query("select view_name, definition from ops.published_views").rows()
    kept = set(recorded) & set(views.items())
    shown = set(view_names(warehouse, "marts"))
    ours = {*dict(recorded), *(shown & views.keys())}
    stale = [name for name in ours if (name, views.get(name)) not in kept]
    for name in stale:
        drop_view(warehouse, name)
    # What lay over a dropped view went with it, on Postgres.
    shown = set(view_names(warehouse, "marts"))
    missing = [name for name in views if name not in shown]
    made = VIEW_OF_TARGET[warehouse.target]
    for name in missing:
        warehouse.execute(f"create {made.format(name=f'marts.{name}')} as {views[name]}")
    warehouse.execute("delete from ops.published_views")
    for name, text in sorted(views.items()):
        warehouse.execute("insert into ops.published_views values ($1, $2)", [name, text])
    return bool(missing or stale)


def drop_view(warehouse: Warehouse, name: str) -> None:
    """Drop a view of `marts`, and those over it where the engine knows of any."""
    cascade = "" if warehouse.target == "snowflake" else " cascade"
    warehouse.execute(f"drop view if exists marts.{name}{cascade}")


def announce(warehouse: Warehouse, run_id: str) -> None:
    """Add to the record what readers see for the first time."""
    columns = ", ".join(name for name in OPS_ANNOUNCED_AWARDS.columns if name != "run_id")
    warehouse.execute(
        f"insert into {OPS_ANNOUNCED_AWARDS.path} ({columns}, run_id) "
        f"select {columns}, $1 from ops.awards_to_announce",
        [run_id],
    )


def equal(column: str, is_nullable: bool) -> str:
    return f"b.{column} {'is not distinct from' if is_nullable else '='} c.{column}"


def is_empty(warehouse: Warehouse, table: str) -> bool:
    return warehouse.query(f"select 1 as found from {table} limit 1").is_empty()


def sums_of(warehouse: Warehouse, place: str, table: str, columns: Mapping[str, str]) -> list[int]:
    """Of the rows of a place: how many, and the sums of both halves of their hashes.

    Each row's text is hashed and the hashes are summed: order does not matter, and a row counts as
    often as it occurs.
    """
    texts = ", ".join(
        canonical(name, kind)
        for name, kind in sorted(columns.items())
        if name not in UNHASHED_COLUMNS
    )
    skipped = UNHASHED_ROWS.get(table, "1 = 0")
    hashed = "md5_number" if warehouse.target == "duckdb" else "md5"
    row = warehouse.query(
        f"select count(*) as n, cast(sum({half_of_hash(warehouse, 0)}) as varchar) as a, "
        f"cast(sum({half_of_hash(warehouse, 1)}) as varchar) as b "
        f"from (select {hashed}(concat_ws('|', {texts})) as h from {place} "
        f"where not ({skipped})) as hashed"
    ).row(0)
    return [int(number or 0) for number in row]


def reset_sums(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> int:
    """Note the sums of a table that was filled anew; the number of its rows."""
    note_sums(warehouse, table, sums_of(warehouse, f"core.{table}", table, columns))
    return warehouse.query(f"select count(*) as n from core.{table}").item()


def adjust_sums(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> int:
    """Bring the noted sums of a table up to its change; the number of rows written."""
    gone, fresh = (
        [0, 0, 0] if is_empty(warehouse, place) else sums_of(warehouse, place, table, columns)
        for place in (f"gone_{table}", f"fresh_{table}")
    )
    noted = warehouse.query(
        "select row_count, sum_a, sum_b from ops.content_sums where table_name = $1", [table]
    )
    if noted.is_empty():  # published by a version that did not note them
        reset_sums(warehouse, table, columns)
    elif any(gone) or any(fresh):
        sums = zip(noted.row(0), gone, fresh, strict=True)
        note_sums(warehouse, table, [int(before) - a + b for before, a, b in sums])
    return gone[0] + fresh[0]


def note_sums(warehouse: Warehouse, table: str, sums: list[int]) -> None:
    warehouse.execute("delete from ops.content_sums where table_name = $1", [table])
    warehouse.execute(
        "insert into ops.content_sums values ($1, $2, $3, $4)",
        [table, sums[0], str(sums[1]), str(sums[2])],
    )


def hash_content(warehouse: Warehouse, marts: Mapping[str, Mart]) -> str:
    """One hash of the game's columns of all marts, equal on every engine and in any row order."""
    digest = hashlib.sha256()
    sums = {
        table: sums
        for table, *sums in warehouse.query(
            "select table_name, row_count, sum_a, sum_b from ops.content_sums"
        ).iter_rows()
    }
    for table, mart in sorted(marts.items()):
        if table not in UNHASHED_TABLES and not mart.is_private:
            digest.update(f"{table}:{':'.join(map(str, sums[table]))}\n".encode())
    return digest.hexdigest()


def canonical(column: str, kind: str) -> str:
    """SQL for a column as text, the same on every engine; null is not the empty text."""
    if kind.lower() == "boolean":
        return f"case when {column} then 't' when not {column} then 'f' else '~' end"
    return f"coalesce(cast({column} as varchar), '~')"


def half_of_hash(warehouse: Warehouse, half: int) -> str:
    """SQL for the first seven bytes of a half of `h`, the last of them first, as a whole number.

    DuckDB has the number that is asked for at half the cost of the hexadecimal text that others
    have to take apart.
    """
    if warehouse.target == "duckdb":
        return f"cast((h >> {64 * half}) & {2**56 - 1} as bigint)"
    first = 16 * half + 1
    if warehouse.target == "snowflake":
        # The place of each digit among all: Snowflake has no cast from hexadecimal text to a number
        # that another engine would understand.
        digits = " + ".join(
            f"(position(substr(h, {first + place}, 1), '0123456789abcdef') - 1) "
            f"* {16 ** (place + 1 - 2 * (place % 2))}"
            for place in range(14)
        )
        return f"cast({digits} as bigint)"
    bytes_ = " || ".join(f"substr(h, {place}, 2)" for place in range(first + 12, first - 1, -2))
    return f"cast(cast('x' || {bytes_} as bit(56)) as bigint)"


def write_published_file(
    warehouse: Warehouse, path: Path, marts: Mapping[str, Mart], views: Mapping[str, str]
) -> None:
    """Write what readers open, whole: beside the old file, synced, then renamed over it.

    Rows lie in an order: one person's are then read from few blocks (the level of six people among
    100,000 took 6 ms instead of 420 ms). Sorting by whole keys would take twice as long.
    """
    with fresh_file(warehouse, path):
        warehouse.execute("create schema fresh.marts")
        for table, mart in marts.items():
            if not mart.is_private:
                fill(warehouse, table, mart)
        for name, text in views.items():
            warehouse.execute(f"create view fresh.marts.{name} as {text}")
        warehouse.execute("create schema fresh.ops")
        warehouse.execute("create table fresh.ops.runs as select * from ops.runs")


def fill(warehouse: Warehouse, table: str, mart: Mart) -> None:
    """Write a table of the file `fresh`, whole.

    Raises:
        NightquestError: the engine copied fewer or more rows than there are.
    """
    order = f" order by {', '.join(mart.order)}" if mart.order else ""
    warehouse.execute(f"create table fresh.marts.{table} as select * from marts.{table}{order}")
    copied, there = warehouse.query(
        f"select (select count(*) from fresh.marts.{table}) as copied, "
        f"(select count(*) from marts.{table}) as there"
    ).row(0)
    if copied != there:
        raise NightquestError(
            f"The published file would hold {copied} of the {there} rows of {table}. It is not put "
            "up; type `nightquest run` again, and report this."
        )


def change_published_file(
    settings: Settings,
    warehouse: Warehouse,
    marts: Mapping[str, Mart],
    scopes: Mapping[str, str],
    rows_written: Mapping[str, int],
) -> None:
    """Write what readers open as a copy of the old file with the night's changes in it.

    A table is written whole where it was filled anew, and where other people than before are shown.
    """
    changed = set(table_names(warehouse, "main", "LOCAL TEMPORARY"))
    with fresh_file(warehouse, settings.published_file, copied=True):
        for table, mart in marts.items():
            if mart.is_private:
                continue
            shown, deciders = mart.policy(settings)
            if f"fresh_{table}" not in changed or any(map(rows_written.get, deciders)):
                warehouse.execute(f"drop table if exists fresh.marts.{table}")
                fill(warehouse, table, mart)
                continue
            scope = scopes.get(mart.slice or "", "1 = 1")
            replace_rows(warehouse, f"fresh.marts.{table}", table, mart, scope, shown)
        warehouse.execute("create or replace table fresh.ops.runs as select * from ops.runs")


@contextmanager
def fresh_file(warehouse: Warehouse, path: Path, copied: bool = False) -> Iterator[None]:
    """A file `fresh`, attached to be written, that takes the place of `path` at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(".*.writing*"):
        leftover.unlink()
    fresh = path.with_name(f".{path.name}.writing")
    if copied:
        shutil.copyfile(path, fresh)
    warehouse.execute(f"attach {literal(fresh)} as fresh (row_group_size {ROWS_A_GROUP})")
    try:
        with warehouse.transaction():
            yield
    finally:
        warehouse.execute("detach fresh")
    fresh.chmod(0o640)
    sync(fresh)
    os.replace(fresh, path)
    sync(path.parent)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
