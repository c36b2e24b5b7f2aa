from collections.abc import Callable

import httpx
import pytest

from ingest.simulator import Simulation

Follow = Callable[[str], list[dict]]


def test_it_is_ready_without_a_token(simulation: Simulation) -> None:
    assert httpx.get(simulation.api_url).status_code == 200


def test_a_request_without_a_token_is_refused_in_githubs_words(simulation: Simulation) -> None:
    response = httpx.get(f"{simulation.api_url}/orgs/acme/members")
    assert response.status_code == 401
    assert response.json() == {
        "message": "Requires authentication",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }


def test_a_demanded_token_refuses_all_others(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults([{"token": "right"}])
    wrong = github.get("/orgs/acme/members")
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    right = github.get("/orgs/acme/members", headers={"Authorization": "Bearer right"})
    assert right.status_code == 200


def test_the_rate_limit_counts_down(github: httpx.Client) -> None:
    left = [
        int(github.get("/orgs/acme/members").headers["x-ratelimit-remaining"]) for _ in range(3)
    ]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    assert github.get("/orgs/acme/teams").headers["x-ratelimit-resource"] == "core"


def test_members_are_the_sixty_developers_less_the_leaver(follow: Follow) -> None:
    members = follow("/orgs/acme/members?per_page=25")
    assert len({member["id"] for member in members}) == len(members) == 59
    assert {member["type"] for member in members} == {"User"}


def test_every_organisation_that_is_asked_for_has_the_same_members(follow: Follow) -> None:
    assert follow("/orgs/acme/members") == follow("/orgs/globex/members")


def test_a_page_says_which_is_next_and_last(github: httpx.Client) -> None:
    links = github.get("/orgs/acme/members?per_page=25").links
    assert links["next"]["url"].endswith("/orgs/acme/members?per_page=25&page=2")
    assert links["last"]["url"].endswith("/orgs/acme/members?per_page=25&page=3")
    assert github.get(links["last"]["url"]).links == {}


def test_an_unchanged_answer_costs_a_304(github: httpx.Client) -> None:
    first = github.get("/orgs/acme/teams")
    again = github.get("/orgs/acme/teams", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_there_are_eight_teams_and_one_is_a_child(follow: Follow) -> None:
    teams = follow("/orgs/acme/teams")
    parents = {team["slug"]: team["parent"] and team["parent"]["slug"] for team in teams}
    assert parents == {
        "platform": None,
        "payments": None,
        "search": None,
        "mobile": None,
        "data": None,
        "security": None,
        "web": None,
        "web-growth": "web",
    }


def test_a_teams_members_include_those_of_its_child_team_as_at_github(follow: Follow) -> None:
    web = {member["login"] for member in follow("/orgs/acme/teams/web/members")}
    growth = {member["login"] for member in follow("/orgs/acme/teams/web-growth/members")}
    assert growth < web


def test_one_developer_is_in_two_teams(follow: Follow) -> None:
    mobile = {member["login"] for member in follow("/orgs/acme/teams/mobile/members")}
    data = {member["login"] for member in follow("/orgs/acme/teams/data/members")}
    assert len(mobile & data) == 1


def test_closed_issues_come_with_pull_requests_among_them(follow: Follow) -> None:
    items = follow("/repos/acme/api/issues?state=closed&per_page=100")
    assert {item["state"] for item in items} == {"closed"}
    issues = [item for item in items if "pull_request" not in item]
    assert len(issues) < len(items)
    assert {issue["state_reason"] for issue in issues} == {"completed", "not_planned", None}
    assert {len(issue["assignees"]) for issue in issues} == {0, 1, 2}
    assert all(issue["closed_by"]["id"] and issue["closed_at"] for issue in issues)


@pytest.mark.parametrize("since", ["2026-10-20T00:00:00Z", "2026-10-20T02:00:00%2B02:00"])
def test_since_leaves_out_what_was_not_updated_since(follow: Follow, since: str) -> None:
    every = follow("/repos/acme/api/issues?state=closed&per_page=100")
    recent = follow(f"/repos/acme/api/issues?state=closed&per_page=100&since={since}")
    assert recent == [item for item in every if item["updated_at"] >= "2026-10-20T00:00:00Z"]
    assert 0 < len(recent) < len(every)


@pytest.mark.parametrize(
    "path", ["/orgs/acme/teams/nobody/members", "/repos/acme/nothing/issues", "/nowhere"]
)
def test_what_does_not_exist_is_not_found(github: httpx.Client, path: str) -> None:
    response = github.get(path)
    assert (response.status_code, response.json()["message"]) == (404, "Not Found")


def test_requests_are_counted_by_method_and_path_template(
    simulation: Simulation, github: httpx.Client
) -> None:
    github.get("/orgs/acme/members")
    github.get("/orgs/globex/members")
    github.post("/graphql", json={"query": "{ rateLimit { cost } }"})
    counted = {"GET /orgs/{org}/members": 2, "POST /graphql": 1}
    assert simulation.requests() == counted
    assert github.get("/_simulator/requests").json() == {"total": 3, "requests": counted}
