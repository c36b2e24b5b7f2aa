"""What a changed rule pack would have made of the facts that are loaded: nothing is published.

The game is computed twice in a scratch warehouse, under the pack in force and under the pack on
trial, by the same models and from the same facts; then the two are compared.
"""

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.rules import RulePack
from ingest.settings import Settings
from ingest.warehouse import open_warehouse
from orchestration.simulation.compare import (
    BEFORE,
    Comparison,
    check_days,
    compare_sides,
    days_compared,
)
from orchestration.simulation.page import write_page
from orchestration.simulation.report import Report, report
from orchestration.simulation.scratch import (
    compute,
    fill,
    scratch_folder,
    set_aside,
    simulations_folder,
    use_rules,
    use_rules_in_force,
)

progress = logging.getLogger("nightquest.simulation")


@dataclass(frozen=True)
class Simulation:
    """What a simulation found, the same told in tables, and the page that shows it in plots.

    `warnings` are what the figures do not show.
    """

    comparison: Comparison
    report: Report
    page: Path
    warnings: list[str]


def simulate(
    settings: Settings,
    pack: RulePack,
    folder: Path,
    first: date | None = None,
    last: date | None = None,
    *,
    keep_announced: bool = False,
    page: Path | None = None,
) -> Simulation:
    """Compare the game under a pack with the game under the pack in force.

    Args:
        folder: where the pack lies, as its author calls it.
        first: first day whose XP is compared; absent, the first day with activity.
        last: last such day; absent, the as-of day. The game itself runs over all facts.
        keep_announced: announced awards keep their day and XP on both sides.
        page: where the page is written; absent, under the home by the pack's hash and the day.

    Raises:
        NightquestError: nothing is loaded, a night or another simulation is at work, the disk is
            too full, or the models failed.
        SettingsError: a day lies after the as-of day.
    """
    with scratch_folder(settings) as place:
        progress.info("Copying the loaded facts")
        scratch = fill(settings, place, keep_announced)
        use_rules_in_force(settings, scratch, pack.metrics)
        with open_warehouse(scratch) as warehouse:
            hash_in_force, zone, as_of_day = warehouse.query(
                "select p.pack_hash, p.time_zone, n.as_of_day "
                "from raw_rules.packs as p cross join ops.nights as n"
            ).row(0)
        check_days(first, last, as_of_day)
        is_in_force = hash_in_force == pack.hash
        progress.info("Computing the game under the pack in force (%s)", hash_in_force[:12])
        compute(scratch)
        set_aside(scratch, BEFORE)
        days = days_compared(scratch, first, last, as_of_day)
        if not is_in_force:
            progress.info("Computing the game under %s (%s)", folder, pack.hash[:12])
            use_rules(scratch, pack)
            compute(scratch)
        comparison = compare_sides(scratch, days)
    told = report(settings, comparison, f"{folder} ({pack.hash[:12]})", is_in_force, keep_announced)
    path = page or simulations_folder(settings) / f"{pack.hash[:12]}-{as_of_day}.html"
    write_page(path, settings, told, comparison)
    return Simulation(comparison, told, path, zone_warnings(zone, pack.time_zone))


def zone_warnings(loaded: str, on_trial: str) -> list[str]:
    """Facts get their game day when they are loaded: another zone needs them loaded anew."""
    if loaded == on_trial:
        return []
    return [
        f"pack.yml, field calendar.time_zone: the loaded facts have their days in {loaded}; what "
        f"moves to another day in {on_trial} is not simulated."
    ]
