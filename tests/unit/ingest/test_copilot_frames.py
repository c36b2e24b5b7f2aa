"""Lines of reports as typed rows: expected values come from the documentation's examples."""

import json
from datetime import date
from typing import Any

import pytest

from ingest.copilot.frames import DUPLICATE, frame_user_days
from ingest.framing import Framed, Payload
from ingest.tables import COPILOT_USER_DAY_VALUES, COPILOT_USER_DAYS
from tests.conftest import SHARED
from tests.unit.ingest.conftest import ndjson, user_day

DAY = date(2026, 5, 7)


def framed(*rows: Any, content: bytes | None = None, day: date = DAY) -> Framed:
    content = ndjson(*rows) if content is None else content
    return frame_user_days([Payload("org:acme", day, "load-1", content)])


def days(result: Framed) -> list[dict[str, Any]]:
    return result.tables[COPILOT_USER_DAYS].to_dicts()


def values(result: Framed) -> set[tuple[str, str, int]]:
    table = result.tables[COPILOT_USER_DAY_VALUES]
    return set(table.select("kind", "value_text", "use_count").iter_rows())


def reasons(result: Framed) -> list[str]:
    return [row["reason"] for row in result.quarantined]


def test_a_row_becomes_the_scored_counters() -> None:
    row = user_day(
        7, user_initiated_interaction_count=50, code_generation_activity_count=40,
        code_acceptance_activity_count=12, loc_suggested_to_add_sum=200, loc_added_sum=88,
        loc_deleted_sum=1, a_field_of_next_month={"x": []},
    )  # fmt: skip
    assert days(framed(row)) == [
        {
            "scope": "org:acme", "activity_date": DAY, "user_id": 7, "user_login": "user-7",
            "interactions": 50, "generations": 40, "acceptances": 12, "lines_suggested": 200,
            "lines_added": 88, "is_active": True, "load_id": "load-1",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "is_active"),
    [
        ({}, False),
        ({"user_initiated_interaction_count": 0, "loc_added_sum": 9}, False),
        ({"used_agent": None, "used_cli": None, "totals_by_cli": None}, False),
        ({"used_agent": False, "used_cli": False, "used_chat": True}, False),
        ({"totals_by_cli": {"session_count": 0, "request_count": 0, "prompt_count": 0}}, False),
        ({"user_initiated_interaction_count": 1}, True),
        ({"code_generation_activity_count": 1, "used_agent": None}, True),
        ({"code_acceptance_activity_count": 1}, True),
        ({"used_agent": True}, True),
        ({"used_copilot_cloud_agent": True}, True),
        ({"used_copilot_coding_agent": True}, True),
        ({"used_cli": True}, True),
        ({"totals_by_cli": {"request_count": 2}}, True),
    ],
)
def test_a_row_is_activity_only_with_some_use(fields: dict[str, Any], is_active: bool) -> None:
    assert days(framed(user_day(1, **fields)))[0]["is_active"] is is_active


def test_features_languages_and_models_count_only_with_use() -> None:
    use = {"code_generation_activity_count": 2, "code_acceptance_activity_count": 1}
    row = user_day(
        1,
        totals_by_feature=[
            {"feature": "chat", "user_initiated_interaction_count": 4, **use},
            {"feature": "idle", "code_generation_activity_count": 0, "loc_added_sum": 5},
        ],
        totals_by_language_feature=[
            {"language": "python", "feature": "chat", **use},
            {"language": "python", "feature": "completion", **use},
            {"language": "go", "feature": "chat", "code_generation_activity_count": None},
        ],
        totals_by_language_model=[
            {"language": "python", "model": "gpt-5", **use},
            {"language": "go", "model": "gpt-5", **use},
        ],
        totals_by_model_feature=[
            {"model": "gpt-5", "feature": "chat", "user_initiated_interaction_count": 5, **use},
            {"model": "opus", "feature": "chat", "user_initiated_interaction_count": 1},
        ],
    )
    assert values(framed(row)) == {
        ("feature", "chat", 7),
        ("language", "python", 6),
        ("model", "gpt-5", 8),  # 5 + 3 by feature, 3 + 3 by language: the greater one
        ("model", "opus", 1),
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"user_login": "x", "day": "2026-05-07"}, "user_id is missing"),
        (user_day(1) | {"user_id": None}, "user_id"),
        (user_day(1) | {"user_id": "1"}, "user_id"),
        (user_day(1) | {"user_id": 10**30}, "user_id"),
        (user_day(1, user_login=5), "user_login"),
        (user_day(1, code_generation_activity_count="3"), "code_generation_activity_count"),
        (user_day(1, loc_added_sum=2.5), "loc_added_sum"),
        (user_day(1, used_agent="true"), "used_agent"),
        (user_day(1, used_cli=1), "used_cli"),
        (user_day(1, totals_by_cli=[]), "totals_by_cli"),
        (user_day(1, totals_by_feature={}), "totals_by_feature"),
        (user_day(1, totals_by_feature=[{"feature": 3}]), "totals_by_feature.0.feature"),
        (user_day(1, "2026-05-06"), "day is 2026-05-06, the report is of 2026-05-07"),
        ([1, 2], "the row"),
        ("text", "the row"),
    ],
)
def test_a_wrong_row_goes_to_quarantine_and_the_rest_goes_on(row: Any, reason: str) -> None:
    result = framed(user_day(2), row, user_day(3))
    assert [day["user_id"] for day in days(result)] == [2, 3]
    (refused,) = result.quarantined
    assert refused["reason"].startswith(reason)
    assert (refused["row_number"], refused["scope"], refused["activity_date"]) == (
        2, "org:acme", DAY,
    )  # fmt: skip
    assert json.loads(refused["payload"]) == row


