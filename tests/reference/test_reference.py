"""The examples that game.md states, computed by hand, against the reference."""

from datetime import date
from decimal import Decimal

import pytest

from . import rows
from .levels import CURVES, level_of, standing, title_of
from .scene import ANN, BOB, EVE, MONDAY, Scene, day

# --- levels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xp", "level"),
    [
        (0, 1),
        (99, 1),
        (100, 2),
        (399, 2),
        (400, 3),
        (899, 3),
        (900, 4),
        (1599, 4),
        (1600, 5),
        (-50, 1),
        (980_100, 100),
        (980_099, 99),
        (5_000_000, 100),
    ],
)
def test_the_square_root_curve_gives_the_stated_levels(xp: int, level: int) -> None:
    assert level_of("sqrt_100", xp) == level


def test_the_geometric_curve_gives_the_stated_totals() -> None:
    totals = {
        1: 0,
        2: 100,
        3: 215,
        5: 499,
        10: 1_678,
        20: 8_822,
        30: 37_719,
        40: 154_618,
        50: 627_541,
    }
    assert {level: CURVES["geometric_115"][level - 1] for level in totals} == totals


def test_titles_change_at_their_first_level() -> None:
    titles = {
        1: "Novice",
        9: "Novice",
        10: "Apprentice",
        19: "Apprentice",
        20: "Adept",
        30: "Expert",
        40: "Master",
        49: "Master",
        50: "Grandmaster",
        69: "Grandmaster",
        70: "Legend",
        89: "Legend",
        90: "Mythic",
        100: "Mythic",
    }
    assert {level: title_of(level) for level in titles} == titles


def test_standing_of_the_highest_level_and_of_a_negative_total() -> None:
    assert standing("sqrt_100", 980_100) == {
        "level": 100,
        "title": "Mythic",
        "next_level_total_xp": None,
        "xp_remaining": 0,
        "level_progress": 1,
    }
    assert standing("sqrt_100", -30) == {
        "level": 1,
        "title": "Novice",
        "next_level_total_xp": 100,
        "xp_remaining": 130,
        "level_progress": 0,
    }


def test_level_progress_has_four_decimals_half_up() -> None:
    scene = Scene(day(0))
    scene.adjusts(0, 200)
    (developer_day,) = scene.play()["fct_developer_days"]
    # 200 lies 100 above level 2 (100 XP); level 3 (400 XP) is 300 away from there.
    assert developer_day["level_progress"] == Decimal("0.3333")
    assert (developer_day["level"], developer_day["xp_remaining"]) == (2, 200)


# --- XP -------------------------------------------------------------------------------------------


def test_rule_xp_is_rounded_half_up_on_exact_decimals() -> None:
    scene = Scene(day(2))
    scene.rule("task", "snowflake.tasks", "2.5")
    scene.tasks(0, "1")  # 2.5 -> 3
    scene.tasks(1, "0.2")  # 0.5 -> 1
    scene.tasks(2, "0.1999")  # 0.49975 -> 0: no row
    assert scene.ledger() == [(0, "activity", "task", 3), (1, "activity", "task", 1)]


def test_points_are_given_per_units() -> None:
    scene = Scene(day(0))
    scene.rule("task", "snowflake.tasks", 10, per=4)
    scene.tasks(0, "5")  # 12.5 -> 13
    assert scene.ledger() == [(0, "activity", "task", 13)]


def test_a_metric_of_several_extracts_is_summed() -> None:
    scene = Scene(day(0))
    scene.rule("task", "snowflake.tasks", 1)
    scene.tasks(0, "1.25")
    scene.facts.add(
        "raw_snowflake.metrics",
        rows.amount(day(0), "ANN", "snowflake.tasks", "1.25", scope="more_tasks"),
    )
    assert scene.ledger() == [(0, "activity", "task", 3)]


def test_the_daily_cap_leaves_the_value_before_it_and_an_exclusion() -> None:
    scene = Scene(day(0))
    scene.rule("merge", "github.pull_requests_merged", 20, daily_cap=60)
    scene.merges(0, count=4)
    tables = scene.play()
    assert [(row["xp_before_caps"], row["xp"]) for row in tables["fct_xp_ledger"]] == [(80, 60)]
    assert tables["fct_xp_exclusions"] == [
        {
            "developer_id": "github:1",
            "activity_date": day(0),
            "subject": "merge",
            "reason_code": "daily_cap",
            "xp_forgone": 20,
        }
    ]


def test_the_activity_cap_serves_rules_by_priority_then_id() -> None:
    scene = Scene(day(0), daily_activity_cap=50)
    scene.rule("z_first", "snowflake.tasks", 30, priority=10)
    scene.rule("b_third", "snowflake.tasks", 30, priority=20)
    scene.rule("a_second", "snowflake.tasks", 15, priority=20)
    scene.tasks(0, 1)
    tables = scene.play()
    assert scene.ledger() == [
        (0, "activity", "a_second", 15),
        (0, "activity", "b_third", 5),
        (0, "activity", "z_first", 30),
    ]
    assert [
        (row["subject"], row["reason_code"], row["xp_forgone"])
        for row in tables["fct_xp_exclusions"]
    ] == [("b_third", "activity_cap", 25)]


