"""Snowflake as the pipeline's own warehouse, through the unmodified connector."""

import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from ingest.snowflake.connection import connect, said

#: Where rows wait to be copied.
STAGE = "ops.waiting"
#: Rows of one Parquet file: COPY reads several at once.
FILE_ROWS = 1_000_000


class SnowflakeWarehouse:
    """The database of NIGHTQUEST_SNOWFLAKE_DATABASE. Bulk rows go in by PUT and COPY INTO.

    Each statement that defines something commits what was written before it: inside `transaction()`
    there must be none.
    """

    target = "snowflake"
    has_transactional_ddl = False

    def __init__(self, settings: Settings) -> None:
        if not settings.snowflake_database:
            raise SettingsError(
                "NIGHTQUEST_SNOWFLAKE_DATABASE is not set, and NIGHTQUEST_TARGET is snowflake: "
                "name the database that Nightquest may write."
            )
        self.connection = connect(settings)
        # Where the session's temporary tables lie.
        self.execute("create schema if not exists ops")
        self.execute("use schema ops")
        self.execute(f"create stage if not exists {STAGE}")

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        with self._cursor(sql, params) as cursor:
            return -1 if cursor.rowcount is None else cursor.rowcount

    def query(self, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        with self._cursor(sql, params) as cursor:
            names = [column.name.lower() for column in cursor.description]
            return pl.DataFrame(
                cursor.fetchall(), schema=names, orient="row", infer_schema_length=None
            )

    def append(self, table: str, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        # A name of its own: COPY passes over files that it has read before.
        place = f"@{STAGE}/{secrets.token_hex(8)}"
        with tempfile.TemporaryDirectory(prefix="nightquest-") as folder:
            for number, part in enumerate(frame.iter_slices(FILE_ROWS)):
                part.write_parquet(Path(folder) / f"{number}.parquet")
            self.execute(f"put 'file://{folder}/*.parquet' {place} auto_compress = false")
        files = self.query(
            f"copy into {table} from {place} "
            "file_format = (type = parquet use_logical_type = true) "
            "match_by_column_name = case_insensitive purge = true"
        )
        copied = files["rows_loaded"].sum() if "rows_loaded" in files.columns else 0
        if copied != frame.height:
            raise NightquestError(
                f"Snowflake has copied {copied:,} of {frame.height:,} rows into {table}. Type "
                "`nightquest run` again, and report this."
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("begin")
        try:
            yield
        except BaseException:
            self.execute("rollback")
            raise
        self.execute("commit")

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def _cursor(self, sql: str, params: Sequence[Any]) -> Iterator[Any]:
        """The answer to a statement, its `$1` bound by the connector.

        Raises:
            NightquestError: Snowflake refuses the statement, or is gone.
        """
        from snowflake.connector.errors import Error

        named = {f"p{number}": value for number, value in enumerate(params, 1)}
        if named:
            sql = re.sub(r"\$(\d+)", r"%(p\1)s", sql.replace("%", "%%"))
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(sql, named or None)
                yield cursor
            except Error as error:
                raise NightquestError(
                    f"Snowflake refuses a statement: {said(error)} It begins with "
                    f"{' '.join(sql.split())[:80]!r}."
                ) from None
