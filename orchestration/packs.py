"""Which rule pack a night is computed with: the folder's, or the one that is in force.

In force is the pack of the published night. Nothing but a publication puts another one in its
place, so that a failed night, or a crash between loading and publication, lets none in.
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from ingest.rules import Change, Metric, RulePack, changes_between, load_pack, pack_of_text
from ingest.settings import Settings
from ingest.tables import OPS_RULE_PACKS
from ingest.warehouse import Warehouse, has_table
from orchestration.publication.nights import published_night
from orchestration.publication.tables import columns_of

#: A run of the job `rebuild` with this tag (and any value) takes the folder's pack.
ACCEPT_TAG = "nightquest/accept_rules"
#: How a night begins to say that changes wait; this is the last of its `problems`.
RULES_WAIT = "the pack in force goes on, because changes of the rule pack wait"
#: How many of the changes that wait are named.
NAMED = 3
NOT_KNOWN = (
    "the rule pack has changed and the new one is in force, because this warehouse does not know "
    "what the one before it said"
)


@dataclass(frozen=True)
class RulesOfNight:
    """The pack to compute with, and a sentence about what its author must know, if anything."""

    pack: RulePack
    problem: str | None = None


def rules_of_night(
    warehouse: Warehouse, folder: Path, pack: RulePack, shown_hash: str | None
) -> RulesOfNight:
    """The folder's pack where nothing of it has to wait; else the one in force, whole.

    Args:
        pack: that of the folder. Its metrics hold in any case: they are settings, no rules.
        shown_hash: of the pack that readers see figures of; None where nothing is published.
    """
    published = pack_in_force(warehouse, pack.metrics)
    if published is None:
        return RulesOfNight(pack, None if shown_hash in (None, pack.hash) else NOT_KNOWN)
    in_force, as_of_day = published
    waiting = [change for change in changes_between(in_force, pack, as_of_day) if change.waits]
    return RulesOfNight(in_force, told(folder, waiting)) if waiting else RulesOfNight(pack)


def pack_in_force(warehouse: Warehouse, metrics: Iterable[Metric]) -> tuple[RulePack, date] | None:
    """The pack of the published night, and that night's day; None where it is not known.

    It is not known before the first publication, in a warehouse begun anew, and after an update
    whose rules allow less than the pack says.
    """
    if "pack_hash" not in columns_of(warehouse, "core").get("run_status", {}):
        return None
    found = warehouse.query("select as_of_day, pack_hash from core.run_status")
    if found.is_empty():
        return None
    as_of_day, pack_hash = found.row(0)
    pack = noted_pack(warehouse, pack_hash, metrics)
    return (pack, as_of_day) if pack else None


def noted_pack(warehouse: Warehouse, pack_hash: str, metrics: Iterable[Metric]) -> RulePack | None:
    """The pack with this hash, if a night was ever computed with it and it can still be read."""
    if not has_table(warehouse, "ops", OPS_RULE_PACKS.name):
        return None
    found = warehouse.query(
        f"select content from {OPS_RULE_PACKS.path} where pack_hash = $1", [pack_hash]
    )
    if found.is_empty():
        return None
    try:
        return pack_of_text(found.item(), metrics)
    except ValidationError:
        return None


def told(folder: Path, waiting: Sequence[Change]) -> str:
    """What waits, in one sentence that can follow another."""
    named = "; ".join(map(str, waiting[:NAMED]))
    more = f"; and {len(waiting) - NAMED} more" if len(waiting) > NAMED else ""
    return (
        f"{RULES_WAIT} ({named}{more}): type `nightquest rules simulate "
        f"{shlex.quote(str(folder))}` and then `nightquest rebuild --accept-rules`"
    )


def note_pack(warehouse: Warehouse, pack: RulePack) -> None:
    """Keep what a pack says: once it is published, the folder may change."""
    known = warehouse.query(
        f"select 1 as found from {OPS_RULE_PACKS.path} where pack_hash = $1", [pack.hash]
    )
    if known.is_empty():
        warehouse.execute(
            f"insert into {OPS_RULE_PACKS.path} (pack_hash, content) values ($1, $2)",
            [pack.hash, pack.text],
        )


def time_zone_in_force(settings: Settings) -> str:
    """The IANA time zone of the game's days: that of the published night, else the folder's."""
    night = published_night(settings)
    return (night and night.time_zone) or load_pack(settings.rules_folder).time_zone