def test_a_rule_that_the_activity_cap_leaves_nothing_has_no_ledger_row() -> None:
    scene = Scene(day(0), daily_activity_cap=30)
    scene.rule("a", "snowflake.tasks", 40, daily_cap=35)
    scene.rule("b", "snowflake.tasks", 7)
    scene.tasks(0, 1)
    tables = scene.play()
    assert scene.ledger() == [(0, "activity", "a", 30)]
    assert [
        (row["subject"], row["reason_code"], row["xp_forgone"])
        for row in tables["fct_xp_exclusions"]
    ] == [("a", "daily_cap", 5), ("a", "activity_cap", 5), ("b", "activity_cap", 7)]


def test_a_new_version_leaves_the_past_its_old_value() -> None:
    scene = Scene(day(3))
    scene.rule("task", "snowflake.tasks", 10, valid_from=day(1), valid_to=day(1))
    scene.rule("task", "snowflake.tasks", 12, version=2, valid_from=day(2), valid_to=day(2))
    for number in range(4):
        scene.tasks(number, 1)
    assert scene.ledger() == [(1, "activity", "task", 10), (2, "activity", "task", 12)]


def test_an_adjustment_needs_two_people_and_keeps_its_sign() -> None:
    scene = Scene(day(3))
    scene.adjusts(0, -30)
    scene.adjusts(1, 20)
    scene.adjusts(2, 99, requested_by="bob")
    scene.adjusts(3, 0)
    assert scene.ledger() == [(0, "adjustment", "A-0", -30), (1, "adjustment", "A-1", 20)]


def test_a_developer_day_exists_where_ledger_rows_net_nothing() -> None:
    scene = Scene(day(1))
    scene.adjusts(0, 30)
    scene.facts.add("raw_filedrop.adjustments", rows.adjustment(day(0), "back", "ann", -30))
    scene.tasks(1, 1)
    assert [
        (row["activity_date"], row["xp"], row["total_xp"])
        for row in scene.play()["fct_developer_days"]
    ] == [(day(0), 0, 0), (day(1), 0, 0)]


def test_facts_after_the_as_of_day_do_not_exist() -> None:
    scene = Scene(day(0))
    scene.rule("task", "snowflake.tasks", 10)
    scene.tasks(1, 1)
    assert scene.play()["fct_activity_daily"] == []


# --- who counts, and what -------------------------------------------------------------------------


def test_reviews_count_once_a_pull_request_and_day_and_not_for_its_author() -> None:
    scene = Scene(day(1))
    scene.reviews(0, "PR-1")
    scene.reviews(0, "PR-1")
    scene.reviews(0, "PR-2", author_id=None)
    scene.reviews(0, "PR-3", author_id=ANN)
    scene.reviews(1, "PR-1")
    assert [
        (row["activity_date"], row["value"])
        for row in scene.play()["fct_activity_daily"]
        if row["metric"] == "github.reviews_given"
    ] == [(day(0), 2), (day(1), 1)]


def exclusions(scene: Scene) -> list[tuple]:
    """(day number, reason, subject, XP) in order."""
    return sorted(
        (
            (row["activity_date"] - day(0)).days,
            row["reason_code"],
            row["subject"],
            row["xp_forgone"],
        )
        for row in scene.play()["fct_xp_exclusions"]
    )


def test_an_own_pull_request_is_named_in_the_exclusions() -> None:
    scene = Scene(day(0))
    scene.rule("review", "github.reviews_given", 15)
    scene.reviews(0, "PR-3", author_id=ANN)
    assert [
        (row["reason_code"], row["xp_forgone"]) for row in scene.play()["fct_xp_exclusions"]
    ] == [("own_pull_request", 15)]


def test_colleagues_and_repositories_are_counted_with_their_values() -> None:
    scene = Scene(day(0))
    scene.reviews(0, "PR-1")
    scene.reviews(0, "PR-2", repository="acme/docs")
    scene.reviews(0, "PR-4", author_id=EVE)
    scene.merges(0)
    assert sorted(
        (row["metric"], row["value_text"], row["count"])
        for row in scene.play()["fct_activity_values"]
    ) == [
        ("github.colleagues_reviewed", "github:2", 2),
        ("github.colleagues_reviewed", "github:3", 1),
        ("github.repositories_active", "acme/app", 3),
        ("github.repositories_active", "acme/docs", 1),
    ]


def test_an_excluded_repository_earns_nothing() -> None:
    scene = Scene(day(0))
    scene.facts.add("raw_rules.excluded_repositories", {"repository": "acme/app"})
    scene.rule("merge", "github.pull_requests_merged", 20, daily_cap=30)
    scene.rule("review", "github.reviews_given", 15)
    scene.rule("colleague", "github.colleagues_reviewed", 5)
    scene.merges(0, count=2)
    scene.reviews(0, "PR-1")
    scene.reviews(0, "PR-1")
    scene.reviews(0, "PR-2", author_id=ANN)
    assert scene.play()["fct_activity_daily"] == []
    assert exclusions(scene) == [
        (0, "excluded_repository", "merge", 40),
        (0, "excluded_repository", "review", 30),
    ]


def test_second_reviews_and_second_deliveries_are_duplicates() -> None:
    scene = Scene(day(1))
    scene.rule("merge", "github.pull_requests_merged", 20, daily_cap=5)
    scene.rule("review", "github.reviews_given", "7.5")
    scene.rule("colleague", "github.colleagues_reviewed", 5)
    for _ in range(3):
        scene.reviews(0, "PR-1")
        scene.reviews(0, "PR-3", author_id=ANN)
    scene.reviews(1, "PR-1")
    scene.merges(1)
    scene.merges(1, scope="org:beta")
    assert exclusions(scene) == [
        (0, "duplicate", "review", 15),
        (0, "own_pull_request", "review", 8),
        (1, "daily_cap", "merge", 15),
        (1, "duplicate", "merge", 20),
    ]


