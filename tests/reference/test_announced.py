"""What was announced stays, by hand (game.md section 5 and 12)."""

from decimal import Decimal
from typing import Any

import pytest

from . import rows
from .facts import Row
from .game import play_night
from .scene import MONDAY, Scene, day

WEEK = "five:1:github:1:2026-01-05"
TEAM = "five:1:github:7:2026-01-05"
SQL = "sql:1:github:1:"


def award(scene: Scene) -> tuple:
    """(day number, XP, status) of the only award."""
    (row,) = scene.play()["fct_badge_awards"]
    return (row["awarded_on"] - MONDAY).days, row["xp_reward"], row["status"]


def outcome(scene: Scene) -> tuple:
    """(status, announced status, day number, XP, progress) of the only attempt."""
    row = scene.attempt()
    decided = None if row["decided_on"] is None else (row["decided_on"] - MONDAY).days
    return row["status"], row["announced_status"], decided, row["xp_awarded"], row["progress"]


def week(developer_id: str = "github:1", number: int = 2, **given: Any) -> Row:
    """The week's mission, announced as completed for 100 and 50 XP."""
    ordinary = {
        "mission_id": "five",
        "period_start": day(0),
        "status": "completed",
        "xp": 100,
        "xp_perfect": 50,
        "perfect_on": day(number),
    }
    return rows.announced("mission", developer_id, WEEK, day(number), **ordinary | given)


def passed_week(developer_id: str = "github:1", xp: int = 80) -> Row:
    passed = {"status": "passed", "xp": xp, "xp_perfect": 0, "perfect_on": None}
    return week(developer_id, 6, **passed)


def team_week(developer_id: str, number: int = 2) -> Row:
    return week(developer_id, number) | {"reference_id": TEAM, "team_id": "github:7"}


def earning(number: int, xp: int, xp_perfect: int = 0, **given: Any) -> Row:
    """A day on which the challenge earned."""
    perfect_on = day(number) if xp_perfect else None
    ordinary = {"mission_id": "sql", "xp_perfect": xp_perfect, "perfect_on": perfect_on}
    ordinary["status"] = "completed" if xp_perfect else "passed"
    return rows.announced("challenge", "github:1", SQL, day(number), xp=xp, **ordinary | given)


# --- badges ---------------------------------------------------------------------------------------


def badge_scene(*announced: Row) -> Scene:
    scene = Scene(day(9))
    scene.badge("ten", {"type": "metric", "metric": "snowflake.tasks", "target": 10})
    scene.announce(*announced)
    return scene


def test_an_announced_award_that_the_facts_still_give_is_awarded() -> None:
    scene = badge_scene(rows.announced("badge", "github:1", "ten", day(2)))
    scene.tasks(2, 10)
    assert award(scene) == (2, 50, "awarded")


@pytest.mark.parametrize("number", [1, 4, None])
def test_an_award_that_the_facts_give_another_day_or_none_keeps_its_day(number: int | None) -> None:
    scene = badge_scene(rows.announced("badge", "github:1", "ten", day(2)))
    if number is not None:
        scene.tasks(number, 10)
    assert award(scene) == (2, 50, "kept")
    assert scene.ledger() == [(2, "badge", "ten", 50)]


def test_an_award_keeps_the_xp_that_was_announced() -> None:
    scene = badge_scene(rows.announced("badge", "github:1", "ten", day(2), xp=70))
    scene.tasks(2, 10)
    assert award(scene) == (2, 70, "kept")
    assert scene.ledger() == [(2, "badge", "ten", 70)]


def test_a_kept_award_is_held_in_progress_and_on_the_board() -> None:
    scene = badge_scene(rows.announced("badge", "github:1", "ten", day(2)))
    tables = scene.play()
    towards = {row["developer_id"] for row in tables["fct_badge_progress"]}
    assert towards == {"github:2", "github:3"}
    assert [
        (row["developer_id"], row["score"])
        for row in tables["leaderboards"]
        if row["board_id"] == "badges_unlocked"
    ] == [("github:1", 1)]


def test_seasons_are_announced_one_by_one() -> None:
    scene = Scene(day(9))
    tasks = {"type": "metric", "metric": "snowflake.tasks", "target": 10}
    scene.badge("ten", tasks, repeat="season")
    last_quarter = rows.announced("badge", "github:1", "ten", day(-9), season="2025-Q4")
    scene.announce(last_quarter)
    scene.tasks(3, 10)
    assert scene.awards() == [("ten", "2025-Q4", -9), ("ten", "2026-Q1", 3)]
    assert (-9, "badge", "ten:2025-Q4", 50) in scene.ledger()


