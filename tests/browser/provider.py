"""A small OIDC provider on loopback: whoever signs in picks a person from a page of links.

It is an emulation of a company's sign-in: authorization code flow with a signed id token, a page to
choose on in place of a password. Streamlit's own client talks to it.
"""

import secrets
import time
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "nightquest", "of-the-tests-alone"


@dataclass
class Provider:
    """Signs people in.

    Attributes:
        issuer: its address, without a slash at the end.
        people: the claims of each, by the name on the page.
    """

    issuer: str
    people: dict[str, dict]
    codes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "tests"}))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
            ]
        )

    def discovery(self, _: Request) -> Response:
        return JSONResponse({
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })  # fmt: skip

    def authorize(self, request: Request) -> Response:
        asked = request.query_params
        if "as" not in asked:
            links = "".join(
                f'<p><a href="?{escape(urlencode([*asked.items(), ("as", name)]))}">'
                f"{escape(name)}</a></p>"
                for name in self.people
            )
            return HTMLResponse(f"<!doctype html><title>Who are you?</title>{links}")
        code = secrets.token_urlsafe()
        self.codes[code] = asked["as"], asked.get("nonce")
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        found = self.codes.pop(str(form["code"]), None)
        if found is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        name, nonce = found
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": name, "iat": now, "exp": now + 600,
            **({"nonce": nonce} if nonce else {}), **self.people[name],
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, self.key)
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": signed})

    def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})
