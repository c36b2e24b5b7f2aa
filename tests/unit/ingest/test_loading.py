"""The load step: raw tables follow the landing, each day whole, and nothing for nothing."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest import landing as landing_module
from ingest import loading
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.progress import Progress
from ingest.settings import Settings
from ingest.snowflake.declared import DECLARATION
from ingest.tables import OPS_ANNOUNCED_AWARDS, RULES_HOLIDAYS, RULES_WORKING_DAYS, TABLES
from ingest.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse
from tests.object_store import new_bucket, object_store, use_credentials
from tests.unit.ingest.conftest import ndjson, user_day

DAY, NEXT = date(2026, 5, 7), date(2026, 5, 8)
SCOPE = "org:acme"
Load = Callable[..., dict[str, int]]


@pytest.fixture
def load(settings: Settings, landing: Landing, warehouse: DuckDBWarehouse) -> Load:
    def run(as_of: date = NEXT, run_id: str = "run-1", rules: Any = None) -> dict[str, int]:
        return load_raw(settings, warehouse, landing, as_of, run_id, rules or {})

    return run


def put(landing: Landing, *rows: Any, day: date = DAY, scope: str = SCOPE) -> None:
    with landing.load("copilot") as step:
        step.put_lines("users-1-day", scope, day, ndjson(*rows).splitlines())


def pend(landing: Landing, reason: str, day: date = DAY) -> None:
    with landing.load("copilot") as step:
        step.put_pending("users-1-day", SCOPE, day, reason)


def users(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    query = "select activity_date, user_id, generations from raw_copilot.user_days order by 1, 2"
    return warehouse.query(query).rows()


def test_a_first_load_creates_every_table_and_fills_what_is_landed(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1, code_generation_activity_count=3), user_day(2))
    assert load() == {
        "raw_copilot.user_days": 2, "raw_copilot.user_day_values": 0, "ops.source_days": 1,
        "ops.sources": 4, "ops.nights": 1,
    }  # fmt: skip
    assert users(warehouse) == [(DAY, 1, 3), (DAY, 2, None)]
    for table in TABLES:
        assert warehouse.query(f"select * from {table.path}").columns == list(table.columns)


def test_nothing_changed_writes_nothing_and_keeps_the_run(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1))
    load()
    assert load(run_id="run-2") == {}
    nights = warehouse.query("select as_of_day, run_id from ops.nights")
    assert nights.rows() == [(NEXT, "run-1")]


def test_a_changed_day_is_replaced_whole_and_the_others_are_left_alone(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1), user_day(2))
    put(landing, user_day(1, "2026-05-08"), day=NEXT)
    load()
    before = warehouse.query(
        "select distinct load_id from raw_copilot.user_days where activity_date = $1", [NEXT]
    )
    put(landing, user_day(2, code_generation_activity_count=5))
    assert load(run_id="run-2") == {
        "raw_copilot.user_days": 1, "raw_copilot.user_day_values": 0, "ops.source_days": 1,
        "ops.nights": 1,
    }  # fmt: skip
    assert users(warehouse) == [(DAY, 2, 5), (NEXT, 1, None)]
    after = warehouse.query(
        "select distinct load_id from raw_copilot.user_days where activity_date = $1", [NEXT]
    )
    assert before.equals(after)
    days = "select activity_date, load_count from ops.source_days order by 1"
    assert warehouse.query(days).rows() == [(DAY, 2), (NEXT, 1)]


def test_a_day_that_lost_its_rows_loses_them_in_raw(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1), {"user_id": "x"})
    load()
    put(landing)
    load()
    assert users(warehouse) == []
    assert warehouse.query("select * from ops.quarantine").is_empty()


def test_equal_days_of_two_scopes_are_kept_apart(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1))
    put(landing, user_day(1), scope="org:other")
    load()
    put(landing, user_day(9))
    load()
    query = "select scope, user_id from raw_copilot.user_days order by 1"
    assert warehouse.query(query).rows() == [("org:acme", 9), ("org:other", 1)]


def test_a_pending_day_is_known_with_its_reason_until_it_is_complete(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    query = "select is_complete, reason, row_count, load_count from ops.source_days"
    pend(landing, "no report yet (404)")
    assert load()["ops.source_days"] == 1
    assert warehouse.query(query).rows() == [(False, "no report yet (404)", None, 0)]
    pend(landing, "no report yet (404)")
    assert load() == {}
    put(landing, user_day(1))
    load()
    assert warehouse.query(query).rows() == [(True, None, 1, 1)]
    pend(landing, "no report yet (404)")
    assert load() == {}
    assert users(warehouse) == [(DAY, 1, None)]


def test_a_bad_row_is_in_quarantine_once_and_leaves_it_when_mended(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1), {"user_id": "x"})
    assert load()["ops.quarantine"] == 1
    query = "select source, dataset, scope, activity_date, row_number, payload from ops.quarantine"
    assert warehouse.query(query).rows() == [
        ("copilot", "users-1-day", SCOPE, DAY, 2, '{"user_id": "x"}')
    ]
    put(landing, user_day(1), user_day(2))
    load()
    assert warehouse.query(query).is_empty()


def test_a_failing_load_leaves_everything_as_it_was(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(landing, user_day(1))
    load()
    put(landing, user_day(2))

    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(loading, "_source_days", fail)
        with pytest.raises(ZeroDivisionError):
            load()
    assert users(warehouse) == [(DAY, 1, None)]
    load()
    assert users(warehouse) == [(DAY, 2, None)]


@pytest.fixture(params=["folder", "store"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    if request.param == "folder":
        yield str(tmp_path / "landing")
        return
    use_credentials(monkeypatch)
    with object_store() as endpoint:
        yield new_bucket(endpoint)


def all_rows(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """Every table but for when and how often a day was loaded, which no landing knows."""
    frames = {}
    for table in TABLES:
        columns = [name for name in table.columns if name not in {"loaded_at", "load_count"}]
        found = warehouse.query(f"select {', '.join(columns)} from {table.path}")
        frames[table.path] = found.cast({name: table.columns[name] for name in columns}).sort(
            columns
        )
    return frames


def assert_equal_rows(ours: dict[str, pl.DataFrame], theirs: dict[str, pl.DataFrame]) -> None:
    for path, frame in ours.items():
        assert frame.equals(theirs[path]), path


EXTRACT = {
    "name": "tasks", "query": "select 1", "key_column": "who", "key_kind": "login",
    "day_column": "day", "shape": "metrics",
    "metrics": [{"column": "done", "name": "done", "unit": "tasks", "description": "Tasks"}],
}  # fmt: skip


def test_the_landing_alone_rebuilds_raw(
    place: str, settings: Settings, warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restated, pending and quarantined days, snapshots, and a day of frames in several parts."""
    monkeypatch.setattr(landing_module, "PART_ROWS", 2)
    landing = Landing(place)
    member = b'{"id": 1, "login": "user-1", "type": "User"}'
    done = pl.DataFrame({"who": [f"user-{n}" for n in range(5)], "day": DAY, "done": range(5)})
    for count in (1, 2):
        put(landing, user_day(1, code_generation_activity_count=count), {"user_id": "x"})
        pend(landing, "no report yet (404)", NEXT)
        with landing.load("github") as step:
            step.put_snapshot("members", SCOPE, DAY, [member] * count)
        with landing.load("snowflake") as step:
            step.put_frames("metrics", "tasks", DAY, [done], {DECLARATION: json.dumps(EXTRACT)})
        load_raw(settings, warehouse, landing, NEXT, "run-1", {})
    rebuilt = DuckDBWarehouse(settings.home / "rebuilt.duckdb")
    load_raw(settings, rebuilt, Landing(place), NEXT, "run-1", {})
    rows = all_rows(warehouse)
    assert_equal_rows(all_rows(rebuilt), rows)
    rebuilt.close()
    assert users(warehouse) == [(DAY, 1, 2)]
    assert rows["raw_snowflake.metrics"]["value"].to_list() == [0, 1, 2, 3, 4]
    heights = {path: rows[path].height for path in rows if rows[path].height}
    assert heights == {
        "raw_copilot.user_days": 1, "raw_github.members": 2, "raw_snowflake.metrics": 5,
        "ops.source_days": 4, "ops.sources": 4, "ops.nights": 1, "ops.quarantine": 1,
        "ops.unpublished_changes": 4,
    }  # fmt: skip


