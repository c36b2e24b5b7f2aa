"""Publication on both engines: one step, the change only, equal hashes."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import NightquestError
from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_UNPUBLISHED_CHANGES
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.publication import publishing
from orchestration.publication.file import write_published_file
from orchestration.publication.marts import Mart
from orchestration.publication.nights import Build, published_night
from orchestration.publication.views import create_views
from orchestration.published import published_marts
from tests.integration.reader import poll_file, poll_postgres, reading

MARTS = {
    "fct_xp_ledger": Mart(["ledger_id"]),
    "fct_developer_days": Mart(["developer_id", "activity_date"]),
    "leaderboards": Mart(["board_id", "scope_id", "developer_id"]),
    "run_status": Mart([]),
}
DAY = date(2026, 5, 1)


@pytest.fixture(params=["duckdb", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "duckdb":
        return Settings(home=tmp_path, target="duckdb")
    return request.getfixturevalue("on_postgres")


def build(warehouse: Warehouse, run_id: str, xp: int, people: int = 200) -> None:
    """A small build by hand: everybody has one ledger row of `xp` and stands on the board."""
    numbers = "(" + " union all ".join(f"select {n} as n" for n in range(people)) + ") as numbers"
    warehouse.execute("drop schema if exists build cascade")
    warehouse.execute("create schema build")
    for sql in (
        f"""create table build.fct_xp_ledger as select cast('l' || cast(n as varchar) as varchar)
            as ledger_id, cast('d' || cast(n as varchar) as varchar) as developer_id,
            cast('{DAY}' as date) as activity_date, cast({xp} + n as bigint) as xp,
            cast('{run_id}' as varchar) as run_id from {numbers}""",
        """create table build.fct_developer_days as select developer_id, activity_date, xp,
            xp as total_xp from build.fct_xp_ledger""",
        f"""create table build.leaderboards as select cast('xp_all_time' as varchar) as board_id,
            cast('org' as varchar) as scope_id, developer_id, xp as score,
            rank() over (order by xp desc) as rank, cast('{DAY}' as date) as as_of_date
            from build.fct_xp_ledger""",
        f"""create table build.run_status as select cast('{run_id}' as varchar) as last_good_run,
            cast('{DAY}' as date) as as_of_day, cast('{DAY}' as date) as complete_through,
            cast('{DAY}' as date) as final_through, cast(0 as bigint) as quarantined_rows,
            cast(null as varchar) as problems""",
        "create schema if not exists ops",
        OPS_ANNOUNCED_AWARDS.ddl,
        OPS_UNPUBLISHED_CHANGES.ddl,
        f"create table if not exists ops.awards_to_announce as select * "
        f"from {OPS_ANNOUNCED_AWARDS.path} where 1 = 0",
    ):
        warehouse.execute(sql)


def whole(run_id: str) -> Build:
    """A build of everything: nothing says what a night has touched."""
    return Build(run_id, f"inputs of {run_id}", "basis", is_rebuild=True)


def publish(settings: Settings, run_id: str, xp: int, people: int = 200) -> publishing.Publication:
    with open_warehouse(settings) as warehouse:
        build(warehouse, run_id, xp, people)
        return publishing.publish(settings, warehouse, whole(run_id), MARTS)


def poller(settings: Settings):
    if settings.target == "duckdb":
        return lambda polls: poll_file(settings.published_file, polls)
    assert settings.postgres_url
    return lambda polls: poll_postgres(settings.postgres_url.get_secret_value(), polls)


def test_a_reader_never_sees_a_broken_night(settings: Settings) -> None:
    publish(settings, "run-00", 100)
    with reading(poller(settings)) as polls:
        for n in range(1, 200):  # until the reader has looked often enough
            publish(settings, f"run-{n:03}", 100 + n)
            if polls.count >= 200:
                break
    assert polls.broken == []
    assert polls.count >= 200
    assert len(polls.runs) > 5, "the reader must have seen several nights"


def test_the_same_reader_catches_a_publication_that_is_not_atomic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, "run-00", 100)
    change = publishing.apply_change

    def change_and_show(warehouse: Warehouse, *table: Any) -> int:
        """Show readers each table as soon as it is done."""
        written = change(warehouse, *table)
        warehouse.connection.execute("commit")
        if settings.target == "duckdb":
            write_published_file(warehouse, settings.published_file, MARTS, {})
        warehouse.connection.execute("begin")
        return written

    monkeypatch.setattr(publishing, "apply_change", change_and_show)
    with reading(poller(settings)) as polls:
        for n in range(1, 11):
            publish(settings, f"run-{n:02}", 100 + n)
    assert polls.broken


def test_only_changed_rows_are_written_and_others_keep_their_run(settings: Settings) -> None:
    publish(settings, "first", 100, people=50)
    second = publish(settings, "second", 100, people=51)
    # The newcomer has the highest sum: everybody else falls by one rank (a delete, an insert).
    assert second.rows_written == {
        "fct_developer_days": 1,
        "fct_xp_ledger": 1,
        "leaderboards": 1 + 2 * 50,
        "run_status": 2,
    }
    with open_warehouse(settings) as warehouse:
        runs = warehouse.query(
            "select run_id, count(*) as n from core.fct_xp_ledger group by run_id order by run_id"
        )
    assert runs.rows() == [("first", 50), ("second", 1)]


def test_the_published_night_is_the_last_one_with_its_hashes(settings: Settings) -> None:
    assert published_night(settings) is None
    published = publish(settings, "first", 100)
    night = published_night(settings)
    assert night is not None
    assert (night.run_id, night.as_of_day) == ("first", DAY)
    assert night.content_hash == published.content_hash
    assert night.input_hash == "inputs of first"


def test_the_content_hash_is_the_same_on_both_engines(
    tmp_path: Path, on_postgres: Settings
) -> None:
    duckdb = Settings(home=tmp_path, target="duckdb")
    first = publish(duckdb, "a", 100)
    second = publish(on_postgres, "b", 100)
    third = publish(duckdb, "c", 101)
    assert first.content_hash == second.content_hash
    assert first.content_hash != third.content_hash


def test_a_column_more_is_published_without_a_hand(settings: Settings) -> None:
    publish(settings, "first", 100)
    with open_warehouse(settings) as warehouse:
        build(warehouse, "second", 100)
        warehouse.execute("alter table build.leaderboards add column note varchar")
        publishing.publish(settings, warehouse, whole("second"), MARTS)
        notes = warehouse.query("select count(*) as n from marts.leaderboards where note is null")
    assert notes.item() == 200


#: Two views as publication takes them: selects on tables of marts.
VIEWS = {
    "xp_of_all": "select sum(xp) as xp from marts.fct_xp_ledger",
    "people": "select count(distinct developer_id) as people from marts.fct_xp_ledger",
}


def publish_views(settings: Settings, run_id: str, views: dict[str, str], column: str = "") -> None:
    with open_warehouse(settings) as warehouse:
        build(warehouse, run_id, 100, people=3)
        if column:
            warehouse.execute(f"alter table build.fct_xp_ledger add column {column} varchar")
        publishing.publish(settings, warehouse, whole(run_id), MARTS, views)


def shown(settings: Settings, view: str) -> list[tuple]:
    """What a reader sees; on DuckDB under another name of the file than the writer's."""
    with published_marts(settings) as ask:
        return [tuple(row.values()) for row in ask(f"select * from marts.{view}")]


