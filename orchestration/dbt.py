"""dbt in this process: the parsed project, the settings, what it says, and how it is stopped."""

import base64
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import psycopg
from filelock import FileLock

from ingest.settings import PROJECT, Settings, load_settings
from ingest.snowflake.connection import connection_parameters, der_of
from ingest.warehouse import postgres_url

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

DBT_PROJECT_FOLDER = PROJECT / "dbt_project"
#: The project as dbt parsed it for DuckDB. In a folder of its own: dbt by hand writes to `target`,
#: for whatever database.
MANIFEST = DBT_PROJECT_FOLDER / "target" / "nightquest" / "manifest.json"
#: Between two attempts to stop what dbt does.
STOP_SECONDS = 0.2


def current_manifest() -> Path:
    """The parsed project, parsed anew where its files or dbt are others (about 5 s, once)."""
    noted = MANIFEST.with_name("parsed_from")
    digest = digest_of_project()
    # Before the lock: a container's file system is read-only, and holds what its image was given.
    if noted.exists() and noted.read_text() == digest:
        return MANIFEST
    MANIFEST.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(MANIFEST.with_suffix(".lock")):
        if not noted.exists() or noted.read_text() != digest:
            settings = load_settings().model_copy(update={"target": "duckdb"})
            parse = ["--quiet", "parse", "--no-partial-parse"]
            with dbt_at_work(settings, MANIFEST.parent, parse) as run:
                said = [event["info"]["msg"] for event in run.events()]
            if not run.is_successful:
                raise RuntimeError(f"The dbt project cannot be parsed: {run.problem or said}")
            noted.write_text(digest)
    return MANIFEST


def digest_of_project() -> str:
    """One hash of all that a parsed project is made of."""
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-adapters", "dbt-duckdb"):  # their macros are in it
        digest.update(version(package).encode())
    for path in [*project_files(), DBT_PROJECT_FOLDER / "profiles.yml"]:
        digest.update(str(path).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def parsed_project() -> "Manifest":
    """The parsed project as dbt itself reads it."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    parsed = current_manifest().with_name("partial_parse.msgpack").read_bytes()
    manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    manifest.build_parent_and_child_maps()
    manifest.build_flat_graph()
    return manifest


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


#: What dbt_project/profiles.yml says of a Postgres server.
IN_PROFILE = {"host", "port", "user", "password", "dbname"}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt_project/profiles.yml reads, for the target in force."""
    environment = {
        "NIGHTQUEST_TARGET": settings.target,
        "NIGHTQUEST_DBT_DUCKDB_PATH": str(settings.work_file.resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
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


Event = dict[str, Any]


class DbtRun:
    """A dbt command at work in a thread of this process.

    A process of its own would import dbt once more, which Dagster's integration has imported here:
    5 s a night. dbt keeps its flags, log and connections in globals, so one runs at a time.

    Attributes:
        is_successful: whether the command came to a good end; None while it works.
        problem: what ended it, where that was no model or test.
    """

    def __init__(self, settings: Settings, folder: Path, arguments: Sequence[str]) -> None:
        """`folder`: where dbt writes its log, the parsed project and the compiled models.

        Raises:
            SettingsError: a setting of the connection is missing or wrong.
        """
        self.is_successful: bool | None = None
        self.problem: str | None = None
        self._failure: BaseException | None = None
        self._target = settings.target
        self._environment = dbt_environment(settings)
        # On DuckDB the database has the same name in every home, so that the project is parsed
        # once for all of them. Elsewhere dbt parses it for its database, and again in part.
        self._is_parsed = settings.target == "duckdb" and "parse" not in arguments
        self._arguments = [
            *arguments, "--target", settings.target,
            "--project-dir", str(DBT_PROJECT_FOLDER), "--profiles-dir", str(DBT_PROJECT_FOLDER),
            "--target-path", str(folder), "--log-path", str(folder),
        ]  # fmt: skip
        self._said: SimpleQueue[Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="dbt", daemon=True)
        self._thread.start()

    def events(self) -> Iterator[Event]:
        """What dbt says, as the lines of its JSON log, until it has ended; to be read once."""
        while (event := self._said.get()) is not None:
            yield event
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Return when dbt writes no more: at once where it has ended, else within seconds.

        Only a main thread can be interrupted. What the engine does for dbt is cancelled instead:
        the models at work fail, what hangs on them is skipped, and what else begins is cancelled
        likewise. A process that dies takes the thread with it.
        """
        while self._thread.is_alive():
            self._cancel()
            self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        try:
            with variables(self._environment):
                self._invoke()
        except BaseException as error:
            self._failure = error
        finally:
            self._said.put(None)

    def _invoke(self) -> None:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner
        from dbt_common.events.event_manager_client import cleanup_event_logger

        manifest = parsed_project() if self._is_parsed else None
        ended = dbtRunner(manifest, callbacks=[self._hear]).invoke(self._arguments)
        self.problem = str(ended.exception) if ended.exception else None
        self.is_successful = ended.success
        # Nobody else may find the work file open with dbt's settings, nor dbt's last words go to
        # a stream that is closed by then.
        reset_adapters()
        DuckDBConnectionManager.close_all_connections()
        cleanup_event_logger()

    def _hear(self, event: "EventMsg") -> None:
        """Called by the thread that has something to say; dbt waits for it."""
        from dbt_common.events.functions import env_scrubber, msg_to_dict

        if event.info.level == "debug":
            return
        said = msg_to_dict(event)
        for part in (said["info"], said["data"]):
            if "msg" in part:
                part["msg"] = env_scrubber(part["msg"])
        self._said.put(said)

    def _cancel(self) -> None:
        from dbt.adapters.factory import get_adapter_by_type

        # Before dbt connects there is nothing to cancel, and a server that is gone cancels nothing.
        with suppress(Exception):
            adapter = get_adapter_by_type(self._target)
            with adapter.connection_named("stop"):
                adapter.cancel_open_connections()


@contextmanager
def dbt_at_work(settings: Settings, folder: Path, arguments: Sequence[str]) -> Iterator[DbtRun]:
    """dbt until `with` ends: when it is left early, dbt is stopped first."""
    run = DbtRun(settings, folder, arguments)
    try:
        yield run
    finally:
        run.stop()


@contextmanager
def variables(given: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables; at the end as it was before.

    What stayed would reach the next command of this process, whose URL may not say `sslmode`.
    """
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def failed_node(event: Mapping[str, Any]) -> str | None:
    """The model or test that a line of dbt's JSON log calls failed, with the line that says why."""
    if event["info"]["name"] != "RunResultError" or "node_info" not in event["data"]:
        return None
    node, why = event["data"]["node_info"]["node_name"], event["data"]["msg"]
    lines = [line.strip() for line in why.splitlines() if line.strip()] or ["without a word"]
    # dbt begins what an engine has refused with "Database Error in model ... (its file)".
    said = lines[1] if len(lines) > 1 and " Error in " in lines[0] else lines[0]
    return f"{node} ({said})"
