"""A night goes on without a source that is down, and the next one fills the gap by itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.errors import NightquestError
from ingest.settings import Settings, load_settings
from ingest.simulator import Simulation, simulated_organisation
from orchestration.night import night_range
from orchestration.publication.nights import published_night
from orchestration.runner import run_nightly
from orchestration.status import status_of
from tests.integration.nights import put_in_force

ONE_DAY = timedelta(days=1)
GITHUB_IS_DOWN = {"match": {"path": "/graphql"}, "status": 503}
ALL_IS_DOWN = {"status": 503}


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False) as running:
        yield running


@pytest.fixture
def settings(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    given = simulation.environment | {
        "NIGHTQUEST_HOME": str(tmp_path / "home"), "NIGHTQUEST_MAX_TRIES": "1",
    }  # fmt: skip
    yield put_in_force(monkeypatch, given)
    simulation.set_faults([])


def shown(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.published_file), read_only=True) as file:
        return file.execute(sql).fetchall()


def test_a_source_that_is_down_waits_and_comes_by_itself(
    settings: Settings, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    day = simulation.last_day - 2 * ONE_DAY
    assert day.isoweekday() < 6, "a working day, on which a missing source could break streaks"
    first = day - 7 * ONE_DAY  # every later window begins after it
    run_nightly(settings, first, day - ONE_DAY)

    simulation.set_faults([GITHUB_IS_DOWN])
    night = run_nightly(settings, *night_range(settings, day))
    assert night.is_published
    assert "The night goes on without github: GitHub at 127.0.0.1" in caplog.text
    told = published_night(settings)
    assert told
    assert told.as_of_day == day
    assert told.problems
    assert "could not be read in the last night: github" in told.problems
    problems = status_of(settings).report["problems"]
    assert any(
        said.startswith("github could not be read: GitHub at 127.0.0.1") for said in problems
    )
    states = dict(
        shown(
            settings,
            "select activity_date, state from marts.data_status "
            f"where source = 'github' and activity_date >= '{first}'",
        )
    )
    assert states.pop(day) == "pending"
    assert set(states.values()) == {"provisional", "final"}, "what was read before stays"
    actions = shown(
        settings, f"select distinct action from marts.fct_streak_days where activity_date = '{day}'"
    )
    assert ("pending",) in actions
    assert not {("broken",), ("idle",), ("frozen",)} & set(actions), "nobody pays for the outage"

    # All is down: nothing can be computed, and the night of the day before stays up.
    simulation.set_faults([ALL_IS_DOWN])
    with pytest.raises(NightquestError, match="503"):
        run_nightly(settings, *night_range(settings, day + ONE_DAY))
    assert published_night(settings) == told

    simulation.set_faults([])
    run_nightly(settings, *night_range(settings, day + ONE_DAY))
    healed = published_night(settings)
    assert healed
    assert "github" not in (healed.problems or "")
    assert "could not be read" not in str(status_of(settings).report["problems"])

    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path / "quiet"))
    quiet = load_settings()
    run_nightly(quiet, first, day + ONE_DAY)
    undisturbed = published_night(quiet)
    assert undisturbed
    assert healed.content_hash == undisturbed.content_hash
