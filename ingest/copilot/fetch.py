"""Fetch and land reports by day: each day whole, or pending with the reason."""

import gzip
import logging
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from ingest.copilot.files import IncompleteFileError, row_lines
from ingest.copilot.frames import unreadable_user_days, unreadable_user_teams
from ingest.errors import SourceError
from ingest.framing import Payload
from ingest.guard import Guard
from ingest.http import (
    GitHubClient,
    NotGranted,
    RateLimited,
    Retries,
    ServiceUnavailable,
    TemporaryFault,
    retry_after,
    trusted,
)
from ingest.landing import Landing, LandingReport, Load
from ingest.progress import Progress
from ingest.settings import Settings

log = logging.getLogger("nightquest.ingest")

SOURCE = "copilot"
#: What the game is computed from, and what only checks the teams that GitHub lists.
USERS, TEAMS = "users-1-day", "user-teams-1-day"
UNREADABLE = {USERS: unreadable_user_days, TEAMS: unreadable_user_teams}
HISTORY_DAYS = 365
#: What a link answers that is too old, or not filled yet.
REFUSED_LINK = {401, 403, 404, 410}
#: After so many days in a row on which the service failed, the others are not asked for: five
#: tries each with back-off would take 15 s a day, an hour and a half for a year.
FAILURES_IN_A_ROW = 3
#: A scope that has no user-teams report for its newest days has none: two days are missing always,
#: three more for good measure, so that a year of them costs 5 requests and not 365.
TEAMS_NOT_FOUND_IN_A_ROW = 5
LONGEST_REDIRECTION = 3


class NotReady(Exception):
    """A day has no complete report yet; the message is the reason."""


class NotFound(NotReady):
    """GitHub answered 404: not there yet, or never."""


class NotDownloaded(NotReady):
    """A part was not to be had whole at any try."""


class RefusedLink(NotReady):
    """A download link answered 401, 403, 404 or 410."""


def land_user_days(
    settings: Settings, landing: Landing, first_day: date, last_day: date, as_of_day: date, *,
    transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep,
) -> LandingReport:  # fmt: skip
    """Land the reports of first_day..last_day (UTC days) for every scope of the settings.

    These are users-1-day and user-teams-1-day. Days more than a year before `as_of_day` are not
    asked for: GitHub has none. `transport` and `sleep` are for tests.

    Raises:
        SourceError: GitHub is unreachable, refuses the token, or sends links to a host that
            NIGHTQUEST_COPILOT_DOWNLOAD_HOSTS does not allow. What came before is landed.
    """
    first_day = max(first_day, as_of_day - timedelta(days=HISTORY_DAYS))
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    with (
        landing.load(SOURCE) as load,
        GitHubClient(settings, transport=transport, sleep=sleep) as client,
        Downloads(settings, transport, client.retries) as downloads,
    ):
        # Teams from the newest day on: reports that began late, or never, lack the oldest days.
        for dataset, ordered in ((USERS, days), (TEAMS, days[::-1])):
            requests, waits = client.requests + downloads.requests, client.retries.waits
            for scope in settings.copilot_scopes:
                _Reports(settings, load, client, downloads, dataset, scope).land(ordered)
            counts = load.report.of(dataset)
            counts.requests = client.requests + downloads.requests - requests
            counts.waits = client.retries.waits - waits
            counts.requests_left = client.requests_left
    return load.report


def owner_path(scope: str) -> str:
    """Where the API keeps what belongs to a scope, `enterprise:x` or `org:y`."""
    kind, _, name = scope.partition(":")
    return f"/{'enterprises' if kind == 'enterprise' else 'orgs'}/{quote(name, safe='')}"


def report_path(scope: str, dataset: str) -> str:
    """Where the API tells the links of a scope's reports, by day."""
    return f"{owner_path(scope)}/copilot/metrics/reports/{dataset}"


