"""Whole nights whose server goes away or whose disk is full: the command line, as people type it.

Each is struck in a phase of its own. It ends with one sentence and exit code 1 (or gets by without
harm), the last good night stays up, and the next one shows what an undisturbed home shows.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.simulator import Simulation, simulated_organisation
from tests.integration.outages import filled, small_disk
from tests.integration.phases import BUILD, LANDING, LOADING, PUBLICATION
from tests.integration.striking import Home, home_of, struck_night

pytestmark = pytest.mark.long
#: Days that are published before the first outage.
FIRST_DAYS = 9
#: How a night begins its last sentence, from which it follows what to look at.
TOLD = ("Postgres broke off", "Postgres cannot be reached", "The build failed at", "lock was lost")
Strike = Callable[[Home], None]


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation() as running:
        yield running


def first_nights(simulation: Simulation, *homes: Home) -> date:
    """The same first days in each home; the last of them."""
    eve = simulation.first_day + timedelta(days=FIRST_DAYS)
    for home in homes:
        home.must("backfill", "--from", str(simulation.first_day), "--to", str(eve))
    return eve


def assert_told(code: int, said: str, *words: str) -> None:
    """One sentence at the end, and no trace anywhere."""
    assert code == 1, said
    assert "Traceback" not in said
    last = said.strip().splitlines()[-1]
    assert last.startswith("nightquest: ")
    assert any(word in last for word in words), last


def restart(home: Home) -> None:
    """Stop the server at once, as a power cut would, and start it again."""
    postmaster = home.server.get_pid()
    os.kill(postmaster, signal.SIGQUIT)
    while Path(f"/proc/{postmaster}").exists():
        time.sleep(0.02)
    home.server.ensure_postgres_running()


def drop_sessions(home: Home) -> None:
    """The server ends every session but the one that asks."""
    assert home.settings.postgres_url
    with psycopg.connect(home.settings.postgres_url.get_secret_value()) as server:
        server.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )


@pytest.mark.parametrize("strike", [restart, drop_sessions])
def test_a_night_without_its_server_leaves_the_last_one_up_and_the_next_heals(
    strike: Strike, simulation: Simulation, tmp_path: Path
) -> None:
    with (
        home_of("postgres", tmp_path / "struck", simulation) as struck,
        home_of("duckdb", tmp_path / "whole", simulation) as whole,
    ):
        day = first_nights(simulation, struck, whole)
        for phase, moment in ((LANDING, 0.5), (LOADING, 0.3), (BUILD, 8.0), (PUBLICATION, 0.2)):
            last = struck.seen()
            day += timedelta(days=1)
            whole.must("run", "--day", str(day))
            night = struck_night(struck, day, lambda _: strike(struck), phase, moment)
            assert night, f"{phase} was over before it could be struck"
            # Until the load writes, a night goes on where the server is back.
            if night.code or phase in (BUILD, PUBLICATION):
                assert_told(night.code, night.said, *TOLD)
                assert struck.seen() == last, phase
            struck.must("run", "--day", str(day))
            assert struck.seen() == whole.seen(), phase


def test_a_night_on_a_full_disk_leaves_the_last_one_up_and_the_next_heals(
    simulation: Simulation, tmp_path: Path
) -> None:
    """Where it breaks off follows from the room: at its first word, while it lands, loads, builds
    or publishes.
    """
    with (
        small_disk(tmp_path / "disk", megabytes=200) as disk,
        home_of("duckdb", disk / "struck", simulation) as struck,
        home_of("duckdb", tmp_path / "whole", simulation) as whole,
    ):
        day = first_nights(simulation, struck, whole)
        for kilobytes in (0, 300, 2_000, 6_000, 12_000):
            last = struck.seen()
            day += timedelta(days=1)
            whole.must("run", "--day", str(day))
            with filled(disk, kilobytes * 1024):
                said = struck.say("run", "--day", str(day))
                shown = struck.seen()
            if said.code:
                assert_told(said.code, said.out + said.err, "No space left", "disk", "full")
                assert shown == last
            struck.must("run", "--day", str(day))
            assert struck.seen() == whole.seen(), f"{kilobytes} kB"


def test_a_night_whose_landing_is_full_leaves_the_last_one_up_and_the_next_heals(
    simulation: Simulation, tmp_path: Path
) -> None:
    with (
        small_disk(tmp_path / "disk", megabytes=8) as disk,
        home_of("duckdb", tmp_path / "struck", simulation) as struck,
        home_of("duckdb", tmp_path / "whole", simulation) as whole,
    ):
        struck.environment["NIGHTQUEST_LANDING_URL"] = str(disk / "landing")
        day = first_nights(simulation, struck, whole)
        for kilobytes in (0, 16):
            last = struck.seen()
            day += timedelta(days=1)
            whole.must("run", "--day", str(day))
            with filled(disk, kilobytes * 1024):
                said = struck.say("run", "--day", str(day))
                shown = struck.seen()
            assert_told(said.code, said.out + said.err, "The landing ")
            assert shown == last
            struck.must("run", "--day", str(day))
            assert struck.seen() == whole.seen(), f"{kilobytes} kB"
