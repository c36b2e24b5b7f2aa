"""Erasure as it is typed: nothing names the person any more, and every sum stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.erasure import erase
from orchestration.publication.nights import published_night
from tests.integration.leaks import leaks
from tests.integration.nights import nightquest

#: Marts whose rows must be the same, but for the person's key.
SAME = {
    "fct_xp_ledger": "developer_id, activity_date, reason, rule_version, xp_before_caps, xp",
    "fct_activity_daily": "developer_id, activity_date, metric, value, source",
    "fct_mission_attempts": (
        "mission_id, developer_id, team_id, period_start, progress, score, status, decided_on, "
        "announced_status, xp_awarded"
    ),
    "fct_badge_awards": "developer_id, badge_id, season, awarded_on, xp_reward, status",
    "fct_streak_days": "developer_id, activity_date, action, current_streak, freezes_available",
    "fct_team_days": "*",
    "bridge_team_members": "*",
}
ACCOUNTS = """
select d.login, d.developer_id, min(e.email) as email
from marts.leaderboards as b
inner join marts.dim_developers as d on b.developer_id = d.developer_id
inner join raw_github.member_emails as e on d.developer_id = 'github:' || cast(e.user_id as varchar)
where b.board_id = 'xp_all_time' and b.scope_id = 'org' and b.rank <= 3
group by d.login, d.developer_id, b.rank order by b.rank
"""


@dataclass(frozen=True)
class Person:
    login: str
    developer_id: str
    email: str

    @property
    def traces(self) -> tuple[str, ...]:
        return (self.login, self.email, f'"{self.developer_id}"', f"'{self.developer_id}'")


@dataclass(frozen=True)
class Home:
    settings: Settings
    environment: dict[str, str]
    simulation: Simulation

    def type(self, *arguments: str) -> str:
        said = nightquest(*arguments, home=self.settings.home, environment=self.environment)
        assert said.code == 0, said.err
        return said.out

    def night(self) -> None:
        self.type("run", "--day", str(self.simulation.last_day))

    def marts(self) -> dict[str, pl.DataFrame]:
        with open_warehouse(self.settings) as warehouse:
            return {
                table: warehouse.query(f"select {columns} from core.{table}").select(
                    pl.all().exclude("run_id")
                )
                for table, columns in SAME.items()
            }


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """The published re-read window of the simulated organisation."""
    folder = tmp_path_factory.mktemp("erasure")
    settings = Settings(home=folder / "home", target=request.param)
    with simulated_organisation() as simulation:
        environment = simulation.environment | {"NIGHTQUEST_TARGET": request.param}
        if request.param == "postgres":
            url = request.getfixturevalue("module_postgres_url")
            environment["NIGHTQUEST_POSTGRES_URL"] = url
            settings = settings.model_copy(update={"postgres_url": SecretStr(url)})
        home = Home(settings, environment, simulation)
        first = simulation.last_day - timedelta(days=6)
        home.type("backfill", "--from", str(first), "--to", str(simulation.last_day))
        yield home


def people(warehouse: Warehouse) -> list[Person]:
    return [Person(*row) for row in warehouse.query(ACCOUNTS).iter_rows()]


def found(home: Home, traces: tuple[str, ...]) -> list[str]:
    """Where anything still names somebody: files of the home, and tables of the server."""
    places = leaks(home.settings.home, *traces)
    if home.settings.target == "postgres":
        with open_warehouse(home.settings) as warehouse:
            tables = warehouse.query(
                "select table_schema || '.' || table_name as path from information_schema.tables "
                "where table_schema not in ('pg_catalog', 'information_schema')"
            )["path"].to_list()
            for path in tables:
                rows = str(
                    warehouse.query(f"select cast(t as varchar) as row from {path} as t").rows()
                )
                places += [path for trace in traces if trace.strip("'\"") in rows]
    return places


def renamed(marts: dict[str, pl.DataFrame], old: str, new: str) -> dict[str, pl.DataFrame]:
    return {
        table: rows.with_columns(pl.col(pl.String).replace(old, new))
        for table, rows in marts.items()
    }


def assert_same(before: dict[str, pl.DataFrame], after: dict[str, pl.DataFrame]) -> None:
    for table, rows in before.items():
        assert rows.height > 0, table
        assert sorted(map(str, rows.rows())) == sorted(map(str, after[table].rows())), table


def test_nothing_names_the_person_and_every_sum_stays(home: Home) -> None:
    with open_warehouse(home.settings) as warehouse:
        person, *_ = people(warehouse)
    before = home.marts()
    assert found(home, person.traces)
    said = home.type("erase", person.login.upper())
    pseudonym = said.split(" is ")[1].split(" ")[0]
    assert pseudonym.startswith("erased:")
    assert found(home, person.traces) == []
    assert_same(renamed(before, person.developer_id, pseudonym), home.marts())
    with open_warehouse(home.settings) as warehouse:
        told = warehouse.query("select count(*) as n from core.fct_corrections").item()
        ranked = warehouse.query(
            "select count(*) as n from core.leaderboards where developer_id = $1", [pseudonym]
        ).item()
        left = warehouse.query(
            "select left_on from core.dim_developers where developer_id = $1", [pseudonym]
        ).item()
    assert (told, ranked, left) == (0, 0, home.simulation.last_day)


@pytest.mark.long
def test_an_erasure_that_was_killed_is_finished_by_the_next_night(home: Home) -> None:
    """The sources still know the person: what they deliver again is no news."""
    with open_warehouse(home.settings) as warehouse:
        person, *_ = people(warehouse)
    before = home.marts()
    pseudonym = erase(home.settings, person.developer_id).pseudonym
    home.night()
    after = home.marts()
    assert_same(renamed(before, person.developer_id, pseudonym), after)
    night = published_night(home.settings)
    home.type("erase", person.email)
    assert found(home, person.traces) == []
    again = published_night(home.settings)
    assert (again and again.content_hash) == (night and night.content_hash)


def test_an_unknown_name_is_refused(home: Home) -> None:
    said = nightquest("erase", "nobody-here", home=home.settings.home, environment=home.environment)
    assert said.code == 2
    assert "Nobody is known as 'nobody-here'" in said.err
