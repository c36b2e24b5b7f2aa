"""A search for secrets in whatever a night leaves behind, packed or not."""

import gzip
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import duckdb
import polars as pl


def leaks(folder: Path, *secrets: str) -> list[str]:
    """The files below a folder that hold one of the secrets."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(secret.encode() in text(path) for secret in secrets)
    ]


def text(path: Path) -> bytes:
    """All that a file holds: as it lies there, and unpacked where it is packed."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        return raw + gzip.decompress(raw)
    if path.suffix == ".db":
        return raw + b"\n".join(sqlite_cells(path))
    if path.suffix == ".parquet":
        return raw + str(pl.read_parquet(path).rows()).encode()
    if path.suffix == ".duckdb":
        return raw + b"\n".join(duckdb_rows(path))
    return raw


def sqlite_cells(path: Path) -> Iterator[bytes]:
    """Dagster's records; its snapshots are compressed."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                for cell in row:
                    data = cell if isinstance(cell, bytes) else str(cell).encode()
                    with suppress(zlib.error):
                        data = zlib.decompress(data)
                    yield data


def duckdb_rows(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            yield str(connection.sql(f'select * from "{schema}"."{table}"').fetchall()).encode()
