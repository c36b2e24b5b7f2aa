"""Whole nights against the simulated organisation: real sockets, real connector, real faults."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing, LandingReport
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.snowflake.fetch import land_extracts
from ingest.warehouse import DuckDBWarehouse

ZONE = "Europe/Berlin"
Night = Callable[[], tuple[list[LandingReport], dict[str, int]]]


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation() as running:
        yield running


@pytest.fixture
def settings(
    simulation: Simulation, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    for name, value in simulation.environment.items():
        monkeypatch.setenv(name, value)
    yield Settings(_env_file=None, home=tmp_path)
    simulation.set_faults([])


@pytest.fixture
def last_day(simulation: Simulation) -> date:
    """A Wednesday: people work on the days before."""
    day = simulation.last_day
    return day - timedelta(days=(day.isoweekday() - 3) % 7)


@pytest.fixture
def copilot_night(
    settings: Settings, landing: Landing, warehouse: DuckDBWarehouse, last_day: date
) -> Night:
    """Copilot's week alone."""

    def run() -> tuple[list[LandingReport], dict[str, int]]:
        first_day = last_day - timedelta(days=6)
        report = land_user_days(
            settings, landing, first_day, last_day, last_day, sleep=lambda _: None
        )
        return [report], load_raw(settings, warehouse, landing, last_day, "run", {})

    return run


@pytest.fixture
def night(settings: Settings, landing: Landing, last_day: date, copilot_night: Night) -> Night:
    def run() -> tuple[list[LandingReport], dict[str, int]]:
        first_day = last_day - timedelta(days=6)
        others = [
            land_activity(settings, landing, first_day, last_day, time_zone=ZONE),
            land_organisation(settings, landing, last_day),
            land_seats(settings, landing, last_day),
            land_extracts(settings, landing, first_day, last_day, ZONE),
        ]
        reports, written = copilot_night()
        return reports + others, written

    return run


def pending(reports: list[LandingReport]) -> dict[tuple[str, date], str]:
    return reports[0].of("users-1-day").pending


def test_a_night_lands_and_loads_every_source_and_the_next_one_changes_nothing(
    night: Night, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    reports, written = night()
    for report in reports:
        for dataset, counts in report.datasets.items():
            assert counts.complete_days == counts.days, dataset
            assert counts.rows > 0, dataset
            if dataset != "metrics":  # one landed row holds several metrics
                (table,) = [t for t in written if t.endswith(table_of(dataset))]
                assert written[table] == counts.rows
    assert warehouse.query("select * from ops.quarantine").is_empty()

    files = sorted(landing.folder.rglob("*"))
    reports, written = night()
    assert written == {}
    assert sum(c.changed_days for report in reports for c in report.datasets.values()) == 0
    assert sorted(landing.folder.rglob("*")) == files


def table_of(dataset: str) -> str:
    reports = {"users-1-day": "user_days", "user-teams-1-day": "user_teams"}
    return f".{reports.get(dataset, dataset)}"


def test_a_restated_copilot_row_replaces_its_day_alone(
    simulation: Simulation, copilot_night: Night, warehouse: DuckDBWarehouse, last_day: date
) -> None:
    copilot_night()
    query = "select user_login from raw_copilot.user_days where activity_date = $1 order by 1"
    login = warehouse.query(query, [last_day])["user_login"][0]
    restatement = {"day": str(last_day), "user_login": login,
                   "set": {"code_acceptance_activity_count": 77}}  # fmt: skip
    simulation.set_faults([{"restate": restatement}])
    _, written = copilot_night()
    assert written["ops.source_days"] == 1
    query = "select activity_date, user_login from raw_copilot.user_days where acceptances = 77"
    assert (last_day, login) in warehouse.query(query).rows()


@pytest.mark.parametrize(
    "fault",
    [
        {"cut_after_bytes": 1000},
        {"cut_after_bytes": 1000, "gzip": True},
        {"status": 503},
        {"status": 429, "headers": {"retry-after": "0"}},
    ],
)
def test_a_download_that_fails_at_first_is_fetched_again(
    simulation: Simulation, copilot_night: Night, fault: dict[str, Any]
) -> None:
    simulation.set_faults([{"match": {"path": "/part-1"}, "times": 2, **fault}])
    reports, _ = copilot_night()
    assert pending(reports) == {}
    assert reports[0].of("users-1-day").waits == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"cut_after_bytes": 1000}, "came only in half from 127.0.0.1"),
        ({"cut_after_bytes": 1000, "gzip": True}, "came only in half from 127.0.0.1"),
        ({"status": 404}, "its link to 127.0.0.1 answered 404"),
    ],
)
def test_a_download_that_always_fails_leaves_its_day_pending_and_the_rest_goes_on(
    simulation: Simulation, copilot_night: Night, last_day: date, warehouse: DuckDBWarehouse,
    fault: dict[str, Any], said: str,
) -> None:  # fmt: skip
    match = {"path": "/part-1", "day": str(last_day)}
    simulation.set_faults([{"match": match, **fault}])
    reports, _ = copilot_night()
    ((key, reason),) = pending(reports).items()
    assert key == ("org:acme", last_day)
    assert said in reason
    query = "select count(*) from raw_copilot.user_days where activity_date = $1"
    assert warehouse.query(query, [last_day]).rows() == [(0,)]
    assert reports[0].of("users-1-day").complete_days == 6
