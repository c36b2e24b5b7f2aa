"""Nights over the simulated organisation: quiet ones, a restated reply, two engines, a reader."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from orchestration.publication import published_night
from tests.integration.nights import content, nightquest
from tests.integration.reader import poll_file, poll_postgres, reading

MARTS = (
    "bridge_team_members", "dim_badges", "dim_dates", "dim_developers", "dim_levels",
    "dim_metrics", "dim_missions", "dim_teams", "dim_xp_rules", "fct_activity_daily",
    "fct_activity_values", "fct_badge_awards", "fct_badge_progress", "fct_developer_days",
    "fct_mission_attempts", "fct_streak_days", "fct_streaks", "fct_xp_exclusions",
    "fct_xp_ledger", "leaderboard_history", "leaderboards",
)  # fmt: skip
#: One query each of the emulated Snowflake, which the simulated GitHub does not see.
EXTRACTS = 3
#: Ranks and sums that others share with whoever changed.
SHARED = ("leaderboards", "leaderboard_history")


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation() as running:
        yield running


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp(request.param) / "home"
    if request.param == "duckdb":
        return Settings(home=home, target="duckdb")
    url = request.getfixturevalue("module_postgres_url")
    return Settings(home=home, target="postgres", postgres_url=SecretStr(url))


def environment(settings: Settings, simulation: Simulation) -> dict[str, str]:
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    target = {"NIGHTQUEST_TARGET": settings.target}
    return simulation.environment | target | ({"NIGHTQUEST_POSTGRES_URL": url} if url else {})


def hash_of(settings: Settings) -> str:
    night = published_night(settings)
    assert night is not None
    assert night.content_hash
    return night.content_hash


def test_nights_from_first_to_restated(settings: Settings, simulation: Simulation) -> None:
    """One story, because each night stands on the one before it."""
    set_up = environment(settings, simulation)
    last = simulation.last_day
    first = last - timedelta(days=27)
    poll = (
        (lambda polls: poll_file(settings.published_file, polls))
        if settings.target == "duckdb"
        else (lambda polls: poll_postgres(set_up["NIGHTQUEST_POSTGRES_URL"], polls))
    )

    # A backfill publishes.
    said = nightquest(
        "backfill", "--from", str(first), "--to", str(last - timedelta(days=1)),
        home=settings.home, environment=set_up,
    )  # fmt: skip
    assert said.code == 0, said.err
    before = sum(simulation.requests().values())

    # A night on top of it, and the same night again, with a reader polling all the while.
    with reading(poll) as polls:
        said = nightquest("run", "--day", str(last), home=settings.home, environment=set_up)
        assert said.code == 0, said.err
        made = sum(simulation.requests().values()) - before
        assert said.requests == made + EXTRACTS, "the night counts its own requests"
        shown, its_hash = content(settings, MARTS), hash_of(settings)
        night = published_night(settings)

        again = nightquest("run", "--day", str(last), home=settings.home, environment=set_up)
        assert again.code == 0, again.err
        assert again.requests > 0
        assert "Nothing has changed" in again.err
        assert "0 rows written" in again.err
        assert published_night(settings) == night, "the same run stays published"
        assert content(settings, MARTS) == shown

        # An older day is a re-read at the current as-of day.
        older = nightquest(
            "run", "--day", str(last - timedelta(days=3)), home=settings.home, environment=set_up
        )
        assert older.code == 0, older.err
        assert published_night(settings) == night

        # One reply inside the window is changed.
        who = restate_somebody(settings, simulation)
        said = nightquest("run", "--day", str(last), home=settings.home, environment=set_up)
        simulation.set_faults([])
        assert said.code == 0, said.err
    assert polls.broken == []
    assert polls.count > 100
    assert len(polls.runs) == 3

    after = content(settings, MARTS)
    assert hash_of(settings) != its_hash
    for table in MARTS:
        changed = after[table] ^ shown[table]
        if table in SHARED:
            continue
        strangers = [row for row in changed if who not in row]
        assert strangers == [], f"{table} changed for others than {who}"
    assert after["fct_xp_ledger"] != shown["fct_xp_ledger"]

    # The change taken back: everything as before.
    said = nightquest("run", "--day", str(last), home=settings.home, environment=set_up)
    assert said.code == 0, said.err
    assert content(settings, MARTS) == shown
    assert hash_of(settings) == its_hash

    status = nightquest("status", "--json", home=settings.home, environment=set_up)
    report = json.loads(status.out)
    assert report["content_hash"] == its_hash
    assert report["as_of_day"] == str(last)
    HASHES[settings.target] = its_hash


HASHES: dict[str, str] = {}


def test_both_engines_hold_equal_rows() -> None:
    """The content hash covers every row of the game's marts; both stories end in the same."""
    if len(HASHES) < 2:
        pytest.fail("the nights of both engines must have passed before")
    assert HASHES["duckdb"] == HASHES["postgres"]


def restate_somebody(settings: Settings, simulation: Simulation) -> str:
    """Serve one Copilot row of the window changed, so that its XP changes; whose it is."""
    day = simulation.last_day - timedelta(days=2)
    from ingest.warehouse import open_warehouse

    with open_warehouse(settings) as warehouse:
        developer_id, login = warehouse.query(
            "select a.developer_id, d.login from core.fct_activity_daily as a "
            "inner join core.dim_developers as d on a.developer_id = d.developer_id "
            "where a.metric = 'copilot.active_day' and a.activity_date = $1 "
            "order by a.developer_id limit 1",
            [day],
        ).row(0)
    nothing = dict.fromkeys(
        (
            "user_initiated_interaction_count", "code_generation_activity_count",
            "code_acceptance_activity_count", "loc_suggested_to_add_sum", "loc_added_sum",
        ),
        0,
    )  # fmt: skip
    lists = dict.fromkeys(
        (
            "totals_by_feature", "totals_by_language_feature", "totals_by_language_model",
            "totals_by_model_feature", "totals_by_ide",
        )
    )  # fmt: skip
    flags = dict.fromkeys(
        ("used_agent", "used_chat", "used_cli", "used_copilot_cloud_agent",
         "used_copilot_coding_agent", "totals_by_cli")
    )  # fmt: skip
    patch = nothing | {name: [] for name in lists} | flags
    simulation.set_faults([{"restate": {"day": str(day), "user_login": login, "set": patch}}])
    return developer_id
