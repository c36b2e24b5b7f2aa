"""The database roles, each by logging in as it and trying what it must not do."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from ingest.tables import TABLES
from orchestration import roles
from tests.integration.chain import run_night
from tests.integration.test_teams import DAN, company

READERS = roles.READERS
EVERYBODY = (roles.PIPELINE, *READERS, "nightquest_stranger")


@pytest.fixture(scope="module")
def server(module_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A published night, made by the owner of the database; the roles made after it."""
    settings = settings_of(module_postgres_url, tmp_path_factory.mktemp("roles"))
    run_night(settings, company())
    assert roles.apply(settings) == roles.apply(settings), "it may be run again"
    with psycopg.connect(module_postgres_url, autocommit=True) as owner:
        owner.execute("drop role if exists nightquest_stranger")
        owner.execute("create role nightquest_stranger login")
        if password := owner.info.password:  # a server that asks for one: the owner's serves all
            for role in EVERYBODY:
                owner.execute(
                    sql.SQL("alter role {} password {}").format(sql.Identifier(role), password)
                )
    return module_postgres_url


def settings_of(url: str, home: Path) -> Settings:
    return Settings(home=home, target="postgres", postgres_url=SecretStr(url))


def tried(server: str, role: str, statement: LiteralString) -> str:
    """What came of a statement of a role's: `done`, or the class of the server's refusal."""
    with psycopg.connect(make_conninfo(server, user=role)) as connection:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            return type(error).__name__
        finally:
            connection.rollback()
    return DONE


DONE = "done"
#: The server's refusals: no such right, and no writing in a session of a reader's.
DENIED, READ_ONLY = "InsufficientPrivilege", "ReadOnlySqlTransaction"
#: What is tried, and what comes of it for the pipeline, a reader and a stranger.
MATRIX: dict[LiteralString, tuple[str, str, str]] = {
    "select count(*) from marts.fct_xp_ledger": (DONE, DONE, DENIED),
    "select * from marts.fct_source_rows limit 1": (DONE, DONE, DENIED),
    "select count(*) from core.fct_xp_ledger": (DONE, DENIED, DENIED),
    "select count(*) from build.fct_xp_ledger": (DONE, DENIED, DENIED),
    "select count(*) from intermediate.int_accounts_known": (DONE, DENIED, DENIED),
    "select count(*) from raw_github.members": (DONE, DENIED, DENIED),
    "select count(*) from ops.runs": (DONE, DENIED, DENIED),
    "delete from core.fct_xp_ledger": (DONE, DENIED, DENIED),
    "delete from marts.dim_levels": (DONE, DENIED, DENIED),
    "drop view marts.dim_levels": (DONE, READ_ONLY, DENIED),
    "create table marts.mine (n int)": (DONE, READ_ONLY, DENIED),
    "create schema mine": (DONE, READ_ONLY, DENIED),
    # The reading role may lift its own default; the privileges hold all the same.
    "set transaction read write; create table marts.mine (n int)": (DONE, DENIED, DENIED),
    "set transaction read write; create table public.mine (n int)": (DENIED, DENIED, DENIED),
    "set role nightquest_pipeline": (DONE, DENIED, DENIED),
    "alter role nightquest_app superuser": (DENIED, READ_ONLY, DENIED),
    "copy marts.fct_xp_ledger to program 'cat'": (DENIED, DENIED, DENIED),
}


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("statement", MATRIX)
def test_a_role_may_do_what_the_matrix_says(
    server: str, role: str, statement: LiteralString
) -> None:
    pipeline, reader, stranger = MATRIX[statement]
    expected = {roles.PIPELINE: pipeline, "nightquest_stranger": stranger}.get(role, reader)
    assert tried(server, role, statement) == expected


