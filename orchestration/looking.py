"""The one look at how things stand, which status, alerts and metrics share.

It needs no lock and may be taken at any time. What cannot be read is said (`unread`), and the rest
is read all the same: that a night failed must be told while Postgres is down.
"""

import shutil
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    RunRecord,
    RunsFilter,
)
from dagster._core.events import JobFailureData

from ingest.checks import checked_pack
from ingest.errors import NightquestError
from ingest.held import held_days
from ingest.landing import Landing
from ingest.settings import Settings
from orchestration.night import NIGHTLY, REBUILD
from orchestration.publication.nights import published_night
from orchestration.published import published_marts
from orchestration.resources import quiet
from orchestration.runner import (
    dagster_instance,
    has_records,
    records_told,
    run_failure,
    step_failure,
)
from orchestration.standing import OUTAGE, Disk, End, Run, Standing

#: A run whose process is gone has said nothing for so long. Between its last word and the end of a
#: run there may be seconds in which it holds no lock.
QUIET = timedelta(minutes=1)
#: Of each landing step the asset whose materializations speak for it: how many requests GitHub has
#: left, and why the source could not be read.
SPEAKERS = tuple(
    AssetKey([f"landing_{source}", name])
    for source, name in (
        ("copilot", "seats"), ("copilot", "user_days"), ("github", "issues"),
        ("github", "members"), ("snowflake", "metrics"), ("snowflake", "people"),
        ("filedrop", "activity"),
    )
)  # fmt: skip

PENDING = (
    "select source, scope, activity_date from marts.data_status where state = 'pending' "
    "order by source, activity_date, scope"
)
COMPLETE = (
    "select source, scope, min(activity_date) as first_day, "
    "max(case when state <> 'pending' then activity_date end) as complete_through "
    "from marts.data_status group by source, scope order by source, scope"
)
QUARANTINE = "select * from marts.quarantine_counts order by source, dataset"
RECORD = "select * from ops.runs where run_id = $1"


def how_things_stand(settings: Settings, instance: DagsterInstance | None = None) -> Standing:
    """Look at Dagster's records, what is published, the landing, the rules and the disks.

    Args:
        instance: Dagster's, where one is open already.
    """
    found: dict[str, Any] = {}
    unread = []
    for look in (
        partial(of_records, settings, instance),
        partial(of_marts, settings),
        partial(of_landing, settings),
    ):
        try:
            found |= look()
        except NightquestError as error:
            unread.append(str(error))
    return Standing(
        date.today(), **found, **of_rules(settings), disks=of_disks(settings), unread=tuple(unread)
    )


def of_records(settings: Settings, instance: DagsterInstance | None) -> dict[str, Any]:
    """What Dagster's records say; where no night was ever begun, asking makes no records.

    Raises:
        NightquestError: they cannot be read.
    """
    if not (instance or has_records(settings)):
        return {}
    with (
        records_told(),
        nullcontext(instance) if instance else dagster_instance(settings) as records,
    ):
        said = last_words(records)
        return {
            "runs": last_runs(settings, records),
            "requests_left": requests_left(said),
            "unreachable": {
                landed.asset_key.path[0].removeprefix("landing_"): str(
                    landed.metadata[OUTAGE].value
                )
                for _, landed in said
                if OUTAGE in landed.metadata
            },
        }


#: Materializations, each with when it was.
Said = list[tuple[float, AssetMaterialization]]


def last_words(instance: DagsterInstance) -> Said:
    """The newest materialization of each landing step."""
    return [
        (entry.timestamp, entry.asset_materialization)
        for entry in map(instance.get_latest_materialization_event, SPEAKERS)
        if entry and entry.asset_materialization
    ]


def last_runs(settings: Settings, instance: DagsterInstance) -> tuple[Run, ...]:
    """The two newest of the runs that may publish, the newest first."""
    found = [
        run
        for job in (NIGHTLY, REBUILD)
        for run in instance.get_run_records(RunsFilter(job_name=job), limit=2)
    ]
    found.sort(key=lambda run: run.create_timestamp, reverse=True)
    return tuple(
        run_of(settings, instance, record, is_newest=place == 0)
        for place, record in enumerate(found[:2])
    )


