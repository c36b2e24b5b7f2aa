"""All of the fuzz: what is damaged, how much of it, and which outcomes must occur."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.dropping import drop_files
from tests.fuzz.framing import KINDS, Kind, Tally, frame_lines, frame_reports
from tests.fuzz.landing import land_github, land_reports, land_snowflake

LINES_OF_A_KIND = 720


@dataclass(frozen=True)
class Run:
    """`damage(home, count, connect)` damages at least `count` payloads or files."""

    damage: Callable[[Path, int, Any], Tally]
    count: int
    outcomes: tuple[str, ...] = ("rows", "in quarantine")


def _lines(kind: Kind) -> Run:
    return Run(lambda _home, count, _connect: frame_lines(kind, count), LINES_OF_A_KIND)


def _counted(land: Callable[[Path, int], Counter[str]]) -> Callable[[Path, int, Any], Tally]:
    return lambda home, count, _: Tally(land(home, count))


RUNS: dict[str, Run] = {
    **{f"lines of {kind.source} {kind.dataset}": _lines(kind) for kind in KINDS},
    "users-1-day files": Run(
        lambda _home, count, _connect: frame_reports(count),
        2_000,
        ("rows", "in quarantine", "of these a user's second row", "file broken off: pending"),
    ),
    "report envelopes": Run(
        _counted(land_reports), 500, ("days whole", "days pending", "step refused")
    ),
    "GitHub's searches and lists": Run(_counted(land_github), 600, ("step done", "step refused")),
    "Snowflake's answers": Run(
        land_snowflake, 150, ("extract landed", "extract refused", "rows", "in quarantine")
    ),
    "dropped files": Run(
        lambda home, count, _: drop_files(home, count),
        800,
        ("file loaded", "file rejected", "file waiting", "rows"),
    ),
}