def test_copilot_rows_that_were_not_chosen_are_duplicates() -> None:
    scene = Scene(day(0))
    scene.rule("day", "copilot.active_day", 10)
    scene.rule("lines", "copilot.lines_added", 1, per=10)
    scene.rule("languages", "copilot.languages_used", 3)
    for scope, lines in (("org:acme", 14), ("enterprise:acme", 90), ("org:beta", 11)):
        scene.facts.add(
            "raw_copilot.user_days",
            rows.copilot_day(day(0), ANN, "ann", scope=scope, lines_added=lines),
        )
    scene.facts.add(
        "raw_copilot.user_day_values",
        rows.copilot_value(day(0), ANN, "language", "sql", scope="enterprise:acme"),
        rows.copilot_value(day(0), ANN, "language", "sql", scope="org:acme"),
        rows.copilot_value(day(0), ANN, "language", "go", scope="org:acme"),
        rows.copilot_value(day(0), ANN, "language", "go", 0, scope="org:beta"),
    )
    # 14 + 11 lines are 2.5, half up; two languages of one report and none of the other.
    assert exclusions(scene) == [
        (0, "duplicate", "day", 20),
        (0, "duplicate", "languages", 6),
        (0, "duplicate", "lines", 3),
    ]


def test_a_bots_second_deliveries_are_a_bots() -> None:
    scene = Scene(day(0))
    scene.rule("merge", "github.pull_requests_merged", 20)
    for scope in ("org:acme", "org:beta"):
        merged = rows.pull_request(day(0), "PR-1", 9, "helper[bot]", scope=scope)
        scene.facts.add("raw_github.pull_requests", merged)
    assert exclusions(scene) == [(0, "bot", "merge", 20)]


def test_a_day_without_a_version_names_what_the_nearest_would_have_given() -> None:
    scene = Scene(day(5))
    first = {"valid_from": day(1), "valid_to": day(1), "daily_cap": 5}
    scene.rule("task", "snowflake.tasks", 10, **first)
    scene.rule("task", "snowflake.tasks", 12, version=2, valid_from=day(4), valid_to=day(4))
    for number in range(6):
        scene.tasks(number, 2)
    scene.tasks(0, 2, login="stranger")
    assert exclusions(scene) == [
        (0, "rule_not_valid", "task", 20),
        (1, "daily_cap", "task", 15),
        (2, "rule_not_valid", "task", 20),
        (3, "rule_not_valid", "task", 20),
        (5, "rule_not_valid", "task", 24),
    ]


def test_an_issue_counts_for_the_only_assignee_else_for_the_closer() -> None:
    scene = Scene(day(0))
    one = {"assignee_count": 1, "assignee_id": BOB, "assignee_login": "bob"}
    two = {"assignee_count": 2, "assignee_id": BOB, "assignee_login": "bob"}
    scene.facts.add(
        "raw_github.issues",
        rows.issue(day(0), "I-1", ANN, "ann", **one),
        rows.issue(day(0), "I-2", ANN, "ann", **two),
        rows.issue(day(0), "I-3", ANN, "ann"),
        rows.issue(day(0), "I-4", ANN, "ann", state_reason="not_planned"),
        rows.issue(day(0), "I-5", None, None),
    )
    assert {
        row["developer_id"]: row["value"]
        for row in scene.play()["fct_activity_daily"]
        if row["metric"] == "github.issues_closed"
    } == {"github:1": 2, "github:2": 1}


def test_a_person_of_two_scopes_counts_once_by_the_enterprise_row() -> None:
    scene = Scene(day(1))
    for scope, count in (("org:acme", 5), ("enterprise:acme", 8), ("org:beta", 9)):
        scene.facts.add(
            "raw_copilot.user_days",
            rows.copilot_day(day(0), ANN, "ann", scope=scope, interactions=count),
        )
        scene.facts.add(
            "raw_copilot.user_day_values",
            rows.copilot_value(day(0), ANN, "language", f"language of {scope}", scope=scope),
        )
    for scope, count in (("org:beta", 9), ("org:acme", 5)):
        scene.facts.add(
            "raw_copilot.user_days",
            rows.copilot_day(day(1), ANN, "ann", scope=scope, interactions=count),
        )
    assert [
        (row["activity_date"], row["metric"], row["value"])
        for row in sorted(scene.play()["fct_activity_daily"], key=str)
    ] == [
        (day(0), "copilot.active_day", 1),
        (day(0), "copilot.interactions", 8),
        (day(0), "copilot.languages_used", 1),
        (day(1), "copilot.active_day", 1),
        (day(1), "copilot.interactions", 5),
    ]


def test_an_all_zero_copilot_row_makes_a_developer_but_no_activity() -> None:
    scene = Scene(day(0))
    scene.facts.add("raw_copilot.user_days", rows.copilot_day(day(0), 9, "nina", is_active=False))
    tables = scene.play()
    assert tables["fct_activity_daily"] == []
    assert [
        (row["login"], row["is_active"])
        for row in tables["dim_developers"]
        if row["developer_id"] == "github:9"
    ] == [("nina", False)]


