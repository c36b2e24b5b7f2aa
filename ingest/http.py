"""One client for GitHub's REST and GraphQL: waits out limits, retries faults, gives up loudly.

httpx with tenacity rather than githubkit: githubkit 0.16.1 imports only with a narrow range of
hishel, never retries a secondary rate limit that comes without headers, and its models refuse some
of GitHub's own examples, so only its transport would be used; and the waits must be injectable,
counted and said aloud here. Requests are serial, as GitHub asks.
"""

import logging
import math
import ssl
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx
import tenacity
from pydantic import SecretStr

from ingest.errors import SettingsError, SourceError
from ingest.held_pages import HeldPage, HeldPages
from ingest.settings import Settings
from ingest.store import Store
from ingest.tombstones import Tombstones

if TYPE_CHECKING:
    from ingest.github.app import GitHubApp

log = logging.getLogger("nightquest.ingest")
# httpx logs each address at INFO, with the signature of a report's link in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

API_VERSION = "2026-03-10"
LARGEST_PAGE = 100
#: What GitHub asks for when it says "slow down" without saying for how long; doubled each time.
SECONDARY_WAIT_SECONDS = 60.0
LONGEST_BACK_OFF_SECONDS = 60.0
#: GitHub's limits are lifted within the hour; whoever asks for more is mistaken (milliseconds, a
#: clock that is wrong) and is asked again after this.
LONGEST_WAIT_SECONDS = 3660.0
LONGEST_REDIRECTION = 5
#: A million items: what goes on after that is no list of an organisation.
LONGEST_LIST_PAGES = 10_000
#: GraphQL error types that asking again cannot mend.
FORBIDDEN_GRAPHQL_ERRORS = {"FORBIDDEN", "INSUFFICIENT_SCOPES"}
FINAL_GRAPHQL_ERRORS = {"NOT_FOUND", "MAX_NODE_LIMIT_EXCEEDED"}
LIMITED_GRAPHQL_ERRORS = {"RATE_LIMITED", "RATE_LIMIT"}


class TemporaryFault(Exception):
    """Worth another try: a connection error, a 5xx, a cut or unreadable answer."""


class RateLimited(TemporaryFault):
    """A limit was hit; `wait_seconds` is what GitHub asks for, None when it does not say."""

    def __init__(self, message: str, wait_seconds: float | None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class ServiceUnavailable(SourceError):
    """A server answered 5xx, or nothing readable, each time it was asked."""


class NotGranted(SourceError):
    """A 403, 404, 422 or FORBIDDEN: this may not be read, or there is no such thing."""


class Gone(NotGranted):
    """A 404, 410 or 451: there is no such thing, any more or for anybody."""


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates count: of this machine, or of SSL_CERT_FILE.

    Read once: each client of a night would take 40 ms for it.
    """
    return httpx.create_ssl_context()


class Retries:
    """The one policy of retries: back-off with jitter, or the wait that a rate limit asks for.

    `waits` counts the waits so far. `sleep` is injectable for tests.
    """

    def __init__(self, max_tries: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self.max_tries = max_tries
        self.waits = 0
        self._sleep = sleep
        self._back_off = tenacity.wait_exponential_jitter(
            initial=1, max=LONGEST_BACK_OFF_SECONDS, jitter=1
        )

    def call(self, attempt: Callable[[], Any]) -> Any:
        """The attempt's result; after `max_tries` its last TemporaryFault."""
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TemporaryFault),
            stop=tenacity.stop_after_attempt(self.max_tries),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=self._say,
            reraise=True,
        )(attempt)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if not isinstance(fault, RateLimited):
            return self._back_off(state)
        if fault.wait_seconds is not None:
            return min(max(fault.wait_seconds, 0), LONGEST_WAIT_SECONDS)
        return SECONDARY_WAIT_SECONDS * 2 ** (state.attempt_number - 1)

    def _say(self, state: tenacity.RetryCallState) -> None:
        self.waits += 1
        fault = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        log.warning(
            "%s; trying again in %.0f s (%s of %s tries made).",
            fault, seconds, state.attempt_number, self.max_tries,
        )  # fmt: skip


