"""Copilot's usage reports: an envelope of signed links, and the files behind them.

The files lie on a second port, like GitHub's on another host. As there, a link lives only for
minutes and a request with an Authorization header is refused.
"""

import hashlib
import hmac
import json
import secrets
import time
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.simulator.faults import Fault, Faults
from ingest.simulator.organisation import Organisation
from ingest.simulator.rest import error, reply

#: A day with more rows than this comes in two parts.
ROWS_OF_ONE_PART = 40
LINK_SECONDS = 300
#: The reports, and the folder of each one's files.
USERS_FOLDER, TEAMS_FOLDER = "copilot-usage-reports", "copilot-user-teams-reports"
FOLDERS = {"users-1-day": USERS_FOLDER, "user-teams-1-day": TEAMS_FOLDER}


class Reports:
    """The two sides of a report; `download_url` is the files' host, `http://127.0.0.1:PORT`."""

    def __init__(self, organisation: Organisation, faults: Faults, download_url: str) -> None:
        self.organisation = organisation
        self.faults = faults
        self.download_url = download_url
        self._key = secrets.token_bytes(32)

    def envelope_routes(self) -> list[Route]:
        return [
            Route(f"/{scope}/{{owner}}/copilot/metrics/reports/{report}", self.envelope)
            for report in FOLDERS
            for scope in ("orgs", "enterprises")
        ]

    def file_routes(self) -> list[Route]:
        place = "{scope}/{owner}/{day}/part-{part}.ndjson"
        return [Route(f"/{folder}/{place}", self.file) for folder in FOLDERS.values()]

    def signed(self, path: str, expires: int) -> str:
        """The link to a file, good until `expires` (epoch seconds)."""
        return f"{self.download_url}{path}?se={expires}&sig={self._signature(path, expires)}"

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    def parts(self, folder: str, day: date) -> list[list[str]] | None:
        """A day's lines as the files that carry them; None when there is no report."""
        lines = self.organisation.report(day, of_teams=folder == TEAMS_FOLDER)
        if lines is None:
            return None
        half = (len(lines) + 1) // 2 if len(lines) > ROWS_OF_ONE_PART else len(lines)
        return [lines[:half], lines[half:]] if half < len(lines) else [lines]

    async def envelope(self, request: Request) -> Response:
        try:
            day = date.fromisoformat(request.query_params.get("day", ""))
        except ValueError:
            return error(422, "The parameter day must be a date like 2026-10-30.")
        scope, *_, report = request.url.path.strip("/").split("/")
        folder = FOLDERS[report]
        if folder == TEAMS_FOLDER and not self.organisation.copilot_teams:
            return error(404, "Not Found")
        parts = self.parts(folder, day)
        if parts is None:
            return Response(status_code=204)
        owner = request.path_params["owner"]
        expires = int(time.time()) + LINK_SECONDS
        faults: list[Fault] = request.scope.get("faults", [])
        dropped = {fault.drop_part for fault in faults}
        links = [
            self.signed(f"/{folder}/{scope}/{owner}/{day}/part-{part}.ndjson", expires)
            for part in range(1, len(parts) + 1)
            if part not in dropped
        ]
        return reply(request, {"download_links": links, "report_day": day.isoformat()})

    async def file(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return _refused(400, "InvalidAuthenticationInfo")
        query = request.query_params
        expires = query.get("se", "")
        if not expires.isdecimal() or not hmac.compare_digest(
            query.get("sig", ""), self._signature(request.url.path, int(expires))
        ):
            return _refused(403, "AuthenticationFailed")
        if int(expires) < time.time():
            return _refused(403, "AuthenticationFailed")
        day = date.fromisoformat(request.path_params["day"])
        folder = request.url.path.split("/")[1]
        lines = (self.parts(folder, day) or [])[int(request.path_params["part"]) - 1]
        if folder == USERS_FOLDER:
            lines = self._restated(day, lines)
        body = "".join(line + "\n" for line in lines)
        return Response(body, media_type="application/x-ndjson")

    def _restated(self, day: date, lines: list[str]) -> list[str]:
        if not any(fault.restate for fault, _ in self.faults.entries):
            return lines
        rows = [json.loads(line) for line in lines]
        lines = list(lines)
        logins = [row.get("user_login") for row in rows]
        for restatement in self.faults.restatements(day, logins):
            position = logins.index(restatement.user_login)
            rows[position] |= restatement.set
            lines[position] = json.dumps(rows[position])
        return lines


def _refused(status: int, code: str) -> Response:
    """Blob storage's error body."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Response(body, status, media_type="application/xml")