@pytest.mark.parametrize(
    ("login", "kind"),
    [("helper", "Bot"), ("Renovate[BOT]", "User"), ("svc-deploy", "User")],
)
def test_a_bot_anywhere_is_a_bot_everywhere(login: str, kind: str) -> None:
    scene = Scene(day(1))
    scene.rule("merge", "github.pull_requests_merged", 20)
    scene.facts.add(
        "raw_rules.bot_patterns",
        {"pattern": "*[bot]", "like_pattern": "%[bot]"},
        {"pattern": "svc-*", "like_pattern": "svc-%"},
    )
    scene.facts.add(
        "raw_github.pull_requests", rows.pull_request(day(0), "PR-1", 9, login, author_type=kind)
    )
    scene.facts.add("raw_copilot.user_days", rows.copilot_day(day(1), 9, "quiet-name"))
    tables = scene.play()
    assert {row["developer_id"] for row in tables["dim_developers"]} == {
        "github:1",
        "github:2",
        "github:3",
    }
    assert tables["fct_activity_daily"] == []
    assert [
        (row["developer_id"], row["reason_code"], row["xp_forgone"])
        for row in tables["fct_xp_exclusions"]
    ] == [("github:9", "bot", 20)]


def test_the_pattern_of_bots_in_brackets_spares_logins_that_end_in_its_letters() -> None:
    scene = Scene(day(0))
    scene.facts.add("raw_rules.bot_patterns", {"pattern": "*[bot]", "like_pattern": "%[bot]"})
    assert "github:2" in {row["developer_id"] for row in scene.play()["dim_developers"]}


def test_an_unmatched_key_earns_nothing_and_is_named() -> None:
    scene = Scene(day(0))
    scene.rule("task", "snowflake.tasks", 10)
    scene.tasks(0, 2, login="stranger")
    tables = scene.play()
    assert tables["fct_activity_daily"] == tables["fct_xp_ledger"] == []
    assert tables["fct_xp_exclusions"] == [
        {
            "developer_id": "snowflake:stranger",
            "activity_date": day(0),
            "subject": "task",
            "reason_code": "unmatched_identity",
            "xp_forgone": 20,
        }
    ]


def test_a_login_that_changed_hands_means_its_latest_owner() -> None:
    scene = Scene(day(9))
    scene.facts.add(
        "raw_github.members", rows.member(day(7), ANN, "ann-new"), rows.member(day(7), EVE, "ann")
    )
    scene.tasks(2, 1, login="Ann")
    tables = scene.play()
    assert [row["developer_id"] for row in tables["fct_activity_daily"]] == ["github:3"]
    assert {row["developer_id"]: row["login"] for row in tables["dim_developers"]} == {
        "github:1": "ann-new",
        "github:2": "bob",
        "github:3": "ann",
    }


def test_former_members_left_on_the_day_before_the_first_snapshot_without_them() -> None:
    scene = Scene(day(20))
    scene.facts.add(
        "raw_github.members",
        rows.member(day(7), ANN, "ann"),
        rows.member(day(7), EVE, "eve"),
        rows.member(day(14), ANN, "ann"),
        rows.member(day(14), BOB, "bob"),
    )
    assert {
        row["developer_id"]: (row["is_active"], row["left_on"])
        for row in scene.play()["dim_developers"]
    } == {
        "github:1": (True, None),
        "github:2": (True, None),
        "github:3": (False, day(13)),
    }


# --- missions -------------------------------------------------------------------------------------


def test_a_week_completed_pays_base_and_half_on_the_day_it_reaches_its_target() -> None:
    scene = Scene(day(20))
    scene.mission("five", "snowflake.tasks", 5, "week", base_xp=75)
    for number, value in ((0, 3), (2, 2), (3, 4)):
        scene.tasks(number, value)
    attempt = scene.attempt()
    assert attempt["attempt_id"] == "five:1:github:1:2026-01-05"
    assert (attempt["period_start"], attempt["period_end"]) == (day(0), day(6))
    assert (attempt["status"], attempt["decided_on"]) == ("completed", day(2))
    assert (attempt["progress"], attempt["score"]) == (9, 100)
    assert attempt["xp_awarded"] == 75 + 38  # 37.5 -> 38
    assert scene.ledger() == [
        (2, "mission", "five:1:github:1:2026-01-05", 75),
        (2, "mission_perfect", "five:1:github:1:2026-01-05", 38),
    ]


def test_a_pass_is_paid_by_the_unrounded_score_on_the_last_day() -> None:
    scene = Scene(day(6))
    scene.mission("six", "snowflake.tasks", 6, "week", base_xp=75)
    scene.tasks(0, 5)
    attempt = scene.attempt()
    assert (attempt["status"], attempt["decided_on"]) == ("passed", day(6))
    assert attempt["score"] == Decimal("83.3333")
    assert attempt["xp_awarded"] == 63  # 75 x 5/6 = 62.5


@pytest.mark.parametrize(
    ("value", "status", "xp"),
    [("7", "passed", 70), ("6.99", "failed", 0)],
)
def test_the_threshold_is_met_exactly(value: str, status: str, xp: int) -> None:
    scene = Scene(day(6))
    scene.mission("ten", "snowflake.tasks", 10, "week")
    scene.tasks(1, value)
    attempt = scene.attempt()
    assert (attempt["status"], attempt["xp_awarded"], attempt["decided_on"]) == (
        status,
        xp,
        day(6),
    )


def test_partial_credit_where_no_pass_is_required() -> None:
    scene = Scene(day(6), xp_requires_pass=False)
    scene.mission("ten", "snowflake.tasks", 10, "week")
    scene.tasks(1, "2.45")
    attempt = scene.attempt()
    assert (attempt["status"], attempt["xp_awarded"]) == ("failed", 25)  # 24.5


