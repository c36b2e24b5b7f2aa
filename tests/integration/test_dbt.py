"""dbt in this process: it ends when it is left, and leaves this process as it was."""

import os
import threading
import time
from pathlib import Path

import pytest
from dagster import AssetKey, build_init_resource_context, materialize
from filelock import FileLock
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.settings import Settings, load_settings
from ingest.tables import TABLES
from ingest.warehouse import open_warehouse
from orchestration.assets.models import build
from orchestration.dbt import DbtRun, Event, dbt_at_work
from orchestration.resources import Night

PASSWORD = "planted-password"
#: Both would take hours.
ENDLESS = {
    "duckdb": "select count(*) as n from range(10000000) as a, range(10000000) as b",
    "postgres": "select cast(pg_sleep(100000) as text) as n",
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An empty warehouse."""
    url = None
    if request.param == "postgres":
        given = request.getfixturevalue("module_postgres_url")
        url = SecretStr(make_conninfo(given, password=PASSWORD))
    home = tmp_path_factory.mktemp(request.param)
    made = Settings(_env_file=None, home=home, target=request.param, postgres_url=url)
    with open_warehouse(made) as warehouse:
        warehouse.query("select 1 as n")
    return made


def statement(sql: str) -> list[str]:
    return ["show", "--inline", sql, "--no-write-json"]


def all_said(settings: Settings, sql: str) -> tuple[bool | None, list[Event]]:
    with dbt_at_work(settings, settings.home / "dbt", statement(sql)) as run:
        said = [*run.events()]
    return run.is_successful, said


def is_at_work() -> bool:
    return any(thread.name == "dbt" for thread in threading.enumerate())


def open_files(place: Path) -> list[str]:
    """Names of the files below a folder that this process holds open."""
    links = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return [Path(target).name for target in targets if target.startswith(str(place))]


def wait_for_statement(run: DbtRun) -> None:
    """Return when dbt's threads have begun, and had a second to send the statement."""
    assert any(event["info"]["name"] == "ConcurrencyLine" for event in run.events())
    time.sleep(1)


def test_what_dbt_says_is_heard_and_logged(settings: Settings) -> None:
    is_successful, said = all_said(settings, "select 6 * 7 as answer")
    assert is_successful
    assert "42" in next(event["data"]["preview"] for event in said if "preview" in event["data"])
    assert "Running with dbt" in (settings.home / "dbt" / "dbt.log").read_text()


def test_a_failed_statement_is_told_without_the_password(settings: Settings) -> None:
    """It is a secret on Postgres alone: on DuckDB the same word is told."""
    is_successful, said = all_said(settings, f"select cast('{PASSWORD}' as integer) as n")
    assert is_successful is False
    told = "\n".join(event["info"]["msg"] for event in said)
    log = (settings.home / "dbt" / "dbt.log").read_text()
    shown = "*****" if settings.postgres_url else PASSWORD
    assert f"'{shown}'" in told.replace('"', "'")
    assert (PASSWORD in told) == (PASSWORD in log) == (settings.postgres_url is None)


@pytest.mark.parametrize("sql", ["select 1 as n", "select nothing_of_this_name as n"])
def test_no_file_of_the_warehouse_and_no_variable_stays(settings: Settings, sql: str) -> None:
    before = dict(os.environ)
    all_said(settings, sql)
    assert os.environ == before
    assert [name for name in open_files(settings.home) if "duckdb" in name] == []


def test_dbt_that_is_left_early_is_stopped(settings: Settings) -> None:
    with dbt_at_work(settings, settings.home / "dbt", statement(ENDLESS[settings.target])) as run:
        wait_for_statement(run)
        assert is_at_work()
    assert not is_at_work()
    assert run.is_successful is False
    assert [name for name in open_files(settings.home) if "duckdb" in name] == []


def test_a_night_keeps_its_lock_until_dbt_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        warehouse.query("select 1 as n")
    released = []
    release = FileLock.release

    def noting(lock: FileLock, force: bool = False) -> None:
        released.append(is_at_work())
        release(lock, force)

    monkeypatch.setattr(FileLock, "release", noting)
    with Night().yield_for_execution(build_init_resource_context()) as night:
        endless = statement(ENDLESS["duckdb"])
        wait_for_statement(night.enter(dbt_at_work(settings, tmp_path / "dbt", endless)))
        assert is_at_work()
    assert released[-1] is False


def test_a_subset_that_is_chosen_in_dagster_is_all_that_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        for schema in sorted({table.schema for table in TABLES}):
            warehouse.execute(f"create schema {schema}")
        for table in TABLES:
            warehouse.execute(table.ddl)
    chosen = AssetKey(["staging", "stg_github__reviews"])
    result = materialize([build], selection=[chosen], resources={"night": Night()})
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [chosen]
    with open_warehouse(settings) as warehouse:
        views = warehouse.query(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'VIEW'"
        )
    assert views.rows() == [("staging", "stg_github__reviews")]
