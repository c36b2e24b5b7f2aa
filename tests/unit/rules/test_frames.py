"""A pack as rows of the raw_rules tables, against rows written by hand."""

from datetime import date
from decimal import Decimal

import pytest

from ingest import tables
from ingest.rules import Metric

PACK = """
name: hand
level_curve: geometric_115
daily_activity_cap: 80
xp_requires_pass: false
calendar:
  time_zone: Europe/Paris
  working_days: [sun, mon]
  holidays: {2026-12-25: Christmas Day, 2027-01-01: }
streak:
  qualifying_metrics: [github.reviews_given]
  freezes: {start: 1, cap: 2, refill_every: 10}
  bonus: {per_day: 4, cap: 40}
  max_pending_days: 3
bots: ["*[bot]", "Svc_?-100%!"]
excluded_repositories: [octo-org/sandbox]
"""
TASKS = Metric("snowflake.tasks", "tasks", "snowflake", "tasks completed")


def rows(pack, table):
    return pack.frames()[table].rows(named=True)


def test_every_rules_table_has_a_frame_with_its_columns_and_types(load):
    frames = load().frames()
    expected = {table for table in tables.TABLES if table.schema == "raw_rules"}
    assert set(frames) == expected
    assert all(frame.schema == table.columns for table, frame in frames.items())


def test_the_settings_are_one_row(load):
    pack = load({"pack.yml": PACK})
    assert rows(pack, tables.RULES_PACKS) == [
        {
            "pack_name": "hand",
            "pack_hash": pack.hash,
            "level_curve": "geometric_115",
            "daily_activity_cap": 80,
            "xp_requires_pass": False,
            "time_zone": "Europe/Paris",
            "freezes_start": 1,
            "freezes_cap": 2,
            "freezes_refill_every": 10,
            "streak_bonus_per_day": 4,
            "streak_bonus_cap": 40,
            "max_pending_days": 3,
        }
    ]


def test_no_cap_is_null_and_no_bonus_is_0(load):
    (row,) = rows(load({"pack.yml": "name: x\nstreak: {bonus: none}\n"}), tables.RULES_PACKS)
    assert row["daily_activity_cap"] is None
    assert (row["streak_bonus_per_day"], row["streak_bonus_cap"]) == (0, 0)


def test_the_lists_of_the_settings_are_a_row_each(load):
    pack = load({"pack.yml": PACK})
    assert rows(pack, tables.RULES_WORKING_DAYS) == [{"iso_weekday": 7}, {"iso_weekday": 1}]
    assert rows(pack, tables.RULES_QUALIFYING_METRICS) == [{"metric": "github.reviews_given"}]
    assert rows(pack, tables.RULES_HOLIDAYS) == [
        {"date_day": date(2026, 12, 25), "holiday_name": "Christmas Day"},
        {"date_day": date(2027, 1, 1), "holiday_name": None},
    ]
    assert rows(pack, tables.RULES_EXCLUDED_REPOSITORIES) == [{"repository": "octo-org/sandbox"}]


def test_holidays_may_be_a_plain_list(load):
    pack = load({"pack.yml": "name: x\ncalendar: {holidays: [2026-12-25]}\n"})
    assert rows(pack, tables.RULES_HOLIDAYS) == [
        {"date_day": date(2026, 12, 25), "holiday_name": None}
    ]


def test_login_patterns_become_lower_case_like_patterns_with_escapes(load):
    assert rows(load({"pack.yml": PACK}), tables.RULES_BOT_PATTERNS) == [
        {"pattern": "*[bot]", "like_pattern": "%[bot]"},
        {"pattern": "Svc_?-100%!", "like_pattern": "svc!__-100!%!!"},
    ]


