"""Entries of a rule pack as rows of the `raw_rules` tables: pure, one function a group of tables.

Each returns the rows by table, as dictionaries with the table's columns.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal

from pydantic import BaseModel

from ingest import tables
from ingest.rules.metrics import Metric
from ingest.rules.models import Badge, Challenge, Game, Mission, Weekday, XpRule
from ingest.tables import Table

Rows = dict[Table, list[dict]]
_ISO_WEEKDAYS: dict[Weekday, int] = {
    "mon": 1,
    "tue": 2,
    "wed": 3,
    "thu": 4,
    "fri": 5,
    "sat": 6,
    "sun": 7,
}
#: What each type of condition calls the number to be reached; for `mission` it is one attempt.
_TARGET_NAMES = ("threshold", "count", "days")


def game_rows(game: Game, pack_hash: str) -> Rows:
    """`pack.yml`: one row of settings, and the lists of it."""
    streak, calendar = game.streak, game.calendar
    return {
        tables.RULES_PACKS: [
            {
                "pack_name": game.name,
                "pack_hash": pack_hash,
                "level_curve": game.level_curve,
                "daily_activity_cap": game.daily_activity_cap,
                "xp_requires_pass": game.xp_requires_pass,
                "time_zone": calendar.time_zone,
                "freezes_start": streak.freezes.start,
                "freezes_cap": streak.freezes.cap,
                "freezes_refill_every": streak.freezes.refill_every,
                "streak_bonus_per_day": streak.bonus.per_day,
                "streak_bonus_cap": streak.bonus.cap,
                "max_pending_days": streak.max_pending_days,
            }
        ],
        tables.RULES_QUALIFYING_METRICS: [
            {"metric": metric} for metric in streak.qualifying_metrics
        ],
        tables.RULES_WORKING_DAYS: [
            {"iso_weekday": _ISO_WEEKDAYS[day]} for day in calendar.working_days
        ],
        tables.RULES_HOLIDAYS: [
            {"date_day": day, "holiday_name": name} for day, name in calendar.holidays.items()
        ],
        tables.RULES_BOT_PATTERNS: [
            {"pattern": pattern, "like_pattern": like_pattern(pattern)} for pattern in game.bots
        ],
        tables.RULES_EXCLUDED_REPOSITORIES: [
            {"repository": repository} for repository in game.excluded_repositories
        ],
    }


def metric_rows(metrics: Iterable[Metric]) -> Rows:
    """The registry of metrics."""
    return {tables.RULES_METRICS: [vars(metric) for metric in metrics]}


def xp_rule_rows(rules: Iterable[XpRule]) -> Rows:
    """`xp_rules.yml`."""
    return {
        tables.RULES_XP_RULES: [
            {**rule.model_dump(exclude={"id"}), "rule_id": rule.id} for rule in rules
        ]
    }


def mission_rows(missions: Iterable[Mission], challenges: Iterable[Challenge]) -> Rows:
    """`missions.yml` and `challenges.yml`: a challenge has no metric, target and period."""
    entries = [("mission", entry) for entry in missions]
    return {
        tables.RULES_MISSIONS: [
            {
                **entry.model_dump(exclude={"id", "badge", "published", "xp", "tags"}),
                "scope": entry.scope if isinstance(entry, Mission) else "developer",
                "mission_id": entry.id,
                "kind": kind,
                "base_xp": entry.base_xp,
                "badge_id": entry.badge,
                "tags": ",".join(entry.tags),
                "is_published": entry.published,
            }
            for kind, entry in [*entries, *(("challenge", entry) for entry in challenges)]
        ]
    }


def badge_rows(badges: Iterable[Badge]) -> Rows:
    """`badges.yml`, and its conditions taken apart."""
    badges = list(badges)
    return {
        tables.RULES_BADGES: [
            {
                **badge.model_dump(exclude={"id", "condition"}),
                "badge_id": badge.id,
                "condition": condition_text(badge.condition),
            }
            for badge in badges
        ],
        tables.RULES_BADGE_CONDITIONS: [
            {
                "badge_id": badge.id,
                "version": badge.version,
                "condition_index": index,
                **_condition_row(condition),
            }
            for badge in badges
            for index, condition in enumerate(badge.conditions, start=1)
        ],
    }


def condition_text(condition: BaseModel) -> str:
    """A condition as JSON: sorted keys, no blanks, numbers without needless zeros."""
    return json.dumps(
        condition.model_dump(exclude_none=True),
        default=_number,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def like_pattern(glob: str) -> str:
    """A login pattern as a lower-case LIKE pattern with `!` as escape: `svc_*` is `svc!_%`."""
    escaped = re.sub(r"[!%_]", r"!\g<0>", glob.lower())
    return escaped.replace("*", "%").replace("?", "_")


def _condition_row(condition: BaseModel) -> dict:
    fields = condition.model_dump()
    target = next((fields.pop(name) for name in _TARGET_NAMES if name in fields), 1)
    return {**fields, "target": Decimal(target)}


def _number(amount: Decimal) -> int | float:
    # Amounts have at most 15 digits: the shortest float text is theirs, digit for digit.
    return int(amount) if amount == int(amount) else float(amount)
