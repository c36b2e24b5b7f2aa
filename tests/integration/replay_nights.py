"""Two real projects night by night, then rebuilt, then at once: equal rows.

`python -m tests.integration.replay_nights --nights 30` prints what each command did and exits 1 if
the rows differ. Not part of the suite: a night takes seconds, a backfill of ten years minutes.

Every third night is shown a day of Copilot that a later one restates, and every fourth is run
twice. What is compared:

- the chain of nights and `nightquest rebuild` on the same record of announcements: the content hash
  and every row of `core`;
- the chain and a home that reads everything at once and has announced nothing: the content hash
  and every row of `core` but the seats (snapshots of each night), where no award was kept. Where
  one was, its holder's rows and what others share with them (boards, entries into a top 10, sums
  of teams) rightly differ: then the rows of all others.
"""

import argparse
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import polars as pl

from ingest.simulator import Simulation, simulated_organisation
from tests.environment import forget_settings
from tests.integration.replaying import (
    REAL_ACTIVITY,
    Home,
    copilot_history,
    core_differences,
    home_of,
    without_kept,
    without_seats,
    without_use,
)

FILES = [REAL_ACTIVITY / "dbt-core.parquet", REAL_ACTIVITY / "streamlit.parquet"]
COPILOT_DAYS = 200
#: Which nights see a day that is restated later, and which are run twice.
EVERY_RESTATED, EVERY_TWICE = 3, 4


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nights", type=int, default=30, help="single nights (default 30)")
    nights: int = parser.parse_args().nights
    if not all(path.exists() for path in FILES):
        print("The real history is not there (real_activity/): nothing is replayed.")
        return 2
    forget_settings()
    merges = pl.concat(pl.read_parquet(path, columns=["committed_at"]) for path in FILES)
    first, last = merges["committed_at"].min().date(), merges["committed_at"].max().date()  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        since = last - timedelta(days=COPILOT_DAYS)
        copilot, login = copilot_history(FILES, since, last, folder)
        with simulated_organisation(activity=FILES, copilot=[copilot]) as simulation:
            chain = home_of(simulation, folder, "chain")
            ends = [last - timedelta(days=ago) for ago in reversed(range(nights))]
            chain.must("backfill", "--from", str(first), "--to", str(ends[0] - timedelta(days=1)))
            live(chain, simulation, login, ends)
            once = home_of(simulation, folder, "once")
            problems = rebuilt(chain)
            once.must("backfill", "--from", str(first), "--to", str(last))
            problems += compared(chain, once)
        report(chain, nights)
    print("\n".join(problems) or "Chain, rebuild and one backfill end in equal rows.")
    return 1 if problems else 0


def live(home: Home, simulation: Simulation, login: str, ends: list[date]) -> None:
    """Night after night; the last one sees everything as it is."""
    for number, day in enumerate(ends, 1):
        is_wrong = number % EVERY_RESTATED == 0 and day != ends[-1]
        simulation.set_faults([without_use(day - timedelta(days=2), login)] if is_wrong else [])
        home.must("run", "--day", str(day))
        if number % EVERY_TWICE == 0:
            again = home.must("run", "--day", str(day))
            assert "Nothing has changed" in again.err, again.err
    simulation.set_faults([])


def rebuilt(home: Home) -> list[str]:
    """Rebuild; what differs from the chain before."""
    its_hash, its_rows = home.content_hash(), home.core()
    home.must("rebuild")
    lines = core_differences(its_rows, home.core())
    print(f"content hash: chain {its_hash}, rebuild {home.content_hash()}")
    if its_hash != home.content_hash():
        lines.append("The content hashes of chain and rebuild differ.")
    return [f"chain and rebuild: {line}" for line in lines]


def compared(chain: Home, once: Home) -> list[str]:
    """What differs between the chain and the home that has announced nothing."""
    kept = chain.kept()
    print(f"content hash: once {once.content_hash()}; with a kept award: {len(kept)} developers")
    here, there = without_seats(chain.core()), without_seats(once.core())
    if kept:
        here, there = without_kept(here, kept), without_kept(there, kept)
    lines = core_differences(here, there)
    if not kept and chain.content_hash() != once.content_hash():
        lines.append("The content hashes differ.")
    return [f"chain and backfill: {line}" for line in lines]


def report(home: Home, nights: int) -> None:
    """The figures of the chain."""
    rows = home.ask("select count(*) from core.fct_xp_ledger")[0][0]
    corrections = home.ask("select count(*) from core.fct_corrections")[0][0]
    announced = home.ask("select count(*), count(distinct run_id) from ops.announced_awards")[0]
    print(
        f"{nights} nights, median {median(home.seconds[1:-1]):.0f} s a command; "
        f"{rows:,} rows in the ledger, {corrections} corrections, "
        f"{announced[0]:,} awards announced in {announced[1]} nights"
    )


if __name__ == "__main__":
    sys.exit(main())
