"""The sentences of an explanation, and the page of it, without a warehouse."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from orchestration.explanation import did_you_mean, number, why_no_xp
from orchestration.explanation_page import show

DAY = date(2026, 3, 4)
ANN = {"login": "ann", "first_active_date": date(2026, 3, 2), "left_on": None}
WORKING_DAY = {"is_working_day": True, "holiday_name": None}


def why(developer=ANN, calendar=WORKING_DAY, streak=None, activity=(), exclusions=(), pending=()):
    return why_no_xp(developer, DAY, calendar, streak, [*activity], [*exclusions], [*pending])


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ({}, "No source brought any activity of this day."),
        (
            {"calendar": {"is_working_day": False, "holiday_name": "Labour Day"}},
            "It was a holiday: Labour Day.",
        ),
        ({"streak": {"is_working_day": False}}, "It was a day of leave."),
        (
            {"activity": [{"metric": "github.lines", "value": Decimal("1200.500000")}]},
            "No rule gave XP for what was done: 1,200.5 github.lines.",
        ),
        ({"exclusions": [{}]}, "What was done is excluded; the reasons stand below."),
        (
            {"developer": ANN | {"first_active_date": None}},
            "No source has brought anything about this person.",
        ),
        (
            {"pending": [{"source": "copilot", "scope": "org:acme"}]},
            "Not complete yet: copilot org:acme. What these bring will count.",
        ),
    ],
)
def test_a_day_without_xp_has_its_reason(given, last):
    assert why(**given)[-1] == last


def test_who_left_before_the_day_is_told_first():
    left = ANN | {"left_on": date(2026, 3, 3)}
    assert why(left)[0] == "ann left the organisation on 2026-03-03."


@pytest.mark.parametrize(
    ("value", "text"),
    [("3.000000", "3"), ("0.500000", "0.5"), ("1000.000000", "1,000"), ("100", "100")],
)
def test_a_number_has_no_idle_zeros(value, text):
    assert number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("AN", "; did you mean Ann-Lee or joan?"),
        ("ann_lee", "; did you mean Ann-Lee?"),
        ("zzz", "; `select login, developer_id from marts.dim_developers` lists all."),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_the_nearest(typed, answer):
    logins = [{"login": login} for login in ("Ann-Lee", "bob", "joan")]
    assert did_you_mean(lambda sql: logins, typed) == answer


def test_a_long_list_of_rows_is_bounded_and_brackets_are_text():
    evidence = [
        {"source": "github", "dataset": "reviews", "label": f"a/b#{n}", "source_key": f"R{n}",
         "source_date": DAY, "load_id": "l"}
        for n in range(17)
    ]  # fmt: skip
    level = {"total_xp": 1, "level": 100, "title": "Mythic", "next_level_total_xp": None,
             "xp_remaining": 0}  # fmt: skip
    account = {
        "kind": "developer",
        "developer": {"display_name": "Ann [red]", "login": "ann", "developer_id": "github:1",
                      "team_name": None, "left_on": None},
        "as_of_day": DAY, "total": level, "day": DAY, "xp": 5, "total_that_day": level,
        "rows": [{"reason": "activity", "reference_id": "review", "rule_version": 1, "name": "A",
                  "xp_before_caps": 9, "xp": 5, "sentence": "s", "evidence": evidence}],
        "why_no_xp": None, "exclusions": [], "streak": None, "missions": [],
        "failed_missions": [], "nearest_badges": [], "pending": [],
    }  # fmt: skip
    out = StringIO()
    show(account, Console(file=out, width=200))
    assert "Ann [red], ann (github:1)" in out.getvalue()
    assert "1 XP, level 100 Mythic; the highest level" in out.getvalue()
    assert "+5 (before caps 9)" in out.getvalue()
    assert out.getvalue().count("github reviews") == 5
    assert "[R4], load l" in out.getvalue()
    assert "and 12 more" in out.getvalue()
