"""How things stand: what is published, what is late, and how the last night went."""

from dataclasses import dataclass
from datetime import date, datetime
from os import environ
from typing import Any

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter
from filelock import FileLock, Timeout

from ingest.held import held_days
from ingest.landing import Landing
from ingest.settings import Settings
from orchestration.night import NIGHTLY, REBUILD
from orchestration.publication import PublishedNight, published_night
from orchestration.resources import night_file
from orchestration.runner import dagster_instance, step_failure


@dataclass(frozen=True)
class Status:
    """What `nightquest status` says.

    Attributes:
        report: by key, ready for JSON.
        is_good: something is published, new enough, and the last night did not fail.
    """

    report: dict[str, Any]
    is_good: bool


def status_of(settings: Settings) -> Status:
    night = published_night(settings)
    bad = [*what_is_wrong(settings, night)]
    report = {
        "as_of_day": str(night.as_of_day) if night else None,
        "last_good_run": night.run_id if night else None,
        "final_through": str(night.final_through) if night else None,
        "complete_through": str(night.complete_through) if night else None,
        "content_hash": night.content_hash if night else None,
        "pack_hash": night.pack_hash if night else None,
        "sources": source_states(settings) if night else [],
        "held_days": waiting_days(settings) if night else [],
        "problems": [*bad, *([night.problems] if night and night.problems else [])],
    }
    return Status(report, is_good=not bad)


def what_is_wrong(settings: Settings, night: PublishedNight | None) -> list[str]:
    """What somebody has to look at, a sentence each."""
    wrong = []
    if night is None:
        wrong.append("nothing is published yet: type `nightquest run`")
    else:
        age = (date.today() - night.as_of_day).days
        if age > settings.stale_after_days and settings.env != "demo":
            wrong.append(
                f"the published day is {age} days old, and {settings.stale_after_days} are allowed "
                "(NIGHTQUEST_STALE_AFTER_DAYS): see that nights run"
            )
    if failure := last_failure(settings):
        wrong.append(failure)
    return wrong


def last_failure(settings: Settings) -> str | None:
    """What became of the last night or rebuild in Dagster's records, where it was nothing good."""
    if not (environ.get("DAGSTER_HOME") or (settings.home / "dagster").exists()):
        return None  # no night was ever begun here, and asking makes no records
    with dagster_instance(settings) as instance:
        runs = [
            run
            for job in (NIGHTLY, REBUILD)
            for run in instance.get_run_records(RunsFilter(job_name=job), limit=1)
        ]
        if not runs:
            return None
        last = max(runs, key=lambda run: run.create_timestamp)
        began = began_at(last).astimezone().strftime("%Y-%m-%d %H:%M")
        what = f"the last {last.dagster_run.job_name} run, of {began},"
        status = last.dagster_run.status
        if status == DagsterRunStatus.SUCCESS:
            return None
        if status == DagsterRunStatus.FAILURE:
            return f"{what} failed: {reason_of(instance, last.dagster_run.run_id)}"
        if status == DagsterRunStatus.CANCELED:
            return f"{what} was stopped before its end: the next one goes on from there"
        if is_at_work(settings):
            return None
        return f"{what} did not end, and its process is gone: the next one heals that"


def began_at(run: RunRecord) -> datetime:
    return datetime.fromtimestamp(run.start_time or run.create_timestamp.timestamp())


def reason_of(instance: DagsterInstance, run_id: str) -> str:
    """What the first step that failed says."""
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        if entry.dagster_event:
            return step_failure(entry.dagster_event)
    return f"see run {run_id} in Dagster"


def is_at_work(settings: Settings) -> bool:
    """Whether a night or another job holds the home's lock now."""
    try:
        with FileLock(night_file(settings), timeout=0):
            return False
    except Timeout:
        return True


def source_states(settings: Settings) -> list[str]:
    """Each source's newest complete day, in words."""
    newest: dict[str, date] = {}
    for state in Landing(settings.landing).states().iter_rows(named=True):
        if state["is_complete"] and state["source"] != "filedrop":
            name = f"{state['source']} {state['dataset']} {state['scope']}"
            newest[name] = max(newest.get(name, state["day"]), state["day"])
    return [f"{name}: complete through {day}" for name, day in sorted(newest.items())]


def waiting_days(settings: Settings) -> list[str]:
    """The days that are held back until a person's word, in words."""
    return [
        "{source} {dataset} {scope}, {activity_date}: {rows_held:,} rows, {rows_in_force:,} before "
        "(`nightquest held`)".format(**row)
        for row in held_days(Landing(settings.landing)).iter_rows(named=True)
    ]
