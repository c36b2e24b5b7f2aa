"""Whatever is missing or broken, a page says one sentence and no stack trace."""

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.unit.app.conftest import PAGES, Draw, said
from tests.unit.app.sample import write_tables

on_every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    return tmp_path


def published(home: Path) -> Path:
    return home / "published" / "nightquest.duckdb"


def only_error(page) -> str:
    assert len(page.error) == 1
    return page.error[0].value


@on_every_page
def test_before_the_first_night_the_page_says_how_to_run_it(name, empty_home, draw: Draw):
    error = only_error(draw(name))
    assert error.startswith("No night has been published yet: there is no file")
    assert "`nightquest run`" in error


@on_every_page
def test_empty_tables_are_a_warehouse_without_a_night(name, empty_home, draw: Draw):
    write_tables(published(empty_home), {})
    assert "No night has been published yet" in only_error(draw(name))


@on_every_page
def test_a_night_without_people_is_shown_as_such(name, empty_home, draw: Draw):
    night = {"last_good_run": "r", "as_of_day": "2026-03-31", "quarantined_rows": 0}
    write_tables(published(empty_home), {"run_status": [night]})
    page = draw(name)
    assert not page.error
    assert "As of 31 Mar 2026 · complete through no day yet" in said(page)


@on_every_page
def test_a_file_that_is_no_database_is_called_damaged(name, empty_home, draw: Draw):
    published(empty_home).parent.mkdir()
    published(empty_home).write_bytes(b"not a database" * 1000)
    assert "is not a DuckDB file; it may be damaged" in only_error(draw(name))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("overview", "drop schema marts cascade"),
        ("overview", "drop table marts.dim_teams"),
        ("leaderboards", "alter table marts.leaderboards drop column rank_7d_ago"),
        ("developer", "alter table marts.fct_streak_days drop column longest_streak"),
    ],
)
def test_tables_of_another_version_are_named_as_such(
    name, change, empty_home, sample_home, draw: Draw
):
    published(empty_home).parent.mkdir()
    shutil.copy(published(sample_home), published(empty_home))
    with duckdb.connect(str(published(empty_home))) as connection:
        connection.execute(change)
    page = draw(name, developer="github:1")
    assert "are of another version than this dashboard" in only_error(page)


def test_a_wrong_setting_is_named_with_what_is_allowed(empty_home, draw: Draw, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_TARGET", "oracle")
    error = only_error(draw("overview"))
    assert "NIGHTQUEST_TARGET is wrong" in error
    assert "'duckdb', 'postgres' or 'snowflake'" in error


def test_a_target_that_the_dashboard_cannot_read_is_named(empty_home, draw: Draw, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_TARGET", "snowflake")
    assert "reads duckdb and postgres only" in only_error(draw("overview"))


def test_postgres_without_a_url_names_the_setting(empty_home, draw: Draw, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_TARGET", "postgres")
    assert "NIGHTQUEST_APP_POSTGRES_URL is not set" in only_error(draw("overview"))


def test_a_server_that_does_not_answer_is_said_without_its_password(
    empty_home, draw: Draw, monkeypatch
):
    monkeypatch.setenv("NIGHTQUEST_TARGET", "postgres")
    monkeypatch.setenv("NIGHTQUEST_APP_POSTGRES_URL", "postgresql://app:hush@127.0.0.1:1/marts")
    page = draw("overview")
    assert "does not answer" in only_error(page)
    assert "hush" not in said(page)