def test_an_open_period_is_in_progress_the_day_before_its_last() -> None:
    scene = Scene(day(5))
    scene.mission("ten", "snowflake.tasks", 10, "week")
    scene.tasks(1, 8)
    assert (scene.attempt()["status"], scene.attempt()["decided_on"]) == ("in_progress", None)


def test_once_never_closes_and_starts_with_the_mission() -> None:
    scene = Scene(day(300))
    scene.mission("all", "snowflake.tasks", 10, "once", valid_from=day(1), valid_to=day(9))
    scene.tasks(0, 10)
    scene.tasks(1, 4)
    scene.tasks(10, 10)
    attempt = scene.attempt()
    assert attempt["attempt_id"] == "all:1:github:1:2026-01-06"
    assert (attempt["status"], attempt["progress"], attempt["period_end"]) == (
        "in_progress",
        4,
        None,
    )


def test_days_are_counted_where_the_aggregate_says_so() -> None:
    scene = Scene(day(31))
    scene.mission("three", "snowflake.tasks", 3, "month", aggregate="days")
    for number in (0, 3, 26):
        scene.tasks(number, 100)
    attempt = scene.attempt()
    assert (attempt["period_start"], attempt["period_end"]) == (
        date(2026, 1, 1),
        date(2026, 1, 31),
    )
    assert (attempt["status"], attempt["decided_on"], attempt["progress"]) == (
        "completed",
        date(2026, 1, 31),
        3,
    )


def test_validity_clips_the_progress_but_not_the_period() -> None:
    scene = Scene(day(6))
    scene.mission("ten", "snowflake.tasks", 10, "week", valid_from=day(2), valid_to=day(4))
    scene.tasks(1, 10)
    scene.tasks(2, 4)
    scene.tasks(4, 4)
    scene.tasks(5, 10)
    attempt = scene.attempt()
    assert (attempt["period_start"], attempt["decided_on"]) == (day(0), day(6))
    assert (attempt["progress"], attempt["status"]) == (8, "passed")


def test_versions_inside_one_period_are_separate_attempts() -> None:
    scene = Scene(day(6))
    scene.mission("ten", "snowflake.tasks", 10, "week", valid_to=day(2))
    scene.mission("ten", "snowflake.tasks", 4, "week", version=2, valid_from=day(3))
    scene.tasks(2, 4)
    scene.tasks(3, 4)
    assert [(row["attempt_id"], row["status"]) for row in scene.play()["fct_mission_attempts"]] == [
        ("ten:1:github:1:2026-01-05", "failed"),
        ("ten:2:github:1:2026-01-05", "completed"),
    ]


def test_an_unpublished_mission_makes_no_attempts() -> None:
    scene = Scene(day(6))
    scene.mission("ten", "snowflake.tasks", 10, "week", is_published=False)
    scene.tasks(2, 4)
    assert scene.play()["fct_mission_attempts"] == []


@pytest.mark.parametrize(
    ("as_of", "status", "decided_on"),
    [(6, "submitted", None), (11, "submitted", None), (12, "passed", 6)],
)
def test_a_closed_period_waits_for_a_pending_day(
    as_of: int,
    status: str,
    decided_on: int | None,
) -> None:
    scene = Scene(day(as_of))
    scene.mission("ten", "snowflake.tasks", 10, "week")
    scene.facts.add("ops.sources", rows.source("snowflake", "metrics", "tasks"))
    scene.facts.add(
        "ops.source_days",
        *(
            rows.source_day("snowflake", "metrics", "tasks", day(number), number != 5)
            for number in range(as_of + 1)
        ),
    )
    scene.tasks(1, 8)
    attempt = scene.attempt()
    assert attempt["status"] == status
    assert attempt["decided_on"] == (None if decided_on is None else day(decided_on))


# --- challenges -----------------------------------------------------------------------------------


def test_a_challenge_of_100_at_85_percent_earns_85() -> None:
    scene = Scene(day(0))
    scene.challenge("sql")
    scene.submits(0, 85)
    attempt = scene.attempt()
    assert attempt["attempt_id"] == "sql:1:github:1:"
    assert (attempt["status"], attempt["decided_on"], attempt["xp_awarded"]) == (
        "passed",
        day(0),
        85,
    )


def test_repeats_earn_the_difference_and_the_perfect_bonus_once() -> None:
    scene = Scene(day(9))
    scene.challenge("sql", base_xp=75)
    for number, score in ((0, 60), (1, 70), (2, 65), (3, "90.5"), (5, 100), (6, 100)):
        scene.submits(number, score)
    reference = "sql:1:github:1:"
    assert scene.ledger() == [
        (1, "mission", reference, 53),  # 52.5
        (3, "mission", reference, 15),  # 67.875 -> 68, minus 53
        (5, "mission", reference, 7),  # 75 minus 68
        (5, "mission_perfect", reference, 38),  # 37.5
    ]
    attempt = scene.attempt()
    assert (attempt["status"], attempt["decided_on"], attempt["score"]) == (
        "completed",
        day(1),
        100,
    )
    assert attempt["xp_awarded"] == 113