def run_of(
    settings: Settings, instance: DagsterInstance, record: RunRecord, is_newest: bool
) -> Run:
    """A run, and what became of it."""
    run_id, status = record.dagster_run.run_id, record.dagster_run.status
    is_sure, reason = True, None
    if status == DagsterRunStatus.SUCCESS:
        end = End.good
    elif status == DagsterRunStatus.FAILURE:
        reason = reason_of(instance, run_id)
        end = End.failed if reason else End.killed
    elif status == DagsterRunStatus.CANCELED:
        end = End.stopped
    elif status == DagsterRunStatus.QUEUED or (is_newest and is_at_work(settings)):
        end = End.at_work
    else:
        end = End.killed
        is_sure = datetime.now(UTC) - last_word(instance, record) > QUIET
    began = datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp())
    return Run(run_id, record.dagster_run.job_name, began, end, reason, is_sure)


def last_word(instance: DagsterInstance, record: RunRecord) -> datetime:
    """When a run last said anything."""
    newest = instance.get_records_for_run(
        record.dagster_run.run_id, limit=1, ascending=False
    ).records
    said = newest[0].timestamp if newest else record.create_timestamp.timestamp()
    return datetime.fromtimestamp(said, UTC)


def reason_of(instance: DagsterInstance, run_id: str) -> str | None:
    """Why a run failed: what its first failed step says, or what kept it from any; None where the
    run itself has said nothing, and another noted its end.
    """
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        if entry.dagster_event:
            return step_failure(entry.dagster_event)
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.RUN_FAILURE):
        data = entry.dagster_event and entry.dagster_event.event_specific_data
        if isinstance(data, JobFailureData):
            return run_failure(data) or f"see run {run_id} in Dagster"
    return None


def is_at_work(settings: Settings) -> bool:
    """Whether a night or another job holds the home's lock now."""
    with quiet(settings) as is_quiet:
        return not is_quiet


def requests_left(said: Said) -> int | None:
    """GitHub's rate limit as the newest landing step saw it; None where none has."""
    seen = [
        (moment, int(str(landed.metadata["requests_left"].value)))
        for moment, landed in said
        if "requests_left" in landed.metadata
    ]
    return max(seen)[1] if seen else None


def of_marts(settings: Settings) -> dict[str, Any]:
    """
    Raises:
        NightquestError: what is published cannot be read.
    """
    night = published_night(settings)
    if night is None:
        return {}
    with published_marts(settings) as ask:
        return {
            "night": night,
            "pending": ask(PENDING),
            "complete": ask(COMPLETE),
            "quarantine": ask(QUARANTINE),
            "record": next(iter(ask(RECORD, [night.run_id])), {}),
        }


def of_landing(settings: Settings) -> dict[str, Any]:
    """
    Raises:
        NightquestError: the landing cannot be read.
    """
    return {"held": held_days(Landing(settings.landing)).to_dicts()}


def of_rules(settings: Settings) -> dict[str, Any]:
    """The folder's pack, by its hash, or what is wrong with it."""
    try:
        return {"folder_pack": checked_pack(settings, settings.rules_folder).hash}
    except NightquestError as error:
        return {"pack_problem": str(error)}


def of_disks(settings: Settings) -> tuple[Disk, ...]:
    """The home, where a night writes the published file anew, and a landing on another disk."""
    floor = int(settings.disk_free_gb * 1e9)
    shown = settings.published_file
    needed = {settings.home: floor + (shown.stat().st_size if shown.exists() else 0)}
    if "://" not in str(settings.landing):
        needed.setdefault(Path(settings.landing), floor)
    by_device: dict[int, Disk] = {}
    for folder, size in needed.items():
        whole = folder.absolute()
        there = next(place for place in (whole, *whole.parents) if place.exists())
        disk = Disk(folder, shutil.disk_usage(there).free, size)
        by_device.setdefault(there.stat().st_dev, disk)
    return tuple(by_device.values())
