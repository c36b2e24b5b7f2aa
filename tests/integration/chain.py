"""Nights on facts that a test wrote: each carries on from what the one before has published."""

from collections import Counter

from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_UNPUBLISHED_CHANGES, TABLES
from ingest.warehouse import Warehouse, has_table, open_warehouse
from orchestration.assets.models import mart_views, marts_of_project
from orchestration.publication.nights import Build
from orchestration.publication.publishing import Publication, publish
from tests.integration.building import dbt
from tests.reference.facts import Facts, Row, read_facts

#: Written by publication alone.
OWN = {OPS_ANNOUNCED_AWARDS.path, OPS_UNPUBLISHED_CHANGES.path}


def load(warehouse: Warehouse, facts: Facts) -> None:
    """Bring raw to these facts, and note the days that differ, as the load step does."""
    for schema in sorted({table.schema for table in TABLES}):
        warehouse.execute(f"create schema if not exists {schema}")
    for table in TABLES:
        warehouse.execute(table.ddl)
    before = read_facts(warehouse)
    changes: set[tuple] = set()
    with warehouse.transaction():
        for table in TABLES:
            if table.path in OWN or same(before[table.path], facts[table.path]):
                continue
            warehouse.execute(f"delete from {table.path}")
            if facts[table.path]:
                warehouse.append(table.path, table.frame(facts[table.path]))
            if table.schema.startswith("raw_") and table.day_column:
                changes |= changed_days(table, before[table.path], facts[table.path])
        note(warehouse, changes)


def same(before: list[Row], now: list[Row]) -> bool:
    return Counter(map(content, before)) == Counter(map(content, now))


def content(row: Row) -> tuple:
    return tuple(sorted((column, str(value)) for column, value in row.items()))


def changed_days(table, before: list[Row], now: list[Row]) -> set[tuple]:
    """(source, dataset, scope, day) whose rows differ."""
    source = table.schema.removeprefix("raw_")
    dataset = {"user_days": "users-1-day", "user_day_values": "users-1-day"}.get(
        table.name, table.name
    )
    old, new = (
        Counter((row["scope"], row[table.day_column], content(row)) for row in rows)
        for rows in (before, now)
    )
    return {(source, dataset, scope, day) for scope, day, _ in (old - new) | (new - old)}


def note(warehouse: Warehouse, changes: set[tuple]) -> None:
    known = set(
        warehouse.query(
            f"select {', '.join(OPS_UNPUBLISHED_CHANGES.columns)} "
            f"from {OPS_UNPUBLISHED_CHANGES.path}"
        ).rows()
    )
    rows = [
        dict(zip(OPS_UNPUBLISHED_CHANGES.columns, change, strict=True))
        for change in changes - known
    ]
    if rows:
        warehouse.append(OPS_UNPUBLISHED_CHANGES.path, OPS_UNPUBLISHED_CHANGES.frame(rows))


def run_night(
    settings: Settings, facts: Facts, is_rebuild: bool = False, tests: bool = False
) -> Publication:
    """Load, build (a slice where something is published) and publish one night."""
    with open_warehouse(settings) as warehouse:
        load(warehouse, facts)
        is_first = not has_table(warehouse, "core", "run_status")
    (night,) = facts["ops.nights"]
    left_out = ["unit_test"] if tests else ["unit_test", "test"]
    run = dbt(
        settings, "build", "--exclude-resource-type", *left_out,
        *(["--full-refresh"] if is_rebuild else []),
        *([] if is_first else ["--exclude", "path:models/staging"]),
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:]
    build = Build(night["run_id"], "inputs", "basis", is_rebuild or is_first)
    with open_warehouse(settings) as warehouse:
        return publish(settings, warehouse, build, marts_of_project(), mart_views())
