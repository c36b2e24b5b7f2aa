"""What `nightquest prune` deletes, and what it must not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DefaultScheduleStatus, op
from dagster import job as dagster_job
from dagster._core.test_utils import create_run_for_test

from ingest.errors import NightquestError
from ingest.guard import Guard
from ingest.held import held_days
from ingest.landing import Landing, in_force
from ingest.pruning import payloads
from ingest.settings import Settings
from orchestration.housekeeping import every_sunday, prune_job
from orchestration.pruning import prune
from orchestration.resources import night_lock
from orchestration.runner import dagster_instance

DAY = date(2026, 11, 18)
NOW = timedelta(0)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return Settings(home=tmp_path / "home")


@pytest.fixture
def landing(settings: Settings) -> Landing:
    """A day that was read three times: twice replaced."""
    landing = Landing(settings.landing)
    for text in (b"first", b"second", b"third"):
        read(landing, text)
    return landing


def read(landing: Landing, *lines: bytes) -> None:
    with landing.load("github") as load:
        load.put_lines("issues", "org:acme", DAY, lines)


def contents(landing: Landing) -> list[bytes]:
    return [landing.content(state["payload"]) for state in landing.states().iter_rows(named=True)]


def test_replaced_readings_go_and_the_one_in_force_stays(
    settings: Settings, landing: Landing
) -> None:
    before = in_force(landing.records())
    done = prune(settings, NOW)
    assert (len(done.payloads.replaced), len(done.payloads.needed)) == (2, 1)
    assert contents(landing) == [b"third\n"]
    assert in_force(landing.records()).equals(before)
    assert len([name for name in landing.store.names() if not name.startswith("_")]) == 1
    assert prune(settings, NOW).payloads.replaced == {}


def test_young_readings_stay(settings: Settings, landing: Landing) -> None:
    done = prune(settings, timedelta(days=90))
    assert done.payloads.replaced == {}
    assert len([name for name in landing.store.names() if not name.startswith("_")]) == 3


def test_a_trial_deletes_nothing(settings: Settings, landing: Landing) -> None:
    names = landing.store.names()
    assert len(prune(settings, NOW, is_trial=True).payloads.replaced) == 2
    assert landing.store.names() == names


def test_a_reading_that_waits_for_a_word_stays(settings: Settings) -> None:
    landing = Landing(settings.landing)
    whole = [f"{number}".encode() for number in range(30)]
    read(landing, *whole)
    with landing.load("github") as load:
        guard = Guard.of(settings, may_empty=True)
        load.put_lines("issues", "org:acme", DAY, [b"few"], guard=guard)
    assert held_days(landing).height == 1
    assert len(payloads(landing, LATER).needed) == 2
    assert payloads(landing, LATER).replaced == {}
    assert contents(landing) == [b"".join(line + b"\n" for line in whole)]


def test_what_a_crash_left_goes_too(landing: Landing) -> None:
    landing.store.write("github.issues/org%3Aacme/2026-11-18/20260101T000000000000Z-abc.x", b"12")
    assert 2 in payloads(landing, LATER).replaced.values()


@op
def nothing() -> None:
    pass


@dagster_job
def empty() -> None:
    nothing()


@pytest.fixture
def instance(settings: Settings) -> Iterator[DagsterInstance]:
    with dagster_instance(settings) as instance:
        yield instance


def test_old_runs_go_with_their_files_and_the_newest_stays(
    settings: Settings, instance: DagsterInstance
) -> None:
    runs = [empty.execute_in_process(instance=instance).run_id for _ in range(3)]
    assert prune(settings, timedelta(days=1)).runs == 0
    assert prune(settings, NOW).runs == 2
    with dagster_instance(settings) as fresh:
        assert [run.run_id for run in fresh.get_runs()] == [runs[-1]]
    shards = (settings.home / "dagster" / "history" / "runs").glob("*-*.db")
    assert [shard.stem for shard in shards] == [runs[-1]]


def test_the_disk_use_is_told_by_part(settings: Settings, landing: Landing) -> None:
    (settings.home / "logs").mkdir()
    (settings.home / "logs" / "nightquest.log").write_bytes(b"x" * 5000)
    told = prune(settings, NOW).disk_use
    assert told["logs"] == 5000
    assert next(iter(told)) == "logs"


def test_a_night_at_work_is_not_disturbed(settings: Settings, landing: Landing) -> None:
    with night_lock(settings), pytest.raises(NightquestError, match="Another run is at work"):
        prune(settings, NOW)
    assert len(payloads(landing, LATER).replaced) == 2


def test_dagsters_job_does_the_same(
    settings: Settings, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(settings.home))
    with DagsterInstance.ephemeral() as instance:
        kept = prune_job.execute_in_process(instance=instance)
        assert kept.success
        assert len([name for name in landing.store.names() if not name.startswith("_")]) == 3
        with night_lock(settings):
            assert not prune_job.execute_in_process(instance=instance, raise_on_error=False).success
    assert every_sunday.default_status is DefaultScheduleStatus.STOPPED


def test_records_that_lie_elsewhere_are_pruned_too(
    settings: Settings, landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `deploy/`, where Dagster's home is not the pipeline's."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(elsewhere))
    with dagster_instance(settings) as instance:
        for _ in range(2):
            create_run_for_test(instance, job_name="nightly")
    assert prune(settings, NOW).runs == 1
