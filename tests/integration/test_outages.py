"""The server goes away, the disk is full: one clear sentence, the last night stays, the next heals.

Whole nights with the same faults are in `test_nights_of_outages.py` (long).
"""

import errno
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import duckdb
import polars as pl
import psycopg
import pytest

from ingest.errors import NightquestError
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.tables import TABLES
from ingest.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse, open_warehouse
from orchestration.publication import publishing
from orchestration.publication.nights import published_night
from tests.integration.outages import filled, small_disk
from tests.integration.reader import Polls
from tests.integration.test_publication import MARTS, poller, publish, settings
from tests.unit.ingest.conftest import ndjson, user_day

__all__ = ["settings"]  # a fixture

BROKE_OFF = r"^Postgres broke off at NIGHTQUEST_POSTGRES_URL: .*What is published stays as it was"
NO_SPACE = r"^The work on .*nightquest\.duckdb broke off: .*No space left on device.*make room"
DAY = date(2026, 5, 7)
#: Fails the statement of that number of a warehouse, counted from 1.
FailAt = Callable[[int], None]


def drop_session(warehouse: Warehouse) -> None:
    """The server ends the session that a warehouse is open in."""
    assert isinstance(warehouse, PostgresWarehouse)
    own = warehouse.connection.info
    with psycopg.connect(own.dsn, password=own.password, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [own.backend_pid])


@pytest.mark.parametrize("moment", ["a query", "a bulk insert", "a transaction", "its commit"])
def test_a_dropped_session_is_told_in_a_sentence_and_leaves_no_half(
    on_postgres: Settings, moment: str
) -> None:
    rows = pl.DataFrame({"n": range(1000)})
    with open_warehouse(on_postgres) as warehouse:
        warehouse.execute("create table public.numbers (n bigint)")

    def write() -> None:
        with open_warehouse(on_postgres) as warehouse:
            if moment in ("a query", "a bulk insert"):
                drop_session(warehouse)
            if moment == "a query":
                warehouse.query("select 1 as one")
            with warehouse.transaction():
                warehouse.append("public.numbers", rows)
                drop_session(warehouse)
                if moment == "a transaction":
                    warehouse.execute("delete from public.numbers")

    with pytest.raises(NightquestError, match=BROKE_OFF):
        write()
    with open_warehouse(on_postgres) as warehouse:
        assert warehouse.query("select count(*) as n from public.numbers").item() == 0


def test_a_mistake_in_a_statement_is_no_outage(on_postgres: Settings) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), open_warehouse(on_postgres) as warehouse:
        warehouse.query("select 1 from public.nowhere")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> "Statements":
    return Statements(monkeypatch)


class Statements:
    """Counts what a warehouse is asked, and breaks off at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = self.fails_at = 0
        for kind in (DuckDBWarehouse, PostgresWarehouse):
            for name in ("execute", "query", "append"):
                monkeypatch.setattr(kind, name, self.counted(getattr(kind, name)))

    def counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def ask(warehouse: Warehouse, *arguments: Any) -> Any:
            self.count += 1
            if self.count == self.fails_at:
                if warehouse.target == "duckdb":
                    raise duckdb.IOException("IO Error: No space left on device")
                drop_session(warehouse)
            return method(warehouse, *arguments)

        return ask

    def fail_at(self, number: int) -> None:
        """At that statement from now on; 0 lets all pass."""
        self.count, self.fails_at = 0, number


def test_a_publication_that_breaks_off_anywhere_leaves_a_whole_night_up(
    settings: Settings, statements: Statements, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At each of the last five statements, and at every tenth before: around the commit, and on
    DuckDB between it and the published file.
    """
    for number in range(2):
        statements.fail_at(0)
        publish(settings, f"run-{number}", 100 + number, people=20)
    last = statements.count
    polls, look, told = Polls(), poller(settings), []
    for number in (*range(1, last - 4, 10), *range(last - 4, last + 1)):
        statements.fail_at(number)
        try:
            publish(settings, f"run-{number}", 100 + number, people=20)
        except NightquestError as error:
            told.append(str(error))
        statements.fail_at(0)
        look(polls)
    assert len(told) > 10, "some publications are through before so many statements"
    assert all("broke off" in said for said in told)
    assert polls.broken == []
    assert "run-1" in polls.runs
    healed = publish(settings, "run-healed", 7, people=21)
    other = Settings(home=tmp_path_factory.mktemp("undisturbed"), target="duckdb")
    assert healed.content_hash == publish(other, "run-other", 7, people=21).content_hash
    look(polls)
    assert polls.broken == []
    assert "run-healed" in polls.runs


