"""The published marts as an analyst reads them: at any time, of one night, without a lock."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import psycopg

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.warehouse import literal, open_warehouse

#: A statement on `marts.<table>` with `$1` placeholders, and its parameters; rows as dicts.
Ask = Callable[..., list[dict[str, Any]]]


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, to be read: `marts.<table>` and `ops.runs` are found by these names."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(settings.published_file)} as shown (read_only)")
        connection.execute("use shown")
        yield connection


@contextmanager
def published_marts(settings: Settings) -> Iterator[Ask]:
    """A function that answers questions from one published night.

    Raises:
        NightquestError: what is published cannot be read, or lacks a table or view that is asked.
    """
    try:
        if settings.target == "duckdb":
            with open_published(settings) as connection:
                yield lambda sql, params=(): asked(connection, sql, params)
        else:
            with open_warehouse(settings) as warehouse, warehouse.transaction():
                if warehouse.target == "postgres":
                    warehouse.execute("set transaction isolation level repeatable read, read only")
                yield lambda sql, params=(): warehouse.query(sql, params).to_dicts()
    except (duckdb.Error, psycopg.Error) as error:
        raise NightquestError(
            f"The published tables cannot be read ({str(error).splitlines()[0]}). Where an older "
            "version published them, `nightquest rebuild` writes them again."
        ) from None


def asked(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any]
) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, list(params))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
