"""Teams compared: sums and means a day (game.md sections 7 and 9, warehouse.md section 3)."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from .activity import Activity
from .exact import four_decimals
from .facts import Facts, Row
from .ledger import Ledger
from .teams import Teams

#: How many active members hide one who opted out, where the night does not say.
MIN_TEAM_SIZE = 5


def min_team_size(facts: Facts) -> int:
    (night,) = facts["ops.nights"]
    return night.get("min_team_size") or MIN_TEAM_SIZE


def team_day_rows(
    facts: Facts,
    teams: Teams,
    hidden: set[str],
    activity: Activity,
    ledger: Ledger,
) -> list[Row]:
    """A row for each team and day with an active member: any ledger row or activity that day.

    Who opted out is in a day's figures where at least `min_team_size` members, hidden ones
    included, were active.
    """
    active: dict[date, set[str]] = defaultdict(set)
    xp: dict[tuple[str, date], int] = defaultdict(int)
    for developer_id, days in activity.daily.items():
        for day in days:
            active[day].add(developer_id)
    for row in ledger.rows():
        active[row["activity_date"]].add(row["developer_id"])
        xp[row["developer_id"], row["activity_date"]] += row["xp"]
    rows: list[Row] = []
    for day in sorted(active):
        team_of = teams.on(day)
        active_of: dict[str, set[str]] = defaultdict(set)
        for developer_id in active[day]:
            if developer_id in team_of:
                active_of[team_of[developer_id]].add(developer_id)
        members = Counter(team_of.values())
        shown_members = Counter(
            team_id for developer_id, team_id in team_of.items() if developer_id not in hidden
        )
        for team_id, of_team in active_of.items():
            is_crowd = len(of_team) >= min_team_size(facts)
            counted = of_team if is_crowd else of_team - hidden
            if not counted:
                continue
            total = sum(xp[developer_id, day] for developer_id in counted)
            rows.append(
                {
                    "team_id": team_id,
                    "activity_date": day,
                    "xp": total,
                    "active_members": len(counted),
                    "members": (members if is_crowd else shown_members)[team_id],
                    "xp_per_active_member": four_decimals(Fraction(total, len(counted))),
                }
            )
    return rows
