"""The landing: append-only, whole days, nothing written for nothing; in a folder and in a store."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyarrow import fs

from ingest import landing as landing_module
from ingest.landing import RECORD, Landing, Load, payloads_of
from tests.object_store import new_bucket, object_store, use_credentials

DAY = date(2026, 5, 7)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with object_store() as running:
        yield running


@pytest.fixture(params=["folder", "store"])
def landing(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Landing:
    if request.param == "folder":
        return Landing(tmp_path / "landing")
    use_credentials(monkeypatch)
    return Landing(new_bucket(request.getfixturevalue("endpoint")))


def put(landing: Landing, *lines: bytes, day: date = DAY) -> None:
    with landing.load("github") as load:
        load.put_lines("issues", "org:acme", day, lines)


def files(landing: Landing) -> list[str]:
    everything = fs.FileSelector(str(landing.folder), recursive=True, allow_not_found=True)
    found = landing.store.files.get_file_info(everything)
    return sorted(info.path for info in found if info.is_file)


def test_a_payload_comes_back_as_it_was(landing: Landing) -> None:
    put(landing, b'{"b": 2,  "a": 1}', b"not json")
    state = landing.states().row(0, named=True)
    assert landing.content(state["payload"]) == b'{"b": 2,  "a": 1}\nnot json\n'
    assert (state["is_complete"], state["row_count"], state["day"]) == (True, 2, DAY)
    assert state["payload"].startswith("github.issues/org%3Aacme/2026-05-07/")


def test_the_same_day_again_writes_no_file_whatever_its_order(landing: Landing) -> None:
    put(landing, b"1", b"2")
    before = files(landing)
    put(landing, b"2", b"1")
    assert files(landing) == before


def test_a_changed_day_gets_a_new_file_beside_the_old_one(landing: Landing) -> None:
    put(landing, b"1")
    put(landing, b"1", b"2")
    assert len(files(landing)) == 4
    assert landing.states()["row_count"].to_list() == [2]


def test_an_empty_day_is_complete_without_a_file(landing: Landing) -> None:
    put(landing)
    state = landing.states().row(0, named=True)
    assert (state["is_complete"], state["row_count"], state["payload"]) == (True, 0, None)
    assert len(files(landing)) == 1


def test_a_day_that_lost_its_rows_is_a_change(landing: Landing) -> None:
    put(landing, b"1")
    put(landing)
    assert landing.states()["row_count"].to_list() == [0]


def test_a_pending_day_never_replaces_a_complete_one(
    landing: Landing, caplog: pytest.LogCaptureFixture
) -> None:
    put(landing, b"1")
    with landing.load("github") as load:
        load.put_pending("issues", "org:acme", DAY, "no report yet (404)")
    assert landing.states()["is_complete"].to_list() == [True]
    assert load.report.of("issues").pending == {}
    assert "no report yet (404); the complete report landed before stays" in caplog.text


def test_a_pending_day_is_noted_once_for_each_reason(landing: Landing) -> None:
    for reason in ("a", "a", "b"):
        with landing.load("github") as load:
            load.put_pending("issues", "org:acme", DAY, reason)
        assert load.report.of("issues").pending == {("org:acme", DAY): reason}
    assert len(files(landing)) == 2
    assert landing.states()["reason"].to_list() == ["b"]


def test_a_crash_leaves_only_payloads_that_no_record_names(landing: Landing) -> None:
    killed = Load(landing, "github", "20260508T020000000000Z-abcdef")
    killed.put_lines("issues", "org:acme", DAY, [b"1"])
    assert len(files(landing)) == 1
    assert landing.states().is_empty()
    put(landing, b"1")
    assert landing.states()["row_count"].to_list() == [1]


def test_what_a_failing_step_has_finished_counts(landing: Landing) -> None:
    def failing_step() -> None:
        with landing.load("github") as load:
            load.put_lines("issues", "org:acme", DAY, [b"1"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_step()
    assert landing.states()["row_count"].to_list() == [1]


def test_a_load_sorts_after_all_before_even_if_the_clock_went_back(landing: Landing) -> None:
    put(landing, b"1")
    record = landing.store.read(f"_loads/{Path(files(landing)[0]).name}")
    landing.store.write("_loads/29990101T000000000000Z-abcdef.ndjson", record)
    put(landing, b"2", b"3")
    assert landing.states()["row_count"].to_list() == [2]


def test_a_scope_can_name_no_other_folder(landing: Landing) -> None:
    with landing.load("github") as load:
        load.put_lines("issues", "../..", DAY, [b"1"])
    assert landing.states()["payload"][0].startswith("github.issues/%2E%2E%2F%2E%2E/")


def test_a_snapshot_is_landed_only_when_it_differs_from_the_one_before(landing: Landing) -> None:
    for day, lines in [(7, [b"1"]), (8, [b"1"]), (9, [b"2"]), (10, [b"2"]), (7, [b"1"])]:
        with landing.load("github") as load:
            load.put_snapshot("members", "org:acme", date(2026, 5, day), lines)
    assert landing.states()["day"].to_list() == [date(2026, 5, 7), date(2026, 5, 9)]


def put_frames(landing: Landing, *frames: pl.DataFrame, day: date = DAY, **metadata: str) -> None:
    with landing.load("snowflake") as load:
        load.put_frames("metrics", "tasks", day, frames, metadata)


def parts(landing: Landing) -> list[pl.DataFrame]:
    payloads = payloads_of(landing.states().row(0, named=True))
    return [pl.read_parquet(content) for content in landing.contents(payloads)]


def test_frames_come_back_with_their_metadata(landing: Landing) -> None:
    put_frames(landing, pl.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [3]}), k="v")
    (payload,) = payloads_of(landing.states().row(0, named=True))
    content = landing.content(payload)
    assert pl.read_parquet(content)["n"].to_list() == [1, 2, 3]
    assert pl.read_parquet_metadata(io.BytesIO(content))["k"] == "v"


def test_frames_are_cut_into_parts_of_bounded_rows(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_module, "PART_ROWS", 3)
    put_frames(landing, *(pl.DataFrame({"n": range(size)}) for size in (2, 2, 7, 0, 1)), k="v")
    assert [part.height for part in parts(landing)] == [2, 2, 3, 3, 2]
    state = landing.states().row(0, named=True)
    assert state["row_count"] == 12
    for content in landing.contents(payloads_of(state)):
        assert pl.read_parquet_metadata(io.BytesIO(content))["k"] == "v"


def test_parts_of_narrowed_types_are_read_together(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_module, "PART_ROWS", 1)
    put_frames(
        landing,
        pl.DataFrame({"n": [1], "s": ["x"]}, schema={"n": pl.Int8, "s": pl.String}),
        pl.DataFrame({"n": [1000], "s": [None]}, schema={"n": pl.Int64, "s": pl.Null}),
    )
    together = pl.concat(parts(landing), how="vertical_relaxed")
    assert together.rows() == [(1, "x"), (1000, None)]


ROWS: dict[str, list[Any]] = {
    "person": ["ann", "bob", None],
    "count": [1, 200, None],
    "hours": [Decimal("1.50"), Decimal("10.00"), None],
    "at": [datetime(2026, 5, 7, 10), datetime(2026, 5, 7, 10, 0, 0, 5), None],
    "raw": [b"\xff", b"", None],
}
KINDS = {
    "person": pl.String(), "count": pl.Int64(), "hours": pl.Decimal(18, 2),
    "at": pl.Datetime("us"), "raw": pl.Binary(),
}  # fmt: skip
WHOLE = pl.DataFrame(ROWS, schema=KINDS)


@pytest.mark.parametrize(
    "frames",
    [
        [WHOLE.reverse()],
        [WHOLE.select(reversed(WHOLE.columns))],
        [WHOLE[2:], WHOLE[:0], WHOLE[:2]],
        [WHOLE.cast({"count": pl.Int16, "hours": pl.Decimal(38, 6), "at": pl.Datetime("ns")})],
        [WHOLE[:1].cast({"count": pl.Int8}), WHOLE[1:2], WHOLE[2:].select(pl.all().cast(pl.Null))],
        [WHOLE.cast({"count": pl.Float64, "hours": pl.Float32})],
    ],
    ids=["order", "columns", "cuts", "widths", "narrowed batches", "numbers of other kinds"],
)  # fmt: skip
def test_equal_rows_are_landed_only_once(landing: Landing, frames: list[pl.DataFrame]) -> None:
    put_frames(landing, WHOLE)
    before = files(landing)
    put_frames(landing, *frames)
    assert files(landing) == before


@pytest.mark.parametrize(
    "frames",
    [
        [WHOLE, WHOLE[:1]],
        [WHOLE[:2]],
        [WHOLE[:1], WHOLE[:1], WHOLE[1:2]],
        [WHOLE.with_columns(count=pl.col("count").reverse())],
        [WHOLE.cast({"hours": pl.Decimal(18, 0)})],
        [WHOLE.with_columns(person=pl.col("person").fill_null("null"))],
        [WHOLE.with_columns(person=pl.col("person").fill_null(""))],
        [WHOLE.with_columns(count=pl.col("count") * 10)],
    ],
    ids=["a row more", "a row less", "another row twice", "values of other rows", "rounded",
         "a text null", "an empty text", "a zero more"],
)  # fmt: skip
def test_other_rows_are_a_change(landing: Landing, frames: list[pl.DataFrame]) -> None:
    put_frames(landing, WHOLE)
    before = landing.states()
    put_frames(landing, *frames)
    assert landing.states()["content_hash"][0] != before["content_hash"][0]


def test_other_metadata_is_a_change(landing: Landing) -> None:
    put_frames(landing, WHOLE, query="select 1")
    put_frames(landing, WHOLE, query="select 2")
    assert len(files(landing)) == 4


def test_a_day_without_frames_is_complete_without_a_file(landing: Landing) -> None:
    put_frames(landing)
    put_frames(landing, WHOLE[:0])
    state = landing.states().row(0, named=True)
    assert (state["is_complete"], state["row_count"], payloads_of(state)) == (True, 0, [])
    assert len(files(landing)) == 1


def test_a_snapshot_of_frames_is_landed_only_when_it_differs(landing: Landing) -> None:
    for day, rows in [(7, WHOLE), (8, WHOLE.reverse()), (9, WHOLE[:2]), (10, WHOLE[:2])]:
        with landing.load("snowflake") as load:
            load.put_frames_snapshot("people", "staff", date(2026, 5, day), [rows], {})
    assert landing.states()["day"].to_list() == [date(2026, 5, 7), date(2026, 5, 9)]


def test_records_of_before_there_were_parts_can_be_read(landing: Landing) -> None:
    record = dict.fromkeys(RECORD) | {
        "load_id": "20260508T020000000000Z-abcdef", "source": "snowflake", "dataset": "metrics",
        "scope": "tasks", "day": "2026-05-07", "is_complete": True, "payload": "a/b.parquet",
    }  # fmt: skip
    del record["more_payloads"]
    landing.store.write("_loads/20260508T020000000000Z-abcdef.ndjson", json.dumps(record).encode())
    assert payloads_of(landing.states().row(0, named=True)) == ["a/b.parquet"]


def test_thousands_of_days_are_one_record_file(landing: Landing) -> None:
    with landing.load("github") as load:
        for number in range(4000):
            day = date.fromordinal(DAY.toordinal() - number)
            load.put_lines("issues", "org:acme", day, [])
    assert len(files(landing)) == 1
    assert landing.states().height == 4000
    first = landing.store.read(f"_loads/{Path(files(landing)[0]).name}").splitlines()[0]
    assert json.loads(first)["fetched_at"].startswith("20")


def test_what_a_full_disk_left_of_a_record_is_no_record(landing: Landing) -> None:
    put(landing, b"1")
    landing.store.write("_loads/20260508T000000000000Z-ffffff.ndjson.part", b'{"lo')
    landing.store.write("_loads/notes.txt", b"by hand")
    put(landing, b"1", b"2")
    assert landing.states()["row_count"].to_list() == [2]


def test_a_reason_can_be_stored_by_every_engine(landing: Landing) -> None:
    with landing.load("copilot") as load:
        load.put_pending("users-1-day", "org:acme", DAY, "answered \x00 and \ud800")
    assert landing.states()["reason"].to_list() == ["answered \ufffd and ?"]
