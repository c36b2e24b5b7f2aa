"""A GitHub App instead of a token: what it signs, when it renews, and what it never shows."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr

from ingest.checks import check_sources
from ingest.errors import SettingsError, SourceError
from ingest.http import GitHubClient
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation

NOW = 1_000_000.0


def pem(key: Any, encryption: Any = None) -> str:
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()
    ).decode()  # fmt: skip


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def app(settings: Settings, key: rsa.RSAPrivateKey) -> Settings:
    return settings.model_copy(
        update={
            "github_token": None,
            "github_app_id": "77",
            "github_app_installation_id": "4711",
            "github_app_private_key": SecretStr(pem(key)),
        }
    )


class FakeGitHub:
    """Gives the tokens token-1, token-2, ...; accepts the newest that is not `revoked`."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.issued = 0
        self.revoked: set[str] = set()
        self.answer_to_app: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.url.path.endswith("/access_tokens"):
            if self.answer_to_app:
                return self.answer_to_app.pop(0)
            self.issued += 1
            # A stateless stand-in (prism) always answers with an end in 2016.
            body = {"token": f"token-{self.issued}", "expires_at": "2016-07-11T22:14:10Z"}
            return httpx.Response(201, json=body)
        given = request.headers.get("authorization")
        if given != f"Bearer token-{self.issued}" or f"token-{self.issued}" in self.revoked:
            return httpx.Response(401, json={"message": "Bad credentials"})
        return httpx.Response(200, json=[])

    @property
    def paths(self) -> list[str]:
        return [request.url.path.rsplit("/", 1)[1] for request in self.seen]


@pytest.fixture
def github() -> FakeGitHub:
    return FakeGitHub()


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(app: Settings, github: FakeGitHub, clock: Clock) -> Iterator[GitHubClient]:
    with GitHubClient(
        app, transport=httpx.MockTransport(github), sleep=lambda _: None, now=clock
    ) as opened:
        yield opened