def test_the_registry_holds_the_built_in_and_the_declared_metrics(load):
    registry = {row["metric"]: row for row in rows(load({}, [TASKS]), tables.RULES_METRICS)}
    assert set(registry) == {
        "copilot.active_day",
        "copilot.interactions",
        "copilot.generations",
        "copilot.acceptances",
        "copilot.lines_suggested",
        "copilot.lines_added",
        "copilot.features_used",
        "copilot.languages_used",
        "copilot.models_used",
        "github.pull_requests_merged",
        "github.reviews_given",
        "github.issues_closed",
        "github.colleagues_reviewed",
        "github.repositories_active",
        "snowflake.tasks",
    }
    assert registry["snowflake.tasks"] == {
        "metric": "snowflake.tasks",
        "unit": "tasks",
        "source": "snowflake",
        "description": "tasks completed",
    }
    assert {name: row["source"] for name, row in registry.items()} == {
        name: name.split(".")[0] for name in registry
    }


def test_a_metric_that_two_extracts_declare_is_in_the_registry_once(load):
    names = [row["metric"] for row in rows(load({}, [TASKS, TASKS]), tables.RULES_METRICS)]
    assert names.count("snowflake.tasks") == 1


def test_xp_rules_carry_exact_amounts_and_defaults(load):
    pack = load(
        {
            "xp_rules.yml": """
- {id: r, metric: github.reviews_given, points: 0.1, valid_from: 2020-01-01, valid_to: 2020-12-31}
- {id: r, version: 2, metric: github.reviews_given, points: 7, per: 2.5, daily_cap: 30,
   priority: 5, valid_from: 2021-01-01, description: Reviews}
"""
        }
    )
    assert rows(pack, tables.RULES_XP_RULES) == [
        {
            "rule_id": "r",
            "version": 1,
            "metric": "github.reviews_given",
            "points": Decimal("0.1"),
            "per": Decimal(1),
            "daily_cap": None,
            "priority": 100,
            "valid_from": date(2020, 1, 1),
            "valid_to": date(2020, 12, 31),
            "description": None,
        },
        {
            "rule_id": "r",
            "version": 2,
            "metric": "github.reviews_given",
            "points": Decimal(7),
            "per": Decimal("2.5"),
            "daily_cap": 30,
            "priority": 5,
            "valid_from": date(2021, 1, 1),
            "valid_to": None,
            "description": "Reviews",
        },
    ]


def test_missions_and_challenges_are_rows_of_one_table(load):
    pack = load(
        {
            "missions.yml": """
- {id: m, name: M, description: Do it, difficulty: hard, metric: copilot.active_day,
   aggregate: days, target: 4.5, period: month, scope: team, pass_threshold: 60,
   valid_from: 2020-01-01, valid_to: 2029-12-31, badge: first, tags: [a, b c], author: admin,
   published: false}
""",
            "challenges.yml": "- {id: c, name: C, xp: 75, valid_from: 2020-01-01}",
        }
    )
    assert rows(pack, tables.RULES_MISSIONS) == [
        {
            "mission_id": "m",
            "version": 1,
            "name": "M",
            "description": "Do it",
            "kind": "mission",
            "difficulty": "hard",
            "base_xp": 200,
            "metric": "copilot.active_day",
            "aggregate": "days",
            "target": Decimal("4.5"),
            "period": "month",
            "scope": "team",
            "pass_threshold": Decimal(60),
            "valid_from": date(2020, 1, 1),
            "valid_to": date(2029, 12, 31),
            "badge_id": "first",
            "tags": "a,b c",
            "author": "admin",
            "is_published": False,
        },
        {
            "mission_id": "c",
            "version": 1,
            "name": "C",
            "description": None,
            "kind": "challenge",
            "difficulty": None,
            "base_xp": 75,
            "metric": None,
            "aggregate": None,
            "target": None,
            "period": None,
            "scope": "developer",
            "pass_threshold": Decimal(70),
            "valid_from": date(2020, 1, 1),
            "valid_to": None,
            "badge_id": None,
            "tags": "",
            "author": "system",
            "is_published": True,
        },
    ]


@pytest.mark.parametrize(("difficulty", "xp"), [("easy", 50), ("medium", 100), ("hard", 200)])
def test_a_difficulty_is_worth(load, difficulty, xp):
    pack = load(
        {
            "challenges.yml": f"- {{id: c, name: C, difficulty: {difficulty}, "
            "valid_from: 2020-01-01}"
        }
    )
    assert rows(pack, tables.RULES_MISSIONS)[-1]["base_xp"] == xp


