"""How often everything that the game can say was said, so that no case goes untried."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from .boards import BOARDS
from .facts import Facts, Row
from .opting import read_hidden
from .people import read_people
from .teams import Teams

#: What a set of histories must contain at least once.
NEEDED: dict[str, tuple[str, ...]] = {
    "streak action": (
        "started",
        "increased",
        "maintained",
        "rest",
        "frozen",
        "broken",
        "idle",
        "pending",
    ),
    "ledger reason": (
        "activity",
        "mission",
        "mission_perfect",
        "badge",
        "streak",
        "adjustment",
    ),
    "exclusion reason": (
        "daily_cap",
        "activity_cap",
        "bot",
        "unmatched_identity",
        "own_pull_request",
        "excluded_repository",
        "rule_not_valid",
        "duplicate",
    ),
    "duplicate of": ("copilot_day", "features", "merged", "reviewed", "closed"),
    "rule out of its time": ("before its first version", "between two", "after its last"),
    "condition": (
        "xp",
        "metric",
        "metric in a window",
        "distinct_values",
        "distinct_values in a window",
        "attempt_count",
        "perfect_count",
        "consecutive_days",
        "distinct_days",
        "mission",
        "all_of",
    ),
    "attempt": (
        "day submitted",
        "day completed",
        "day passed",
        "day failed",
        "day kept",
        "week in_progress",
        "week submitted",
        "week completed",
        "week passed",
        "week failed",
        "week kept",
        "month in_progress",
        "month submitted",
        "month completed",
        "month passed",
        "month failed",
        "month kept",
        "once in_progress",
        "once completed",
        "once kept",
        "challenge completed",
        "challenge passed",
        "challenge failed",
        "challenge kept",
        "team day submitted",
        "team day completed",
        "team day passed",
        "team day failed",
        "team day kept",
        "team week in_progress",
        "team week submitted",
        "team week completed",
        "team week passed",
        "team week failed",
        "team week kept",
        "team month in_progress",
        "team month submitted",
        "team month completed",
        "team month passed",
        "team month failed",
        "team month kept",
        "team once in_progress",
        "team once completed",
        "team once kept",
    ),
    "attempt of a team": ("sum completed", "days completed", "sum passed", "days passed"),
    "announced": (
        "passed, now passed",
        "passed before, completed tonight",
        "passed, now kept",
        "completed, now completed",
        "completed, now kept",
    ),
    "award": (
        "once awarded",
        "once kept",
        "once revoked",
        "in a season awarded",
        "in a season kept",
        "in a season revoked",
    ),
    "notification": (
        "level_up",
        "badge_unlocked",
        "mission_completed",
        "team_mission_completed",
        "streak_milestone",
        "streak_frozen",
        "top_10_entered",
    ),
    "board": tuple(f"{board_id} of {whom}" for board_id in BOARDS for whom in ("all", "a team")),
    "team": ("with somebody of several", "that somebody left", "under another", "of nobody now"),
    "hidden in a team's day": ("counted", "left out"),
    "rule version": ("1", "2"),
    "match": (
        "map of a file",
        "map of Snowflake",
        "user id",
        "people by id",
        "people by login",
        "people by e-mail",
        "people in doubt",
        "login",
        "e-mail",
        "e-mail in doubt",
        "nobody",
    ),
    "person": (
        "in two maps",
        "mapped after the first fact",
        "under several keys",
        "never shown by GitHub",
        "called by a name",
    ),
    "file's fact": ("activity", "challenge", "leave", "undeclared metric"),
    "seat": ("of a developer", "of a stranger"),
    "negative XP": ("developer-day", "total"),
    "tie": ("first place", "other place"),
}


def condition_kinds(facts: Facts) -> dict[str, list[str]]:
    """The kinds of condition of each badge: its parts, and `all_of` where there are several."""
    kinds: dict[str, list[str]] = {}
    parts: Counter[tuple[str, int]] = Counter()
    for row in facts["raw_rules.badge_conditions"]:
        suffix = "" if row["window_days"] is None else " in a window"
        kinds.setdefault(row["badge_id"], []).append(row["type"] + suffix)
        parts[row["badge_id"], row["version"]] += 1
    for (badge_id, _), count in parts.items():
        if count > 1:
            kinds[badge_id].append("all_of")
    return kinds


def people_cases(facts: Facts, tables: dict[str, list[Row]]) -> Counter[str]:
    """How people of other sources came to be who they are."""
    counts: Counter[str] = Counter()
    seen = {row["user_id"] for row in facts["raw_github.members"]}
    seen |= {row["user_id"] for row in facts["raw_copilot.user_days"]}
    map_days: dict[str, dict[str, list[date]]] = {"file": {}, "snowflake": {}}
    for name, path in (
        ("file", "raw_filedrop.identity_map"),
        ("snowflake", "raw_snowflake.identity_map"),
    ):
        for row in facts.until_as_of(path):
            map_days[name].setdefault(row["source_key"].lower(), []).append(row["snapshot_date"])
    for row in tables["identities"]:
        key = row["person_key"].lower()
        counts["in two maps"] += all(key in days for days in map_days.values())
        if row["way"].startswith("map"):
            learnt = min(min(days[key]) for days in map_days.values() if key in days)
            counts["mapped after the first fact"] += learnt > row["first_date"]
    keys = Counter(row["user_id"] for row in tables["identities"] if row["user_id"] is not None)
    counts["under several keys"] = sum(count > 1 for count in keys.values())
    counts["never shown by GitHub"] = len(keys.keys() - seen)
    counts["called by a name"] = sum(
        row["display_name"] != row["login"] for row in tables["dim_developers"]
    )
    return counts


def team_cases(facts: Facts, tables: dict[str, list[Row]]) -> Counter[tuple[str, str]]:
    """How people belonged to teams, and what became of hidden ones in their sums."""
    counts: Counter[tuple[str, str]] = Counter()
    listed = Counter(
        (row["snapshot_date"], row["user_id"])
        for row in facts.until_as_of("raw_github.team_members")
    )
    counts["team", "with somebody of several"] = sum(count > 1 for count in listed.values())
    counts["team", "that somebody left"] = sum(
        row["valid_to"] is not None for row in tables["bridge_team_members"]
    )
    for row in tables["dim_teams"]:
        counts["team", "under another"] += row["parent_team_id"] is not None
        counts["team", "of nobody now"] += row["member_count"] == 0
    people = read_people(facts)
    hidden, teams = read_hidden(facts, people), Teams(facts, people)
    for row in tables["fct_team_days"]:
        members = {
            developer_id
            for developer_id, team_id in teams.on(row["activity_date"]).items()
            if team_id == row["team_id"]
        }
        if members & hidden:
            is_counted = row["members"] == len(members)
            counts["hidden in a team's day", "counted" if is_counted else "left out"] += 1
    return counts


def time_out(facts: Facts, exclusion: Row) -> str:
    """Where among the versions of its rule a day lies on which none holds."""
    day = exclusion["activity_date"]
    starts = [
        rule["valid_from"]
        for rule in facts["raw_rules.xp_rules"]
        if rule["rule_id"] == exclusion["subject"]
    ]
    if day < min(starts):
        return "before its first version"
    return "after its last" if day > max(starts) else "between two"


def census(played: Iterable[tuple[Facts, dict[str, list[Row]]]]) -> Counter[tuple[str, str]]:
    """Occurrences by (what, case), over histories with the rows that they were played to."""
    counts: Counter[tuple[str, str]] = Counter()
    for facts, tables in played:
        kinds = condition_kinds(facts)
        periods = {
            row["mission_id"]: row["period"] or "challenge" for row in facts["raw_rules.missions"]
        }
        aggregates = {row["mission_id"]: row["aggregate"] for row in facts["raw_rules.missions"]}
        for row in tables["fct_streak_days"]:
            counts["streak action", row["action"]] += 1
        for row in tables["fct_xp_ledger"]:
            counts["ledger reason", row["reason"]] += 1
            if row["reason"] == "activity":
                counts["rule version", str(row["rule_version"])] += 1
        for row in tables["fct_xp_exclusions"]:
            counts["exclusion reason", row["reason_code"]] += 1
            if row["reason_code"] == "duplicate":
                counts["duplicate of", row["subject"]] += 1
            if row["reason_code"] == "rule_not_valid":
                counts["rule out of its time", time_out(facts, row)] += 1
        passed_before = {
            row["reference_id"]
            for row in facts["ops.announced_awards"]
            if row["status"] == "passed"
        }
        for row in tables["fct_mission_attempts"]:
            period = periods[row["mission_id"]]
            whose = "" if row["team_id"] is None else "team "
            counts["attempt", f"{whose}{period} {row['status']}"] += 1
            if row["team_id"] is not None:
                aggregate = aggregates[row["mission_id"]]
                counts["attempt of a team", f"{aggregate} {row['status']}"] += 1
            if row["announced_status"] is not None:
                counts["announced", f"{row['announced_status']}, now {row['status']}"] += 1
            if row["attempt_id"] in passed_before and row["status"] == "completed":
                counts["announced", "passed before, completed tonight"] += 1
        for row in tables["fct_badge_awards"]:
            often = "once" if row["season"] is None else "in a season"
            counts["award", f"{often} {row['status']}"] += 1
            for kind in kinds[row["badge_id"]]:
                counts["condition", kind] += 1
        for row in tables["fct_notifications"]:
            counts["notification", row["type"]] += 1
        for row in tables["leaderboards"]:
            whom = "all" if row["scope_id"] == "org" else "a team"
            counts["board", f"{row['board_id']} of {whom}"] += 1
        counts.update(team_cases(facts, tables))
        for row in tables["identities"]:
            counts["match", row["way"]] += 1
        for case, count in people_cases(facts, tables).items():
            counts["person", case] += count
        declared = {row["metric"] for row in facts["raw_rules.metrics"]}
        for row in facts.until_as_of("raw_filedrop.activity"):
            counts["file's fact", "activity"] += 1
            counts["file's fact", "undeclared metric"] += row["metric"] not in declared
        for case, path in (("challenge", "challenge_attempts"), ("leave", "leave")):
            counts["file's fact", case] += len(facts.until_as_of(f"raw_filedrop.{path}"))
        for row in tables["fct_seats"]:
            counts["seat", "of a developer" if row["developer_id"] else "of a stranger"] += 1
        for row in tables["fct_developer_days"]:
            counts["negative XP", "developer-day"] += row["xp"] < 0
            counts["negative XP", "total"] += row["total_xp"] < 0
        ranks = Counter(
            (row["scope_id"], row["board_id"], row["rank"]) for row in tables["leaderboards"]
        )
        for (_, _, rank), count in ranks.items():
            counts["tie", "first place" if rank == 1 else "other place"] += count > 1
    return counts


def missing(counts: Counter[tuple[str, str]]) -> list[str]:
    """Needed cases that never occurred."""
    return [
        f"{what}: {case}"
        for what, cases in NEEDED.items()
        for case in cases
        if counts[what, case] == 0
    ]
