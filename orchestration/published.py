"""The published marts as an analyst reads them: at any time, of one night, without a lock."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import psycopg

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.warehouse import open_warehouse

#: A statement on `marts.<table>` with `$1` placeholders, and its parameters; rows as dicts.
Ask = Callable[..., list[dict[str, Any]]]


@contextmanager
def published_marts(settings: Settings) -> Iterator[Ask]:
    """A function that answers questions from one published night.

    Raises:
        NightquestError: what is published cannot be read, or lacks a table or view that is asked.
    """
    try:
        if settings.target == "duckdb":
            with duckdb.connect() as connection:
                place = str(settings.published_file).replace("'", "''")
                connection.execute(f"attach '{place}' as shown (read_only)")
                connection.execute("use shown")
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
