"""Declared extracts: refused when wrong, fetched in batches, landed by day, framed with types."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import yaml

from ingest.errors import SettingsError, SourceError
from ingest.framing import Framed, Payload
from ingest.landing import Landing, payloads_of
from ingest.loading import configured_sources
from ingest.rules.metrics import Metric
from ingest.settings import Settings
from ingest.snowflake import fetch
from ingest.snowflake.connection import connection_parameters
from ingest.snowflake.declared import SHAPES, declared_metrics, load_extracts
from ingest.snowflake.frames import (
    frame_challenge_attempts,
    frame_identity_map,
    frame_leave,
    frame_metrics,
    frame_people,
)
from ingest.tables import (
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_IDENTITY_MAP,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    SNOWFLAKE_PEOPLE,
)
from tests.conftest import PROJECT

BETWEEN = "between %(from_day)s and %(to_day)s"
TASKS: dict[str, Any] = {
    "name": "tasks", "query": f"select * from tasks where done_on {BETWEEN}",
    "key_column": "ASSIGNEE", "key_kind": "login", "day_column": "done_on",
    "metrics": [
        {"column": "done", "name": "tasks_completed", "unit": "tasks", "description": "Tasks"},
        {"column": "hours", "name": "review_hours", "unit": "hours", "description": "Hours"},
    ],
}  # fmt: skip
TRAINING = {
    "name": "training", "shape": "challenge_attempts", "key_column": "email", "key_kind": "email",
    "query": f"select * from attempts where at::date {BETWEEN}", "challenge_column": "challenge",
    "score_column": "score", "submitted_column": "at",
}  # fmt: skip
LEAVE = {
    "name": "absences", "shape": "leave", "query": f"select * from leave where away {BETWEEN}",
    "key_column": "id", "key_kind": "employee_id", "day_column": "away",
}  # fmt: skip
PEOPLE = {
    "name": "staff", "shape": "people", "query": "select * from people", "key_column": "email",
    "key_kind": "email", "name_column": "name", "email_column": "email",
    "employee_id_column": "id", "github_login_column": "login", "github_user_id_column": "account",
}  # fmt: skip
ACCOUNTS = {
    "name": "accounts", "shape": "identity_map", "query": "select * from accounts",
    "source_key_column": "key", "github_user_id_column": "account",
}  # fmt: skip
FIRST, LAST = date(2026, 5, 4), date(2026, 5, 6)


def declared(settings: Settings, *extracts: Any) -> Settings:
    path = settings.home / "sources.yml"
    path.write_text(yaml.safe_dump({"snowflake": {"extracts": list(extracts)}}))
    return settings.model_copy(update={"sources_file": path})


def without(entry: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != field}


def test_extracts_become_metrics_of_the_registry(settings: Settings) -> None:
    extracts = load_extracts(declared(settings, TASKS, TRAINING, LEAVE, PEOPLE, ACCOUNTS))
    assert [extract.shape for extract in extracts] == [
        "metrics", "challenge_attempts", "leave", "people", "identity_map",
    ]  # fmt: skip
    assert declared_metrics(extracts) == [
        Metric("snowflake.tasks_completed", "tasks", "snowflake", "Tasks"),
        Metric("snowflake.review_hours", "hours", "snowflake", "Hours"),
    ]


def test_the_documentation_s_example_is_a_valid_declaration(settings: Settings) -> None:
    text = (PROJECT / "docs" / "sources.md").read_text(encoding="utf-8")
    path = settings.home / "sources.yml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0])
    extracts = load_extracts(settings.model_copy(update={"sources_file": path}))
    assert {extract.shape for extract in extracts} == set(SHAPES)


@pytest.mark.parametrize("text", ["", "snowflake:", "snowflake: {extracts: []}", "filedrop: {}"])
def test_nothing_declared_is_no_source(settings: Settings, landing: Landing, text: str) -> None:
    path = settings.home / "sources.yml"
    path.write_text(text)
    configured = settings.model_copy(update={"sources_file": path})
    assert load_extracts(configured) == [] == load_extracts(settings)
    assert fetch.land_extracts(configured, landing, FIRST, LAST).datasets == {}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (without(TASKS, "key_column"), "extract tasks, key_column: Field required"),
        (TASKS | {"key_kind": "badge"}, "extract tasks, key_kind: Input should be 'login', "
         "'email', 'employee_id' or 'github_user_id'"),
        (TASKS | {"metrics": []}, "extract tasks, metrics: List should have at least 1 item"),
        (TASKS | {"day_colum": "x"}, "extract tasks, day_colum: Extra inputs are not permitted"),
        (TASKS | {"shape": "teams"}, "extract tasks, shape: 'teams' is not one of metrics, "
         "challenge_attempts, leave, people, identity_map"),
        (without(PEOPLE, "key_kind"), "extract staff, key_kind: Field required"),
        (without(ACCOUNTS, "source_key_column"), "extract accounts, source_key_column: Field req"),
        (PEOPLE | {"day_column": "x"}, "extract staff, day_column: Extra inputs are not permitted"),
        (TASKS | {"name": "../x"}, "extract ../x, name: String should match pattern"),
        (without(LEAVE, "name"), "extract 1, name: Field required"),
        ("tasks", "extract 1 must be a mapping"),
        (TASKS | {"query": "delete from tasks"}, "extract tasks, query: must be a single SELECT"),
        (TASKS | {"query": "select 1; select 2"}, "query: must be a single SELECT"),
        (TASKS | {"query": "select 1; drop table tasks"}, "query: must be a single SELECT"),
        (TASKS | {"query": "call cleanup()"}, "query: must be a single SELECT"),
        (TASKS | {"query": "create table x as select 1"}, "query: must be a single SELECT"),
        (TASKS | {"query": "select from where"}, "query: not readable as Snowflake SQL"),
        (TASKS | {"query": "select %(day)s"}, "query: unknown parameter 'day'; allowed are"),
        (TASKS | {"query": "select 1 where a like '%x'"}, "query: a literal % is written %%"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named_by_file_extract_and_field(
    settings: Settings, entry: Any, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_extracts(declared(settings, entry))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(settings.home / "sources.yml"))


def test_common_table_expressions_unions_and_percent_signs_are_reading_too(
    settings: Settings,
) -> None:
    query = "with a as (select 1 x) select x from a where x like '%%' union all select 2"
    assert load_extracts(declared(settings, TASKS | {"query": query}))


def test_one_name_for_two_extracts_or_metrics_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="extract name tasks is declared more than once"):
        load_extracts(declared(settings, TASKS, TASKS))
    with pytest.raises(SettingsError, match=r"metric name snowflake\.tasks_completed"):
        load_extracts(declared(settings, TASKS, TASKS | {"name": "more"}))


def test_a_missing_file_is_named_with_its_setting(settings: Settings) -> None:
    missing = settings.model_copy(update={"sources_file": Path("missing.yml")})
    with pytest.raises(
        SettingsError, match=r"NIGHTQUEST_SOURCES_FILE: missing\.yml cannot be read"
    ):
        load_extracts(missing)


READING = [
    "select 1;",
    "select 1 -- x; drop table t",
    "/* a; b */ select 1",
    "(select 1) union (select 2)",
    "select * from table(f())",
    "select $$ a; b $$ from t where a = 'x; y'",
    "select a:b::text from t, lateral flatten(t.c) qualify row_number() over (order by a) = 1",
    "with recursive a as (select 1 n union all select n + 1 from a where n < 5) select * from a",
]  # fmt: skip
WRITING = [
    "",
    "-- nothing",
    "select 1; drop table t",
    "with a as (delete from t returning *) select * from a",
    "with a as (insert into t values (1)) select 1",
    "with a as (select 1) insert into t select * from a",
    "with p as procedure () returns int language sql as $$begin return 1; end$$ call p()",
    "select * into x from t",
    "select 1 into :x",
    "select * from (delete from t)",
    "select * from t for update",
    "select system$cancel_all_queries(1)",
    "merge into t using s on t.a = s.a when matched then delete",
    "update t set a = 1",
    "truncate table t",
    "call p()",
    "execute immediate 'drop table t'",
    "begin; select 1; end",
    "declare x int; begin select 1; end",
    "show tables",
    "show tables ->> select * from $1",
    "copy into @s from t",
    "put file:///x @s",
    "grant select on t to r",
    "use role x",
    "alter session set a = 1",
    "undrop table t",
    "explain select 1",
]


@pytest.mark.parametrize("query", READING)
def test_whatever_only_reads_is_allowed(settings: Settings, query: str) -> None:
    assert load_extracts(declared(settings, TASKS | {"query": query}))


@pytest.mark.parametrize("query", WRITING)
def test_whatever_does_more_than_read_is_refused(settings: Settings, query: str) -> None:
    with pytest.raises(SettingsError, match="extract tasks, query: "):
        load_extracts(declared(settings, TASKS | {"query": query}))


def test_a_connection_needs_an_account_a_user_and_a_secret(settings: Settings) -> None:
    given = {"snowflake_account": "acc", "snowflake_user": "u", "snowflake_token": None}
    for missing, said in [
        ("snowflake_account", "NIGHTQUEST_SNOWFLAKE_ACCOUNT is not set"),
        ("snowflake_user", "NIGHTQUEST_SNOWFLAKE_USER is not set"),
        ("snowflake_token", "NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_FILE"),
    ]:
        with pytest.raises(SettingsError, match=said):
            connection_parameters(settings.model_copy(update=given | {missing: None}))


class FakeCursor:
    """A connector's cursor over Arrow batches, one answer for each extract in turn."""

    def __init__(self, answers: list[list[pa.Table]]) -> None:
        self.answers, self.executed = answers, []

    def __enter__(self) -> "FakeCursor":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, query: str, parameters: dict[str, date]) -> None:
        self.executed.append((query, parameters))
        self.batches = self.answers.pop(0)
        names = self.batches[0].column_names
        self.description = [SimpleNamespace(name=name, type_code=2) for name in names]
        self.rowcount = sum(batch.num_rows for batch in self.batches)

    def fetch_arrow_batches(self, force_microsecond_precision: bool) -> Iterator[pa.Table]:
        yield from self.batches


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[list[pa.Table]]:
    """What Snowflake will answer, batch by batch."""
    given: list[list[pa.Table]] = []

    @contextmanager
    def connection(*_: Any) -> Iterator[Any]:
        yield SimpleNamespace(cursor=lambda: FakeCursor(given))

    monkeypatch.setattr(fetch, "_connection", connection)
    return given