def test_a_challenge_never_passed_is_failed_on_the_day_of_its_best() -> None:
    scene = Scene(day(9))
    scene.challenge("sql")
    for number, score in ((0, 20), (2, "69.9999"), (4, 10), (5, "69.9999")):
        scene.submits(number, score)
    attempt = scene.attempt()
    assert (attempt["status"], attempt["decided_on"], attempt["xp_awarded"]) == (
        "failed",
        day(2),
        0,
    )
    assert attempt["score"] == Decimal("69.9999")


def test_a_failed_challenge_earns_in_part_where_no_pass_is_required() -> None:
    scene = Scene(day(9), xp_requires_pass=False)
    scene.challenge("sql")
    scene.submits(0, 50)
    scene.submits(1, 80)
    assert [entry[3] for entry in scene.ledger()] == [50, 30]


# --- streaks --------------------------------------------------------------------------------------


def walk(scene: Scene) -> list[tuple]:
    return [
        (
            row["action"],
            row["current_streak"],
            row["longest_streak"],
            row["freezes_available"],
            row["total_active_days"],
            row["is_working_day"],
        )
        for row in scene.play()["fct_streak_days"]
    ]


def test_the_table_of_actions_row_by_row() -> None:
    scene = Scene(day(15), freezes_start=1)
    scene.uses_copilot(0, 1, 5, 8, 12, 14)
    assert walk(scene) == [
        ("started", 1, 1, 1, 1, True),  # Monday, active
        ("increased", 2, 2, 1, 2, True),  # Tuesday, active
        ("frozen", 2, 2, 0, 2, True),  # Wednesday, a freeze is left
        ("broken", 0, 2, 0, 2, True),  # Thursday, none is left
        ("idle", 0, 2, 0, 2, True),  # Friday
        ("rest", 0, 2, 0, 3, False),  # Saturday, active without a streak
        ("rest", 0, 2, 0, 3, False),  # Sunday
        ("idle", 0, 2, 0, 3, True),  # Monday
        ("started", 1, 2, 0, 4, True),  # Tuesday, active
        ("broken", 0, 2, 0, 4, True),  # Wednesday
        ("idle", 0, 2, 0, 4, True),
        ("idle", 0, 2, 0, 4, True),
        ("rest", 0, 2, 0, 5, False),  # Saturday, active
        ("rest", 0, 2, 0, 5, False),
        ("started", 1, 2, 0, 6, True),  # Monday, active
        ("broken", 0, 2, 0, 6, True),
    ]


def test_weekend_work_maintains_a_streak_and_leave_rests() -> None:
    scene = Scene(day(8))
    scene.uses_copilot(4, 5, 8)
    scene.facts.add("raw_snowflake.leave", rows.leave(day(7), "ANN"))
    assert walk(scene) == [
        ("started", 1, 1, 3, 1, True),
        ("maintained", 1, 1, 3, 2, False),
        ("rest", 1, 1, 3, 2, False),
        ("rest", 1, 1, 3, 2, False),  # Monday on leave
        ("increased", 2, 2, 3, 3, True),
    ]


def test_a_weekend_start_is_rest_and_a_holiday_is_no_working_day() -> None:
    scene = Scene(day(8))
    scene.uses_copilot(6, 7, 8)
    scene.facts.add("raw_rules.holidays", {"date_day": day(7), "holiday_name": "Festival"})
    assert [row[0] for row in walk(scene)] == ["rest", "rest", "started"]


def test_the_twentieth_counted_day_refills_the_same_day_up_to_the_cap() -> None:
    scene = Scene(day(60))
    workdays = [number for number in range(60) if number % 7 < 5]
    missed = workdays[3]
    counted = [number for number in workdays if number != missed][:41]
    scene.uses_copilot(*counted)
    freezes = {
        (row["activity_date"] - MONDAY).days: row["freezes_available"]
        for row in scene.play()["fct_streak_days"]
    }
    assert [freezes[missed - 1], freezes[missed]] == [3, 2]
    assert [freezes[counted[18]], freezes[counted[19]]] == [2, 3]  # the 20th
    assert freezes[counted[39]] == 3  # the 40th is lost at the cap


def test_the_bonus_grows_by_five_up_to_fifty_on_counted_days() -> None:
    scene = Scene(day(15), streak_bonus_per_day=5, streak_bonus_cap=50)
    scene.uses_copilot(*(number for number in range(16) if number % 7 < 5))
    scene.uses_copilot(5)
    assert [(number, xp) for number, _, _, xp in scene.ledger()] == [
        (0, 5),
        (1, 10),
        (2, 15),
        (3, 20),
        (4, 25),
        (7, 30),
        (8, 35),
        (9, 40),
        (10, 45),
        (11, 50),
        (14, 50),
        (15, 50),
    ]


def test_runs_name_start_end_counted_days_and_freezes() -> None:
    scene = Scene(day(8), freezes_start=1)
    scene.uses_copilot(0, 1, 4, 7)
    assert scene.play()["fct_streaks"] == [
        {
            "developer_id": "github:1",
            "started_on": day(0),
            "ended_on": day(3),
            "counted_days": 2,
            "freezes_used": 1,
            "ended_by": "broken",
        },
        {
            "developer_id": "github:1",
            "started_on": day(4),
            "ended_on": day(8),
            "counted_days": 2,
            "freezes_used": 0,
            "ended_by": "broken",
        },
    ]


def pending_scene(as_of: int) -> Scene:
    """Copilot's day 2 (a Wednesday) never came; the developer was active on days 0, 1, 3."""
    scene = Scene(day(as_of))
    scene.uses_copilot(0, 1, 3)
    scene.facts.add("ops.sources", rows.source("copilot", "user_days", "org:acme"))
    scene.facts.add(
        "ops.source_days",
        *(
            rows.source_day("copilot", "user_days", "org:acme", day(number), True)
            for number in range(as_of + 1)
            if number != 2
        ),
    )
    return scene


