"""Who belonged to which team when: one primary team a person and day (warehouse.md section 4)."""

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from .activity import github_subject
from .facts import Facts, Row
from .people import People

#: Scope, then snapshot day, then team id: the developers that it lists.
Snapshots = dict[str, dict[date, dict[int, set[str]]]]
#: Facts whose first day is the first day of the game, at which open memberships begin.
FACTS = (
    "raw_copilot.user_days",
    "raw_github.pull_requests",
    "raw_github.reviews",
    "raw_github.issues",
    "raw_snowflake.metrics",
    "raw_snowflake.challenge_attempts",
    "raw_filedrop.activity",
    "raw_filedrop.challenge_attempts",
    "raw_filedrop.adjustments",
)


@dataclass(frozen=True)
class Membership:
    """Both days belong to it; `first` date.min: since ever, `last` None: it lasts."""

    developer_id: str
    team_id: str
    first: date
    last: date | None


def team_key(team_id: int) -> str:
    return f"github:{team_id}"


def read_snapshots(facts: Facts, people: People) -> Snapshots:
    """Every snapshot taken, empty ones too: whoever the next one lacks has gone. Bots are no
    members.
    """
    snapshots: Snapshots = defaultdict(dict)
    for row in facts.until_as_of("ops.source_days"):
        if (row["source"], row["dataset"]) == ("github", "team_members") and row["is_complete"]:
            snapshots[row["scope"]].setdefault(row["activity_date"], {})
    for row in facts.until_as_of("raw_github.team_members"):
        teams = snapshots[row["scope"]].setdefault(row["snapshot_date"], {})
        if row["user_id"] in people.developers:
            teams.setdefault(row["team_id"], set()).add(github_subject(row["user_id"]))
    return snapshots


def primary_teams(snapshots: Snapshots, day: date) -> dict[str, str]:
    """The team of each developer on a day.

    Of each organisation its latest snapshot holds, before the first one the first; who is in
    several organisations counts for the first by name, there for the smallest team, then for the
    lowest id.
    """
    best: dict[str, tuple[str, int, int]] = {}
    for scope, days in snapshots.items():
        taken = sorted(days)
        teams = days[taken[max(0, bisect_right(taken, day) - 1)]]
        for team_id, members in teams.items():
            for developer_id in members:
                place = (scope, len(members), team_id)
                best[developer_id] = min(best.get(developer_id, place), place)
    return {developer_id: team_key(team_id) for developer_id, (_, _, team_id) in best.items()}


class Teams:
    """Primary memberships of all developers, hidden ones included."""

    def __init__(self, facts: Facts, people: People) -> None:
        snapshots = read_snapshots(facts, people)
        starts = sorted({day for days in snapshots.values() for day in days})
        self.starts = [date.min, *starts[1:]] if starts else []
        self.teams = [primary_teams(snapshots, day) for day in starts]

    def on(self, day: date) -> dict[str, str]:
        """The team of each developer on the day; who is in none is not in it."""
        if not self.starts:
            return {}
        return self.teams[bisect_right(self.starts, day) - 1]

    def of(self, developer_id: str, day: date) -> str | None:
        return self.on(day).get(developer_id)

    def memberships(self) -> list[Membership]:
        """One for each stretch of days in one team, however many snapshots it lasted."""
        found: list[Membership] = []
        ends = [start - timedelta(days=1) for start in self.starts[1:]]
        for developer_id in sorted({who for teams in self.teams for who in teams}):
            stretches: list[Membership] = []
            for start, end, teams in zip(self.starts, [*ends, None], self.teams, strict=True):
                team_id = teams.get(developer_id)
                if team_id is None:
                    continue
                last = stretches[-1] if stretches else None
                if (
                    last is not None
                    and last.team_id == team_id
                    and last.last == start - timedelta(days=1)
                ):
                    start = stretches.pop().first
                stretches.append(Membership(developer_id, team_id, start, end))
            found += stretches
        return found


def first_day(facts: Facts) -> date:
    """The first day of any fact: a membership since ever is shown from there on."""
    days = [row["activity_date"] for path in FACTS for row in facts.until_as_of(path)]
    snapshots = [row["snapshot_date"] for row in facts.until_as_of("raw_github.team_members")]
    return min(days + snapshots, default=facts.as_of)


def bridge_rows(facts: Facts, teams: Teams) -> list[Row]:
    first = first_day(facts)
    return [
        {
            "team_id": membership.team_id,
            "developer_id": membership.developer_id,
            "valid_from": max(first, membership.first),
            "valid_to": membership.last,
        }
        for membership in teams.memberships()
    ]


def team_rows(facts: Facts, teams: Teams) -> list[Row]:
    """Every team ever listed, as last seen; members are counted by primary team, hidden or not."""
    sizes = Counter(teams.on(facts.as_of).values())
    newest: dict[int, Row] = {}
    for row in sorted(facts.until_as_of("raw_github.teams"), key=lambda row: row["scope"]):
        known = newest.get(row["team_id"])
        if known is None or known["snapshot_date"] < row["snapshot_date"]:
            newest[row["team_id"]] = row
    return [
        {
            "team_id": team_key(team_id),
            "team_name": row["name"],
            "parent_team_id": (
                None if row["parent_team_id"] is None else team_key(row["parent_team_id"])
            ),
            "member_count": sizes[team_key(team_id)],
        }
        for team_id, row in newest.items()
    ]