class GitHubClient:
    """GitHub's API as the settings name it. `transport`, `sleep` and `now` are for tests.

    `requests` counts what was sent, retries included; `requests_saved` how many of these were
    answered by 304, and cost nothing of GitHub's rate limit. `requests_left` is what that still
    allows, of the scarcest of its kinds (REST, GraphQL); None before the first answer says so.

    Raises:
        SettingsError: the address, the token or the GitHub App of the settings is unusable.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.base = _base_url(settings.github_api_url)
        self.requests = 0
        self.requests_saved = 0
        self._left: dict[str, int] = {}
        self.retries = Retries(settings.max_tries, sleep)
        self._now = now
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": "nightquest",
        }
        if settings.github_token:
            headers["Authorization"] = f"Bearer {_token(settings.github_token)}"
        self._app = self._app_of(settings)
        self._held = HeldPages(settings.home / "cache" / "github", API_VERSION)
        self._landing = settings.landing
        self._http = httpx.Client(
            headers=headers, timeout=settings.time_out_seconds, transport=transport,
            follow_redirects=False, auth=self._app, verify=trusted(),
            event_hooks={"request": [self._count], "response": [self._note_limit]},
        )  # fmt: skip

    def _app_of(self, settings: Settings) -> "GitHubApp | None":
        if not asks_as_app(settings):
            return None
        if settings.github_token:
            raise SettingsError(
                "NIGHTQUEST_GITHUB_TOKEN and a GitHub App (NIGHTQUEST_GITHUB_APP_...) are both "
                "set: keep one of them, so that it is clear who asks."
            )
        # Here, because it costs 0.2 s and most have a token.
        from ingest.github.app import GitHubApp

        return GitHubApp(settings, self.base, self._check_status, self._now)

    @cached_property
    def _tombstones(self) -> Tombstones:
        return Tombstones(Store(self._landing))

    @property
    def app_permissions(self) -> dict[str, str] | None:
        """What the GitHub App may, as its last token said; None where a token asks."""
        return self._app.permissions if self._app else None

    def _count(self, _: httpx.Request) -> None:
        self.requests += 1

    def _note_limit(self, response: httpx.Response) -> None:
        left = _seconds(response.headers.get("x-ratelimit-remaining"))
        if left is not None:
            self._left[response.headers.get("x-ratelimit-resource", "core")] = int(left)

    @property
    def requests_left(self) -> int | None:
        return min(self._left.values(), default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._http.close()
        self._held.prune()

    def get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        """A 2xx or 404 answer to a path below the API's address.

        Raises:
            ServiceUnavailable: 5xx, or a time-out or cut answer, at every try.
            SourceError: unreachable, refused, rate-limited, or redirected to another host.
        """
        return self._ask("GET", f"{self.base}{path}", params=params)

    def pages(
        self, path: str, params: dict[str, str], what: str, key: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """The items of a list, page by page along `Link: rel="next"`, taken as it is.

        `key` names the list where GitHub wraps it in an object. A page that has not changed since
        it was last asked for is answered by 304, and comes out of the home's cache.

        Raises:
            NotGranted: 403, 422, or 404, in whose message `what` says what is not there.
            SourceError: as `get`; also for a list that leads in a circle, or on and on.
        """
        url = str(httpx.URL(f"{self.base}{path}", params=params | {"per_page": str(LARGEST_PAGE)}))
        asked: set[str] = set()
        while True:
            asked.add(url)
            response = self._page(url)
            if response.status_code == 404:
                raise Gone(f"GitHub at {self.base.host} knows no {what} (404).")
            items = response.json()
            if key and isinstance(items, dict):
                items = items.get(key)
            if not isinstance(items, list):
                raise SourceError(f"GitHub answered {path} with something that is not a list.")
            following = response.links.get("next")
            if following or len(items) < LARGEST_PAGE:
                self._hold(url, response)
            yield from (item for item in items if isinstance(item, dict))
            if not following:
                return
            url = self._joined(response, following["url"], "The next page of " + path)
            if url in asked or len(asked) == LONGEST_LIST_PAGES:
                raise SourceError(
                    f"GitHub at {self.base.host} leads through the pages of {path} without an "
                    f"end, after {len(asked)} of them to {url[:200]}."
                )

    def _page(self, url: str) -> httpx.Response:
        held = self._held.find(url)
        headers = {"If-None-Match": held.etag} if held else None
        response = self._ask("GET", url, headers=headers, is_json=True)
        if held is None or response.status_code != 304:
            return response
        self.requests_saved += 1
        # A new page behind this one changes its Link, not its ETag: the 304's own Link counts.
        link = response.headers.get("link", held.link)
        headers = {"link": link}
        if link != held.link:
            headers["etag"] = held.etag  # so that it is held anew
        return httpx.Response(200, headers=headers, content=held.body, request=response.request)

    def _hold(self, url: str, response: httpx.Response) -> None:
        """Hold a page for the next night.

        Never a full page at the end of its list: a 304 without a Link would hide what has been
        added behind it since. Nor one that names somebody who was erased.
        """
        etag = response.headers.get("etag")
        if etag and not self._tombstones.names(response.text):
            link = response.headers.get("link", "")
            self._held.hold(HeldPage(url=url, etag=etag, link=link, body=response.text))

    def connection(
        self, query: str, variables: dict[str, Any],
        find: Callable[[dict[str, Any]], dict[str, Any] | None],
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """The pages of a GraphQL connection, from the cursor `after` of the variables on.

        `find` takes the connection out of the data; None ends the pages.

        Raises:
            SourceError: as `graphql`; also for a cursor that comes again.
            KeyError, TypeError: the connection is not of the known form.
        """
        asked: set[str | None] = set()
        after = variables["after"]
        while (page := find(self.graphql(query, variables | {"after": after}))) is not None:
            yield page
            if not page["pageInfo"]["hasNextPage"]:
                return
            asked.add(after)
            after = page["pageInfo"]["endCursor"]
            if after in asked or len(asked) == LONGEST_LIST_PAGES:
                raise SourceError(
                    f"GitHub at {self.base.host} leads through the pages of a query without an "
                    f"end, after {len(asked)} of them."
                )

    def graphql(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The `data` of a GraphQL answer without errors.

        Raises:
            NotGranted: this, or a part of it, is shown to others only.
            SourceError: as `get`; also for another error that asking again cannot mend.
        """
        path = self.base.path.rstrip("/")
        # GitHub Enterprise Server: REST below /api/v3, GraphQL at /api/graphql.
        path = path.removesuffix("/v3") if path.endswith("/api/v3") else path
        url = str(self.base.copy_with(path=f"{path}/graphql"))
        body = {"query": query, "variables": variables}
        response = self._ask("POST", url, json=body, is_json=True)
        if response.status_code == 404:
            raise NotGranted(f"GitHub at {self.base.host} knows no {path}/graphql (404).")
        return response.json()["data"]

    def _ask(
        self, method: str, url: str, *, params: dict[str, str] | None = None, json: Any = None,
        headers: dict[str, str] | None = None, is_json: bool = False,
    ) -> httpx.Response:  # fmt: skip
        def attempt() -> httpx.Response:
            response = self._send(method, url, params, json, headers)
            if is_json and response.status_code not in (304, 404):
                self._check_json(response, is_graphql=method == "POST")
            return response

        try:
            return self.retries.call(attempt)
        except TemporaryFault as fault:
            tries = f"after {self.retries.max_tries} tries (NIGHTQUEST_MAX_TRIES)"
            if isinstance(fault.__cause__, httpx.ConnectError | httpx.ConnectTimeout):
                raise SourceError(
                    f"GitHub cannot be reached at {self.base} {tries}: {fault.__cause__}; check "
                    "NIGHTQUEST_GITHUB_API_URL and the network."
                ) from None
            kind = SourceError if isinstance(fault, RateLimited) else ServiceUnavailable
            raise kind(f"{fault}: given up {tries}.") from None

    def _send(
        self, method: str, url: str, params: dict[str, str] | None, json: Any,
        headers: dict[str, str] | None,
    ) -> httpx.Response:  # fmt: skip
        for _ in range(LONGEST_REDIRECTION):
            try:
                response = self._http.request(
                    method, url, params=params, json=json, headers=headers
                )
            except httpx.RequestError as error:
                said = str(error) or type(error).__name__
                raise TemporaryFault(
                    f"GitHub at {self.base.host} broke off {method} {httpx.URL(url).path} ({said})"
                ) from error
            if not response.has_redirect_location:
                self._check_status(response)
                return response
            # The new address already holds the parameters.
            place, params = response.headers["location"], None
            url = self._joined(response, place, f"A redirect of {response.url.path}")
        raise SourceError(f"GitHub at {self.base.host} redirects {url} in a circle.")

    def _joined(self, response: httpx.Response, place: str, what: str) -> str:
        """Where an answer leads; only ever to the API's own host."""
        try:
            target = response.url.join(place)
        except (httpx.InvalidURL, ValueError):
            raise SourceError(f"{what} is no address: {place[:100]!r}.") from None
        ours = (self.base.scheme, self.base.host, self.base.port)
        if (target.scheme, target.host, target.port) != ours:
            raise SourceError(
                f"{what} leads away from {self.base} to the host {target.host}: not followed, "
                "because the token would go there; check NIGHTQUEST_GITHUB_API_URL."
            )
        return str(target)

    def _check_status(self, response: httpx.Response) -> None:
        status, path = response.status_code, response.url.path
        is_unchanged = status == 304 and "if-none-match" in response.request.headers
        if response.is_success or status == 404 or is_unchanged:
            return
        said = _message(response)
        if status == 401 and self._app:
            raise SourceError(
                f"GitHub at {self.base.host} refuses the GitHub App (401: {said}): check "
                "NIGHTQUEST_GITHUB_APP_ID, that the private key is this App's, and the clock."
            )
        if status == 401:
            raise SourceError(
                f"GitHub at {self.base.host} refuses the token (401): set NIGHTQUEST_GITHUB_TOKEN "
                "to a valid one."
            )
        if status in (403, 429):
            self._check_rate_limit(response)
        if status >= 500:
            raise TemporaryFault(f"GitHub at {self.base.host} answered {status} to {path}")
        if status == 403:
            whom = (
                "the GitHub App the permissions" if self._app
                else "the token in NIGHTQUEST_GITHUB_TOKEN the scopes"
            )  # fmt: skip
            raise NotGranted(
                f"GitHub at {self.base.host} forbids {path} (403: {said}): give {whom} for it; for "
                "Copilot reports the organisation's Copilot usage metrics policy must be enabled "
                "too."
            )
        kind = {410: Gone, 422: NotGranted, 451: Gone}.get(status, SourceError)
        raise kind(f"GitHub at {self.base.host} answered {status} to {path}: {said}")

    def _check_rate_limit(self, response: httpx.Response) -> None:
        headers, said = response.headers, response.text.lower()
        if (
            response.status_code == 429
            or "retry-after" in headers
            or headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in said
            or "abuse" in said
        ):
            message = f"GitHub at {self.base.host} limits the rate"
            raise RateLimited(message, self._asked_wait(headers))

    def _asked_wait(self, headers: httpx.Headers) -> float | None:
        """The seconds that a limit's headers ask to wait; None where they do not say."""
        wait = retry_after(headers, self._now)
        reset = _seconds(headers.get("x-ratelimit-reset"))
        if wait is None and reset is not None and headers.get("x-ratelimit-remaining") == "0":
            wait = max(reset - self._now(), 0) + 1  # one more for clocks that differ
        return wait

    def _check_json(self, response: httpx.Response, is_graphql: bool) -> None:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            raise TemporaryFault(
                f"GitHub at {self.base.host} answered {response.url.path} with something that is "
                "not JSON"
            ) from None
        if not is_graphql:
            return
        if not isinstance(body, dict):
            raise TemporaryFault(f"GitHub at {self.base.host} answered a query with no object")
        errors = [error for error in body.get("errors") or [] if isinstance(error, dict)]
        kinds = {str(error.get("type")) for error in errors}
        said = "; ".join(str(error.get("message")) for error in errors)
        if kinds & LIMITED_GRAPHQL_ERRORS or "rate limit" in said.lower():
            message = f"GitHub at {self.base.host} limits the rate of queries"
            raise RateLimited(message, self._asked_wait(response.headers))
        if kinds & FORBIDDEN_GRAPHQL_ERRORS:
            raise NotGranted(f"GitHub at {self.base.host} refuses a query: {said}")
        if kinds & FINAL_GRAPHQL_ERRORS or any("extensions" in error for error in errors):
            raise SourceError(f"GitHub at {self.base.host} refuses a query: {said}")
        if body.get("errors") or not isinstance(body.get("data"), dict):
            raise TemporaryFault(f"GitHub at {self.base.host} failed a query: {said or 'no data'}")


