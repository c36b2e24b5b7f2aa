"""What looks wrong is landed and held: what was in force stays so until a person's word."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.guard import Guard
from ingest.held import decide, held_days
from ingest.landing import HELD, REFUSED, Landing, Load
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.warehouse import DuckDBWarehouse
from tests.unit.ingest.conftest import ndjson, user_day

DAY, NEXT = date(2026, 5, 7), date(2026, 5, 8)
SCOPE, USERS = "org:acme", "users-1-day"
GUARD = Guard(drop_share=0.25, min_rows=20, may_empty=False)
#: Contents of 40 rows and of so many rows less.
WHOLE, HALF, OTHER_HALF, NEARLY = range(40), range(20), range(20, 40), range(38)
Users = range


def land(landing: Landing, users: Users, day: date = DAY, guard: Guard | None = GUARD) -> Load:
    with landing.load("copilot") as load:
        lines = ndjson(*(user_day(user, str(day)) for user in users)).splitlines()
        load.put_lines(USERS, SCOPE, day, lines, guard=guard)
    return load


def snap(landing: Landing, day: date, members: Users, guard: Guard | None = GUARD) -> None:
    with landing.load("github") as load:
        load.put_snapshot("members", SCOPE, day, [b"%d" % n for n in members], guard)


def answer(landing: Landing, is_accepted: bool, verdict: str = HELD) -> None:
    days = held_days(landing, verdict).to_dicts()
    assert days
    decide(landing, days, is_accepted=is_accepted)


def in_force(landing: Landing) -> list[int]:
    return landing.states()["row_count"].to_list()


def waiting(landing: Landing, verdict: str = HELD) -> list[tuple[date, int, int]]:
    days = held_days(landing, verdict)
    return days.select("activity_date", "rows_held", "rows_in_force").rows()


def files(landing: Landing) -> set[Path]:
    assert landing.folder
    return {path for path in Path(landing.folder).rglob("*") if path.is_file()}


def payloads(landing: Landing) -> int:
    return len([path for path in files(landing) if path.parent.name != "_loads"])


@pytest.fixture
def held(landing: Landing) -> Landing:
    """A day of 40 rows that came again with 20."""
    land(landing, WHOLE)
    land(landing, HALF)
    return landing


def test_a_day_that_lost_half_of_its_rows_stays_as_it_was(
    landing: Landing, caplog: pytest.LogCaptureFixture
) -> None:
    land(landing, WHOLE)
    before = landing.states()
    report = land(landing, HALF).report.of(USERS)
    assert landing.states().equals(before)
    assert waiting(landing) == [(DAY, 20, 40)]
    assert payloads(landing) == 2, "nothing is lost"
    assert caplog.messages == [
        "copilot users-1-day, org:acme, 2026-05-07 looks wrong: 20 rows, where 40 are in force. It "
        "is held back, and what was in force stays: `nightquest held` asks what to do."
    ]
    assert (report.days, report.complete_days, report.changed_days) == (1, 1, 0)
    assert report.held == {(SCOPE, DAY): "20 rows, where 40 are in force"}


def test_what_waits_is_known_with_what_it_would_replace_and_since_when(held: Landing) -> None:
    (day,) = held_days(held).to_dicts()
    assert (day["source"], day["dataset"], day["scope"]) == ("copilot", USERS, SCOPE)
    assert day["load_id"] > held.states()["load_id"][0]
    assert day["held_since"].date() >= date(2026, 1, 1)


def test_the_same_content_again_asks_nothing_new_and_writes_no_file(
    held: Landing, caplog: pytest.LogCaptureFixture
) -> None:
    before = files(held)
    report = land(held, HALF).report.of(USERS)
    assert files(held) == before
    assert waiting(held) == [(DAY, 20, 40)]
    assert caplog.messages == []
    assert report.held, "the night tells that it still waits"


def test_a_third_content_is_judged_against_what_is_in_force(held: Landing) -> None:
    land(held, range(10))
    assert waiting(held) == [(DAY, 10, 40)]
    land(held, range(21))
    assert waiting(held) == [(DAY, 21, 40)]
    assert in_force(held) == [40]


@pytest.mark.parametrize("users", [WHOLE, NEARLY, range(50)])
def test_a_day_that_comes_back_is_in_force_and_asks_nothing_more(
    held: Landing, users: Users
) -> None:
    land(held, users)
    assert in_force(held) == [len(users)]
    assert waiting(held) == waiting(held, REFUSED) == []


def test_the_old_content_again_takes_no_place_and_is_the_same_load(held: Landing) -> None:
    before, count = held.states(), payloads(held)
    land(held, WHOLE)
    assert payloads(held) == count
    assert held.states().equals(before)


def test_an_accepted_day_is_in_force_with_the_load_that_brought_it(held: Landing) -> None:
    (day,) = held_days(held).to_dicts()
    count = payloads(held)
    answer(held, is_accepted=True)
    (state,) = held.states().to_dicts()
    assert (state["row_count"], state["load_id"]) == (20, day["load_id"])
    assert len(held.content(state["payload"]).splitlines()) == 20
    assert payloads(held) == count
    assert waiting(held) == []


def test_what_is_accepted_is_what_later_contents_are_judged_against(held: Landing) -> None:
    answer(held, is_accepted=True)
    before = files(held)
    land(held, HALF)
    assert files(held) == before
    land(held, range(12))
    assert waiting(held) == [(DAY, 12, 20)]
    land(held, WHOLE)
    assert in_force(held) == [40]


def test_a_refused_content_is_not_asked_about_again(held: Landing) -> None:
    answer(held, is_accepted=False)
    assert in_force(held) == [40]
    assert waiting(held) == []
    before = files(held)
    assert land(held, HALF).report.of(USERS).held == {}
    assert files(held) == before


def test_a_refused_content_is_remembered_whatever_came_between(held: Landing) -> None:
    answer(held, is_accepted=False)
    land(held, range(41))
    before = files(held)
    land(held, HALF)
    assert files(held) == before
    assert (in_force(held), waiting(held)) == ([41], [])


def test_another_wrong_content_than_the_refused_one_is_asked_about(held: Landing) -> None:
    answer(held, is_accepted=False)
    land(held, OTHER_HALF)
    assert waiting(held) == [(DAY, 20, 40)]
    land(held, HALF)
    assert waiting(held) == [], "what waited is not what the source says any more"


def test_a_refusal_can_be_taken_back(held: Landing) -> None:
    answer(held, is_accepted=False)
    assert waiting(held, REFUSED) == [(DAY, 20, 40)]
    answer(held, is_accepted=True, verdict=REFUSED)
    assert in_force(held) == [20]
    assert waiting(held, REFUSED) == []
    land(held, WHOLE)
    land(held, HALF)
    assert waiting(held) == [(DAY, 20, 40)], "it is no refused content any more"


def test_an_empty_day_that_is_refused_says_nothing_of_other_days(landing: Landing) -> None:
    for day in (DAY, NEXT):
        land(landing, WHOLE, day)
    land(landing, range(0))
    answer(landing, is_accepted=False)
    land(landing, range(0), NEXT)
    assert waiting(landing) == [(NEXT, 0, 40)]


def test_a_crash_before_the_record_leaves_no_question(landing: Landing) -> None:
    land(landing, WHOLE)
    killed = Load(landing, "copilot", "29990101T000000000000Z-abcdef")
    killed.put_lines(USERS, SCOPE, DAY, [b"1"] * 20, guard=GUARD)
    assert payloads(landing) == 2
    assert (in_force(landing), waiting(landing)) == ([40], [])
    land(landing, HALF)
    assert waiting(landing) == [(DAY, 20, 40)]


def test_a_word_on_many_days_counts_whole_or_not_at_all(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (DAY, NEXT):
        land(landing, WHOLE, day)
        land(landing, HALF, day)
    with monkeypatch.context() as patched:
        patched.setattr(Load, "seal", lambda _: None)
        answer(landing, is_accepted=True)
    assert len(waiting(landing)) == 2
    before = len(files(landing))
    answer(landing, is_accepted=True)
    assert (in_force(landing), len(files(landing))) == ([20, 20], before + 1)


def test_a_pending_answer_leaves_the_question(held: Landing) -> None:
    with held.load("copilot") as load:
        load.put_pending(USERS, SCOPE, DAY, "no report yet (404)")
    assert (in_force(held), waiting(held)) == ([40], [(DAY, 20, 40)])


def test_a_first_reading_is_believed_however_small(landing: Landing) -> None:
    with landing.load("copilot") as load:
        load.put_pending(USERS, SCOPE, DAY, "no report yet (404)")
    land(landing, range(0))
    assert (in_force(landing), waiting(landing)) == ([0], [])


def test_without_a_guard_nothing_is_held(landing: Landing) -> None:
    """A dropped file was edited by a person."""
    land(landing, WHOLE, guard=None)
    land(landing, HALF, guard=None)
    assert (in_force(landing), waiting(landing)) == ([20], [])


def test_a_list_of_members_that_empties_leaves_the_last_one_in_force(landing: Landing) -> None:
    snap(landing, DAY, range(3))
    snap(landing, NEXT, range(0))
    assert landing.states().select("day", "row_count").rows() == [(DAY, 3)]
    assert waiting(landing) == [(NEXT, 0, 3)]


def test_a_snapshot_that_stays_wrong_is_asked_about_once_and_a_newer_one_takes_its_place(
    landing: Landing,
) -> None:
    snap(landing, date(2026, 5, 1), WHOLE)
    snap(landing, date(2026, 5, 2), HALF)
    before = files(landing)
    snap(landing, date(2026, 5, 3), HALF)
    assert files(landing) == before
    snap(landing, date(2026, 5, 4), range(5))
    assert waiting(landing) == [(date(2026, 5, 4), 5, 40)]
    snap(landing, date(2026, 5, 5), WHOLE)
    assert waiting(landing) == []
    assert landing.states()["day"].to_list() == [date(2026, 5, 1)]


def test_an_accepted_snapshot_holds_from_its_own_day_on(landing: Landing) -> None:
    snap(landing, DAY, WHOLE)
    snap(landing, NEXT, HALF)
    answer(landing, is_accepted=True)
    assert landing.states().select("day", "row_count").rows() == [(DAY, 40), (NEXT, 20)]


def test_a_refused_snapshot_is_not_asked_about_on_later_days(landing: Landing) -> None:
    snap(landing, DAY, WHOLE)
    snap(landing, NEXT, HALF)
    answer(landing, is_accepted=False)
    before = files(landing)
    snap(landing, date(2026, 5, 9), HALF)
    assert files(landing) == before


def test_frames_that_lost_rows_are_held_like_lines(landing: Landing) -> None:
    for rows in (40, 20):
        with landing.load("snowflake") as load:
            frame = pl.DataFrame({"n": range(rows)})
            load.put_frames("metrics", "tasks", DAY, [frame], {}, GUARD)
            load.put_frames_snapshot("people", "staff", DAY, [frame], {}, GUARD)
    assert in_force(landing) == [40, 40]
    assert waiting(landing) == [(DAY, 20, 40)] * 2


def test_records_of_an_older_version_are_in_force(landing: Landing) -> None:
    land(landing, WHOLE)
    (record,) = (path for path in files(landing) if path.parent.name == "_loads")
    text = record.read_text().replace(', "verdict": null, "row_count_before": null', "")
    assert "verdict" not in text
    record.write_text(text)
    assert in_force(landing) == [40]


def test_raw_and_ops_follow_the_landing(
    settings: Settings, held: Landing, warehouse: DuckDBWarehouse
) -> None:
    def load(run_id: str, **options: Any) -> dict[str, int]:
        return load_raw(settings, warehouse, held, NEXT, run_id, {}, **options)

    def users() -> int:
        return warehouse.query("select count(*) from raw_copilot.user_days").item()

    load("first")
    assert users() == 40
    found = warehouse.query("select * from ops.held_days").to_dicts()
    assert found == held_days(held).to_dicts()
    assert load("again") == {}

    answer(held, is_accepted=True)
    assert load("accepted")["ops.held_days"] == 0
    assert users() == 20
    load("anew", anew=True)
    assert users() == 20