def test_loading_anew_keeps_nothing_that_no_landing_says(
    load: Load, settings: Settings, landing: Landing, warehouse: DuckDBWarehouse
) -> None:
    put(landing, user_day(1), {"user_id": "x"})
    load()
    before = all_rows(warehouse)
    warehouse.execute("update raw_copilot.user_days set user_id = 7")
    warehouse.execute("insert into ops.quarantine by name select * from ops.quarantine")
    warehouse.execute("insert into raw_rules.working_days values (7)")
    written = load_raw(settings, warehouse, landing, NEXT, "run-1", {}, anew=True)
    assert written["raw_copilot.user_days"] == 1
    assert_equal_rows(all_rows(warehouse), before)


@pytest.fixture(params=["duckdb", "postgres"])
def engine(
    request: pytest.FixtureRequest, warehouse: DuckDBWarehouse
) -> Iterator[DuckDBWarehouse | PostgresWarehouse]:
    if request.param == "duckdb":
        yield warehouse
        return
    opened = PostgresWarehouse(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "change",
    [
        "alter table raw_copilot.user_days drop column is_active",
        "alter table raw_copilot.user_days add column gone bigint",
        "alter table raw_copilot.user_days alter column generations type integer",
        "alter table raw_copilot.user_day_values rename column kind to sort",
        "alter table ops.nights drop column matches_emails",
        "alter table ops.source_days drop column load_count",
        "alter table ops.quarantine drop column payload",
        "drop table raw_copilot.user_days cascade",
    ],
)
def test_a_table_of_another_version_is_made_anew_and_filled_from_landing(
    engine: Warehouse, settings: Settings, landing: Landing, change: str
) -> None:
    feature = {"feature": "chat", "code_generation_activity_count": 2}
    put(landing, user_day(1, totals_by_feature=[feature]), {"user_id": "x"})
    pend(landing, "no report yet (404)", NEXT)
    load_raw(settings, engine, landing, NEXT, "run-1", {})
    before = all_rows(engine)
    engine.execute(change)
    load_raw(settings, engine, landing, NEXT, "run-1", {})
    assert_equal_rows(all_rows(engine), before)
    assert load_raw(settings, engine, landing, NEXT, "run-2", {}) == {}


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("alter table ops.announced_awards drop column perfect_on", {"perfect_on"}),
        ("alter table ops.announced_awards add column gone bigint", set()),
        ("alter table ops.announced_awards alter column xp type integer", set()),
        ("alter table ops.announced_awards rename column xp to points", {"xp"}),
    ],
)
def test_a_record_of_another_version_keeps_its_rows(
    engine: Warehouse, settings: Settings, landing: Landing, change: str, lost: set[str]
) -> None:
    load_raw(settings, engine, landing, NEXT, "run-1", {})
    told = {"kind": "badge", "developer_id": "github:1", "xp": 50, "decided_on": DAY}
    told |= {"perfect_on": DAY}
    record = OPS_ANNOUNCED_AWARDS
    engine.append(record.path, record.frame([told]))
    engine.execute(change)
    # What hangs on it goes, as with every table that is made anew.
    engine.execute(f"create view ops.seen as select kind from {record.path}")
    load_raw(settings, engine, landing, NEXT, "run-2", {}, anew=True)
    (kept,) = engine.query(f"select {', '.join(record.columns)} from {record.path}").to_dicts()
    wanted = {name: value for name, value in told.items() if name not in lost}
    assert {name: value for name, value in kept.items() if value is not None} == wanted
    assert load_raw(settings, engine, landing, NEXT, "run-3", {}) == {}


