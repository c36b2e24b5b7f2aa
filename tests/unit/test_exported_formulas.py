"""A CSV export opens in a spreadsheet without running what somebody wrote into a name."""

import csv
from pathlib import Path

import duckdb
import pytest

from ingest.settings import Settings
from orchestration.export import Format, export

TEXTS = ["ann", "=1+1", "+cmd", "-2+3", "@sum(a1)", "\tx", "\rx", "-10", "+5.5", "a=b", "", None]
SAFE = ["ann", "'=1+1", "'+cmd", "'-2+3", "'@sum(a1)", "'\tx", "'\rx", "-10", "+5.5", "a=b", "", ""]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema ops")
        connection.execute(
            "create table ops.runs (run_id varchar, input_hash varchar, content_hash varchar)"
        )
        connection.execute(
            "create table marts.run_status as select 'run' as last_good_run, date '2026-11-18' as "
            "as_of_day, date '2026-11-18' as complete_through, date '2026-11-18' as final_through, "
            "cast(null as varchar) as problems"
        )
        connection.execute("create table marts.named (number integer, text varchar, change bigint)")
        rows = [[number, text, -1] for number, text in enumerate(TEXTS)]
        connection.executemany("insert into marts.named values (?, ?, ?)", rows)
    return settings


def test_what_begins_like_a_formula_is_text_in_a_csv_file(
    settings: Settings, tmp_path: Path
) -> None:
    export(settings, tmp_path, Format.csv)
    with (tmp_path / "named.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [row["text"] for row in found] == SAFE
    assert {row["change"] for row in found} == {"-1"}


def test_files_for_programs_hold_the_text_as_it_is(settings: Settings, tmp_path: Path) -> None:
    export(settings, tmp_path, Format.parquet)
    found = duckdb.sql(f"select text from '{tmp_path}/named.parquet' order by number").fetchall()
    assert [text for (text,) in found] == TEXTS
