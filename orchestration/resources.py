"""What assets share: the night's lock and the dbt command."""

import base64
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from dagster import ConfigurableResource, InitResourceContext
from dagster_dbt import DbtCliResource
from filelock import FileLock, Timeout
from packaging.version import Version
from pydantic import PrivateAttr

from ingest.errors import NightquestError
from ingest.settings import PROJECT, Settings, load_settings
from ingest.snowflake.connection import connection_parameters, der_of
from ingest.warehouse import Warehouse, open_warehouse, postgres_url

DBT_PROJECT_FOLDER = PROJECT / "dbt_project"
DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")


class Night(ConfigurableResource):
    """Holds the lock of the night for as long as a run lasts.

    The kernel and the server release it when the process dies, however it dies.
    """

    _lock: "DatabaseLock" = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Night"]:
        with night_lock(load_settings()) as self._lock:
            yield self

    def begin(self) -> None:
        """Before a run first writes: a lock that was lost until then is taken again.

        Raises:
            NightquestError: another run holds it, or the server cannot be reached.
        """
        if not self._lock.is_held():
            self._lock.take()

    def go_on(self) -> None:
        """Before a run relies on what it has written.

        Raises:
            NightquestError: the lock was lost, and another run may have written meanwhile.
        """
        if not self._lock.is_held():
            raise NightquestError(
                "The session with Postgres that holds the night's lock was lost, so that another "
                "run may have begun. What is published stays as it was: type `nightquest run` "
                "again."
            )


#: The number of the night's lock among the advisory locks of a Postgres database.
DATABASE_LOCK = 7_368_646_733_155_345


#: `nightquest status` takes the lock for a moment, to see whether a run holds it.
LOOK_SECONDS = 1


def night_file(settings: Settings) -> Path:
    """The file whose lock a run holds."""
    return settings.home / "night.lock"


@contextmanager
def night_lock(settings: Settings) -> Iterator["DatabaseLock"]:
    """The one lock that the command line and Dagster share: of the home, and of the database.

    Raises:
        NightquestError: another run holds it, or the server cannot be reached.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(night_file(settings), timeout=LOOK_SECONDS), DatabaseLock(settings) as lock:
            lock.take()
            yield lock
    except Timeout:
        raise at_work(str(settings.home)) from None


class DatabaseLock(ExitStack):
    """On Postgres two homes may share a database. The server releases it when the session ends."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self._session: Warehouse | None = None

    def take(self) -> None:
        """
        Raises:
            NightquestError: another run holds it, or the server cannot be reached.
        """
        if self.settings.target != "postgres":
            return
        session = self.enter_context(open_warehouse(self.settings))
        locked = session.query("select pg_try_advisory_lock($1) as locked", [DATABASE_LOCK])
        if not locked.item():
            raise at_work("the database of NIGHTQUEST_POSTGRES_URL")
        self._session = session

    def is_held(self) -> bool:
        """Whether the session lives that has taken it; the home's own lock cannot be lost."""
        try:
            if self._session:
                self._session.query("select 1 as alive")
        except psycopg.Error:
            return False
        return True


def at_work(place: str) -> NightquestError:
    return NightquestError(
        f"Another run is at work on {place}. Two at once would spoil each other: wait for it to "
        "end, or stop it; a crashed run holds no lock."
    )


