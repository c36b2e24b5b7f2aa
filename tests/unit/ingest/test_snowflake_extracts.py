"""Declared extracts: refused when wrong, fetched in batches, landed by day, framed with types."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import yaml

from ingest.errors import SettingsError
from ingest.framing import Framed, Payload
from ingest.landing import Landing
from ingest.rules.metrics import Metric
from ingest.settings import Settings
from ingest.snowflake import fetch
from ingest.snowflake.declared import declared_metrics, load_extracts
from ingest.snowflake.frames import frame_challenge_attempts, frame_leave, frame_metrics
from ingest.tables import SNOWFLAKE_CHALLENGE_ATTEMPTS, SNOWFLAKE_LEAVE, SNOWFLAKE_METRICS

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
FIRST, LAST = date(2026, 5, 4), date(2026, 5, 6)


def declared(settings: Settings, *extracts: Any) -> Settings:
    path = settings.home / "sources.yml"
    path.write_text(yaml.safe_dump({"snowflake": {"extracts": list(extracts)}}))
    return settings.model_copy(update={"sources_file": path})


def without(entry: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != field}


def test_extracts_become_metrics_of_the_registry(settings: Settings) -> None:
    extracts = load_extracts(declared(settings, TASKS, TRAINING, LEAVE))
    assert [extract.shape for extract in extracts] == ["metrics", "challenge_attempts", "leave"]
    assert declared_metrics(extracts) == [
        Metric("snowflake.tasks_completed", "tasks", "snowflake", "Tasks"),
        Metric("snowflake.review_hours", "hours", "snowflake", "Hours"),
    ]


@pytest.mark.parametrize("text", ["", "snowflake:", "snowflake: {extracts: []}", "other: 1"])
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
        (TASKS | {"key_kind": "badge"}, "extract tasks, key_kind: Input should be 'login'"),
        (TASKS | {"metrics": []}, "extract tasks, metrics: List should have at least 1 item"),
        (TASKS | {"day_colum": "x"}, "extract tasks, day_colum: Extra inputs are not permitted"),
        (TASKS | {"shape": "people"}, "extract tasks, shape: 'people' is not one of metrics, "
         "challenge_attempts, leave"),
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


def test_a_connection_needs_an_account_a_user_and_a_secret(settings: Settings) -> None:
    given = {"snowflake_account": "acc", "snowflake_user": "u", "snowflake_token": None}
    for missing, said in [
        ("snowflake_account", "NIGHTQUEST_SNOWFLAKE_ACCOUNT is not set"),
        ("snowflake_user", "NIGHTQUEST_SNOWFLAKE_USER is not set"),
        ("snowflake_token", "NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_FILE"),
    ]:
        with pytest.raises(SettingsError, match=said):
            fetch.connection_parameters(settings.model_copy(update=given | {missing: None}))


def test_the_session_is_tagged_timed_out_and_in_utc(settings: Settings) -> None:
    key = {
        "snowflake_account": "acc",
        "snowflake_user": "u",
        "snowflake_private_key_file": Path("key.p8"),
    }
    parameters = fetch.connection_parameters(settings.model_copy(update=key))
    assert parameters["private_key_file"] == "key.p8"
    assert parameters["session_parameters"] == {
        "QUERY_TAG": "nightquest", "STATEMENT_TIMEOUT_IN_SECONDS": 600, "TIMEZONE": "UTC",
    }  # fmt: skip


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
        self.description = [SimpleNamespace(name=name) for name in names]

    def fetch_arrow_batches(self) -> Iterator[pa.Table]:
        yield from self.batches


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[list[pa.Table]]:
    """What Snowflake will answer, batch by batch."""
    given: list[list[pa.Table]] = []

    @contextmanager
    def connection(_: Settings) -> Iterator[Any]:
        yield SimpleNamespace(cursor=lambda: FakeCursor(given))

    monkeypatch.setattr(fetch, "_connection", connection)
    return given


def payloads(landing: Landing) -> list[Payload]:
    return [
        Payload(row["scope"], row["day"], row["load_id"], landing.content(row["payload"]))
        for row in landing.states().sort("day").iter_rows(named=True)
        if row["payload"]
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
    return table.select("activity_date", "person_key", "metric", "value").rows()


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
        (FIRST, "ada", "snowflake.tasks_completed", Decimal("5.000000")),
        (FIRST, "ada", "snowflake.review_hours", Decimal("1.250000")),
        (LAST, "bob", "snowflake.tasks_completed", Decimal("0.000000")),
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


def test_leave_is_one_row_a_day_and_person(
    settings: Settings, landing: Landing, answers: list[list[pa.Table]]
) -> None:
    answers.append([pa.table({"ID": [7, 7, 8], "AWAY": [FIRST, FIRST, LAST]})])
    fetch.land_extracts(declared(settings, LEAVE), landing, FIRST, LAST)
    assert frame_leave(payloads(landing)).tables[SNOWFLAKE_LEAVE].drop("load_id").rows() == [
        ("absences", FIRST, "7", "employee_id"), ("absences", LAST, "8", "employee_id"),
    ]  # fmt: skip
