"""Answers over HTTP, in Snowflake's own encoding and in chunks, through the unmodified connector.

The emulation serves hand-made Arrow data, because fakesnow knows no NUMBER beyond 64 bits, no
TIMESTAMP_LTZ and no offsets.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import yaml
from pydantic import SecretStr

from ingest.errors import SourceError
from ingest.framing import Payload
from ingest.landing import Landing, payloads_of
from ingest.settings import Settings
from ingest.snowflake.fetch import land_extracts, land_snapshots
from ingest.snowflake.frames import frame_challenge_attempts, frame_identity_map, frame_metrics
from ingest.tables import (
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_IDENTITY_MAP,
    SNOWFLAKE_METRICS,
)
from tests.emulation.snowflake import (
    Answer,
    Chunk,
    SnowflakeEmulation,
    answer_of,
    column,
    rowtype_of,
    snowflake_emulation,
    stream_of,
    wire_table,
)

DAY = date(2026, 5, 4)
MINUTES_WEST = -4 * 60


@pytest.fixture(scope="module")
def server() -> Iterator[SnowflakeEmulation]:
    with snowflake_emulation() as running:
        yield running


@pytest.fixture
def emulation(server: SnowflakeEmulation) -> SnowflakeEmulation:
    server.answers.clear()
    server.chunk_status = 200
    return server


def declared(settings: Settings, emulation: SnowflakeEmulation, entry: dict[str, Any]) -> Settings:
    path = settings.home / "sources.yml"
    path.write_text(yaml.safe_dump({"snowflake": {"extracts": [entry]}}))
    return settings.model_copy(
        update={
            "sources_file": path,
            "snowflake_account": "fakesnow",
            "snowflake_user": "nightquest",
            "snowflake_token": SecretStr("t"),
            "snowflake_host": "127.0.0.1",
            "snowflake_port": emulation.port,
            "snowflake_protocol": "http",
            "snowflake_database": "db",
            "snowflake_schema": "s",
        }
    )


def metrics(*columns: str) -> dict[str, Any]:
    return {
        "name": "tasks", "query": "select canned", "key_column": "who",
        "key_kind": "employee_id", "day_column": "day",
        "metrics": [
            {"column": name, "name": name, "unit": "u", "description": "d"} for name in columns
        ],
    }  # fmt: skip


ACCOUNTS = {
    "name": "accounts", "shape": "identity_map", "query": "select canned",
    "source_key_column": "who", "github_user_id_column": "account",
}  # fmt: skip


def payloads(landing: Landing) -> list[Payload]:
    return [
        Payload(row["scope"], row["day"], row["load_id"], landing.content(name))
        for row in landing.states().sort("day").iter_rows(named=True)
        for name in payloads_of(row)
    ]


def epoch(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def days(*values: date | None) -> tuple[pa.Field, pa.Array]:
    return column("DAY", "DATE", pa.array(values, pa.date32()))


def text(name: str, *values: str | None, kind: str = "TEXT") -> tuple[pa.Field, pa.Array]:
    return column(name, kind, pa.array(values, pa.string()))


def moments(
    kind: str, *seconds: int | None, minutes: int | None = None
) -> tuple[pa.Field, pa.Array]:
    """Timestamps of scale 9: seconds, nanoseconds and, for TIMESTAMP_TZ, the offset."""
    parts = {"epoch": (0, pa.int64()), "fraction": (500_000_000, pa.int32())}
    if minutes is not None:
        parts["timezone"] = (1440 + minutes, pa.int32())
    arrays = [
        pa.array([second or 0 for second in seconds] if name == "epoch" else [value] * len(seconds),
                 width)
        for name, (value, width) in parts.items()
    ]  # fmt: skip
    is_null = pa.array([second is None for second in seconds])
    structs = pa.StructArray.from_arrays(arrays, names=list(parts), mask=is_null)
    return column("AT", kind, structs, 0, 9)


def landed_metrics(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing, table: pa.Table
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """(person, metric, value) of a table of metrics over the wire, and the reasons of refusals."""
    emulation.answers["canned"] = answer_of(table, 2)
    names = [name.lower() for name in table.column_names if name not in ("WHO", "DAY")]
    land_extracts(declared(settings, emulation, metrics(*names)), landing, DAY, DAY)
    framed = frame_metrics(payloads(landing))
    rows = framed.tables[SNOWFLAKE_METRICS].select("person_key", "metric", "value").rows()
    return sorted(rows), [row["reason"] for row in framed.quarantined]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # NUMBER(38, 0) and NUMBER(18, 4), as the narrowest integers that hold them.
        (column("X", "FIXED", pa.array([7, None], pa.int8())), "7.000000"),
        (column("X", "FIXED", pa.array([999_999_999_999, None], pa.int64())),
         "999999999999.000000"),
        (column("X", "FIXED", pa.array([12_345, None], pa.int16()), 18, 4), "1.234500"),
        (column("X", "FIXED", pa.array([10**15 + 1, None], pa.int64()), 18, 4),
         "100000000000.000100"),
        (column("X", "FIXED", pa.array([Decimal("7"), None], pa.decimal128(38, 0))), "7.000000"),
        (column("X", "BOOLEAN", pa.array([True, None], pa.bool_())), "1.000000"),
        (column("X", "REAL", pa.array([2.5, None], pa.float64())), "2.500000"),
        (text("X", "2.50", None), "2.500000"),
        (text("X", "2.50", None, kind="VARIANT"), "2.500000"),
        (text("X", '"2.50"', "null", kind="VARIANT"), "2.500000"),
    ],
)  # fmt: skip
def test_a_number_arrives_exactly_whatever_its_type_and_null_is_none(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing,
    values: tuple[pa.Field, pa.Array], expected: str,
) -> None:  # fmt: skip
    table = wire_table(text("WHO", "a", "b"), days(DAY, DAY), values)
    landed = landed_metrics(settings, emulation, landing, table)
    assert landed == ([("a", "snowflake.x", Decimal(expected))], [])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (column("X", "FIXED", pa.array([10**12], pa.int64())), "1000000000000"),
        (column("X", "FIXED", pa.array([Decimal("9" * 38)], pa.decimal128(38, 0))), "9" * 38),
        (column("X", "REAL", pa.array([float("nan")], pa.float64())), "NaN"),
        (text("X", "many"), "many"),
        (text("X", '{"a":1}', kind="VARIANT"), '{"a":1}'),
    ],
)
def test_what_is_no_number_of_18_digits_is_quarantined_as_it_is_written(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing,
    values: tuple[pa.Field, pa.Array], reason: str,
) -> None:  # fmt: skip
    table = wire_table(text("WHO", "a"), days(DAY), values)
    landed = landed_metrics(settings, emulation, landing, table)
    assert landed == ([], [f"x is {reason}, and no number of 18 digits"])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (column("WHO", "FIXED", pa.array([7, 8, None], pa.int8())), ["7", "8"]),
        (column("WHO", "FIXED", pa.array([Decimal("1" * 38), 7, None], pa.decimal128(38, 0))),
         ["1" * 38, "7"]),
        (text("WHO", '"ada"', '"a \\"b\\""', "null", kind="VARIANT"), ["ada", 'a "b"']),
        (text("WHO", "12345678901234567890123", "7", None, kind="VARIANT"),
         ["12345678901234567890123", "7"]),
    ],
)  # fmt: skip
def test_a_key_arrives_as_text_whatever_its_type(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing,
    key: tuple[pa.Field, pa.Array], expected: list[str],
) -> None:  # fmt: skip
    ones = column("X", "FIXED", pa.array([1, 1, 1], pa.int8()))
    table = wire_table(key, days(DAY, DAY, DAY), ones)
    rows, reasons = landed_metrics(settings, emulation, landing, table)
    assert sorted(row[0] for row in rows) == sorted(expected)
    assert reasons == ["who is missing"]


def test_a_column_that_is_all_null_in_one_batch_keeps_the_other_batches(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    table = wire_table(
        text("WHO", "a", "b", "c", "d"),
        days(DAY, DAY, DAY, DAY),
        column("X", "FIXED", pa.array([None, None, 15_000, 5], pa.int16()), 18, 4),
    )
    landed = landed_metrics(settings, emulation, landing, table)
    assert landed == (
        [("c", "snowflake.x", Decimal("1.5")), ("d", "snowflake.x", Decimal("0.0005"))], [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (moments("TIMESTAMP_NTZ", epoch(2026, 5, 4, 23, 30), None),
         datetime(2026, 5, 4, 23, 30, 0, 500_000)),
        (moments("TIMESTAMP_LTZ", epoch(2026, 5, 4, 23, 30), None),
         datetime(2026, 5, 4, 23, 30, 0, 500_000)),
        # 19:30 in New York.
        (moments("TIMESTAMP_TZ", epoch(2026, 5, 4, 23, 30), None, minutes=MINUTES_WEST),
         datetime(2026, 5, 4, 23, 30, 0, 500_000)),
        (column("AT", "TIMESTAMP_NTZ", pa.array([epoch(2026, 5, 4, 23), None], pa.int64()), 0, 0),
         datetime(2026, 5, 4, 23)),
        (column("AT", "TIMESTAMP_NTZ", pa.array([epoch(2026, 5, 4) * 1000 + 7, None]), 0, 3),
         datetime(2026, 5, 4, 0, 0, 0, 7_000)),
    ],
)  # fmt: skip
def test_a_time_arrives_in_utc_and_falls_on_its_day(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing,
    values: tuple[pa.Field, pa.Array], expected: datetime,
) -> None:  # fmt: skip
    score = column("SCORE", "FIXED", pa.array([9_550, 9_550], pa.int16()), 5, 2)
    challenge = text("CHALLENGE", "sql-1", "sql-1")
    table = wire_table(text("WHO", "a", "b"), challenge, score, values)
    emulation.answers["canned"] = answer_of(table, 1)
    entry = {
        "name": "training", "shape": "challenge_attempts", "query": "select canned",
        "key_column": "who", "key_kind": "login", "challenge_column": "challenge",
        "score_column": "score", "submitted_column": "at",
    }  # fmt: skip
    land_extracts(declared(settings, emulation, entry), landing, DAY, DAY)
    rows = frame_challenge_attempts(payloads(landing)).tables[SNOWFLAKE_CHALLENGE_ATTEMPTS]
    assert rows.select("activity_date", "person_key", "score", "submitted_at").rows() == [
        (DAY, "a", Decimal("95.5"), expected),
    ]  # fmt: skip


def test_a_day_column_may_be_a_time_far_beyond_nanoseconds(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    field, values = moments("TIMESTAMP_NTZ", epoch(2026, 5, 4, 1), epoch(9999, 12, 31))
    table = wire_table(
        text("WHO", "a", "b"), (field.with_name("DAY"), values),
        column("X", "FIXED", pa.array([1, 1], pa.int8())),
    )  # fmt: skip
    rows, _ = landed_metrics(settings, emulation, landing, table)
    assert [row[0] for row in rows] == ["a"]


def test_an_answer_without_rows_is_a_complete_day_without_any(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    ones = column("X", "FIXED", pa.array([], pa.int8()))
    assert landed_metrics(settings, emulation, landing, wire_table(text("WHO"), days(), ones)) == (
        [], [],
    )  # fmt: skip
    assert landing.states().select("is_complete", "row_count").rows() == [(True, 0)]


def test_fakesnow_s_own_answer_lands_through_the_same_chunks(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    query = "select column1 as who, column2 as account from values ('a', 1), ('b', 2), ('c', 3)"
    land_snapshots(declared(settings, emulation, ACCOUNTS | {"query": query}), landing, DAY)
    rows = frame_identity_map(payloads(landing)).tables[SNOWFLAKE_IDENTITY_MAP]
    assert sorted(rows["github_user_id"]) == [1, 2, 3]


def test_a_refused_query_is_told_by_the_name_of_its_extract(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    entry = ACCOUNTS | {"query": "select who, account from db.s.missing_table"}
    with pytest.raises(SourceError, match=r"refuses the extract accounts: .*MISSING_TABLE"):
        land_snapshots(declared(settings, emulation, entry), landing, DAY)


def accounts(*keys: str) -> pa.Table:
    ids = column("ACCOUNT", "FIXED", pa.array(range(1, len(keys) + 1), pa.int8()))
    return wire_table(text("WHO", *keys), ids)


def test_a_chunk_with_fewer_rows_than_promised_lands_nothing(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    whole = accounts("a", "b", "c")
    emulation.answers["canned"] = Answer(
        rowtype_of(whole.schema), Chunk(3, stream_of(whole)), [Chunk(3, stream_of(whole[:1]))]
    )
    with pytest.raises(SourceError, match="the extract accounts ended after 4 of 6 rows"):
        land_snapshots(declared(settings, emulation, ACCOUNTS), landing, DAY)
    assert landing.states().is_empty()


def test_a_chunk_that_cannot_be_had_is_told_without_its_signed_link(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    # 10 tries, 95 s between them, are the connector's own.
    monkeypatch.setattr("snowflake.connector.result_batch.time.sleep", lambda _: None)
    emulation.answers["canned"] = answer_of(accounts("a", "b", "c"), 2)
    emulation.chunk_status = 403
    with pytest.raises(SourceError, match="refuses the extract accounts: ") as caught:
        land_snapshots(declared(settings, emulation, ACCOUNTS), landing, DAY)
    assert landing.states().is_empty()
    assert "planted" not in str(caught.value) + caplog.text


def test_batches_of_other_widths_are_one_day(
    settings: Settings, emulation: SnowflakeEmulation, landing: Landing
) -> None:
    narrow, wide = (
        wire_table(
            column("WHO", "FIXED", pa.array(keys, kind)),
            days(DAY),
            column("X", "FIXED", pa.array(numbers, kind)),
        )
        for keys, numbers, kind in (
            ([7], [5], pa.int8()),
            ([Decimal("1" * 38)], [Decimal(10**11)], pa.decimal128(38, 0)),
        )
    )
    emulation.answers["canned"] = Answer(
        rowtype_of(wide.schema), Chunk(1, stream_of(narrow)), [Chunk(1, stream_of(wide))]
    )
    land_extracts(declared(settings, emulation, metrics("x")), landing, DAY, DAY)
    rows = frame_metrics(payloads(landing)).tables[SNOWFLAKE_METRICS]
    assert sorted(rows.select("person_key", "value").rows()) == [
        ("1" * 38, Decimal(10**11)), ("7", Decimal(5)),
    ]  # fmt: skip
