"""What the simulated organisation holds, in the shapes that its interfaces answer with.

Pull requests and reviews are kept as the plain dicts that GraphQL selects from, so that a page of
100 costs no conversion. All moments are GitHub's text form in UTC (`2026-10-30T09:15:00Z`): it
sorts and compares as text.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

#: The largest id that GraphQL's 32 bit `Int` can carry.
LARGEST_ID = 2**31 - 1


def moment(value: datetime) -> str:
    """A time as GitHub writes it: UTC, whole seconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(epoch: int) -> str:
    """Epoch seconds as GitHub writes a time."""
    return moment(datetime.fromtimestamp(epoch, UTC))


def parsed_moment(text: str) -> str:
    """Any ISO date or time (UTC where it has no offset) as GitHub writes it, else ValueError."""
    value = datetime.fromisoformat(text)
    return moment(value if value.tzinfo else value.replace(tzinfo=UTC))


def token_of(*parts: object) -> str:
    """A short text that is always the same for the same parts: the body of a node id."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:20]


def stable_user_id(login: str) -> int:
    """A user id in 1..2^31-1 that depends on the login alone."""
    digest = hashlib.sha256(login.encode()).digest()
    return int.from_bytes(digest[:8]) % LARGEST_ID + 1


@dataclass(frozen=True)
class Person:
    """A user or bot. A bot's login ends in `[bot]` in REST and lacks that in GraphQL."""

    user_id: int
    login: str
    is_bot: bool = False

    @property
    def node_id(self) -> str:
        return ("BOT_" if self.is_bot else "U_") + token_of("user", self.user_id)

    @cached_property
    def actor(self) -> dict[str, Any]:
        login = self.login.removesuffix("[bot]") if self.is_bot else self.login
        page = f"https://github.com/{'apps/' if self.is_bot else ''}{login}"
        return {
            "__typename": "Bot" if self.is_bot else "User",
            "id": self.node_id, "databaseId": self.user_id, "login": login, "url": page,
        }  # fmt: skip


@dataclass(frozen=True)
class Team:
    """A team with its own members; those of its child teams are not repeated here."""

    team_id: int
    slug: str
    name: str
    members: tuple[Person, ...]
    parent: str | None = None


@dataclass(frozen=True)
class Company:
    """The rows of the emulated Snowflake's tables, in the order of their columns."""

    tasks: list[tuple[str, date, int, Decimal, int]]
    training: list[tuple[str, str, Decimal, datetime]]
    absences: list[tuple[str, date]]


def review_of(
    reviewer: Person | None, state: str, submitted_at: str | None, *reference: object
) -> dict[str, Any]:
    """A pull request's review; `reference` makes its node id unique."""
    return {
        "__typename": "PullRequestReview", "id": "PRR_" + token_of(*reference), "state": state,
        "submittedAt": submitted_at, "author": reviewer and reviewer.actor,
    }  # fmt: skip


def pull_request_of(
    *, repository: str, number: int, author: Person | None, created_at: str,
    merged_at: str | None = None, closed_at: str | None = None, merged_by: Person | None = None,
    size: tuple[int, int, int], labels: Sequence[str] = (), reviews: list[dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """A pull request; `size` is additions, deletions, changed files."""
    closed_at = merged_at or closed_at
    reviews = sorted(reviews, key=lambda review: review["submittedAt"] or created_at)
    times = [created_at, closed_at, *(review["submittedAt"] for review in reviews)]
    return {
        "__typename": "PullRequest",
        "id": "PR_" + token_of("pull request", repository, number),
        "number": number,
        "title": f"Change {number}",
        "url": f"https://github.com/{repository}/pull/{number}",
        "state": "MERGED" if merged_at else "CLOSED" if closed_at else "OPEN",
        "merged": merged_at is not None,
        "isDraft": False,
        "createdAt": created_at,
        "updatedAt": max(time for time in times if time),
        "mergedAt": merged_at,
        "closedAt": closed_at,
        "additions": size[0], "deletions": size[1], "changedFiles": size[2],
        "author": author and author.actor,
        "mergedBy": merged_by and merged_by.actor,
        "repository": {
            "id": "R_" + token_of("repository", repository),
            "name": repository.partition("/")[2],
            "nameWithOwner": repository,
            "url": f"https://github.com/{repository}",
        },
        "labels": [{"id": "LA_" + token_of(repository, name), "name": name} for name in labels],
        "reviews": reviews,
    }  # fmt: skip


class TimeIndex:
    """Pull requests ordered by one of their times, to cut a window out without a scan."""

    def __init__(self, pull_requests: Iterable[dict[str, Any]], key: str) -> None:
        dated = (item for item in pull_requests if item[key])
        self.items = sorted(dated, key=lambda item: (item[key], item["id"]))
        self.times = [item[key] for item in self.items]

    def between(self, first: str, last: str) -> list[dict[str, Any]]:
        return self.items[bisect_left(self.times, first) : bisect_right(self.times, last)]


@dataclass
class Organisation:
    """All that is served, whatever the organisation or enterprise is called that is asked for.

    `issues` holds REST drafts (see `rest.issue_of`), by repository. `copilot` holds the lines of
    each day's users report, `copilot_teams` those of its user-teams report, as they are sent; where
    no day has any of these, there are no user-teams reports at all. `has_all_days`: a day without
    lines is a complete report without rows, whatever the day; otherwise days outside
    first_day..last_day have no report yet.
    """

    first_day: date
    last_day: date
    members: list[Person]
    pull_requests: list[dict[str, Any]]
    repositories: list[str]
    teams: list[Team] = field(default_factory=list)
    issues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    copilot: dict[date, list[str]] = field(default_factory=dict)
    copilot_teams: dict[date, list[str]] = field(default_factory=dict)
    has_all_days: bool = False
    company: Company | None = None

    def __post_init__(self) -> None:
        self.members.sort(key=lambda person: person.user_id)
        self.times = {
            key: TimeIndex(self.pull_requests, key)
            for key in ("createdAt", "updatedAt", "mergedAt", "closedAt")
        }
        self.nodes = {item["id"]: item for item in self.pull_requests}

    def report(self, day: date, of_teams: bool = False) -> list[str] | None:
        """The lines of a day's Copilot report; None when there is no report."""
        if self.has_all_days or self.first_day <= day <= self.last_day:
            return (self.copilot_teams if of_teams else self.copilot).get(day, [])
        return None
