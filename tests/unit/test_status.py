"""What `nightquest status` finds to be looked at."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest
from dagster import DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test
from filelock import FileLock

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration import looking
from orchestration.alerts.events import Event, events_of
from orchestration.looking import how_things_stand, run_of
from orchestration.publication.nights import PublishedNight
from orchestration.resources import night_file, night_lock
from orchestration.runner import dagster_instance
from orchestration.standing import End, Standing
from orchestration.status import status_from, status_of

ONE_DAY = timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", "")  # set by the code, and taken back after the test
    return Settings(_env_file=None, home=tmp_path / "home")


def night(age: int) -> PublishedNight:
    day = date.today() - timedelta(days=age)
    return PublishedNight("run", day, day, day, None, None, None)


def begin(settings: Settings, status: DagsterRunStatus) -> None:
    with dagster_instance(settings) as instance:
        create_run_for_test(instance, job_name="nightly", status=status)


def test_an_empty_home_is_told_and_stays_empty(settings: Settings) -> None:
    status = status_of(settings)
    assert not status.is_good
    assert status.report["problems"] == ["nothing is published yet: type `nightquest run`"]
    assert not settings.home.exists()


@pytest.mark.parametrize(("age", "is_stale"), [(3, False), (4, True)])
def test_figures_older_than_allowed_are_told(settings: Settings, age: int, is_stale: bool) -> None:
    standing = Standing(date.today(), night=night(age))
    status = status_from(settings, standing, [])
    assert status.is_good is not is_stale
    assert status.report["problems"] == (
        ["the published day is 4 days old, and 3 are allowed (NIGHTQUEST_STALE_AFTER_DAYS): see "
         "that nights run"] if is_stale else []
    )  # fmt: skip


def test_status_repeats_nothing_that_the_night_says_itself(settings: Settings) -> None:
    shown = replace(night(1), problems="waiting for github since 2026-01-01")
    late = [{"source": "github", "scope": "org:a", "activity_date": shown.as_of_day - n * ONE_DAY}
            for n in range(3)]  # fmt: skip
    standing = Standing(date.today(), night=shown, pending=late)
    assert len(events_of(settings, standing)) == 1
    assert status_from(settings, standing, []).report["problems"] == [shown.problems]


def of_last_run(settings: Settings) -> list[Event]:
    return events_of(settings, how_things_stand(settings))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        # Dagster, or a sensor of ours, has noted the end of a run that said nothing of it.
        (DagsterRunStatus.FAILURE, " did not end, and its process is gone"),
        (DagsterRunStatus.CANCELED, " was stopped before its end"),
        (DagsterRunStatus.STARTED, " did not end, and its process is gone"),
    ],
)
def test_what_became_of_the_last_run_is_told(
    settings: Settings, status: DagsterRunStatus, told: str
) -> None:
    begin(settings, DagsterRunStatus.SUCCESS)
    begin(settings, status)
    (event,) = of_last_run(settings)
    assert told in event.what
    assert [*status_of(settings).report["problems"]][1:] == [event.what]


def test_a_good_run_after_a_failed_one_is_no_problem(settings: Settings) -> None:
    begin(settings, DagsterRunStatus.FAILURE)
    begin(settings, DagsterRunStatus.SUCCESS)
    assert [event.kind for event in of_last_run(settings)] == ["good-again"]
    assert len(status_of(settings).report["problems"]) == 1  # nothing is published


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
def test_a_run_at_work_is_no_failure(settings: Settings, status: DagsterRunStatus) -> None:
    begin(settings, status)
    with night_lock(settings):
        assert of_last_run(settings) == []
    assert of_last_run(settings)


def test_a_run_that_waits_for_its_turn_is_no_failure(settings: Settings) -> None:
    run = SimpleNamespace(run_id="run-1", job_name="nightly", status=DagsterRunStatus.QUEUED)
    record: Any = SimpleNamespace(
        dagster_run=run, start_time=None, create_timestamp=datetime(2026, 11, 22, 2)
    )
    with dagster_instance(settings) as instance:
        assert run_of(settings, instance, record, is_newest=True).end is End.at_work


def test_a_run_counts_as_killed_when_it_has_been_quiet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds no lock for a moment after it has begun, and before its end is on record."""
    begin(settings, DagsterRunStatus.STARTED)
    assert [event.is_sure for event in of_last_run(settings)] == [False]
    monkeypatch.setattr(looking, "QUIET", timedelta(0))
    assert [event.is_sure for event in of_last_run(settings)] == [True]


def test_the_failed_step_says_why(settings: Settings) -> None:
    @op
    def breaks() -> None:
        raise ValueError("no such table")

    @job(name="nightly")
    def nightly() -> None:
        breaks()

    with dagster_instance(settings) as instance:
        nightly.execute_in_process(instance=instance, raise_on_error=False)
    (event,) = of_last_run(settings)
    assert event.what.endswith(" failed: Step breaks failed: ValueError: no such table")


def test_what_cannot_be_read_hides_nothing_else(settings: Settings) -> None:
    begin(settings, DagsterRunStatus.FAILURE)
    settings.published_file.parent.mkdir()
    settings.published_file.write_text("no database")
    failed, unreadable = of_last_run(settings)
    assert failed.kind == "night-killed"
    assert str(settings.published_file) in unreadable.what
    with pytest.raises(NightquestError, match="cannot be read"):
        status_of(settings)


def test_looking_does_not_turn_a_night_away(settings: Settings) -> None:
    """Monitoring may ask in the moment in which a night begins."""
    settings.home.mkdir()
    look = FileLock(night_file(settings), thread_local=False)
    look.acquire()
    Timer(0.2, look.release).start()
    with night_lock(settings):
        assert not look.is_locked
