"""Nights against the simulated organisation: a second one costs less and lands the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing, LandingReport
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from tests.integration.leaks import leaks

TOKEN = "planted-github-token"
CONTENT = ["dataset", "scope", "day", "is_complete", "row_count", "content_hash"]


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False, token=TOKEN) as running:
        yield running


@pytest.fixture
def settings(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    for name, value in simulation.environment.items():
        monkeypatch.setenv(name, value)
    yield Settings(_env_file=None, home=tmp_path, inbox="inbox")  # people to be matched
    simulation.set_faults([])


def night(
    settings: Settings, last_day: date, folder: str
) -> tuple[pl.DataFrame, dict[str, int], list[LandingReport]]:
    """What a whole night lands in a landing of its own, and the requests saved by dataset."""
    landing = Landing(settings.home / folder)
    reports = [
        land_activity(settings, landing, last_day - timedelta(days=6), last_day),
        land_organisation(settings, landing, last_day),
    ]
    saved = {
        name: counts.requests_saved
        for report in reports
        for name, counts in report.datasets.items()
    }
    return landing.states().select(CONTENT).sort(CONTENT), saved, reports


def test_a_second_night_saves_every_list_and_lands_the_same(
    simulation: Simulation, settings: Settings
) -> None:
    first, nothing, _ = night(settings, simulation.last_day, "first")
    second, saved, reports = night(settings, simulation.last_day, "second")
    assert set(nothing.values()) == {0}
    # 1 list of 6 repositories and a list of issues each; 1 of members, 1 of 8 teams and one each.
    assert saved == {
        "issues": 7, "pull_requests": 0, "reviews": 0, "members": 1, "teams": 1,
        "team_members": 8, "member_emails": 0,
    }  # fmt: skip
    assert second.equals(first)
    assert first.height > 20
    assert reports[1].of("member_emails").rows > 40


def test_the_next_day_saves_the_quiet_lists_too(simulation: Simulation, settings: Settings) -> None:
    thursday = simulation.last_day - timedelta(days=1)
    night(settings, thursday, "first")
    _, saved, _ = night(settings, simulation.last_day, "second")
    assert (thursday.isoweekday(), saved["issues"]) == (4, 7)


def test_a_list_that_changed_between_two_nights_is_read_anew(
    simulation: Simulation, settings: Settings
) -> None:
    night(settings, simulation.last_day, "first")
    edit = {"match": {"path": "/orgs/acme/members"}, "edit": {"0.login": "renamed-since"}}
    simulation.set_faults([edit])
    night(settings, simulation.last_day, "second")
    landing = Landing(settings.home / "second")
    (members,) = landing.folder.glob("github.members/*/*/*.gz")
    assert b"renamed-since" in pl.read_ndjson(members).write_ndjson().encode()


def test_no_token_is_left_anywhere_in_the_home(simulation: Simulation, settings: Settings) -> None:
    night(settings, simulation.last_day, "first")
    night(settings, simulation.last_day, "second")
    assert leaks(settings.home, TOKEN) == []
    assert list((settings.home / "cache" / "github").iterdir())
