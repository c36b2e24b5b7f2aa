"""The user-teams reports: a check beside the game, which never makes it wait."""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from ingest.copilot.fetch import land_user_days
from ingest.copilot.frames import DUPLICATE_IN_TEAM, frame_user_teams
from ingest.errors import SourceError
from ingest.framing import Framed, Payload
from ingest.landing import Landing, LandingReport
from ingest.loading import configured_sources
from ingest.settings import Settings
from ingest.tables import COPILOT_USER_TEAMS
from tests.unit.ingest.conftest import FakeCopilot, ndjson, streamed, user_day

DAY = date(2026, 5, 7)
Land = Callable[..., LandingReport]


def user_team(user_id: Any, team_id: Any, day: Any = "2026-05-07", **fields: Any) -> dict[str, Any]:
    return {"user_id": user_id, "team_id": team_id, "day": day, **fields}


@pytest.fixture
def land(settings: Settings, landing: Landing, copilot: FakeCopilot, slept: list[float]) -> Land:
    def run(days: int = 1) -> LandingReport:
        return land_user_days(
            settings, landing, DAY - timedelta(days=days - 1), DAY, DAY,
            transport=httpx.MockTransport(copilot), sleep=slept.append,
        )  # fmt: skip

    return run


@pytest.fixture
def report(copilot: FakeCopilot) -> list[bytes]:
    """The only part of a user-teams report that is there for every day, to be changed."""
    parts = [ndjson(user_team(1, 42))]

    def envelope(day: date) -> httpx.Response:
        links = ["https://files.test/part-9"]
        return httpx.Response(200, json={"download_links": links, "report_day": str(day)})

    def file(part: int) -> httpx.Response:
        return streamed(200, parts[0]) if part == 9 else copilot.usual_file(part)

    copilot.teams, copilot.file = envelope, file
    return parts


def test_both_reports_of_a_day_are_landed_each_with_its_own_state(
    land: Land, landing: Landing, report: list[bytes], copilot: FakeCopilot
) -> None:
    seen = land()
    contents = {
        state["dataset"]: landing.content(state["payload"])
        for state in landing.states().iter_rows(named=True)
    }
    assert contents == {"users-1-day": copilot.parts[0], "user-teams-1-day": report[0]}
    assert [seen.of(name).requests for name in contents] == [2, 2]


def test_a_missing_teams_report_is_pending_by_itself_and_nothing_waits_for_it(
    land: Land, settings: Settings
) -> None:
    seen = land()
    assert seen.of("user-teams-1-day").pending == {("org:acme", DAY): "no report yet (404)"}
    assert seen.of("users-1-day").complete_days == 1
    assert "user-teams-1-day" not in configured_sources(settings, DAY)["dataset"].to_list()


def test_a_scope_without_any_teams_report_is_asked_for_five_days_and_costs_no_warning(
    land: Land, copilot: FakeCopilot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nightquest.ingest")
    usual = copilot.usual_envelope
    copilot.envelope = lambda day: usual(day) if day == DAY else httpx.Response(404)
    land(days=60)
    assert copilot.teams_asked == [DAY - timedelta(days=n) for n in range(5)]
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == []
    assert "no user-teams-1-day report of org:acme on 5 days in a row" in caplog.text


def test_newest_days_without_a_report_yet_hide_no_older_ones(
    land: Land, report: list[bytes], copilot: FakeCopilot
) -> None:
    there = copilot.teams
    late = DAY - timedelta(days=4)
    copilot.teams = lambda day: there(day) if day <= late else httpx.Response(404)
    report[0] = ndjson({"user_id": 1, "team_id": 42})
    seen = land(days=20).of("user-teams-1-day")
    assert (seen.complete_days, len(seen.pending)) == (16, 4)


@pytest.mark.parametrize("status", [403, 422])
def test_teams_that_the_token_may_not_read_do_not_stop_the_night(
    land: Land, copilot: FakeCopilot, status: int
) -> None:
    copilot.teams = lambda _: httpx.Response(status, json={"message": "Not for you"})
    seen = land()
    (said,) = seen.of("user-teams-1-day").pending.values()
    assert f"{status}" in said
    assert "Not for you" in said
    assert seen.of("users-1-day").complete_days == 1


def test_users_that_the_token_may_not_read_do(land: Land, copilot: FakeCopilot) -> None:
    copilot.envelope = lambda _: httpx.Response(403, json={"message": "Not for you"})
    with pytest.raises(SourceError, match="Not for you"):
        land()


def test_a_failing_service_is_given_up_for_each_report_by_itself(
    land: Land, copilot: FakeCopilot
) -> None:
    copilot.parts = [ndjson({"user_id": 1})]
    copilot.teams = lambda _: httpx.Response(503)
    seen = land(days=20)
    assert seen.of("users-1-day").complete_days == 20
    assert len(seen.of("user-teams-1-day").pending) == 20
    assert len(copilot.teams_asked) == 9  # three days, three tries each


def test_a_teams_report_with_too_many_bad_rows_is_refused(land: Land, report: list[bytes]) -> None:
    report[0] = ndjson(user_team(1, 42), {"user_id": 1})
    (said,) = land().of("user-teams-1-day").pending.values()
    assert said.startswith("the report is refused: 1 of 2 rows cannot be loaded")


def framed(*rows: Any) -> Framed:
    return frame_user_teams([Payload("org:acme", DAY, "load-1", ndjson(*rows))])


def test_a_row_names_a_user_and_one_of_their_teams() -> None:
    row = user_team(7, 42, user_login="al\x00ice", slug="frontend", organization_id="9", new={})
    assert framed(row).tables[COPILOT_USER_TEAMS].to_dicts() == [
        {
            "scope": "org:acme", "activity_date": DAY, "user_id": 7, "user_login": "al\ufffdice",
            "team_id": 42, "slug": "frontend", "load_id": "load-1",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"team_id": 42}, "user_id is missing"),
        ({"user_id": 1}, "team_id is missing"),
        (user_team("1", 42), "user_id"),
        (user_team(1, 4.5), "team_id"),
        (user_team(1, 42, slug=3), "slug"),
        (user_team(1, 42, "2026-05-06"), "day is 2026-05-06, the report is of 2026-05-07"),
        (user_team(3, 42), DUPLICATE_IN_TEAM),
        (["x"], "the row"),
    ],
)
def test_a_wrong_row_goes_to_quarantine_and_the_rest_goes_on(row: Any, reason: str) -> None:
    result = framed(user_team(2, 42), user_team(3, 42), row, user_team(3, 43))
    rows = result.tables[COPILOT_USER_TEAMS].select("user_id", "team_id").rows()
    assert rows == [(2, 42), (3, 42), (3, 43)]
    (refused,) = result.quarantined
    assert refused["reason"].startswith(reason)
    assert refused["row_number"] == 3


def test_a_users_row_is_no_teams_row() -> None:
    assert framed(user_day(1)).quarantined[0]["reason"] == "team_id is missing"
