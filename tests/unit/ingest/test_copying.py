"""What a simulation computes from: the loaded tables, copied cell by cell."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.copying import copy_tables, has_loaded_facts
from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.tables import (
    COPILOT_SEATS,
    COPILOT_USER_DAYS,
    GITHUB_MEMBERS,
    OPS_NIGHTS,
    SNOWFLAKE_METRICS,
)
from ingest.warehouse import DuckDBWarehouse, open_warehouse

#: Every type of a column, with what may go wrong on the way: nulls, the empty text, small parts.
ROWS = {
    SNOWFLAKE_METRICS: [
        {
            "scope": "tasks", "activity_date": date(2026, 3, 1), "person_key": 'Zoë "Z", x',
            "key_kind": "", "metric": "snowflake.tasks", "value": Decimal("0.000001"),
            "load_id": None,
        },
        {
            "scope": "tasks", "activity_date": date(2026, 3, 2), "person_key": "b",
            "key_kind": "login", "metric": "snowflake.tasks",
            "value": Decimal("-123456789012.654321"), "load_id": "1",
        },
    ],
    COPILOT_SEATS: [
        {
            "scope": "org:acme", "snapshot_date": date(2026, 3, 1), "user_id": 2**62,
            "assigned_at": datetime(2026, 3, 1, 23, 59, 59, 999999),
        }
    ],
    OPS_NIGHTS: [
        {
            "as_of_day": date(2026, 3, 2), "run_id": "r", "restatement_days": 7,
            "matches_logins": True, "matches_emails": False,
        }
    ],
    COPILOT_USER_DAYS: [],
}  # fmt: skip


@pytest.fixture(params=["duckdb", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "duckdb":
        return Settings(home=tmp_path / "it's home")
    return request.getfixturevalue("on_postgres")


def test_a_copy_holds_the_same_rows(settings: Settings, tmp_path: Path) -> None:
    with open_warehouse(settings) as warehouse:
        for table, rows in ROWS.items():
            warehouse.execute(f"create schema if not exists {table.schema}")
            warehouse.execute(table.ddl)
            if rows:
                warehouse.append(table.path, table.frame(rows))
    copy = DuckDBWarehouse(tmp_path / "copy.duckdb")

    assert copy_tables(settings, [*ROWS, GITHUB_MEMBERS], copy) == 4

    for table, rows in {**ROWS, GITHUB_MEMBERS: []}.items():
        found = copy.query(f"select * from {table.path} order by 2").to_dicts()
        assert found == [dict.fromkeys(table.columns) | row for row in rows]
    copy.close()


def test_a_table_of_another_version_is_told_in_one_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.execute("create schema ops")
        warehouse.execute("create table ops.nights (as_of_day date)")
    copy = DuckDBWarehouse(tmp_path / "copy.duckdb")
    with pytest.raises(NightquestError, match=r"^The loaded facts cannot be read .*run` first\.$"):
        copy_tables(settings, [OPS_NIGHTS], copy)
    copy.close()


def test_asking_for_loaded_facts_makes_no_warehouse(tmp_path: Path) -> None:
    assert not has_loaded_facts(Settings(home=tmp_path))
    assert not has_loaded_facts(Settings(home=tmp_path, target="postgres"))
    assert list(tmp_path.iterdir()) == []
