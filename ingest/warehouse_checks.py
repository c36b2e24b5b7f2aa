"""The target, tried: whether the pipeline may do there what a night does."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import psycopg

from ingest.findings import Finding, clock_against, not_set, ok, problem
from ingest.settings import Settings
from ingest.warehouse import Warehouse, first_line, open_warehouse

#: Older ones are not tested.
OLDEST_POSTGRES = 15
PROBE_SCHEMA = "nightquest_doctor"
#: An advisory lock of the doctor's own: to try that of the night would turn a night away.
PROBE_LOCK = 7_368_646_733_155_346


def check_duckdb(settings: Settings) -> Iterator[Finding]:
    """Read only, and for a moment. The caller sees to it that no night begins meanwhile."""
    for what, file in (("target", settings.work_file), ("published", settings.published_file)):
        if not file.exists():
            yield not_set(what, f"{file} is not there yet: the first night makes it")
            continue
        try:
            with duckdb.connect(str(file), read_only=True) as connection:
                connection.execute("select count(*) from information_schema.tables").fetchall()
        except duckdb.Error as error:
            yield problem(
                what,
                f"{file} cannot be opened ({first_line(error)}): end the program that holds it; if "
                "it is damaged, move it away and type `nightquest rebuild`.",
            )
            continue
        yield ok(what, f"DuckDB opens {file}")


def check_postgres(settings: Settings) -> Iterator[Finding]:
    if not settings.postgres_url and not (settings.home / "postgres").exists():
        yield not_set(
            "target",
            "NIGHTQUEST_POSTGRES_URL names no server: the first night makes an embedded one",
        )
        return
    with open_warehouse(settings) as warehouse:
        yield from _postgres(warehouse)


def _postgres(warehouse: Warehouse) -> Iterator[Finding]:
    number, role, database, theirs = warehouse.query(
        "select current_setting('server_version_num')::int, current_user::text, "
        "current_database()::text, clock_timestamp()"
    ).row(0)
    if number // 10_000 < OLDEST_POSTGRES:
        yield problem(
            "target",
            f"the server of NIGHTQUEST_POSTGRES_URL is PostgreSQL {number // 10_000}: update it, "
            f"{OLDEST_POSTGRES} is the oldest that will do.",
        )
    try:
        with warehouse.transaction():
            warehouse.execute(f"create schema {PROBE_SCHEMA}")
            warehouse.execute(f"create temporary table {PROBE_SCHEMA} (n int)")
            raise psycopg.Rollback
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
        yield problem(
            "target",
            f"the role {role} may not do in the database {database} what a night does "
            f"({first_line(error)}): type `nightquest roles --apply` as the database's owner, and "
            "let NIGHTQUEST_POSTGRES_URL name nightquest_pipeline.",
        )
        return
    with warehouse.transaction():
        warehouse.execute(f"select pg_advisory_xact_lock({PROBE_LOCK})")
    yield ok(
        "target",
        f"PostgreSQL {number // 10_000}, database {database}: the role {role} may create schemas "
        "and take locks",
    )
    assert isinstance(theirs, datetime)
    yield clock_against("Postgres's", theirs)
