"""The database roles: who writes, who reads the published marts, and nobody else anything."""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from ingest.tables import TABLES
from ingest.warehouse import postgres_url

PIPELINE = "nightquest_pipeline"
READERS = ("nightquest_app", "nightquest_analyst")
#: All that the pipeline makes: raw and ops tables, dbt's layers, what is published.
LAYERS = ("staging", "intermediate", "build", "core", "marts")
SCHEMAS = (*sorted({table.schema for table in TABLES}), *LAYERS)
#: A reader's statement is stopped after this long: a slip of the pen must not hold up the night.
READERS_TIMEOUT = "5min"


def statements(settings: Settings) -> list[str]:
    """The statements that bring the roles of the target about; to be run again at any time.

    Raises:
        SettingsError: the target is a file, which has no roles.
    """
    if settings.target == "duckdb":
        raise SettingsError(
            "NIGHTQUEST_TARGET is duckdb: a file has no roles. Whoever may read the published file "
            "(mode 0640) reads all of it; the work file (0600) is the owner's alone. Allowed: "
            "postgres, snowflake."
        )
    return [*(_postgres() if settings.target == "postgres" else _snowflake(settings))]


def _postgres() -> Iterator[str]:
    for role in (PIPELINE, *READERS):
        yield (
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') "
            f"then create role {role} login; end if; end $$"
        )
    # Only a member may give a role what it owns, and go on using it: superusers need not be one.
    yield (
        f"do $$ begin if current_user <> '{PIPELINE}' and not (select rolsuper from pg_roles "
        f"where rolname = current_user) then grant {PIPELINE} to current_user; end if; end $$"
    )
    for role in READERS:
        yield f"alter role {role} set default_transaction_read_only = on"
        yield f"alter role {role} set statement_timeout = '{READERS_TIMEOUT}'"
    yield (
        "do $$ begin execute format("
        f"'grant connect, create, temporary on database %I to {PIPELINE}', current_database()); "
        f"execute format('grant connect on database %I to {', '.join(READERS)}', "
        "current_database()); end $$"
    )
    # Whose tables they are decides who may drop them: what another role has made changes hands.
    for schema in SCHEMAS:
        yield f"create schema if not exists {schema}"
        yield f"alter schema {schema} owner to {PIPELINE}"
        yield f"revoke all on schema {schema} from public, {', '.join(READERS)}"
    listed = ", ".join(f"'{schema}'" for schema in SCHEMAS)
    yield (
        "do $$ declare made record; begin for made in "
        "select n.nspname, c.relname, c.relkind from pg_class as c "
        "inner join pg_namespace as n on c.relnamespace = n.oid "
        f"where n.nspname in ({listed}) and c.relkind in ('r', 'v') "
        "loop execute format('alter %s %I.%I owner to "
        f"{PIPELINE}', case made.relkind when 'v' then 'view' else 'table' end, "
        "made.nspname, made.relname); end loop; end $$"
    )
    readers = ", ".join(READERS)
    yield f"grant usage on schema marts to {readers}"
    yield f"grant select on all tables in schema marts to {readers}"
    # A night may write a view anew, and may run as the role that runs these statements.
    for maker in (PIPELINE, "current_user"):
        yield (
            f"alter default privileges for role {maker} in schema marts "
            f"grant select on tables to {readers}"
        )


def _snowflake(settings: Settings) -> Iterator[str]:
    database = settings.snowflake_database or "nightquest"
    for role in (PIPELINE, *READERS):
        yield f"create role if not exists {role}"
    yield f"grant usage, create schema on database {database} to role {PIPELINE}"
    for schema in (f"{database}.{name}" for name in SCHEMAS):
        yield f"create schema if not exists {schema}"
        yield f"grant ownership on schema {schema} to role {PIPELINE} copy current grants"
    for role in READERS:
        yield f"grant usage on database {database} to role {role}"
        yield f"grant usage on schema {database}.marts to role {role}"
        yield f"grant select on all views in schema {database}.marts to role {role}"
        yield f"grant select on future views in schema {database}.marts to role {role}"


def apply(settings: Settings) -> int:
    """Run the statements in one transaction; how many they were.

    Raises:
        NightquestError: the server cannot be reached, or the role of the URL may not do that.
        SettingsError: the target has no roles, or is only printed.
    """
    wanted = statements(settings)
    if settings.target != "postgres":
        raise SettingsError(
            "On Snowflake the statements are only printed (--print): a SECURITYADMIN runs them."
        )
    try:
        with psycopg.connect(postgres_url(settings), connect_timeout=15) as connection:
            for statement in wanted:
                connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise NightquestError(
            f"The roles could not be made ({str(error).strip().splitlines()[0]}); nothing was "
            "changed. NIGHTQUEST_POSTGRES_URL must name a role that may create roles and owns the "
            "database, for this command."
        ) from None
    return len(wanted)
