"""A right pack: exact values, defaults, its hash, its warnings."""

from datetime import date
from decimal import Decimal

import pytest

from ingest.rules import Metric

TASKS = Metric("snowflake.tasks_completed", "tasks", "snowflake", "tasks completed")


def xp_rule(fields: str) -> dict[str, str]:
    return {"xp_rules.yml": f"- {{id: r, valid_from: 2020-01-01, {fields}}}\n"}


def test_decimals_are_exact(load):
    pack = load(xp_rule("metric: github.reviews_given, points: 0.1, per: .3"))
    assert (pack.xp_rules[0].points, pack.xp_rules[0].per) == (Decimal("0.1"), Decimal("0.3"))


def test_dates_may_stand_in_quotes(load):
    pack = load(xp_rule('metric: github.reviews_given, points: 1, valid_to: "2020-02-29"'))
    assert pack.xp_rules[0].valid_to == date(2020, 2, 29)


def test_the_words_that_yaml_1_1_takes_for_flags_are_text(load):
    pack = load({"challenges.yml": "- {id: no, name: On, xp: 1, valid_from: 2020-01-01}"})
    assert (pack.challenges[0].id, pack.challenges[0].name) == ("no", "On")


def test_a_file_may_begin_with_a_byte_order_mark(load):
    assert load({"pack.yml": "\ufeffname: small\n"}).game.name == "small"


def test_the_settings_of_a_pack_that_names_only_itself_are_those_of_the_specification(load):
    game = load().game
    assert game.level_curve == "sqrt_100"
    assert game.daily_activity_cap is None
    assert game.xp_requires_pass is True
    assert game.calendar.time_zone == "UTC"
    assert game.calendar.working_days == ["mon", "tue", "wed", "thu", "fri"]
    assert (game.streak.freezes.start, game.streak.freezes.cap) == (3, 3)
    assert game.streak.freezes.refill_every == 20
    assert (game.streak.bonus.per_day, game.streak.bonus.cap) == (5, 50)
    assert game.streak.max_pending_days == 7
    assert game.streak.qualifying_metrics == [
        "copilot.active_day",
        "github.pull_requests_merged",
        "github.reviews_given",
        "github.issues_closed",
    ]


def test_the_time_zone_is_that_of_the_calendar(load):
    pack = load({"pack.yml": "name: small\ncalendar: {time_zone: Asia/Kolkata}\n"})
    assert pack.time_zone == "Asia/Kolkata"


def test_a_gap_between_two_versions_is_allowed(load):
    pack = load(
        {
            "xp_rules.yml": """
- {id: r, metric: github.reviews_given, points: 1, valid_from: 2020-01-01, valid_to: 2020-06-30}
- {id: r, version: 2, metric: github.reviews_given, points: 2, valid_from: 2020-08-01}
"""
        }
    )
    assert [rule.version for rule in pack.xp_rules] == [1, 2]


def test_lists_of_entries_may_be_empty_where_another_is_not(load):
    pack = load({"missions.yml": "[]", "challenges.yml": "[]", "badges.yml": "[]"})
    assert len(pack.xp_rules) == 1


# The hash

RULES = """
- {id: a, metric: github.reviews_given, points: 20, valid_from: 2020-01-01}
- {id: b, metric: github.issues_closed, points: 0.5, valid_from: 2020-01-01}
"""
SAME_RULES = {
    "comments": "# why\n" + RULES,
    "order of fields": RULES.replace(
        "id: a, metric: github.reviews_given", "metric: github.reviews_given, id: a"
    ),
    "order of entries": "".join(f"{line}\n" for line in reversed(RULES.strip().splitlines())),
    "spelling of numbers": RULES.replace("points: 20", "points: 20.00"),
    "quotes": RULES.replace("2020-01-01", '"2020-01-01"'),
    "defaults written out": RULES.replace("points: 20", "points: 20, per: 1, priority: 100"),
}
OTHER_RULES = {
    "value": RULES.replace("points: 20", "points: 21"),
    "small value": RULES.replace("0.5", "0.500001"),
    "validity": RULES.replace("2020-01-01}", "2020-01-02}"),
    "cap": RULES.replace("points: 20", "points: 20, daily_cap: 0"),
    "words": RULES.replace("points: 20", "points: 20, description: A review"),
}


