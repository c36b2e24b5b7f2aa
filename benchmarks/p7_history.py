"""P7: ten years of a real project's history, from its sources to published, requests counted.

The commits of dbt-core (shared/real_activity), served by the simulator as pull requests, reviews
and issues, by `nightquest backfill` on an empty home: at most 60 s, the start of the process
included.
"""

import tempfile
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.product import run_watched
from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from orchestration.publication.nights import published_night
from tests.integration.replaying import REAL_ACTIVITY

HISTORY = REAL_ACTIVITY / "dbt-core.parquet"
MOST_SECONDS = 60


def main() -> None:
    if not HISTORY.exists():
        print(f"The real history is not there ({HISTORY.name}): nothing is measured.")
        return
    with (
        tempfile.TemporaryDirectory(prefix="nightquest-p7-") as temporary,
        simulated_organisation(activity=[HISTORY]) as simulation,
    ):
        home = Path(temporary) / "home"
        first, last = simulation.first_day, simulation.last_day
        ran = run_watched(
            ["orchestration.cli", "backfill", "--from", str(first), "--to", str(last)],
            simulation.environment | {"NIGHTQUEST_HOME": str(home)},
            Path(temporary) / "backfill.log",
        )
        requests = sum(simulation.requests().values())
        night = published_night(Settings(_env_file=None, home=home))
    assert night
    assert night.as_of_day == last
    print(f"{first} to {last}: {requests:,} requests, peak memory {ran.peak_mb:,} MB")
    print(ran.said.strip().splitlines()[-1])
    print(f"P7: {ran.seconds:.1f} s from the source to published (must be at most {MOST_SECONDS})")
    print(machine("duckdb", "polars", "dbt-core", "dagster"))


if __name__ == "__main__":
    main()
