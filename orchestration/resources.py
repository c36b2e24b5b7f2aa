"""What assets share: the night's lock and its log."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
from dagster import ConfigurableResource, InitResourceContext
from filelock import FileLock, Timeout
from pydantic import PrivateAttr

from ingest.errors import NightquestError
from ingest.settings import Settings, load_settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.logs import night_log

Entered = TypeVar("Entered")


class Night(ConfigurableResource):
    """Holds the lock of the night, and writes its log, for as long as a run lasts.

    The kernel and the server release it when the process dies, however it dies.
    """

    _lock: "DatabaseLock" = PrivateAttr()
    _work: ExitStack = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Night"]:
        settings = load_settings()
        with (
            night_lock(settings) as self._lock,
            night_log(settings),
            ExitStack() as self._work,
        ):
            yield self

    def enter(self, work: AbstractContextManager[Entered]) -> Entered:
        """Enter what ends before the lock is released, however the run ends.

        A step that fails is no end: what Dagster keeps of the failure may keep its frames alive.
        """
        return self._work.enter_context(work)

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
def quiet(settings: Settings) -> Iterator[bool]:
    """Whether no night is at work; none begins until this ends: it waits a second for the lock."""
    if not night_file(settings).exists():
        yield True
        return
    lock = FileLock(night_file(settings), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


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
