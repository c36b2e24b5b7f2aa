"""Whatever comes in wrong is told in a sentence, and readers keep the last good night."""

import gzip
import re
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.checks import check_sources
from ingest.errors import SettingsError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.warehouse import open_warehouse
from orchestration.publication.nights import PublishedNight, published_night
from orchestration.resources import night_lock
from tests.integration.leaks import leaks
from tests.integration.nights import PROJECT, Said, nightquest, unknown_team

TOKEN, WRONG_TOKEN, PASSWORD = "planted-token", "planted-wrong-token", "planted-password"
#: A Wednesday near the simulation's last day. Its report has 57 rows in two parts, whatever the
#: organisation is called that is asked for.
DAY = date(2026, 10, 28)
NEXT_DAY = DAY + timedelta(days=1)
ROWS = 57

#: Organisations whose Copilot report of DAY is late or broken: the requests it happens to, what
#: happens, and the reason that is noted.
LATE = {
    "no-content": ("/orgs/no-content/", {"status": 204}, "no report yet (204)"),
    "not-found": ("/orgs/not-found/", {"status": 404}, "no report yet (404)"),
    "no-links": (
        "/orgs/no-links/",
        {"status": 200, "body": {"download_links": []}},
        "no report yet: the list of download links is empty",
    ),
    "cut-off": (
        "/orgs/cut-off/.*part-2",
        {"cut_after_bytes": 1000},
        "part 2 of 2 of the report came only in half from 127.0.0.1",
    ),
    "no-part": (
        "/orgs/no-part/.*part-2",
        {"status": 404},
        "part 2 of 2 of the report is not there: its link to 127.0.0.1 answered 404",
    ),
}


@dataclass(frozen=True)
class Home:
    """A home folder with its warehouse, and the settings of its nights."""

    settings: Settings
    environment: dict[str, str]

    def command(self, *arguments: str, **changes: str) -> Said:
        """`nightquest <arguments>`, with some settings changed; an empty text unsets one."""
        changed = {f"NIGHTQUEST_{name}": value for name, value in changes.items()}
        set_up = {name: v for name, v in (self.environment | changed).items() if v}
        said = nightquest(*arguments, home=self.settings.home, environment=set_up)
        for stream in (said.out, said.err):
            assert "Traceback" not in stream
            assert not re.search(f"{TOKEN}|{WRONG_TOKEN}|{PASSWORD}", stream)
        return said

    def shown(self, sql: str) -> list[tuple]:
        """Rows as a reader gets them: of the published file, or of the server's views."""
        if self.settings.postgres_url:
            with psycopg.connect(self.settings.postgres_url.get_secret_value()) as server:
                return server.execute(sql).fetchall()
        with duckdb.connect(str(self.settings.published_file), read_only=True) as file:
            return file.execute(sql).fetchall()

    def loaded(self, sql: str) -> list[tuple]:
        """Rows of the pipeline's own warehouse."""
        with open_warehouse(self.settings) as warehouse:
            return warehouse.query(sql).rows()

    def published(self) -> PublishedNight:
        night = published_night(self.settings)
        assert night is not None
        return night

    def marts(self) -> dict[str, list[str]]:
        """All rows of all marts, when and by which run they were written included."""
        tables = self.shown(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        )
        assert tables
        return {
            name: sorted(map(repr, self.shown(f"select * from marts.{name}"))) for (name,) in tables
        }

    @contextmanager
    def readers_undisturbed(self) -> Iterator[None]:
        """The same run with the same hash stays published, and no mart has another row."""
        night, marts = self.published(), self.marts()
        yield
        assert self.published() == night
        assert self.marts() == marts


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False, token=TOKEN) as running:
        yield running


@dataclass(frozen=True)
class Look:
    """What a night has left about Copilot's reports of DAY, by scope where nothing else is said."""

    said: Said
    night: PublishedNight
    states: dict[str, str]
    reasons: dict[str, str | None]
    raw_rows: dict[str, int]
    value_rows: int
    active_people: int
    streak_actions: set[str]


def run(home: Home, day: date) -> Look:
    """A night, and a look at what it left."""
    said = home.command("run", "--day", str(day))
    of_day = f"activity_date = '{DAY}'"
    return Look(
        said,
        home.published(),
        dict(
            home.shown(
                f"select scope, state from marts.data_status where {of_day} and source = 'copilot'"
            )
        ),
        dict(
            home.loaded(
                "select scope, reason from ops.source_days "
                f"where {of_day} and dataset = 'users-1-day'"
            )
        ),
        dict(
            home.loaded(
                f"select scope, count(*) from raw_copilot.user_days where {of_day} group by scope"
            )
        ),
        home.loaded(f"select count(*) from raw_copilot.user_day_values where {of_day}")[0][0],
        home.shown(
            "select count(distinct developer_id) from marts.fct_activity_daily "
            f"where {of_day} and source = 'copilot'"
        )[0][0],
        {
            action
            for (action,) in home.shown(
                f"select distinct action from marts.fct_streak_days where {of_day}"
            )
        },
    )


