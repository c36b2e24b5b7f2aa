"""Copilot, tried: whether its reports may be read, downloaded, and its seats seen."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import httpx

from ingest.checks import has_credentials
from ingest.copilot.fetch import USERS, Downloads, NotReady, checked_links, report_path
from ingest.copilot.seats import seats_path
from ingest.errors import NightquestError, SourceError
from ingest.findings import Finding, not_set, ok, problem
from ingest.http import GitHubClient, NotGranted, TemporaryFault
from ingest.settings import Settings

#: A report may be late, or miss a day: one of these days has answered anything but 404 wherever
#: reports are made at all.
DAYS_AGO = (3, 10, 28)


def check_copilot(
    settings: Settings, *, today: date | None = None, transport: httpx.BaseTransport | None = None
) -> Iterator[Finding]:
    """`today` (UTC) and `transport` are for tests."""
    if not settings.copilot_scopes:
        yield not_set("Copilot", "no organisation or enterprise is asked for reports")
        return
    if not has_credentials(settings):
        return
    today = today or datetime.now(UTC).date()
    days = [today - timedelta(days=ago) for ago in DAYS_AGO]
    with (
        GitHubClient(settings, transport=transport) as client,
        Downloads(settings, transport, client.retries) as downloads,
    ):
        for scope in settings.copilot_scopes:
            try:
                yield from _reports(client, downloads, scope, days)
            except NightquestError as error:
                yield problem(f"Copilot {scope}", error)
            yield _seats(client, scope)


def _reports(
    client: GitHubClient, downloads: Downloads, scope: str, days: Sequence[date]
) -> Iterator[Finding]:
    """Whether the policy lets reports be read; and the host of the first that there is."""
    what = f"Copilot {scope}"
    for day in days:
        answer = client.get(report_path(scope, USERS), {"day": day.isoformat()})
        if answer.status_code == 404 and not _is_text(answer):
            continue  # not yet, or never: the next day tells
        try:
            links = checked_links(answer, day)
        except NotReady as why:
            yield ok(what, f"reports may be read; of {day} there is {why}")
            return
        yield ok(what, f"reports may be read; that of {day} has {len(links)} parts")
        yield _download(downloads, scope, links[0])
        return
    yield problem(
        what,
        f"GitHub knows no report of {', '.join(map(str, days))} (404): check the name, the scopes "
        "of who asks, and that the Copilot usage metrics policy is enabled everywhere. Where it "
        "was enabled just now, the first report takes two days.",
    )


def _is_text(answer: httpx.Response) -> bool:
    """GitHub's way of saying that a report is not there yet is a bare text in JSON."""
    try:
        return isinstance(answer.json(), str)
    except ValueError:
        return False


def _download(downloads: Downloads, scope: str, link: str) -> Finding:
    what, host = f"downloads {scope}", httpx.URL(link).host
    try:
        downloads.open(link, "the first part")
    except (SourceError, TemporaryFault, NotReady) as error:
        return problem(what, f"{error} (see NIGHTQUEST_COPILOT_DOWNLOAD_HOSTS and the firewall)")
    return ok(what, f"{host} is allowed and answers")


def _seats(client: GitHubClient, scope: str) -> Finding:
    """Nothing of the game needs them, so that being refused is a choice and no mistake."""
    what = f"seats {scope}"
    wanted = "marts.fct_seats stays empty; manage_billing:copilot or read:org shows them"
    try:
        answer = client.get(seats_path(scope), {"per_page": "1"})
    except NotGranted as error:
        return not_set(what, f"they cannot be read ({str(error).split(': ')[0]}): {wanted}")
    except SourceError as error:
        return problem(what, error)
    if answer.status_code == 404:
        return not_set(what, f"there is no Copilot plan to be seen (404): {wanted}")
    return ok(what, "can be read")
