"""A night whose process is gone gives its place in Dagster's queue back, and no other run does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, build_sensor_context
from dagster._core.test_utils import create_run_for_test

from ingest.settings import Settings
from orchestration import killed
from orchestration.killed import close_killed_nights
from orchestration.looking import last_runs
from orchestration.resources import night_lock
from orchestration.sensors import now_and_then
from orchestration.standing import End

Begin = DagsterRunStatus


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    return Settings(home=tmp_path)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was said last was said long ago."""
    monkeypatch.setattr(killed, "SILENT", timedelta(seconds=-1))


def begin(instance: DagsterInstance, job: str = "nightly", status: Begin = Begin.STARTED) -> str:
    run = create_run_for_test(instance, job_name=job, status=status)
    return run.run_id


def status_of(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


@pytest.mark.usefixtures("long_ago")
@pytest.mark.parametrize("status", [Begin.STARTING, Begin.STARTED, Begin.CANCELING])
def test_a_killed_night_ends_and_is_still_called_killed(
    settings: Settings, instance: DagsterInstance, status: Begin
) -> None:
    run_id = begin(instance, status=status)
    now_and_then(build_sensor_context(instance))
    assert status_of(instance, run_id) is Begin.FAILURE
    assert last_runs(settings, instance)[0].end is End.killed
    assert close_killed_nights(settings, instance) == []


@pytest.mark.usefixtures("long_ago")
def test_a_night_at_work_is_left_alone(settings: Settings, instance: DagsterInstance) -> None:
    run_id = begin(instance)
    with night_lock(settings):
        assert close_killed_nights(settings, instance) == []
    assert status_of(instance, run_id) is Begin.STARTED


def test_a_night_that_spoke_a_moment_ago_is_left_alone(
    settings: Settings, instance: DagsterInstance
) -> None:
    begin(instance)
    assert close_killed_nights(settings, instance) == []


@pytest.mark.usefixtures("long_ago")
@pytest.mark.parametrize(
    ("job", "status"), [("__ASSET_JOB", Begin.STARTED), ("nightly", Begin.NOT_STARTED)]
)
def test_runs_that_hold_no_lock_and_those_that_wait_are_left_alone(
    settings: Settings, instance: DagsterInstance, job: str, status: Begin
) -> None:
    run_id = begin(instance, job, status)
    assert close_killed_nights(settings, instance) == []
    assert status_of(instance, run_id) is status
