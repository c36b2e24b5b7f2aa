"""What `nightquest status` finds to be looked at."""

from datetime import date, timedelta
from pathlib import Path
from threading import Timer

import pytest
from dagster import DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test
from filelock import FileLock

from ingest.settings import Settings
from orchestration.publication import PublishedNight
from orchestration.resources import night_file, night_lock
from orchestration.runner import dagster_instance
from orchestration.status import last_failure, status_of, what_is_wrong


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
    wrong = what_is_wrong(settings, night(age))
    assert wrong == (
        ["the published day is 4 days old, and 3 are allowed (NIGHTQUEST_STALE_AFTER_DAYS): see "
         "that nights run"] if is_stale else []
    )  # fmt: skip
    assert what_is_wrong(settings.model_copy(update={"env": "demo"}), night(age)) == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (DagsterRunStatus.SUCCESS, None),
        (DagsterRunStatus.FAILURE, " failed: "),
        (DagsterRunStatus.CANCELED, " was stopped before its end: "),
        (DagsterRunStatus.STARTED, " did not end, and its process is gone: "),
    ],
)
def test_what_became_of_the_last_run_is_told(
    settings: Settings, status: DagsterRunStatus, told: str | None
) -> None:
    begin(settings, DagsterRunStatus.FAILURE)
    begin(settings, status)
    failure = last_failure(settings)
    assert failure is None if told is None else told in str(failure)


def test_a_run_at_work_is_no_failure(settings: Settings) -> None:
    begin(settings, DagsterRunStatus.STARTED)
    with night_lock(settings):
        assert last_failure(settings) is None
    assert last_failure(settings)


def test_the_failed_step_says_why(settings: Settings) -> None:
    @op
    def breaks() -> None:
        raise ValueError("no such table")

    @job(name="nightly")
    def nightly() -> None:
        breaks()

    with dagster_instance(settings) as instance:
        nightly.execute_in_process(instance=instance, raise_on_error=False)
    assert str(last_failure(settings)).endswith(
        " failed: Step breaks failed: ValueError: no such table"
    )


def test_looking_does_not_turn_a_night_away(settings: Settings) -> None:
    """Monitoring may ask in the moment in which a night begins."""
    settings.home.mkdir()
    look = FileLock(night_file(settings), thread_local=False)
    look.acquire()
    Timer(0.2, look.release).start()
    with night_lock(settings):
        assert not look.is_locked
