"""Snowflake, tried: the login, and whether the declared extracts compile there."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial
from typing import Any

from ingest.errors import SettingsError, SourceError
from ingest.filedrop.declared import file_metrics
from ingest.findings import Finding, not_set, ok, problem, tried
from ingest.settings import Settings
from ingest.snowflake.connection import connect, said
from ingest.snowflake.declared import Extract, load_extracts
from ingest.snowflake.fetch import checked_names

PROBE_SCHEMA = "nightquest_doctor"


def check_sources_file(settings: Settings) -> Iterator[Finding]:
    if settings.sources_file is None:
        yield not_set("sources file", "NIGHTQUEST_SOURCES_FILE names none: no extracts are read")
        return
    yield tried("sources file", lambda: _declared(settings))


def _declared(settings: Settings) -> str:
    extracts, metrics = len(load_extracts(settings)), len(file_metrics(settings))
    return f"{settings.sources_file}: {extracts} extracts, {metrics} metrics of files; well written"


def check_snowflake(settings: Settings) -> Iterator[Finding]:
    try:
        extracts = load_extracts(settings)
    except SettingsError:
        extracts = []  # the check of the file tells
    if not extracts and settings.target != "snowflake":
        yield not_set("Snowflake", "neither the target nor an extract asks for it")
        return
    with closing(connect(settings)) as connection:
        yield tried("Snowflake", lambda: _session(connection, settings))
        for extract in extracts:
            yield tried(f"extract {extract.name}", partial(_compiled, connection, extract))
        if settings.target == "snowflake":
            yield _target(connection, settings)


def _session(connection: Any, settings: Settings) -> str:
    """The login leaves out a role or a warehouse that it may not use; `use` does not."""
    from snowflake.connector.errors import Error

    used = []
    for kind in ("role", "warehouse"):
        name = getattr(settings, f"snowflake_{kind}")
        if name:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"use {kind} {name}")
            except Error as error:
                raise SourceError(
                    f"the login is good, but Snowflake does not let {settings.snowflake_user} use "
                    f"the {kind} {name} of NIGHTQUEST_SNOWFLAKE_{kind.upper()} ({said(error)[:-1]})"
                    ": check the name, and grant it."
                ) from None
        used.append(f"{kind} {name or getattr(connection, kind)}")
    if not (settings.snowflake_warehouse or connection.warehouse):
        raise SourceError(
            "the login is good, but no warehouse computes for it: set "
            "NIGHTQUEST_SNOWFLAKE_WAREHOUSE."
        )
    return f"the login is good, with {' and '.join(used)}"


def _compiled(connection: Any, extract: Extract) -> str:
    """That Snowflake knows the tables and columns, and the role may read them; nothing is run."""
    from snowflake.connector.errors import Error

    days = {"from_day": date(2000, 1, 1), "to_day": date(2000, 1, 1)}
    with connection.cursor() as cursor:
        try:
            description = cursor.describe(extract.query, days)
        except Error as error:
            raise SourceError(
                f"Snowflake refuses the query ({said(error)[:-1]}): check it, and that the role "
                "has SELECT on its tables and USAGE on their schema and database."
            ) from None
        checked_names(extract, description)
    return "a single SELECT that compiles, with every declared column"


def _target(connection: Any, settings: Settings) -> Finding:
    from snowflake.connector.errors import Error

    place = f"{settings.snowflake_database}.{PROBE_SCHEMA}"
    if not settings.snowflake_database:
        return problem("target", "NIGHTQUEST_SNOWFLAKE_DATABASE is not set: name the database.")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"create schema if not exists {place}")
            cursor.execute(f"drop schema {place}")
    except Error as error:
        return problem(
            "target",
            f"schemas cannot be made in {settings.snowflake_database} ({said(error)[:-1]}): run "
            "the statements of `nightquest roles --print` as SECURITYADMIN.",
        )
    return ok("target", f"schemas can be made in the database {settings.snowflake_database}")
