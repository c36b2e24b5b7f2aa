"""The one door to data: which night is published, and rows of its tables.

Only this file opens a database. A page asks for `tonight()` once and puts all its questions to
that `Night`, so everything it shows belongs to one published run. Answers are cached by night:
the same question asked again costs no query until the next publication.

The door also knows who is looking: a statement about one person (`queries.OfPerson`) is answered to
whom `app.viewer` allows it, one about several (`queries.OfPeople`) with the rows they may see.
"""

import queue
import re
import warnings
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl
import polars.selectors as cs
import psycopg
import streamlit as st

from app import queries
from app.settings import Settings, SettingsError, load_settings
from app.viewer import EVERYBODY, Viewer

#: Answers kept in memory, over all sessions; a page of one developer asks about 12 questions.
KEPT_ANSWERS = 2_000
#: Idle connections kept to Postgres; more are opened when more sessions ask at once.
KEPT_CONNECTIONS = 8

# DuckDB would rather be asked by `cursor.sql`, which binds a statement several times (1 to 2 ms
# each) and spares a copy of the rows: of the few rows of a page that is nothing.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")

OLD_TABLES = (
    "The published tables are of another version than this dashboard: {detail}. "
    "Publish a night with this version of Nightquest (`nightquest run`)."
)


class WarehouseError(Exception):
    """There is nothing to show; the message is one sentence for the reader."""


class NotForYou(Exception):
    """The page asked for days of somebody whom the reader may not look at."""


class NightMoved(Exception):
    """A new night was published while a page was being drawn: draw it again."""


class Source(Protocol):
    """Where the published tables lie. `key` tells one published state from the next."""

    key: tuple

    def fetch(self, sql: str, params: dict[str, Any], run_id: str | None) -> pl.DataFrame:
        """Rows of one read; with a `run_id`, only if that run is still the published one.

        Raises:
            WarehouseError: in words for the reader.
            NightMoved: another run was published meanwhile.
        """
        ...


@dataclass(frozen=True)
class Night:
    """One published night: its run, its days, and the way to its rows.

    Days up to `complete_through` are delivered by every source; up to `final_through` they are
    past the re-read window as well.
    """

    run_id: str
    as_of_day: date
    complete_through: date | None
    final_through: date | None
    quarantined_rows: int
    problems: str | None
    source: Source = field(repr=False)
    viewer: Viewer = EVERYBODY

    def query(self, sql: str, **params: Any) -> pl.DataFrame:
        """The rows of a statement of `app.queries`, its `$name` parameters bound.

        Raises:
            NotForYou: the statement is about a person whom the viewer may not look at.
            WarehouseError, NightMoved: as `Source.fetch`.
        """
        if isinstance(sql, queries.OfPerson) and not self.may_see(params["developer"]):
            raise NotForYou
        if isinstance(sql, queries.OfPeople):
            params |= {
                "seen_all": self.viewer.sees_all,
                "seen_developer": self.viewer.developer_id or "",
                # An empty list has no type that both engines would compare with text.
                "seen_teams": [*self.viewer.team_ids] or [""],
            }
        return _answer((self.run_id, *self.source.key), str(sql), params, self)

    def may_see(self, developer: str) -> bool:
        """Whether the viewer may see a person's days, not only what boards tell."""
        if self.viewer.sees_all or developer == self.viewer.developer_id:
            return True
        if not self.viewer.team_ids:
            return False
        found = self.query(queries.TEAM_OF, developer=developer)
        return bool(set(found.to_series()) & set(self.viewer.team_ids))


def tonight(viewer: Viewer = EVERYBODY) -> Night:
    """The night that is published now, as `viewer` may see it.

    Raises:
        WarehouseError: no night is published, or it cannot be read.
    """
    source = _source(_settings())
    rows = source.fetch(queries.RUN_STATUS, {}, None).to_dicts()
    if not rows:
        raise WarehouseError(
            "No night has been published yet: the tables are there, but empty. "
            "The first one comes with `nightquest run`."
        )
    row = rows[0]
    night = Night(
        run_id=row["last_good_run"],
        as_of_day=row["as_of_day"],
        complete_through=row["complete_through"],
        final_through=row["final_through"],
        quarantined_rows=row["quarantined_rows"] or 0,
        problems=row["problems"],
        source=source,
    )
    return replace(night, viewer=_found(night, viewer))


def _found(night: Night, viewer: Viewer) -> Viewer:
    """The viewer, with who and which teams that is in the published tables."""
    if viewer.login:
        found = night.query(queries.VIEWER, login=viewer.login).to_series()
        viewer = replace(viewer, developer_id=found[0] if len(found) else None)
    if viewer.managed:
        teams = night.query(queries.MANAGED_TEAMS, teams=[*viewer.managed])
        viewer = replace(viewer, team_ids=tuple(teams.to_series()))
    return viewer


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def _answer(key: tuple, sql: str, params: dict[str, Any], _night: Night) -> pl.DataFrame:
    rows = _night.source.fetch(sql, params, _night.run_id)
    # Postgres answers quotients as exact decimals, which charts cannot read.
    return rows.cast({cs.decimal(): pl.Float64})


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise WarehouseError(str(error)) from None


