"""Teams, their missions, their days and boards, by hand (game.md sections 4, 7 and 12)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from . import rows
from .facts import Row
from .scene import ANN, BOB, MONDAY, Scene, day

RED, BLUE = "github:7", "github:9"


def memberships(scene: Scene) -> list[tuple]:
    """(developer, team, first day number, last day number) in order."""
    return sorted(
        (
            row["developer_id"],
            row["team_id"],
            (row["valid_from"] - MONDAY).days,
            None if row["valid_to"] is None else (row["valid_to"] - MONDAY).days,
        )
        for row in scene.play()["bridge_team_members"]
    )


def team_attempt(scene: Scene) -> Row:
    (attempt,) = scene.play()["fct_mission_attempts"]
    return attempt


# --- who belongs where ----------------------------------------------------------------------------


def test_the_first_snapshot_extends_backwards_and_the_last_day_is_inclusive() -> None:
    scene = Scene(day(9))
    scene.tasks(0, 1)
    scene.team(3, ann=7, bob=7)
    scene.team(6, ann=9, bob=7)
    assert memberships(scene) == [
        ("github:1", RED, 0, 5),
        ("github:1", BLUE, 6, None),
        ("github:2", RED, 0, None),
    ]


def test_who_is_in_several_teams_counts_for_the_smallest() -> None:
    scene = Scene(day(0))
    scene.team(0, ann=(7, 9), bob=7)
    assert memberships(scene) == [("github:1", BLUE, 0, None), ("github:2", RED, 0, None)]


def test_of_teams_of_one_size_the_lowest_number_counts_not_the_first_text() -> None:
    scene = Scene(day(0))
    scene.team(0, ann=(10, 9))
    assert memberships(scene) == [("github:1", "github:9", 0, None)]


def test_a_bot_makes_no_team_bigger() -> None:
    scene = Scene(day(0))
    scene.facts.add("raw_github.members", rows.member(MONDAY, 50, "x", type="Bot"))
    scene.logins[50] = "x"
    scene.team(0, ann=(7, 9), bob=9, x=7)
    assert memberships(scene)[0] == ("github:1", RED, 0, None)


def test_a_team_joined_again_is_a_membership_of_its_own() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7)
    scene.team(2, bob=7)
    scene.team(5, ann=7, bob=7)
    assert memberships(scene) == [
        ("github:1", RED, 0, 1),
        ("github:1", RED, 5, None),
        ("github:2", RED, 0, None),
    ]


def test_an_empty_snapshot_ends_all_memberships() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7)
    scene.facts.add(
        "ops.source_days", rows.source_day("github", "team_members", "org:acme", day(4), True)
    )
    assert memberships(scene) == [("github:1", RED, 0, 3)]


def test_in_several_organisations_the_first_by_name_counts() -> None:
    scene = Scene(day(0))
    scene.team(0, ann=7, bob=7)
    scene.facts.add(
        "raw_github.team_members", rows.team_member(day(0), 3, ANN, "ann", scope="org:z")
    )
    assert memberships(scene)[0] == ("github:1", RED, 0, None)


def test_a_team_is_listed_as_last_seen_with_the_members_of_today() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7, eve=9)
    scene.team(5, ann=7, bob=9, eve=9)
    scene.opts("out", 1, "eve")
    scene.facts.add(
        "raw_github.teams",
        rows.team(day(6), 9, name="Blue", parent_team_id=7),
        rows.team(day(10), 9, name="To come"),
    )
    assert sorted(map(tuple, (row.values() for row in scene.play()["dim_teams"]))) == [
        (RED, "Team 7", None, 1),
        (BLUE, "Blue", RED, 2),  # who opted out is counted
    ]


def test_a_developer_shows_the_team_of_today() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7)
    scene.team(5, ann=9, bob=9)
    assert {row["login"]: row["current_team_id"] for row in scene.play()["dim_developers"]} == {
        "ann": BLUE,
        "bob": BLUE,
        "eve": None,
    }


# --- missions of teams ----------------------------------------------------------------------------


def test_a_team_completes_together_and_every_contributor_is_paid_in_full() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.mission("five", "snowflake.tasks", 5, "week", base_xp=75, scope="team")
    scene.tasks(0, 3)
    scene.tasks(2, 2, login="bob")
    scene.tasks(3, 4, login="eve")  # after the decision: progress, and no pay
    assert team_attempt(scene) == {
        "attempt_id": "five:1:github:7:2026-01-05",
        "mission_id": "five",
        "version": 1,
        "developer_id": None,
        "team_id": RED,
        "period_start": day(0),
        "period_end": day(6),
        "progress": 9,
        "target": 5,
        "score": 100,
        "status": "completed",
        "announced_status": "completed",
        "decided_on": day(2),
        "xp_awarded": 2 * (75 + 38),
    }
    reference = "five:1:github:7:2026-01-05"
    assert scene.ledger() == [
        (2, "mission", reference, 75),
        (2, "mission", reference, 75),
        (2, "mission_perfect", reference, 38),
        (2, "mission_perfect", reference, 38),
    ]
    assert {row["developer_id"] for row in scene.play()["fct_xp_ledger"]} == {
        "github:1",
        "github:2",
    }


def test_a_team_passes_on_the_last_day_and_each_gets_the_share_in_full() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.mission("six", "snowflake.tasks", 6, "week", base_xp=75, scope="team")
    scene.tasks(0, 3)
    scene.tasks(6, 2, login="bob")
    attempt = team_attempt(scene)
    assert (attempt["status"], attempt["decided_on"]) == ("passed", day(6))
    assert attempt["xp_awarded"] == 2 * 63  # 75 x 5/6 = 62.5
    assert [entry[3] for entry in scene.ledger()] == [63, 63]


def test_a_team_that_fails_earns_in_part_only_where_no_pass_is_required() -> None:
    for requires_pass, earned in ((True, []), (False, [25, 25])):
        scene = Scene(day(6), xp_requires_pass=requires_pass)
        scene.team(0, ann=7, bob=7)
        scene.mission("ten", "snowflake.tasks", 10, "week", scope="team")
        scene.tasks(0, "1.45")
        scene.tasks(1, 1, login="bob")  # 24.5
        assert team_attempt(scene)["status"] == "failed"
        assert [entry[3] for entry in scene.ledger()] == earned


def test_days_of_a_team_are_member_days() -> None:
    scene = Scene(day(1))
    scene.team(0, ann=7, bob=7)
    scene.mission("three", "snowflake.tasks", 3, "week", aggregate="days", scope="team")
    scene.tasks(0, 100)
    scene.tasks(0, 1, login="bob")
    assert (team_attempt(scene)["progress"], team_attempt(scene)["status"]) == (2, "in_progress")
    scene.tasks(1, 1)
    assert team_attempt(scene)["decided_on"] == day(1)


def test_what_somebody_did_before_joining_is_not_the_team_s() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7, bob=9)
    scene.team(3, ann=7, bob=7)
    scene.mission("ten", "snowflake.tasks", 10, "week", scope="team")
    scene.tasks(0, 4)
    scene.tasks(2, 5, login="bob")  # for the team of that day
    scene.tasks(3, 6, login="bob")
    attempts = {row["team_id"]: row for row in scene.play()["fct_mission_attempts"]}
    assert (attempts[RED]["status"], attempts[RED]["decided_on"]) == ("completed", day(3))
    assert (attempts[BLUE]["status"], attempts[BLUE]["progress"]) == ("failed", 5)


def test_who_contributed_and_left_the_team_is_paid() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7, bob=7)
    scene.team(3, bob=7)
    scene.mission("ten", "snowflake.tasks", 10, "week", scope="team")
    scene.tasks(0, 4)
    scene.tasks(3, 6, login="bob")
    assert {row["developer_id"] for row in scene.play()["fct_xp_ledger"]} == {
        "github:1",
        "github:2",
    }


def test_a_team_s_closed_period_waits_for_a_pending_day() -> None:
    scene = Scene(day(7))
    scene.team(0, ann=7)
    scene.mission("ten", "snowflake.tasks", 10, "week", scope="team")
    scene.facts.add("ops.sources", rows.source("snowflake", "metrics", "tasks"))
    scene.facts.add(
        "ops.source_days",
        *(rows.source_day("snowflake", "metrics", "tasks", day(n), n != 5) for n in range(8)),
    )
    scene.tasks(0, 8)
    assert team_attempt(scene)["status"] == "submitted"


def test_a_team_s_attempt_counts_for_every_paid_contributor() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.mission("five", "snowflake.tasks", 5, "week", scope="team", badge_id="prize")
    scene.badge("prize", {"type": "xp", "target": 1_000_000})
    scene.badge("one", {"type": "attempt_count", "target": 1, "status": "passed"})
    scene.badge("perfect", {"type": "perfect_count", "target": 1})
    scene.badge("named", {"type": "mission", "mission_id": "five"})
    scene.tasks(0, 3)
    scene.tasks(1, 2, login="bob")
    scene.tasks(2, 2, login="eve")
    tables = scene.play()
    won = {(row["developer_id"], row["badge_id"]) for row in tables["fct_badge_awards"]}
    badges = ("prize", "one", "perfect", "named")
    assert won == {(who, badge) for who in ("github:1", "github:2") for badge in badges}
    assert {row["awarded_on"] for row in tables["fct_badge_awards"]} == {day(1)}
    assert [
        (row["developer_id"], row["score"])
        for row in tables["leaderboards"]
        if (row["board_id"], row["scope_id"]) == ("missions_completed", "org")
    ] == [("github:1", 1), ("github:2", 1)]


def test_a_team_s_failed_attempt_counts_for_nobody() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7)
    scene.mission("five", "snowflake.tasks", 5, "week", scope="team")
    scene.badge("failed", {"type": "attempt_count", "target": 1, "status": "failed"})
    scene.tasks(0, 1)
    assert scene.awards() == []


# --- days and boards of teams ---------------------------------------------------------------------


def test_team_days_are_sums_and_means_of_the_members_of_the_day() -> None:
    scene = Scene(day(5))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.team(2, ann=7, bob=9, eve=7)
    scene.rule("task", "snowflake.tasks", 10)
    scene.tasks(0, 1)
    scene.tasks(0, "0.01", login="bob")  # active without XP
    scene.adjusts(2, -5)
    scene.tasks(2, 2, login="bob")
    scene.tasks(3, 1, login="stranger")
    assert sorted(tuple(row.values()) for row in scene.play()["fct_team_days"]) == [
        (RED, day(0), 10, 2, 3, Decimal(5)),
        (RED, day(2), -5, 1, 2, Decimal(-5)),
        (BLUE, day(2), 20, 1, 1, Decimal(20)),
    ]


def test_a_mean_has_four_decimals_half_up() -> None:
    scene = Scene(day(0))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.rule("task", "snowflake.tasks", 1)
    for login, value in (("ann", 1), ("bob", "0.1"), ("eve", 1)):
        scene.tasks(0, value, login=login)
    (team_day,) = scene.play()["fct_team_days"]
    assert team_day["xp_per_active_member"] == Decimal("0.6667")


def board(scene: Scene, scope_id: str) -> list[tuple]:
    return [
        (row["developer_id"], row["rank"], row["score"], row["previous_rank"], row["rank_7d_ago"])
        for row in scene.play()["leaderboards"]
        if (row["board_id"], row["scope_id"]) == ("xp_all_time", scope_id)
    ]


def test_a_team_s_board_holds_the_day_s_own_members() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7, eve=9)
    scene.team(5, ann=7, bob=9, eve=9)
    scene.facts.add("raw_github.teams", rows.team(day(5), 9, parent_team_id=7))
    for login, xp in (("ann", 50), ("bob", 80), ("eve", 80)):
        scene.facts.add("raw_filedrop.adjustments", rows.adjustment(day(1), login, login, xp))
    assert board(scene, RED) == [("github:1", 1, 50, 1, 2)]  # behind bob a week ago
    assert board(scene, BLUE) == [("github:2", 1, 80, 1, None), ("github:3", 1, 80, 1, 1)]
    assert [place[:2] for place in board(scene, "org")] == [
        ("github:2", 1),
        ("github:3", 1),
        ("github:1", 3),
    ]


def test_who_left_the_organisation_is_on_no_board_of_a_team() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7)
    scene.adjusts(0, 10)
    scene.facts.add("raw_github.members", rows.member(day(8), BOB, "bob"))
    assert board(scene, RED) == []


# --- opted out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "is_shown"),
    [
        ((), True),
        ((("out", 3),), False),
        ((("out", 3), ("in", 5)), True),
        ((("in", 3), ("out", 5)), False),
        ((("out", 5), ("in", 5)), False),
        ((("out", 10),), True),  # after the as-of day
    ],
)
def test_the_latest_statement_wins(statements: tuple, is_shown: bool) -> None:
    scene = Scene(day(9))
    for way, number in statements:
        scene.opts(way, number, "ANN")
    shown = {row["login"] for row in scene.play()["dim_developers"]}
    assert ("ann" in shown) is is_shown


def test_a_statement_of_nobody_s_is_an_unmatched_key() -> None:
    scene = Scene(day(9))
    scene.opts("out", 3, "stranger")
    unmatched = scene.play()["unmatched_identities"]
    assert [(row["person_key"], row["fact_count"]) for row in unmatched] == [("stranger", 1)]


def test_who_opted_out_is_in_no_row_that_names_people() -> None:
    scene = Scene(day(9), streak_bonus_per_day=5, streak_bonus_cap=50)
    scene.team(0, ann=7, bob=7)
    scene.rule("task", "snowflake.tasks", 10, daily_cap=5)
    scene.mission("one", "snowflake.tasks", 1, "week")
    scene.challenge("sql")
    scene.badge("first", {"type": "xp", "target": 1})
    scene.badge("second", {"type": "xp", "target": 999_999})
    scene.tasks(0, 1)
    scene.submits(0, 85)
    scene.uses_copilot(0, 1)
    scene.facts.add("raw_copilot.seats", rows.seat(day(0), ANN, "ann"))
    scene.reviews(0, "PR-1", author_id=ANN, user_id=BOB)
    named = scene.play()
    assert sum(is_named(row) for rows_ in named.values() for row in rows_) > 30
    scene.opts("out", 9, "ann")
    tables = scene.play()
    del tables["identities"]
    assert [row for rows_ in tables.values() for row in rows_ if is_named(row)] == []
    bob = [row for row in tables["fct_activity_daily"] if row["developer_id"] == "github:2"]
    assert {row["metric"]: row["value"] for row in bob}["github.colleagues_reviewed"] == 1


def is_named(row: Row) -> bool:
    return bool({"github:1", "ann"} & {str(value) for value in row.values()})


def test_an_account_taken_for_a_bot_that_opted_out_is_in_no_exclusion() -> None:
    scene = Scene(day(0))
    scene.facts.add("raw_github.members", rows.member(MONDAY, 50, "helper", type="Bot"))
    scene.rule("task", "snowflake.tasks", 10)
    scene.tasks(0, 1, login="helper")
    assert [row["reason_code"] for row in scene.play()["fct_xp_exclusions"]] == ["bot"]
    scene.opts("out", 0, "helper")
    assert scene.play()["fct_xp_exclusions"] == []


def test_who_opted_out_adds_nothing_to_a_team_s_mission() -> None:
    scene = Scene(day(9))
    scene.team(0, ann=7, bob=7)
    scene.mission("five", "snowflake.tasks", 5, "week", scope="team")
    scene.tasks(0, 3)
    scene.tasks(1, 4, login="bob")
    scene.opts("out", 8, "ann")
    attempt = team_attempt(scene)
    assert (attempt["progress"], attempt["status"]) == (4, "passed")
    assert [entry[3] for entry in scene.ledger()] == [80]


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        (5, (5 * 10, 5, 6, Decimal(10))),  # enough: the hidden one among them
        (4, (3 * 10, 3, 5, Decimal(10))),  # too few: without the hidden one
        (1, None),  # nobody else was active
    ],
)
def test_team_days_hold_who_opted_out_only_among_five_active_members(
    active: int,
    expected: tuple | None,
) -> None:
    scene = Scene(day(0))
    logins = ("ann", "bob", "eve", "fay", "gus", "hal")
    for user_id, login in enumerate(logins[3:], start=4):
        scene.joins(user_id, login)
    scene.team(0, **dict.fromkeys(logins, 7))
    scene.rule("task", "snowflake.tasks", 10)
    for login in logins[:active]:
        scene.tasks(0, 1, login=login)
    scene.opts("out", 0, "ann")
    found = [tuple(row.values())[2:] for row in scene.play()["fct_team_days"]]
    assert found == ([] if expected is None else [expected])


def test_ranks_close_up_where_somebody_opted_out() -> None:
    scene = Scene(day(3))
    for login, xp in (("ann", 90), ("bob", 80), ("eve", 70)):
        scene.facts.add("raw_filedrop.adjustments", rows.adjustment(day(1), login, login, xp))
    scene.opts("out", 3, "ann")
    assert [place[:3] for place in board(scene, "org")] == [
        ("github:2", 1, 80),
        ("github:3", 2, 70),
    ]
    first_days = {row["as_of_date"] for row in scene.play()["leaderboard_history"]}
    assert first_days == {day(1), day(1) + timedelta(days=1), day(3)}


# --- notifications --------------------------------------------------------------------------------


def told(scene: Scene, kind: str) -> list[tuple]:
    """(developer, day number, reference) in order."""
    return sorted(
        (row["developer_id"], (row["activity_date"] - MONDAY).days, row["reference_id"])
        for row in scene.play()["fct_notifications"]
        if row["type"] == kind
    )


def test_a_level_is_told_once_a_day_and_only_above_all_before() -> None:
    scene = Scene(day(9))
    scene.adjusts(0, 99)
    scene.adjusts(1, 900)  # 999: from level 1 to 4 in a day
    scene.adjusts(2, -950)  # 49: level 1
    scene.adjusts(3, 851)  # 900: level 4 again
    scene.adjusts(4, 700)  # 1,600: level 5
    assert told(scene, "level_up") == [("github:1", 1, "4"), ("github:1", 4, "5")]


def test_a_badge_is_told_with_its_season_if_it_has_one() -> None:
    scene = Scene(day(3))
    scene.badge("first", {"type": "xp", "target": 1})
    scene.badge("seasonal", {"type": "xp", "target": 1}, repeat="season")
    scene.adjusts(2, 5)
    assert told(scene, "badge_unlocked") == [
        ("github:1", 2, "first"),
        ("github:1", 2, "seasonal:2026-Q1"),
    ]


def test_missions_completed_and_passed_are_told_and_failed_ones_not() -> None:
    scene = Scene(day(20))
    scene.mission("four", "snowflake.tasks", 4, "week")
    scene.challenge("sql")
    scene.tasks(0, 4)
    scene.tasks(7, 3)
    scene.tasks(14, 1)
    scene.submits(1, 60)
    scene.submits(2, 75)
    scene.submits(3, 100)
    assert told(scene, "mission_completed") == [
        ("github:1", 0, "four:1:github:1:2026-01-05"),
        ("github:1", 2, "sql:1:github:1:"),
        ("github:1", 13, "four:1:github:1:2026-01-12"),
    ]


def test_the_paid_contributors_of_a_team_s_attempt_are_told_of_it_instead() -> None:
    scene = Scene(day(6))
    scene.team(0, ann=7, bob=7, eve=7)
    scene.mission("five", "snowflake.tasks", 5, "week", scope="team")
    scene.tasks(0, 3)
    scene.tasks(1, 2, login="bob")
    scene.tasks(2, 2, login="eve")
    reference = "five:1:github:7:2026-01-05"
    assert told(scene, "mission_completed") == []
    assert told(scene, "team_mission_completed") == [
        ("github:1", 1, reference),
        ("github:2", 1, reference),
    ]


def test_milestones_are_told_whenever_the_streak_reaches_them() -> None:
    scene = Scene(day(300), freezes_start=0, freezes_cap=0)
    workdays = [number for number in range(300) if number % 7 < 5]
    scene.uses_copilot(*workdays[:7], *workdays[8:])
    assert told(scene, "streak_milestone") == [
        ("github:1", workdays[4], "5"),
        *(("github:1", workdays[7 + n], str(n)) for n in (5, 10, 25, 50, 100, 200)),
    ]


def test_a_milestone_is_not_told_on_days_that_do_not_count() -> None:
    scene = Scene(day(6))
    scene.uses_copilot(0, 1, 2, 3, 4, 5)
    assert told(scene, "streak_milestone") == [("github:1", 4, "5")]


def test_every_freeze_is_told_with_its_day() -> None:
    scene = Scene(day(3))
    scene.uses_copilot(0, 3)
    assert told(scene, "streak_frozen") == [
        ("github:1", 1, "2026-01-06"),
        ("github:1", 2, "2026-01-07"),
    ]


def test_entering_the_top_ten_is_told_from_the_first_day_on_and_again_after_leaving() -> None:
    scene = Scene(day(2))
    for user_id in range(10, 20):
        scene.joins(user_id, f"user-{user_id}")
        scene.facts.add(
            "raw_filedrop.adjustments",
            rows.adjustment(day(0), f"A-{user_id}", f"user-{user_id}", user_id),
        )
    scene.adjusts(1, 15)  # sixth, and github:10 falls to eleven
    scene.facts.add("raw_filedrop.adjustments", rows.adjustment(day(2), "back", "user-10", 50))
    entered = [place for place in told(scene, "top_10_entered") if place[2] == "xp_all_time"]
    first = [(f"github:{user_id}", 0, "xp_all_time") for user_id in range(10, 20)]
    again = ("github:10", 2, "xp_all_time")
    assert entered == sorted([*first, ("github:1", 1, "xp_all_time"), again])


def test_nothing_is_told_to_who_opted_out() -> None:
    scene = Scene(day(3))
    scene.adjusts(0, 500)
    scene.opts("out", 3, "ann")
    assert scene.play()["fct_notifications"] == []


def test_a_team_s_board_tells_nobody_of_a_top_ten() -> None:
    scene = Scene(day(1))
    scene.team(0, ann=7, eve=7)
    scene.adjusts(0, 10)
    boards = {row["reference_id"] for row in scene.play()["fct_notifications"]}
    assert boards == {"xp_all_time", "xp_7d", "xp_30d"}
