"""The nightly job and its schedule, and the same without the sources."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleEvaluationContext,
    define_asset_job,
    in_process_executor,
    schedule,
)

from ingest import rules
from ingest.errors import NightquestError
from ingest.settings import load_settings
from orchestration.night import NIGHTLY, RANGE_END_TAG, RANGE_START_TAG, REBUILD, night_range
from orchestration.packs import time_zone_in_force
from orchestration.publication.nights import published_night

# In one process: a process for every step costs 5 s more a night, and the lock of the night is
# held by one process from start to end.
nightly = define_asset_job(
    NIGHTLY,
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="One night: land the re-read range, load, build, test, publish.",
)

#: What is computed from the landing.
AFTER_LANDING = AssetSelection.all() - AssetSelection.groups("landing")
rebuild = define_asset_job(
    REBUILD,
    selection=AFTER_LANDING,
    executor_def=in_process_executor,
    description="All from the landing alone, asking no source: load, build, test, publish.",
)


def status_at_first() -> DefaultScheduleStatus:
    """Running wherever there are sources of one's own to read."""
    settings = load_settings()
    if settings.has_sources and settings.env != "demo":
        return DefaultScheduleStatus.RUNNING
    return DefaultScheduleStatus.STOPPED


def zone_at_first() -> str:
    """The rule pack's time zone; of a broken pack the one in force, so that all else still loads:
    the schedule, whose run says what is wrong, and the sensors that tell of it."""
    settings = load_settings()
    try:
        return rules.load_pack(settings.rules_folder).time_zone
    except NightquestError:
        night = published_night(settings)
        return (night and night.time_zone) or "UTC"


@schedule(
    job=nightly,
    default_status=status_at_first(),
    cron_schedule=load_settings().schedule,
    execution_timezone=zone_at_first(),
)
def every_night(context: ScheduleEvaluationContext) -> RunRequest:
    """Compute yesterday, and re-read what may still have changed."""
    settings = load_settings()
    # The hour follows the folder's pack; the days are those of the one in force.
    zone = ZoneInfo(time_zone_in_force(settings))
    day = context.scheduled_execution_time.astimezone(zone).date() - timedelta(days=1)
    first, last = night_range(settings, day)
    return RunRequest(
        run_key=str(day),
        tags={RANGE_START_TAG: first.isoformat(), RANGE_END_TAG: last.isoformat()},
    )