def _source(settings: Settings) -> Source:
    if settings.target == "duckdb":
        return _PublishedFile(settings.published_file)
    if settings.target == "postgres" and settings.app_postgres_url:
        return _PostgresServer(settings.app_postgres_url.get_secret_value())
    if settings.target == "postgres":
        raise WarehouseError(
            "NIGHTQUEST_APP_POSTGRES_URL is not set: it names the server and the role with which "
            "the dashboard reads (`nightquest roles` makes that role)."
        )
    raise WarehouseError(
        "NIGHTQUEST_TARGET is snowflake: the dashboard reads duckdb and postgres only."
    )


class _PublishedFile:
    """DuckDB's published file: replaced by rename, so that inode and time name one state."""

    def __init__(self, path: Path) -> None:
        self.key = (str(path), *_file_state(path))
        self.connection = _attach(*self.key)

    def fetch(self, sql: str, params: dict[str, Any], run_id: str | None) -> pl.DataFrame:
        # The file of a connection never changes: an old one stays readable after the rename.
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("use night")
                cursor.execute(sql, params)
                return pl.DataFrame(pl.from_arrow(cursor.to_arrow_table()))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise WarehouseError(OLD_TABLES.format(detail=_first_line(error))) from None
        except (duckdb.OperationalError, duckdb.InternalError):
            raise WarehouseError(
                f"The published file {self.key[0]} cannot be read; it may be damaged. "
                "The next `nightquest run` writes it anew."
            ) from None


def _file_state(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except FileNotFoundError:
        raise WarehouseError(
            f"No night has been published yet: there is no file {path}. `nightquest run` makes "
            "it; if it lies elsewhere, NIGHTQUEST_HOME says where."
        ) from None
    except OSError as error:
        raise WarehouseError(
            f"The published file {path} cannot be reached: {error.strerror}."
        ) from None
    return state.st_ino, state.st_mtime_ns


# Two: the night that is published, and the one before for pages still being drawn.
@st.cache_resource(max_entries=2, show_spinner=False)
def _attach(path: str, inode: int, changed_ns: int) -> duckdb.DuckDBPyConnection:
    # An in-memory database of its own for each state: in one process, connecting to the path
    # again would hand out the old contents as long as any handle on it is open.
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute(f"attach '{path.replace(chr(39), chr(39) * 2)}' as night (read_only)")
    except duckdb.Error as error:
        connection.close()
        reason = "is not a DuckDB file" if "not a valid" in str(error) else "cannot be opened"
        raise WarehouseError(
            f"The published file {path} {reason}; it may be damaged, locked by another program or "
            "not readable for this user. The next `nightquest run` writes it anew."
        ) from None
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    if _file_state(Path(path)) != (inode, changed_ns):
        raise NightMoved
    return connection


class _PostgresServer:
    """Postgres: each read is one read-only transaction that also looks which run is published."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = ("postgres", url)

    def fetch(self, sql: str, params: dict[str, Any], run_id: str | None) -> pl.DataFrame:
        idle = _idle_connections(self.url)
        try:
            connection = _take(idle, self.url)
        except psycopg.Error:
            raise WarehouseError(
                "The Postgres server named in NIGHTQUEST_APP_POSTGRES_URL does not answer, or "
                "refuses the role named there."
            ) from None
        try:
            with connection.transaction():
                frame = _read(connection, sql, params)
                published = _read(connection, queries.RUN_STATUS)["last_good_run"].to_list()
                if run_id and published != [run_id]:
                    raise NightMoved
            return frame
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise WarehouseError(OLD_TABLES.format(detail=_first_line(error))) from None
        except psycopg.errors.InsufficientPrivilege:
            raise WarehouseError(
                "The role in NIGHTQUEST_APP_POSTGRES_URL may not read the schema marts: "
                "`nightquest roles --apply` grants it."
            ) from None
        except psycopg.OperationalError:
            raise WarehouseError(
                "The Postgres server did not answer the question: it may be starting, stopping or "
                "overloaded. Reload the page in a moment."
            ) from None
        finally:
            if connection.closed or idle.qsize() >= KEPT_CONNECTIONS:
                connection.close()
            else:
                idle.put(connection)


@st.cache_resource(show_spinner=False)
def _idle_connections(url: str) -> queue.LifoQueue:
    return queue.LifoQueue()


def _take(idle: queue.LifoQueue, url: str) -> psycopg.Connection:
    """A connection that answers: an idle one, or a new one (the server may have restarted)."""
    while True:
        try:
            connection = idle.get_nowait()
        except queue.Empty:
            break
        try:
            connection.execute("select 1")
            connection.rollback()
            return connection
        except psycopg.Error:
            connection.close()
    connection = psycopg.connect(url, connect_timeout=5, options="-c statement_timeout=30000")
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _read(
    connection: psycopg.Connection, sql: str, params: dict[str, Any] | None = None
) -> pl.DataFrame:
    # Statements carry DuckDB's `$name`; psycopg wants `%(name)s` and `%%` for a percent sign.
    cursor = connection.execute(
        re.sub(r"\$([a-z_]\w*)", r"%(\1)s", sql.replace("%", "%%")), params or {}
    )
    names = [column.name for column in cursor.description or ()]
    return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)


def _first_line(error: Exception) -> str:
    """The engine's own first line, without its kind and full stop."""
    line = str(error).strip().splitlines()[0]
    return re.sub(r"^[A-Z][a-z]+ Error: ", "", line).rstrip("!. ")
