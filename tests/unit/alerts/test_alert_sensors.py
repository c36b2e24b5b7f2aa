"""Dagster tells of scheduled runs what the command line tells of its own, and nothing twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    JobDefinition,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    op,
)

from ingest.settings import load_settings
from orchestration.alerts.telling import tell
from orchestration.definitions import defs
from orchestration.sensors import after_failed_nights, after_good_nights, now_and_then


def nightly_that(is_good: bool) -> JobDefinition:
    @op
    def work() -> None:
        if not is_good:
            raise ValueError("no such table")

    @job(name="nightly")
    def nightly() -> None:
        work()

    return nightly


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def run(instance: DagsterInstance, is_good: bool) -> Any:
    """A context as Dagster gives it to a sensor of this run's end."""
    nightly = nightly_that(is_good)
    result = nightly.execute_in_process(instance=instance, raise_on_error=False)
    ended = result.all_events[-1] if is_good else result.get_run_failure_event()
    return build_run_status_sensor_context("sensor", ended, instance, result.dagster_run)


def told(home: Path) -> list[tuple[str, str]]:
    lines = (home / "alerts" / "alerts.jsonl").read_text().splitlines()
    return [(event["kind"], event["key"]) for event in map(json.loads, lines)]


def test_a_failed_and_a_healed_night_are_told_once_each(
    home: Path, instance: DagsterInstance
) -> None:
    failed = run(instance, is_good=False)
    after_failed_nights(failed.for_run_failure())
    assert isinstance(now_and_then(build_sensor_context(instance)), SkipReason)
    healed = run(instance, is_good=True)
    after_good_nights(healed)
    tell(load_settings(), instance=instance)
    assert told(home) == [
        ("night-failed", f"night-failed/{failed.dagster_run.run_id}"),
        ("good-again", f"good-again/{healed.dagster_run.run_id}"),
    ]


def test_the_metrics_are_written_too(home: Path, instance: DagsterInstance) -> None:
    after_failed_nights(run(instance, is_good=False).for_run_failure())
    assert "nightquest_last_night_failed 1.0" in (home / "metrics" / "nightquest.prom").read_text()


def test_the_jobs_that_may_publish_are_watched_for_both_ends() -> None:
    watched = {sensor.name: sensor for sensor in (after_good_nights, after_failed_nights)}
    assert {name: sensor._run_status for name, sensor in watched.items()} == {
        "after_good_nights": DagsterRunStatus.SUCCESS,
        "after_failed_nights": DagsterRunStatus.FAILURE,
    }


def test_sensors_rest_where_the_schedule_does() -> None:
    """Without sources of one's own, as here, nothing runs by itself."""
    schedule = defs.resolve_schedule_def("every_night")
    names = ("after_good_nights", "after_failed_nights", "now_and_then")
    statuses = {defs.resolve_sensor_def(name).default_status for name in names}
    assert schedule.default_status.value == "STOPPED"
    assert statuses == {DefaultSensorStatus.STOPPED}
