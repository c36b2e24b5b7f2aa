"""The record of events that a home keeps, read back by Dagster's own."""

from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, asset, materialize
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

from ingest.settings import Settings
from orchestration.event_log import HELD_RUNS, HeldSqliteEventLogStorage
from orchestration.runner import FORMER_DAGSTER_SETTINGS, dagster_instance


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", "")  # set by the code, and taken back after the test
    return Settings(_env_file=None, home=tmp_path)


@asset
def counted() -> None: ...


def run_times(instance: DagsterInstance, times: int) -> list[str]:
    return [materialize([counted], instance=instance).run_id for _ in range(times)]


def test_dagsters_own_storage_reads_every_event(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        held = instance.event_log_storage
        assert isinstance(held, HeldSqliteEventLogStorage)
        runs = run_times(instance, HELD_RUNS + 2)
        written = {run: len(held.get_logs_for_run(run)) for run in runs}
        assert len(held._engines) <= HELD_RUNS + 1
    own = SqliteEventLogStorage(str(settings.home / "dagster" / "history" / "runs"))
    assert {run: len(own.get_logs_for_run(run)) for run in runs} == written
    assert min(written.values()) > 5
    latest = own.get_latest_materialization_events([AssetKey("counted")])
    event = latest[AssetKey("counted")]
    assert event is not None
    assert event.run_id == runs[-1]


def test_a_home_of_an_older_version_goes_on_with_its_runs(settings: Settings) -> None:
    folder = settings.home / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text(FORMER_DAGSTER_SETTINGS[0])
    with DagsterInstance.from_config(str(folder)) as instance:
        (before,) = run_times(instance, 1)
    with dagster_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, HeldSqliteEventLogStorage)
        assert instance.event_log_storage.get_logs_for_run(before)
        run_times(instance, 1)


def test_what_a_schema_has_is_asked_for_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = SqliteEventLogStorage.has_table

    def count(storage: SqliteEventLogStorage, name: str) -> bool:
        asked.append(name)
        return ask(storage, name)

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", count)
    with dagster_instance(settings) as instance:
        run_times(instance, 2)
        storage = instance.event_log_storage
        assert isinstance(storage, HeldSqliteEventLogStorage)
        assert not storage.has_table("of_a_later_version")
        with storage.index_connection() as connection:
            connection.exec_driver_sql("create table of_a_later_version (n integer)")
        assert storage.has_table("of_a_later_version"), "what was missing is asked for again"
    there = [name for name in asked if name != "of_a_later_version"]
    assert there
    assert len(there) == len(set(there))
