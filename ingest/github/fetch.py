"""Fetch and land GitHub's activity by local day, and its organisation as snapshots."""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from ingest.errors import SourceError
from ingest.framing import storable
from ingest.github.queries import MEMBER_EMAILS, MORE_REVIEWS, PULL_REQUESTS
from ingest.guard import Guard
from ingest.http import GitHubClient, Gone, NotGranted
from ingest.landing import Landing, LandingReport, Load
from ingest.progress import Progress
from ingest.settings import Settings

log = logging.getLogger("nightquest.ingest")

SOURCE = "github"
#: A search reaches no more than this; GitHub says 1,000, and the last page is unsafe at the limit.
REACHABLE = 1000
#: How often a search whose parts do not add up is made anew before the night is refused.
SEARCHES = 3
#: What is framed of an issue: all else of it (comments, milestones, reactions) is no news.
ISSUE_KEYS = ("node_id", "repository", "number", "state_reason", "closed_at")

#: The moment that decides the day (None: not yet), what is landed, and what of it is hashed.
Fact = tuple[Any, dict[str, Any], dict[str, Any]]


def land_activity(
    settings: Settings, landing: Landing, first_day: date, last_day: date, *,
    time_zone: str = "UTC", transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> LandingReport:  # fmt: skip
    """Land merged pull requests, submitted reviews and closed issues of first_day..last_day.

    Days are local ones in `time_zone` (IANA name), from midnight to midnight; each is landed
    whole, empty ones too. `transport` and `sleep` are for tests.

    Raises:
        SourceError: GitHub is unreachable, refuses, does not know the organisation, or a search's
            parts do not add up. Organisations done before are landed.
    """
    guard = Guard.of(settings, may_empty=True)
    with (
        landing.load(SOURCE) as load,
        GitHubClient(settings, transport=transport, sleep=sleep) as client,
    ):
        for org in settings.github_orgs:
            window = _Window(client, load, guard, org, first_day, last_day, ZoneInfo(time_zone))
            try:
                window.land()
            except (KeyError, TypeError, AttributeError) as error:
                raise SourceError(
                    f"GitHub's answer about {org} is not of the known form ({error!r}); nothing of "
                    "it is loaded."
                ) from error
    return load.report


class _Window:
    """One organisation over one range of local days."""

    def __init__(
        self, client: GitHubClient, load: Load, guard: Guard, org: str, first_day: date,
        last_day: date, zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self.client, self.load, self.guard, self.org, self.zone = client, load, guard, org, zone
        self.scope = f"org:{org}"
        count = (last_day - first_day).days + 1
        self.days = [first_day + timedelta(days=n) for n in range(count)]
        midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=zone)
        self.start = midnight.astimezone(UTC)
        monday = first_day - timedelta(days=first_day.weekday())
        #: The same all week, so that a quiet repository's list of issues costs a 304 at night.
        self.issues_since = min(
            self.start, datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
        )

    def land(self) -> None:
        with _counted(self.client, self.load, "issues"):
            # First of all, because REST knows whether the organisation exists.
            repositories = list(_repositories(self.client, self.org))
        with _counted(self.client, self.load, "pull_requests"):
            pull_requests = self._pull_requests()
        with _counted(self.client, self.load, "reviews"):
            for pull_request in pull_requests:
                self._complete_reviews(pull_request)
        self._land("pull_requests", map(_pull_request_fact, pull_requests))
        self._land("reviews", (fact for pr in pull_requests for fact in _review_facts(pr)))
        try:
            with _counted(self.client, self.load, "issues"):
                issues = self._issues(repositories)
        except NotGranted as error:
            log.warning("The issues of %s are awaited: %s", self.org, error)
            for day in self.days:
                self.load.put_pending("issues", self.scope, day, str(error))
            return
        self._land("issues", map(_issue_fact, issues))

    def _land(self, dataset: str, facts: Iterable[Fact]) -> None:
        """Land the facts of the window's days; those of other days are left out."""
        lines: dict[date, list[bytes]] = defaultdict(list)
        hashed: dict[date, list[bytes]] = defaultdict(list)
        for moment, landed, compared in facts:
            if moment is None:
                continue
            day = self._local_day(moment)
            lines[day].append(_line(landed))
            hashed[day].append(_line(compared))
        for day in self.days:
            self.load.put_lines(dataset, self.scope, day, lines[day], hashed[day], guard=self.guard)

    def _local_day(self, moment: object) -> date:
        """The last day for what is no time: framing puts that row into quarantine there."""
        try:
            parsed = datetime.fromisoformat(str(moment))
            return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(self.zone).date()
        except (ValueError, OverflowError):
            return self.days[-1]

    def _pull_requests(self) -> list[dict[str, Any]]:
        """Every pull request updated since the window's start, once.

        Only more of them can come while the search goes on, so fewer than were counted at first
        means that a part was cut short.
        """
        for _ in range(SEARCHES):
            found: dict[str, dict[str, Any]] = {}
            expected = self._search(self.start, None, found)
            if len(found) >= expected:
                return sorted(found.values(), key=lambda node: str(node["id"]))
            log.warning(
                "GitHub found %s of %s pull requests of %s; searching again.",
                len(found), expected, self.org,
            )  # fmt: skip
        raise SourceError(
            f"GitHub's search finds {len(found)} of the {expected} pull requests of {self.org} "
            f"updated since {_qualifier(self.start)}, {SEARCHES} times; nothing of it is loaded."
        )

    def _search(
        self, start: datetime, end: datetime | None, found: dict[str, dict[str, Any]],
        progress: Progress | None = None,
    ) -> int:  # fmt: skip
        """Add what was updated from `start` to before `end`; returns how many GitHub counts.

        The newest part has no end: what is touched while earlier parts are read moves there.
        """
        second = timedelta(seconds=1)
        window = (
            f">={_qualifier(start)}" if end is None
            else f"{_qualifier(start)}..{_qualifier(end - second)}"
        )  # fmt: skip
        search = f"org:{self.org} is:pr updated:{window} sort:updated-asc"
        pages = self.client.connection(
            PULL_REQUESTS, {"search": search, "after": None}, lambda data: data["search"]
        )
        first_page = next(pages, {})
        expected = first_page["issueCount"]
        progress = progress or Progress(f"Pull requests {self.scope}", "pull request", expected)
        if expected >= REACHABLE:
            middle = start + ((end or datetime.now(UTC)) - start) / 2
            middle = middle.replace(microsecond=0)
            if middle <= start:
                raise SourceError(
                    f"GitHub counts {expected} pull requests of {self.org} updated in the second "
                    f"{_qualifier(start)}, and a search reaches {REACHABLE}: they cannot be read."
                )
            self._search(start, middle, found, progress)
            self._search(middle, end, found, progress)
            return expected
        for page in chain([first_page], pages):
            nodes = [node for node in page["nodes"] if node and node.get("id")]
            found |= {node["id"]: node for node in nodes}
            progress.step(len(nodes), len(nodes))
        return expected

    def _complete_reviews(self, pull_request: dict[str, Any]) -> None:
        """Fetch the reviews that did not fit into the search's answer."""
        reviews = pull_request["reviews"]
        if not reviews["pageInfo"]["hasNextPage"]:
            return
        variables = {"id": pull_request["id"], "after": reviews["pageInfo"]["endCursor"]}
        for page in self.client.connection(
            MORE_REVIEWS, variables,
            lambda data: data["node"] and data["node"]["reviews"],  # null: deleted meanwhile
        ):  # fmt: skip
            reviews["nodes"].extend(page["nodes"])

    def _issues(self, repositories: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Closed issues updated since the window's week began, each once, no pull requests."""
        found: dict[Any, dict[str, Any]] = {}
        progress = Progress(f"Issues {self.scope}", "repository", len(repositories))
        params = {
            "state": "closed",
            "since": _qualifier(self.issues_since),
            "sort": "updated",
            "direction": "asc",
        }
        for repository in repositories:
            name = storable(repository["full_name"])
            rows = 0
            if repository.get("has_issues") is not False:
                path = f"/repos/{quote(name)}/issues"
                try:
                    issues = list(self.client.pages(path, params, f"repository {name}"))
                except Gone as error:  # deleted since the list, blocked, or without issues
                    log.warning("The issues of %s are left out: %s", name, error)
                    issues = []
                for issue in issues:
                    rows += 1
                    if "pull_request" not in issue:
                        key = issue.get("node_id") or len(found)  # without one: for quarantine
                        found[key] = issue | {"repository": name}
            progress.step(rows)
        return list(found.values())


def land_organisation(
    settings: Settings, landing: Landing, snapshot_day: date, *,
    transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep,
) -> LandingReport:  # fmt: skip
    """Land members, teams and team members as they are now, as the snapshot of `snapshot_day`.

    Where the settings match people by e-mail also the members' verified addresses, if GitHub shows
    them. A snapshot that equals the last one on or before that day is not landed again.

    Raises:
        SourceError: as `land_activity`.
    """
    guard = Guard.of(settings, may_empty=False)
    with (
        landing.load(SOURCE) as load,
        GitHubClient(settings, transport=transport, sleep=sleep) as client,
    ):
        for org in settings.github_orgs:
            snapshots = _organisation(client, load, org)
            # Asked for where there are people of other sources to be matched.
            others = settings.sources_file or settings.inbox
            if others and "email" in settings.identity_matching:
                snapshots |= _member_emails(client, load, org)
            teams = snapshots.pop("teams")
            is_in_force = {
                dataset: load.put_snapshot(
                    dataset, f"org:{org}", snapshot_day, [_line(item) for item in items], guard
                )
                for dataset, items in snapshots.items()
            }
            # The names of teams go with their members: those in force need the names they had.
            if is_in_force["team_members"]:
                lines = [_line(team) for team in teams]
                load.put_snapshot("teams", f"org:{org}", snapshot_day, lines)
    return load.report


def _organisation(client: GitHubClient, load: Load, org: str) -> dict[str, list[dict[str, Any]]]:
    place, known = f"/orgs/{quote(org, safe='')}", _known(org)
    with _counted(client, load, "members"):
        members = list(client.pages(f"{place}/members", {}, known))
    with _counted(client, load, "teams"):
        teams = list(client.pages(f"{place}/teams", {}, known))
    with _counted(client, load, "team_members"):
        team_members = [member for team in teams for member in _team_members(client, place, team)]
    return {"members": members, "teams": teams, "team_members": team_members}


def _team_members(
    client: GitHubClient, place: str, team: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The members of a team, each with its team; none of one that was deleted since the list."""
    slug = storable(str(team.get("slug")))
    path = f"{place}/teams/{quote(slug, safe='')}/members"
    try:
        members = list(client.pages(path, {}, f"team {slug}"))
    except Gone as error:
        log.warning("The members of the team %s are left out: %s", slug, error)
        return []
    return [{"team": {"id": team.get("id"), "slug": team.get("slug")}, **one} for one in members]


def _member_emails(client: GitHubClient, load: Load, org: str) -> dict[str, list[dict[str, Any]]]:
    """The members with an address in one of the organisation's verified domains.

    No snapshot at all where the token may not see them: the last one then holds on.
    """
    try:
        with _counted(client, load, "member_emails"):
            members = [
                member
                for page in client.connection(
                    MEMBER_EMAILS, {"org": org, "after": None},
                    lambda data: data["organization"]["membersWithRole"],
                )
                for member in page["nodes"]
                if member and member["organizationVerifiedDomainEmails"]
            ]  # fmt: skip
    except NotGranted as error:
        log.warning(
            "No verified e-mail addresses of %s tonight: nobody new is matched by them. %s Allow "
            "the token or the App what GitHub asks for there, or leave email out of "
            "NIGHTQUEST_IDENTITY_MATCHING.",
            org, error,
        )  # fmt: skip
        return {}
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"GitHub's answer about the members of {org} is not of the known form ({error!r}); "
            "nothing of it is loaded."
        ) from error
    members.sort(key=lambda member: str(member["login"]))
    return {"member_emails": members}


def _repositories(client: GitHubClient, org: str) -> Iterable[dict[str, Any]]:
    path = f"/orgs/{quote(org, safe='')}/repos"
    for repository in client.pages(path, {}, _known(org)):
        if not isinstance(repository.get("full_name"), str):
            raise SourceError(f"GitHub lists a repository of {org} without a full_name.")
        yield repository


def _known(org: str) -> str:
    return f"organisation {org} that this token may read: check NIGHTQUEST_GITHUB_ORGS"


@contextmanager
def _counted(client: GitHubClient, load: Load, dataset: str) -> Iterator[None]:
    """Count the requests, those saved and the waits inside `with` for a dataset's report."""
    requests, saved, waits = client.requests, client.requests_saved, client.retries.waits
    yield
    counts = load.report.of(dataset)
    counts.requests += client.requests - requests
    counts.requests_saved += client.requests_saved - saved
    counts.waits += client.retries.waits - waits
    counts.requests_left = client.requests_left


def _pull_request_fact(
    node: Mapping[str, Any],
) -> Fact:
    """Landed without what each comment changes: a merge's day would look restated for nothing."""
    fact = {key: value for key, value in node.items() if key not in ("reviews", "updatedAt")}
    return node["mergedAt"], fact, fact


def _review_facts(
    node: Mapping[str, Any],
) -> Iterable[Fact]:
    pull_request = {key: node[key] for key in ("id", "number", "author", "repository")}
    reviews = {review["id"]: review for review in node["reviews"]["nodes"] if review}
    for review in reviews.values():
        if review["submittedAt"] is not None and review["state"] != "PENDING":
            fact = {"pullRequest": pull_request, **review}
            yield review["submittedAt"], fact, fact


def _issue_fact(
    issue: Mapping[str, Any],
) -> Fact:
    compared = {key: issue.get(key) for key in ISSUE_KEYS}
    compared |= {key: _who(issue.get(key)) for key in ("assignees", "closed_by")}
    return issue.get("closed_at"), dict(issue), compared


def _who(people: Any) -> Any:
    """Users without their addresses and settings; whatever is no user stays for quarantine."""
    if isinstance(people, list):
        return [_who(person) for person in people]
    if isinstance(people, dict):
        return [people.get(key) for key in ("id", "login", "type")]
    return people


def _line(item: Mapping[str, Any]) -> bytes:
    return json.dumps(item, separators=(",", ":"), sort_keys=True).encode()


def _qualifier(moment: datetime) -> str:
    """A time as searches and `since` take it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
