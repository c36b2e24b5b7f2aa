"""Runs whose process is gone: Dagster believes them at work, and keeps their place in its queue."""

from datetime import UTC, datetime, timedelta

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from ingest.settings import Settings
from orchestration.looking import is_at_work, last_word
from orchestration.night import NIGHTLY, REBUILD

#: Who has said nothing for so long and holds no lock: a run takes its lock as soon as it has
#: started, which takes seconds, and minutes on a machine that is busy.
SILENT = timedelta(minutes=10)
#: Such runs alone can be told: others hold no lock.
NIGHTS = {NIGHTLY, REBUILD}
BEGUN = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def close_killed_nights(settings: Settings, instance: DagsterInstance) -> list[DagsterRun]:
    """Note the end of nights that were killed, so that the next one does not wait for them.

    Dagster notices that itself where the server of the code that started them is still up (1.13).
    """
    if is_at_work(settings):
        return []
    killed = [
        record.dagster_run
        for record in instance.get_run_records(RunsFilter(statuses=BEGUN))
        if record.dagster_run.job_name in NIGHTS
        and datetime.now(UTC) - last_word(instance, record) > SILENT
    ]
    for run in killed:
        instance.report_run_failed(run, "The process of this run is gone, and it holds no lock.")
    return killed
