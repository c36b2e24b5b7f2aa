"""Nights over the simulated organisation: quiet, restated, restored from a backup, and read."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.warehouse import open_warehouse
from orchestration.backup import back_up, restore
from orchestration.night import night_range
from orchestration.publication.nights import published_night
from orchestration.runner import run_nightly, run_rebuild
from tests.integration.nights import content, put_in_force
from tests.integration.reader import Polls, poll_file, poll_postgres, reading
from tests.integration.replaying import restated_reply

MARTS = (
    "bridge_team_members", "dim_badges", "dim_dates", "dim_developers", "dim_levels",
    "dim_metrics", "dim_missions", "dim_teams", "dim_xp_rules", "fct_activity_daily",
    "fct_activity_values", "fct_badge_awards", "fct_badge_progress", "fct_developer_days",
    "fct_mission_attempts", "fct_streak_days", "fct_streaks", "fct_xp_exclusions",
    "fct_notifications", "fct_team_days", "fct_xp_ledger", "leaderboard_history", "leaderboards",
)  # fmt: skip
#: With rows that only their own night could write.
TOLD = ("fct_corrections", "fct_notifications")
#: One query each of the emulated Snowflake, which the simulated GitHub does not see.
EXTRACTS = 3
#: Ranks and sums that others share with whoever changed.
SHARED = ("fct_notifications", "fct_team_days", "leaderboards", "leaderboard_history")


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation() as running:
        yield running


def hash_of(settings: Settings) -> str:
    night = published_night(settings)
    assert night is not None
    assert night.content_hash
    return night.content_hash


def test_a_backup_brings_back_what_was_shown_and_told(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One story, because each night stands on the one before it."""
    settings = settings_at(Settings(home=tmp_path / "home"), simulation, monkeypatch)
    last = simulation.last_day
    assert run_nightly(settings, last - timedelta(days=6), last).is_published
    assert run_nightly(settings, *night_range(settings, last)).rows_written == {}
    simulation.set_faults([restated_reply(settings, last)[1]])
    assert run_nightly(settings, *night_range(settings, last)).is_published
    simulation.set_faults([])

    # All is lost but a backup: the figures, and what readers were told, come back without a source.
    night, told = published_night(settings), content(settings, TOLD)
    asked = simulation.requests()
    place, made = back_up(settings, tmp_path / "backups")
    shutil.rmtree(settings.home)
    monkeypatch.delenv("DAGSTER_HOME")  # set by the nights before: each command is a new process
    assert restore(settings, place.parent) == made
    outcome = run_rebuild(settings)
    rebuilt = published_night(settings)
    assert outcome.is_published
    assert outcome.rows_written["raw_copilot.user_days"] > 0
    assert night
    assert rebuilt
    assert (rebuilt.run_id, rebuilt.as_of_day) == (outcome.run_id, night.as_of_day)
    assert rebuilt.content_hash == night.content_hash == made.content_hash
    assert content(settings, TOLD) == told
    assert told["fct_corrections"]
    assert simulation.requests() == asked


@pytest.mark.long
def test_nights_on_both_engines_end_in_equal_rows(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    """The content hash covers every row of the game's marts."""
    url = SecretStr(postgres_url)
    postgres = Settings(home=tmp_path / "postgres", target="postgres", postgres_url=url)
    duckdb = Settings(home=tmp_path / "duckdb", target="duckdb")
    hashes = {restated_and_back(each, simulation, monkeypatch) for each in (duckdb, postgres)}
    assert len(hashes) == 1


def settings_at(
    settings: Settings, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """These, and the simulation's, in force for this process as for a command."""
    place = {"NIGHTQUEST_HOME": str(settings.home), "NIGHTQUEST_TARGET": settings.target}
    if settings.postgres_url:
        place["NIGHTQUEST_POSTGRES_URL"] = settings.postgres_url.get_secret_value()
    return put_in_force(monkeypatch, simulation.environment | place)


def restated_and_back(
    settings: Settings, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A backfill, a night, idle ones, a reply restated, and the restatement taken back; the hash
    of what is published before the one and after the other.
    """
    settings = settings_at(settings, simulation, monkeypatch)
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    last = simulation.last_day

    def poll(polls: Polls) -> None:
        if url:
            poll_postgres(url, polls)
        else:
            poll_file(settings.published_file, polls)

    # A backfill publishes.
    yesterday = last - timedelta(days=1)
    filled = run_nightly(settings, last - timedelta(days=20), yesterday)
    assert filled.is_published
    before = sum(simulation.requests().values())

    with reading(poll, seconds=0.3) as polls:
        # A night on top of it, and the same night again.
        first = run_nightly(settings, *night_range(settings, last))
        made = sum(simulation.requests().values()) - before
        assert first.is_published
        assert first.requests == made + EXTRACTS, "the night counts its own requests"
        shown, its_hash = content(settings, MARTS), hash_of(settings)
        night = published_night(settings)
        assert_recorded(settings, first.run_id, its_hash)

        again = run_nightly(settings, *night_range(settings, last))
        assert again.requests == first.requests
        assert (again.is_published, again.rows_written) == (False, {})
        assert published_night(settings) == night, "the same run stays published"
        assert content(settings, MARTS) == shown

        # An older day is a re-read at the current as-of day.
        older = run_nightly(settings, *night_range(settings, last - timedelta(days=3)))
        assert (older.is_published, older.rows_written) == (False, {})
        assert published_night(settings) == night

        # One reply inside the window is changed.
        who, fault = restated_reply(settings, last)
        simulation.set_faults([fault])
        restated = run_nightly(settings, *night_range(settings, last))
        simulation.set_faults([])
        assert restated.is_published
    assert polls.broken == []
    assert polls.count > 100
    assert len(polls.runs) == 3

    after = content(settings, MARTS)
    assert hash_of(settings) != its_hash
    for table in MARTS:
        if table not in SHARED:
            strangers = [row for row in after[table] ^ shown[table] if who not in row]
            assert strangers == [], f"{table} changed for others than {who}"
    assert after["fct_xp_ledger"] != shown["fct_xp_ledger"]

    # The change taken back: everything as before, but for what was told of it meanwhile.
    run_nightly(settings, *night_range(settings, last))
    back = content(settings, MARTS)
    told = back["fct_notifications"] - shown["fct_notifications"]
    assert told
    assert all(who in row and "correction" in row for row in told)
    back["fct_notifications"] -= told
    assert back == shown
    assert hash_of(settings) == its_hash
    return its_hash


def assert_recorded(settings: Settings, run_id: str, content_hash: str) -> None:
    """The run stands in `ops.runs`, with how long it took and how much there is."""
    with open_warehouse(settings) as warehouse:
        (run,) = warehouse.query("select * from ops.runs where run_id = $1", [run_id]).to_dicts()
        ledger = warehouse.query("select count(*) as n from core.fct_xp_ledger").item()
    assert run["content_hash"] == content_hash
    assert not run["is_rebuild"]
    assert json.loads(run["row_counts"])["fct_xp_ledger"] == ledger
    took = [run[f"{step}_seconds"] for step in ("load", "build", "publish")]
    assert min(took) > 0
    assert sum(took) <= (run["published_at"] - run["started_at"]).total_seconds()