def test_the_app_signs_for_at_most_ten_minutes_and_allows_for_clocks_that_differ(
    client: GitHubClient, github: FakeGitHub, key: rsa.RSAPrivateKey
) -> None:
    client.get("/meta")
    asked = github.seen[0]
    assert (asked.method, str(asked.url)) == (
        "POST", "https://api.test/app/installations/4711/access_tokens",
    )  # fmt: skip
    assert asked.headers["x-github-api-version"] == "2026-03-10"
    word = asked.headers["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(word)["alg"] == "RS256"
    claims = jwt.decode(
        word, key.public_key(), ["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iss": "77", "iat": NOW - 60, "exp": NOW + 540}
    assert github.seen[1].headers["authorization"] == "Bearer token-1"
    assert client.requests == 2


def test_a_token_serves_for_55_minutes_whatever_its_end_says(
    client: GitHubClient, github: FakeGitHub, clock: Clock
) -> None:
    for minute in (0, 30, 54, 55, 56):
        clock.time = NOW + minute * 60
        client.get("/meta")
    assert github.paths == ["access_tokens", "meta", "meta", "meta", "access_tokens", "meta",
                            "meta"]  # fmt: skip


def test_a_token_that_is_refused_in_the_middle_of_a_night_is_renewed_once(
    client: GitHubClient, github: FakeGitHub
) -> None:
    client.get("/meta")
    github.revoked = {"token-1"}
    assert client.get("/meta").status_code == 200
    assert github.paths == ["access_tokens", "meta", "meta", "access_tokens", "meta"]


def test_an_app_that_is_refused_with_a_new_token_too_is_an_error_that_names_its_settings(
    client: GitHubClient, github: FakeGitHub
) -> None:
    client.get("/meta")
    github.revoked = {"token-1", "token-2"}
    with pytest.raises(SourceError) as caught:
        client.get("/meta")
    assert str(caught.value) == (
        "GitHub at api.test refuses the GitHub App (401: Bad credentials): check "
        "NIGHTQUEST_GITHUB_APP_ID, that the private key is this App's, and the clock."
    )
    assert github.paths.count("access_tokens") == 2


def test_a_query_is_sent_again_whole_with_the_new_token(
    client: GitHubClient, github: FakeGitHub
) -> None:
    client.get("/meta")
    github.revoked = {"token-1"}
    with pytest.raises(SourceError, match="no object"):  # the fake answers every query with a list
        client.graphql("query { a }", {})
    bodies = [request.content for request in github.seen if request.url.path == "/graphql"]
    assert len(set(bodies)) == 1 < len(bodies)


def test_an_unknown_installation_is_named_with_its_setting(
    client: GitHubClient, github: FakeGitHub
) -> None:
    github.answer_to_app = [httpx.Response(404, json={"message": "Not Found"})]
    with pytest.raises(SourceError) as caught:
        client.get("/meta")
    assert str(caught.value) == (
        "GitHub at api.test knows no installation 4711 of the GitHub App 77 (404): check "
        "NIGHTQUEST_GITHUB_APP_INSTALLATION_ID."
    )


def test_giving_a_token_may_fail_at_first(client: GitHubClient, github: FakeGitHub) -> None:
    github.answer_to_app = [httpx.Response(502), httpx.Response(429)]
    assert client.get("/meta").status_code == 200
    assert client.retries.waits == 2


@pytest.mark.parametrize("body", ["nonsense", "[]", '{"no": "token"}'])
def test_an_answer_without_a_token_is_one_sentence(
    client: GitHubClient, github: FakeGitHub, body: str
) -> None:
    github.answer_to_app = [httpx.Response(201, text=body)]
    with pytest.raises(SourceError, match="gives the GitHub App 77 no token"):
        client.get("/meta")


def test_neither_the_signed_word_nor_the_token_leaves_for_another_host(
    client: GitHubClient, github: FakeGitHub
) -> None:
    away = httpx.Response(307, headers={"location": "https://evil.test/x"})
    github.answer_to_app = [away]
    with pytest.raises(SourceError, match="answered 307"):
        client.get("/meta")
    assert {request.url.host for request in github.seen} == {"api.test"}


def test_the_key_may_stand_in_a_file_or_in_one_line_of_the_environment(
    app: Settings, github: FakeGitHub, key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem(key))
    one_line = SecretStr(pem(key).replace("\n", "\\n"))
    for given in (
        {"github_app_private_key": None, "github_app_private_key_file": file},
        {"github_app_private_key": one_line},
    ):
        settings = app.model_copy(update=given)
        client = GitHubClient(settings, transport=httpx.MockTransport(github))
        assert client.get("/meta").status_code == 200


SECRET = "c2VjcmV0IGtleSBtYXRlcmlhbA"
BROKEN = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"github_app_id": None}, "NIGHTQUEST_GITHUB_APP_ID is not set"),
        ({"github_app_id": BROKEN}, "NIGHTQUEST_GITHUB_APP_ID must be the id"),
        ({"github_app_installation_id": " "}, "NIGHTQUEST_GITHUB_APP_INSTALLATION_ID is not set"),
        ({"github_app_installation_id": "../x"}, "NIGHTQUEST_GITHUB_APP_INSTALLATION_ID must be"),
        ({"github_app_private_key": None}, "NIGHTQUEST_GITHUB_APP_PRIVATE_KEY_FILE is not set"),
        ({"github_app_private_key": SecretStr(BROKEN)},
         "NIGHTQUEST_GITHUB_APP_PRIVATE_KEY holds no RSA private key"),
        ({"github_app_private_key": SecretStr(SECRET)},
         "NIGHTQUEST_GITHUB_APP_PRIVATE_KEY holds no RSA private key"),
        ({"github_app_private_key": None, "github_app_private_key_file": Path("/nowhere.pem")},
         r"NIGHTQUEST_GITHUB_APP_PRIVATE_KEY_FILE names no readable file \(No such file"),
        ({"github_app_private_key": None, "github_app_private_key_file": Path(BROKEN)},
         "NIGHTQUEST_GITHUB_APP_PRIVATE_KEY_FILE names no readable file"),
        ({"github_app_private_key_file": Path("key.pem")}, "are both set: keep one"),
        ({"github_token": SecretStr("t")}, "NIGHTQUEST_GITHUB_TOKEN and a GitHub App .* both set"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_apps_settings_is_one_sentence_without_the_key(
    app: Settings, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        GitHubClient(app.model_copy(update=given))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["elliptic", "encrypted"])
def test_a_key_of_another_kind_is_refused(app: Settings, key: rsa.RSAPrivateKey, kind: str) -> None:
    text = (
        pem(ec.generate_private_key(ec.SECP256R1())) if kind == "elliptic"
        else pem(key, BestAvailableEncryption(b"passphrase"))
    )  # fmt: skip
    with pytest.raises(SettingsError, match="holds no RSA private key in PEM form without a"):
        GitHubClient(app.model_copy(update={"github_app_private_key": SecretStr(text)}))


def test_a_night_may_begin_with_an_app_instead_of_a_token(app: Settings) -> None:
    check_sources(app)
    nobody = app.model_copy(
        update={"github_app_private_key": None, "github_app_id": None,
                "github_app_installation_id": None}
    )  # fmt: skip
    with pytest.raises(SettingsError, match=r"TOKEN is not set.*or a GitHub App"):
        check_sources(nobody)


@pytest.fixture
def simulation(key: rsa.RSAPrivateKey) -> Iterator[Simulation]:
    """One that accepts a single token, and the signed word of this key."""
    with simulated_organisation(snowflake=False, token="the-only-token") as running:
        public = key.public_key()
        running.simulator.app_key = public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode()
        yield running


def test_the_simulated_organisation_lets_the_app_in_and_nobody_with_another_key(
    app: Settings, simulation: Simulation
) -> None:
    there = app.model_copy(update={"github_api_url": simulation.api_url})
    with GitHubClient(there) as client:
        assert len(list(client.pages("/orgs/acme/members", {}, "organisation"))) == 59
        simulation.set_faults([{"match": {"path": "/teams"}, "status": 401, "times": 1}])
        assert len(list(client.pages("/orgs/acme/teams", {}, "organisation"))) == 8
    assert simulation.requests() == {
        "POST /app/installations/{installation_id:int}/access_tokens": 2,
        "GET /orgs/{org}/members": 1,
        "GET /orgs/{org}/teams": 2,
    }
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other = there.model_copy(update={"github_app_private_key": SecretStr(pem(stranger))})
    with pytest.raises(SourceError, match="A JSON web token could not be decoded"):
        GitHubClient(other).get("/orgs/acme/members")


@pytest.mark.parametrize(
    ("iat", "exp", "said"),
    [(-60, 900, "too far in the future"), (-900, -300, "decoded"), (900, 1200, "decoded")],
)
def test_the_simulated_organisation_refuses_a_word_that_is_not_of_now(
    simulation: Simulation, app: Settings, key: rsa.RSAPrivateKey, iat: int, exp: int, said: str
) -> None:
    word = jwt.encode(
        {"iss": "77", "iat": int(time.time()) + iat, "exp": int(time.time()) + exp}, key, "RS256"
    )
    answer = httpx.post(
        f"{simulation.api_url}/app/installations/1/access_tokens",
        headers={"Authorization": f"Bearer {word}"},
    )
    assert answer.status_code == 401
    assert said in answer.json()["message"]
