"""The product's night over raw tables that are there already, in a process of its own.

Run as a module it is that process: the nightly job without its landing assets, as `nightquest run`
executes it, and a line of JSON with what it took.
"""

import json
import subprocess
import sys
import threading
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.organisation import settings_of
from ingest.settings import PROJECT, Settings
from tests.environment import inherited

if TYPE_CHECKING:
    from dagster import DagsterInstance  # takes seconds to import

#: How often the memory of the process and its children is looked at.
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Ran:
    """A command's answer (JSON, where it printed any), what it said on standard error, its wall
    seconds and its peak memory in MB."""

    answer: dict[str, Any]
    said: str
    seconds: float
    peak_mb: int


def run_watched(arguments: list[str], environment: dict[str, str], log: Path) -> Ran:
    """Run a Python module; the peak is that of the process and its children together.

    Raises:
        SystemExit: the command failed; names its log.
    """
    peak = 0
    started = time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "ignore", "-m", *arguments],
            stdout=subprocess.PIPE, stderr=errors, env=inherited() | environment, cwd=PROJECT,
        )  # fmt: skip

        def watch() -> None:
            nonlocal peak
            while process.poll() is None:
                peak = max(peak, _resident_mb(process.pid))
                time.sleep(LOOK_SECONDS)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        out, _ = process.communicate()
        watcher.join()
    seconds = time.perf_counter() - started
    said = log.read_text()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{said[-2000:]}")
    return Ran(json.loads(out or "{}"), said, seconds, peak)


def _resident_mb(pid: int) -> int:
    """Resident memory of a process and its children, in MB; 0 where it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (OSError, ValueError):
        return 0
    own = status.split("VmRSS:")
    resident = int(own[1].split()[0]) // 1024 if len(own) > 1 else 0
    return resident + sum(_resident_mb(child) for child in children)


def environment_of(settings: Settings) -> dict[str, str]:
    """What makes the same settings in another process."""
    url = settings.postgres_url
    return {
        "NIGHTQUEST_HOME": str(settings.home),
        "NIGHTQUEST_TARGET": settings.target,
        "NIGHTQUEST_POSTGRES_URL": url.get_secret_value() if url else "",
        "NIGHTQUEST_SOURCES_FILE": str(settings.sources_file),
        "NIGHTQUEST_GITHUB_ORGS": ",".join(settings.github_orgs),
        "NIGHTQUEST_RESTATEMENT_DAYS": str(settings.restatement_days),
    }


def run_night(settings: Settings, day: date) -> Ran:
    """The night of `day`: load what the settings say, build, test, publish."""
    arguments = ["benchmarks.product", str(settings.home), day.isoformat()]
    return run_watched(arguments, environment_of(settings), settings.home / "night.log")


@dataclass(frozen=True)
class Node:
    """One model, seed or test of a build: thread seconds, and its share of the wall time."""

    name: str
    kind: str
    seconds: float
    wall_seconds: float


def nodes_of(ran: Ran) -> list[Node]:
    """What dbt did. Each instant of the wall is shared among the nodes at work in it."""
    spans = {name: (end - seconds, end) for name, seconds, end in ran.answer["nodes"]}
    instants = sorted({instant for span in spans.values() for instant in span})
    walls = dict.fromkeys(spans, 0.0)
    for begin, end in pairwise(instants):
        at_work = [name for name, span in spans.items() if span[0] <= begin and span[1] >= end]
        for name in at_work:
            walls[name] += (end - begin) / len(at_work)
    return [
        Node(name.split(".")[2], name.split(".")[0], span[1] - span[0], walls[name])
        for name, span in spans.items()
    ]


def noted_nodes(instance: "DagsterInstance", run_id: str) -> list[tuple[str, float, float]]:
    """dbt's name of each model and test of a run, its seconds, and when it was done."""
    found = []
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event and event.is_step_materialization:
            metadata = event.step_materialization_data.materialization.metadata
        elif event and event.event_type_value == "ASSET_CHECK_EVALUATION":
            metadata = event.asset_check_evaluation_data.metadata
        else:
            continue
        if "Execution Duration" in metadata:
            name, seconds = metadata["unique_id"].value, metadata["Execution Duration"].value
            found.append((str(name), float(str(seconds)), entry.timestamp))
    return found


def main(home: Path, day: str) -> None:
    """Execute the job here and print the seconds of its steps."""
    from dagster import (
        AssetSelection,
        DagsterEventType,
        Definitions,
        define_asset_job,
        in_process_executor,
        load_assets_from_modules,
    )

    from orchestration.assets import loading, marts, models
    from orchestration.night import NIGHTLY, RANGE_END_TAG, RANGE_START_TAG
    from orchestration.resources import Night
    from orchestration.runner import dagster_instance, failure_of, outcome_of

    job = define_asset_job(
        NIGHTLY, selection=AssetSelection.all(), executor_def=in_process_executor
    )
    defs = Definitions(
        assets=load_assets_from_modules([loading, models, marts]),
        jobs=[job],
        resources={"night": Night()},
    )
    settings = settings_of(home)
    with dagster_instance(settings) as instance, redirect_stdout(sys.stderr):
        result = defs.resolve_job_def(NIGHTLY).execute_in_process(
            instance=instance,
            tags={RANGE_START_TAG: day, RANGE_END_TAG: day},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
        nodes = noted_nodes(instance, result.run_id)
    if not result.success:
        raise SystemExit(failure_of(result))
    steps = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.event_type == DagsterEventType.STEP_SUCCESS
    }
    outcome = outcome_of(result, 0)
    print(json.dumps({"steps": steps, "rows_written": outcome.rows_written, "nodes": nodes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
