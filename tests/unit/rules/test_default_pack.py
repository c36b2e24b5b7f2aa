"""The default pack keeps what the specification promises of it."""

import re
from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

import ingest.rules
from ingest.rules import Metric, load_pack

PROJECT = Path(ingest.rules.__file__).parents[2]
TASKS = Metric("snowflake.tasks_completed", "tasks", "snowflake", "tasks completed")
BADGE_PACK = PROJECT.parent / "shared" / "spec" / "badge-pack.md"


@pytest.fixture(scope="module")
def default():
    return load_pack(Path(ingest.rules.__file__).parent / "default", [TASKS])


def test_it_has_no_warnings_where_snowflake_declares_the_tasks(default):
    assert default.warnings == []


def test_it_loads_with_one_warning_where_nothing_declares_the_tasks():
    pack = load_pack(Path(ingest.rules.__file__).parent / "default")
    (warning,) = pack.warnings
    assert "snowflake.tasks_completed" in warning


def test_its_settings_are_those_of_the_specifications_example(default):
    game = default.game
    assert (game.name, game.level_curve, game.daily_activity_cap) == ("default", "sqrt_100", 150)
    assert game.xp_requires_pass is True
    assert game.calendar.time_zone == "UTC"
    assert game.calendar.working_days == ["mon", "tue", "wed", "thu", "fri"]
    assert list(game.calendar.holidays) == [date(2026, 12, 25)]
    assert game.bots == ["*[bot]", "svc-*"]
    assert game.excluded_repositories == []


def test_everything_is_valid_from_2016_without_an_end(default):
    entries = [*default.xp_rules, *default.missions, *default.challenges, *default.badges]
    assert {(entry.valid_from, entry.valid_to) for entry in entries} == {(date(2016, 1, 1), None)}


# XP rules


def test_xp_is_given_for_what_the_specification_lists(default):
    assert {rule.metric for rule in default.xp_rules} == {
        "copilot.active_day",
        "copilot.features_used",
        "copilot.languages_used",
        "github.pull_requests_merged",
        "github.reviews_given",
        "github.issues_closed",
        "snowflake.tasks_completed",
    }


def test_a_merged_pull_request_is_scored_as_in_the_specifications_example(default):
    (rule,) = [rule for rule in default.xp_rules if rule.id == "pr_merged"]
    assert (rule.points, rule.per, rule.daily_cap, rule.priority) == (20, 1, 60, 20)


def served(rules, most):
    """What each rule gets of a day on which all are at their caps, in (priority, id) order."""
    shares = {}
    for rule in sorted(rules, key=lambda rule: (rule.priority, rule.id)):
        shares[rule.metric] = min(rule.daily_cap, most - sum(shares.values()))
    return shares


@pytest.mark.parametrize("most", [10**9, 150])
def test_at_the_caps_at_least_40_percent_come_from_helping_others(default, most):
    shares = served(default.xp_rules, most)
    helping = shares["github.reviews_given"] + shares["github.issues_closed"]
    assert Fraction(helping, sum(shares.values())) >= Fraction(40, 100)


# Missions and challenges


def test_it_has_at_least_9_missions_over_all_periods_difficulties_and_scopes(default):
    missions = default.missions
    assert len(missions) >= 9
    assert {mission.period for mission in missions} == {"day", "week", "month", "once"}
    assert {m.difficulty for m in missions if m.difficulty} == {"easy", "medium", "hard"}
    assert {mission.scope for mission in missions} == {"developer", "team"}
    assert {mission.aggregate for mission in missions} == {"sum", "days"}
    assert all(mission.published and mission.description for mission in missions)


def test_it_holds_the_briefs_own_example(default):
    (mission,) = [m for m in default.missions if "500 lines of code" in m.description]
    assert mission.description == "Use Copilot to generate 500 lines of code this week"
    assert (mission.metric, mission.aggregate) == ("copilot.lines_added", "sum")
    assert (mission.target, mission.period, mission.scope) == (500, "week", "developer")


