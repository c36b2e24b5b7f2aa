"""Numbers, days and states in words: what a page says, without any drawing."""

import re
from datetime import date
from typing import Literal

BOARDS = {
    "xp_all_time": "XP, all time",
    "xp_7d": "XP, 7 days",
    "xp_30d": "XP, 30 days",
    "streak_current": "Current streak",
    "streak_longest": "Longest streak",
    "missions_completed": "Missions completed",
    "badges_unlocked": "Badges unlocked",
}

#: What a board counts: one, many.
UNITS = {
    "xp_all_time": ("XP", "XP"),
    "xp_7d": ("XP", "XP"),
    "xp_30d": ("XP", "XP"),
    "streak_current": ("day", "days"),
    "streak_longest": ("day", "days"),
    "missions_completed": ("mission", "missions"),
    "badges_unlocked": ("badge", "badges"),
}

MEDALS = {1: ("gold", "yellow"), 2: ("silver", "gray"), 3: ("bronze", "orange")}

REASONS = {
    "activity": "Activity",
    "mission": "Mission",
    "mission_perfect": "Perfect bonus",
    "badge": "Badge",
    "streak": "Streak",
    "adjustment": "Adjustment",
}

EXCLUSIONS = {
    "daily_cap": "daily cap of the rule",
    "activity_cap": "daily cap of all activity",
    "rule_not_valid": "no rule was valid that day",
    "bot": "bot",
    "own_pull_request": "own pull request",
    "excluded_repository": "repository left out",
    "unmatched_identity": "identity not matched",
    "duplicate": "counted already",
}

GROWING = (
    "Fainter weeks may still grow: they are not over, or some of their days are pending. "
    "Pending days are grey."
)

#: Streak actions: the sign in the calendar's cell, and what it means.
ACTIONS = {
    "started": ("s", "streak started"),
    "increased": ("+", "counted, one day more"),
    "maintained": ("=", "active on a day off"),
    "rest": ("", "day off"),
    "frozen": ("*", "missed, a freeze was used"),
    "broken": ("x", "streak ended"),
    "idle": ("o", "no activity, no streak"),
    "pending": ("?", "data still pending"),
}


def plain(text: str | None) -> str:
    """Text from outside, with Markdown's signs escaped: a name never becomes a link or an icon."""
    return re.sub(r"([\\`*_\[\]()~:$#<>|!])", r"\\\1", text or "")


def day(value: date | None) -> str:
    return f"{value.day} {value:%b %Y}" if value else "no day yet"


def count(value: float | int | None, unit: tuple[str, str] | None = None) -> str:
    """`1,234` or `1,234 days`; at most one decimal, and none where it is zero."""
    if value is None:
        return "–"
    number = f"{value:,.1f}".removesuffix(".0")
    return number if unit is None else f"{number} {unit[0] if value == 1 else unit[1]}"


def moved(rank: int, before: int | None, since: str) -> str:
    """A change of rank, told by arrow and by word: up is a smaller rank."""
    if before is None:
        return f"✦ new since {since}"
    if before == rank:
        return f"● same as {since}"
    arrow, word = ("▲", "up") if before > rank else ("▼", "down")
    return f"{arrow} {word} {abs(before - rank):,} since {since}"


def medal(rank: int) -> str:
    """Markdown for the first three ranks: a medal in its colour, and the word."""
    if rank not in MEDALS:
        return ""
    word, colour = MEDALS[rank]
    return f":{colour}[:material/military_tech: {word}]"


def streak_mood(current: int) -> tuple[Literal["gray", "yellow", "orange", "red"], str]:
    """The streak's colour (yellow, orange, red by length) and a friendly word; it never shames."""
    if current == 0:
        return "gray", "The next working day can start a new one"
    if current < 5:
        return "yellow", "Warming up"
    if current < 20:
        return "orange", "On a roll"
    return "red", "Burning bright"
