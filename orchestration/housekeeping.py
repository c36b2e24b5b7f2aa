"""`nightquest prune` as a job of Dagster's, with a schedule for whoever wants it."""

from collections.abc import Iterator
from datetime import timedelta

from dagster import (
    Config,
    DefaultScheduleStatus,
    Nothing,
    Out,
    Output,
    ScheduleDefinition,
    in_process_executor,
    job,
    op,
)
from pydantic import Field

from ingest.settings import OLD_DAYS, load_settings
from orchestration.catalogue import POOL
from orchestration.plainly import told_plainly
from orchestration.pruning import prune
from orchestration.schedules import zone_at_first


class Prune(Config):
    older_than: int = Field(default=OLD_DAYS, ge=1, description="Days; younger things stay.")


@op(
    pool=POOL, out=Out(Nothing),
    description="Replaced readings of the landing and old records of runs, deleted.",
)  # fmt: skip
@told_plainly
def prune_home(config: Prune) -> Iterator[Output]:
    done = prune(load_settings(), timedelta(days=config.older_than))
    yield Output(
        None,
        metadata={
            "replaced_readings": len(done.payloads.replaced),
            "bytes_freed": sum(done.payloads.replaced.values()),
            "runs": done.runs,
            **{f"bytes_of_{part}": size for part, size in done.disk_use.items()},
        },
    )


@job(name="prune", executor_def=in_process_executor, description="What nothing needs any more.")
def prune_job() -> None:
    prune_home()


#: What is deleted is gone: switched on in the UI by who wants that.
every_sunday = ScheduleDefinition(
    name="every_sunday",
    job=prune_job,
    cron_schedule="0 5 * * 0",
    execution_timezone=zone_at_first(),
    default_status=DefaultScheduleStatus.STOPPED,
)
