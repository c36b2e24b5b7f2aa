"""What a changed pack says otherwise, and which of it waits; published is 10 June 2026."""

from datetime import date

import pytest

from ingest.rules import changes_between, pack_of_text
from tests.unit.rules.conftest import SMALL

AS_OF = date(2026, 6, 10)
MERGED = "{id: merged, metric: github.pull_requests_merged, points: 20, valid_from: 2020-01-01"
BADGE = SMALL["badges.yml"]


def entry(fields: str) -> str:
    return f"- {{{fields}}}\n"


@pytest.fixture
def told(load):
    """The changes from the small pack with some files to it with others, each with its waiting."""

    def _told(after: dict[str, str], before: dict[str, str] | None = None) -> list[tuple]:
        found = changes_between(load(before), load(after), AS_OF)
        return [(str(change), "waits" if change.waits else "by itself") for change in found]

    return _told


def rules(*fields: str) -> dict[str, str]:
    return {"xp_rules.yml": "".join(f"- {MERGED}{more}}}\n" for more in fields)}


def test_nothing_is_told_of_a_pack_that_says_the_same(told):
    assert told({}) == []
    assert told({"xp_rules.yml": SMALL["xp_rules.yml"].replace("20,", "20.0, per: 1,")}) == []


NEW = {
    "xp_rules.yml": "id: new, metric: github.reviews_given, points: 5",
    "missions.yml": "id: new, name: New, xp: 5, metric: github.reviews_given, target: 1, "
    "period: day",
    "challenges.yml": "id: new, name: New, xp: 5",
    "badges.yml": "id: new, name: New, category: special, rarity: rare, xp_reward: 5, "
    "condition: {type: xp, threshold: 5}",
}


@pytest.mark.parametrize("file", NEW)
@pytest.mark.parametrize(
    ("valid_from", "outcome"), [("2026-06-10", "waits"), ("2026-06-11", "by itself")]
)
def test_a_new_entry_waits_unless_it_begins_after_the_day(told, file, valid_from, outcome):
    after = {file: SMALL[file] + entry(f"{NEW[file]}, valid_from: {valid_from}")}
    assert told(after) == [(f"{file}, entry new, new from {valid_from}", outcome)]


def test_a_new_version_after_the_day_takes_effect_by_itself_with_the_old_one_closed(told):
    closed = ", valid_to: 2026-06-30"
    new = "- {id: merged, version: 2, metric: github.pull_requests_merged, points: 25, "
    after = {"xp_rules.yml": rules(closed)["xp_rules.yml"] + new + "valid_from: 2026-07-01}\n"}
    assert told(after) == [
        (
            "xp_rules.yml, entry merged, version 1, field valid_to: '2026-06-30' instead of "
            "nothing",
            "by itself",
        ),
        ("xp_rules.yml, entry merged, version 2, new from 2026-07-01", "by itself"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("", ", valid_to: 2026-06-10", "by itself"),
        ("", ", valid_to: 2026-06-09", "waits"),
        (", valid_to: 2026-12-31", ", valid_to: 2026-06-11", "by itself"),
        (", valid_to: 2026-12-31", ", valid_to: 2027-01-01", "waits"),
        (", valid_to: 2026-12-31", "", "waits"),
        (", valid_to: 2026-06-01", ", valid_to: 2026-06-10", "waits"),
    ],
    ids=["today", "before today", "earlier", "later", "no more", "a past end moved"],
)
def test_closing_an_entry_waits_unless_it_still_holds_on_the_day(told, before, after, outcome):
    ((_, found),) = told(rules(after), rules(before))
    assert found == outcome


def test_a_closed_entry_with_another_value_waits_for_the_value(told):
    after = {"xp_rules.yml": rules(", valid_to: 2026-06-30")["xp_rules.yml"].replace("20,", "25,")}
    assert told(after) == [
        ("xp_rules.yml, entry merged, field valid_to: '2026-06-30' instead of nothing",
         "by itself"),
        ("xp_rules.yml, entry merged, field points: 25 instead of 20", "waits"),
    ]  # fmt: skip


def test_an_entry_taken_out_waits(told):
    before = {"challenges.yml": SMALL["challenges.yml"] + entry(
        "id: later, name: Later, xp: 5, valid_from: 2027-01-01"
    )}  # fmt: skip
    assert told({}, before) == [("challenges.yml, entry later, taken out", "waits")]


