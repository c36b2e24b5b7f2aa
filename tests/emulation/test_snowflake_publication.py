"""Publication on the emulated Snowflake, where no transaction holds what defines a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.publication import publishing
from orchestration.publication.nights import can_carry_on
from tests.emulation.snowflake import SnowflakeEmulation, settings_of
from tests.integration.test_publication import MARTS, build, publish, whole

COLUMNS = {
    "fct_xp_ledger": ["ledger_id", "developer_id", "activity_date", "xp", "run_id"],
    "fct_developer_days": ["developer_id", "activity_date", "xp", "total_xp"],
}


@pytest.fixture
def settings(emulation: SnowflakeEmulation, tmp_path: Path) -> Iterator[Settings]:
    settings = settings_of(emulation, tmp_path)
    yield settings
    with open_warehouse(settings) as warehouse:
        for schema in ("core", "marts", "build", "ops"):
            warehouse.execute(f"drop schema if exists {schema} cascade")


def shown(warehouse: Warehouse) -> tuple[str, int, int]:
    """The run that readers see, its people and their XP."""
    (run,) = warehouse.query("select last_good_run from marts.run_status").row(0)
    people, xp = warehouse.query(
        "select count(*) as n, cast(sum(xp) as bigint) as xp from marts.fct_xp_ledger"
    ).row(0)
    return run, people, xp


def test_only_the_change_is_written_and_the_hash_is_duckdbs(
    settings: Settings, tmp_path: Path
) -> None:
    publish(settings, "run-0", 100)
    changed = publish(settings, "run-1", 100, people=201)
    assert changed.rows_written["fct_xp_ledger"] == 1
    with open_warehouse(settings) as warehouse:
        assert shown(warehouse) == ("run-1", 201, sum(100 + n for n in range(201)))
    on_duckdb = publish(Settings(home=tmp_path / "duckdb"), "run-1", 100, people=201)
    assert changed.content_hash == on_duckdb.content_hash


def test_a_publication_that_breaks_off_leaves_the_night_before_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, "run-0", 100, people=5)

    def break_off(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "hash_content", break_off)
        with pytest.raises(KeyboardInterrupt):
            publish(settings, "run-1", 200, people=9)
    with open_warehouse(settings) as warehouse:
        assert shown(warehouse) == ("run-0", 5, sum(100 + n for n in range(5)))
    publish(settings, "run-1", 200, people=9)
    with open_warehouse(settings) as warehouse:
        assert shown(warehouse) == ("run-1", 9, sum(200 + n for n in range(9)))


def test_after_a_killed_change_of_shape_no_night_carries_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of the new shape is empty until its rows are written."""
    publish(settings, "run-0", 100)
    with open_warehouse(settings) as warehouse:
        assert can_carry_on(warehouse, "basis", COLUMNS)
        build(warehouse, "run-1", 100)
        warehouse.execute("create table build.wider as select *, 1 as more from build.leaderboards")
        warehouse.execute("drop table build.leaderboards")
        warehouse.execute("alter table build.wider rename to build.leaderboards")

    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    with open_warehouse(settings) as warehouse:
        with monkeypatch.context() as patched:
            patched.setattr(publishing, "find_change", break_off)
            with pytest.raises(KeyboardInterrupt):
                publishing.publish(settings, warehouse, whole("run-1"), MARTS)
        assert not can_carry_on(warehouse, "basis", COLUMNS)
        done = publishing.publish(settings, warehouse, whole("run-1"), MARTS)
        assert done.row_counts["leaderboards"] == 200
        assert can_carry_on(warehouse, "basis", COLUMNS)
