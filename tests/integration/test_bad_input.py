"""Whatever comes in wrong is told in a sentence, and readers keep the last good night."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.landing import Landing
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.tables import SNOWFLAKE_METRICS
from ingest.warehouse import open_warehouse
from orchestration.publication import PublishedNight, published_night
from orchestration.resources import night_lock
from tests.integration.leaks import leaks
from tests.integration.nights import PROJECT, Said, nightquest

TOKEN, WRONG_TOKEN, PASSWORD = "planted-token", "planted-wrong-token", "planted-password"
#: A Wednesday, two days before the simulation's last day: its reports come in two parts.
DAY = date(2026, 10, 28)
NEXT_DAY = DAY + timedelta(days=1)

#: What is asked for Copilot's report of DAY: the fault of its answer, and the reason that is noted.
LATE = {
    "no-content": ({"path": "/orgs/no-content/", "status": 204}, "no report yet (204)"),
    "not-found": ({"path": "/orgs/not-found/", "status": 404}, "no report yet (404)"),
    "no-links": (
        {"path": "/orgs/no-links/", "status": 200, "body": {"download_links": []}},
        "no report yet: the list of download links is empty",
    ),
    "cut-off": (
        {"path": "/orgs/cut-off/.*part-2", "cut_after_bytes": 1000},
        "part 2 of 2 of the report came only in half from 127.0.0.1",
    ),
    "no-part": (
        {"path": "/orgs/no-part/.*part-2", "status": 404},
        "part 2 of 2 of the report is not there: its link to 127.0.0.1 answered 404",
    ),
}


@dataclass(frozen=True)
class Home:
    """A home folder with its warehouse, and the simulation that its nights read."""

    settings: Settings
    environment: dict[str, str]

    def night(self, *arguments: str, **changes: str) -> Said:
        """`nightquest <arguments>`, with some settings changed (absent with an empty text)."""
        changed = {f"NIGHTQUEST_{name}": value for name, value in changes.items()}
        set_up = {name: v for name, v in (self.environment | changed).items() if v}
        said = nightquest(*arguments, home=self.settings.home, environment=set_up)
        for stream in (said.out, said.err):
            assert "Traceback" not in stream
            assert not re.search("|".join((TOKEN, WRONG_TOKEN, PASSWORD)), stream)
        return said

    def read(self, sql: str) -> list[tuple]:
        """Rows as a reader gets them: of the published file, or of the server's views."""
        if self.settings.postgres_url:
            with psycopg.connect(self.settings.postgres_url.get_secret_value()) as server:
                return server.execute(sql).fetchall()
        return rows(self.settings.published_file, sql)

    def published(self) -> PublishedNight:
        night = published_night(self.settings)
        assert night is not None
        return night

    @contextmanager
    def readers_undisturbed(self) -> Iterator[None]:
        """The same run with the same hash stays published, and no mart has another row."""
        night, marts = self.published(), self.marts()
        yield
        assert self.published() == night
        assert self.marts() == marts

    def marts(self) -> dict[str, list[str]]:
        tables = self.read(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        )
        assert tables
        return {
            name: sorted(map(repr, self.read(f"select * from marts.{name}"))) for (name,) in tables
        }


def rows(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False, token=TOKEN) as running:
        yield running


def environment(simulation: Simulation) -> dict[str, str]:
    quick = {"NIGHTQUEST_MAX_TRIES": "2", "NIGHTQUEST_TIME_OUT_SECONDS": "20"}
    return simulation.environment | quick


@dataclass(frozen=True)
class LateNight:
    """The night of DAY, whose Copilot reports are late or broken: copies of what it left."""

    home: Home
    said: Said
    status: Said
    published: Path
    work: Path


