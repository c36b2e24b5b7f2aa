"""Runs that something outside starts: dropped files that should not wait for the night."""

import hashlib
from datetime import timedelta

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from ingest.errors import NightquestError
from ingest.filedrop.inbox import open_inbox
from ingest.settings import load_settings
from orchestration.assets.inbox import land_filedrop
from orchestration.night import RANGE_END_TAG, RANGE_START_TAG, current_as_of_day
from orchestration.schedules import AFTER_LANDING, nightly

EVERY = timedelta(minutes=5)
DROPPED = AssetSelection.assets(land_filedrop)


@sensor(
    job=nightly,
    minimum_interval_seconds=int(EVERY.total_seconds()),
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