@dataclass(frozen=True)
class Story:
    """Three nights: late reports, the next day with a failing data test, the same day again."""

    home: Home
    late: Look
    status: Said
    failed: Look
    status_of_failed: Said
    marts_before: dict[str, list[str]]
    marts_after_failure: dict[str, list[str]]
    healed: Look


def story_of(simulation: Simulation, settings: Settings) -> Story:
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    home = Home(
        settings,
        simulation.environment
        | {
            "NIGHTQUEST_MAX_TRIES": "2",
            # DAY lies where the simulation's days do.
            "NIGHTQUEST_STALE_AFTER_DAYS": "36500",
            "NIGHTQUEST_COPILOT_ORGS": ",".join(LATE),
            "NIGHTQUEST_TARGET": settings.target,
            "NIGHTQUEST_POSTGRES_URL": url,
        },
    )
    simulation.set_faults(
        [{"match": {"path": path, "day": str(DAY)}, **effect} for path, effect, _ in LATE.values()]
    )
    late = run(home, DAY)
    assert late.said.code == 0, late.said.err
    status = home.command("status")
    before = home.marts()
    with unknown_team(settings, DAY):
        failed = run(home, NEXT_DAY)
        status_of_failed = home.command("status")
        after_failure = home.marts()
    simulation.set_faults([])
    healed = run(home, NEXT_DAY)
    return Story(home, late, status, failed, status_of_failed, before, after_failure, healed)


