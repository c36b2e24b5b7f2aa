"""Who tells of Dagster's runs: two sensors of how they end, one of what no run reports.

All call the same function as the command line does at the end of a run; what one has told, no
other repeats.
"""

from dagster import DagsterRunStatus as RunStatus
from dagster import (
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

from ingest.settings import load_settings
from orchestration.alerts.telling import tell
from orchestration.schedules import nightly, rebuild, status_at_first

#: A killed night or old figures are told that soon. A look takes under a second.
LOOK_SECONDS = 300

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
    tell(load_settings(), instance=context.instance)
    return SkipReason("looked; the alerts are in alerts/alerts.jsonl of the home")