def test_what_hangs_on_a_table_of_another_version_goes_and_core_stays(
    engine: Warehouse, settings: Settings, landing: Landing
) -> None:
    """Staging views hang on raw (dbt makes them again), `core` is of tables of its own."""
    put(landing, user_day(1))
    load_raw(settings, engine, landing, NEXT, "run-1", {})
    for statement in (
        "create schema staging",
        "create view staging.stg_user_days as select * from raw_copilot.user_days",
        "create schema build",
        "create table build.users as select user_id from staging.stg_user_days",
        "create schema core",
        "create table core.users as select * from build.users",
        "create schema marts",
        "create view marts.users as select * from core.users",
        "alter table raw_copilot.user_days add column gone bigint",
    ):
        engine.execute(statement)
    load_raw(settings, engine, landing, NEXT, "run-1", {})
    assert engine.query("select user_id from marts.users").rows() == [(1,)]
    engine.execute(
        "create or replace view staging.stg_user_days as select * from raw_copilot.user_days"
    )
    assert engine.query("select user_id from staging.stg_user_days").rows() == [(1,)]


def test_many_payloads_are_loaded_in_bounded_batches(
    load: Load, landing: Landing, warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH_BYTES", 100)
    with landing.load("copilot") as step:
        for n in range(1, 21):
            lines = ndjson(user_day(n, f"2026-04-{n:02}")).splitlines()
            step.put_lines("users-1-day", SCOPE, date(2026, 4, n), lines)
    load()
    assert [row[1] for row in users(warehouse)] == list(range(1, 21))


def test_progress_says_what_how_far_which_day_how_many_rows_and_how_long_still(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moments = iter([0.0, 0.5, 30.0])
    monkeypatch.setattr("ingest.progress.time.monotonic", lambda: next(moments))
    caplog.set_level("INFO")
    progress = Progress("Loading copilot users-1-day", "day", 1_200)
    progress.step(rows=700, at=DAY)  # half a second after the start: nothing is said
    progress.step(rows=800, steps=299, at=NEXT)
    assert caplog.messages == [
        "Loading copilot users-1-day: 300 of 1,200 days (2026-05-08), 1,500 rows, about 90 s left"
    ]


def test_rules_are_replaced_as_whole_tables_when_they_differ(
    load: Load, warehouse: DuckDBWarehouse
) -> None:
    days = RULES_WORKING_DAYS.frame([{"iso_weekday": day} for day in (1, 2, 3)])
    holidays = RULES_HOLIDAYS.frame([{"date_day": DAY, "holiday_name": "May"}])
    rules = {RULES_WORKING_DAYS: days, RULES_HOLIDAYS: holidays}
    load(rules=rules)
    assert load(rules={RULES_WORKING_DAYS: days.reverse(), RULES_HOLIDAYS: holidays}) == {}
    written = load(run_id="run-2", rules={RULES_WORKING_DAYS: days.head(2)})
    assert written == {"raw_rules.working_days": 2, "ops.nights": 1}
    assert warehouse.query("select run_id from ops.nights").rows() == [("run-2",)]
    assert warehouse.query("select count(*) from raw_rules.holidays").rows() == [(1,)]


def test_the_configured_sources_are_listed_with_the_start_of_their_history(
    load: Load, warehouse: DuckDBWarehouse
) -> None:
    load(as_of=date(2026, 5, 8))
    assert sorted(warehouse.query("select * from ops.sources").rows()) == [
        ("copilot", "users-1-day", SCOPE, date(2025, 5, 8)),
        ("github", "issues", SCOPE, None),
        ("github", "pull_requests", SCOPE, None),
        ("github", "reviews", SCOPE, None),
    ]


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[PostgresWarehouse]:
    opened = PostgresWarehouse(postgres_url)
    yield opened
    opened.close()


def test_postgres_holds_the_same_rows(
    settings: Settings, landing: Landing, warehouse: DuckDBWarehouse, postgres: PostgresWarehouse
) -> None:
    feature = {"feature": 'a "quoted", text', "code_generation_activity_count": 2}
    put(landing, user_day(1, totals_by_feature=[feature]), {"user_id": "x\x00\n"})
    pend(landing, "no report yet (204)", NEXT)
    for engine in (warehouse, postgres):
        load_raw(settings, engine, landing, NEXT, "run-1", {})
        assert load_raw(settings, engine, landing, NEXT, "run-2", {}) == {}
    for table in TABLES:
        columns = [name for name in table.columns if name != "loaded_at"]
        query = f"select {', '.join(columns)} from {table.path}"
        ours, theirs = (
            engine.query(query).cast({name: table.columns[name] for name in columns}).sort(columns)
            for engine in (warehouse, postgres)
        )
        assert ours.equals(theirs), table.path
