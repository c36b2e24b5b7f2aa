"""The two ports: GitHub's API, and the host of the report files. One thread, one event loop."""

import asyncio
import json
import re
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import NightquestError, SettingsError
from ingest.simulator import graph, rest
from ingest.simulator.edits import editing
from ingest.simulator.faults import Fault, Faults, filled, validated_faults
from ingest.simulator.organisation import Organisation, moment_of
from ingest.simulator.reports import Reports

#: Requests an hour, as for an app of an enterprise. Counted and shown, never enforced: faults do.
HOURLY_LIMIT = 15_000
#: What a GitHub App's signed word may be good for at most, and its token is.
SIGNED_SECONDS, TOKEN_SECONDS = 600, 3600
#: What a classic token, and a GitHub App, are told that they may.
SCOPES = "read:enterprise, read:org, repo"
PERMISSIONS = {"issues": "read", "members": "read", "metadata": "read", "pull_requests": "read"}
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Simulator:
    """The ASGI application of both ports; tells them apart by the port of the connection."""

    def __init__(
        self, organisation: Organisation, faults: Faults, token: str | None,
        api_port: int, download_port: int,
    ) -> None:  # fmt: skip
        self.organisation = organisation
        self.faults = faults
        self.token = token
        #: Tokens given to a GitHub App, with the time of their end.
        self.issued: dict[str, float] = {}
        #: The public half (PEM) of the App's key. Absent, a signature cannot be verified here, and
        #: whatever decodes as a signed word is accepted.
        self.app_key: str | None = None
        self.requests: Counter[str] = Counter()
        self.not_modified = 0
        #: Requests to the files' port that held a token: there must never be one.
        self.leaks = 0
        self.started = int(time.time())
        self.api_port = api_port
        self.words = {
            "api": f"http://127.0.0.1:{api_port}",
            "files": f"http://127.0.0.1:{download_port}",
            "elsewhere": f"http://localhost:{download_port}",
        }
        self.reports = Reports(organisation, faults, f"http://127.0.0.1:{download_port}")
        self.api_routes = [
            Route("/", self.ready),
            Route("/_simulator/requests", self.show_requests),
            Route("/_simulator/faults", self.take_faults, methods=["POST"]),
            Route("/_simulator/reset", self.reset, methods=["POST"]),
            Route("/graphql", self.graphql, methods=["POST"]),
            Route("/rate_limit", self.rate_limit),
            Route(
                "/app/installations/{installation_id:int}/access_tokens",
                self.access_token,
                methods=["POST"],
            ),
            *self.reports.envelope_routes(),
            *rest.routes(organisation),
        ]
        self.file_routes = self.reports.file_routes()
        unknown = {404: lambda *_: rest.error(404, "Not Found")}
        self.api: ASGIApp = Starlette(routes=self.api_routes, exception_handlers=unknown)
        self.files: ASGIApp = Starlette(routes=self.file_routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        is_api = scope["server"][1] == self.api_port
        app, path = (self.api if is_api else self.files), scope["path"]
        if is_api and (path == "/" or path.startswith("/_simulator/")):
            await app(scope, receive, send)
            return
        template = _template(scope, self.api_routes if is_api else self.file_routes)
        self.requests[f"{scope['method']} {template}"] += 1
        self.leaks += not is_api and any(name == b"authorization" for name, _ in scope["headers"])
        day = DAY.search(scope["query_string"].decode() if is_api else path)
        striking = self.faults.striking(scope["method"], path, day and day[0])
        scope["faults"] = striking
        if pause := sum(fault.delay_seconds for fault in striking):
            await asyncio.sleep(pause)
        instead = next((fault for fault in striking if fault.status is not None), None)
        if instead:
            app = self._answer_of(instead, scope)
        elif is_api:
            app = self._refusal(scope, striking) or app
        if any(fault.is_edit for fault in striking):
            app = editing(app, striking)
        if any(fault.gzip for fault in striking):
            app = GZipMiddleware(app, minimum_size=1)
        cuts = [f.cut_after_bytes for f in striking if f.cut_after_bytes is not None]
        if cuts:
            send = _cut_off(send, min(cuts))
        await app(scope, receive, self._with_limits(send, path) if is_api else send)

    def _answer_of(self, fault: Fault, scope: Scope) -> Response:
        target = f"{scope['path']}?{scope['query_string'].decode()}"
        words = self.words | {"target": target}
        headers = {name: filled(value, words) for name, value in fault.headers.items()}
        if isinstance(fault.body, str):
            return Response(filled(fault.body, words), fault.status or 200, headers)
        body = filled(json.dumps(fault.body), words)
        return Response(body, fault.status or 200, headers, "application/json")

    def _refusal(self, scope: Scope, striking: list[Fault]) -> Response | None:
        """GitHub's 401, where the token is missing or not the one that is demanded."""
        given = Request(scope).headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        if scheme.lower() not in ("bearer", "token") or not token.strip():
            return rest.error(401, "Requires authentication")
        if scope["path"].endswith("/access_tokens"):
            return self._refused_word(token.strip())
        is_issued = self.issued.get(token.strip(), 0) > time.time()
        demanded = [None if is_issued else self.token, *(fault.token for fault in striking)]
        if any(one is not None and one != token.strip() for one in demanded):
            return rest.error(401, "Bad credentials")
        return None

    def _refused_word(self, word: str) -> Response | None:
        """GitHub's 401 for a signed word that is none, is over, or would last too long."""
        import jwt  # 0.2 s, and the demo has a token

        try:
            claims = jwt.decode(
                word, self.app_key or "", ["RS256"],
                options={"verify_signature": self.app_key is not None, "verify_exp": True,
                         "verify_iat": True, "require": ["iss", "iat", "exp"]},
            )  # fmt: skip
        except jwt.PyJWTError:
            return rest.error(401, "A JSON web token could not be decoded")
        if claims["exp"] > time.time() + SIGNED_SECONDS:
            return rest.error(401, "'Expiration time' claim ('exp') is too far in the future")
        return None

    def limits(self) -> dict[str, Any]:
        """The hour's rate limit; a new hour's worth begins when it is used up."""
        used = (self.requests.total() - self.not_modified) % HOURLY_LIMIT
        reset = self.started + (int(time.time()) - self.started) // 3600 * 3600 + 3600
        return {"limit": HOURLY_LIMIT, "used": used, "remaining": HOURLY_LIMIT - used,
                "cost": 1, "resetAt": moment_of(reset), "reset": reset}  # fmt: skip

    def _with_limits(self, send: Send, path: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.not_modified += message["status"] == 304  # costs nothing
                limits = self.limits() | {"resource": "graphql" if path == "/graphql" else "core"}
                shown = {
                    f"x-ratelimit-{name}": str(limits[name])
                    for name in ("limit", "remaining", "used", "reset", "resource")
                }
                if not self.issued:  # Apps have no scopes
                    shown["x-oauth-scopes"] = SCOPES
                headers = {key.lower() for key, _ in message["headers"]}
                message["headers"] = list(message["headers"]) + [
                    (name.encode(), value.encode())
                    for name, value in shown.items()
                    if name.encode() not in headers
                ]
            await send(message)

        return sending

    async def ready(self, _: Request) -> Response:
        return JSONResponse({"simulator": "ready", "first_day": str(self.organisation.first_day),
                             "last_day": str(self.organisation.last_day)})  # fmt: skip

    async def graphql(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            query, variables = body["query"], body.get("variables")
        except (ValueError, TypeError, KeyError, AttributeError):
            return rest.error(400, "Problems parsing JSON")
        context = graph.Context(self.organisation, self.limits())
        return JSONResponse(graph.answer(str(query), variables, context))

    async def access_token(self, _: Request) -> Response:
        token = f"ghs_{secrets.token_hex(18)}"
        self.issued[token] = time.time() + TOKEN_SECONDS
        expires_at = moment_of(int(self.issued[token]))
        given = {"token": token, "expires_at": expires_at, "permissions": PERMISSIONS}
        return JSONResponse(given, 201)

    async def rate_limit(self, _: Request) -> Response:
        core = {name: self.limits()[name] for name in ("limit", "used", "remaining", "reset")}
        return JSONResponse({"resources": {"core": core, "graphql": core}, "rate": core})

    async def show_requests(self, _: Request) -> Response:
        return JSONResponse({"total": self.requests.total(), "requests": dict(self.requests)})

    async def take_faults(self, request: Request) -> Response:
        try:
            entries = validated_faults(json.loads(await request.body()), "The faults")
        except ValueError:
            return rest.error(400, "Problems parsing JSON")
        except SettingsError as problem:
            return rest.error(422, str(problem))
        self.faults.replace(entries)
        return JSONResponse({"faults": len(entries)})

    async def reset(self, _: Request) -> Response:
        """No faults, no counts."""
        self.faults.replace([])
        self.requests.clear()
        self.not_modified = 0
        self.leaks = 0
        return JSONResponse({"faults": 0})


def _template(scope: Scope, routes: list[Route]) -> str:
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return route.path
    return "(unknown path)"


def _cut_off(send: Send, limit: int) -> Send:
    """Sends `limit` bytes of the body and never its end, so that the server hangs up."""
    left = limit

    async def sending(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.body":
            body = message.get("body", b"")[:left]
            left -= len(body)
            if not body:
                return
            message = {"type": "http.response.body", "body": body, "more_body": True}
        await send(message)

    return sending


def listening(port: int = 0) -> socket.socket:
    """A socket on loopback; port 0 takes any free one.

    Raises:
        SettingsError: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as problem:
        listener.close()
        raise SettingsError(f"Port {port} on 127.0.0.1 cannot be used: {problem}.") from None
    return listener


@contextmanager
def running(app: ASGIApp, sockets: list[socket.socket]) -> Iterator[None]:
    """An ASGI application served on these sockets by a thread of its own."""
    config = uvicorn.Config(
        app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": sockets}, name="simulator", daemon=True
    )
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise NightquestError("The simulator's server did not start.")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        for listener in sockets:
            listener.close()