@pytest.fixture(scope="module")
def late_night(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> LateNight:
    folder = tmp_path_factory.mktemp("late")
    scopes = {"NIGHTQUEST_COPILOT_ORGS": ",".join(LATE)}
    home = Home(
        Settings(_env_file=None, home=folder / "home", target="duckdb"),
        environment(simulation) | scopes,
    )
    faults = []
    for fault, _ in LATE.values():
        effect = {key: value for key, value in fault.items() if key != "path"}
        faults.append({"match": {"path": fault["path"], "day": str(DAY)}, **effect})
    simulation.set_faults(faults)
    said = home.night("run", "--day", str(DAY))
    simulation.set_faults([])
    return LateNight(
        home,
        said,
        home.night("status"),
        shutil.copy(home.settings.published_file, folder / "published.duckdb"),
        shutil.copy(home.settings.work_file, folder / "work.duckdb"),
    )


@pytest.fixture(scope="module")
def next_night(late_night: LateNight) -> Said:
    """The night after it, with every report there."""
    return late_night.home.night("run", "--day", str(NEXT_DAY))


@pytest.fixture(scope="module")
def home(late_night: LateNight, next_night: Said) -> Home:
    """A home with a good night."""
    assert next_night.code == 0, next_night.err
    return late_night.home


def test_a_late_or_half_downloaded_report_leaves_its_day_pending(late_night: LateNight) -> None:
    assert late_night.said.code == 0, late_night.said.err
    states = rows(
        late_night.published,
        f"select scope, state from marts.data_status where activity_date = '{DAY}' "
        "and source = 'copilot'",
    )
    assert dict(states) == {f"org:{name}": "pending" for name in LATE}
    others = "select distinct state from marts.data_status where "
    assert rows(late_night.published, f"{others} source = 'github'") == [("provisional",)]
    assert rows(late_night.published, f"{others} activity_date < '{DAY}'") == [("provisional",)]


def test_a_pending_day_has_its_reason(late_night: LateNight) -> None:
    noted = rows(
        late_night.work,
        f"select scope, reason from ops.source_days where activity_date = '{DAY}' "
        "and source = 'copilot'",
    )
    assert len(noted) == len(LATE)
    for scope, reason in noted:
        assert LATE[scope.removeprefix("org:")][1] in reason


def test_a_pending_day_is_not_zero(late_night: LateNight) -> None:
    """Nothing of it is loaded, whatever came; nobody's streak ends by it; the day is awaited."""
    raw = f"select count(*) from raw_copilot.user_days where activity_date = '{DAY}'"
    assert rows(late_night.work, raw) == [(0,)]
    values = f"select count(*) from raw_copilot.user_day_values where activity_date = '{DAY}'"
    assert rows(late_night.work, values) == [(0,)]
    sources = rows(
        late_night.published,
        f"select distinct source from marts.fct_activity_daily where activity_date = '{DAY}'",
    )
    assert sources == [("github",)]
    actions = rows(
        late_night.published,
        f"select distinct action from marts.fct_streak_days where activity_date = '{DAY}'",
    )
    assert ("pending",) in actions
    assert not {action for (action,) in actions} & {"broken", "frozen", "idle"}
    through = "select as_of_day, complete_through, problems from marts.run_status"
    ((as_of_day, complete_through, problems),) = rows(late_night.published, through)
    assert (as_of_day, complete_through) == (DAY, DAY - timedelta(days=1))
    assert problems == f"waiting for copilot since {DAY}"
    assert late_night.status.code == 0
    assert problems in late_night.status.out


def test_the_next_night_brings_what_was_late_without_a_hand(
    late_night: LateNight, next_night: Said
) -> None:
    assert next_night.code == 0, next_night.err
    home = late_night.home
    loaded = (
        f"select scope, count(*) from raw_copilot.user_days where activity_date = '{DAY}' "
        "group by scope"
    )
    # The simulated report of that day has 57 rows, whatever the organisation is called.
    assert dict(rows(home.settings.work_file, loaded)) == {f"org:{name}": 57 for name in LATE}
    states = home.read(
        f"select distinct state from marts.data_status where activity_date = '{DAY}'"
    )
    assert states == [("provisional",)]
    active = home.read(
        "select count(distinct developer_id) from marts.fct_activity_daily "
        f"where activity_date = '{DAY}' and source = 'copilot'"
    )
    assert active[0][0] > 0
    through = home.read("select complete_through, problems from marts.run_status")
    assert through == [(NEXT_DAY, None)]


def test_an_unreachable_api_is_told_and_nothing_is_lost(home: Home) -> None:
    landed = Landing(home.settings.landing).states()
    with home.readers_undisturbed():
        said = home.night("run", "--day", str(NEXT_DAY), GITHUB_API_URL="http://127.0.0.1:9")
    assert said.code == 1
    told = last_line(said)
    assert told.startswith("nightquest: GitHub cannot be reached at http://127.0.0.1:9 ")
    assert "NIGHTQUEST_GITHUB_API_URL" in told
    assert Landing(home.settings.landing).states().equals(landed)


def test_a_refused_token_is_told_and_no_token_is_left_anywhere(home: Home) -> None:
    with home.readers_undisturbed():
        said = home.night("run", "--day", str(NEXT_DAY), GITHUB_TOKEN=WRONG_TOKEN)
    assert said.code == 1
    told = last_line(said)
    assert told.startswith("nightquest: GitHub at 127.0.0.1 refuses the token (401)")
    assert "NIGHTQUEST_GITHUB_TOKEN" in told
    # All nights of this home have used one of the two, and download links with a signature.
    assert leaks(home.settings.home, TOKEN, WRONG_TOKEN, "&sig=") == []


@pytest.mark.parametrize("name", ["plain.log", "packed.ndjson.gz", "runs.db", "work.duckdb"])
def test_the_search_for_secrets_finds_one(name: str, tmp_path: Path) -> None:
    import gzip
    import sqlite3
    import zlib

    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(TOKEN.encode()))
    elif name.endswith(".db"):
        with sqlite3.connect(path) as connection:
            connection.execute("create table snapshots (body blob)")
            packed = zlib.compress(f"a {TOKEN} in a snapshot".encode())
            connection.execute("insert into snapshots values (?)", [packed])
        connection.close()
    elif name.endswith(".duckdb"):
        with duckdb.connect(str(path)) as warehouse:
            warehouse.execute(f"create table t as select '{TOKEN}' || n as s from range(9999) r(n)")
    else:
        path.write_text(f"Authorization: Bearer {TOKEN}")
    assert leaks(tmp_path, TOKEN) == [name]
    assert leaks(tmp_path, PASSWORD) == []


