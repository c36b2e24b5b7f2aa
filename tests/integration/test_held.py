"""A report lacks a part, a list comes back empty: nobody loses XP before a person's word."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.warehouse import open_warehouse
from orchestration.held_page import Choice, decided, listed
from orchestration.publication.nights import PublishedNight, published_night
from orchestration.runner import Outcome, run_nightly, run_rebuild, run_refetch
from orchestration.status import status_of
from tests.integration.nights import content, put_in_force

MARTS = ("fct_xp_ledger", "dim_developers", "leaderboards", "bridge_team_members")
#: A Wednesday whose report has 57 rows in two parts, of 29 and of 28.
DAY = date(2026, 10, 28)
ALL = Choice(is_refused=False, source=None, scope=None, day=None)
FAULTS = [
    {"match": {"path": "/users-1-day", "day": str(DAY)}, "drop_part": 2},
    {"match": {"path": "/orgs/acme/members$"}, "status": 200, "body": []},
]
SHOWN_AS_IT_WAS = (
    "shown as it was, because a new reading looks wrong: copilot since 2026-10-28, "
    "github since 2026-10-29"
)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False) as running:
        yield running


@pytest.fixture
def settings(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    place = {"NIGHTQUEST_HOME": str(tmp_path / "home"), "NIGHTQUEST_ENV": "demo"}
    yield put_in_force(monkeypatch, simulation.environment | place)
    simulation.set_faults([])


def published(settings: Settings) -> PublishedNight:
    night = published_night(settings)
    assert night is not None
    return night


def night(settings: Settings) -> Outcome:
    """Of the day after DAY, over the days that the game can wait for."""
    return run_nightly(settings, DAY - timedelta(days=5), DAY + timedelta(days=1))


def held_night(settings: Settings, simulation: Simulation) -> PublishedNight:
    """A good night, and one whose sources have lost rows; the good one."""
    night(settings)
    good = published(settings)
    simulation.set_faults(FAULTS)
    night(settings)
    return good


def test_readers_keep_what_was_read_before_and_are_told(
    settings: Settings, simulation: Simulation
) -> None:
    good = held_night(settings, simulation)
    shown = published(settings)
    assert shown.run_id != good.run_id
    assert shown.content_hash == good.content_hash, "nobody lost anything"
    assert (good.problems, shown.problems) == (None, SHOWN_AS_IT_WAS)
    with open_warehouse(settings) as warehouse:
        kept = warehouse.query("select dataset, rows_in_force, rows_held from ops.held_days")
    assert sorted(kept.rows()) == [("members", 59, 0), ("users-1-day", 57, 29)]

    status = status_of(settings)
    assert status.is_good
    assert status.report["problems"] == [SHOWN_AS_IT_WAS]
    assert status.report["held_days"] == [
        "copilot users-1-day org:acme, 2026-10-28: 29 rows, 57 before (`nightquest held`)",
        "github members org:acme, 2026-10-29: 0 rows, 59 before (`nightquest held`)",
    ]


@pytest.mark.long
def test_a_word_is_followed_by_the_next_night_and_by_a_rebuild(
    settings: Settings, simulation: Simulation
) -> None:
    good = held_night(settings, simulation)
    before = content(settings, MARTS)

    # The same again: nothing new, and nothing written.
    assert not night(settings).is_published

    # The list of members stays, and the report is believed: its second half earns nothing.
    decided(settings, Choice(False, "github", None, None), is_accepted=False)
    decided(settings, Choice(False, "copilot", "org:acme", DAY), is_accepted=True)
    assert listed(settings, ALL) == "Nothing is held back."
    night(settings)
    accepted, after = published(settings), content(settings, MARTS)
    assert accepted.problems is None
    assert accepted.content_hash != good.content_hash
    assert len(after["dim_developers"]) == len(before["dim_developers"])
    assert len(after["fct_xp_ledger"]) < len(before["fct_xp_ledger"])

    # The landing tells which content counts.
    assert run_rebuild(settings).rows_written["raw_copilot.user_days"] > 0
    assert published(settings).content_hash == accepted.content_hash
    assert published(settings).problems is None

    # Read again when the source is whole, that day alone.
    simulation.set_faults([])
    asked = simulation.requests()
    refetched = run_refetch(settings, "copilot", DAY)
    assert refetched.is_published
    made = {path: n - asked.get(path, 0) for path, n in simulation.requests().items()}
    assert {path for path, n in made.items() if n} <= {path for path in made if "copilot" in path}
    assert published(settings).as_of_day == DAY + timedelta(days=1)
    assert content(settings, ("fct_xp_ledger",)) == {"fct_xp_ledger": before["fct_xp_ledger"]}
    assert published(settings).content_hash == good.content_hash
