"""Tables of the warehouse, copied: into a DuckDB file, which a simulation computes from, and as
Parquet, which a backup keeps.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

import duckdb
import polars as pl
from adbc_driver_postgresql import dbapi

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.tables import AMOUNT, SQL_TYPES, Table
from ingest.warehouse import (
    DuckDBWarehouse,
    Warehouse,
    has_table,
    literal,
    open_warehouse,
    postgres_url,
)

#: One state of all tables, also while a night loads.
SNAPSHOT = "set transaction isolation level repeatable read, read only"


def copy_tables(settings: Settings, tables: Iterable[Table], into: DuckDBWarehouse) -> int:
    """Copy whole tables of the settings' warehouse, which is only read; the number of rows.

    Every table is made in `into`; one that the warehouse lacks stays empty. On DuckDB the work file
    is open while this runs, so that no night can begin: the caller holds the night's lock.

    Raises:
        NightquestError: the warehouse cannot be read, or another version filled it.
    """
    tables = list(tables)
    for table in tables:
        into.execute(f"create schema if not exists {table.schema}")
        into.execute(table.ddl)
    try:
        if settings.target == "duckdb":
            return _copy_from_file(settings, tables, into)
        if settings.target == "postgres":
            return _copy_from_postgres(settings, tables, into)
        return _copy_from_snowflake(settings, tables, into)
    except (duckdb.Error, dbapi.Error) as error:
        raise NightquestError(
            f"The loaded facts cannot be read ({str(error).splitlines()[0]}). If this version of "
            "Nightquest is new here, type `nightquest run` first."
        ) from None


def has_loaded_facts(settings: Settings) -> bool:
    """Whether there is a warehouse to look into at all; asking makes none."""
    if settings.target == "duckdb":
        return settings.work_file.exists()
    if settings.target == "postgres":
        return settings.postgres_url is not None or (settings.home / "postgres").exists()
    return True


def _copy_from_file(settings: Settings, tables: list[Table], into: DuckDBWarehouse) -> int:
    into.execute(f"attach {literal(settings.work_file)} as facts (read_only)")
    try:
        found = set(
            into.query(
                "select table_schema || '.' || table_name from information_schema.tables "
                "where table_catalog = 'facts'"
            ).iter_rows()
        )
        return sum(
            into.execute(
                f"insert into {table.path} select {', '.join(table.columns)} "
                f"from facts.{table.path}"
            )
            for table in tables
            if (table.path,) in found
        )
    finally:
        into.execute("detach facts")


def _copy_from_postgres(settings: Settings, tables: list[Table], into: DuckDBWarehouse) -> int:
    """In batches of Arrow, so that memory does not grow with the history."""
    with dbapi.connect(postgres_url(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        cursor.execute("select table_schema || '.' || table_name from information_schema.tables")
        found = {path for (path,) in cursor.fetchall()}
        copied = 0
        for table in tables:
            if table.path not in found:
                continue
            decimals = {
                name: SQL_TYPES[kind] for name, kind in table.columns.items() if kind == AMOUNT
            }
            with received(cursor, into.connection, table.path, table.columns, decimals) as rows:
                copied += into.execute(f"insert into {table.path} by name {rows}")
        return copied


@contextmanager
def received(
    cursor: dbapi.Cursor,
    into: duckdb.DuckDBPyConnection,
    path: str,
    columns: Iterable[str],
    decimals: Mapping[str, str],
) -> Iterator[str]:
    """A query in DuckDB for the rows of a table of Postgres, which come in batches of Arrow.

    Args:
        decimals: the types of those columns that have no type in Arrow's Postgres driver: they come
            as text, digit for digit.
    """
    sent = ", ".join(f"cast({c} as varchar) as {c}" if c in decimals else c for c in columns)
    read = ", ".join(f"cast({c} as {decimals[c]}) as {c}" if c in decimals else c for c in columns)
    cursor.execute(f"select {sent} from {path}")
    into.register("received", cursor.fetch_record_batch())
    try:
        yield f"select {read} from received"
    finally:
        into.unregister("received")


def _copy_from_snowflake(settings: Settings, tables: list[Table], into: DuckDBWarehouse) -> int:
    copied = 0
    with open_warehouse(settings) as warehouse:
        for table in tables:
            if has_table(warehouse, table.schema, table.name):
                rows = warehouse.query(f"select {', '.join(table.columns)} from {table.path}")
                into.append(table.path, rows)
                copied += rows.height
    return copied


def as_parquet(warehouse: Warehouse, query: str) -> bytes:
    """The rows of a query as a Parquet file."""
    file = BytesIO()
    warehouse.query(query).write_parquet(file)
    return file.getvalue()


def append_parquet(
    warehouse: Warehouse, path: str, parquet: bytes, columns: Container[str]
) -> None:
    """Insert the rows of a Parquet file, of their columns those that the table has."""
    rows = pl.read_parquet(BytesIO(parquet))
    warehouse.append(path, rows.select([name for name in rows.columns if name in columns]))