def test_an_award_is_kept_by_somebody_of_whom_the_facts_say_nothing_any_more() -> None:
    scene = badge_scene(rows.announced("badge", "github:77", "ten", day(2)))
    assert award(scene) == (2, 50, "kept")
    logins = {row["developer_id"]: row["login"] for row in scene.play()["dim_developers"]}
    assert logins["github:77"] == "77"


def test_a_bot_keeps_nothing() -> None:
    scene = badge_scene(rows.announced("badge", "github:50", "ten", day(2)))
    scene.facts.add("raw_github.members", rows.member(MONDAY, 50, "helper", type="Bot"))
    assert scene.play()["fct_badge_awards"] == []


# --- revoked --------------------------------------------------------------------------------------


def revoked(scene: Scene, **given: Any) -> Scene:
    scene.adjusts(5, -50, badge_id="ten", **given)
    return scene


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_revoked_award_stays_as_a_row_and_its_xp_go_by_the_adjustment(is_announced: bool) -> None:
    scene = badge_scene()
    scene.tasks(2, 10)
    if is_announced:
        scene.announce(rows.announced("badge", "github:1", "ten", day(1)))
    revoked(scene)
    assert award(scene) == (1 if is_announced else 2, 50, "revoked")
    assert [entry[1:] for entry in scene.ledger()] == [
        ("badge", "ten", 50),
        ("adjustment", "A-5", -50),
    ]


def test_a_revoked_award_is_on_no_day_s_board_and_in_no_progress_but_its_news_stays() -> None:
    scene = badge_scene()
    scene.tasks(2, 10)
    revoked(scene)
    tables = scene.play()
    assert "badges_unlocked" not in {row["board_id"] for row in tables["leaderboard_history"]}
    assert "github:1" not in {row["developer_id"] for row in tables["fct_badge_progress"]}
    assert "badge_unlocked" in {row["type"] for row in tables["fct_notifications"]}


@pytest.mark.parametrize("given", [{"season": "2026-Q1"}, {"requested_by": "bob"}])
def test_a_revocation_needs_the_award_s_season_and_two_people(given: dict[str, Any]) -> None:
    scene = badge_scene()
    scene.tasks(2, 10)
    assert award(revoked(scene, **given)) == (2, 50, "awarded")


def test_one_season_is_revoked_and_the_next_can_be_won() -> None:
    scene = Scene(day(95))
    tasks = {"type": "metric", "metric": "snowflake.tasks", "target": 10}
    scene.badge("ten", tasks, repeat="season")
    scene.tasks(2, 10)
    scene.tasks(90, 10)
    revoked(scene, season="2026-Q1")
    found = {row["season"]: row["status"] for row in scene.play()["fct_badge_awards"]}
    assert found == {"2026-Q1": "revoked", "2026-Q2": "awarded"}


# --- missions -------------------------------------------------------------------------------------


def mission_scene(*announced: Row, scope: str = "developer") -> Scene:
    scene = Scene(day(9))
    scene.mission("five", "snowflake.tasks", 5, "week", scope=scope)
    scene.announce(*announced)
    return scene


def test_an_announced_mission_that_the_facts_still_give_is_what_it_was() -> None:
    scene = mission_scene(week())
    scene.tasks(2, 6)
    assert outcome(scene) == ("completed", "completed", 2, 150, 6)


@pytest.mark.parametrize(
    ("number", "value"),
    [(1, 6), (3, 6), (2, 4), (2, 1)],  # another day, a later one, only passed, failed
)
def test_a_completed_mission_is_kept_whatever_the_facts_say_now(number: int, value: int) -> None:
    scene = mission_scene(week())
    scene.tasks(number, value)
    assert outcome(scene) == ("kept", "completed", 2, 150, value)
    assert scene.ledger() == [(2, "mission", WEEK, 100), (2, "mission_perfect", WEEK, 50)]


