"""Each kind of mistake is told by file, entry, field, what was found and what is allowed."""

import pytest

from ingest.errors import SettingsError
from ingest.rules import Metric, RulePackError, load_pack

RULE = "id: r, metric: copilot.active_day, points: 1, valid_from: 2020-01-01"
MISSION = (
    "id: m, name: M, difficulty: easy, metric: copilot.active_day, target: 5, period: week, "
    "valid_from: 2020-01-01"
)
BADGE = (
    "id: b, name: B, category: special, rarity: rare, xp_reward: 5, valid_from: 2020-01-01, "
    "condition: {type: xp, threshold: 1}"
)


def rule(old: str = "", new: str = "", more: str = "") -> dict[str, str]:
    return {"xp_rules.yml": f"- {{{RULE.replace(old, new) if old else RULE}{more}}}\n"}


def mission(old: str = "", new: str = "", more: str = "") -> dict[str, str]:
    return {"missions.yml": f"- {{{MISSION.replace(old, new) if old else MISSION}{more}}}\n"}


def badge(old: str = "", new: str = "", more: str = "") -> dict[str, str]:
    return {"badges.yml": f"- {{{BADGE.replace(old, new) if old else BADGE}{more}}}\n"}


def condition(text: str) -> dict[str, str]:
    return badge("{type: xp, threshold: 1}", text)


def pack(text: str) -> dict[str, str]:
    return {"pack.yml": f"name: small\n{text}\n"}


