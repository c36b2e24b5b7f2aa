"""The marts as files: one published night, as readers see it under the visibility policy."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import duckdb
from adbc_driver_postgresql import dbapi

from ingest.copying import SNAPSHOT, received
from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.warehouse import literal, open_warehouse, postgres_url
from orchestration.publication.nights import published_night
from orchestration.publication.tables import view_names
from orchestration.published import open_published


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
#: What a spreadsheet takes for a formula. Logins, names and reasons come from outside.
FORMULA = r"^[=+\-@\t\r]"
#: What the published file shows.
NAMES = (
    "select table_name from information_schema.tables "
    "where table_catalog = 'shown' and table_schema = 'marts' order by table_name"
)
#: What Postgres shows.
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
        for connection, name, query in tables(settings):
            if form is Format.csv:
                query = without_formulas(connection, query)
            file = folder / f"{name}.{form}"
            part = folder / f".{file.name}.part"
            written = connection.execute(f"copy ({query}) to {literal(part)} ({OPTIONS[form]})")
            (rows[name],) = written.fetchall()[0]
            os.replace(part, file)
    except (duckdb.Error, dbapi.Error, OSError) as error:
        raise NightquestError(
            f"The export to {folder} stopped: {str(error).splitlines()[0]}. The files that are "
            "there are whole; type it again."
        ) from None
    return rows


def without_formulas(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The rows with an apostrophe before each text that begins like a formula and is no number."""
    columns = connection.execute(f"describe {query}").fetchall()
    texts = [f'"{name}"' for name, kind, *_ in columns if kind == "VARCHAR"]
    replaced = ", ".join(
        f"case when regexp_matches({text}, '{FORMULA}') and try_cast({text} as double) is null "
        f"then chr(39) || {text} else {text} end as {text}"
        for text in texts
    )
    return f"select * replace ({replaced}) from ({query})" if texts else query


def tables(settings: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, str, str]]:
    """Each name of `marts`, with a query of its rows in DuckDB that holds until the next one."""
    if settings.target == "duckdb":
        with open_published(settings) as connection:
            names = connection.execute(NAMES).fetchall()
            yield from ((connection, name, f"select * from marts.{name}") for (name,) in names)
        return
    with duckdb.connect() as connection:
        if settings.target == "postgres":
            for name, query in postgres_tables(settings, connection):
                yield connection, name, query
            return
        with open_warehouse(settings) as warehouse:
            for name in view_names(warehouse, "marts"):
                rows = warehouse.query(f"select * from marts.{name}").to_arrow()
                yield connection.register("rows", rows), name, "select * from rows"


def postgres_tables(
    settings: Settings, into: duckdb.DuckDBPyConnection
) -> Iterator[tuple[str, str]]:
    """All of one state of the database."""
    with dbapi.connect(postgres_url(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        cursor.execute(COLUMNS)
        columns: dict[str, list[str]] = {}
        decimals: dict[str, dict[str, str]] = {}
        for view, column, kind, digits, scale in cursor.fetchall():
            columns.setdefault(view, []).append(column)
            if kind == "numeric":
                exact = f"numeric({digits or 38}, {6 if scale is None else scale})"
                decimals.setdefault(view, {})[column] = exact
        for view, names in columns.items():
            path = f"marts.{view}"
            with received(cursor, into, path, names, decimals.get(view, {})) as query:
                yield view, query
