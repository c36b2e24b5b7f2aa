"""Seats: a snapshot each night, which the game does not need."""

import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from ingest.copilot.frames import frame_seats
from ingest.copilot.seats import land_seats
from ingest.framing import Framed, Payload
from ingest.landing import DatasetReport, Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.tables import COPILOT_SEATS
from ingest.warehouse import DuckDBWarehouse
from tests.unit.ingest.conftest import ndjson

DAY = date(2026, 5, 7)
Land = Callable[..., DatasetReport]


def seat(user_id: int | None, **fields: Any) -> dict[str, Any]:
    assignee = user_id and {"id": user_id, "login": f"user-{user_id}", "type": "User"}
    return {"assignee": assignee, "created_at": "2025-01-02T03:04:05Z", **fields}


class FakeBilling:
    """The seats of every scope, two on a page; tests overwrite the answer of a path."""

    def __init__(self) -> None:
        self.seats = [seat(1), seat(2), seat(None)]
        self.answers: dict[str, httpx.Response] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if answer := self.answers.get(request.url.path):
            return answer
        start = int(request.url.params.get("page", 1)) * 2 - 2
        body = {"total_seats": len(self.seats), "seats": self.seats[start : start + 2]}
        following = str(request.url.copy_set_param("page", start // 2 + 2))
        more = {"Link": f'<{following}>; rel="next"'} if start + 2 < len(self.seats) else {}
        return httpx.Response(200, json=body, headers=more)


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling()


@pytest.fixture
def land(settings: Settings, landing: Landing, billing: FakeBilling, slept: list[float]) -> Land:
    def run(day: date = DAY, **changes: object) -> DatasetReport:
        return land_seats(
            settings.model_copy(update=changes), landing, day,
            transport=httpx.MockTransport(billing), sleep=slept.append,
        ).of("seats")  # fmt: skip

    return run


def test_all_pages_are_one_snapshot(land: Land, landing: Landing, billing: FakeBilling) -> None:
    seen = land()
    assert billing.asked == [
        "https://api.test/orgs/acme/copilot/billing/seats?per_page=100",
        "https://api.test/orgs/acme/copilot/billing/seats?per_page=100&page=2",
    ]
    (state,) = landing.states().iter_rows(named=True)
    lines = landing.content(state["payload"]).splitlines()
    assert [json.loads(line) for line in lines] == billing.seats
    assert (state["dataset"], state["scope"], state["day"]) == ("seats", "org:acme", DAY)
    assert (seen.rows, seen.requests) == (3, 2)


def test_an_enterprise_has_seats_of_its_own(land: Land, billing: FakeBilling) -> None:
    land(copilot_enterprise="big corp", copilot_orgs=[])
    path = "https://api.test/enterprises/big%20corp/copilot/billing/seats"
    assert billing.asked[0].startswith(path)


def test_unchanged_seats_are_not_landed_again(
    land: Land, landing: Landing, billing: FakeBilling
) -> None:
    land()
    billing.seats.reverse()
    assert land(DAY + timedelta(days=1)).changed_days == 0
    assert landing.states()["day"].to_list() == [DAY]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(403, json={"message": "Not for you"}), "403: Not for you"),
        (httpx.Response(404), "404"),
        (httpx.Response(422), "422"),
        (httpx.Response(401), "refuses the token"),
        (httpx.Response(502), "502"),
        (httpx.Response(200, json={"total_seats": 3}), "not a list"),
    ],
)
def test_seats_that_cannot_be_read_are_a_warning_and_the_rest_goes_on(
    land: Land, landing: Landing, billing: FakeBilling, caplog: pytest.LogCaptureFixture,
    answer: httpx.Response, why: str,
) -> None:  # fmt: skip
    billing.answers["/orgs/acme/copilot/billing/seats"] = answer
    land(copilot_orgs=["acme", "other"])
    (said,) = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and "are left out" in record.getMessage()
    ]
    assert said.startswith("The Copilot seats of org:acme are left out: GitHub ")
    assert why in said
    assert landing.states()["scope"].to_list() == ["org:other"]


def framed(*rows: Any) -> Framed:
    return frame_seats([Payload("org:acme", DAY, "load-1", ndjson(*rows))])


def test_a_seat_is_typed_with_its_times_in_utc() -> None:
    row = seat(
        7, plan_type="business", last_activity_at="2026-05-06T20:53:32-06:00",
        last_activity_editor="vscode/1.77.3/copilot", pending_cancellation_date="2026-06-01",
        assigning_team={"id": 1}, updated_at=None,
    )  # fmt: skip
    assert framed(row).tables[COPILOT_SEATS].to_dicts() == [
        {
            "scope": "org:acme", "snapshot_date": DAY, "user_id": 7, "user_login": "user-7",
            "plan_type": "business", "assigned_at": datetime(2025, 1, 2, 3, 4, 5),
            "last_activity_at": datetime(2026, 5, 7, 2, 53, 32),
            "last_activity_editor": "vscode/1.77.3/copilot",
            "pending_cancellation_date": date(2026, 6, 1), "load_id": "load-1",
        }
    ]  # fmt: skip


def test_a_seat_may_have_no_holder_and_no_use() -> None:
    result = framed(seat(None, last_activity_at=None, pending_cancellation_date=None))
    (row,) = result.tables[COPILOT_SEATS].to_dicts()
    assert (row["user_id"], row["user_login"], row["last_activity_at"]) == (None, None, None)
    assert not result.quarantined


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"plan_type": "business"}, "assignee is missing"),
        (seat(1) | {"assignee": {"id": 5, "slug": "a-team"}}, "assignee.login is missing"),
        (seat(1, last_activity_at="yesterday"), "last_activity_at"),
        (seat(1, last_activity_at="0001-01-01T00:00:00+14:00"), "last_activity_at"),
        (seat(1, last_activity_at=1746576000), "last_activity_at"),
        (seat(1, pending_cancellation_date="soon"), "pending_cancellation_date"),
        ("seat", "the row"),
    ],
)
def test_a_wrong_seat_goes_to_quarantine_and_the_rest_goes_on(row: Any, reason: str) -> None:
    result = framed(seat(2), row)
    assert result.tables[COPILOT_SEATS]["user_id"].to_list() == [2]
    (refused,) = result.quarantined
    assert refused["reason"].startswith(reason)


def test_seats_are_loaded_into_their_raw_table(
    land: Land, settings: Settings, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    land()
    load_raw(settings, warehouse, landing, DAY, "run", {})
    query = "select snapshot_date, user_id from raw_copilot.seats order by user_id nulls last"
    assert warehouse.query(query).rows() == [(DAY, 1), (DAY, 2), (DAY, None)]