def test_a_mission_without_any_facts_left_is_kept_with_progress_0() -> None:
    attempt = mission_scene(week()).attempt()
    assert (attempt["status"], attempt["progress"], attempt["score"]) == ("kept", 0, 0)
    assert (attempt["period_start"], attempt["period_end"]) == (day(0), day(6))
    assert (attempt["attempt_id"], attempt["target"]) == (WEEK, 5)


def test_a_passed_mission_keeps_its_xp_where_the_score_changed() -> None:
    scene = mission_scene(passed_week())
    scene.tasks(2, "4.5")
    assert outcome(scene) == ("kept", "passed", 6, 80, Decimal("4.5"))


def test_a_passed_mission_is_not_completed_by_a_late_fact() -> None:
    scene = mission_scene(passed_week())
    scene.tasks(2, 5)
    assert outcome(scene) == ("kept", "passed", 6, 80, 5)
    assert scene.attempt()["score"] == 100
    assert scene.ledger() == [(6, "mission", WEEK, 80)]


def test_a_mission_unpublished_since_is_kept() -> None:
    scene = Scene(day(9))
    scene.mission("five", "snowflake.tasks", 5, "week", is_published=False)
    scene.announce(week())
    scene.tasks(2, 6)
    assert outcome(scene) == ("kept", "completed", 2, 150, 0)


def test_a_mission_that_the_pack_no_longer_holds_is_kept_without_a_target() -> None:
    scene = Scene(day(9))
    scene.announce(week())
    assert outcome(scene) == ("kept", "completed", 2, 150, 0)
    assert (scene.attempt()["target"], scene.attempt()["period_end"]) == (None, None)
    assert scene.ledger() == [(2, "mission", WEEK, 100), (2, "mission_perfect", WEEK, 50)]


def test_a_kept_mission_counts_as_what_it_was_announced_as() -> None:
    scene = mission_scene(week())
    scene.badge("completed", {"type": "attempt_count", "target": 1, "status": "completed"})
    scene.badge("failed", {"type": "attempt_count", "target": 1, "status": "failed"})
    scene.badge("named", {"type": "mission", "mission_id": "five"})
    scene.badge("perfect", {"type": "perfect_count", "target": 1})
    scene.badge("rich", {"type": "xp", "target": 150})
    scene.tasks(0, 1)
    assert scene.awards() == [(name, "", 2) for name in ("completed", "named", "perfect", "rich")]
    tables = scene.play()
    assert [
        (row["developer_id"], row["score"])
        for row in tables["leaderboards"]
        if row["board_id"] == "missions_completed"
    ] == [("github:1", 1)]
    assert ("mission_completed", day(2)) in {
        (row["type"], row["activity_date"]) for row in tables["fct_notifications"]
    }


def team_scene(*announced: Row) -> Scene:
    scene = mission_scene(*announced, scope="team")
    scene.team(0, ann=7, bob=7, eve=7)
    return scene


def paid(scene: Scene) -> set[str]:
    return {row["developer_id"] for row in scene.play()["fct_xp_ledger"]}


def test_a_team_s_attempt_is_frozen_as_a_whole() -> None:
    scene = team_scene(team_week("github:1"), team_week("github:2"))
    scene.tasks(0, 3)
    scene.tasks(1, 1, login="eve")  # late: she is not paid any more, and bob still is
    scene.tasks(2, 2)
    assert outcome(scene) == ("kept", "completed", 2, 300, 6)
    assert paid(scene) == {"github:1", "github:2"}
    (attempt,) = scene.play()["fct_mission_attempts"]
    assert (attempt["team_id"], attempt["developer_id"]) == ("github:7", None)


def test_a_team_s_attempt_with_the_same_payees_day_and_xp_is_not_kept() -> None:
    scene = team_scene(team_week("github:2"), team_week("github:1"))
    scene.tasks(0, 3)
    scene.tasks(2, 2, login="bob")
    scene.tasks(3, 9, login="eve")
    assert outcome(scene) == ("completed", "completed", 2, 300, 14)


def test_a_team_s_attempt_without_facts_is_kept() -> None:
    scene = team_scene(team_week("github:1"))
    assert outcome(scene) == ("kept", "completed", 2, 150, 0)
    assert scene.attempt()["team_id"] == "github:7"


