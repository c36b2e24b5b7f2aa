"""GitHub's REST answers: Copilot report envelopes, members, teams, repositories and issues."""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.simulator.organisation import (
    Organisation,
    Person,
    Team,
    parsed_moment,
    token_of,
)

# What is told of a thing never changes with the port; only Link leads back to this server.
GITHUB = "https://api.github.com/"
DOCUMENTATION = "https://docs.github.com/rest"


def error(status: int, message: str) -> JSONResponse:
    """GitHub's error body."""
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return JSONResponse(body, status)


def reply(request: Request, body: Any, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer with its ETag, or 304 when the client holds that already.

    As at GitHub the ETag is another one for another token, and is not touched by the Link; and a
    cache would be allowed to answer for a minute without asking.
    """
    text = json.dumps(body, separators=(",", ":"))
    told_to = request.headers.get("authorization", "")
    headers = {
        "ETag": f'W/"{hashlib.sha256(f"{told_to} {text}".encode()).hexdigest()}"',
        "Cache-Control": "private, max-age=60, s-maxage=60",
        "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
        **(headers or {}),
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type="application/json; charset=utf-8")


def paged(
    request: Request, items: Sequence[Any], shape: Callable[[Any], dict[str, Any]],
    parameter: str = "page", size: int = 30, key: str | None = None,
) -> Response:  # fmt: skip
    """One page, with the `Link` header of the pages after it.

    Most of GitHub's lists count pages; the list of issues goes by a cursor (`after`). `size` is the
    usual one; some lists come in an object, under `key` and with their total.
    """
    is_cursor = parameter == "after"
    given = request.query_params.get(parameter)
    try:
        size = min(max(int(request.query_params.get("per_page", size)), 1), 100)
        if given and is_cursor:
            given = base64.urlsafe_b64decode(given).decode()
        number = max(int(given or 1), 1)
    except ValueError:
        return error(422, f"The parameters per_page and {parameter} are wrong.")
    last = max(math.ceil(len(items) / size), 1)
    links = {"next": number + 1, "last": last} if number < last else {}

    def url(page: int) -> str:
        value = base64.urlsafe_b64encode(str(page).encode()).decode() if is_cursor else page
        return str(request.url.include_query_params(**{parameter: value}))

    link = ", ".join(f'<{url(page)}>; rel="{name}"' for name, page in links.items())
    page = [shape(item) for item in items[(number - 1) * size : number * size]]
    body = {f"total_{key}": len(items), key: page} if key else page
    return reply(request, body, {"Link": link} if link else None)


def user_of(person: Person | None, base: str) -> dict[str, Any] | None:
    """GitHub's simple user; null for a deleted one."""
    if person is None:
        return None
    url = f"{base}users/{person.login}"
    own = ("followers", "subscriptions", "orgs", "repos", "received_events")
    ids = {"orgs": "organizations"}
    return {
        "login": person.login,
        "id": person.user_id,
        "node_id": person.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{person.user_id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": person.actor["url"],
        **{f"{ids.get(name, name)}_url": f"{url}/{name}" for name in own},
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": "Bot" if person.is_bot else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def team_of(team: Team, parents: dict[str, Team], base: str, org: str) -> dict[str, Any]:
    """GitHub's team; `parent` is the same without a parent of its own."""
    url = f"{base}orgs/{org}/teams/{team.slug}"
    body = {
        "id": team.team_id,
        "node_id": "T_" + token_of("team", team.team_id),
        "name": team.name,
        "slug": team.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"https://github.com/orgs/{org}/teams/{team.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
    }
    parent = parents.get(team.parent or "")
    return body | {"parent": parent and team_of(parent, {}, base, org)}


def repository_of(full_name: str, base: str) -> dict[str, Any]:
    """GitHub's minimal repository."""
    owner, _, name = full_name.partition("/")
    url = f"{base}repos/{full_name}"
    return {
        "id": int(token_of("repository", full_name)[:7], 16),
        "node_id": "R_" + token_of("repository", full_name),
        "name": name,
        "full_name": full_name,
        "private": True,
        "owner": {"login": owner, "type": "Organization", "url": f"{base}orgs/{owner}"},
        "html_url": f"https://github.com/{full_name}",
        "description": None,
        "fork": False,
        "url": url,
        "issues_url": f"{url}/issues{{/number}}",
        "pulls_url": f"{url}/pulls{{/number}}",
        "archived": False,
        "disabled": False,
        "has_issues": True,
        "visibility": "private",
        "default_branch": "main",
    }


def issue_of(draft: dict[str, Any], full_name: str, base: str) -> dict[str, Any]:
    """GitHub's issue, out of a draft with the keys that differ from issue to issue.

    Draft: number, created_at, updated_at, closed_at, state, state_reason, user, closed_by,
    assignees (people), is_pull_request.
    """
    number = draft["number"]
    kind = "pull" if draft["is_pull_request"] else "issues"
    url = f"{base}repos/{full_name}/issues/{number}"
    page = f"https://github.com/{full_name}/{kind}/{number}"
    assignees = [user_of(person, base) for person in draft["assignees"]]
    body = {
        "id": int(token_of("issue", full_name, number)[:8], 16),
        "node_id": ("PR_" if draft["is_pull_request"] else "I_")
        + token_of("pull request" if draft["is_pull_request"] else "issue", full_name, number),
        "number": number,
        "title": f"Change {number}" if draft["is_pull_request"] else f"Issue {number}",
        "url": url,
        "repository_url": f"{base}repos/{full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "state": draft["state"],
        "state_reason": draft["state_reason"],
        "locked": False,
        "labels": [],
        "milestone": None,
        "comments": 0,
        "user": user_of(draft["user"], base),
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "closed_by": user_of(draft["closed_by"], base),
        "created_at": draft["created_at"],
        "updated_at": draft["updated_at"],
        "closed_at": draft["closed_at"],
        "author_association": "MEMBER",
        "body": None,
    }
    if draft["is_pull_request"]:
        pull = f"{base}repos/{full_name}/pulls/{number}"
        body |= {
            "draft": False,
            "pull_request": {"url": pull, "html_url": page, "merged_at": draft["merged_at"]},
        }
    return body


def seats_of(organisation: Organisation) -> list[dict[str, Any]]:
    """The seats of GitHub's Copilot billing: one for each member, and a deleted user's.

    Everything hangs on the user's id: about one in eight was never used, one in twelve ends with
    the month, and times have different offsets. Who has no Copilot reports has no seats.
    """
    if not organisation.copilot:
        return []
    midnight = datetime.combine(organisation.last_day, time(), UTC)
    next_month = (organisation.last_day.replace(day=1) + timedelta(days=32)).replace(day=1)

    def seat(person: Person | None) -> dict[str, Any]:
        chance = int(token_of("seat", person and person.user_id), 16)
        zone = timezone(timedelta(hours=(0, -6, 5.5)[chance % 3]))
        used = midnight - timedelta(minutes=chance % 20_000)
        assigned = midnight - timedelta(days=200 + chance % 300)
        return {
            "created_at": assigned.astimezone(zone).isoformat(),
            "assignee": user_of(person, GITHUB),
            "pending_cancellation_date": str(next_month) if chance % 12 == 1 else None,
            "plan_type": "business",
            "last_authenticated_at": None,
            "updated_at": assigned.astimezone(zone).isoformat(),
            "last_activity_at": used.astimezone(zone).isoformat() if chance % 8 else None,
            "last_activity_editor": "vscode/1.105.0/copilot-chat/0.32.1" if chance % 8 else None,
        }

    return [seat(person) for person in (*organisation.members, None)]


def routes(organisation: Organisation) -> list[Route]:
    """The REST endpoints over an organisation, whatever name is asked for."""
    teams = {team.slug: team for team in organisation.teams}
    repositories = {name.lower(): name for name in organisation.repositories}
    every_seat = seats_of(organisation)

    async def members(request: Request) -> Response:
        base = GITHUB
        return paged(request, organisation.members, lambda person: user_of(person, base) or {})

    async def list_teams(request: Request) -> Response:
        base, org = GITHUB, request.path_params["org"]
        return paged(request, organisation.teams, lambda team: team_of(team, teams, base, org))

    async def team_members(request: Request) -> Response:
        if request.path_params["slug"] not in teams:
            return error(404, "Not Found")
        base = GITHUB
        people = _with_children(teams[request.path_params["slug"]], organisation.teams)
        return paged(request, people, lambda person: user_of(person, base) or {})

    async def seats(request: Request) -> Response:
        return paged(request, every_seat, lambda seat: seat, size=50, key="seats")

    async def list_repositories(request: Request) -> Response:
        base = GITHUB
        return paged(request, organisation.repositories, lambda name: repository_of(name, base))

    async def issues(request: Request) -> Response:
        asked = "{owner}/{name}".format(**request.path_params).lower()
        if asked not in repositories:
            return error(404, "Not Found")
        base, full_name = GITHUB, repositories[asked]
        query = request.query_params
        field = f"{query.get('sort', 'created')}_at"
        state = query.get("state", "open")
        try:
            since = parsed_moment(query["since"]) if "since" in query else ""
        except ValueError:
            return error(422, "The parameter since must be a time like 2026-10-30T00:00:00Z.")
        if field not in ("created_at", "updated_at") or state not in ("open", "closed", "all"):
            return error(422, "Validation Failed")
        found = [
            draft
            for draft in organisation.issues.get(full_name, [])
            if state in ("all", draft["state"]) and draft["updated_at"] >= since
        ]
        found.sort(key=lambda draft: (draft[field], draft["number"]))
        if query.get("direction", "desc") == "desc":
            found.reverse()
        return paged(request, found, lambda draft: issue_of(draft, full_name, base), "after")

    return [
        Route("/orgs/{org}/members", members),
        Route("/orgs/{org}/teams", list_teams),
        Route("/orgs/{org}/teams/{slug}/members", team_members),
        Route("/orgs/{org}/copilot/billing/seats", seats),
        Route("/enterprises/{enterprise}/copilot/billing/seats", seats),
        Route("/orgs/{org}/repos", list_repositories),
        Route("/repos/{owner}/{name}/issues", issues),
    ]


def _with_children(team: Team, teams: Iterable[Team]) -> list[Person]:
    """GitHub lists the members of child teams with their parent's, each person once."""
    people = {person.user_id: person for person in team.members}
    for child in teams:
        if child.parent == team.slug:
            people |= {person.user_id: person for person in child.members}
    return [people[user_id] for user_id in sorted(people)]
