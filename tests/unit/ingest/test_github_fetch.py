"""GitHub's activity over the wire: every fact on its local day, nothing lost between pages."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from ingest.errors import SourceError
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing, LandingReport
from ingest.settings import Settings

ADA = {"__typename": "User", "login": "ada", "databaseId": 1}
BOB = {"__typename": "User", "login": "bob", "databaseId": 2}


def review(number: int, submitted: str | None, state: str = "APPROVED") -> dict[str, Any]:
    return {"id": f"R{number}", "state": state, "submittedAt": submitted, "author": BOB}


def pull_request(
    number: int, updated: str, merged: str | None = None, reviews: list[Any] | None = None
) -> dict[str, Any]:
    return {
        "id": f"PR{number:04}", "number": number, "state": "MERGED" if merged else "OPEN",
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": updated, "mergedAt": merged,
        "additions": 10, "deletions": 2, "changedFiles": 1, "author": ADA, "mergedBy": BOB,
        "repository": {"nameWithOwner": "acme/web"}, "labels": {"nodes": []},
        "reviews": reviews or [],
    }  # fmt: skip


def issue(number: int, closed: str, **fields: Any) -> dict[str, Any]:
    return {"node_id": f"I{number}", "number": number, "closed_at": closed, "state": "closed",
            "state_reason": "completed", "assignees": [], "closed_by": None,
            "updated_at": closed, "comments": 0} | fields  # fmt: skip


class FakeGitHub:
    """Searches by `updated:` with GitHub's limits; `reachable` and `page` may be made smaller."""

    def __init__(self) -> None:
        self.pull_requests: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.repositories = [{"full_name": "acme/web", "has_issues": True}]
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.emails: list[dict[str, Any]] = []
        self.page, self.review_page = 100, 20
        self.searches: list[str] = []
        self.paths: list[str] = []
        self.before_search: Callable[[str], None] = lambda _: None
        self.lost = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"data": self.answer(json.loads(request.content))})
        path = request.url.path
        self.paths.append(str(request.url.copy_with(host="x")).removeprefix("https://x"))
        if path == "/orgs/acme/repos":
            return httpx.Response(200, json=self.repositories)
        if path == "/repos/acme/web/issues":
            return httpx.Response(200, json=self.issues)
        found = self.lists.get(path)
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        variables = body["variables"]
        start = int(variables["after"] or 0)
        if "id" in variables:
            node = next(n for n in self.pull_requests if n["id"] == variables["id"])
            return {"node": {"reviews": self.reviews(node, start, 100)}}
        if "org" in variables:
            page = {"hasNextPage": start + 100 < len(self.emails), "endCursor": str(start + 100)}
            nodes = self.emails[start : start + 100]
            return {"organization": {"membersWithRole": {"pageInfo": page, "nodes": nodes}}}
        if start == 0:
            self.searches.append(variables["search"])
            self.before_search(variables["search"])
        found = self.found(variables["search"])
        nodes = [n | {"reviews": self.reviews(n, 0, self.review_page)} for n in found]
        nodes = nodes[: len(nodes) - self.lost][start : start + self.page]
        more = start + self.page < min(len(found), 1000)
        page = {"hasNextPage": more, "endCursor": str(start + self.page)}
        return {"search": {"issueCount": len(found), "pageInfo": page, "nodes": nodes}}

    def found(self, search: str) -> list[dict[str, Any]]:
        window = re.fullmatch(
            r"org:acme is:pr updated:(?:>=(\S+?)|(\S+?)\.\.(\S+)) sort:updated-asc", search
        )
        assert window, search
        start, end = window[1] or window[2], window[3] or "9999"
        found = [n for n in self.pull_requests if start <= n["updatedAt"] <= end]
        return sorted(found, key=lambda n: (n["updatedAt"], n["id"]))

    @staticmethod
    def reviews(node: dict[str, Any], start: int, size: int) -> dict[str, Any]:
        end = start + size
        more = end < len(node["reviews"])
        page = {"hasNextPage": more, "endCursor": str(end)}
        return {"nodes": node["reviews"][start:end], "pageInfo": page}