def test_a_paid_member_who_opted_out_is_left_out_of_what_is_kept() -> None:
    scene = team_scene(team_week("github:1"), team_week("github:2"))
    scene.tasks(0, 3)
    scene.tasks(2, 2, login="bob")
    scene.opts("out", 9, "bob")
    assert outcome(scene) == ("kept", "completed", 2, 150, 3)
    assert paid(scene) == {"github:1"}
    scene.opts("out", 9, "ann")
    tables = scene.play()
    assert tables["fct_mission_attempts"] == tables["fct_xp_ledger"] == []


# --- challenges -----------------------------------------------------------------------------------


def challenge_scene(*announced: Row, **pack: Any) -> Scene:
    scene = Scene(day(30), **pack)
    scene.challenge("sql")
    scene.announce(*announced)
    return scene


def test_announced_earnings_that_the_facts_still_give_are_not_kept() -> None:
    scene = challenge_scene(earning(1, 70), earning(3, 20))
    for number, score in ((1, 70), (3, 90), (5, 100)):
        scene.submits(number, score)
    assert outcome(scene) == ("completed", "completed", 1, 150, 100)
    assert scene.ledger() == [
        (1, "mission", SQL, 70),
        (3, "mission", SQL, 20),
        (5, "mission", SQL, 10),
        (5, "mission_perfect", SQL, 50),
    ]


def test_a_lowered_score_keeps_its_earnings_and_later_ones_earn_only_what_is_more() -> None:
    scene = challenge_scene(earning(1, 85))
    scene.submits(1, 60)  # restated
    scene.submits(5, 80)  # below what was paid
    scene.submits(7, 95)
    assert outcome(scene) == ("kept", "passed", 1, 95, 95)
    assert scene.ledger() == [(1, "mission", SQL, 85), (7, "mission", SQL, 10)]


def test_a_late_better_score_is_made_up_for_by_the_next_improvement() -> None:
    scene = challenge_scene(earning(5, 70))
    scene.submits(3, 80)  # late
    scene.submits(5, 70)
    assert outcome(scene) == ("kept", "passed", 5, 70, 80)
    scene.submits(8, 90)
    assert scene.ledger() == [(5, "mission", SQL, 70), (8, "mission", SQL, 20)]


def test_what_arrives_late_for_a_day_before_moves_no_announced_day() -> None:
    """Paid on its own day, it would be announced there, and the attempt would move with it."""
    scene = challenge_scene(earning(5, 70))
    scene.submits(3, 100)
    assert scene.ledger() == [(5, "mission", SQL, 70)]
    assert play_night(scene.facts).announced == []


def test_a_raised_score_on_an_announced_day_earns_nothing_more() -> None:
    scene = challenge_scene(earning(5, 70))
    scene.submits(5, 100)
    assert outcome(scene) == ("kept", "passed", 5, 70, 100)


def test_a_vanished_challenge_is_kept_with_progress_0() -> None:
    scene = challenge_scene(earning(1, 70), earning(5, 30, 50))
    assert outcome(scene) == ("kept", "completed", 1, 150, 0)
    assert scene.attempt()["target"] == 100


def test_the_perfect_bonus_is_paid_once_though_the_facts_move_it() -> None:
    scene = challenge_scene(earning(1, 100, 50))
    scene.submits(1, 90)
    scene.submits(4, 100)
    assert outcome(scene) == ("kept", "completed", 1, 150, 100)


def test_the_perfect_bonus_of_a_later_day_is_earned_beside_a_kept_pass() -> None:
    scene = challenge_scene(earning(1, 85))
    scene.badge("perfect", {"type": "perfect_count", "target": 1})
    scene.submits(1, 70)
    scene.submits(4, 100)
    assert outcome(scene) == ("kept", "passed", 1, 150, 100)
    assert (4, "mission_perfect", SQL, 50) in scene.ledger()
    assert scene.awards() == [("perfect", "", 4)]


def test_equal_earnings_without_a_pass_are_kept() -> None:
    scene = Scene(day(9), xp_requires_pass=False)
    scene.challenge("sql", base_xp=50)
    scene.announce(earning(1, 35))
    scene.submits(1, "69.5")  # 34.75 -> 35 as well, and no pass
    assert outcome(scene)[:4] == ("kept", "passed", 1, 35)


# --- what a night announces -----------------------------------------------------------------------


def announced_by(scene: Scene) -> list[dict[str, Any]]:
    """The rows that the night adds to the record, without what is null."""
    return [
        {column: value for column, value in row.items() if value is not None}
        for row in play_night(scene.facts).announced
    ]