def payloads(landing: Landing) -> list[Payload]:
    return [
        Payload(row["scope"], row["day"], row["load_id"], landing.content(name))
        for row in landing.states().sort("day").iter_rows(named=True)
        for name in payloads_of(row)
    ]


def tasks(*rows: tuple[Any, ...]) -> pa.Table:
    names = ["ASSIGNEE", "DONE_ON", "DONE", "HOURS"]
    types = [pa.string(), pa.date32(), pa.int8(), pa.decimal128(18, 4)]
    columns = list(zip(*rows, strict=True)) or [[]] * 4
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)], names
    )


def metrics(framed: Framed) -> list[tuple[Any, ...]]:
    table = framed.tables[SNOWFLAKE_METRICS]
    return sorted(table.select("activity_date", "person_key", "metric", "value").rows())


def test_metrics_arrive_in_batches_and_are_landed_whole_by_day(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([
        tasks(("ada", FIRST, 2, Decimal("1.2500")), ("bob", LAST, 0, None)),
        tasks(("ada", FIRST, 3, None), ("ada", date(2026, 5, 7), 9, None)),
    ])  # fmt: skip
    report = fetch.land_extracts(declared(settings, TASKS), landing, FIRST, LAST).of("metrics")
    assert (report.days, report.rows, report.changed_days) == (3, 3, 3)
    assert landing.states().sort("day")["row_count"].to_list() == [2, 0, 1]
    assert metrics(frame_metrics(payloads(landing))) == [
        (FIRST, "ada", "snowflake.review_hours", Decimal("1.250000")),
        (FIRST, "ada", "snowflake.tasks_completed", Decimal("2.000000")),
        (FIRST, "ada", "snowflake.tasks_completed", Decimal("3.000000")),
        (LAST, "bob", "snowflake.tasks_completed", Decimal("0.000000")),
    ]


def test_only_declared_columns_are_landed(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([tasks(("ada", FIRST, 1, None)).append_column("SALARY", [[1]])])
    fetch.land_extracts(declared(settings, TASKS), landing, FIRST, FIRST)
    (payload,) = payloads(landing)
    assert pl.read_parquet(payload.content).columns == ["assignee", "done_on", "done", "hours"]


def test_one_column_may_feed_two_metrics_and_be_called_as_a_column_of_ours(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    metric = {"column": "scope", "name": "one", "unit": "tasks", "description": "Tasks"}
    entry = TASKS | {"key_column": "reason", "metrics": [metric, metric | {"name": "two"}]}
    answers.append([pa.table({"REASON": ["ada"], "DONE_ON": [FIRST], "SCOPE": [4]})])
    fetch.land_extracts(declared(settings, entry), landing, FIRST, FIRST)
    assert metrics(frame_metrics(payloads(landing))) == [
        (FIRST, "ada", "snowflake.one", Decimal("4.000000")),
        (FIRST, "ada", "snowflake.two", Decimal("4.000000")),
    ]


def test_equal_answers_in_other_batches_and_narrower_types_change_nothing(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    one, two = ("ada", FIRST, 2, None), ("bob", FIRST, 3, None)
    wide = tasks(one, two).cast(
        pa.schema([("ASSIGNEE", pa.string()), ("DONE_ON", pa.date32()), ("DONE", pa.int64()),
                   ("HOURS", pa.decimal128(38, 4))])
    )  # fmt: skip
    answers += [[tasks(two), tasks(one)], [wide]]
    configured = declared(settings, TASKS)
    fetch.land_extracts(configured, landing, FIRST, LAST)
    report = fetch.land_extracts(configured, landing, FIRST, LAST)
    assert report.of("metrics").changed_days == 0


def test_a_missing_column_is_named_with_those_that_there_are(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([tasks().drop_columns(["DONE"])])
    with pytest.raises(SettingsError) as caught:
        fetch.land_extracts(declared(settings, TASKS), landing, FIRST, LAST)
    assert str(caught.value) == (
        "Snowflake extract tasks: its query answers no column done; there are assignee, done_on, "
        "hours."
    )


def test_rows_without_a_person_or_a_number_that_fits_go_to_quarantine(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    huge = tasks(("x", FIRST, 1, None)).drop_columns(["HOURS"])
    huge = huge.append_column("HOURS", pa.array([1e30], pa.float64()))
    answers.append([tasks((None, FIRST, 1, None), (" ", FIRST, 1, None), ("a", FIRST, 1, None))])
    answers.append([huge])
    configured = declared(settings, TASKS)
    fetch.land_extracts(configured, landing, FIRST, FIRST)
    framed = frame_metrics(payloads(landing))
    assert [row["reason"] for row in framed.quarantined] == ["assignee is missing"] * 2
    assert len(metrics(framed)) == 1
    fetch.land_extracts(configured, landing, FIRST, FIRST)
    (refused,) = frame_metrics(payloads(landing)).quarantined
    assert refused["reason"] == "hours is 1e+30, and no number of 18 digits"


def test_attempts_fall_on_their_local_day_and_their_times_are_utc(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    zoned = pa.timestamp("ns", "America/New_York")
    times = [datetime(2026, 5, 4, 23, 30), datetime(2026, 5, 6, 1, 0)]
    table = pa.table({
        "EMAIL": ["a@x.test", "b@x.test"],
        "CHALLENGE": ["sql-1", "sql-1"],
        "SCORE": pa.array([Decimal("85.5"), Decimal("101")], pa.decimal128(5, 2)),
        "AT": pa.array(times, pa.timestamp("ns", "UTC")).cast(zoned),
    })  # fmt: skip
    answers.append([table])
    configured = declared(settings, TRAINING)
    fetch.land_extracts(configured, landing, FIRST, LAST, "Europe/Berlin")
    framed = frame_challenge_attempts(payloads(landing))
    assert framed.tables[SNOWFLAKE_CHALLENGE_ATTEMPTS].drop("load_id").rows() == [
        ("training", date(2026, 5, 5), "a@x.test", "email", "sql-1", Decimal("85.500000"),
         datetime(2026, 5, 4, 23, 30)),
    ]  # fmt: skip
    assert [row["reason"] for row in framed.quarantined] == ["score is not a score from 0 to 100"]


def test_a_zoned_day_is_the_local_one(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    """22:30 in UTC is half past midnight of the next day in Berlin."""
    evening = pa.array([datetime(2026, 5, 4, 22, 30)], pa.timestamp("ns", "UTC"))
    answers.append([pa.table({"ID": [7], "AWAY": evening})])
    configured = declared(settings, LEAVE)
    fetch.land_extracts(configured, landing, FIRST, LAST, "Europe/Berlin")
    rows = frame_leave(payloads(landing)).tables[SNOWFLAKE_LEAVE]
    assert rows["activity_date"].to_list() == [date(2026, 5, 5)]


def test_a_day_in_an_unknown_spelling_lands_nothing(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({"ID": [7], "AWAY": ["04.05.2026"]})])
    with pytest.raises(SourceError, match=r"away holds '04\.05\.2026', which is no day"):
        fetch.land_extracts(declared(settings, LEAVE), landing, FIRST, LAST)
    assert landing.states().is_empty()


def test_leave_is_kept_by_day_and_person(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({"ID": [7, 8], "AWAY": [FIRST, LAST]})])
    fetch.land_extracts(declared(settings, LEAVE), landing, FIRST, LAST)
    assert frame_leave(payloads(landing)).tables[SNOWFLAKE_LEAVE].drop("load_id").rows() == [
        ("absences", FIRST, "7", "employee_id"), ("absences", LAST, "8", "employee_id"),
    ]  # fmt: skip


def test_people_are_a_snapshot_of_who_there_is(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({
        "EMAIL": ["ada@x.test", None, "bob@x.test", "cat@x.test"],
        "NAME": ["Ada", "Nobody", None, "Cat"],
        "ID": [7, 8, None, 9],
        "LOGIN": ["ada-l", None, None, " "],
        "ACCOUNT": [Decimal(101), None, None, Decimal(0)],
    })])  # fmt: skip
    fetch.land_snapshots(declared(settings, TASKS, PEOPLE), landing, LAST)
    framed = frame_people(payloads(landing))
    assert framed.tables[SNOWFLAKE_PEOPLE].drop("load_id").rows() == [
        ("staff", LAST, "ada@x.test", "email", "Ada", "ada@x.test", "7", "ada-l", 101),
        ("staff", LAST, "bob@x.test", "email", None, "bob@x.test", None, None, None),
    ]
    assert [(row["row_number"], row["reason"]) for row in framed.quarantined] == [
        (2, "email is missing"), (4, "account is 0, and no GitHub user id"),
    ]  # fmt: skip


def test_an_identity_map_takes_user_ids_as_numbers_or_digits(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    entry = ACCOUNTS | {"source_column": "source"}
    rows = [
        ("Snowflake", "ada@x.test", " 0101 "), ("file", "e-7", "102.0"), ("snowflake", "", "103"),
        ("snowflake", "bob", "bob"), ("jira", "cat", "104"), (None, "dan", "105"),
        ("file", "eve", None), ("file", "fay", "1234567890123456789"),
    ]  # fmt: skip
    names = ["SOURCE", "KEY", "ACCOUNT"]
    answers.append([pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])])
    fetch.land_snapshots(declared(settings, entry), landing, FIRST)
    framed = frame_identity_map(payloads(landing))
    assert framed.tables[SNOWFLAKE_IDENTITY_MAP].drop("load_id").rows() == [
        ("accounts", FIRST, "snowflake", "ada@x.test", 101),
        ("accounts", FIRST, "file", "e-7", 102),
    ]  # fmt: skip
    assert [row["reason"] for row in framed.quarantined] == [
        "key is missing", "account is bob, and no GitHub user id",
        "source is jira, and must be snowflake or file",
        "source is missing, and must be snowflake or file", "account is missing",
        "account is 1234567890123456789, and no GitHub user id",
    ]  # fmt: skip


def test_an_identity_map_without_a_source_is_about_snowflake(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({"KEY": ["ada@x.test"], "ACCOUNT": [101]})])
    fetch.land_snapshots(declared(settings, ACCOUNTS), landing, FIRST)
    framed = frame_identity_map(payloads(landing))
    assert framed.tables[SNOWFLAKE_IDENTITY_MAP]["source"].to_list() == ["snowflake"]


def test_a_snapshot_that_has_not_changed_is_not_landed_again(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers += [
        [pa.table({"KEY": ["a", "b"], "ACCOUNT": [1, 2]})],
        [pa.table({"KEY": ["b"], "ACCOUNT": [2]}), pa.table({"KEY": ["a"], "ACCOUNT": [1]})],
    ]
    configured = declared(settings, ACCOUNTS)
    fetch.land_snapshots(configured, landing, FIRST)
    fetch.land_snapshots(configured, landing, LAST)
    assert landing.states()["day"].to_list() == [FIRST]


def test_snapshots_have_no_days_to_wait_for(settings: Settings) -> None:
    configured = declared(settings, TASKS, PEOPLE, ACCOUNTS)
    snowflake = configured_sources(configured, LAST).filter(pl.col("source") == "snowflake")
    assert snowflake["dataset"].to_list() == ["metrics"]


def test_a_key_that_is_a_github_user_id_must_be_one(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({"ID": ["0101", "ada"], "AWAY": [FIRST, FIRST]})])
    entry = LEAVE | {"key_kind": "github_user_id"}
    fetch.land_extracts(declared(settings, entry), landing, FIRST, FIRST)
    framed = frame_leave(payloads(landing))
    assert framed.tables[SNOWFLAKE_LEAVE]["person_key"].to_list() == ["101"]
    assert [row["reason"] for row in framed.quarantined] == ["id is ada, and no GitHub user id"]


def test_an_answer_that_ends_early_lands_nothing(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    short = pa.table({"KEY": ["a", "b"], "ACCOUNT": [1, 2]})
    answers += [[short, short], [tasks(("ada", FIRST, 1, None)), tasks(("bob", FIRST, 1, None))]]
    monkeypatch.setattr(FakeCursor, "fetch_arrow_batches", lambda self, **_: iter(self.batches[:1]))
    with pytest.raises(SourceError, match="to the extract accounts ended after 2 of 4 rows"):
        fetch.land_snapshots(declared(settings, ACCOUNTS), landing, FIRST)
    with pytest.raises(SourceError, match="to the extract tasks ended after 1 of 2 rows"):
        fetch.land_extracts(declared(settings, TASKS), landing, FIRST, FIRST)
    assert landing.states().is_empty()


def test_a_metric_that_is_no_number_is_named(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    wrong = tasks(("ada", FIRST, 1, None)).drop_columns(["HOURS"])
    answers.append([wrong.append_column("HOURS", pa.array([FIRST]))])
    with pytest.raises(SettingsError, match="tasks: the column hours is Date, and must be a num"):
        fetch.land_extracts(declared(settings, TASKS), landing, FIRST, FIRST)


def test_a_column_that_comes_twice_is_named(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([tasks().append_column("done", pa.array([], pa.int8()))])
    with pytest.raises(SettingsError, match="its query answers more than one column done"):
        fetch.land_extracts(declared(settings, TASKS), landing, FIRST, FIRST)
