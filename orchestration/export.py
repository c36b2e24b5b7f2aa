"""The marts as files: one published night, as readers see it under the visibility policy."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import duckdb
from adbc_driver_postgresql import dbapi

from ingest.copying import SNAPSHOT
from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.warehouse import open_warehouse, postgres_url
from orchestration.publication import published_night, view_names


class Format(StrEnum):
    """How a file is written; JSON has one object a line."""

    parquet = "parquet"
    csv = "csv"
    json = "json"


OPTIONS = {
    Format.parquet: "format parquet",
    Format.csv: "format csv, header",
    Format.json: "format json",
}
#: The rows of one table that come from elsewhere, while they are written.
ROWS = "exported"
COLUMNS = (
    "select table_name, column_name, data_type, numeric_precision, numeric_scale "
    "from information_schema.columns where table_schema = 'marts' "
    "order by table_name, ordinal_position"
)


def export(settings: Settings, folder: Path, form: Format) -> dict[str, int]:
    """Write every table and view of `marts` as `<folder>/<name>.<format>`; rows by name.

    A file takes the place of an older one when it is whole. Needs no lock and may run at any time.

    Raises:
        NightquestError: nothing is published, it cannot be read, or the folder cannot be written.
    """
    if not published_night(settings):
        raise NightquestError(
            "Nothing is published yet, so there is nothing to export: type `nightquest run`."
        )
    rows: dict[str, int] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            for name, query in tables(settings, connection):
                file = folder / f"{name}.{form}"
                part = folder / f".{file.name}.part"
                place = str(part).replace("'", "''")
                written = connection.execute(f"copy ({query}) to '{place}' ({OPTIONS[form]})")
                (rows[name],) = written.fetchall()[0]
                os.replace(part, file)
    except (duckdb.Error, dbapi.Error, OSError) as error:
        raise NightquestError(
            f"The export to {folder} stopped: {str(error).splitlines()[0]}. The files that are "
            "there are whole; type it again."
        ) from None
    return rows


def tables(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Each name of `marts`, and a query of its rows that holds until the next one is asked for."""
    if settings.target == "duckdb":
        place = str(settings.published_file).replace("'", "''")
        connection.execute(f"attach '{place}' as shown (read_only)")
        names = connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'shown' and table_schema = 'marts' order by table_name"
        ).fetchall()
        connection.execute("use shown")  # the views name their tables without the file
        yield from ((name, f"select * from marts.{name}") for (name,) in names)
    elif settings.target == "postgres":
        yield from postgres_tables(settings, connection)
    else:
        with open_warehouse(settings) as warehouse:
            for name in view_names(warehouse, "marts"):
                connection.register(ROWS, warehouse.query(f"select * from marts.{name}").to_arrow())
                yield name, f"select * from {ROWS}"


def postgres_tables(
    settings: Settings, into: duckdb.DuckDBPyConnection
) -> Iterator[tuple[str, str]]:
    """In batches of Arrow, all of one state of the database."""
    with dbapi.connect(postgres_url(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        cursor.execute(COLUMNS)
        views: dict[str, dict[str, str | None]] = {}
        for view, column, kind, digits, scale in cursor.fetchall():
            decimal = f"numeric({digits or 38}, {scale or 6})" if kind == "numeric" else None
            views.setdefault(view, {})[column] = decimal
        for view, columns in views.items():
            # A decimal has no type in Arrow's Postgres driver: it comes as text, digit for digit.
            sent = [f"cast({c} as varchar) as {c}" if kind else c for c, kind in columns.items()]
            read = [f"cast({c} as {kind}) as {c}" if kind else c for c, kind in columns.items()]
            cursor.execute(f"select {', '.join(sent)} from marts.{view}")
            into.register(ROWS, cursor.fetch_record_batch())
            yield view, f"select {', '.join(read)} from {ROWS}"
            into.unregister(ROWS)
