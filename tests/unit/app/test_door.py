"""The one door to data: one night at a time, reading only, alike on DuckDB and Postgres."""

import os
import re
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import polars.selectors as cs
import psycopg
import pytest
import streamlit as st

from app import queries
from app.warehouse import NightMoved, tonight
from tests.unit.app.conftest import PAGES, Draw, said
from tests.unit.app.sample import copy_to_postgres, write_sample

PARAMS = {
    "since": date(2026, 1, 1), "until": date(2026, 3, 31), "week_from": date(2026, 3, 23),
    "week_before_from": date(2026, 3, 16), "month_from": date(2026, 2, 28), "min_team_size": 5,
    "board": "xp_all_time", "places": 10, "first": 5, "last": 5, "limit": 8,
    "developer": "github:7",
    "developers": ["github:1", "github:25"], "anywhere": "%dev!-%", "beginning": "dev%",
    "day": date(2026, 3, 31), "scope": "org", "as_of": date(2026, 3, 31), "run": "run-0331",
    "login": "ada", "teams": ["Compilers"], "team": "github:901", "mission": "weekly_reviewer",
    "types": ["badge_unlocked", "level_up", "streak_frozen"], "public_types": ["level_up"],
}  # fmt: skip
#: What matches a developer's login matches no team's name.
OTHER_PARAMS = {"FIND_TEAMS": {"anywhere": "%compi%", "beginning": "compi%"}}
STATEMENTS = {name: text for name, text in vars(queries).items() if name.isupper()}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    st.cache_data.clear()


@pytest.fixture
def postgres(home: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The dashboard reads the sample from Postgres."""
    copy_to_postgres(home, postgres_url)
    monkeypatch.setenv("NIGHTQUEST_TARGET", "postgres")
    monkeypatch.setenv("NIGHTQUEST_APP_POSTGRES_URL", postgres_url)
    return postgres_url


def answers() -> dict[str, list[dict]]:
    """Every question's rows, exact decimals as floats."""
    night = tonight()
    found = {}
    for name, sql in STATEMENTS.items():
        known = PARAMS | OTHER_PARAMS.get(name, {})
        params = {key: known[key] for key in re.findall(r"\$(\w+)", sql) if key in known}
        frame = night.query(sql, **params)
        found[name] = frame.cast({cs.decimal(): pl.Float64}).to_dicts()
    return found


def test_a_new_night_is_seen_while_the_old_one_stays_whole(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    published, fresh = tmp_path / "published" / "nightquest.duckdb", tmp_path / "fresh.duckdb"
    write_sample(published, run_id="first")
    before = tonight()
    write_sample(fresh, run_id="second")
    os.replace(fresh, published)
    after = tonight()
    ran = "select distinct run_id from marts.fct_xp_ledger"
    assert after.run_id == "second"
    assert after.query(ran).to_series().to_list() == ["second"]
    assert before.query(ran).to_series().to_list() == ["first"]


def test_the_published_file_cannot_be_written_through_the_door(home):
    with pytest.raises(duckdb.Error, match="read-only"):
        tonight().query("delete from marts.leaderboards")


def test_no_other_file_can_be_read_through_the_door(home):
    with pytest.raises(duckdb.PermissionException):
        tonight().query("select * from read_text('pyproject.toml')")


def test_each_question_has_the_same_answer_on_duckdb_and_postgres(home, postgres_url, monkeypatch):
    copy_to_postgres(home, postgres_url)
    on_duckdb = answers()
    monkeypatch.setenv("NIGHTQUEST_TARGET", "postgres")
    monkeypatch.setenv("NIGHTQUEST_APP_POSTGRES_URL", postgres_url)
    on_postgres = answers()
    assert {name for name in on_duckdb if on_duckdb[name] != on_postgres[name]} == set()
    assert {name for name, rows in on_duckdb.items() if not rows} == set()


def test_a_page_is_drawn_again_when_another_night_is_published_on_postgres(postgres):
    night = tonight()
    with psycopg.connect(postgres) as connection:
        connection.execute("update marts.run_status set last_good_run = 'run-0401'")
    with pytest.raises(NightMoved):
        night.query(queries.BOARD_SIZE, board="xp_7d", scope="org")
    assert tonight().run_id == "run-0401"


def test_postgres_is_read_in_read_only_transactions(postgres):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        tonight().query("update marts.run_status set last_good_run = 'mine'")


def test_a_server_that_restarted_is_asked_on_a_new_connection(postgres):
    tonight()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert tonight().run_id == "run-0331"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_drawn_from_postgres_as_well(postgres, draw: Draw, name):
    page = draw(name, developer="github:7")
    assert not page.error
    assert "As of 31 Mar 2026" in said(page)
