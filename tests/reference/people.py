"""Who is who: people, bots, logins and the roster (game.md sections 1 and 9)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from .facts import Facts, Row
from .identity import Directory, keyed_facts


@dataclass(frozen=True)
class Sighting:
    """An account seen in a row. `is_acting`: the row makes it a developer of ours.

    `source_rank` decides between two logins of one account on one day (members speak last).
    """

    day: date
    source_rank: int
    user_id: int
    login: str | None
    type: str | None
    is_acting: bool


@dataclass
class People:
    """Developers and bots by user id.

    `left_on` is known of former members only, `joined_on` of who came after the first snapshot.
    """

    developers: set[int]
    bots: set[int]
    login_of: dict[int, str | None]
    roster: set[int]
    left_on: dict[int, date]
    joined_on: dict[int, date]
    directory: Directory

    def find(self, source: str, row: Row) -> int | None:
        """The user id (of a developer or a bot) that a fact of another source means, if any."""
        return self.directory.find(source, row["person_key"], row["key_kind"]).user_id

    def display_name(self, user_id: int) -> str | None:
        return self.directory.said_of(user_id, "display_name") or self.login_of[user_id]


def counted_for(issue: Row) -> int | None:
    """A closed issue counts for the assignee if there is exactly one, else for the closer."""
    return issue["assignee_id"] if issue["assignee_count"] == 1 else issue["closer_id"]


def sightings(facts: Facts) -> Iterator[Sighting]:
    def seen(
        day: date,
        rank: int,
        user_id: int | None,
        login: str | None,
        kind: str | None,
        is_acting: bool = True,
    ) -> Iterator[Sighting]:
        if user_id is not None:
            yield Sighting(day, rank, user_id, login, kind, is_acting)

    for row in facts.until_as_of("raw_github.members"):
        yield from seen(row["snapshot_date"], 3, row["user_id"], row["login"], row["type"])
    for row in facts.until_as_of("raw_github.member_emails"):
        yield from seen(row["snapshot_date"], 3, row["user_id"], row["login"], None)
    for row in facts.until_as_of("raw_copilot.user_days"):
        yield from seen(row["activity_date"], 1, row["user_id"], row["user_login"], None)
    for row in facts.until_as_of("raw_github.pull_requests"):
        yield from seen(
            row["activity_date"], 2, row["author_id"], row["author_login"], row["author_type"]
        )
    for row in facts.until_as_of("raw_github.reviews"):
        day = row["activity_date"]
        yield from seen(day, 2, row["reviewer_id"], row["reviewer_login"], row["reviewer_type"])
        yield from seen(
            day,
            2,
            row["pull_request_author_id"],
            row["pull_request_author_login"],
            None,
            is_acting=False,
        )
    for row in facts.until_as_of("raw_github.issues"):
        day = row["activity_date"]
        counted = counted_for(row) if row["state_reason"] == "completed" else None
        for role in ("assignee", "closer"):
            user_id = row[f"{role}_id"]
            yield from seen(
                day, 2, user_id, row[f"{role}_login"], row[f"{role}_type"], user_id == counted
            )


def glob_matches(pattern: str, login: str) -> bool:
    """Only `*` and `?` are wild: the default pack's `*[bot]` means the literal ending."""
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(sign, re.escape(sign)) for sign in pattern.lower())
    return re.fullmatch(expression, login.lower(), re.DOTALL) is not None


def find_bot_logins(facts: Facts, logins: set[str]) -> set[str]:
    patterns = ["*[bot]", *(row["pattern"] for row in facts["raw_rules.bot_patterns"])]
    return {login for login in logins if any(glob_matches(pattern, login) for pattern in patterns)}


def find_bots(facts: Facts, seen: list[Sighting]) -> set[int]:
    """Whoever is a bot in any row is a bot in all of them."""
    bot_logins = find_bot_logins(facts, {s.login for s in seen if s.login is not None})
    return {s.user_id for s in seen if s.type == "Bot" or s.login in bot_logins}


def read_roster(facts: Facts) -> tuple[set[int], dict[int, date]]:
    """Members of each scope's latest snapshot; former members with the last day they belonged."""
    snapshots: dict[str, dict[date, set[int]]] = {}
    for row in facts.until_as_of("raw_github.members"):
        of_scope = snapshots.setdefault(row["scope"], {})
        of_scope.setdefault(row["snapshot_date"], set()).add(row["user_id"])
    roster: set[int] = set()
    left: dict[int, date] = {}
    for of_scope in snapshots.values():
        days = sorted(of_scope)
        roster |= of_scope[days[-1]]
        for earlier, later in pairwise(days):
            afterwards = set().union(*(of_scope[day] for day in days if day >= later))
            for user_id in of_scope[earlier] - afterwards:
                last_day = later - timedelta(days=1)
                left[user_id] = max(left.get(user_id, last_day), last_day)
    return roster, {user_id: day for user_id, day in left.items() if user_id not in roster}


def read_joined(facts: Facts) -> dict[int, date]:
    """Since when they belong: whom each scope that ever listed them listed later than others."""
    firsts: dict[str, date] = {}
    seen: dict[int, dict[str, date]] = {}
    for row in sorted(
        facts.until_as_of("raw_github.members"), key=lambda row: row["snapshot_date"]
    ):
        firsts.setdefault(row["scope"], row["snapshot_date"])
        seen.setdefault(row["user_id"], {}).setdefault(row["scope"], row["snapshot_date"])
    return {
        user_id: min(of_scope.values())
        for user_id, of_scope in seen.items()
        if all(day > firsts[scope] for scope, day in of_scope.items())
    }


def read_people(facts: Facts) -> People:
    """Whom GitHub showed, whom a fact means by an id that GitHub did not show, and who holds an
    announced award though the facts no longer know them.
    """
    seen = list(sightings(facts))
    bots = find_bots(facts, seen)
    acting = [sighting for sighting in seen if sighting.is_acting]
    named = [(s.day, s.source_rank, s.login, s.user_id) for s in acting if s.login is not None]
    login_of: dict[int, str | None] = {s.user_id: None for s in acting}
    for _, _, login, user_id in sorted(named):
        login_of[user_id] = login
    id_of_login: dict[str, int] = {}
    for _, login, user_id in sorted((day, login, user_id) for day, _, login, user_id in named):
        id_of_login[login.lower()] = user_id
    directory = Directory(facts, id_of_login)
    meant = {directory.find(*key).user_id for key in dict(keyed_facts(facts))}
    awarded = {
        int(row["developer_id"].removeprefix("github:")) for row in facts["ops.announced_awards"]
    }
    known = {user_id for user_id in meant if user_id is not None} | awarded
    for unseen in known - login_of.keys() - bots:
        login_of[unseen] = directory.said_of(unseen, "github_login") or str(unseen)
        if find_bot_logins(facts, {login_of[unseen]}):
            bots.add(unseen)
    roster, left_on = read_roster(facts)
    return People(
        login_of.keys() - bots,
        bots,
        login_of,
        roster - bots,
        left_on,
        read_joined(facts),
        directory,
    )
