"""What happens beside the schedule: dropped files that need not wait, and telling of runs.

The sensors that tell call the same function as the command line does at the end of a run; what one
has told, no other repeats.
"""

import hashlib

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)
from dagster import DagsterRunStatus as RunStatus

from ingest.errors import NightquestError
from ingest.filedrop.inbox import open_inbox
from ingest.settings import load_settings
from orchestration.alerts.telling import tell
from orchestration.assets.inbox import land_filedrop
from orchestration.killed import close_killed_nights
from orchestration.night import RANGE_END_TAG, RANGE_START_TAG, current_as_of_day
from orchestration.schedules import AFTER_LANDING, nightly, rebuild, status_at_first

#: A killed night, old figures or dropped files are noticed that soon. A look takes under a second.
LOOK_SECONDS = 300
DROPPED = AssetSelection.assets(land_filedrop)

#: As the schedule.
AT_FIRST = (
    DefaultSensorStatus.RUNNING
    if status_at_first() is DefaultScheduleStatus.RUNNING
    else DefaultSensorStatus.STOPPED
)


@run_status_sensor(
    run_status=RunStatus.SUCCESS, monitored_jobs=[nightly, rebuild], default_status=AT_FIRST
)
def after_good_nights(context: RunStatusSensorContext) -> None:
    """What a night that went well has found, the digest, and the metrics."""
    tell(load_settings(), instance=context.instance)


@run_failure_sensor(monitored_jobs=[nightly, rebuild], default_status=AT_FIRST)
def after_failed_nights(context: RunFailureSensorContext) -> None:
    """That a night failed, and why."""
    tell(load_settings(), instance=context.instance)


@sensor(minimum_interval_seconds=LOOK_SECONDS, default_status=AT_FIRST)
def now_and_then(context: SensorEvaluationContext) -> SkipReason:
    """What no run reports: a killed night, figures that are too old, a channel to try again."""
    settings = load_settings()
    tell(settings, instance=context.instance)
    close_killed_nights(settings, context.instance)
    return SkipReason("looked; the alerts are in alerts/alerts.jsonl of the home")


@sensor(
    job=nightly,
    minimum_interval_seconds=LOOK_SECONDS,
    # A publication at noon is not what everybody wants: switched on in the UI by who does.
    default_status=DefaultSensorStatus.STOPPED,
)
def dropped_files(context: SensorEvaluationContext) -> SensorResult | SkipReason | RunRequest:
    """Load what lies in the inbox, and publish it for the day that is published already.

    Files are taken once a second look finds them as they were: one that grows is left alone.
    """
    settings = load_settings()
    day = current_as_of_day(settings)
    if not settings.inbox or day is None:
        return SkipReason("There is no NIGHTQUEST_INBOX, or no night is published yet.")
    try:
        files = sorted(open_inbox(settings.inbox).files(), key=lambda file: file.path)
    except (NightquestError, OSError) as error:
        return SkipReason(f"The inbox cannot be looked into: {error}")
    if not files:
        return SensorResult(cursor="", skip_reason="The inbox is empty.")
    seen = hashlib.sha256(repr(files).encode()).hexdigest()
    if seen != context.cursor:
        return SensorResult(cursor=seen, skip_reason=f"{len(files)} files: looked at once more.")
    from orchestration.definitions import defs  # which names this sensor

    assets = (DROPPED | AFTER_LANDING).resolve(defs.resolve_asset_graph())
    return RunRequest(
        run_key=seen,
        asset_selection=[*assets],
        tags={RANGE_START_TAG: day.isoformat(), RANGE_END_TAG: day.isoformat()},
    )
