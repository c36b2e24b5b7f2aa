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

NEWS = {
    "level_up": ("Level up", "⬆"),
    "badge_unlocked": ("Badge", "🏅"),
    "mission_completed": ("Mission", "🎯"),
    "team_mission_completed": ("Team mission", "🤝"),
    "top_10_entered": ("Top 10", "🏆"),
    "streak_milestone": ("Streak", "🔥"),
    "streak_frozen": ("Freeze used", "🧊"),
    "correction": ("Correction", "✎"),
}
#: News that boards and badges tell everybody anyway.
PUBLIC_NEWS = ("level_up", "badge_unlocked", "mission_completed", "top_10_entered")

PERIODS = {
    "day": "every day", "week": "every week", "month": "every month", "once": "once, no end",
}  # fmt: skip

SOURCES = {
    "copilot": "GitHub Copilot", "github": "GitHub", "snowflake": "Snowflake",
    "filedrop": "File drop",
}  # fmt: skip

CORRECTED = {
    "fct_xp_ledger": "XP of the ledger",
    "fct_mission_attempts": "mission attempts",
    "fct_badge_awards": "badges",
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


def share(part: float | None, whole: float | None = 1) -> str:
    """`12.5 %`; a share that is not known, or of nothing, is no zero."""
    return "–" if part is None or not whole else f"{100 * part / whole:.1f} %".replace(".0 %", " %")


def badge(row: dict) -> str:
    """Icon and name of a badge."""
    return f"{row['icon'] or '🏅'} {plain(row['name'])}"


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


def rate(rule: dict) -> str:
    """What a row of `queries.XP_RULES` pays: `20`, or `1 for each 10 lines`."""
    if rule["per"] == 1:
        return count(rule["points"])
    return f"{count(rule['points'])} for each {count(rule['per'])} {plain(rule['unit'])}"


def goal(row: dict) -> str:
    """What a mission of `queries.MISSIONS` asks for: `5 reviews`, with what counts as one."""
    if row["metric"] is None:
        return f"a score of {count(row['pass_threshold'])} % in its test"
    if row["aggregate"] == "days":
        return f"{count(row['target'], ('day', 'days'))} with {plain(row['metric'])}"
    return f"{count(row['target'])} {plain(row['unit'])}: {plain(row['metric'])}"


def when(row: dict) -> str:
    """How often, and by whom, a mission of `queries.MISSIONS` can be done."""
    often = PERIODS.get(row["period"], "whenever one likes to")
    return f"{often}, by a team together" if row["scope"] == "team" else often


def pack(row: dict) -> str:
    """What a row of `queries.RULE_PACK` says of the game as a whole, a line a rule."""
    cap = row["daily_activity_cap"]
    missed = "pays nothing" if row["xp_requires_pass"] else "pays the share that was reached"
    return "\n".join(
        f"- {line}"
        for line in (
            f"All activity of a day is worth at most {cap:,} XP."
            if cap
            else "Activity of a day has no common cap.",
            f"A streak pays {count(row['streak_bonus_per_day'])} XP for each day it has lasted, "
            f"at most {count(row['streak_bonus_cap'])} a day. Days off and leave do not end it."
            if row["streak_bonus_per_day"]
            else "A streak pays no XP. Days off and leave do not end it.",
            f"Everybody starts with {count(row['freezes_start'], ('freeze', 'freezes'))} and keeps "
            f"at most {count(row['freezes_cap'])}; {count(row['freezes_refill_every'])} counted "
            "days earn one more. A missed working day uses one by itself.",
            f"A mission reached in full pays half as much again; one that was missed {missed}.",
            f"The game waits {count(row['max_pending_days'], ('day', 'days'))} for a late source.",
        )
    )
