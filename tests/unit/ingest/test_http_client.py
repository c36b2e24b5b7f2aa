"""The one client for GitHub: what it waits for, what it refuses, and what it says."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ingest.errors import SettingsError, SourceError
from ingest.http import GitHubClient, ServiceUnavailable
from ingest.settings import Settings

NOW = 1_000_000.0
Ask = Callable[..., Any]


@pytest.fixture
def client_of(settings: Settings, slept: list[float]) -> Callable[..., GitHubClient]:
    """A client whose server gives the answers one after the other, the last one for ever."""

    def make(*answers: httpx.Response | Exception) -> GitHubClient:
        left = list(answers)
        seen: list[httpx.Request] = []

        def handler(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        client = GitHubClient(
            settings, transport=httpx.MockTransport(handler), sleep=slept.append, now=lambda: NOW
        )
        client.seen = seen  # type: ignore[attr-defined]
        return client

    return make


def ok(body: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, json=[] if body is None else body, headers=named)


def limited(status: int, text: str = "slow down", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"message": text}, headers=named)


def test_a_request_carries_the_headers_that_github_asks_for(client_of: Ask) -> None:
    client = client_of(ok())
    client.get("/meta")
    headers = client.seen[0].headers
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2026-03-10"
    assert headers["authorization"] == "Bearer planted-token"


def test_the_scarcest_of_the_limits_is_what_is_left(client_of: Ask) -> None:
    client = client_of(
        ok(x_ratelimit_remaining="4321", x_ratelimit_resource="core"),
        ok(x_ratelimit_remaining="17", x_ratelimit_resource="graphql"),
        ok(x_ratelimit_remaining="4320", x_ratelimit_resource="core"),
        ok(x_ratelimit_remaining="many"),
    )
    assert client.requests_left is None
    for _ in range(4):
        client.get("/meta")
    assert client.requests_left == 17


@pytest.mark.parametrize("status", [403, 429])
def test_a_spent_primary_limit_is_waited_out(
    client_of: Ask, slept: list[float], status: int
) -> None:
    spent = limited(status, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) + 90))
    assert client_of(spent, ok()).get("/meta").status_code == 200
    assert slept == [91.0]


def test_a_secondary_limit_waits_as_long_as_retry_after_says(
    client_of: Ask, slept: list[float]
) -> None:
    client_of(limited(403, retry_after="17"), ok()).get("/meta")
    assert slept == [17.0]


def test_a_secondary_limit_without_headers_waits_a_minute_and_doubles(
    client_of: Ask, slept: list[float]
) -> None:
    secondary = limited(403, "You have exceeded a secondary rate limit.")
    client = client_of(secondary, limited(429), ok())
    client.get("/meta")
    assert slept == [60.0, 120.0]
    assert (client.requests, client.retries.waits) == (3, 2)


def test_a_query_limit_in_a_200_is_waited_out(client_of: Ask, slept: list[float]) -> None:
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    spent = ok(body, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) + 30))
    client = client_of(spent, ok(body), ok({"data": {"a": 1}}))
    assert client.graphql("query { a }", {}) == {"a": 1}
    assert slept == [31.0, 120.0]


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("Mon, 12 Jan 1970 13:47:20 GMT", 40.0),  # NOW is 13:46:40 of that day
        ("Mon, 12 Jan 1970 13:46:00 GMT", 0.0),
        ("soon", 60.0),
        ("-5", 0.0),
        ("inf", 60.0),
        ("999999", 3660.0),
    ],
)
def test_retry_after_may_be_a_date_and_never_stops_the_night_for_days(
    client_of: Ask, slept: list[float], header: str, waited: float
) -> None:
    client_of(limited(429, retry_after=header), ok()).get("/meta")
    assert slept == [waited]


def test_a_reset_in_milliseconds_is_not_waited_for_until_the_year_50000(
    client_of: Ask, slept: list[float]
) -> None:
    spent = limited(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) * 1000))
    client_of(spent, ok()).get("/meta")
    assert slept == [3660.0]


def test_a_spent_limit_that_does_not_say_until_when_waits_a_minute(
    client_of: Ask, slept: list[float]
) -> None:
    client_of(limited(403, x_ratelimit_remaining="0"), ok()).get("/meta")
    assert slept == [60.0]


@pytest.mark.parametrize(
    "error",
    [
        {"type": "RATE_LIMITED", "message": "API rate limit exceeded"},
        {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "already exceeded"},
        {"message": "You have exceeded a secondary rate limit."},
    ],
)
def test_a_secondary_limit_of_queries_in_a_200_waits_as_asked(
    client_of: Ask, slept: list[float], error: dict[str, str]
) -> None:
    client = client_of(ok({"errors": [error]}, retry_after="7"), ok({"data": {"a": 1}}))
    assert client.graphql("query { a }", {}) == {"a": 1}
    assert slept == [7.0]


def test_a_limit_that_does_not_end_is_given_up_loudly(client_of: Ask, slept: list[float]) -> None:
    with pytest.raises(SourceError, match="limits the rate: given up after 3 tries") as caught:
        client_of(limited(429)).get("/meta")
    assert not isinstance(caught.value, ServiceUnavailable)
    assert slept == [60.0, 120.0]


def test_5xx_and_cut_answers_are_tried_again_with_growing_waits(
    client_of: Ask, slept: list[float]
) -> None:
    cut = httpx.RemoteProtocolError("peer closed connection")
    assert client_of(httpx.Response(502), cut, ok()).get("/meta").status_code == 200
    assert 1 <= slept[0] <= 2 <= slept[1] <= 3


def test_an_unreachable_api_is_named_with_its_setting(client_of: Ask) -> None:
    with pytest.raises(SourceError) as caught:
        client_of(httpx.ConnectError("Connection refused")).get("/meta")
    assert str(caught.value) == (
        "GitHub cannot be reached at https://api.test after 3 tries (NIGHTQUEST_MAX_TRIES): "
        "Connection refused; check NIGHTQUEST_GITHUB_API_URL and the network."
    )


def test_a_wrong_token_is_answered_with_the_setting_and_never_shown(
    client_of: Ask, slept: list[float]
) -> None:
    with pytest.raises(SourceError) as caught:
        client_of(httpx.Response(401, json={"message": "Bad credentials"})).get("/meta")
    assert str(caught.value) == (
        "GitHub at api.test refuses the token (401): set NIGHTQUEST_GITHUB_TOKEN to a valid one."
    )
    assert slept == []


def test_a_token_that_no_header_can_hold_is_refused_without_showing_it(settings: Settings) -> None:
    wrong = settings.model_copy(update={"github_token": SecretStr("se cret")})
    with pytest.raises(SettingsError, match="NIGHTQUEST_GITHUB_TOKEN") as caught:
        GitHubClient(wrong)
    assert "cret" not in str(caught.value)


def test_an_address_without_a_scheme_is_a_mistake_of_the_settings(settings: Settings) -> None:
    wrong = settings.model_copy(update={"github_api_url": "api.github.com"})
    with pytest.raises(SettingsError, match=r"NIGHTQUEST_GITHUB_API_URL is 'api\.github\.com'"):
        GitHubClient(wrong)


def test_a_missing_permission_is_no_rate_limit(client_of: Ask, slept: list[float]) -> None:
    with pytest.raises(SourceError, match=r"403: Resource not accessible.*scopes"):
        client_of(limited(403, "Resource not accessible")).get("/meta")
    assert slept == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(client_of: Ask, status: int) -> None:
    client = client_of(httpx.Response(status, headers={"location": "/new?page=2"}), ok([1]))
    assert client.get("/old", {"per_page": "9"}).json() == [1]
    assert str(client.seen[1].url) == "https://api.test/new?page=2"


@pytest.mark.parametrize(
    "target", ["https://evil.test/meta", "http://api.test/meta", "https://api.test:444/meta"]
)
def test_a_redirect_elsewhere_is_refused_and_gets_no_token(client_of: Ask, target: str) -> None:
    client = client_of(httpx.Response(302, headers={"location": target}))
    with pytest.raises(SourceError, match="not followed, because the token would go there"):
        client.get("/meta")
    assert [request.url.path for request in client.seen] == ["/meta"]


def test_pages_follow_the_link_as_it_is(client_of: Ask) -> None:
    first = ok([{"id": 1}], link='<https://api.test/opaque?after=x%3D&z=1>; rel="next"')
    client = client_of(first, ok([{"id": 2}]))
    assert [item["id"] for item in client.pages("/list", {}, "list")] == [1, 2]
    assert str(client.seen[1].url) == "https://api.test/opaque?after=x%3D&z=1"


def test_a_next_page_on_another_host_is_refused(client_of: Ask) -> None:
    first = ok([{"id": 1}], link='<https://evil.test/2>; rel="next"')
    with pytest.raises(SourceError, match=r"evil\.test"):
        list(client_of(first).pages("/list", {}, "list"))


def test_an_unknown_organisation_is_named_in_the_callers_words(client_of: Ask) -> None:
    with pytest.raises(SourceError, match=re.escape("GitHub at api.test knows no org x (404).")):
        list(client_of(httpx.Response(404)).pages("/orgs/x/members", {}, "org x"))


@pytest.mark.parametrize("next_page", ["https://api.test/list?per_page=100", "/list?page=2"])
def test_a_list_that_leads_in_a_circle_is_refused(client_of: Ask, next_page: str) -> None:
    client = client_of(ok([{"id": 1}], link=f'<{next_page}>; rel="next"'))
    with pytest.raises(SourceError, match="leads through the pages of /list without an end"):
        list(client.pages("/list", {}, "list"))
    assert client.requests <= 2


def test_a_list_that_goes_on_for_ever_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        return ok([{"id": number}], link=f'</list?page={number + 1}>; rel="next"')

    monkeypatch.setattr("ingest.http.LONGEST_LIST_PAGES", 5)
    client = GitHubClient(settings, transport=httpx.MockTransport(handler))
    with pytest.raises(SourceError, match="after 5 of them"):
        list(client.pages("/list", {}, "list"))
    assert client.requests == 5


def test_a_next_page_that_is_no_address_is_refused(client_of: Ask) -> None:
    client = client_of(ok([{"id": 1}], link='<http://[::1/x>; rel="next"'))
    with pytest.raises(SourceError, match=r"next page of /list is no address"):
        list(client.pages("/list", {}, "list"))


def test_json_without_a_bottom_is_asked_for_again(client_of: Ask, slept: list[float]) -> None:
    deep = httpx.Response(200, content=b"[" * 200_000)
    assert list(client_of(deep, ok([])).pages("/list", {}, "list")) == []
    assert len(slept) == 1


def test_an_api_without_graphql_is_named(client_of: Ask) -> None:
    with pytest.raises(SourceError, match=r"GitHub at api.test knows no /graphql \(404\)"):
        client_of(httpx.Response(404, text="<html>")).graphql("query { a }", {})


def test_a_password_in_the_address_is_refused_without_showing_it(settings: Settings) -> None:
    given = settings.model_copy(update={"github_api_url": "https://bob:hunter2@ghe.test"})
    with pytest.raises(SettingsError, match="NIGHTQUEST_GITHUB_API_URL holds a name") as caught:
        GitHubClient(given)
    assert "hunter2" not in str(caught.value)


def test_a_query_that_github_refuses_is_not_asked_again(client_of: Ask, slept: list[float]) -> None:
    body = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "SAML enforcement"}]}
    with pytest.raises(SourceError, match="SAML enforcement"):
        client_of(ok(body)).graphql("query { a }", {})
    assert slept == []


def test_a_query_answered_with_errors_is_asked_again(client_of: Ask, slept: list[float]) -> None:
    failed = ok({"data": None, "errors": [{"message": "Something went wrong"}]})
    assert client_of(failed, ok({"data": {"a": 1}})).graphql("query { a }", {}) == {"a": 1}
    assert len(slept) == 1


def test_the_enterprise_servers_queries_go_beside_its_rest_version(settings: Settings) -> None:
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return ok({"data": {}})

    server = settings.model_copy(update={"github_api_url": "https://ghe.test/api/v3/"})
    GitHubClient(server, transport=httpx.MockTransport(handler)).graphql("query { a }", {})
    assert seen == ["https://ghe.test/api/graphql"]
