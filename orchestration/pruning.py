"""`nightquest prune`: what nothing needs any more goes, and what the home takes of the disk.

Rebuilding is untouched by it: of each day the reading in force stays, and so does one that waits
for a person's word.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, RunsFilter

from ingest.landing import Landing
from ingest.pruning import Payloads, payloads
from ingest.settings import Settings
from orchestration.resources import night_lock
from orchestration.runner import dagster_instance, has_records, records_told


@dataclass(frozen=True)
class Pruned:
    """What went (or would go), and what is there, in bytes by part of the home."""

    payloads: Payloads
    runs: int
    disk_use: dict[str, int] = field(default_factory=dict)


def prune(settings: Settings, older_than: timedelta, is_trial: bool = False) -> Pruned:
    """Delete replaced readings of the landing and Dagster's records of runs, from that age on.

    Raises:
        NightquestError: a night is at work, or something cannot be deleted; what went before stays
            gone, and may be typed again.
    """
    before = datetime.now(UTC) - older_than
    landing = Landing(settings.landing)
    with night_lock(settings):
        found = payloads(landing, before)
        if not is_trial:
            for name in found.replaced:
                landing.store.delete(name)
        runs = 0
        if has_records(settings):
            with records_told(), dagster_instance(settings) as instance:
                runs = prune_runs(instance, before, is_trial)
    return Pruned(found, runs, disk_use(settings.home))


def prune_runs(instance: DagsterInstance, before: datetime, is_trial: bool) -> int:
    """Delete the records of runs that were begun before a moment; how many.

    The newest run of all stays: what status and alerts say is read from it. No other is at work,
    because the night's lock is held: a run that never ended was killed.
    """
    newest = {record.dagster_run.run_id for record in instance.get_run_records(limit=1)}
    old = [
        record.dagster_run.run_id
        for record in instance.get_run_records(RunsFilter(created_before=before))
        if record.dagster_run.run_id not in newest
    ]
    if not is_trial:
        for run_id in old:
            instance.delete_run(run_id)
    return len(old)


def disk_use(home: Path) -> dict[str, int]:
    """Bytes by part of the home, the largest first."""
    parts = {
        part.name: sum(file.stat().st_size for file in part.rglob("*") if file.is_file())
        for part in home.iterdir()
        if part.is_dir()
    }
    return dict(sorted(parts.items(), key=lambda item: -item[1]))