@pytest.fixture(scope="module")
def duckdb_story(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = tmp_path_factory.mktemp("duckdb") / "home"
    return story_of(simulation, Settings(_env_file=None, home=home, target="duckdb"))


@pytest.fixture(scope="module")
def postgres_story(
    simulation: Simulation, tmp_path_factory: pytest.TempPathFactory, module_postgres_url: str
) -> Story:
    home = tmp_path_factory.mktemp("postgres") / "home"
    url = SecretStr(make_conninfo(module_postgres_url, password=PASSWORD))
    return story_of(
        simulation, Settings(_env_file=None, home=home, target="postgres", postgres_url=url)
    )


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def story(request: pytest.FixtureRequest) -> Story:
    return request.getfixturevalue(f"{request.param}_story")


@pytest.fixture
def home(duckdb_story: Story) -> Home:
    """A home with a good night."""
    assert duckdb_story.healed.said.code == 0
    return duckdb_story.home


def test_a_late_or_half_downloaded_report_leaves_its_day_pending_with_a_reason(
    story: Story,
) -> None:
    assert story.late.states == {f"org:{name}": "pending" for name in LATE}
    assert story.late.reasons.keys() == story.late.states.keys()
    for scope, reason in story.late.reasons.items():
        assert LATE[scope.removeprefix("org:")][2] in str(reason)
    assert story.late.night.as_of_day == DAY
    assert story.late.night.complete_through == DAY - timedelta(days=1)
    assert story.late.night.problems == f"waiting for copilot since {DAY}"
    assert story.status.code == 0
    assert f"waiting for copilot since {DAY}" in story.status.out


def test_a_pending_day_is_not_zero(story: Story) -> None:
    """Nothing of it is loaded, whatever parts came, and nobody's streak suffers."""
    assert story.late.raw_rows == {}
    assert story.late.value_rows == 0
    assert story.late.active_people == 0
    assert "pending" in story.late.streak_actions
    assert not story.late.streak_actions & {"broken", "frozen", "idle"}


def test_a_failed_data_test_keeps_the_last_good_night(story: Story) -> None:
    assert story.failed.said.code == 1
    told = last_line(story.failed.said)
    assert re.search("relationships_(bridge_team_members|dim_developers)_", told)
    assert "The last good night stays up." in told
    assert story.failed.night == story.late.night, "the same run with the same hash"
    assert story.marts_after_failure == story.marts_before
    assert story.status_of_failed.code == 1
    problem, _, log = told.removeprefix("nightquest: ").partition(" The log is ")
    assert problem in story.status_of_failed.out
    assert Path(log.rstrip(".")).is_file()
    assert leaks(Path(log).parent, TOKEN, PASSWORD) == []


def test_the_next_good_night_brings_what_was_late_without_a_hand(story: Story) -> None:
    healed = story.healed
    assert healed.said.code == 0, healed.said.err
    assert healed.states == {f"org:{name}": "provisional" for name in LATE}
    assert set(healed.reasons.values()) == {None}
    assert healed.raw_rows == {f"org:{name}": ROWS for name in LATE}
    assert healed.value_rows > 0
    assert healed.active_people > 0
    assert "pending" not in healed.streak_actions
    assert healed.night.run_id != story.late.night.run_id
    assert healed.night.content_hash != story.late.night.content_hash
    assert (healed.night.as_of_day, healed.night.complete_through) == (NEXT_DAY, NEXT_DAY)
    assert healed.night.problems is None


def test_an_unreachable_api_is_told_and_nothing_is_lost(home: Home) -> None:
    landed = Landing(home.settings.landing).states().filter("is_complete")
    nowhere = "http://127.0.0.1:9"
    with home.readers_undisturbed():
        said = home.command("run", "--day", str(NEXT_DAY), GITHUB_API_URL=nowhere, MAX_TRIES="1")
    assert said.code == 1
    told = last_line(said)
    assert told.startswith(f"nightquest: GitHub cannot be reached at {nowhere} ")
    assert "NIGHTQUEST_GITHUB_API_URL" in told
    states = Landing(home.settings.landing).states()
    assert states.filter("is_complete").equals(landed)
    awaited = states.filter(pl.col("day") == NEXT_DAY)
    assert awaited.height
    assert awaited["reason"].str.starts_with(f"GitHub cannot be reached at {nowhere} ").all()


def test_a_refused_token_is_told(home: Home) -> None:
    with home.readers_undisturbed():
        said = home.command("run", "--day", str(NEXT_DAY), GITHUB_TOKEN=WRONG_TOKEN)
    assert said.code == 1
    told = last_line(said)
    assert told.startswith("nightquest: GitHub at 127.0.0.1 refuses the token (401)")
    assert "NIGHTQUEST_GITHUB_TOKEN" in told
    assert leaks(home.settings.home, WRONG_TOKEN) == []


def test_no_secret_is_left_in_a_home(story: Story) -> None:
    """Neither the token, nor the password, nor the signature of a download link."""
    assert leaks(story.home.settings.home, TOKEN, PASSWORD, "&sig=") == []


@pytest.mark.parametrize("name", ["plain.log", "packed.ndjson.gz", "runs.db", "work.duckdb"])
def test_the_search_for_secrets_finds_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    said = f"Authorization: Bearer {TOKEN}"
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(said.encode()))
    elif name.endswith(".db"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("create table snapshots (body blob)")
            connection.execute("insert into snapshots values (?)", [zlib.compress(said.encode())])
    elif name.endswith(".duckdb"):
        with duckdb.connect(str(path)) as warehouse:
            warehouse.execute(f"create table t as select n || '{said}' as s from range(9) as r(n)")
    else:
        path.write_text(said)
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
        said = home.command("run", "--day", str(NEXT_DAY), RULES=str(pack))
    assert said.code == 2
    assert simulation.requests() == asked
    told = last_line(said)
    assert "xp_rules.yml, entry review_given, field metric: found 'github.reviews_gven'" in told
    assert "github.reviews_given" in told.partition("allowed: ")[2]


def test_two_nights_at_once_are_refused(home: Home, simulation: Simulation) -> None:
    asked = simulation.requests()
    with home.readers_undisturbed(), night_lock(home.settings):
        said = home.command("run", "--day", str(NEXT_DAY))
    assert said.code == 1
    assert last_line(said).startswith("nightquest: Another run is at work on ")
    assert simulation.requests() == asked


#: What is typed, the settings that are changed, and what the answer says.
WRONG_USE: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "no source": ("run", {"GITHUB_ORGS": ""}, ["NIGHTQUEST_GITHUB_ORGS"]),
    "an unknown target": (
        "run",
        {"TARGET": "mysql"},
        ["NIGHTQUEST_TARGET", "'duckdb', 'postgres'", "found 'mysql'"],
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
    fresh = Home(Settings(_env_file=None, home=tmp_path / "home"), simulation.environment)
    asked = simulation.requests()
    said = fresh.command(*arguments.split(), **changes)
    assert said.code == 2, said.err
    for word in words:
        assert word in said.err
    assert simulation.requests() == asked
    assert not fresh.settings.home.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"github_token": None}, "NIGHTQUEST_GITHUB_TOKEN is not set"),
        ({"github_token": f"{TOKEN}\n{TOKEN}"}, "NIGHTQUEST_GITHUB_TOKEN holds blanks"),
        ({"github_api_url": "api.github.com"}, "NIGHTQUEST_GITHUB_API_URL is 'api.github.com'"),
    ],
)
def test_unusable_settings_of_github_are_told_before_the_night(
    changes: dict[str, str | None], told: str
) -> None:
    usable = {"github_orgs": ["acme"], "github_token": TOKEN}
    check_sources(Settings(_env_file=None, **usable))
    with pytest.raises(SettingsError, match=told) as caught:
        check_sources(Settings(_env_file=None, **usable | changes))
    assert TOKEN not in str(caught.value)


def last_line(said: Said) -> str:
    """The sentence that the command ends with."""
    return said.err.strip().splitlines()[-1]