def test_a_broken_rule_pack_is_told_before_anything_is_fetched(
    home: Home, simulation: Simulation, tmp_path: Path
) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PROJECT / "ingest" / "rules" / "default", pack)
    rules = pack / "xp_rules.yml"
    right = "metric: github.reviews_given"
    assert right in rules.read_text()
    rules.write_text(rules.read_text().replace(right, "metric: github.reviews_gven", 1))
    asked = simulation.requests()
    with home.readers_undisturbed():
        said = home.night("run", "--day", str(NEXT_DAY), RULES=str(pack))
    assert said.code == 2
    assert simulation.requests() == asked
    told = last_line(said)
    assert "xp_rules.yml, entry review_given, field metric: found 'github.reviews_gven'" in told
    assert "github.reviews_given" in told.partition("allowed: ")[2]


def test_two_nights_at_once_are_refused(home: Home, simulation: Simulation) -> None:
    asked = simulation.requests()
    with home.readers_undisturbed(), night_lock(home.settings.home):
        said = home.night("run", "--day", str(NEXT_DAY))
    assert said.code == 1
    assert last_line(said).startswith("nightquest: Another run is at work on ")
    assert simulation.requests() == asked


#: arguments, changed settings, what the sentence says
WRONG_USE: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "no source": (
        "run",
        {"GITHUB_ORGS": "", "COPILOT_ORGS": ""},
        ["NIGHTQUEST_GITHUB_ORGS", "NIGHTQUEST_SOURCES_FILE"],
    ),
    "no token": ("run", {"GITHUB_TOKEN": ""}, ["NIGHTQUEST_GITHUB_TOKEN is not set"]),
    "a token with a line break": (
        "run",
        {"GITHUB_TOKEN": "planted\ntoken"},
        ["NIGHTQUEST_GITHUB_TOKEN holds blanks"],
    ),
    "an API address without a scheme": (
        "run",
        {"GITHUB_API_URL": "api.github.com"},
        ["NIGHTQUEST_GITHUB_API_URL is 'api.github.com'", "https://api.github.com"],
    ),
    "an unknown target": (
        "run",
        {"TARGET": "mysql"},
        ["NIGHTQUEST_TARGET", "'mysql'", "'duckdb', 'postgres'"],
    ),
    "a range that ends before it begins": (
        "backfill --from 2026-10-28 --to 2026-10-01",
        {},
        ["--to 2026-10-01", "--from 2026-10-28"],
    ),
    "a day that is no date": ("run --day 2026-02-30", {}, ["--day", "'2026-02-30'", "%Y-%m-%d"]),
}