def test_the_weekly_reviewer_is_that_of_the_specifications_example(default):
    (mission,) = [m for m in default.missions if m.id == "weekly_reviewer"]
    assert (mission.difficulty, mission.metric) == ("medium", "github.reviews_given")
    assert (mission.aggregate, mission.target, mission.period) == ("sum", 5, "week")
    assert (mission.scope, mission.tags) == ("developer", ["review"])


def test_it_has_exactly_the_7_sample_challenges(default):
    assert sorted(challenge.id for challenge in default.challenges) == [
        "git_mastery",
        "incident_response",
        "prompt_craft",
        "secure_coding",
        "sql_basics",
        "system_design",
        "testing_essentials",
    ]
    assert {c.difficulty for c in default.challenges} == {"easy", "medium", "hard"}
    assert all(challenge.published for challenge in default.challenges)


# Badges


def test_it_has_27_badges_in_9_categories(default):
    assert len({badge.id for badge in default.badges}) == len(default.badges) == 27
    assert Counter(badge.category for badge in default.badges) == {
        "scenarios": 6,
        "study_time": 4,
        "streaks": 3,
        "vocabulary": 3,
        "conversations": 3,
        "milestones": 3,
        "perfection": 2,
        "engagement": 2,
        "special": 1,
    }


@pytest.mark.parametrize(
    ("rarity", "count", "least", "most"),
    [
        ("common", 8, 50, 50),
        ("rare", 11, 100, 200),
        ("epic", 6, 250, 500),
        ("legendary", 2, 1000, 1000),
    ],
)
def test_the_badges_of_a_rarity_are_so_many_and_worth_so_much(default, rarity, count, least, most):
    rewards = [badge.xp_reward for badge in default.badges if badge.rarity == rarity]
    assert len(rewards) == count
    assert all(least <= reward <= most for reward in rewards)


def test_the_17_named_badges_are_there(default):
    assert {badge.id for badge in default.badges} >= {
        "first_scenario",
        "scenario_marathoner",
        "quick_learner",
        "study_legend",
        "week_warrior",
        "unstoppable_force",
        "word_collector",
        "vocabulary_virtuoso",
        "conversationalist",
        "social_butterfly",
        "first_steps",
        "centurion",
        "perfectionist",
        "flawless_master",
        "early_bird",
        "night_owl",
        "polyglot",
    }


def test_each_badge_has_a_name_a_sentence_and_an_icon_of_its_own(default):
    for what in ("name", "description", "icon"):
        values = [getattr(badge, what) for badge in default.badges]
        assert all(values)
        assert len(set(values)) == 27


def test_no_sentence_of_the_pack_mentions_a_clock(default):
    entries = [*default.xp_rules, *default.missions, *default.challenges, *default.badges]
    told = " ".join(entry.description or "" for entry in entries).lower()
    assert not re.search(r"\b(hours?|clock|o'clock|midnight|late|evening|morning)\b", told)


@pytest.mark.skipif(not BADGE_PACK.exists(), reason="the shared specification is not here")
def test_the_badges_are_those_of_the_worked_proposal(default):
    lines = re.findall(
        r"^\| (\w+) \| (\w+) \| (.+?) \| (\w+) \| (\d+) \|$",
        BADGE_PACK.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    proposed = {
        badge_id: (category, rarity, int(xp), numbers_and_metrics(condition))
        for category, badge_id, condition, rarity, xp in lines
    }
    assert len(proposed) == 27
    assert {
        badge.id: (badge.category, badge.rarity, badge.xp_reward, told(badge.condition))
        for badge in default.badges
    } == proposed


def numbers_and_metrics(condition: str) -> tuple:
    """`distinct_values copilot.features_used 3` as (type, metric, number, window, status)."""
    condition = re.sub(r" \(.*\)", "", condition)
    kind, *words = re.split(r",? ", condition)
    window = words.pop() if "window_days" in words else None
    status = words.pop() if words[-1] == "passed" else None
    metric = words[0] if "." in words[0] else None
    number = next(word for word in words if word.isdigit())
    return kind, metric, number, window, status


def told(condition) -> tuple:
    fields = condition.model_dump()
    number = next(fields[name] for name in ("threshold", "count", "days") if name in fields)
    window = fields.get("window_days")
    return (
        fields["type"],
        fields.get("metric"),
        str(number),
        window and str(window),
        fields.get("status"),
    )