#: What dbt_project/profiles.yml says of a Postgres server.
IN_PROFILE = {"host", "port", "user", "password", "dbname"}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt_project/profiles.yml reads, for the target in force."""
    environment = {
        "NIGHTQUEST_TARGET": settings.target,
        "NIGHTQUEST_DBT_DUCKDB_PATH": str(settings.work_file.resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # The Snowflake connector checks for releases of libraries that it vendors anyway.
        "PYTHONWARNINGS": "ignore::Warning:snowflake.connector.vendored.requests",
    }
    if settings.target == "postgres":
        parts = psycopg.conninfo.conninfo_to_dict(postgres_url(settings))
        environment |= {
            "NIGHTQUEST_DBT_POSTGRES_HOST": str(parts.get("host", "localhost")),
            "NIGHTQUEST_DBT_POSTGRES_PORT": str(parts.get("port", 5432)),
            "NIGHTQUEST_DBT_POSTGRES_USER": str(parts.get("user", "postgres")),
            "NIGHTQUEST_DBT_POSTGRES_DBNAME": str(parts.get("dbname", "postgres")),
            "DBT_ENV_SECRET_NIGHTQUEST_POSTGRES_PASSWORD": str(parts.get("password", "")),
        }
        # The rest of the URL (sslmode, sslrootcert, ...) has no place in the profile: dbt's driver
        # takes it from the variables of Postgres's own tools.
        environment |= {
            option.envvar.decode(): str(parts[option.keyword.decode()])
            for option in psycopg.pq.Conninfo.get_defaults()
            if option.envvar and option.keyword.decode() in parts.keys() - IN_PROFILE
        }
    if settings.target == "snowflake":
        environment |= snowflake_environment(settings)
    return environment


def snowflake_environment(settings: Settings) -> dict[str, str]:
    """The connection of the pipeline itself, as dbt's profile wants it; what is unset stays away.

    Raises:
        SettingsError: a setting of the connection is missing, or the key cannot be opened.
    """
    given = connection_parameters(settings)
    key = given.get("private_key")
    secrets = {
        "PRIVATE_KEY": key and base64.b64encode(der_of(key)).decode(),
        "TOKEN": given.get("token"),
        "PASSWORD": given.get("password"),
    }
    plain = {
        name.upper(): given.get(name)
        for name in ("account", "user", "role", "warehouse", "database", "host", "port", "protocol")
    }
    plain["AUTHENTICATOR"] = "snowflake_jwt" if key else given.get("authenticator")
    return {
        f"{prefix}_SNOWFLAKE_{name}": str(value)
        for prefix, named in (("NIGHTQUEST_DBT", plain), ("DBT_ENV_SECRET_NIGHTQUEST", secrets))
        for name, value in named.items()
        if value is not None
    }


class LeanDbtCli(DbtCliResource):
    """dbt without a second dbt in this process.

    The adapter that dagster-dbt builds beside the command serves row counts and column metadata,
    which are not fetched; with `dbt --version` it cost 10 s of processor time a night.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def project_files() -> list[Path]:
    """The files that make the models what they are, in a fixed order."""
    folders = ("models", "macros", "seeds", "tests")
    found = [
        path
        for folder in folders
        for path in (DBT_PROJECT_FOLDER / folder).rglob("*")
        if path.suffix in {".sql", ".yml", ".csv"}
    ]
    return [*sorted(found), DBT_PROJECT_FOLDER / "dbt_project.yml"]


def failed_node(event: Mapping[str, Any]) -> str | None:
    """The model or test that a line of dbt's JSON log calls failed, with the line that says why."""
    if event["info"]["name"] != "RunResultError" or "node_info" not in event["data"]:
        return None
    node, why = event["data"]["node_info"]["node_name"], event["data"]["msg"]
    lines = [line.strip() for line in why.splitlines() if line.strip()] or ["without a word"]
    # dbt begins what an engine has refused with "Database Error in model ... (its file)".
    said = lines[1] if len(lines) > 1 and " Error in " in lines[0] else lines[0]
    return f"{node} ({said})"


class Dbt(ConfigurableResource):
    """dbt on the target in force, its settings read when it is used."""

    def command(self, settings: Settings) -> DbtCliResource:
        os.environ.update(dbt_environment(settings))
        return LeanDbtCli(
            project_dir=str(DBT_PROJECT_FOLDER),
            profiles_dir=str(DBT_PROJECT_FOLDER),
            target=settings.target,
            dbt_executable=str(DBT_EXECUTABLE),
        )
