"""P3: a night with nothing new, sources answering at once, against Dagster alone.

`nightquest run` of a day that is published already, a simulator as its sources, against a Dagster
run in one process of as many empty dbt incrementals as there are models here. Both start a process.
At most twice, and no row is written.
"""

import json
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.machine import machine
from benchmarks.product import Ran, run_watched
from ingest.simulator import simulated_organisation
from orchestration.dbt import current_manifest

TURNS = 3
NOTHING = "Nothing has changed"


def model_count() -> int:
    """How many models the product has, views included."""
    nodes = json.loads(current_manifest().read_text())["nodes"].values()
    return sum(node["resource_type"] == "model" for node in nodes)


def idle_nights(folder: Path, turns: int = TURNS) -> list[Ran]:
    """Nights with nothing new, after one that read and published everything."""
    with simulated_organisation() as simulation:
        environment = simulation.environment | {"NIGHTQUEST_HOME": str(folder / "home")}
        night = ["orchestration.cli", "run", "--day", simulation.last_day.isoformat()]
        run_watched(night, environment, folder / "night.log")
        ran = [run_watched(night, environment, folder / "night.log") for _ in range(turns)]
    for idle in ran:
        if NOTHING not in idle.said:
            raise SystemExit(f"A night with nothing new wrote something:\n{idle.said}")
    return ran


def empty_incrementals(folder: Path, models: int, turns: int = TURNS) -> list[Ran]:
    """Dagster runs of a project whose models find no new row."""
    peer = ["benchmarks.peer_dagster", str(folder / "peer"), str(models)]
    run_watched(peer, {}, folder / "peer.log")  # makes the project, its tables and its manifest
    return [run_watched(peer, {}, folder / "peer.log") for _ in range(turns)]


def main() -> None:
    models = model_count()
    with tempfile.TemporaryDirectory(prefix="nightquest-p3-") as temporary:
        ours = idle_nights(Path(temporary))
        theirs = empty_incrementals(Path(temporary), models)
    for name, ran in (("night", ours), (f"{models} empty incrementals", theirs)):
        print(f"{name:<24} " + "s, ".join(f"{turn.seconds:.2f}" for turn in ran) + "s")
    print(next(line for line in ours[0].said.splitlines() if NOTHING in line))
    ratio = median(turn.seconds for turn in ours) / median(turn.seconds for turn in theirs)
    print(f"P3: {ratio:.2f} times the empty incrementals (must be at most 2), zero rows written")
    print(machine("duckdb", "dbt-core", "dagster", "dagster-dbt"))


if __name__ == "__main__":
    main()
