"""Settings of a made-up organisation, and a fake GitHub behind httpx's own mock transport."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.landing import Landing
from ingest.settings import Settings
from ingest.warehouse import DuckDBWarehouse

TOKEN = "planted-token"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, home=tmp_path, github_api_url="https://api.test", github_token=TOKEN,
        github_orgs=["acme"], copilot_download_hosts=["files.test"], max_tries=3,
    )  # fmt: skip


@pytest.fixture
def landing(settings: Settings) -> Landing:
    return Landing(settings.landing)


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[DuckDBWarehouse]:
    opened = DuckDBWarehouse(settings.work_file)
    yield opened
    opened.close()


@pytest.fixture
def slept() -> list[float]:
    """The waits that were asked for, in seconds; nobody waits them."""
    return []


def user_day(user_id: int, day: str = "2026-05-07", **fields: Any) -> dict[str, Any]:
    """A row of a report; every field but the key may be absent."""
    return {"user_id": user_id, "user_login": f"user-{user_id}", "day": day, **fields}


def ndjson(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


class FakeCopilot:
    """One report, in parts, on an API host and a download host; tests overwrite the answers.

    There are no user-teams reports; who asks for them is kept apart from the other requests.
    """

    def __init__(self) -> None:
        self.parts = [ndjson(user_day(1, code_generation_activity_count=3))]
        self.envelope: Callable[[date], httpx.Response] = self.usual_envelope
        self.file: Callable[[int], httpx.Response] = self.usual_file
        self.teams: Callable[[date], httpx.Response] = lambda _: httpx.Response(404)
        self.requests: list[httpx.Request] = []
        self.teams_asked: list[date] = []
        self.link_host = "https://files.test"

    def usual_envelope(self, day: date) -> httpx.Response:
        links = [f"{self.link_host}/part-{n}?sig=signed" for n in range(1, len(self.parts) + 1)]
        return httpx.Response(200, json={"download_links": links, "report_day": str(day)})

    def usual_file(self, part: int) -> httpx.Response:
        return streamed(200, self.parts[part - 1])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/user-teams-1-day"):
            self.teams_asked.append(date.fromisoformat(request.url.params["day"]))
            return self.teams(self.teams_asked[-1])
        self.requests.append(request)
        if request.url.host == "api.test":
            return self.envelope(date.fromisoformat(request.url.params["day"]))
        return self.file(int(request.url.path.rsplit("-", 1)[1]))

    def asked(self, host: str) -> int:
        return sum(request.url.host == host for request in self.requests)


def streamed(status: int, body: bytes, **headers: str) -> httpx.Response:
    """An answer whose raw bytes can still be read, as from a socket."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


@pytest.fixture
def copilot() -> FakeCopilot:
    return FakeCopilot()