def test_a_new_version_keeps_what_only_earlier_nights_could_write(settings: Settings) -> None:
    marts = MARTS | {"fct_corrections": Mart(["run_id"], slice="appended")}
    text = "cast('{}' as varchar)"
    corrections = {
        "run-00": f"select {text.format('run-00')} as run_id, cast(7 as bigint) as old_value",
        "run-01": f"select {text.format('run-01')} as run_id, {text.format('xp')} as measure",
    }
    for run_id, rows in corrections.items():
        with open_warehouse(settings) as warehouse:
            build(warehouse, run_id, 100)
            warehouse.execute(f"create table build.fct_corrections as {rows}")
            publishing.publish(settings, warehouse, whole(run_id), marts)
    with published_marts(settings) as ask:
        told = ask("select * from marts.fct_corrections order by run_id")
    assert told == [
        {"run_id": "run-00", "measure": None},
        {"run_id": "run-01", "measure": "xp"},
    ]


def indexed(warehouse: Warehouse) -> set[tuple[str, ...]]:
    found = warehouse.query("select tablename, indexdef from pg_indexes where schemaname = 'core'")
    return {(table, re.sub(r".*\((.*)\)", r"\1", text)) for table, text in found.iter_rows()}


def test_an_index_that_postgres_lacks_is_made_by_the_next_night(on_postgres: Settings) -> None:
    wanted = {
        ("fct_xp_ledger", "ledger_id"),
        ("fct_developer_days", "developer_id, activity_date"),
        ("leaderboards", "board_id, scope_id, developer_id"),
    }
    publish(on_postgres, "run-1", 100)
    with open_warehouse(on_postgres) as warehouse:
        assert indexed(warehouse) == wanted
        (name,) = warehouse.query(
            "select indexname from pg_indexes where tablename = 'leaderboards'"
        ).row(0)
        warehouse.execute(f"drop index core.{name}")
        assert len(indexed(warehouse)) == 2
    publish(on_postgres, "run-2", 100)
    with open_warehouse(on_postgres) as warehouse:
        assert indexed(warehouse) == wanted


def test_a_new_table_lies_by_day_on_postgres(on_postgres: Settings) -> None:
    by_day = MARTS | {"fct_xp_ledger": Mart(["ledger_id"], slice="touched")}
    with open_warehouse(on_postgres) as warehouse:
        build(warehouse, "run-1", 100)
        warehouse.execute(
            "update build.fct_xp_ledger set activity_date = activity_date + cast(xp % 7 as integer)"
        )
        publishing.publish(on_postgres, warehouse, whole("run-1"), by_day)
        days = warehouse.query("select activity_date from core.fct_xp_ledger order by ctid")
        assert len(set(days["activity_date"])) == 7
        assert days["activity_date"].is_sorted()
        assert ("fct_xp_ledger", "activity_date") in indexed(warehouse)


def test_views_are_published_over_what_is_published(settings: Settings) -> None:
    publish_views(settings, "first", VIEWS)
    assert shown(settings, "xp_of_all") == [(303,)]
    assert shown(settings, "people") == [(3,)]
    publish(settings, "without views", 100, people=3)
    for view in VIEWS:
        with pytest.raises(NightquestError, match=view):
            shown(settings, view)


def test_a_view_follows_its_definition_and_outlives_a_new_column(settings: Settings) -> None:
    publish_views(settings, "first", VIEWS)
    twice = "select 2 * sum(xp) as xp from marts.fct_xp_ledger"
    publish_views(settings, "second", VIEWS | {"xp_of_all": twice}, column="note")
    assert shown(settings, "xp_of_all") == [(606,)]
    assert shown(settings, "people") == [(3,)]


def test_an_unchanged_view_is_not_written_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_views(settings, "first", VIEWS)
    with open_warehouse(settings) as warehouse:
        written: list[str] = []
        monkeypatch.setattr(
            type(warehouse), "execute", lambda self, sql, params=(): written.append(sql) or 0
        )
        create_views(warehouse, VIEWS)
    assert [sql for sql in written if "view marts." in sql] == []
