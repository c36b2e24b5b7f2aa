"""The whole game: facts in, rows of the public tables out.

Order within a day (game.md section 12): activity XP, streaks, missions, challenges, adjustments,
then badges. Not here: teams, announcements, corrections, opt-outs, notifications.
"""

from collections import defaultdict
from datetime import date

from .activity import Activity, github_subject, known_metrics, read_activity
from .badges import play_badges
from .boards import play_boards
from .days import Completeness, days_between
from .exact import as_decimal, four_decimals
from .facts import Facts, Row
from .identity import keyed_facts
from .ledger import Ledger
from .levels import standing
from .missions import Attempt, play_challenges, play_missions
from .people import People, read_people
from .seats import seat_rows
from .streaks import play_streaks
from .xp import award_activity, award_adjustments

XP_COLUMN = {
    "activity": "xp_activity",
    "mission": "xp_missions",
    "mission_perfect": "xp_missions",
    "badge": "xp_badges",
    "streak": "xp_streak",
    "adjustment": "xp_adjustments",
}


def developer_rows(people: People) -> list[Row]:
    return [
        {
            "developer_id": github_subject(user_id),
            "login": people.login_of[user_id],
            "display_name": people.display_name(user_id),
            "is_active": user_id in people.roster,
            "left_on": people.left_on.get(user_id),
        }
        for user_id in sorted(people.developers)
    ]


def identity_rows(facts: Facts, people: People) -> list[Row]:
    """Every key that a fact names a person by: whom it means, what decided it, and its facts."""
    days: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    for key, row in keyed_facts(facts):
        days[key].append(row["activity_date"])
    return [
        {
            "source": source,
            "person_key": person_key,
            "key_kind": key_kind,
            "user_id": match.user_id,
            "way": match.way,
            "first_date": min(of_key),
            "last_date": max(of_key),
            "fact_count": len(of_key),
        }
        for (source, person_key, key_kind), of_key in days.items()
        for match in [people.directory.find(source, person_key, key_kind)]
    ]


def unmatched_rows(identities: list[Row]) -> list[Row]:
    columns = ("source", "person_key", "key_kind", "first_date", "last_date", "fact_count")
    return [
        {column: row[column] for column in columns} for row in identities if row["user_id"] is None
    ]


def activity_rows(facts: Facts, people: People, activity: Activity) -> list[Row]:
    source_of = {row["metric"]: row["source"] for row in known_metrics(facts)}
    return [
        {
            "developer_id": developer_id,
            "activity_date": day,
            "metric": metric,
            "value": value,
            "source": source_of[metric],
        }
        for developer_id in map(github_subject, sorted(people.developers))
        for day, metrics in activity.daily.get(developer_id, {}).items()
        for metric, value in metrics.items()
    ]


def value_rows(people: People, activity: Activity) -> list[Row]:
    return [
        {
            "developer_id": developer_id,
            "activity_date": day,
            "metric": metric,
            "value_text": text,
            "count": count,
        }
        for developer_id in map(github_subject, sorted(people.developers))
        for metric, days in activity.values.get(developer_id, {}).items()
        for day, texts in days.items()
        for text, count in texts.items()
    ]


def developer_day_rows(
    facts: Facts,
    people: People,
    activity: Activity,
    ledger: Ledger,
) -> list[Row]:
    """A row for each day with any metric above 0 or any ledger row."""
    curve = facts.pack["level_curve"]
    rows: list[Row] = []
    for developer_id in map(github_subject, sorted(people.developers)):
        xp: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for entry in ledger.by_developer.get(developer_id, []):
            xp[entry["activity_date"]][XP_COLUMN[entry["reason"]]] += entry["xp"]
        total = 0
        for day in sorted(xp.keys() | activity.daily.get(developer_id, {}).keys()):
            parts = {column: xp[day][column] for column in dict.fromkeys(XP_COLUMN.values())}
            total += sum(parts.values())
            place = standing(curve, total)
            place["level_progress"] = four_decimals(place["level_progress"])
            rows.append(
                {
                    "developer_id": developer_id,
                    "activity_date": day,
                    "xp": sum(parts.values()),
                    **parts,
                    "total_xp": total,
                    **place,
                }
            )
    return rows


def attempt_row(attempt: Attempt) -> Row:
    return {
        "attempt_id": attempt.attempt_id,
        "mission_id": attempt.mission["mission_id"],
        "version": attempt.mission["version"],
        "developer_id": attempt.developer_id,
        "period_start": attempt.period_start,
        "period_end": attempt.period_end,
        "progress": as_decimal(attempt.progress),
        "target": as_decimal(attempt.target),
        "score": four_decimals(attempt.score),
        "status": attempt.status,
        "decided_on": attempt.decided_on,
        "xp_awarded": attempt.xp_awarded,
    }


def source_day_rows(facts: Facts, completeness: Completeness) -> list[Row]:
    """Whether each configured source's day is complete, from the first day known of."""
    known = [row["activity_date"] for row in facts.until_as_of("ops.source_days")]
    return [
        {
            "source": source,
            "activity_date": day,
            "is_complete": completeness.is_complete(source, day),
        }
        for source in sorted({row["source"] for row in facts["ops.sources"]})
        for day in days_between(min(known, default=facts.as_of), facts.as_of)
    ]


def play(facts: Facts) -> dict[str, list[Row]]:
    """Rows by table name, with the columns of `warehouse.md` section 3 that the game decides.

    Beside the tables, `source_days` says which (source, day) is complete, and `identities` whom
    each key means, and why.
    """
    people = read_people(facts)
    activity = read_activity(facts, people)
    completeness = Completeness(facts)
    ledger = Ledger()
    exclusions = list(award_activity(facts, people, activity, ledger))
    streak_days, streaks = play_streaks(facts, people, activity, completeness, ledger)
    attempts = play_missions(facts, people, activity, completeness, ledger)
    attempts += play_challenges(facts, people, ledger)
    award_adjustments(facts, people, ledger)
    awards, progress = play_badges(facts, people, activity, streak_days, attempts, ledger)
    boards, history = play_boards(
        {github_subject(user_id) for user_id in people.roster & people.developers},
        facts.as_of,
        list(ledger.rows()),
        streak_days,
        [(a.developer_id, a.decided_on) for a in attempts if a.is_passed and a.decided_on],
        awards,
    )
    for row in progress:
        row["current_value"] = as_decimal(row["current_value"])
        row["target_value"] = as_decimal(row["target_value"])
        row["share"] = four_decimals(row["share"])
    identities = identity_rows(facts, people)
    return {
        "dim_developers": developer_rows(people),
        "dim_metrics": known_metrics(facts),
        "fct_activity_daily": activity_rows(facts, people, activity),
        "fct_activity_values": value_rows(people, activity),
        "fct_xp_ledger": list(ledger.rows()),
        "fct_xp_exclusions": exclusions,
        "fct_developer_days": developer_day_rows(facts, people, activity, ledger),
        "fct_mission_attempts": [attempt_row(attempt) for attempt in attempts],
        "fct_badge_awards": awards,
        "fct_badge_progress": progress,
        "fct_streak_days": [row for rows in streak_days.values() for row in rows],
        "fct_streaks": streaks,
        "leaderboards": boards,
        "leaderboard_history": history,
        "fct_seats": seat_rows(facts, people),
        "unmatched_identities": unmatched_rows(identities),
        "identities": identities,
        "source_days": source_day_rows(facts, completeness),
    }
