"""Fetch and land the seats of Copilot's plans, as they are tonight."""

import logging
import time
from collections.abc import Callable
from datetime import date

import httpx

from ingest.copilot.fetch import SOURCE, owner_path
from ingest.copilot.files import line_of
from ingest.errors import SourceError
from ingest.guard import Guard
from ingest.http import GitHubClient
from ingest.landing import Landing, LandingReport
from ingest.settings import Settings

log = logging.getLogger("nightquest.ingest")

SEATS = "seats"


def seats_path(scope: str) -> str:
    return f"{owner_path(scope)}/copilot/billing/seats"


def land_seats(
    settings: Settings, landing: Landing, snapshot_day: date, *,
    transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep,
) -> LandingReport:  # fmt: skip
    """Land the seats of every scope of the settings, as the snapshot of `snapshot_day`.

    They are up to 24 h old. A snapshot that equals the last one on or before that day is not
    landed again. Nothing of the game is computed from seats: a scope whose seats are not to be had,
    for whatever reason, is left out with a warning.
    """
    with (
        landing.load(SOURCE) as load,
        GitHubClient(settings, transport=transport, sleep=sleep) as client,
    ):
        for scope in settings.copilot_scopes:
            try:
                seats = list(
                    client.pages(seats_path(scope), {}, f"Copilot plan of {scope}", key="seats")
                )
            except SourceError as error:
                log.warning("The Copilot seats of %s are left out: %s", scope, error)
                continue
            lines = [line_of(seat) for seat in seats]
            guard = Guard.of(settings, may_empty=False)
            load.put_snapshot(SEATS, scope, snapshot_day, lines, guard)
        counts = load.report.of(SEATS)
        counts.requests, counts.requests_saved = client.requests, client.requests_saved
        counts.waits = client.retries.waits
    return load.report
