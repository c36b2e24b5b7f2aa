"""Real history replayed with faults ends in the raw rows of the same history without."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from ingest.copilot.fetch import land_user_days
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.tables import TABLES
from ingest.warehouse import DuckDBWarehouse
from tests.faults.nights import settings_of
from tests.integration.replaying import REAL_ACTIVITY, copilot_history

COMMITS = REAL_ACTIVITY / "streamlit.parquet"
#: 1,090 pull requests or so are updated since the window of the first night began.
NIGHTS = (date(2023, 8, 3), date(2023, 8, 4))
FIRST_DAY = NIGHTS[0] - timedelta(days=6)
LATE, RESTATED = date(2023, 8, 2), date(2023, 7, 31)
#: Says when or by which load, not what.
OWN_OF_A_LOAD = ("load_id", "loaded_at", "load_count")

pytestmark = pytest.mark.skipif(
    not COMMITS.exists(), reason=f"the real history is not there ({COMMITS.parent.name}/)"
)


@dataclass
class Replay:
    """A home that is filled night by night; `slept` are the waits that were asked for."""

    settings: Settings
    slept: list[float] = field(default_factory=list)

    def night(self, last: date) -> None:
        first = last - timedelta(days=6)
        landing = Landing(self.settings.landing)
        sleep = self.slept.append
        land_activity(self.settings, landing, first, last, sleep=sleep)
        land_organisation(self.settings, landing, last, sleep=sleep)
        land_user_days(self.settings, landing, first, last, last, sleep=sleep)
        warehouse = DuckDBWarehouse(self.settings.work_file)
        try:
            load_raw(self.settings, warehouse, landing, last, "run", {})
        finally:
            warehouse.close()

    def rows(self, query: str) -> list[tuple]:
        warehouse = DuckDBWarehouse(self.settings.work_file)
        try:
            return warehouse.query(query).rows()
        finally:
            warehouse.close()

    def raw(self) -> dict[str, list[tuple]]:
        """Every row of the raw tables, of the days' states and of the quarantine, sorted."""
        kept = ("source_days", "quarantine")
        tables = [t for t in TABLES if t.schema.startswith("raw_") or t.name in kept]
        return {
            table.path: sorted(
                self.rows(
                    f"select {', '.join(c for c in table.columns if c not in OWN_OF_A_LOAD)} "
                    f"from {table.path}"
                ),
                key=repr,
            )
            for table in tables
        }


@dataclass(frozen=True)
class Real:
    """The simulation of the history; `login` uses Copilot daily."""

    simulation: Simulation
    login: str


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    folder = tmp_path_factory.mktemp("replay")
    copilot, login = copilot_history([COMMITS], FIRST_DAY, NIGHTS[-1], folder)
    with simulated_organisation(activity=[COMMITS], copilot=[copilot]) as running:
        yield Real(running, login)


@pytest.fixture
def replay(real: Real, tmp_path: Path) -> Iterator[Callable[[str], Replay]]:
    yield lambda name: Replay(settings_of(real.simulation, tmp_path / name))
    real.simulation.set_faults([])


def found_since(simulation: Simulation, day: date) -> int:
    """How many pull requests a search of the replay counts."""
    search = f"org:acme is:pr updated:>={day}T00:00:00Z"
    query = f'{{ search(type: ISSUE, query: "{search}", first: 1) {{ issueCount }} }}'
    answer = httpx.post(
        f"{simulation.api_url}/graphql", json={"query": query},
        headers={"Authorization": "Bearer any"},
    )  # fmt: skip
    return answer.json()["data"]["search"]["issueCount"]


def merged_in_window() -> int:
    """Pull requests merged on the days of the last night, counted in the commits themselves."""
    start = datetime(NIGHTS[-1].year, NIGHTS[-1].month, NIGHTS[-1].day, tzinfo=UTC)
    merges = (
        pl.read_parquet(COMMITS)
        .filter(pl.col("pull_request_number").is_not_null())
        .group_by("repository", "pull_request_number")
        .agg(pl.col("committed_at").max())
    )
    since, until = start - timedelta(days=7), start + timedelta(days=1)
    return merges.filter(pl.col("committed_at").is_between(since, until, closed="left")).height


def test_a_disturbed_replay_ends_in_the_rows_of_an_undisturbed_one(
    real: Real, replay: Callable[[str], Replay]
) -> None:
    """One story: each night stands on the one before it."""
    simulation = real.simulation
    assert found_since(simulation, NIGHTS[-1] - timedelta(days=6)) >= 1_000

    calm = replay("calm")
    for day in NIGHTS:
        calm.night(day)
    assert calm.slept == []

    queries = {"method": "POST", "path": "/graphql"}
    limited = {"message": "You have exceeded a secondary rate limit"}
    changed = {"code_acceptance_activity_count": 9_999}
    simulation.set_faults(
        [
            {"match": {"path": "/users-1-day", "day": str(LATE)}, "status": 204},
            {"restate": {"day": str(RESTATED), "user_login": real.login, "set": changed}},
            {"match": queries, "after": 6, "times": 1, "status": 403, "body": limited,
             "headers": {"retry-after": "1"}},
        ]
    )  # fmt: skip
    disturbed = replay("disturbed")
    disturbed.night(NIGHTS[0])

    # What was wrong is to be seen, so that the end cannot come from looking away.
    assert disturbed.slept == [1]
    counted = f"select count(*) from raw_copilot.user_days where activity_date = '{LATE}'"
    assert disturbed.rows(counted) == [(0,)]
    seen = "select activity_date, user_login from raw_copilot.user_days where acceptances = 9999"
    assert disturbed.rows(seen) == [(RESTATED, real.login)]
    assert disturbed.raw() != calm.raw()

    simulation.set_faults(
        [{"match": queries, "after": 9, "times": 1, "status": 403, "body": limited}]
    )
    disturbed.night(NIGHTS[1])

    assert disturbed.slept == [1, 60], "without retry-after a minute"
    assert disturbed.rows(counted) == [(30,)]
    assert disturbed.rows(seen) == []
    assert disturbed.raw() == calm.raw()
    assert len(calm.raw()["raw_github.pull_requests"]) == merged_in_window()
    assert len(calm.raw()["raw_copilot.user_days"]) == 30 * 8