@pytest.mark.parametrize("number", ["1000000000", "-1000000000", "1e12", "4611686018427387904"])
@pytest.mark.parametrize(
    "row", ['{"user_id": 1, "code_generation_activity_count": %s}',
            '{"user_id": 1, "totals_by_feature": [{"feature": "chat", '
            '"code_generation_activity_count": %s}]}'],
)  # fmt: skip
def test_more_use_than_a_day_holds_goes_to_quarantine(row: str, number: str) -> None:
    framed = frame_user_days([Payload("org:acme", DAY, "load-1", (row % number).encode() + b"\n")])
    assert [len(frame) for frame in framed.tables.values()] == [0, 0]
    assert "code_generation_activity_count" in framed.quarantined[0]["reason"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"user_id": 1', b"\xff\xfe", b"{}{}", b'{"user_id": 01}', b"",
        b'{"user_id": 1, "user_login": "\xff"}', b'{"user_id": 1, "user_login": "\\ud800"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_json_goes_to_quarantine(line: bytes) -> None:
    result = framed(content=ndjson(user_day(2)) + line + b"\n")
    assert [day["user_id"] for day in days(result)] == [2]
    assert reasons(result) == ["the row is not readable as JSON"]


def test_a_whole_number_written_with_a_point_is_whole() -> None:
    assert days(framed(user_day(1, loc_added_sum=2.0)))[0]["lines_added"] == 2


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_two_rows_of_a_user_the_one_with_more_use_counts_in_any_order(
    is_reversed: bool,
) -> None:
    feature = {"feature": "chat", "code_generation_activity_count": 1}
    rows = [
        user_day(1, code_generation_activity_count=1, totals_by_feature=[feature]),
        user_day(1, code_generation_activity_count=4),
        user_day(2),
    ]
    result = framed(*(rows[::-1] if is_reversed else rows))
    assert sorted((day["user_id"], day["generations"]) for day in days(result)) == [
        (1, 4), (2, None),
    ]  # fmt: skip
    assert values(result) == set()
    assert reasons(result) == [DUPLICATE]


def test_several_days_and_scopes_are_framed_at_once_and_one_bad_file_spoils_no_other() -> None:
    good = Payload("org:a", DAY, "load-1", ndjson(user_day(1), user_day(2)))
    bad = Payload("org:b", DAY, "load-2", b"broken\n" + ndjson(user_day(1)))
    empty = Payload("org:c", DAY, "load-3", b"")
    result = frame_user_days([good, bad, empty])
    found = [(day["scope"], day["user_id"], day["load_id"]) for day in days(result)]
    assert found == [("org:a", 1, "load-1"), ("org:a", 2, "load-1"), ("org:b", 1, "load-2")]
    assert [row["scope"] for row in result.quarantined] == ["org:b"]


def test_both_halves_of_an_escaped_character_are_one() -> None:
    result = framed(content=b'{"user_id": 1, "user_login": "\\ud83d\\ude00"}\n')
    assert days(result)[0]["user_login"] == "\U0001f600"


def test_nul_characters_never_reach_a_table() -> None:
    row = user_day(
        1,
        user_login="a\x00b",
        totals_by_feature=[{"feature": "c\x00", "code_generation_activity_count": 1}],
    )
    result = framed(row)
    assert days(result)[0]["user_login"] == "a\ufffdb"
    assert values(result) == {("feature", "c\ufffd", 1)}


needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared folder with GitHub's worked example is absent"
)


@needs_shared
def test_the_worked_example_of_the_documentation_gives_its_totals() -> None:
    content = (SHARED / "fixtures/copilot_docs/docs_org_users_1_day.ndjson").read_bytes()
    rows = days(framed(content=content))
    assert [row["user_login"] for row in rows] == ["alice", "bob"]
    assert sum(row["acceptances"] for row in rows) == 19
    assert sum(row["lines_added"] for row in rows) == 112


@needs_shared
def test_the_full_example_row_of_the_documentation_is_read() -> None:
    text = (SHARED / "fixtures/copilot_docs/docs_users_1_day_full_example.json").read_text()
    result = framed(json.loads(text), day=date(2025, 10, 1))
    assert not result.quarantined
    assert days(result)[0]["is_active"]
    assert values(result) == {
        ("feature", "code_completion", 2), ("feature", "copilot_app", 5),
        ("language", "unknown", 2), ("language", "markdown", 4),
    }  # fmt: skip
