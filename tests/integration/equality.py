"""The same landed facts on every target: equal rows, table by table.

`python -m tests.integration.equality` prints a line for each table and exits 1 if any differs. The
demo's organisation is landed once and built on DuckDB, on an embedded Postgres and on the emulated
Snowflake; ten years of two real projects on DuckDB and Postgres. Every row of every mart is
hashed anew, whatever order it lies in; what is compared is how many rows there are, and the sums of
their hashes. Not part of the suite: it takes some ten minutes.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import polars as pl

from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from ingest.simulator.snowflake import write_sources
from ingest.warehouse import open_warehouse
from orchestration.assets.models import marts_of_project
from orchestration.publication.content import UNHASHED_TABLES, sums_of
from orchestration.publication.nights import published_night
from orchestration.publication.tables import columns_of
from tests.emulation.snowflake import settings_of, snowflake_emulation
from tests.environment import forget_settings
from tests.integration.nights import nightquest
from tests.integration.replay_whole import COPILOT_DAYS, FILES
from tests.integration.replaying import LONGEST, copilot_history


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["demo", "replay"])
    asked = parser.parse_args()
    forget_settings()
    is_equal = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if asked.only != "replay":
            is_equal &= demo(folder)
        if asked.only != "demo" and all(path.exists() for path in FILES):
            is_equal &= replay(folder)
        elif asked.only != "demo":
            print("The real history is not there (real_activity/): it is left out.")
    print("All targets hold equal rows." if is_equal else "THE TARGETS DIFFER.")
    return 0 if is_equal else 1


def demo(folder: Path) -> bool:
    """The demo's organisation on all three."""
    first = Settings(home=folder / "demo-duckdb")
    must(first, "demo")
    declared = {"NIGHTQUEST_SOURCES_FILE": str(write_sources(folder / "sources.yml"))}
    declared |= {"NIGHTQUEST_GITHUB_ORGS": "acme"}
    with snowflake_emulation(rows_per_chunk=10_000) as emulation:
        others = [
            Settings(home=folder / "demo-postgres", target="postgres"),
            settings_of(emulation, folder / "demo-snowflake"),
        ]
        return compare("demo", [first, *(built(other, first, declared) for other in others)])


def replay(folder: Path) -> bool:
    """The whole of two real histories on DuckDB and Postgres."""
    merges = pl.concat(pl.read_parquet(path, columns=["committed_at"]) for path in FILES)
    moments = merges["committed_at"].sort()
    first_day, last_day = moments[0].date(), moments[-1].date()
    copilot, _ = copilot_history(FILES, last_day - timedelta(days=COPILOT_DAYS), last_day, folder)
    first = Settings(home=folder / "replay-duckdb")
    with simulated_organisation(activity=FILES, copilot=[copilot]) as simulation:
        days = ("--from", str(first_day), "--to", str(last_day))
        must(first, "backfill", *days, **simulation.environment)
        other = Settings(home=folder / "replay-postgres", target="postgres")
        return compare("replay", [first, built(other, first, simulation.environment)])


def built(settings: Settings, landed: Settings, environment: Mapping[str, str]) -> Settings:
    """A home of another target, with what was landed for the first, built from that alone."""
    shutil.copytree(landed.landing, settings.landing)
    must(settings, "rebuild", **environment)
    return settings


def must(settings: Settings, *arguments: str, **environment: str) -> None:
    started = time.perf_counter()
    said = nightquest(
        *arguments, home=settings.home, environment=environment_of(settings) | environment,
        seconds=LONGEST,
    )  # fmt: skip
    if said.code:
        raise SystemExit(f"nightquest {' '.join(arguments)} on {settings.target}:\n{said.err}")
    seconds = time.perf_counter() - started
    print(f"{settings.target}: nightquest {arguments[0]}, {seconds:.0f} s", flush=True)


def environment_of(settings: Settings) -> dict[str, str]:
    """The target's own settings, as variables."""
    given = settings.model_dump(include={"target", *snowflake_names()}, exclude_none=True)
    plain = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in given.items()
    }
    return {f"NIGHTQUEST_{name.upper()}": value for name, value in plain.items()}


def snowflake_names() -> set[str]:
    return {name for name in Settings.model_fields if name.startswith("snowflake_")}


def table_digests(settings: Settings) -> dict[str, list[int]]:
    """Of each mart with columns of the game: its rows, and the sums of their hashes."""
    with open_warehouse(settings) as warehouse:
        columns = columns_of(warehouse, "core")
        return {
            table: sums_of(warehouse, f"core.{table}", table, columns[table])
            for table in marts_of_project()
            if table not in UNHASHED_TABLES
        }


def compare(what: str, homes: list[Settings]) -> bool:
    """Print each table's rows and whether they are equal on all targets."""
    found = {home.target: table_digests(home) for home in homes}
    nights = {home.target: published_night(home) for home in homes}
    hashes = {target: night.content_hash for target, night in nights.items() if night}
    is_equal = len(set(hashes.values())) == 1 and len(hashes) == len(homes)
    first = found[homes[0].target]
    for table, digest in sorted(first.items()):
        is_same = all(digests.get(table) == digest for digests in found.values())
        counts = {target: digests[table][0] for target, digests in found.items()}
        verdict = "equal" if is_same else f"DIFFERENT: {counts}"
        print(f"  {table:24} {digest[0]:>12,} rows  {verdict}")
        is_equal &= is_same
    print(f"{what}: {', '.join(found)}; content hashes {hashes}", flush=True)
    return is_equal


if __name__ == "__main__":
    sys.exit(main())
