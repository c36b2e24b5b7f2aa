"""The harness itself: it reads what it wrote, sees every difference, and leaves no case untried."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from ingest.warehouse import DuckDBWarehouse

from . import badges
from .census import census, missing
from .compare import GRAINS, SCHEMAS, differences, normal
from .days import days_between
from .facts import Facts, Row, read_facts, write_facts
from .game import play
from .histories import generate

Played = tuple[Facts, dict[str, list[Row]]]


def publish(warehouse: DuckDBWarehouse, tables: dict[str, list[Row]]) -> None:
    """The expected rows themselves as tables of schema `marts`; nobody else has opted out."""
    warehouse.execute("create schema if not exists intermediate")
    warehouse.execute(
        "create or replace table intermediate.int_developers_opted_out (developer_id varchar)"
    )
    for table in GRAINS:
        schema = SCHEMAS.get(table, "marts")
        frame = pl.DataFrame(tables[table], infer_schema_length=None)
        warehouse.connection.register("published", frame.to_arrow())
        warehouse.execute(f"create schema if not exists {schema}")
        warehouse.execute(f"create or replace table {schema}.{table} as select * from published")


@pytest.fixture(scope="module")
def small() -> Played:
    facts = generate(1, people=21, days=70, is_whole=True)
    return facts, play(facts)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckDBWarehouse]:
    opened = DuckDBWarehouse(tmp_path / "work.duckdb")
    yield opened
    opened.close()


def test_a_seed_gives_the_same_history_each_time() -> None:
    assert generate(5, people=21, days=40) == generate(5, people=21, days=40)


def test_a_case_that_never_occurred_is_named(small: Played) -> None:
    counts = census([small])
    assert "attempt: week completed" not in missing(counts)
    del counts["attempt", "week completed"]
    assert "attempt: week completed" in missing(counts)
    assert "attempt: challenge kept" in missing(counts)  # one night alone keeps nothing


def test_facts_survive_the_warehouse(small: Played, warehouse: DuckDBWarehouse) -> None:
    facts, tables = small
    write_facts(warehouse, facts)
    write_facts(warehouse, facts)
    publish(warehouse, play(read_facts(warehouse)))
    assert differences(warehouse, "marts", tables) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "update marts.fct_xp_ledger set xp = xp + 1 where activity_date = "
            "(select min(activity_date) from marts.fct_xp_ledger)",
            ": xp: expected ",
        ),
        ("delete from marts.fct_streaks where ended_by is null", "expected 1 rows, found 0"),
        (
            "insert into marts.dim_developers select * from marts.dim_developers",
            "expected 1 rows, found 2",
        ),
    ],
)
def test_a_planted_difference_is_named(
    small: Played,
    warehouse: DuckDBWarehouse,
    change: str,
    sentence: str,
) -> None:
    _, tables = small
    publish(warehouse, tables)
    warehouse.execute(change)
    found = differences(warehouse, "marts", tables)
    assert found
    assert all(sentence in line or "more differences" in line for line in found)


def test_values_are_compared_whatever_their_type() -> None:
    assert normal(Decimal("0.5000")) == normal(0.5)
    assert normal(Decimal("83.333300")) == normal(83.3333)
    assert normal(3) == normal(Decimal("3.000000"))
    assert normal(datetime(2026, 1, 5)) == date(2026, 1, 5)
    assert normal(datetime(2026, 1, 5, 12)) != date(2026, 1, 5)
    assert normal(True) is not normal(1)


def test_badges_fall_on_the_same_days_when_every_day_is_looked_at(
    small: Played,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts, tables = small
    first = min(row["activity_date"] for row in tables["fct_developer_days"])
    every_day = list(days_between(first, facts.as_of))
    monkeypatch.setattr(badges, "candidate_days", lambda *_: every_day)
    assert play(facts)["fct_badge_awards"] == tables["fct_badge_awards"]