class _Reports:
    """One kind of report of one scope."""

    def __init__(
        self, settings: Settings, load: Load, client: GitHubClient, downloads: "Downloads",
        dataset: str, scope: str,
    ) -> None:  # fmt: skip
        self.settings, self.load, self.client, self.downloads = settings, load, client, downloads
        self.dataset, self.scope = dataset, scope
        self.path = report_path(scope, dataset)

    def land(self, days: Sequence[date]) -> None:
        """Each of the days: whole, or pending with the reason. A service that fails day after day
        is an outage.
        """
        progress = Progress(f"Copilot {self.dataset} {self.scope}", "day", len(days))
        failures = not_found = 0
        for day in days:
            if failures >= FAILURES_IN_A_ROW:
                self._pend(day, "not asked for, because the service failed on the days before")
                continue
            if self.dataset == TEAMS and not_found >= TEAMS_NOT_FOUND_IN_A_ROW:
                log.info(
                    "Copilot has no %s report of %s on %s days in a row, back to %s (404): days "
                    "before are not asked for. It is only a check of the teams.",
                    self.dataset, self.scope, not_found, day + timedelta(days=1),
                )  # fmt: skip
                return
            rows = 0
            try:
                rows = self._land_day(day)
                failures = not_found = 0
            except (ServiceUnavailable, NotDownloaded) as error:
                self._pend(day, str(error))
                failures += 1
                if failures == FAILURES_IN_A_ROW:
                    self.load.report.outage = str(error)
            except NotReady as error:
                self._pend(day, str(error))
                failures = 0
                not_found = not_found + 1 if isinstance(error, NotFound) else 0
            progress.step(rows, at=day)
        if days and not_found == len(days) and self.dataset == USERS:
            log.warning(
                "Copilot has no report of %s for any day of %s..%s (404): check the name, the "
                "token's scopes, and that the Copilot usage metrics policy is enabled.",
                self.scope, days[0], days[-1],
            )  # fmt: skip

    def _pend(self, day: date, reason: str) -> None:
        self.load.put_pending(self.dataset, self.scope, day, reason)

    def _land_day(self, day: date) -> int:
        lines = self._fetch_day(day)
        content = b"".join(line + b"\n" for line in lines)
        bad = UNREADABLE[self.dataset](Payload(self.scope, day, "", content))
        if bad > self.settings.quarantine_share * len(lines):
            raise NotReady(
                f"the report is refused: {bad} of {len(lines)} rows cannot be loaded, more than "
                f"{self.settings.quarantine_share:.0%} (NIGHTQUEST_QUARANTINE_SHARE)"
            )
        guard = Guard.of(self.settings, may_empty=False)
        self.load.put_lines(self.dataset, self.scope, day, lines, guard=guard)
        return len(lines)

    def _fetch_day(self, day: date) -> list[bytes]:
        """All rows of all parts.

        Raises:
            NotReady: any part is missing; nothing of the day may be published.
        """
        try:
            return self._all_parts(day)
        except RefusedLink:
            # Links live for minutes; new ones that are refused too are not filled yet.
            return self._all_parts(day)

    def _all_parts(self, day: date) -> list[bytes]:
        links = self._links(day)
        return [
            line
            for part, link in enumerate(links, 1)
            for line in self.downloads.lines(link, f"part {part} of {len(links)} of the report")
        ]

    def _links(self, day: date) -> list[str]:
        try:
            response = self.client.get(self.path, {"day": day.isoformat()})
        except NotGranted as error:
            if self.dataset == USERS:
                raise
            raise NotFound(str(error)) from None
        if response.status_code == 404:
            raise NotFound("no report yet (404)")
        return checked_links(response, day)


def checked_links(response: httpx.Response, day: date) -> list[str]:
    """The download links of a day's envelope.

    Raises:
        NotReady: it holds none, or those of another day.
    """
    if response.status_code == 204:
        raise NotReady("no report yet (204)")
    try:
        envelope = response.json()
    except (ValueError, RecursionError):
        raise NotReady("no report yet: the answer is not JSON") from None
    if isinstance(envelope, str):
        raise NotReady(f"no report yet: {envelope[:200]}")
    if not isinstance(envelope, dict):
        raise NotReady("no report yet: the answer is no envelope of links")
    links = envelope.get("download_links")
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        raise NotReady("no report yet: the answer holds no list of download links")
    if not links:
        raise NotReady("no report yet: the list of download links is empty")
    report_day = envelope.get("report_day")
    if report_day is not None and report_day != day.isoformat():
        raise NotReady(f"the answer is the report of {report_day!r}, not of {day}")
    return links


