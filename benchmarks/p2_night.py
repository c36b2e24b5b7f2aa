"""P2: a night on top of P1: one new day, seven days re-read, one row in a hundred restated.

Its work is its time without the fixed start, which is that of a night with nothing new (P3), and
without publication, which is held against a copy of the published file with fsync. At most 1/15 of
P1's work (data tests of both included); and with 730 days of history at most 1.2 times the same
night with 90, measured with a twentieth of the developers.
"""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.machine import machine
from benchmarks.organisation import Size, next_night
from benchmarks.p1_rebuild import floor, prepared, print_costliest, report
from benchmarks.p3_idle import idle_nights
from benchmarks.product import Ran, nodes_of, run_night
from benchmarks.sizes import options, scratch

SHORT, LONG = 90, 730
#: Developers of the comparison of histories, as a part of those of the night.
PART = 20


@dataclass(frozen=True)
class Measured:
    """A rebuild and the night after it, and the seconds of a copy of the published file."""

    rebuild: Ran
    night: Ran
    copy_seconds: float


def measured(size: Size, folder: Path | None, *, with_floor: bool = False) -> Measured:
    """Rebuild, restate, run the next night; with the floor, P1 is told on the way."""
    with scratch(folder, "p2") as home:
        settings = prepared(home, size)
        rebuild = run_night(settings, size.last_day)
        if with_floor:
            report(size, rebuild, floor(settings))
        grown = next_night(settings, size)
        night = run_night(settings, grown.last_day)
        return Measured(rebuild, night, copied(settings.published_file))


def copied(file: Path) -> float:
    """Seconds of copying a file beside itself, with fsync."""
    copy = file.with_suffix(".copy")
    started = time.perf_counter()
    shutil.copyfile(file, copy)
    with copy.open("rb") as opened:
        os.fsync(opened.fileno())
    seconds = time.perf_counter() - started
    copy.unlink()
    return seconds


def work(ran: Ran, fixed: float) -> float:
    """Seconds of a night without its fixed start and its publication."""
    return ran.seconds - ran.answer["steps"]["publish"] - fixed


def main() -> None:
    asked = options()
    with tempfile.TemporaryDirectory(prefix="nightquest-p2-", dir=asked.folder) as temporary:
        fixed = median(ran.seconds for ran in idle_nights(Path(temporary)))
    found = measured(asked.size, asked.folder, with_floor=True)
    print("The night's build by its costliest nodes:")
    print_costliest(nodes_of(found.night), found.night.answer["rows_written"])
    rebuild, night = work(found.rebuild, fixed), work(found.night, fixed)
    print(f"P3, the fixed start: {fixed:.1f} s")
    for name, ran in (("rebuild", found.rebuild), ("night", found.night)):
        steps = {name: round(seconds, 1) for name, seconds in ran.answer["steps"].items()}
        print(f"{name}: {ran.seconds:.1f} s, work {work(ran, fixed):.1f} s, {steps}, "
              f"peak {ran.peak_mb:,} MB")  # fmt: skip
    published = found.night.answer["steps"]["publish"]
    print(
        f"P2: the night's work is 1/{rebuild / night:.1f} of the rebuild's (must be at most 1/15)"
    )
    times = published / found.copy_seconds
    print(f"P2: publication {published:.1f} s, {times:.1f} times a copy with fsync (at most 1.5)")
    small = replace(asked.size, developers=max(1, asked.size.developers // PART))
    short, long = (
        work(measured(replace(small, days=days), asked.folder).night, fixed)
        for days in (SHORT, LONG)
    )
    print(f"P2: with {LONG} days of history the night's work is {long / short:.2f} times that with "
          f"{SHORT} ({small.developers:,} developers; must be at most 1.2)")  # fmt: skip
    print(f"{asked.size}. {machine('duckdb', 'dbt-core', 'dbt-duckdb', 'dagster')}")


if __name__ == "__main__":
    main()
