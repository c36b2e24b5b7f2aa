"""The walk of the streak, day by day (game.md section 6)."""

from collections import defaultdict
from datetime import date

from .activity import Activity, github_subject
from .days import Calendar, Completeness, days_between
from .facts import Facts, Row
from .ledger import Ledger
from .people import People


def read_leave(facts: Facts, people: People) -> dict[str, set[date]]:
    leave: dict[str, set[date]] = defaultdict(set)
    for source, path in (("snowflake", "raw_snowflake.leave"), ("file", "raw_filedrop.leave")):
        for row in facts.until_as_of(path):
            user_id = people.find(source, row)
            if user_id is not None:
                leave[github_subject(user_id)].add(row["activity_date"])
    return leave


def waiting_days(facts: Facts, completeness: Completeness) -> set[date]:
    """Days on which a source of a qualifying metric is still waited for."""
    qualifying = {row["metric"] for row in facts["raw_rules.qualifying_metrics"]}
    sources = {row["source"] for row in facts["raw_rules.metrics"] if row["metric"] in qualifying}
    return set().union(*(completeness.waiting_days(source) for source in sources))


def walk(
    pack: Row,
    calendar: Calendar,
    developer_id: str,
    active: set[date],
    leave: set[date],
    waiting: set[date],
    last_day: date,
) -> tuple[list[Row], list[Row]]:
    """One developer's rows of `fct_streak_days` and of `fct_streaks`."""
    days: list[Row] = []
    runs: list[Row] = []
    streak = longest = counted = active_days = 0
    freezes = pack["freezes_start"]
    is_pending = False
    for day in days_between(min(active), last_day):
        is_active = day in active
        is_working = calendar.is_working_day(day) and day not in leave
        if not is_active and day in waiting:
            is_pending = True
        if is_pending:
            action = "pending"
        elif is_working and is_active:
            action = "increased" if streak > 0 else "started"
            streak += 1
            counted += 1
            refill = pack["freezes_refill_every"]
            if refill and counted % refill == 0 and freezes < pack["freezes_cap"]:
                freezes += 1
        elif not is_working:
            action = "maintained" if is_active and streak > 0 else "rest"
        elif streak == 0:
            action = "idle"
        elif freezes > 0:
            action = "frozen"
            freezes -= 1
        else:
            action = "broken"
            streak = 0
        if is_active and not is_pending:
            active_days += 1
        longest = max(longest, streak)
        days.append(
            {
                "developer_id": developer_id,
                "activity_date": day,
                "action": action,
                "current_streak": streak,
                "longest_streak": longest,
                "freezes_available": freezes,
                "total_active_days": active_days,
                "is_working_day": is_working,
            }
        )
        if action == "started":
            runs.append(
                {
                    "developer_id": developer_id,
                    "started_on": day,
                    "ended_on": None,
                    "counted_days": 0,
                    "freezes_used": 0,
                    "ended_by": None,
                }
            )
        if action in ("started", "increased"):
            runs[-1]["counted_days"] += 1
        if action == "frozen":
            runs[-1]["freezes_used"] += 1
        if action == "broken":
            runs[-1] |= {"ended_on": day, "ended_by": "broken"}
    return days, runs


def streak_xp(pack: Row, streak: int) -> int:
    """The bonus of a counted day; 0 where the pack says none."""
    if pack["streak_bonus_per_day"] is None:
        return 0
    bonus = pack["streak_bonus_per_day"] * streak
    return bonus if pack["streak_bonus_cap"] is None else min(pack["streak_bonus_cap"], bonus)


def play_streaks(
    facts: Facts,
    people: People,
    activity: Activity,
    completeness: Completeness,
    ledger: Ledger,
) -> tuple[dict[str, list[Row]], list[Row]]:
    """Streak days by developer, and all runs; the bonus goes to the ledger."""
    pack, calendar = facts.pack, Calendar(facts)
    qualifying = {row["metric"] for row in facts["raw_rules.qualifying_metrics"]}
    leave = read_leave(facts, people)
    waiting = waiting_days(facts, completeness)
    streak_days: dict[str, list[Row]] = {}
    streaks: list[Row] = []
    for user_id in people.developers:
        developer_id = github_subject(user_id)
        active = {
            day
            for day, metrics in activity.daily.get(developer_id, {}).items()
            if qualifying & metrics.keys()
        }
        last_day = min(facts.as_of, people.left_on.get(user_id, facts.as_of))
        if not active:
            continue
        days, runs = walk(
            pack, calendar, developer_id, active, leave[developer_id], waiting, last_day
        )
        streak_days[developer_id] = days
        streaks += runs
        for day in days:
            if day["action"] in ("started", "increased"):
                ledger.add(
                    developer_id,
                    day["activity_date"],
                    "streak",
                    "streak",
                    None,
                    streak_xp(pack, day["current_streak"]),
                )
    return streak_days, streaks
