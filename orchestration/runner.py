"""A job in this process, recorded in Dagster like a scheduled run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from dagster import (
    AssetKey,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    ExecuteInProcessResult,
)
from dagster._core.events import JobFailureData
from sqlalchemy.exc import DBAPIError

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration.history import RECORDED_DAYS, land_history
from orchestration.logs import log_file, night_log
from orchestration.night import NIGHTLY, RANGE_END_TAG, RANGE_START_TAG, REBUILD, rebuilt_day
from orchestration.packs import ACCEPT_TAG
from orchestration.resources import night_lock


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    run_id: str
    is_published: bool
    rows_written: dict[str, int]
    requests: int


NO_TELEMETRY = "telemetry:\n  enabled: false\n"
OWN_EVENT_LOG = """event_log_storage:
  module: orchestration.event_log
  class: HeldSqliteEventLogStorage
  config:
    home: {env: DAGSTER_HOME}
"""
WRITTEN_HERE = "# Written by Nightquest; without this line it is left as it is.\n"
#: One run at a time of those that write the warehouse: others wait in Dagster's queue, for eight
#: hours at most if one was killed that is no night (those are noted by a sensor). Ticks say little
#: after a month, and there are 288 a day of a sensor.
DAGSTER_SETTINGS = f"""{WRITTEN_HERE}{NO_TELEMETRY}{OWN_EVENT_LOG}concurrency:
  pools:
    granularity: run
    default_limit: 1
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  max_runtime_seconds: 28800
freshness:
  enabled: true
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {{skipped: 3, failure: 30, success: 90}}
nux: {{enabled: false}}
"""
#: What earlier versions wrote.
FORMER_DAGSTER_SETTINGS = (NO_TELEMETRY, NO_TELEMETRY + OWN_EVENT_LOG)


def dagster_home(settings: Settings) -> None:
    """Dagster's own records: DAGSTER_HOME where it is set, else a folder of the home."""
    if os.environ.get("DAGSTER_HOME"):
        return
    folder = (settings.home / "dagster").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings_file = folder / "dagster.yaml"
    held = settings_file.read_text() if settings_file.exists() else WRITTEN_HERE
    if held.startswith(WRITTEN_HERE) or held in FORMER_DAGSTER_SETTINGS:
        settings_file.write_text(DAGSTER_SETTINGS)
    os.environ["DAGSTER_HOME"] = str(folder)


def has_records(settings: Settings) -> bool:
    """Whether Dagster keeps any: in the home since its first night, or where it was told to."""
    return bool(os.environ.get("DAGSTER_HOME")) or (settings.home / "dagster").exists()


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[DagsterInstance]:
    dagster_home(settings)
    with DagsterInstance.get() as instance:
        yield instance


def run_nightly(settings: Settings, first: date, last: date) -> Outcome:
    """Run the nightly job over a range of days.

    Raises:
        NightquestError: one sentence about what failed; what was published stays.
    """
    requests = 0
    recorded_from = max(first, last - timedelta(days=RECORDED_DAYS - 1))
    # Said before Dagster starts, which takes seconds.
    with night_lock(settings), night_log(settings):
        if first < recorded_from:
            requests = land_history(settings, first, recorded_from - timedelta(days=1), last)
    tags = {RANGE_START_TAG: recorded_from.isoformat(), RANGE_END_TAG: last.isoformat()}
    return outcome_of(execute(settings, NIGHTLY, tags), requests)


def run_refetch(settings: Settings, source: str, day: date) -> Outcome:
    """Read one source's day again, and run the rest of a night for the published as-of day.

    Raises:
        NightquestError: one sentence about what failed; what was published stays.
    """
    with night_lock(settings):  # said before Dagster starts, which takes seconds
        pass
    from orchestration.assets.landing import DAYS_OF_SOURCE
    from orchestration.definitions import defs
    from orchestration.schedules import AFTER_LANDING

    assets = AFTER_LANDING.resolve(defs.resolve_asset_graph()) | set(DAYS_OF_SOURCE[source].keys)
    tags = {RANGE_START_TAG: day.isoformat(), RANGE_END_TAG: day.isoformat()}
    return outcome_of(execute(settings, NIGHTLY, tags, [*assets]), 0)


def run_rebuild(settings: Settings, accept_rules: bool = False) -> Outcome:
    """Compute everything from the landing and the rules again, for the published as-of day.

    The rules are those in force; with `accept_rules`, those of the folder.

    Raises:
        NightquestError: nothing is landed, or what failed; what was published stays.
    """
    with night_lock(settings):
        rebuilt_day(settings)  # said before Dagster starts, which takes seconds
    tags = {ACCEPT_TAG: "yes"} if accept_rules else {}
    return outcome_of(execute(settings, REBUILD, tags), 0)


def execute(
    settings: Settings, job: str, tags: Mapping[str, str],
    assets: Sequence[AssetKey] | None = None,
) -> ExecuteInProcessResult:  # fmt: skip
    """Run a job, or only these assets of it, to its end.

    Raises:
        NightquestError: one sentence about what failed, and where the log is.
    """
    from orchestration.definitions import defs  # parses the models: only when there is work

    with records_told(), dagster_instance(settings) as instance:
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            tags=tags,
            asset_selection=assets,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    if not result.success:
        raise NightquestError(f"{failure_of(result)} The log is {log_file(settings)}.")
    return result


@contextmanager
def records_told() -> Iterator[None]:
    """Dagster's own records are written all the while, on a disk that may be full."""
    try:
        yield
    except DBAPIError as error:
        raise NightquestError(
            f"Dagster's records in {os.environ['DAGSTER_HOME']} cannot be written: {error.orig}. "
            "What is published stays as it was: make room there, and type `nightquest run` again."
        ) from None


def failure_of(result: ExecuteInProcessResult) -> str:
    """The sentence of the first step that failed."""
    for event in result.all_events:
        if event.event_type == DagsterEventType.STEP_FAILURE:
            return step_failure(event)
        if event.event_type == DagsterEventType.RUN_FAILURE and (
            why := run_failure(event.job_failure_data)
        ):
            return why
    return f"Run {result.run_id} failed."


def run_failure(data: JobFailureData) -> str | None:
    """What ended a run outside of its steps, in a sentence."""
    error = data.error and (data.error.cause or data.error)
    return without_sql(error.message.split(": ", 1)[-1]) if error else None


def step_failure(event: DagsterEvent) -> str:
    """What a failed step says, in a sentence."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    cause = data.error and (data.error.cause or data.error)
    return f"Step {event.step_key} failed: {without_sql(cause.message) if cause else 'no word'}"


def without_sql(message: str) -> str:
    """What is said of a failure of Dagster's records, less the statement below it."""
    return message.split("\n[SQL:")[0].strip()


def outcome_of(result: ExecuteInProcessResult, requests_before: int) -> Outcome:
    rows_written: dict[str, int] = {}
    requests: dict[str, int] = {}
    is_published = False
    for event in result.all_events:
        if event.event_type != DagsterEventType.ASSET_MATERIALIZATION:
            continue
        materialization = event.step_materialization_data.materialization
        metadata = {key: value.value for key, value in materialization.metadata.items()}
        path = ".".join(materialization.asset_key.path)
        if path.startswith("marts."):
            is_published = True
        if "rows_written" in metadata:
            rows_written[path] = int(str(metadata["rows_written"]))
        if "requests" in metadata:
            # One event for each day of the range, each with the whole step's count.
            requests[path] = int(str(metadata["requests"]))
    total = requests_before + sum(requests.values())
    return Outcome(result.run_id, is_published, rows_written, total)