#: kind: (files, file, entry, field, what is found, a part of what is allowed)
MISTAKES = {
    "unknown field": (
        rule(more=", dailycap: 3"),
        "xp_rules.yml",
        "r",
        "dailycap",
        "a field that is not known here (did you mean daily_cap?)",
        "daily_cap, description, id",
    ),
    "unknown field of the pack": (
        pack("level_curv: sqrt_100"),
        "pack.yml",
        "small",
        "level_curv",
        "a field that is not known here (did you mean level_curve?)",
        "level_curve",
    ),
    "field of a mission in a challenge": (
        {"challenges.yml": "- {id: c, name: C, xp: 5, valid_from: 2020-01-01, target: 5}"},
        "challenges.yml",
        "c",
        "target",
        "a field that is not known here",
        "difficulty",
    ),
    "missing field": (
        rule(", valid_from: 2020-01-01"),
        "xp_rules.yml",
        "r",
        "valid_from",
        "nothing",
        "a date of the calendar, as in 2026-12-31",
    ),
    "missing id": (
        rule("id: r, "),
        "xp_rules.yml",
        "1",
        "id",
        "nothing",
        "letters, digits and _ . -",
    ),
    "id with a blank": (
        rule("id: r,", "id: my rule,"),
        "xp_rules.yml",
        "my rule",
        "id",
        "'my rule'",
        "letters, digits and _ . -",
    ),
    "key written twice": (
        rule(more=", points: 2"),
        "xp_rules.yml",
        "r",
        "points",
        "the field again on line 1",
        "each field once in an entry",
    ),
    "key written twice, deep in the pack": (
        pack("calendar:\n  time_zone: UTC\n  time_zone: UTC"),
        "pack.yml",
        "small",
        "calendar.time_zone",
        "the field again on line 4",
        "each field once in an entry",
    ),
    "entry that is no mapping": (
        {"xp_rules.yml": "- just text"},
        "xp_rules.yml",
        "1",
        None,
        "'just text'",
        "the fields daily_cap",
    ),
    "unknown metric": (
        rule("active_day", "active_dya"),
        "xp_rules.yml",
        "r",
        "metric",
        "'copilot.active_dya'",
        "a metric of the registry, such as copilot.active_day",
    ),
    "unknown metric far from all": (
        rule("copilot.active_day", "zzz"),
        "xp_rules.yml",
        "r",
        "metric",
        "'zzz'",
        "or one declared under snowflake. or file.",
    ),
    "metric that is no text": (
        rule("copilot.active_day", "3"),
        "xp_rules.yml",
        "r",
        "metric",
        "3",
        "the name of a metric",
    ),
    "unknown qualifying metric": (
        pack("streak: {qualifying_metrics: [github.reviews]}"),
        "pack.yml",
        "small",
        "streak.qualifying_metrics[1]",
        "'github.reviews'",
        "github.reviews_given",
    ),
    "clock hours by name": (
        rule("copilot.active_day", "snowflake.hours_worked"),
        "xp_rules.yml",
        "r",
        "metric",
        "'snowflake.hours_worked'",
        "No rule may score a clock hour",
    ),
    "clock hours by unit": (
        mission("copilot.active_day", "snowflake.presence"),
        "missions.yml",
        "m",
        "metric",
        "'snowflake.presence'",
        "No rule may score a clock hour",
    ),
    "negative points": (
        rule("points: 1", "points: -1"),
        "xp_rules.yml",
        "r",
        "points",
        "-1",
        "a number from 0 to 1000000000",
    ),
    "points in words": (
        rule("points: 1", "points: ten"),
        "xp_rules.yml",
        "r",
        "points",
        "'ten'",
        "a number from 0 to 1000000000",
    ),
    "number of YAML 1.1's octals": (
        rule("points: 1", "points: 010"),
        "xp_rules.yml",
        "r",
        "points",
        "'010'",
        "a number from 0 to 1000000000",
    ),
    "too many decimals": (
        rule("points: 1", "points: 0.1234567"),
        "xp_rules.yml",
        "r",
        "points",
        "0.1234567",
        "at most 6 decimals",
    ),
    "per 0": (rule(more=", per: 0"), "xp_rules.yml", "r", "per", "0", "a number above 0"),
    "negative cap": (
        rule(more=", daily_cap: -5"),
        "xp_rules.yml",
        "r",
        "daily_cap",
        "-5",
        "a whole number from 0",
    ),
    "cap with decimals": (
        rule(more=", daily_cap: 2.5"),
        "xp_rules.yml",
        "r",
        "daily_cap",
        "2.5",
        "a whole number",
    ),
    "flag where a number belongs": (
        rule(more=", priority: true"),
        "xp_rules.yml",
        "r",
        "priority",
        "true",
        "a whole number",
    ),
    "version 0": (
        rule(more=", version: 0"),
        "xp_rules.yml",
        "r",
        "version",
        "0",
        "a whole number from 1",
    ),
    "number above all": (
        rule(more=", daily_cap: 1000000001"),
        "xp_rules.yml",
        "r",
        "daily_cap",
        "1000000001",
        "to 1000000000",
    ),
    "date in another form": (
        rule("2020-01-01", "1.1.2020"),
        "xp_rules.yml",
        "r",
        "valid_from",
        "'1.1.2020'",
        "a date of the calendar",
    ),
    "date that does not exist": (
        rule(more=", valid_to: 2021-02-29"),
        "xp_rules.yml",
        "r",
        "valid_to",
        "'2021-02-29'",
        "a date of the calendar",
    ),
    "validity that ends before it begins": (
        rule(more=", valid_to: 2019-12-31"),
        "xp_rules.yml",
        "r",
        "valid_to",
        "'2019-12-31'",
        "a date on or after valid_from, 2020-01-01",
    ),
    "version twice": (
        {
            "xp_rules.yml": f"- {{{RULE}, valid_to: 2020-12-31}}\n"
            f"- {{{RULE.replace('2020', '2021')}}}\n"
        },
        "xp_rules.yml",
        "r",
        "version",
        "version 1 twice",
        "the next one is 2",
    ),
    "versions that overlap": (
        {
            "badges.yml": f"- {{{BADGE}, valid_to: 2021-06-30}}\n"
            f"- {{{BADGE.replace('2020-01-01', '2021-06-30')}, version: 2}}\n"
        },
        "badges.yml",
        "b",
        "valid_from",
        "versions 1 and 2 both valid on 2021-06-30",
        "versions of one id that do not overlap",
    ),
    "id of a mission and a challenge": (
        {"challenges.yml": "- {id: reviewer, name: C, xp: 5, valid_from: 2020-01-01}"},
        "challenges.yml",
        "reviewer",
        "id",
        "'reviewer' in missions.yml too",
        "an id that no mission has",
    ),
    "team scope of a challenge": (
        {"challenges.yml": "- {id: c, name: C, xp: 5, valid_from: 2020-01-01, scope: team}"},
        "challenges.yml",
        "c",
        "scope",
        "a field that is not known here",
        "difficulty",
    ),
    "team scope of an XP rule": (
        rule(more=", scope: team"),
        "xp_rules.yml",
        "r",
        "scope",
        "a field that is not known here",
        "daily_cap",
    ),
    "badge twice": (
        {"badges.yml": f"- {{{BADGE}}}\n- {{{BADGE}}}\n"},
        "badges.yml",
        "b",
        "version",
        "version 1 twice",
        "each version of an id once; the next one is 2",
    ),
    "version that begins while an open one holds": (
        {"missions.yml": f"- {{{MISSION}}}\n- {{{MISSION.replace('2020', '2021')}, version: 2}}\n"},
        "missions.yml",
        "m",
        "valid_from",
        "versions 1 and 2 both valid on 2021-01-01",
        "close the older one with valid_to",
    ),
    "negative XP": (
        mission("difficulty: easy", "xp: -20"),
        "missions.yml",
        "m",
        "xp",
        "-20",
        "a whole number from 0",
    ),
    "activity cap below zero": (
        pack("daily_activity_cap: -1"),
        "pack.yml",
        "small",
        "daily_activity_cap",
        "-1",
        "a whole number from 0",
    ),
    "clock hours in a condition": (
        condition("{type: metric, metric: snowflake.presence, threshold: 100}"),
        "badges.yml",
        "b",
        "condition.metric",
        "'snowflake.presence'",
        "No rule may score a clock hour",
    ),
    "clock hours as qualification": (
        pack("streak: {qualifying_metrics: [snowflake.hours_worked]}"),
        "pack.yml",
        "small",
        "streak.qualifying_metrics[1]",
        "'snowflake.hours_worked'",
        "No rule may score a clock hour",
    ),
    "badge that needs itself": (
        condition("{type: badge, badge_id: b}"),
        "badges.yml",
        "b",
        "condition.type",
        "'badge'",
        "distinct_days, mission or all_of",
    ),
    "holiday with a name that is none": (
        pack("calendar: {holidays: {2026-12-25: 3}}"),
        "pack.yml",
        "small",
        "calendar.holidays.2026-12-25",
        "3",
        "or dates with their names, as in {2026-12-25: Christmas Day}",
    ),
    "holidays that are one date": (
        pack("calendar: {holidays: 2026-12-25}"),
        "pack.yml",
        "small",
        "calendar.holidays",
        "'2026-12-25'",
        "a list of dates, as in [2026-12-25]",
    ),
    "holiday twice": (
        pack("calendar: {holidays: [2026-12-25, 2026-12-25]}"),
        "pack.yml",
        "small",
        "calendar.holidays",
        "'2026-12-25' twice",
        "each at most once",
    ),
    "month 13": (
        rule(more=", valid_to: 2026-13-01"),
        "xp_rules.yml",
        "r",
        "valid_to",
        "'2026-13-01'",
        "a date of the calendar",
    ),
    "both difficulty and xp": (
        mission(more=", xp: 5"),
        "missions.yml",
        "m",
        "xp",
        "both difficulty and xp",
        "exactly one of difficulty (easy 50, medium 100, hard 200) and xp",
    ),
    "neither difficulty nor xp": (
        mission(" difficulty: easy,"),
        "missions.yml",
        "m",
        "xp",
        "neither difficulty nor xp",
        "exactly one of difficulty (easy 50, medium 100, hard 200) and xp",
    ),
    "wrong difficulty": (
        mission("easy", "eazy"),
        "missions.yml",
        "m",
        "difficulty",
        "'eazy'",
        "easy, medium or hard (did you mean easy?)",
    ),
    "wrong aggregate": (
        mission(more=", aggregate: avg"),
        "missions.yml",
        "m",
        "aggregate",
        "'avg'",
        "sum or days",
    ),
    "wrong period": (
        mission("week", "year"),
        "missions.yml",
        "m",
        "period",
        "'year'",
        "day, week, month or once",
    ),
    "wrong scope": (
        mission(more=", scope: org"),
        "missions.yml",
        "m",
        "scope",
        "'org'",
        "developer or team",
    ),
    "target 0": (
        mission("target: 5", "target: 0"),
        "missions.yml",
        "m",
        "target",
        "0",
        "a number above 0",
    ),
    "pass threshold above 100": (
        mission(more=", pass_threshold: 101"),
        "missions.yml",
        "m",
        "pass_threshold",
        "101",
        "a number from 0 to 100",
    ),
    "unknown badge of a mission": (
        mission(more=", badge: fist"),
        "missions.yml",
        "m",
        "badge",
        "'fist'",
        "the id of an entry of badges.yml (did you mean first?)",
    ),
    "flag in words": (
        mission(more=", published: yes"),
        "missions.yml",
        "m",
        "published",
        "'yes'",
        "true or false",
    ),
    "tag with a comma": (
        mission(more=', tags: ["a,b"]'),
        "missions.yml",
        "m",
        "tags[1]",
        "'a,b'",
        "a list of words without commas",
    ),
    "name that is a number": (
        mission("name: M", "name: 2026"),
        "missions.yml",
        "m",
        "name",
        "2026",
        "text (in quotes where it looks like a number",
    ),
    "wrong category": (
        badge("special", "other"),
        "badges.yml",
        "b",
        "category",
        "'other'",
        "scenarios, study_time, streaks",
    ),
    "wrong rarity": (
        badge("rare,", "mythic,"),
        "badges.yml",
        "b",
        "rarity",
        "'mythic'",
        "common, rare, epic or legendary",
    ),
    "wrong repeat": (
        badge(more=", repeat: yearly"),
        "badges.yml",
        "b",
        "repeat",
        "'yearly'",
        "never or season",
    ),
    "season as a field": (
        badge(more=", season: 2026-Q1"),
        "badges.yml",
        "b",
        "season",
        "a field that is not known here",
        "repeat",
    ),
    "condition without a type": (
        condition("{threshold: 1}"),
        "badges.yml",
        "b",
        "condition.type",
        "nothing",
        "xp, metric, distinct_values",
    ),
    "unknown type of condition": (
        condition("{type: streak, days: 1}"),
        "badges.yml",
        "b",
        "condition.type",
        "'streak'",
        "consecutive_days, distinct_days, mission or all_of",
    ),
    "condition in words": (
        condition("xp"),
        "badges.yml",
        "b",
        "condition",
        "'xp'",
        "a condition {type: ...}",
    ),
    "field missing in a condition": (
        condition("{type: metric, metric: copilot.active_day}"),
        "badges.yml",
        "b",
        "condition.threshold",
        "nothing",
        "a number above 0",
    ),
    "field of another condition": (
        condition("{type: attempt_count, count: 1, metric: copilot.active_day}"),
        "badges.yml",
        "b",
        "condition.metric",
        "a field that is not known here",
        "count, status, type",
    ),
    "count 0": (
        condition("{type: perfect_count, count: 0}"),
        "badges.yml",
        "b",
        "condition.count",
        "0",
        "a whole number from 1",
    ),
    "window 0": (
        condition("{type: distinct_values, metric: copilot.models_used, count: 1, window_days: 0}"),
        "badges.yml",
        "b",
        "condition.window_days",
        "0",
        "a whole number of days from 1",
    ),
    "distinct values of a metric without values": (
        condition("{type: distinct_values, metric: copilot.active_day, count: 1}"),
        "badges.yml",
        "b",
        "condition.metric",
        "'copilot.active_day'",
        "copilot.features_used",
    ),
    "wrong status": (
        condition("{type: attempt_count, count: 1, status: won}"),
        "badges.yml",
        "b",
        "condition.status",
        "'won'",
        "passed, completed or failed",
    ),
    "wrong mode": (
        condition("{type: consecutive_days, days: 5, mode: loose}"),
        "badges.yml",
        "b",
        "condition.mode",
        "'loose'",
        "consecutive or distinct",
    ),
    "unknown mission in a condition": (
        condition("{type: mission, mission_id: reviewr}"),
        "badges.yml",
        "b",
        "condition.mission_id",
        "'reviewr'",
        "the id of an entry of missions.yml or challenges.yml (did you mean reviewer?)",
    ),
    "all_of without conditions": (
        condition("{type: all_of, conditions: []}"),
        "badges.yml",
        "b",
        "condition.conditions",
        "[]",
        "a list of at least one condition",
    ),
    "all_of inside all_of": (
        condition(
            "{type: all_of, conditions: [{type: xp, threshold: 1}, "
            "{type: all_of, conditions: [{type: xp, threshold: 1}]}]}"
        ),
        "badges.yml",
        "b",
        "condition.conditions[2].type",
        "'all_of'",
        "distinct_days or mission (all_of goes one level deep)",
    ),
    "mistake inside all_of": (
        condition("{type: all_of, conditions: [{type: metric, metric: copilot.x, threshold: 1}]}"),
        "badges.yml",
        "b",
        "condition.conditions[1].metric",
        "'copilot.x'",
        "copilot.",
    ),
    "unknown time zone": (
        pack("calendar: {time_zone: Europe/Pari}"),
        "pack.yml",
        "small",
        "calendar.time_zone",
        "'Europe/Pari'",
        "an IANA time zone, such as UTC or Europe/Paris",
    ),
    "wrong weekday": (
        pack("calendar: {working_days: [mon, tues]}"),
        "pack.yml",
        "small",
        "calendar.working_days[2]",
        "'tues'",
        "mon, tue, wed, thu, fri, sat and sun",
    ),
    "weekday twice": (
        pack("calendar: {working_days: [mon, mon]}"),
        "pack.yml",
        "small",
        "calendar.working_days",
        "'mon' twice",
        "each at most once",
    ),
    "no weekday": (
        pack("calendar: {working_days: []}"),
        "pack.yml",
        "small",
        "calendar.working_days",
        "[]",
        "at least one of them",
    ),
    "holiday that does not exist": (
        pack("calendar: {holidays: [2026-02-30]}"),
        "pack.yml",
        "small",
        "calendar.holidays.2026-02-30",
        "'2026-02-30'",
        "a list of dates, as in [2026-12-25]",
    ),
    "wrong level curve": (
        pack("level_curve: cubic"),
        "pack.yml",
        "small",
        "level_curve",
        "'cubic'",
        "sqrt_100 or geometric_115",
    ),
    "bonus in other words": (
        pack("streak: {bonus: some}"),
        "pack.yml",
        "small",
        "streak.bonus",
        "'some'",
        "{per_day: ..., cap: ...}, or none",
    ),
    "refill every 0 days": (
        pack("streak: {freezes: {refill_every: 0}}"),
        "pack.yml",
        "small",
        "streak.freezes.refill_every",
        "0",
        "a whole number from 1",
    ),
    "more freezes at the start than may be held": (
        pack("streak: {freezes: {start: 5, cap: 3}}"),
        "pack.yml",
        "small",
        "streak.freezes.cap",
        "3",
        "at least the 5 freezes of start",
    ),
    "bots without a list": (
        pack("bots: svc-*"),
        "pack.yml",
        "small",
        "bots",
        "'svc-*'",
        "a list of login patterns",
    ),
    "repository twice, in another case": (
        pack("excluded_repositories: [octo/box, Octo/Box]"),
        "pack.yml",
        "small",
        "excluded_repositories",
        "'Octo/Box' twice",
        "each at most once",
    ),
    "repository without its owner": (
        pack("excluded_repositories: [sandbox]"),
        "pack.yml",
        "small",
        "excluded_repositories[1]",
        "'sandbox'",
        "owner/name",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_told_by_file_entry_field_found_and_allowed(mistakes, kind):
    files, file, entry, field, found, allowed = MISTAKES[kind]
    presence = Metric("snowflake.presence", "hours", "snowflake", "hours at work")

    lines = mistakes(files, (presence,))

    place = f"{file}, entry {entry}" + (f", field {field}" if field else "")
    assert len(lines) == 1, lines
    told, _, told_allowed = lines[0].partition("; allowed: ")
    assert told == f"{place}: found {found}"
    assert allowed in told_allowed


#: kind: (files, the whole line)
FILES = {
    "missing file": (
        {"badges.yml": None},
        "badges.yml: found no such file; allowed: a YAML file with this name",
    ),
    "wrong YAML": (
        {"missions.yml": "- id: a\n  name: [1\n- id: b\n"},
        "missions.yml, line 3: found expected ',' or ']', but got ':'; allowed: plain YAML "
        "without aliases and tags",
    ),
    "several documents": (
        {"missions.yml": "- {id: a}\n---\n- {id: b}\n"},
        "missions.yml, line 2: found another document; allowed: plain YAML without aliases and "
        "tags",
    ),
    "aliases": (
        {"missions.yml": "- &a [1]\n- *a\n"},
        "missions.yml, line 2: found the alias *a; allowed: plain YAML without aliases and tags",
    ),
    "Python objects": (
        {"missions.yml": "- !!python/object/apply:os.getcwd []\n"},
        "missions.yml, line 1: found the tag !!python/object/apply:os.getcwd; allowed: plain YAML "
        "without aliases and tags",
    ),
    "control characters": (
        {"missions.yml": "\n- \x07\n"},
        "missions.yml, line 2: found a character that YAML does not know; allowed: printable text",
    ),
    "thousands of brackets": (
        {"missions.yml": "[" * 1500},
        "missions.yml: found lists or mappings nested hundreds deep; allowed: plain YAML",
    ),
    "file that is no list": (
        {"missions.yml": "id: a\n"},
        "missions.yml: found {id: 'a'}; allowed: a list of entries, each after a dash; [] where "
        "there are none",
    ),
    "file with nothing but a comment": (
        {"missions.yml": "# later\n"},
        "missions.yml: found nothing; allowed: a list of entries, each after a dash; [] where "
        "there are none",
    ),
    "empty file": (
        {"badges.yml": ""},
        "badges.yml: found nothing; allowed: a list of entries, each after a dash; [] where there "
        "are none",
    ),
    "empty pack.yml": (
        {"pack.yml": ""},
        "pack.yml: found nothing; allowed: fields with their values, one a line, as in name: "
        "default",
    ),
    "tabs": (
        {"pack.yml": "name: small\ncalendar:\n\ttime_zone: UTC\n"},
        "pack.yml, line 3: found character '\\t' that cannot start any token; allowed: plain YAML "
        "without aliases and tags",
    ),
    "pack.yml that is a list": (
        {"pack.yml": "- name\n"},
        "pack.yml: found ['name']; allowed: fields with their values, one a line, as in name: "
        "default",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_cannot_be_read_is_told_by_its_name_and_line(mistakes, kind):
    files, line = FILES[kind]
    assert mistakes(files) == (line,)


def test_a_file_that_is_not_utf_8_is_told(write):
    folder = write()
    (folder / "badges.yml").write_bytes("- name: Jäger".encode("latin-1"))
    with pytest.raises(RulePackError, match=r"badges\.yml: found bytes that are not UTF-8"):
        load_pack(folder)


def test_a_pack_without_any_entry_is_refused(mistakes):
    lists = ("xp_rules.yml", "missions.yml", "challenges.yml", "badges.yml")
    (line,) = mistakes(dict.fromkeys(lists, "[]"))
    assert line.endswith(
        "found an empty pack; allowed: at least one XP rule, mission, challenge or badge"
    )


def test_a_mission_and_a_badge_that_name_each_other_are_no_circle(load):
    """A badge feeds no mission, and badge XP feed no badge: references cannot run in circles."""
    pack = load(
        {
            **mission(more=", badge: b"),
            **condition("{type: all_of, conditions: [{type: mission, mission_id: m}]}"),
        }
    )
    assert pack.missions[0].badge == "b"
    assert pack.badges[0].conditions[0].mission_id == "m"


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(RulePackError, match="found no such folder; allowed: a folder with pack"):
        load_pack(tmp_path / "nowhere")


def test_all_mistakes_of_all_files_are_told_at_once_one_a_line(write):
    files = {
        **rule("points: 1", "points: -1", ", per: 0"),
        **mission("easy", "eazy"),
        **pack("level_curve: cubic"),
        "challenges.yml": "- {",
    }
    with pytest.raises(RulePackError) as caught:
        load_pack(write(files))
    heading, *lines = str(caught.value).splitlines()
    assert heading.endswith("has 5 mistakes; nothing of it was loaded.")
    assert sorted(line.split(":")[0] for line in lines) == [
        "challenges.yml, line 1",
        "missions.yml, entry m, field difficulty",
        "pack.yml, entry small, field level_curve",
        "xp_rules.yml, entry r, field per",
        "xp_rules.yml, entry r, field points",
    ]


def test_a_reference_to_an_entry_with_mistakes_of_its_own_is_no_mistake(mistakes):
    files = {**mission("easy", "eazy"), **condition("{type: mission, mission_id: m}")}
    (line,) = mistakes(files)
    assert line.startswith("missions.yml, entry m, field difficulty")


def test_a_rule_pack_error_is_a_mistake_in_the_settings():
    assert issubclass(RulePackError, SettingsError)


def test_a_long_value_is_shortened_in_the_message(mistakes):
    (line,) = mistakes(rule("points: 1", f"points: {'9' * 500}"))
    assert len(line) < 250