def asks_as_app(settings: Settings) -> bool:
    """Whether the settings name a GitHub App, be it only in part."""
    return any(
        (
            settings.github_app_id,
            settings.github_app_installation_id,
            settings.github_app_private_key,
            settings.github_app_private_key_file,
        )
    )


def _base_url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address.strip().rstrip("/"))
        is_usable = url.scheme in ("http", "https") and bool(url.host)
    except httpx.InvalidURL:
        is_usable = False
    if is_usable and url.userinfo:  # it would be sent in the token's place, and stand in messages
        raise SettingsError(
            "NIGHTQUEST_GITHUB_API_URL holds a name or a password: only the address belongs there, "
            "like https://api.github.com, and the token into NIGHTQUEST_GITHUB_TOKEN."
        )
    if not is_usable:
        raise SettingsError(
            f"NIGHTQUEST_GITHUB_API_URL is {address!r}: it must be an address like "
            "https://api.github.com."
        )
    return url


def _token(secret: SecretStr) -> str:
    """The token as a header takes it; an error of the HTTP library would show it."""
    token = secret.get_secret_value().strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise SettingsError("NIGHTQUEST_GITHUB_TOKEN holds blanks or characters that no token has.")
    return token


def retry_after(headers: httpx.Headers, now: Callable[[], float]) -> float | None:
    """The seconds that `retry-after` asks to wait, as a number or a date; None without it."""
    wait = _seconds(headers.get("retry-after"))
    if wait is None and (date := _epoch_of(headers.get("retry-after"))) is not None:
        wait = date - now()
    return wait


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _epoch_of(header: str | None) -> float | None:
    """A date as HTTP writes it (`Sat, 21 Nov 2026 07:33:29 GMT`) in epoch seconds."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _message(response: httpx.Response) -> str:
    """What GitHub says about an error, in one short line."""
    try:
        said = response.json()["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = response.text
    return " ".join(str(said).split())[:200]