@pytest.mark.parametrize("what", SAME_RULES)
def test_the_hash_stays_when_only_the_writing_differs_in(load, what):
    assert load({"xp_rules.yml": SAME_RULES[what]}).hash == load({"xp_rules.yml": RULES}).hash


@pytest.mark.parametrize("what", OTHER_RULES)
def test_the_hash_changes_with_the(load, what):
    assert load({"xp_rules.yml": OTHER_RULES[what]}).hash != load({"xp_rules.yml": RULES}).hash


def test_the_hash_is_one_of_64_hex_digits_and_covers_every_file(load):
    small = load().hash
    assert len(small) == 64
    assert int(small, 16)
    others = {
        load({"pack.yml": "name: small\nxp_requires_pass: false\n"}).hash,
        load({"missions.yml": "[]"}).hash,
        load({"challenges.yml": "[]"}).hash,
        load({"badges.yml": "[]"}).hash,
        load({"xp_rules.yml": "[]"}).hash,
    }
    assert len(others | {small}) == 6


def test_declared_metrics_do_not_change_the_hash(load):
    assert load({}, [TASKS]).hash == load().hash


# Warnings


def test_a_right_pack_has_no_warnings(load):
    assert load().warnings == []


@pytest.mark.parametrize(
    "metric",
    [
        "copilot.lines_added",
        "copilot.lines_suggested",
        "copilot.acceptances",
        "snowflake.diff_size",
    ],
)
def test_xp_for_volume_is_a_warning(load, metric):
    size = Metric("snowflake.diff_size", "lines of code", "snowflake", "lines changed")
    (warning,) = load(xp_rule(f"metric: {metric}, points: 1"), [size]).warnings
    assert warning.startswith(f"xp_rules.yml, entry r, field metric: {metric} measures volume")


def test_a_rule_of_0_points_for_lines_is_no_warning(load):
    assert load(xp_rule("metric: copilot.lines_added, points: 0")).warnings == []


def test_a_mission_may_ask_for_lines_without_a_warning(load):
    files = {
        "missions.yml": "- {id: m, name: M, xp: 9, metric: copilot.lines_added, target: 500, "
        "period: week, valid_from: 2020-01-01}"
    }
    assert load(files).warnings == []


@pytest.mark.parametrize("metric", ["snowflake.tasks_complete", "file.talks_given"])
def test_a_metric_that_may_be_declared_later_is_a_warning(load, metric):
    (warning,) = load(xp_rule(f"metric: {metric}, points: 1"), [TASKS]).warnings
    assert warning.startswith(
        f"xp_rules.yml, entry r: no extract of this installation declares {metric}"
    )


def test_a_near_declared_metric_is_proposed(load):
    (warning,) = load(xp_rule("metric: snowflake.task_completed, points: 1"), [TASKS]).warnings
    assert "(did you mean snowflake.tasks_completed?)" in warning


def test_an_undeclared_metric_is_found_in_conditions_and_streaks(load):
    files = {
        "pack.yml": "name: small\nstreak: {qualifying_metrics: [file.a]}\n",
        "badges.yml": "- {id: b, name: B, category: special, rarity: rare, xp_reward: 5, "
        "valid_from: 2020-01-01, condition: {type: all_of, conditions: "
        "[{type: metric, metric: file.b, threshold: 1}]}}",
    }
    assert [line.split(":")[0] for line in load(files).warnings] == [
        "pack.yml, entry small",
        "badges.yml, entry b",
    ]


def test_a_declared_metric_is_no_warning(load):
    assert load(xp_rule("metric: snowflake.tasks_completed, points: 1"), [TASKS]).warnings == []


def test_a_yaml_file_that_is_not_read_is_a_warning(load):
    assert load({"badge.yml": "[]"}).warnings == [
        "badge.yml is no file of a rule pack and was not read."
    ]