def test_an_entry_with_another_beginning_waits(told):
    after = {"xp_rules.yml": SMALL["xp_rules.yml"].replace("2020-01-01", "2026-06-11")}
    ((_, found),) = told(after)
    assert found == "waits"


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("badges.yml", "name: First", "name: The First"),
        ("badges.yml", "rarity: common", "rarity: common, description: Begun"),
        ("badges.yml", "rarity: common", "rarity: common, icon: '⭐'"),
        ("missions.yml", "period: week", "period: week, tags: [review]"),
        ("missions.yml", "period: week", "period: week, author: admin"),
        ("xp_rules.yml", "points: 20", "points: 20, description: Merged"),
        ("pack.yml", "name: small", "name: tiny"),
    ],
)
def test_texts_that_no_figure_depends_on_take_effect_by_themselves(told, file, was, now):
    ((_, found),) = told({file: SMALL[file].replace(was, now)})
    assert found == "by itself"


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("badges.yml", "rarity: common", "rarity: rare"),
        ("badges.yml", "category: milestones", "category: special"),
        ("badges.yml", "threshold: 1}", "threshold: 2}"),
        ("badges.yml", "rarity: common", "rarity: common, repeat: season"),
        ("missions.yml", "target: 5", "target: 4"),
        ("missions.yml", "period: week", "period: week, published: false"),
        ("missions.yml", "period: week", "period: week, badge: first"),
        ("challenges.yml", "xp: 100", "xp: 200"),
        ("xp_rules.yml", "points: 20", "points: 20, daily_cap: 40"),
        ("xp_rules.yml", "points: 20", "points: 20, priority: 1"),
    ],
)
def test_values_of_entries_wait(told, file, was, now):
    ((_, found),) = told({file: SMALL[file].replace(was, now)})
    assert found == "waits"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("{type: xp, threshold: 2}", "condition.threshold: 2 instead of 1"),
        ("{type: perfect_count, count: 1}",
         "condition: {type: 'perfect_count', count: 1} instead of {type: 'xp', threshold: 1}"),
    ],
)  # fmt: skip
def test_a_condition_is_told_by_the_part_that_changed(told, now, said):
    after = {"badges.yml": BADGE.replace("{type: xp, threshold: 1}", now)}
    assert told(after) == [(f"badges.yml, entry first, field {said}", "waits")]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("level_curve: geometric_115", "level_curve: 'geometric_115' instead of 'sqrt_100'"),
        ("daily_activity_cap: 150", "daily_activity_cap: 150 instead of nothing"),
        ("xp_requires_pass: false", "xp_requires_pass: false instead of true"),
        ("calendar: {time_zone: Europe/Paris}",
         "calendar.time_zone: 'Europe/Paris' instead of 'UTC'"),
        ("calendar: {working_days: [mon]}",
         "calendar.working_days: ['mon'] instead of ['mon', 'tue', 'wed', 'thu', 'fri']"),
        ("streak: {freezes: {start: 2}}", "streak.freezes.start: 2 instead of 3"),
        ("streak: {bonus: {cap: 40}}", "streak.bonus.cap: 40 instead of 50"),
        ('bots: ["svc-*"]', "bots: ['svc-*'] instead of []"),
        ("excluded_repositories: [acme/app]",
         "excluded_repositories: ['acme/app'] instead of []"),
    ],
)  # fmt: skip
def test_settings_of_the_whole_game_wait(told, settings, said):
    after = {"pack.yml": f"name: small\n{settings}\n"}
    assert told(after) == [(f"pack.yml, field {said}", "waits")]


def test_a_new_holiday_waits_and_the_name_of_one_does_not(told):
    def holidays(text: str) -> dict[str, str]:
        return {"pack.yml": f"name: small\ncalendar: {{holidays: {text}}}\n"}

    unnamed = holidays("[2026-12-25]")
    ((_, new),) = told(unnamed)
    ((_, named),) = told(holidays("{2026-12-25: Christmas Day}"), unnamed)
    assert (new, named) == ("waits", "by itself")


def test_the_order_of_a_list_of_settings_is_no_change(told):
    after = {"pack.yml": "name: small\ncalendar: {working_days: [fri, thu, wed, tue, mon]}\n"}
    assert told(after) == []


EVERYTHING = {
    "pack.yml": """
name: full
calendar: {time_zone: Asia/Kolkata, holidays: {2026-12-25: Christmas Day, 2027-01-01: null}}
streak: {bonus: none}
""",
    "xp_rules.yml": "- {id: m, metric: snowflake.tasks, points: 0.1, per: 3, valid_from: "
    "2020-01-01, valid_to: 2026-12-31}\n",
    "badges.yml": BADGE
    + """
- {id: all, name: All, category: special, rarity: epic, xp_reward: 5, valid_from: 2020-01-01,
   condition: {type: all_of, conditions: [{type: mission, mission_id: sql},
   {type: consecutive_days, days: 3, mode: distinct}]}}
""",
}


def test_a_pack_is_read_back_from_its_text(load):
    pack = load(EVERYTHING)
    again = pack_of_text(pack.text, pack.metrics)
    assert (again.hash, again.game) == (pack.hash, pack.game)
    assert (again.xp_rules, again.missions) == (pack.xp_rules, pack.missions)
    assert (again.challenges, set(again.metrics)) == (pack.challenges, set(pack.metrics))
    assert sorted(again.badges, key=str) == sorted(pack.badges, key=str)
