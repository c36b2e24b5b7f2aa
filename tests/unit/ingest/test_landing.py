"""The landing: append-only, whole days, nothing written for nothing."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ingest.landing import Landing, Load

DAY = date(2026, 5, 7)


def put(landing: Landing, *lines: bytes, day: date = DAY) -> None:
    with landing.load("github") as load:
        load.put_lines("issues", "org:acme", day, lines)


def files(landing: Landing) -> list[str]:
    return sorted(
        str(path.relative_to(landing.folder))
        for path in landing.folder.rglob("*") if path.is_file()
    )  # fmt: skip


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
    record = next((landing.folder / "_loads").iterdir())
    record.rename(record.with_name("29990101T000000000000Z-abcdef.ndjson"))
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


def test_a_frame_is_landed_with_its_metadata_and_equal_content_only_once(
    landing: Landing,
) -> None:
    for values in ([1, 2], [2, 1]):
        with landing.load("snowflake") as load:
            frame = pl.DataFrame({"n": values})
            load.put_frame("metrics", "tasks", DAY, frame, {"k": "v"})
    states = landing.states()
    assert states.height == 1
    assert len(files(landing)) == 2
    path = Path(landing.folder, states["payload"][0])
    assert pl.read_parquet(path)["n"].to_list() == [1, 2]
    assert pl.read_parquet_metadata(path)["k"] == "v"


def test_thousands_of_days_are_one_record_file(landing: Landing) -> None:
    with landing.load("github") as load:
        for number in range(4000):
            day = date.fromordinal(DAY.toordinal() - number)
            load.put_lines("issues", "org:acme", day, [])
    assert len(files(landing)) == 1
    assert landing.states().height == 4000
    first = json.loads((landing.folder / files(landing)[0]).read_text().splitlines()[0])
    assert first["fetched_at"].startswith("20")