def test_a_night_announces_badges_once() -> None:
    scene = badge_scene()
    scene.tasks(2, 10)
    (row,) = announced_by(scene)
    assert row == {
        "kind": "badge",
        "developer_id": "github:1",
        "reference_id": "ten",
        "version": 1,
        "status": "awarded",
        "decided_on": day(2),
        "xp": 50,
        "xp_perfect": 0,
        "run_id": "run-1",
    }
    assert set(play_night(scene.facts).announced[0]) == set(rows.COLUMNS["ops.announced_awards"])
    scene.announce(*play_night(scene.facts).announced)
    assert announced_by(scene) == []


def test_a_night_announces_a_mission_to_each_whom_it_paid() -> None:
    scene = team_scene()
    scene.tasks(0, 3)
    scene.tasks(2, 2, login="bob")
    of_mission = {
        "kind": "mission",
        "reference_id": TEAM,
        "mission_id": "five",
        "version": 1,
        "team_id": "github:7",
        "period_start": day(0),
        "status": "completed",
        "decided_on": day(2),
        "xp": 100,
        "xp_perfect": 50,
        "perfect_on": day(2),
        "run_id": "run-1",
    }
    assert announced_by(scene) == [
        of_mission | {"developer_id": "github:1"},
        of_mission | {"developer_id": "github:2"},
    ]
    scene.announce(*play_night(scene.facts).announced)
    assert outcome(scene)[:2] == ("completed", "completed")


def test_a_night_announces_a_challenge_day_by_day_and_later_only_what_is_new() -> None:
    scene = challenge_scene()
    scene.submits(1, 70)
    scene.submits(3, 90)
    assert [(row["decided_on"], row["xp"], row["status"]) for row in announced_by(scene)] == [
        (day(1), 70, "passed"),
        (day(3), 20, "passed"),
    ]
    scene.announce(*play_night(scene.facts).announced)
    scene.submits(5, 100)
    assert [
        (row["decided_on"], row["xp"], row["xp_perfect"], row["perfect_on"], row["status"])
        for row in announced_by(scene)
    ] == [(day(5), 10, 50, day(5), "completed")]


@pytest.mark.parametrize("value", [1, 0])
def test_what_is_open_or_failed_is_not_announced(value: int) -> None:
    scene = mission_scene()
    scene.challenge("sql")
    scene.submits(1, 60)
    scene.tasks(2, value)
    scene.tasks(8, 1)
    assert announced_by(scene) == []


def test_a_mission_worth_nothing_is_announced_all_the_same() -> None:
    scene = Scene(day(9))
    scene.mission("five", "snowflake.tasks", 5, "week", base_xp=0)
    scene.tasks(2, 5)
    (row,) = announced_by(scene)
    assert (row["status"], row["xp"], row["xp_perfect"]) == ("completed", 0, 0)
    scene.announce(*play_night(scene.facts).announced)
    scene.facts.tables["raw_snowflake.metrics"].clear()
    assert outcome(scene) == ("kept", "completed", 2, 0, 0)


def test_nothing_is_announced_of_who_opted_out_and_of_revoked_awards() -> None:
    scene = badge_scene()
    scene.tasks(2, 10)
    scene.tasks(2, 10, login="eve")
    revoked(scene)
    scene.opts("out", 9, "eve")
    assert announced_by(scene) == []


def test_who_opted_out_and_in_again_has_what_was_announced_before() -> None:
    scene = badge_scene(rows.announced("badge", "github:1", "ten", day(2)))
    scene.opts("out", 4, "ann")
    assert scene.play()["fct_badge_awards"] == []
    scene.opts("in", 6, "ann")
    assert award(scene) == (2, 50, "kept")


def test_a_night_played_again_on_its_own_announcements_announces_and_pays_nothing_more() -> None:
    scene = team_scene()
    scene.challenge("sql")
    scene.badge("one", {"type": "attempt_count", "target": 1, "status": "passed"})
    scene.tasks(0, 5)
    scene.submits(1, 85)
    first = play_night(scene.facts)
    assert len(first.announced) == 3
    scene.announce(*first.announced)
    second = play_night(scene.facts)
    assert second.announced == []
    assert second.tables["fct_xp_ledger"] == first.tables["fct_xp_ledger"]
    assert second.tables["fct_badge_awards"] == first.tables["fct_badge_awards"]
