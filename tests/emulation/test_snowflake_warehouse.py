"""Snowflake as a warehouse of our own: the unmodified connector on the emulation."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.copying import copy_tables
from ingest.errors import NightquestError, SettingsError
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.tables import OPS_SOURCE_DAYS, SNOWFLAKE_METRICS, TABLES
from ingest.warehouse import (
    DuckDBWarehouse,
    Warehouse,
    has_table,
    make_anew,
    open_warehouse,
)
from tests.emulation.snowflake import SnowflakeEmulation, settings_of

LOADED_AT = datetime(2026, 11, 18, 2, 4, 5, 678901)


@pytest.fixture(scope="module")
def settings(emulation: SnowflakeEmulation, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(emulation, tmp_path_factory.mktemp("snowflake"))


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(settings) as opened:
        opened.execute("create or replace table ops.things (name varchar, amount numeric(18, 6))")
        yield opened


def things(warehouse: Warehouse) -> list[tuple]:
    return warehouse.query("select * from ops.things order by name").rows()


def test_parameters_are_bound(warehouse: Warehouse) -> None:
    nasty = "100 % of $1, 'quoted'; -- and 日本"
    assert warehouse.execute("insert into ops.things values ($1, $2)", [nasty, Decimal("1.5")]) == 1
    found = warehouse.query("select NAME, amount from ops.things where name = $1", [nasty])
    assert found.columns == ["name", "amount"]
    assert found.rows() == [(nasty, Decimal("1.500000"))]


def test_a_frame_arrives_by_column_name_with_every_type(warehouse: Warehouse) -> None:
    warehouse.execute("create schema if not exists raw_snowflake")
    for table in (OPS_SOURCE_DAYS, SNOWFLAKE_METRICS):
        warehouse.execute(f"drop table if exists {table.path}")
        warehouse.execute(table.ddl)
    day = {"source": "s", "activity_date": date(2026, 11, 18), "is_complete": True,
           "row_count": 2**40, "loaded_at": LOADED_AT}  # fmt: skip
    days = OPS_SOURCE_DAYS.frame([day, {"source": None}])
    warehouse.append(OPS_SOURCE_DAYS.path, days.select(reversed(days.columns)))
    found = warehouse.query(f"select * from {OPS_SOURCE_DAYS.path}").to_dicts()
    assert [{name: value for name, value in row.items() if value is not None} for row in found] == [
        day,
        {},
    ]
    amounts = [Decimal("-0.000001"), Decimal("123456789012.5"), None]
    frame = SNOWFLAKE_METRICS.frame([{"value": amount} for amount in amounts])
    warehouse.append(SNOWFLAKE_METRICS.path, frame)
    warehouse.append(SNOWFLAKE_METRICS.path, frame.clear())
    found_amounts = warehouse.query(f"select value from {SNOWFLAKE_METRICS.path}")
    assert sorted(map(str, found_amounts["value"])) == sorted(
        "None" if amount is None else f"{amount:.6f}" for amount in amounts
    )


def test_a_transaction_is_kept_whole_or_not_at_all(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        warehouse.execute("insert into ops.things values ('kept', 1)")
    with pytest.raises(ZeroDivisionError):
        lose(warehouse)
    assert things(warehouse) == [("kept", Decimal(1))]


def lose(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        warehouse.execute("delete from ops.things")
        warehouse.execute("insert into ops.things values ('lost', 1)")
        raise ZeroDivisionError


def test_a_table_is_made_anew_with_its_rows(warehouse: Warehouse) -> None:
    warehouse.execute("insert into ops.things values ('kept', 1)")
    ddl = "create table ops.things (name varchar, colour varchar)"
    make_anew(warehouse, "ops.things", ddl, ["name"])
    assert things(warehouse) == [("kept", None)]
    assert not has_table(warehouse, "ops", "things_before")


def test_a_refused_statement_is_told_in_a_sentence(warehouse: Warehouse) -> None:
    with pytest.raises(NightquestError, match=r"^Snowflake refuses a statement: .*NO_SUCH.*\.$"):
        warehouse.query("select * from ops.no_such")


def test_raw_tables_are_found_as_they_were_made(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A second night must not take them for those of another version, and empty them."""
    day = date(2026, 11, 18)
    landing = Landing(tmp_path)
    assert load_raw(settings, warehouse, landing, day, "run-1", {}) != {}
    assert load_raw(settings, warehouse, landing, day, "run-2", {}) == {}
    assert all(has_table(warehouse, table.schema, table.name) for table in TABLES)
    found = warehouse.query("select run_id from ops.nights").rows()
    assert found == [("run-1",)]


def test_a_simulation_starts_from_a_copy(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    day = {"source": "s", "activity_date": date(2026, 11, 18), "loaded_at": LOADED_AT}
    warehouse.execute(f"drop table if exists {OPS_SOURCE_DAYS.path}")
    warehouse.execute(OPS_SOURCE_DAYS.ddl)
    warehouse.append(OPS_SOURCE_DAYS.path, OPS_SOURCE_DAYS.frame([day]))
    with closing(DuckDBWarehouse(tmp_path / "copy.duckdb")) as copy:
        assert copy_tables(settings, [OPS_SOURCE_DAYS], copy) == 1
        (row,) = copy.query(f"select * from {OPS_SOURCE_DAYS.path}").to_dicts()
    assert {name: row[name] for name in day} == day


@pytest.mark.parametrize(
    ("unset", "told"),
    [
        ("database", "NIGHTQUEST_SNOWFLAKE_DATABASE is not set, and NIGHTQUEST_TARGET is snow"),
        ("user", "NIGHTQUEST_SNOWFLAKE_USER is not set, and NIGHTQUEST_TARGET is snowflake"),
    ],
)
def test_a_missing_setting_is_told(settings: Settings, unset: str, told: str) -> None:
    without = settings.model_copy(update={f"snowflake_{unset}": None})
    with pytest.raises(SettingsError, match=told), open_warehouse(without):
        pass


def test_a_day_that_is_landed_again_replaces_its_rows(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    day, landing = date(2026, 11, 18), Landing(tmp_path)
    for users in ([1, 2], [2, 3, 4]):
        with landing.load("copilot") as load:
            lines = [f'{{"user_id": {user}, "day": "2026-11-18"}}'.encode() for user in users]
            load.put_lines("users-1-day", "org:acme", day, lines)
        load_raw(settings, warehouse, landing, day, "run", {})
    found = warehouse.query("select user_id from raw_copilot.user_days order by user_id")
    assert found["user_id"].to_list() == [2, 3, 4]
