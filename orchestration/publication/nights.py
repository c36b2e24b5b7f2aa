"""The night that readers see, and the build that may become the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import duckdb

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.warehouse import Warehouse, has_table, open_warehouse
from orchestration.publication.tables import columns_of
from orchestration.published import open_published


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


def published_run(settings: Settings) -> str | None:
    """The run that readers see; None where nothing readable is published."""
    try:
        night = published_night(settings)
    except NightquestError:
        return None  # a damaged file is written anew
    return night.run_id if night else None


def last_run(warehouse: Warehouse) -> str | None:
    """The run whose rows `core` holds."""
    night = current_night(warehouse)
    return night.run_id if night else None


#: The build that passed all of its tests, and what it was computed from. A crash of a Postgres
#: server empties it together with the build.
BUILDS_DDL = """
create {kind} ops.builds (
    run_id varchar, input_hash varchar, basis_hash varchar, is_rebuild boolean
)
"""


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


def forget_build(warehouse: Warehouse) -> None:
    """From here on `build` is being rewritten: nothing of it may be published."""
    warehouse.execute("create schema if not exists ops")
    warehouse.execute("drop table if exists ops.builds")
    kind = "unlogged table" if warehouse.target == "postgres" else "table"
    warehouse.execute(BUILDS_DDL.format(kind=kind))


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
