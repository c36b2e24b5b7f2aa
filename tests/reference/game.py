"""The whole game: facts in, rows of the public tables out.

Order within a day (game.md section 12): activity XP, streaks, missions, challenges, adjustments,
then badges. Everybody is played; whoever opted out is then left out of all rows that name people.
Not here: corrections, and the texts of notifications.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from .activity import Activity, github_subject, known_metrics, read_activity
from .announced import announcements, read_announced
from .attempts import Attempt
from .badges import play_badges
from .boards import play_boards
from .challenges import play_challenges
from .days import Completeness, days_between
from .exact import as_decimal, four_decimals
from .facts import Facts, Row
from .identity import keyed_facts
from .ledger import Ledger
from .levels import level_of, standing, title_of
from .missions import play_missions
from .notifications import notification_rows
from .opting import read_hidden
from .organisation import (
    badge_holder_rows,
    board_size_rows,
    level_holder_rows,
    mission_period_rows,
    org_day_rows,
    seat_day_rows,
)
from .people import People, read_people
from .seats import seat_rows
from .streaks import play_streaks
from .team_days import team_day_rows
from .teams import Teams, bridge_rows, team_rows
from .xp import award_activity, award_adjustments

XP_COLUMN = {
    "activity": "xp_activity",
    "mission": "xp_missions",
    "mission_perfect": "xp_missions",
    "badge": "xp_badges",
    "streak": "xp_streak",
    "adjustment": "xp_adjustments",
}


#: Columns that name a person, as `github:<user_id>`.
NAMING = ("developer_id", "holder_id", "value_text")
Tables = dict[str, list[Row]]


@dataclass
class Night:
    """What a night shows, by table, and what publishing it adds to `ops.announced_awards`."""

    tables: Tables
    announced: list[Row]


def developer_rows(
    facts: Facts, people: People, teams: Teams, developer_days: list[Row]
) -> list[Row]:
    totals: Counter[str] = Counter()
    for row in developer_days:
        totals[row["developer_id"]] += row["xp"]
    levels = {
        user_id: level_of(facts.pack["level_curve"], totals[github_subject(user_id)])
        for user_id in people.developers
    }
    return [
        {
            "developer_id": github_subject(user_id),
            "login": people.login_of[user_id],
            "display_name": people.display_name(user_id),
            "current_team_id": teams.of(github_subject(user_id), facts.as_of),
            "is_active": user_id in people.roster,
            "joined_on": people.joined_on.get(user_id),
            "left_on": people.left_on.get(user_id),
            "level": levels[user_id],
            "title": title_of(levels[user_id]),
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
        "team_id": attempt.team_id,
        "period_start": attempt.period_start,
        "period_end": attempt.period_end,
        "progress": as_decimal(attempt.progress),
        "target": None if attempt.target is None else as_decimal(attempt.target),
        "score": four_decimals(attempt.score),
        "status": attempt.status,
        # A published outcome is an announced one.
        "announced_status": attempt.announced_status
        or (attempt.status if attempt.status in ("completed", "passed") else None),
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


def shown(rows: list[Row], hidden: set[str]) -> list[Row]:
    """Rows that name nobody who opted out."""
    return [row for row in rows if not any(row.get(column) in hidden for column in NAMING)]


def play_night(facts: Facts) -> Night:
    """One night: its tables, with the columns of `warehouse.md` section 3 that the game decides.

    Beside the public tables, `source_days` says which (source, day) is complete, and `identities`
    whom each key means, and why.
    """
    people = read_people(facts)
    hidden = read_hidden(facts, people)
    teams = Teams(facts, people)
    announced = read_announced(facts, people)
    activity = read_activity(facts, people)
    completeness = Completeness(facts)
    ledger = Ledger()
    exclusions = list(award_activity(facts, people, activity, ledger))
    streak_days, streaks = play_streaks(facts, people, activity, completeness, ledger)
    attempts = play_missions(
        facts, people, activity, completeness, teams, hidden, announced, ledger
    )
    attempts += play_challenges(facts, people, announced, ledger)
    award_adjustments(facts, people, ledger)
    awards, progress = play_badges(
        facts, people, activity, streak_days, attempts, announced, ledger
    )
    told = announcements(facts, hidden, attempts, awards)
    for row in progress:
        row["current_value"] = as_decimal(row["current_value"])
        row["target_value"] = as_decimal(row["target_value"])
        row["share"] = four_decimals(row["share"])
    for row in awards:
        del row["version"]  # of the ledger, not of the award
    boards, history = play_boards(
        {github_subject(user_id) for user_id in people.roster & people.developers} - hidden,
        facts.as_of,
        list(ledger.rows()),
        streak_days,
        [
            (developer_id, attempt.decided_on)
            for attempt in attempts
            if attempt.is_passed and attempt.decided_on
            for developer_id in attempt.counts_for
        ],
        [award for award in awards if award["status"] != "revoked"],
        teams.of,
    )
    developer_days = developer_day_rows(facts, people, activity, ledger)
    identities = identity_rows(facts, people)
    developers = developer_rows(facts, people, teams, developer_days)
    seats = seat_rows(facts, people)
    shown_attempts = [attempt for attempt in attempts if attempt.is_shown]
    tables = {
        "dim_developers": developers,
        "dim_teams": team_rows(facts, teams),
        "bridge_team_members": bridge_rows(facts, teams),
        "dim_metrics": known_metrics(facts),
        "fct_activity_daily": activity_rows(facts, people, activity),
        "fct_activity_values": value_rows(people, activity),
        "fct_xp_ledger": list(ledger.rows()),
        "fct_xp_exclusions": exclusions,
        "fct_developer_days": developer_days,
        "fct_mission_attempts": [attempt_row(attempt) for attempt in shown_attempts],
        "fct_badge_awards": awards,
        "fct_badge_progress": progress,
        "fct_streak_days": [row for rows in streak_days.values() for row in rows],
        "fct_streaks": streaks,
        "fct_team_days": team_day_rows(facts, teams, hidden, activity, ledger),
        "leaderboards": boards,
        "leaderboard_sizes": board_size_rows(boards),
        "leaderboard_history": history,
        "fct_notifications": notification_rows(
            developer_days, streak_days, attempts, awards, history
        ),
        "fct_seats": seats,
        "fct_org_days": org_day_rows(
            facts.as_of, developers, developer_days, shown_attempts, awards
        ),
        "fct_mission_periods": mission_period_rows(shown_attempts),
        "fct_badge_holders": badge_holder_rows(facts, developers, awards),
        "fct_level_holders": level_holder_rows(developers),
        "fct_seat_days": seat_day_rows(seats),
        "unmatched_identities": unmatched_rows(identities),
        "identities": identities,
        "source_days": source_day_rows(facts, completeness),
    }
    return Night({name: shown(rows, hidden) for name, rows in tables.items()}, told)


def play(facts: Facts) -> Tables:
    """The rows of a night by table name."""
    return play_night(facts).tables
