"""A GitHub App as who asks: its signed word is changed for a token of its installation.

The token lasts one hour by GitHub's clock. It is renewed after 55 minutes by ours, and once
whenever it is refused: clocks differ, and an administrator may revoke it.
"""

from collections.abc import Callable, Generator

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ingest.errors import SettingsError, SourceError
from ingest.private_keys import pem_text
from ingest.settings import Settings

#: GitHub allows 10 minutes from its own "now": a minute is left on both sides for our clock.
DRIFT_SECONDS, SIGNED_SECONDS = 60, 540
RENEWED_AFTER_SECONDS = 55 * 60

Flow = Generator[httpx.Request, httpx.Response, None]


class GitHubApp(httpx.Auth):
    """Adds the installation's token to each request of an `httpx.Client`.

    `check` raises for an answer that is neither 2xx nor 404; `now` is the time in epoch seconds.
    Only the address of `api` is ever given the signed word.

    Raises:
        SettingsError: one of the App's settings is missing or wrong; never shows the key.
    """

    requires_response_body = True

    def __init__(
        self, settings: Settings, api: httpx.URL, check: Callable[[httpx.Response], None],
        now: Callable[[], float],
    ) -> None:  # fmt: skip
        self.app_id = _given("NIGHTQUEST_GITHUB_APP_ID", settings.github_app_id)
        self.installation_id = _given(
            "NIGHTQUEST_GITHUB_APP_INSTALLATION_ID", settings.github_app_installation_id
        )
        self._key = _private_key(settings)
        self._url = api.copy_with(
            path=f"{api.path.rstrip('/')}/app/installations/{self.installation_id}/access_tokens"
        )
        self._check, self._now = check, now
        self._token, self._renew_at = "", 0.0
        #: What the installation may, as GitHub says with each token: `{"members": "read"}`.
        self.permissions: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request) -> Flow:
        """The request with the token; a token that is refused is renewed once."""
        is_new = self._now() >= self._renew_at
        if is_new:
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and not is_new:
            yield from self._renew(request)
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _renew(self, request: httpx.Request) -> Flow:
        now = self._now()
        claims = {
            "iss": self.app_id,
            "iat": int(now) - DRIFT_SECONDS,
            "exp": int(now) + SIGNED_SECONDS,
        }
        kept = ("accept", "user-agent", "x-github-api-version")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        headers["Authorization"] = f"Bearer {jwt.encode(claims, self._key, 'RS256')}"
        asking = httpx.Request("POST", self._url, headers=headers, extensions=request.extensions)
        response = yield asking
        self._check(response)
        if response.status_code == 404:
            raise SourceError(
                f"GitHub at {self._url.host} knows no installation {self.installation_id} of the "
                f"GitHub App {self.app_id} (404): check NIGHTQUEST_GITHUB_APP_INSTALLATION_ID."
            )
        try:
            given = response.json()
            self._token = str(given["token"])
            self.permissions = dict(given.get("permissions") or {})
        except (ValueError, KeyError, TypeError):
            raise SourceError(
                f"GitHub at {self._url.host} gives the GitHub App {self.app_id} no token: its "
                "answer is not of the known form."
            ) from None
        # Not `expires_at`: by a clock of ours that is an hour fast it would always be over.
        self._renew_at = now + RENEWED_AFTER_SECONDS


def _given(name: str, value: str | None) -> str:
    """An id as it stands in an address and in a signed word."""
    value = (value or "").strip()
    if not value:
        raise _missing(name)
    if not (value.isascii() and value.replace(".", "").isalnum()):
        raise SettingsError(f"{name} must be the id that GitHub shows of the App, a number.")
    return value


def _missing(name: str) -> SettingsError:
    return SettingsError(
        f"{name} is not set: a GitHub App needs NIGHTQUEST_GITHUB_APP_ID, "
        "NIGHTQUEST_GITHUB_APP_INSTALLATION_ID and NIGHTQUEST_GITHUB_APP_PRIVATE_KEY_FILE."
    )


def _private_key(settings: Settings) -> RSAPrivateKey:
    name = "NIGHTQUEST_GITHUB_APP_PRIVATE_KEY"
    value, file = settings.github_app_private_key, settings.github_app_private_key_file
    if not (value or file):
        raise _missing(f"{name}_FILE")
    name, text = pem_text(name, value, file)
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(
            f"{name} holds no RSA private key in PEM form without a passphrase: take the file that "
            "GitHub gave when the App's key was made."
        )
    return key
