"""Copilot's seats, and its own view of the teams."""

import json
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest

from ingest.simulator import Simulation, simulated_organisation
from ingest.simulator.copilot_rows import user_team_rows
from ingest.simulator.organisation import Person, Team
from ingest.simulator.replay import replayed_organisation

DAY = date(2026, 10, 29)
TEAMS_REPORT = "/orgs/acme/copilot/metrics/reports/user-teams-1-day"
USERS_REPORT = "/orgs/acme/copilot/metrics/reports/users-1-day"


def rows_of(github: httpx.Client, path: str) -> list[dict]:
    links = github.get(path, params={"day": str(DAY)}).json()["download_links"]
    return [json.loads(line) for link in links for line in httpx.get(link).text.splitlines()]


def test_the_teams_report_names_the_users_of_the_day_with_their_teams(
    github: httpx.Client,
) -> None:
    rows = rows_of(github, TEAMS_REPORT)
    assert {row["user_id"] for row in rows} == {
        row["user_id"] for row in rows_of(github, USERS_REPORT)
    }
    assert set(rows[0]) == {
        "user_id", "user_login", "day", "organization_id", "team_id", "slug",
    }  # fmt: skip
    platform = github.get("/orgs/acme/teams/platform/members").json()
    listed = {row["user_id"] for row in rows if row["slug"] == "platform"}
    assert listed
    assert listed <= {member["id"] for member in platform}


def test_a_team_of_four_is_absent_and_one_of_five_is_not() -> None:
    people = tuple(Person(n, f"user-{n}") for n in range(1, 6))
    teams = [Team(1, "four", "Four", people[:4]), Team(2, "five", "Five", people)]
    rows = user_team_rows(DAY, 1, "user-1", teams)
    assert [row["slug"] for row in rows] == ["five"]


def test_a_link_to_one_report_opens_no_other(github: httpx.Client) -> None:
    (link, *_) = github.get(TEAMS_REPORT, params={"day": str(DAY)}).json()["download_links"]
    assert "copilot-user-teams-reports" in link
    other = link.replace("copilot-user-teams-reports", "copilot-usage-reports")
    assert httpx.get(other).status_code == 403


def test_replayed_rows_with_a_team_are_the_teams_report(tmp_path: Path) -> None:
    user = '{"day": "2026-10-29", "user_id": 1, "user_login": "ann"}'
    team = '{"day": "2026-10-29", "user_id": 1, "user_login": "ann", "team_id": 4, "slug": "x"}'
    (tmp_path / "rows.ndjson").write_text(f"{user}\n{team}\n")
    organisation = replayed_organisation([], [tmp_path / "rows.ndjson"])
    assert organisation.report(DAY) == [user]
    assert organisation.report(DAY, of_teams=True) == [team]


def test_a_replay_without_teams_has_no_teams_reports(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_text('{"day": "2026-10-29", "user_id": 1}')
    with simulated_organisation(copilot=[tmp_path / "rows.ndjson"]) as simulation:
        headers = {"Authorization": "Bearer any"}
        with httpx.Client(base_url=simulation.api_url, headers=headers) as github:
            assert github.get(USERS_REPORT, params={"day": str(DAY)}).status_code == 200
            assert github.get(TEAMS_REPORT, params={"day": str(DAY)}).status_code == 404


@pytest.mark.parametrize("owner", ["orgs/acme", "enterprises/corp"])
def test_every_member_has_a_seat_and_so_has_a_deleted_user(
    github: httpx.Client, simulation: Simulation, owner: str
) -> None:
    path: str | None = f"/{owner}/copilot/billing/seats"
    seats: list[dict] = []
    while path:
        response = github.get(path)
        assert response.json()["total_seats"] == 60
        seats += response.json()["seats"]
        path = response.links.get("next", {}).get("url")
    holders = [seat["assignee"] and seat["assignee"]["id"] for seat in seats]
    members = [person.user_id for person in simulation.simulator.organisation.members]
    assert holders == [*members, None]


def test_seats_show_what_is_hard_to_read(github: httpx.Client) -> None:
    seats = github.get("/orgs/acme/copilot/billing/seats", params={"per_page": 100}).json()["seats"]
    uses = [seat["last_activity_at"] for seat in seats]
    offsets = {datetime.fromisoformat(use).utcoffset() for use in uses if use}
    assert None in uses
    assert len(offsets) == 3
    cancelled = {seat["pending_cancellation_date"] for seat in seats}
    assert cancelled == {None, "2026-11-01"}


def test_seats_come_fifty_to_a_page(github: httpx.Client) -> None:
    assert len(github.get("/orgs/acme/copilot/billing/seats").json()["seats"]) == 50
