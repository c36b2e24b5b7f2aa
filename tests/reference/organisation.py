"""The organisation's sums (descriptions of the marts `fct_org_days`, `fct_mission_periods`,
`fct_badge_holders`, `fct_level_holders`, `leaderboard_sizes` and `fct_seat_days`)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from .attempts import Attempt
from .days import days_between
from .exact import four_decimals
from .facts import Facts, Row

DONE = ("completed", "passed", "kept")
XP_COLUMNS = ("xp", "xp_activity", "xp_missions", "xp_badges", "xp_streak", "xp_adjustments")


def members_on(day: date, developers: list[Row]) -> set[str]:
    return {
        row["developer_id"]
        for row in developers
        if (row["is_active"] or (row["left_on"] and day <= row["left_on"]))
        and (row["joined_on"] is None or row["joined_on"] <= day)
    }


def org_day_rows(
    as_of: date,
    developers: list[Row],
    developer_days: list[Row],
    attempts: Iterable[Attempt],
    awards: list[Row],
) -> list[Row]:
    done = Counter(attempt.decided_on for attempt in attempts if attempt.status in DONE)
    awarded = Counter(row["awarded_on"] for row in awards if row["status"] != "revoked")
    of_day: dict[date, list[Row]] = defaultdict(list)
    for row in developer_days:
        of_day[row["activity_date"]].append(row)
    rows = []
    for day in days_between(min(of_day, default=as_of), as_of):
        members = members_on(day, developers)
        recent = set()
        for ago in range(7):
            then = day - timedelta(days=ago)
            there = members_on(then, developers) & members
            recent |= {row["developer_id"] for row in of_day[then]} & there
        rows.append(
            {
                "activity_date": day,
                "members": len(members),
                "active_members": len({row["developer_id"] for row in of_day[day]} & members),
                "active_members_7d": len(recent),
                "missions_completed": done[day],
                "badges_awarded": awarded[day],
                **{column: sum(row[column] for row in of_day[day]) for column in XP_COLUMNS},
            }
        )
    return rows


def mission_period_rows(attempts: Iterable[Attempt]) -> list[Row]:
    of_period: dict[tuple, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        mission = attempt.mission
        key = mission["mission_id"], mission["version"], attempt.period_start, attempt.period_end
        of_period[key].append(attempt)
    return [
        {
            "mission_id": mission_id,
            "version": version,
            "period_start": period_start,
            "period_end": period_end,
            "attempts": len(those),
            **{
                status: sum(attempt.status == status for attempt in those)
                for status in ("in_progress", "submitted", "completed", "passed", "failed", "kept")
            },
            "xp_awarded": sum(attempt.xp_awarded for attempt in those),
        }
        for (mission_id, version, period_start, period_end), those in of_period.items()
    ]


def badge_holder_rows(facts: Facts, developers: list[Row], awards: list[Row]) -> list[Row]:
    roster = {row["developer_id"] for row in developers if row["is_active"]}
    held = [row for row in awards if row["status"] != "revoked" and row["developer_id"] in roster]
    rows = []
    for badge_id in sorted({row["badge_id"] for row in facts["raw_rules.badges"]}):
        of_badge = [row for row in held if row["badge_id"] == badge_id]
        holders = {row["developer_id"] for row in of_badge}
        share = four_decimals(Fraction(len(holders), len(roster))) if roster else None
        rows.append(
            {
                "badge_id": badge_id,
                "holders": len(holders),
                "members": len(roster),
                "holder_share": share,
                "last_awarded_on": max((row["awarded_on"] for row in of_badge), default=None),
            }
        )
    return rows


def level_holder_rows(developers: list[Row]) -> list[Row]:
    levels = Counter((row["level"], row["title"]) for row in developers if row["is_active"])
    return [
        {"level": level, "title": title, "holders": holders}
        for (level, title), holders in levels.items()
    ]


def board_size_rows(boards: list[Row]) -> list[Row]:
    sizes = Counter((row["board_id"], row["scope_id"], row["as_of_date"]) for row in boards)
    return [
        {"board_id": board, "scope_id": scope, "as_of_date": day, "ranked": ranked}
        for (board, scope, day), ranked in sizes.items()
    ]


def seat_day_rows(seats: list[Row]) -> list[Row]:
    of_day: dict[date, list[Row]] = defaultdict(list)
    for row in seats:
        of_day[row["snapshot_date"]].append(row)

    def used(row: Row, days: int) -> bool:
        last = row["last_activity_at"]
        return last is not None and last.date() > row["snapshot_date"] - timedelta(days=days)

    return [
        {
            "snapshot_date": day,
            "seats": len(those),
            "used_7d": sum(used(row, 7) for row in those),
            "used_28d": sum(used(row, 28) for row in those),
            "pending_cancellations": sum(row["is_pending_cancellation"] for row in those),
        }
        for day, those in of_day.items()
    ]