class Downloads:
    """Report files from the hosts that are allowed: another client, which holds no token."""

    def __init__(
        self, settings: Settings, transport: httpx.BaseTransport | None, retries: Retries
    ) -> None:
        self.requests = 0
        self._hosts = [pattern.lower() for pattern in settings.copilot_download_hosts]
        # Plain http only where the API itself is spoken to so: the simulation, on loopback.
        is_plain = settings.github_api_url.startswith("http://")
        self._schemes = ("https", "http") if is_plain else ("https",)
        self._retries = retries
        self._http = httpx.Client(
            headers={"User-Agent": "nightquest", "Accept-Encoding": "gzip"},
            timeout=settings.time_out_seconds, transport=transport, follow_redirects=False,
            verify=trusted(),
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._http.close()

    def lines(self, link: str, part: str) -> list[bytes]:
        """A file's rows. Messages never show the link: it is signed.

        Raises:
            NotReady: refused, or not to be had whole at any try.
            SourceError: the link's host is not allowed.
        """
        try:
            return self._retries.call(
                lambda: self._attempt(link, part, lambda body: row_lines(_whole_body(body)))
            )
        except TemporaryFault as fault:
            raise NotDownloaded(f"{fault}, after {self._retries.max_tries} tries") from None

    def open(self, link: str, part: str) -> None:
        """Only that the file is there: none of its rows is fetched.

        Raises:
            TemporaryFault, NotReady, SourceError: as `lines`, at the first try.
        """
        self._attempt(link, part, lambda _: [])

    def _attempt(
        self, link: str, part: str, rows: Callable[[httpx.Response], list[bytes]]
    ) -> list[bytes]:
        url = self._checked(link)
        for _ in range(LONGEST_REDIRECTION):
            self.requests += 1
            try:
                with self._http.stream("GET", url) as response:
                    if response.has_redirect_location:
                        url = self._checked(str(url.join(response.headers["location"])))
                        continue
                    self._check_status(response, part)
                    return rows(response)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise TemporaryFault(f"{part}: {url.host} cannot be reached ({error})") from None
            except (httpx.RequestError, IncompleteFileError) as error:
                said = str(error) or type(error).__name__
                raise TemporaryFault(f"{part} came only in half from {url.host} ({said})") from None
        raise TemporaryFault(f"{part} is redirected too often by {url.host}")

    def _checked(self, link: str) -> httpx.URL:
        try:
            url = httpx.URL(link)
            host = url.host.lower()
        except (httpx.InvalidURL, ValueError):  # ValueError: a host that no alphabet knows
            raise NotReady("a download link is no address") from None
        is_allowed = any(fnmatchcase(host, pattern) for pattern in self._hosts)
        if not is_allowed or url.scheme not in self._schemes:
            raise SourceError(
                f"A Copilot report's download link leads to {url.scheme}://{url.host}, which is "
                f"not allowed: NIGHTQUEST_COPILOT_DOWNLOAD_HOSTS allows {', '.join(self._hosts)} "
                f"over {' or '.join(self._schemes)}; add the host there if it is GitHub's."
            )
        return url

    def _check_status(self, response: httpx.Response, part: str) -> None:
        status, host = response.status_code, response.url.host
        if status in REFUSED_LINK:
            raise RefusedLink(f"{part} is not there: its link to {host} answered {status}")
        if status == 429:
            raise RateLimited(
                f"{host} limits the rate of downloads", retry_after(response.headers, time.time)
            )
        if status != 200:
            raise TemporaryFault(f"{part} is not to be had: {host} answered {status}")


def _whole_body(response: httpx.Response) -> bytes:
    """The body, unpacked here: httpx takes a gzip stream that breaks off for a whole one.

    Raises:
        IncompleteFileError: shorter than announced, or the compressed stream breaks off.
    """
    raw = b"".join(response.iter_raw())
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and len(raw) != int(announced):
        raise IncompleteFileError(f"{len(raw)} of {announced} bytes")
    if response.headers.get("content-encoding") == "gzip" or raw.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(raw)
        except (EOFError, OSError, zlib.error):
            raise IncompleteFileError("the compressed stream breaks off") from None
    return raw