@pytest.mark.parametrize("role", READERS)
def test_a_function_of_a_readers_own_sees_no_hidden_row(server: str, role: str) -> None:
    """A cheap function in a condition runs before an expensive one, were there no barrier."""
    with psycopg.connect(make_conninfo(server, user=role)) as connection:
        connection.execute("set transaction read write")
        connection.execute(
            "create function pg_temp.look(text) returns boolean language plpgsql cost 0.0001 as "
            "$$ begin raise notice 'seen %', $1; return true; end $$"
        )
        seen: list[str] = []
        connection.add_notice_handler(lambda notice: seen.append(str(notice.message_primary)))
        connection.execute("select * from marts.fct_xp_ledger where pg_temp.look(developer_id)")
        connection.rollback()
    assert seen
    assert f"seen {DAN}" not in seen


def test_the_next_night_of_the_pipelines_role_is_read_by_the_readers(
    server: str, tmp_path: Path
) -> None:
    """Under another policy every view is written anew: the grants come with it."""
    as_pipeline = settings_of(make_conninfo(server, user=roles.PIPELINE), tmp_path)
    run_night(as_pipeline.model_copy(update={"visibility": "anonymous"}), company())
    for role in READERS:
        with psycopg.connect(make_conninfo(server, user=role)) as connection:
            count = connection.execute("select count(*) from marts.fct_xp_ledger").fetchone()
        assert count == (0,)


def test_an_owner_who_is_no_superuser_makes_the_roles_and_keeps_access(
    server: str, postgres_url: str, tmp_path: Path
) -> None:
    """As on a server that somebody else runs: may create roles, and owns the database."""
    name, made = "nightquest_owner", "has been made before the roles"
    with psycopg.connect(postgres_url, autocommit=True) as superuser:
        password = superuser.info.password or "unasked"
        superuser.execute(f"drop role if exists {name}")
        superuser.execute(
            sql.SQL("create role {} login createrole password {}").format(
                sql.Identifier(name), password
            )
        )
        superuser.execute(f"alter database {superuser.info.dbname} owner to {name}")
        if superuser.info.server_version >= 160_000:
            # These are there already: who creates roles is given this, and until 15 needs nothing.
            for role in (roles.PIPELINE, *READERS):
                superuser.execute(
                    f"grant {role} to {name} with admin true, inherit false, set false"
                )
    own = make_conninfo(postgres_url, user=name)
    with psycopg.connect(own) as owner:
        owner.execute("create schema marts")
        owner.execute(f"create view marts.told as select '{made}' as told")
    try:
        assert roles.apply(settings_of(own, tmp_path)) == roles.apply(settings_of(own, tmp_path))
        for reader in (name, *READERS):
            with psycopg.connect(make_conninfo(postgres_url, user=reader)) as connection:
                assert connection.execute("select told from marts.told").fetchone() == (made,)
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as superuser:
            superuser.execute(f"alter database {superuser.info.dbname} owner to current_user")
            superuser.execute(f"drop owned by {name} cascade")
            superuser.execute(f"drop role {name}")


def test_each_schema_that_is_written_has_its_owner(server: str) -> None:
    with psycopg.connect(server) as owner:
        found = owner.execute(
            "select nspname, pg_get_userbyid(nspowner) from pg_namespace "
            "where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')"
        ).fetchall()
    assert dict(found) == dict.fromkeys(roles.SCHEMAS, roles.PIPELINE)
    assert {table.schema for table in TABLES} < set(roles.SCHEMAS)


def test_who_may_not_make_roles_is_told(server: str, tmp_path: Path) -> None:
    stranger = settings_of(make_conninfo(server, user="nightquest_stranger"), tmp_path)
    with pytest.raises(NightquestError, match=r"could not be made .* nothing was changed"):
        roles.apply(stranger)


def test_a_file_has_no_roles(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NIGHTQUEST_TARGET is duckdb: a file has no roles"):
        roles.statements(Settings(home=tmp_path))


def test_on_snowflake_the_statements_are_printed_and_never_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, target="snowflake", snowflake_database="game")
    printed = "\n".join(roles.statements(settings))
    assert "grant select on all views in schema game.marts to role nightquest_analyst" in printed
    with pytest.raises(SettingsError, match="only printed"):
        roles.apply(settings)