@pytest.fixture
def github() -> FakeGitHub:
    return FakeGitHub()


@pytest.fixture
def land(settings: Settings, landing: Landing, github: FakeGitHub) -> Callable[..., LandingReport]:
    def run(
        first: date = date(2026, 5, 4), last: date = date(2026, 5, 5), zone: str = "UTC"
    ) -> LandingReport:
        return land_activity(
            settings, landing, first, last, time_zone=zone,
            transport=httpx.MockTransport(github), sleep=lambda _: None,
        )  # fmt: skip

    return run


def landed(landing: Landing, dataset: str) -> dict[str, list[dict[str, Any]]]:
    """Landed lines by day; every complete day has an entry."""
    days = {}
    for row in landing.states().sort("day").iter_rows(named=True):
        if row["dataset"] == dataset:
            assert row["is_complete"]
            content = landing.content(row["payload"]) if row["payload"] else b""
            days[str(row["day"])] = [json.loads(line) for line in content.splitlines()]
    return days


def numbers(landing: Landing, dataset: str, key: str = "number") -> dict[str, list[Any]]:
    found = landed(landing, dataset)
    return {day: sorted(line[key] for line in lines) for day, lines in found.items()}


def test_pull_requests_fall_on_the_day_of_their_merge_and_every_day_is_landed(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    github.pull_requests = [
        pull_request(1, "2026-05-04T10:00:00Z", "2026-05-04T10:00:00Z"),
        pull_request(2, "2026-05-09T10:00:00Z", "2026-05-04T11:00:00Z"),  # touched since
        pull_request(3, "2026-05-04T12:00:00Z", "2026-05-03T10:00:00Z"),  # merged before
        pull_request(4, "2026-05-04T12:00:00Z"),
    ]
    land()
    assert numbers(landing, "pull_requests") == {"2026-05-04": [1, 2], "2026-05-05": []}


def test_days_run_from_local_midnight_to_local_midnight(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    github.pull_requests = [
        pull_request(1, "2026-05-03T21:59:59Z", "2026-05-03T21:59:59Z"),
        pull_request(2, "2026-05-03T22:00:00Z", "2026-05-03T22:00:00Z"),
        pull_request(3, "2026-05-04T22:30:00Z", "2026-05-04T22:30:00Z"),
        pull_request(4, "2026-05-05T22:00:00Z", "2026-05-05T22:00:00Z"),
    ]
    land(zone="Europe/Berlin")
    assert github.searches == ["org:acme is:pr updated:>=2026-05-03T22:00:00Z sort:updated-asc"]
    assert numbers(landing, "pull_requests") == {"2026-05-04": [2], "2026-05-05": [3]}


def test_reviews_of_open_and_merged_pull_requests_fall_on_their_submission(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    github.pull_requests = [
        pull_request(1, "2026-05-05T10:00:00Z", "2026-05-05T10:00:00Z",
                     [review(1, "2026-05-04T09:00:00Z"), review(2, "2026-05-03T09:00:00Z")]),
        pull_request(2, "2026-05-05T10:00:00Z", None,
                     [review(3, "2026-05-05T09:00:00Z", "COMMENTED"), review(4, None, "PENDING"),
                      review(5, "2026-05-05T09:00:00Z", "PENDING")]),
    ]  # fmt: skip
    land()
    assert numbers(landing, "reviews", "id") == {"2026-05-04": ["R1"], "2026-05-05": ["R3"]}
    assert landed(landing, "reviews")["2026-05-05"][0]["pullRequest"] == {
        "id": "PR0002", "number": 2, "author": ADA, "repository": {"nameWithOwner": "acme/web"},
    }  # fmt: skip


def test_reviews_beyond_the_first_page_are_fetched(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    reviews = [review(n, "2026-05-04T09:00:00Z") for n in range(250)]
    github.pull_requests = [pull_request(1, "2026-05-04T10:00:00Z", None, reviews)]
    report = land()
    assert len(landed(landing, "reviews")["2026-05-04"]) == 250
    assert report.of("reviews").requests == 3


def test_a_window_with_a_thousand_results_is_halved_until_every_one_is_found(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    stamps = [f"2026-05-04T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z" for n in range(2500)]
    github.pull_requests = [pull_request(n, t, t) for n, t in enumerate(stamps)]
    land()
    assert numbers(landing, "pull_requests")["2026-05-04"] == list(range(2500))
    assert len(github.searches) > 3
    assert sum(">=" in search for search in github.searches[1:]) >= 1  # the newest has no end


def test_a_pull_request_touched_while_paging_is_found_once_in_the_newest_part(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    stamp = "2026-05-04T10:00:00Z"
    github.pull_requests = [pull_request(n, stamp, stamp) for n in range(5)]
    github.page = 2

    def touch(_: str) -> None:
        github.pull_requests[4]["updatedAt"] = "2026-05-04T23:00:00Z"

    github.before_search = touch
    land()
    assert numbers(landing, "pull_requests")["2026-05-04"] == [0, 1, 2, 3, 4]


def test_parts_that_do_not_add_up_stop_the_night(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    stamp = "2026-05-04T10:00:00Z"
    github.pull_requests = [pull_request(n, stamp, stamp) for n in range(5)]
    github.lost = 1
    with pytest.raises(SourceError, match="finds 4 of the 5 pull requests of acme"):
        land()
    assert landing.states().is_empty()


def test_a_comment_on_an_old_pull_request_or_issue_changes_no_day(
    land: Callable[..., LandingReport], github: FakeGitHub
) -> None:
    stamp = "2026-05-04T10:00:00Z"
    github.pull_requests = [pull_request(1, stamp, stamp)]
    github.issues = [issue(1, stamp)]
    land()
    github.pull_requests[0]["updatedAt"] = "2026-05-06T10:00:00Z"
    github.issues[0] |= {"updated_at": "2026-05-06T10:00:00Z", "comments": 1}
    report = land()
    assert [counts.changed_days for counts in report.datasets.values()] == [0, 0, 0]


def test_issues_are_kept_by_their_day_of_closing_without_pull_requests(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    github.issues = [
        issue(1, "2026-05-04T10:00:00Z"),
        issue(2, "2026-05-04T10:00:00Z", pull_request={"url": "x"}),
        issue(3, "2026-05-01T10:00:00Z"),
    ]
    github.repositories.append({"full_name": "acme/wiki", "has_issues": False})
    land()
    assert numbers(landing, "issues") == {"2026-05-04": [1], "2026-05-05": []}
    assert github.paths == [
        "/orgs/acme/repos?per_page=100",
        "/repos/acme/web/issues?state=closed&since=2026-05-04T00%3A00%3A00Z&sort=updated"
        "&direction=asc&per_page=100",
    ]


def test_an_unknown_organisation_is_named_with_its_setting(
    settings: Settings, landing: Landing, github: FakeGitHub
) -> None:
    unknown = settings.model_copy(update={"github_orgs": ["nobody"]})
    transport = httpx.MockTransport(github)
    said = re.escape(
        "GitHub at api.test knows no organisation nobody that this token may read: check "
        "NIGHTQUEST_GITHUB_ORGS (404)."
    )
    with pytest.raises(SourceError, match=said):
        land_activity(unknown, landing, date(2026, 5, 4), date(2026, 5, 4), transport=transport)
    with pytest.raises(SourceError, match=said):
        land_organisation(unknown, landing, date(2026, 5, 4), transport=transport)
    assert landing.states().is_empty()


def test_an_answer_of_an_unknown_form_is_no_stack_trace(
    land: Callable[..., LandingReport], github: FakeGitHub
) -> None:
    node = pull_request(1, "2026-05-04T10:00:00Z")
    github.answer = lambda _: {  # type: ignore[method-assign]
        "search": {"issueCount": 1, "pageInfo": {"hasNextPage": False}, "nodes": [
            {key: value for key, value in node.items() if key != "mergedAt"} | {
                "reviews": {"nodes": [], "pageInfo": {"hasNextPage": False}}}]}
    }  # fmt: skip
    with pytest.raises(SourceError, match=r"not of the known form.*mergedAt"):
        land()


def test_members_teams_and_their_members_are_one_snapshot(
    settings: Settings, landing: Landing, github: FakeGitHub
) -> None:
    github.lists = {
        "/orgs/acme/members": [{"id": 1, "login": "ada", "type": "User"}],
        "/orgs/acme/teams": [{"id": 9, "slug": "core team", "name": "Core", "parent": None}],
        "/orgs/acme/teams/core team/members": [{"id": 1, "login": "ada", "type": "User"}],
    }
    for day in (4, 5):
        report = land_organisation(
            settings, landing, date(2026, 5, day), transport=httpx.MockTransport(github)
        )
    assert {name: counts.changed_days for name, counts in report.datasets.items()} == {
        "members": 0, "teams": 0, "team_members": 0,
    }  # fmt: skip
    assert landed(landing, "team_members") == {
        "2026-05-04": [
            {"id": 1, "login": "ada", "type": "User", "team": {"id": 9, "slug": "core team"}}
        ]
    }
    github.lists["/orgs/acme/members"].append({"id": 2, "login": "bob", "type": "User"})
    land_organisation(settings, landing, date(2026, 5, 6), transport=httpx.MockTransport(github))
    assert list(landed(landing, "members")) == ["2026-05-04", "2026-05-06"]


def member(number: int, *emails: str) -> dict[str, Any]:
    return {"databaseId": number, "login": f"user-{number:03}",
            "organizationVerifiedDomainEmails": list(emails)}  # fmt: skip


@pytest.fixture
def organisation(github: FakeGitHub) -> FakeGitHub:
    """An organisation of nobody, as REST shows it."""
    github.lists = {"/orgs/acme/members": [], "/orgs/acme/teams": []}
    return github


@pytest.fixture
def matching(settings: Settings) -> Settings:
    """People of dropped files are to be matched to accounts."""
    return settings.model_copy(update={"inbox": "inbox"})


def test_members_with_verified_addresses_are_a_snapshot_over_all_pages(
    matching: Settings, landing: Landing, organisation: FakeGitHub
) -> None:
    organisation.emails = [member(n, f"{n}@acme.test") for n in range(150)]
    organisation.emails += [member(150), member(151, "a@acme.test", "b@acme.test")]
    report = land_organisation(
        matching, landing, date(2026, 5, 4), transport=httpx.MockTransport(organisation)
    )
    lines = landed(landing, "member_emails")["2026-05-04"]
    assert [line["databaseId"] for line in lines] == [*range(150), 151]
    assert lines[-1]["organizationVerifiedDomainEmails"] == ["a@acme.test", "b@acme.test"]
    assert report.of("member_emails").requests == 2


@pytest.mark.parametrize("change", [{"identity_matching": ["login"]}, {"inbox": None}])
def test_nobody_asks_for_addresses_where_nobody_is_matched_by_them(
    matching: Settings, landing: Landing, organisation: FakeGitHub, change: dict[str, Any]
) -> None:
    organisation.emails = [member(1, "1@acme.test")]
    report = land_organisation(
        matching.model_copy(update=change), landing, date(2026, 5, 4),
        transport=httpx.MockTransport(organisation),
    )  # fmt: skip
    assert "member_emails" not in report.datasets


@pytest.mark.parametrize("kind", ["FORBIDDEN", "INSUFFICIENT_SCOPES"])
def test_addresses_that_may_not_be_seen_are_a_warning_and_the_night_goes_on(
    matching: Settings, landing: Landing, organisation: FakeGitHub,
    caplog: pytest.LogCaptureFixture, kind: str,
) -> None:  # fmt: skip
    def refuse(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            errors = [{"type": kind, "message": "The field requires admin:org."}]
            return httpx.Response(200, json={"data": {"organization": None}, "errors": errors})
        return organisation(request)

    land_organisation(matching, landing, date(2026, 5, 4), transport=httpx.MockTransport(refuse))
    assert sorted(landing.states()["dataset"]) == ["members", "team_members", "teams"]
    assert "The field requires admin:org." in caplog.text
    assert "NIGHTQUEST_IDENTITY_MATCHING" in caplog.text


def test_members_of_an_unknown_form_are_no_stack_trace(
    matching: Settings, landing: Landing, organisation: FakeGitHub
) -> None:
    organisation.emails = [{"login": "ada"}]
    with pytest.raises(SourceError, match=r"members of acme is not of the known form"):
        land_organisation(
            matching, landing, date(2026, 5, 4), transport=httpx.MockTransport(organisation)
        )


def test_a_search_whose_next_page_is_the_same_again_is_refused(
    land: Callable[..., LandingReport], github: FakeGitHub
) -> None:
    github.answer = lambda _: {  # type: ignore[method-assign]
        "search": {"issueCount": 9, "pageInfo": {"hasNextPage": True, "endCursor": "same"},
                   "nodes": []}
    }  # fmt: skip
    with pytest.raises(SourceError, match="pages of a query without an end, after 2 of them"):
        land()


def test_issues_are_asked_for_since_the_monday_so_that_the_address_stays_all_week(
    land: Callable[..., LandingReport], github: FakeGitHub
) -> None:
    for day in (5, 6, 10):  # Tuesday, Wednesday, Sunday
        land(date(2026, 5, day), date(2026, 5, day))
    asked = {path for path in github.paths if "/issues" in path}
    assert asked == {
        "/repos/acme/web/issues?state=closed&since=2026-05-04T00%3A00%3A00Z&sort=updated"
        "&direction=asc&per_page=100"
    }


def test_a_monday_that_begins_on_sunday_in_utc_is_read_from_its_beginning(
    land: Callable[..., LandingReport], github: FakeGitHub
) -> None:
    land(date(2026, 5, 4), date(2026, 5, 4), "Europe/Berlin")
    assert any("since=2026-05-03T22%3A00%3A00Z" in path for path in github.paths)


def test_a_pull_request_that_moved_to_another_repository_replaces_its_former_line(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    stamp = "2026-05-04T10:00:00Z"
    github.pull_requests = [pull_request(1, stamp, stamp)]
    land()
    github.pull_requests[0]["repository"] = {"nameWithOwner": "acme/new"}
    land()
    (line,) = landed(landing, "pull_requests")["2026-05-04"]
    assert (line["id"], line["repository"]["nameWithOwner"]) == ("PR0001", "acme/new")


def test_an_issue_listed_by_two_repositories_while_it_moves_is_landed_once(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    github.issues = [issue(1, "2026-05-04T10:00:00Z"), issue(1, "2026-05-04T10:00:00Z")]
    land()
    assert numbers(landing, "issues")["2026-05-04"] == [1]


def test_issues_without_a_node_id_all_come_to_quarantine(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    nameless = [issue(n, "2026-05-04T10:00:00Z") for n in (1, 2)]
    for one in nameless:
        del one["node_id"]
    github.issues = nameless
    land()
    assert numbers(landing, "issues")["2026-05-04"] == [1, 2]


def test_a_deleted_author_or_reviewer_is_landed_as_null(
    land: Callable[..., LandingReport], landing: Landing, github: FakeGitHub
) -> None:
    stamp = "2026-05-04T10:00:00Z"
    ghostly = review(1, stamp) | {"author": None}
    github.pull_requests = [pull_request(1, stamp, stamp, [ghostly]) | {"author": None}]
    land()
    assert landed(landing, "pull_requests")["2026-05-04"][0]["author"] is None
    assert landed(landing, "reviews")["2026-05-04"][0]["author"] is None