def test_from_a_pending_day_on_everything_is_pending() -> None:
    assert walk(pending_scene(8))[2:] == [
        ("pending", 2, 2, 3, 2, number % 7 < 5) for number in range(2, 9)
    ]


def test_a_day_older_than_the_wait_counts_as_it_is() -> None:
    assert [row[0] for row in walk(pending_scene(9))][:5] == [
        "started",
        "increased",
        "frozen",
        "increased",
        "frozen",
    ]


def test_an_active_day_does_not_wait_for_its_source() -> None:
    scene = pending_scene(3)
    scene.facts.tables["raw_copilot.user_days"] += [rows.copilot_day(day(2), ANN, "ann")]
    assert [row[0] for row in walk(scene)] == ["started"] + ["increased"] * 3


def test_days_before_a_source_s_history_are_complete() -> None:
    scene = pending_scene(5)
    scene.facts.tables["ops.sources"] = [
        rows.source("copilot", "user_days", "org:acme", history_from=day(3))
    ]
    assert "pending" not in [row[0] for row in walk(scene)]


def test_rows_of_a_former_member_end_on_the_day_the_person_left() -> None:
    scene = Scene(day(20))
    scene.uses_copilot(0, user_id=EVE)
    scene.facts.add("raw_github.members", rows.member(day(4), ANN, "ann"))
    assert [row["activity_date"] for row in scene.play()["fct_streak_days"]] == [
        day(0),
        day(1),
        day(2),
        day(3),
    ]


# --- badges ---------------------------------------------------------------------------------------


def test_badges_never_feed_on_badges() -> None:
    scene = Scene(day(3))
    scene.badge("first", {"type": "xp", "target": 1}, xp_reward=1000)
    scene.badge("thousand", {"type": "xp", "target": 1000})
    scene.adjusts(0, 600)
    assert scene.awards() == [("first", "", 0)]
    scene.adjusts(2, 400)
    assert scene.awards() == [("first", "", 0), ("thousand", "", 2)]
    assert (0, "badge", "first", 1000) in scene.ledger()


def test_a_condition_already_true_is_awarded_on_valid_from() -> None:
    scene = Scene(day(9))
    scene.badge(
        "ten", {"type": "metric", "metric": "snowflake.tasks", "target": 10}, valid_from=day(4)
    )
    scene.badge(
        "ended", {"type": "metric", "metric": "snowflake.tasks", "target": 10}, valid_to=day(1)
    )
    scene.tasks(0, 9)
    scene.tasks(2, 1)
    assert scene.awards() == [("ten", "", 4)]


def test_a_window_counts_the_day_itself() -> None:
    scene = Scene(day(30))
    condition = {"type": "metric", "metric": "snowflake.tasks", "target": 10}
    scene.badge("in_five", condition | {"window_days": 5})
    scene.badge("in_six", condition | {"window_days": 6})
    scene.tasks(0, 5)
    scene.tasks(5, 5)
    assert scene.awards() == [("in_six", "", 5)]


def test_distinct_values_are_different_texts() -> None:
    scene = Scene(day(9))
    scene.badge("two", {"type": "distinct_values", "metric": "copilot.languages_used", "target": 2})
    scene.badge(
        "two_soon",
        {
            "type": "distinct_values",
            "metric": "copilot.languages_used",
            "target": 2,
            "window_days": 3,
        },
    )
    scene.uses_copilot(0, 1, 4)
    for number, language in ((0, "go"), (1, "go"), (4, "sql")):
        scene.facts.add(
            "raw_copilot.user_day_values",
            rows.copilot_value(day(number), ANN, "language", language),
        )
    assert scene.awards() == [("two", "", 4)]


def test_attempts_are_counted_by_status_and_passed_includes_completed() -> None:
    scene = Scene(day(13))
    scene.mission("four", "snowflake.tasks", 4, "week")
    scene.badge("one_passed", {"type": "attempt_count", "target": 1, "status": "passed"})
    scene.badge("two_passed", {"type": "attempt_count", "target": 2, "status": "passed"})
    scene.badge("completed", {"type": "attempt_count", "target": 1, "status": "completed"})
    scene.badge("perfect", {"type": "perfect_count", "target": 1})
    scene.badge("by_name", {"type": "mission", "mission_id": "four"})
    scene.tasks(0, 3)  # passed at the end of the week
    scene.tasks(8, 4)  # completed
    assert scene.awards() == [
        ("by_name", "", 6),
        ("completed", "", 8),
        ("one_passed", "", 6),
        ("perfect", "", 8),
        ("two_passed", "", 8),
    ]


def test_a_mission_gives_its_badge_beside_the_badge_s_own_condition() -> None:
    scene = Scene(day(13))
    scene.mission("four", "snowflake.tasks", 4, "week", badge_id="prize")
    scene.badge("prize", {"type": "xp", "target": 1_000_000})
    scene.tasks(2, 4)
    assert scene.awards() == [("prize", "", 2)]


