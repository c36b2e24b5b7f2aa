"""GitHub, tried: whether it answers, whom it takes us for, and whether it shows what is read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import quote

import httpx

from ingest.checks import has_credentials
from ingest.errors import SourceError
from ingest.findings import Finding, clock_against, not_set, ok, problem, tried
from ingest.github.queries import PULL_REQUESTS
from ingest.http import GitHubClient
from ingest.settings import Settings

#: A classic token's scopes, each with those that hold it. Without `repo` public repositories are
#: all that is seen.
READS_ORGANISATION = {"read:org", "write:org", "admin:org"}
READS_ENTERPRISE = {
    "read:enterprise", "manage_billing:copilot", "manage_billing:enterprise", "admin:enterprise",
}  # fmt: skip
#: What a GitHub App must be allowed to read; for Copilot the reports themselves tell.
APP_READS = ("members", "metadata", "issues", "pull_requests")
#: The lists of an organisation that a night reads.
LISTS = ("members", "teams", "repos")


def check_github(
    settings: Settings, *, transport: httpx.BaseTransport | None = None
) -> Iterator[Finding]:
    """`transport` is for tests."""
    if not (settings.github_orgs or settings.copilot_scopes):
        yield not_set("GitHub", "NIGHTQUEST_GITHUB_ORGS names none: GitHub is not asked")
        return
    if not has_credentials(settings):
        return
    with GitHubClient(settings, transport=transport) as client:
        # It costs nothing of the limit that it tells.
        answer = client.get("/rate_limit")
        yield _limit(settings, answer)
        if "date" in answer.headers:
            yield clock_against("GitHub's", parsedate_to_datetime(answer.headers["date"]))
        yield _rights(settings, client, answer.headers)
        for org in settings.github_orgs:
            yield tried(f"GitHub {org}", partial(_organisation, client, org))


def _limit(settings: Settings, answer: httpx.Response) -> Finding:
    where = f"{settings.github_api_url} answers"
    try:
        core = answer.json()["resources"]["core"]
        left, limit = int(core["remaining"]), int(core["limit"])
        reset = datetime.fromtimestamp(int(core["reset"]), UTC)
    except (ValueError, KeyError, TypeError):
        return ok("GitHub", f"{where}; it tells no limit of requests")
    said = f"{where}; {left:,} of {limit:,} requests are left until {reset:%H:%M} UTC"
    if left == 0:
        return problem(
            "GitHub", f"{said}: wait until then, and see who else uses the token or App."
        )
    return ok("GitHub", said)


def _rights(settings: Settings, client: GitHubClient, headers: httpx.Headers) -> Finding:
    if (permissions := client.app_permissions) is not None:
        missing = [name for name in APP_READS if name not in permissions]
        said = "the App may " + ", ".join(f"{what} {name}" for name, what in permissions.items())
        if missing and settings.github_orgs:
            return problem(
                "GitHub App",
                f"{said}: add read access to {', '.join(missing)} in the App's permissions, and "
                "let the organisation accept them.",
            )
        return ok("GitHub App", said)
    if "x-oauth-scopes" not in headers:
        return ok(
            "GitHub token", "fine-grained: GitHub tells no scopes, what it may is tried below"
        )
    scopes = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")} - {""}
    said = f"its scopes are {', '.join(sorted(scopes)) or 'none'}"
    if settings.github_orgs and not scopes & READS_ORGANISATION:
        return problem("GitHub token", f"{said}: give it read:org, for members and teams.")
    if settings.copilot_enterprise and not scopes & READS_ENTERPRISE:
        return problem(
            "GitHub token",
            f"{said}: give it read:enterprise, for the reports of NIGHTQUEST_COPILOT_ENTERPRISE.",
        )
    if settings.github_orgs and "repo" not in scopes:
        said += "; without repo it sees public repositories only"
    return ok("GitHub token", said)


def _organisation(client: GitHubClient, org: str) -> str:
    for name in LISTS:
        answer = client.get(f"/orgs/{quote(org, safe='')}/{name}", {"per_page": "1"})
        if answer.status_code == 404:
            raise SourceError(
                f"GitHub shows no {name} of {org} (404): check the name in NIGHTQUEST_GITHUB_ORGS, "
                "and that who asks belongs to the organisation and may read it."
            )
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    search = f"org:{org} is:pr updated:>={now}"
    client.graphql(PULL_REQUESTS, {"search": search, "after": None})
    return "members, teams, repositories and pull requests can be read"