@pytest.mark.parametrize("mistake", WRONG_USE)
def test_wrong_use_is_told_before_anything_is_fetched(
    mistake: str, simulation: Simulation, tmp_path: Path
) -> None:
    arguments, changes, words = WRONG_USE[mistake]
    fresh = Home(Settings(_env_file=None, home=tmp_path / "home"), environment(simulation))
    asked = simulation.requests()
    said = fresh.night(*arguments.split(), **changes)
    assert said.code == 2, said.err
    for word in words:
        assert word in said.err
    assert simulation.requests() == asked
    assert not fresh.settings.home.exists()


@pytest.fixture(params=["duckdb", "postgres"])
def good_home(request: pytest.FixtureRequest, simulation: Simulation, tmp_path: Path) -> Home:
    """A home with a good night, on either engine."""
    if request.param == "duckdb":
        return request.getfixturevalue("home")
    url = make_conninfo(request.getfixturevalue("module_postgres_url"), password=PASSWORD)
    started = Home(
        Settings(
            _env_file=None, home=tmp_path / "home", target="postgres", postgres_url=SecretStr(url)
        ),
        environment(simulation) | {"NIGHTQUEST_TARGET": "postgres", "NIGHTQUEST_POSTGRES_URL": url},
    )
    said = started.night("run", "--day", str(NEXT_DAY))
    assert said.code == 0, said.err
    return started


def test_a_failed_data_test_keeps_the_last_good_night(
    good_home: Home, simulation: Simulation
) -> None:
    home = good_home
    first = home.published()
    accepted = (
        "select login, value from marts.fct_activity_daily as activity "
        "inner join marts.dim_developers as developers "
        "on activity.developer_id = developers.developer_id "
        f"where activity.activity_date = '{DAY}' and activity.metric = 'copilot.acceptances' "
        "order by login"
    )
    login = home.read(accepted)[0][0]
    restated = {"day": str(DAY), "user_login": login, "set": {"code_acceptance_activity_count": 77}}
    simulation.set_faults([{"restate": restated}])
    plant_unknown_metric(home.settings, login)

    with home.readers_undisturbed():
        said = home.night("run", "--day", str(NEXT_DAY))
    assert said.code == 1
    told = last_line(said)
    assert "relationships_fct_activity_daily_metric__metric__ref_dim_metrics_" in told
    assert "The last good night stays up." in told
    log = Path(told.partition(" See ")[2].rstrip("."))
    assert log.is_file()
    assert leaks(log.parent, TOKEN, PASSWORD) == []

    with open_warehouse(home.settings) as warehouse:
        assert warehouse.execute("delete from raw_snowflake.metrics where scope = 'planted'") == 1
    said = home.night("run", "--day", str(NEXT_DAY))
    simulation.set_faults([])
    assert said.code == 0, said.err
    assert dict(home.read(accepted))[login] == 77
    assert home.published().run_id != first.run_id
    assert home.published().content_hash != first.content_hash
    assert leaks(home.settings.home, TOKEN, PASSWORD) == []


def plant_unknown_metric(settings: Settings, login: str) -> None:
    """A row that no extract has brought: its metric is not in the registry."""
    row: dict[str, Any] = {
        "scope": "planted",
        "activity_date": DAY,
        "person_key": login,
        "key_kind": "login",
        "metric": "snowflake.unheard_of",
        "value": 1,
        "load_id": "planted",
    }
    with open_warehouse(settings) as warehouse:
        warehouse.append(SNOWFLAKE_METRICS.path, SNOWFLAKE_METRICS.frame([row]))


def last_line(said: Said) -> str:
    """The sentence that the command ends with."""
    return said.err.strip().splitlines()[-1]