def with_condition(condition: str) -> dict[str, str]:
    return {
        "badges.yml": "- {id: b, version: 3, name: B, category: special, rarity: epic, "
        "xp_reward: 250, icon: X, valid_from: 2020-01-01, repeat: season, "
        f"condition: {condition}}}"
    }


def test_a_badge_is_a_row_with_its_condition_as_canonical_text(load):
    pack = load(with_condition("{type: metric, threshold: 2.50, metric: github.reviews_given}"))
    assert rows(pack, tables.RULES_BADGES) == [
        {
            "badge_id": "b",
            "version": 3,
            "name": "B",
            "description": None,
            "category": "special",
            "rarity": "epic",
            "xp_reward": 250,
            "icon": "X",
            "condition": '{"metric":"github.reviews_given","threshold":2.5,"type":"metric"}',
            "repeat": "season",
            "valid_from": date(2020, 1, 1),
            "valid_to": None,
        }
    ]


#: condition: (type, metric, target, window_days, status, mission_id)
CONDITIONS = {
    "{type: xp, threshold: 1000}": ("xp", None, Decimal(1000), None, None, None),
    "{type: metric, metric: github.reviews_given, threshold: 0.5, window_days: 7}": (
        "metric",
        "github.reviews_given",
        Decimal("0.5"),
        7,
        None,
        None,
    ),
    "{type: distinct_values, metric: copilot.models_used, count: 3, window_days: 90}": (
        "distinct_values",
        "copilot.models_used",
        Decimal(3),
        90,
        None,
        None,
    ),
    "{type: attempt_count, count: 10}": ("attempt_count", None, Decimal(10), None, "passed", None),
    "{type: attempt_count, count: 2, status: completed}": (
        "attempt_count",
        None,
        Decimal(2),
        None,
        "completed",
        None,
    ),
    "{type: perfect_count, count: 4}": ("perfect_count", None, Decimal(4), None, None, None),
    "{type: consecutive_days, days: 5}": ("consecutive_days", None, Decimal(5), None, None, None),
    "{type: consecutive_days, days: 5, mode: consecutive}": (
        "consecutive_days",
        None,
        Decimal(5),
        None,
        None,
        None,
    ),
    "{type: consecutive_days, days: 7, mode: distinct}": (
        "distinct_days",
        None,
        Decimal(7),
        None,
        None,
        None,
    ),
    "{type: distinct_days, days: 6, metric: github.issues_closed}": (
        "distinct_days",
        "github.issues_closed",
        Decimal(6),
        None,
        None,
        None,
    ),
    "{type: mission, mission_id: reviewer}": ("mission", None, Decimal(1), None, None, "reviewer"),
    "{type: mission, mission_id: sql}": ("mission", None, Decimal(1), None, None, "sql"),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_plain_condition_is_one_row_with_index_1(load, text):
    kind, metric, target, window_days, status, mission_id = CONDITIONS[text]
    assert rows(load(with_condition(text)), tables.RULES_BADGE_CONDITIONS) == [
        {
            "badge_id": "b",
            "version": 3,
            "condition_index": 1,
            "type": kind,
            "metric": metric,
            "target": target,
            "window_days": window_days,
            "status": status,
            "mission_id": mission_id,
        }
    ]


def test_all_of_is_a_row_for_each_part(load):
    pack = load(
        with_condition(
            "{type: all_of, conditions: [{type: xp, threshold: 10}, "
            "{type: consecutive_days, days: 3, mode: distinct}]}"
        )
    )
    conditions = rows(pack, tables.RULES_BADGE_CONDITIONS)
    assert [(row["condition_index"], row["type"], row["target"]) for row in conditions] == [
        (1, "xp", Decimal(10)),
        (2, "distinct_days", Decimal(3)),
    ]
    assert rows(pack, tables.RULES_BADGES)[0]["condition"] == (
        '{"conditions":[{"threshold":10,"type":"xp"},{"days":3,"type":"distinct_days"}],'
        '"type":"all_of"}'
    )