def test_a_load_that_breaks_off_anywhere_is_whole_the_next_time(
    on_postgres: Settings, statements: Statements, tmp_path: Path
) -> None:
    landing = Landing(on_postgres.landing)

    def load(settings: Settings, run_id: str) -> None:
        with open_warehouse(settings) as warehouse:
            load_raw(settings, warehouse, landing, DAY, run_id, {})

    def land(generations: int) -> None:
        rows = [user_day(user, code_generation_activity_count=generations) for user in range(1, 9)]
        with landing.load("copilot") as step:
            for scope, height in (("org:acme", 8), ("org:other", 3)):
                lines = ndjson(*rows[:height]).splitlines()
                step.put_lines("users-1-day", scope, DAY, lines)

    for number in (1, 2):  # the first load makes the tables
        land(number)
        statements.fail_at(0)
        load(on_postgres, f"run-{number}")
    for failing in range(1, statements.count + 1):
        land(failing + 2)
        statements.fail_at(failing)
        with pytest.raises(NightquestError, match=BROKE_OFF):
            load(on_postgres, f"broken-{failing}")
        statements.fail_at(0)
        load(on_postgres, f"next-{failing}")
    undisturbed = Settings(home=tmp_path / "other", target="duckdb")
    load(undisturbed, "run")
    assert loaded(on_postgres) == loaded(undisturbed)


def loaded(settings: Settings) -> dict[str, list[tuple]]:
    """The rows of the raw tables, without when and how often they came."""
    with open_warehouse(settings) as warehouse:
        found = {}
        for table in TABLES:
            if table.schema.startswith("raw_"):
                rows = warehouse.query(f"select * from {table.path}")
                found[table.path] = sorted(rows.rows(), key=repr)
        return found


def test_a_full_disk_stops_the_publication_and_the_last_night_stays_up(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        settings = Settings(home=disk / "home", target="duckdb")
        publish(settings, "run-0", 100)
        polls, look = Polls(), poller(settings)
        for number, kilobytes in enumerate((0, 16, 300, 900), 1):
            with filled(disk, kilobytes * 1024):
                with suppress(NightquestError):
                    publish(settings, f"run-{number}", 100 + number, people=400)
                look(polls)
        healed = publish(settings, "run-healed", 7, people=400)
        look(polls)
        assert polls.broken == []
        night = published_night(settings)
        assert night
        assert night.run_id == "run-healed"
        assert [path.name for path in settings.published_file.parent.iterdir()] == [
            settings.published_file.name
        ], "nothing half-written is left"
    other = Settings(home=tmp_path / "other", target="duckdb")
    assert healed.content_hash == publish(other, "run-other", 7, people=400).content_hash


def test_a_night_that_broke_off_between_its_two_steps_is_shown_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On DuckDB `core` then holds a night that was tested and announced, and the file does not."""
    settings = Settings(home=tmp_path, target="duckdb")
    polls, look = Polls(), poller(settings)
    publish(settings, "run-0", 100)
    with monkeypatch.context() as patch:
        full = OSError(errno.ENOSPC, "No space left on device")
        patch.setattr(publishing, "write_published_file", Mock(side_effect=full))
        with pytest.raises(NightquestError, match=r"The disk refused to be written: .*No space"):
            publish(settings, "run-1", 101)
    look(polls)
    assert [*polls.runs] == ["run-0"]
    with open_warehouse(settings) as warehouse:
        publishing.settle(settings, warehouse, MARTS, {})
    look(polls)
    assert (polls.broken, [*polls.runs]) == ([], ["run-0", "run-1"])


@pytest.mark.parametrize("damage", ["overwritten", "cut off", "gone"])
def test_a_damaged_published_file_is_told_and_written_anew(tmp_path: Path, damage: str) -> None:
    settings = Settings(home=tmp_path, target="duckdb")
    publish(settings, "run-0", 100)
    file, polls = settings.published_file, Polls()
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
        assert published_night(settings) is None
    else:
        file.write_bytes(bytes(8192) + whole[8192:] if damage == "overwritten" else whole[:5000])
        with pytest.raises(NightquestError, match=r"cannot be read .* Move it away and type"):
            published_night(settings)
    publish(settings, "run-1", 101)
    poller(settings)(polls)
    assert (polls.broken, [*polls.runs]) == ([], ["run-1"])


def test_a_full_landing_fails_the_step_and_nothing_torn_counts(tmp_path: Path) -> None:
    lines = [secrets.token_hex(500).encode() for _ in range(2000)]  # 1 MB, gzipped
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        landing = Landing(disk / "landing")
        with landing.load("copilot") as step:
            step.put_lines("users-1-day", "org:acme", DAY, lines[:10])
        before = landing.states().rows()
        for kilobytes in (0, 8, 500):
            refused = pytest.raises(NightquestError, match=r"No space left on device.*\. Check")
            with filled(disk, kilobytes * 1024), refused, landing.load("copilot") as step:
                step.put_lines("users-1-day", "org:acme", DAY, lines)
            assert Landing(disk / "landing").states().rows() == before
        with landing.load("copilot") as step:
            step.put_lines("users-1-day", "org:acme", DAY, lines)
        (state,) = Landing(disk / "landing").states().to_dicts()
        assert state["row_count"] == 2000
        assert landing.content(state["payload"]) == b"".join(line + b"\n" for line in lines)