def test_consecutive_and_distinct_days_differ() -> None:
    scene = Scene(day(20), freezes_start=0, freezes_cap=0)
    scene.badge("in_a_row", {"type": "consecutive_days", "target": 3})
    scene.badge("three_days", {"type": "distinct_days", "target": 3})
    scene.badge("three_tasks", {"type": "distinct_days", "metric": "snowflake.tasks", "target": 3})
    scene.uses_copilot(0, 5, 7, 8, 9)
    scene.tasks(1, 1)
    assert scene.awards() == [("in_a_row", "", 9), ("three_days", "", 5)]


def test_all_of_must_hold_on_the_same_day() -> None:
    scene = Scene(day(30))
    window = {"type": "metric", "metric": "snowflake.tasks", "target": 5, "window_days": 3}
    days = {"type": "distinct_days", "metric": "copilot.active_day", "target": 2}
    scene.badge("both", window, days)
    scene.tasks(0, 5)
    scene.uses_copilot(1, 4)  # two days by day 4: the window has passed
    assert scene.awards() == []
    scene.tasks(9, 5)
    assert scene.awards() == [("both", "", 9)]


def test_a_season_counts_only_its_quarter_and_awards_once_each() -> None:
    scene = Scene(date(2026, 7, 1))
    scene.badge(
        "seasonal", {"type": "metric", "metric": "snowflake.tasks", "target": 10}, repeat="season"
    )
    april = (date(2026, 4, 1) - MONDAY).days
    for number, value in ((0, 6), (april - 1, 6), (april, 9), (april + 5, 1), (april + 9, 99)):
        scene.tasks(number, value)
    assert scene.awards() == [
        ("seasonal", "2026-Q1", april - 1),
        ("seasonal", "2026-Q2", april + 5),
    ]
    assert (april + 5, "badge", "seasonal:2026-Q2", 50) in scene.ledger()


def test_a_streak_that_stands_when_the_season_begins_counts_at_once() -> None:
    scene = Scene(date(2026, 4, 5), max_pending_days=0)
    scene.badge("seasonal", {"type": "consecutive_days", "target": 3}, repeat="season")
    april = (date(2026, 4, 1) - MONDAY).days  # a Wednesday
    scene.uses_copilot(april - 5, april - 2, april - 1)
    assert scene.awards() == [("seasonal", "2026-Q1", april - 1), ("seasonal", "2026-Q2", april)]


def test_progress_is_shown_towards_badges_not_held() -> None:
    scene = Scene(day(0))
    tasks = {"type": "metric", "metric": "snowflake.tasks"}
    scene.badge("held", tasks | {"target": 1})
    scene.badge("third", tasks | {"target": 3})
    scene.badge("both", tasks | {"target": 1}, tasks | {"target": 2})
    scene.badge("later", tasks | {"target": 9}, valid_from=day(1))
    scene.tasks(0, 1)
    assert [
        (row["badge_id"], row["current_value"], row["target_value"], row["share"])
        for row in scene.play()["fct_badge_progress"]
        if row["developer_id"] == "github:1"
    ] == [("third", 1, 3, Decimal("0.3333")), ("both", 1, 2, Decimal("0.5"))]


# --- boards ---------------------------------------------------------------------------------------


def board(scene: Scene, board_id: str) -> list[tuple]:
    return [
        (row["developer_id"], row["rank"], row["score"], row["previous_rank"], row["rank_7d_ago"])
        for row in scene.play()["leaderboards"]
        if row["board_id"] == board_id
    ]


def test_ties_share_a_rank_and_the_next_rank_is_skipped() -> None:
    scene = Scene(day(9))
    scene.facts.add(
        "raw_github.members", rows.member(MONDAY, 4, "dan"), rows.member(MONDAY, 5, "fay")
    )
    for login, xp in (("ann", 50), ("bob", 80), ("eve", 80), ("dan", 0), ("fay", -5)):
        scene.facts.add(
            "raw_filedrop.adjustments", rows.adjustment(day(0), f"A-{login}", login, xp)
        )
    scene.facts.add("raw_filedrop.adjustments", rows.adjustment(day(9), "late", "ann", 100))
    assert board(scene, "xp_all_time") == [
        ("github:1", 1, 150, 3, 3),
        ("github:2", 2, 80, 1, 1),
        ("github:3", 2, 80, 1, 1),
    ]


def test_the_week_s_board_covers_seven_days_including_the_as_of_day() -> None:
    scene = Scene(day(7))
    scene.adjusts(0, 10)
    scene.adjusts(1, 20)
    scene.adjusts(7, 40)
    assert board(scene, "xp_7d") == [("github:1", 1, 60, 1, 1)]
    assert board(scene, "xp_30d") == [("github:1", 1, 70, 1, 1)]


def test_former_members_leave_the_boards_of_all_days() -> None:
    scene = Scene(day(9))
    scene.adjusts(0, 10)
    scene.facts.add("raw_github.members", rows.member(day(8), BOB, "bob"))
    assert scene.play()["leaderboard_history"] == []


def test_history_keeps_everybody_at_the_week_s_and_month_s_end() -> None:
    scene = Scene(day(6))
    for user_id in range(10, 115):
        scene.facts.add("raw_github.members", rows.member(MONDAY, user_id, f"user-{user_id}"))
        scene.facts.add(
            "raw_filedrop.adjustments",
            rows.adjustment(day(0), f"A-{user_id}", f"user-{user_id}", user_id),
        )
    rows_a_day = [
        sum(
            row["as_of_date"] == day(number) and row["board_id"] == "xp_all_time"
            for row in scene.play()["leaderboard_history"]
        )
        for number in (0, 5, 6)
    ]
    assert rows_a_day == [100, 100, 105]
