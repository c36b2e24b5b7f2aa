"""The only input: the raw tables and `ops`, as lists of row dicts by `schema.table`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ingest.tables import TABLES
from ingest.warehouse import Warehouse

Row = dict[str, Any]
COLUMNS = {table.path: tuple(table.columns) for table in TABLES}
DAY_COLUMNS = {table.path: table.day_column for table in TABLES}


@dataclass
class Facts:
    """Rows by table path, for instance `facts["raw_github.reviews"]`; a missing table is empty."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def __getitem__(self, path: str) -> list[Row]:
        assert path in DAY_COLUMNS, f"{path} is not a raw table"
        return self.tables.get(path, [])

    def add(self, path: str, *rows: Mapping[str, Any]) -> None:
        assert path in DAY_COLUMNS, f"{path} is not a raw table"
        self.tables.setdefault(path, []).extend(dict(row) for row in rows)

    def until_as_of(self, path: str) -> list[Row]:
        """Rows on or before the as-of day: later facts do not exist yet."""
        day = DAY_COLUMNS[path]
        assert day is not None, f"{path} has no days"
        return [row for row in self[path] if row[day] <= self.as_of]

    @property
    def as_of(self) -> date:
        (night,) = self["ops.nights"]
        return night["as_of_day"]

    @property
    def pack(self) -> Row:
        (pack,) = self["raw_rules.packs"]
        return pack


def read_facts(warehouse: Warehouse) -> Facts:
    """Every raw and ops table that exists in the warehouse."""
    found = warehouse.query("select table_schema, table_name from information_schema.tables")
    present = {f"{schema}.{name}".lower() for schema, name in found.rows()}
    return Facts(
        {
            table.path: warehouse.query(
                f"select {', '.join(table.columns)} from {table.path}"
            ).to_dicts()
            for table in TABLES
            if table.path in present
        }
    )


def write_facts(warehouse: Warehouse, facts: Facts) -> None:
    """Create every raw table and replace its rows, in one transaction."""
    with warehouse.transaction():
        for schema in sorted({table.schema for table in TABLES}):
            warehouse.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            warehouse.execute(table.ddl)
            warehouse.execute(f"delete from {table.path}")
            if facts[table.path]:
                warehouse.append(table.path, table.frame(facts[table.path]))
