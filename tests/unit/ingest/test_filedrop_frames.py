"""Landed rows of dropped files become typed rows; what cannot be loaded is set aside."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ingest.filedrop.frames import (
    frame_activity,
    frame_adjustments,
    frame_challenge_attempts,
    frame_identity_map,
    frame_leave,
    frame_opt_ins,
    frame_opt_outs,
    frame_people,
)
from ingest.framing import Framed, Payload
from ingest.tables import (
    FILEDROP_ACTIVITY,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_CHALLENGE_ATTEMPTS,
    FILEDROP_IDENTITY_MAP,
    FILEDROP_LEAVE,
    FILEDROP_OPT_INS,
    FILEDROP_OPT_OUTS,
    FILEDROP_PEOPLE,
    Table,
)

DAY = date(2026, 5, 7)
ADA = {"person_key": "ada", "key_kind": "login"}


def payload(*rows: Any, day: date = DAY) -> Payload:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    return Payload("x.csv", day, "load-1", b"".join(line + b"\n" for line in lines))


def typed(framed: Framed, table: Table) -> list[tuple[Any, ...]]:
    frame = framed.tables[table]
    assert dict(frame.schema) == table.columns
    return frame.drop("scope", "load_id").rows()


def test_activity_of_one_person_day_and_metric_is_added_up() -> None:
    row = ADA | {"metric": "file.tasks", "value": "0.100000"}
    framed = frame_activity(
        [payload(row, row | {"value": "0.200000"}, row | {"metric": "file.talks"}),
         payload(row, day=date(2026, 5, 8))]
    )  # fmt: skip
    assert typed(framed, FILEDROP_ACTIVITY) == [
        (DAY, "ada", "login", "file.tasks", Decimal("0.300000")),
        (DAY, "ada", "login", "file.talks", Decimal("0.100000")),
        (date(2026, 5, 8), "ada", "login", "file.tasks", Decimal("0.100000")),
    ]
    assert framed.tables[FILEDROP_ACTIVITY].select("scope", "load_id").row(0) == ("x.csv", "load-1")


def test_a_sum_of_more_than_12_digits_is_set_aside_and_others_stay() -> None:
    huge = ADA | {"metric": "file.tasks", "value": "900000000000.000000"}
    framed = frame_activity([payload(huge, huge, ADA | {"metric": "file.b", "value": "1.000000"})])
    assert typed(framed, FILEDROP_ACTIVITY) == [(DAY, "ada", "login", "file.b", Decimal(1))]
    assert [(row["row_number"], row["reason"]) for row in framed.quarantined] == [
        (number, "the values of this person, day and metric add up to more than 12 digits")
        for number in (1, 2)
    ]


def test_attempts_have_exact_scores_and_moments() -> None:
    row = ADA | {"challenge_id": "sql", "score": "85.500000",
                 "submitted_at": "2026-05-07T07:30:00.123456"}  # fmt: skip
    assert typed(frame_challenge_attempts([payload(row)]), FILEDROP_CHALLENGE_ATTEMPTS) == [
        (DAY, "ada", "login", "sql", Decimal("85.5"), datetime(2026, 5, 7, 7, 30, 0, 123456)),
    ]


def test_people_may_lack_everything_but_their_key() -> None:
    bare = ADA | dict.fromkeys(
        ("display_name", "email", "employee_id", "github_login", "github_user_id")
    )
    full = bare | {"person_key": "bob", "display_name": "Bob", "github_user_id": "12"}
    assert typed(frame_people([payload(bare, full)]), FILEDROP_PEOPLE) == [
        (DAY, "ada", "login", None, None, None, None, None),
        (DAY, "bob", "login", "Bob", None, None, None, 12),
    ]


def test_days_of_leave_and_of_opting_are_one_row_each() -> None:
    for framer, table in [(frame_leave, FILEDROP_LEAVE), (frame_opt_ins, FILEDROP_OPT_INS),
                          (frame_opt_outs, FILEDROP_OPT_OUTS)]:  # fmt: skip
        assert typed(framer([payload(ADA, ADA)]), table) == [(DAY, "ada", "login")]


def test_an_identity_map_leads_to_user_ids() -> None:
    framed = frame_identity_map(
        [payload({"source": "file", "source_key": "7", "github_user_id": "12"})]
    )
    assert typed(framed, FILEDROP_IDENTITY_MAP) == [(DAY, "file", "7", 12)]


def adjustment(**fields: Any) -> dict[str, Any]:
    return {
        "adjustment_id": "A-1", **ADA, "xp": "-50", "reason_text": "typo", "requested_by": "ann",
        "approved_by": "bob", "badge_id": None, "season": None, **fields,
    }  # fmt: skip


def test_adjustments_are_signed_and_may_revoke_a_badge() -> None:
    revoking = adjustment(adjustment_id="A-2", badge_id="first_steps", season="2026-Q2")
    assert typed(frame_adjustments([payload(adjustment(), revoking)]), FILEDROP_ADJUSTMENTS) == [
        (DAY, "A-1", "ada", "login", -50, "typo", "ann", "bob", None, None),
        (DAY, "A-2", "ada", "login", -50, "typo", "ann", "bob", "first_steps", "2026-Q2"),
    ]


def test_who_approves_their_own_adjustment_is_set_aside_with_it() -> None:
    own = adjustment(requested_by="Bob", approved_by="bob ")
    framed = frame_adjustments([payload(adjustment(adjustment_id="A-0"), own)])
    assert [row[1] for row in typed(framed, FILEDROP_ADJUSTMENTS)] == ["A-0"]
    (aside,) = framed.quarantined
    assert (aside["row_number"], aside["scope"], aside["activity_date"]) == (2, "x.csv", DAY)
    assert aside["reason"] == "requested_by and approved_by are the same person"
    assert "'approved_by': 'bob '" in aside["payload"]


def test_a_damaged_line_costs_its_own_row_only() -> None:
    row = ADA | {"metric": "file.tasks", "value": "1.000000"}
    lines = [row, b"\xff nonsense", b"", ADA | {"metric": "file.tasks", "value": "many"}, b"[1]",
             row | {"person_key": "bob"}]  # fmt: skip
    framed = frame_activity([payload(*lines)])
    assert [found[1] for found in typed(framed, FILEDROP_ACTIVITY)] == ["ada", "bob"]
    assert len(framed.quarantined) == 4
    assert {found["row_number"] for found in framed.quarantined} == {2, 3, 4, 5}


def test_no_payload_is_no_row() -> None:
    for payloads in ([], [payload()]):
        assert typed(frame_leave(payloads), FILEDROP_LEAVE) == []
