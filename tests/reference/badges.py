"""Badges: conditions, awards and progress (game.md section 5)."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .activity import Activity, github_subject
from .announced import Announced, BadgeKey
from .attempts import Attempt, outcome_of
from .days import days_between, is_valid, quarter_start, season_of
from .exact import exact
from .facts import Facts, Row
from .ledger import Ledger
from .people import People
from .xp import read_revocations

Number = int | Fraction


class Series:
    """Amounts on days, and their sum over any range of days (both ends included)."""

    def __init__(self, amounts: dict[date, Number]) -> None:
        self.days = sorted(amounts)
        self.totals: list[Number] = [0]
        for day in self.days:
            self.totals.append(self.totals[-1] + amounts[day])

    def between(self, first: date | None, last: date) -> Number:
        start = 0 if first is None else bisect_left(self.days, first)
        return self.totals[max(start, bisect_right(self.days, last))] - self.totals[start]


@dataclass
class Record:
    """All that a badge may look at, of one developer.

    `attempts` by status, `passed` by mission id and `rewards` by badge id count attempts on the
    day from which they have that status; `active_days` by metric, None for any metric.
    """

    xp: Series
    metrics: dict[str, Series]
    active_days: dict[str | None, Series]
    values: dict[str, dict[date, dict[str, int]]]
    attempts: dict[str, Series]
    passed: dict[str, Series]
    rewards: dict[str, Series]
    streak_on: dict[date, int]
    event_days: set[date]


NOTHING = Series({})


def latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def current_value(condition: Row, record: Record, day: date, since: date | None) -> Number:
    """The number that a condition compares with its target, at the end of the day.

    `since` is the season's first day (None: all facts count); a window is cut there.
    """
    window = condition["window_days"]
    first = latest(since, None if window is None else day - timedelta(days=window - 1))
    metric = condition["metric"]

    match condition["type"]:
        case "xp":
            return record.xp.between(first, day)
        case "metric":
            return record.metrics.get(metric, NOTHING).between(first, day)
        case "distinct_values":
            return len(
                {
                    text
                    for seen_on, texts in record.values.get(metric, {}).items()
                    if seen_on <= day and (first is None or seen_on >= first)
                    for text in texts
                }
            )
        case "attempt_count":
            return record.attempts.get(condition["status"], NOTHING).between(first, day)
        case "perfect_count":
            return record.attempts.get("completed", NOTHING).between(first, day)
        case "consecutive_days":
            return record.streak_on.get(day, 0)
        case "distinct_days":
            return record.active_days.get(metric, NOTHING).between(first, day)
        case "mission":
            of_mission = record.passed.get(condition["mission_id"], NOTHING)
            return min(1, of_mission.between(first, day))
        case other:
            raise ValueError(f"unknown condition {other}")


def statuses_of(attempt: Attempt) -> Iterator[tuple[str, date]]:
    """The statuses that an attempt counts under, each with its day; passed includes completed."""
    if attempt.perfect_on is not None:
        yield "completed", attempt.perfect_on
    if attempt.decided_on is not None:
        outcome = outcome_of(attempt)
        yield "failed" if outcome == "failed" else "passed", attempt.decided_on


def count_by(pairs: Iterable[tuple[str, date]]) -> dict[str, Series]:
    counts: dict[str, dict[date, Number]] = defaultdict(lambda: defaultdict(int))
    for name, day in pairs:
        counts[name][day] += 1
    return {name: Series(days) for name, days in counts.items()}


def target_of(condition: Row) -> Fraction:
    return Fraction(1) if condition["type"] == "mission" else exact(condition["target"])


def holds(condition: Row, record: Record, day: date, since: date | None) -> bool:
    return current_value(condition, record, day, since) >= target_of(condition)


def is_earned(
    badge: Row,
    conditions: list[Row],
    record: Record,
    day: date,
    since: date | None,
) -> bool:
    """The badge's own condition holds, or a mission that gives the badge was passed."""
    if conditions and all(holds(condition, record, day, since) for condition in conditions):
        return True
    return record.rewards.get(badge["badge_id"], NOTHING).between(since, day) > 0


def season_start(badge: Row, day: date) -> date | None:
    return quarter_start(day) if badge["repeat"] == "season" else None


def candidate_days(versions: list[Row], record: Record, as_of: date) -> list[date]:
    """Days on which a condition can begin to hold.

    That is a day on which something happened, the first day of a version, and the first day of a
    season, which the streak may reach standing.
    """
    days = set(record.event_days)
    days |= {badge["valid_from"] for badge in versions if badge["valid_from"] is not None}
    if record.event_days and any(badge["repeat"] == "season" for badge in versions):
        days |= {quarter_start(day) for day in days_between(min(record.event_days), as_of)}
    return sorted(day for day in days if day <= as_of)


def read_record(
    activity: Activity,
    ledger: Ledger,
    developer_id: str,
    attempts: list[Attempt],
    streak_days: list[Row],
) -> Record:
    """The record before any badge: the ledger holds no badge XP yet."""
    days = activity.daily.get(developer_id, {})
    amounts: dict[str, dict[date, Number]] = defaultdict(dict)
    for day, metrics in days.items():
        for metric, value in metrics.items():
            amounts[metric][day] = exact(value)
    xp: dict[date, Number] = defaultdict(int)
    for row in ledger.by_developer.get(developer_id, []):
        xp[row["activity_date"]] += row["xp"]
    active_days: dict[str | None, Series] = {None: Series(dict.fromkeys(days, 1))}
    active_days |= {metric: Series(dict.fromkeys(of, 1)) for metric, of in amounts.items()}
    decided = [(a, status, day) for a in attempts for status, day in statuses_of(a)]
    passed = [(a.mission, day) for a, status, day in decided if status == "passed"]
    return Record(
        Series(xp),
        {metric: Series(of_metric) for metric, of_metric in amounts.items()},
        active_days,
        activity.values.get(developer_id, {}),
        count_by((status, day) for _, status, day in decided),
        count_by((mission["mission_id"], day) for mission, day in passed),
        count_by(
            (mission["badge_id"], day) for mission, day in passed if mission["badge_id"] is not None
        ),
        {row["activity_date"]: row["current_streak"] for row in streak_days},
        set(days) | set(xp) | {day for _, _, day in decided},
    )


@dataclass
class Rulebook:
    """The versions of each badge, and the conditions of each version."""

    versions: dict[str, list[Row]]
    conditions: dict[tuple[str, int], list[Row]]


def read_rulebook(facts: Facts) -> Rulebook:
    book = Rulebook(defaultdict(list), defaultdict(list))
    for badge in facts["raw_rules.badges"]:
        book.versions[badge["badge_id"]].append(badge)
    for condition in facts["raw_rules.badge_conditions"]:
        book.conditions[condition["badge_id"], condition["version"]].append(condition)
    return book


@dataclass(frozen=True)
class Award:
    """What the facts give, or what was announced."""

    day: date
    version: int
    xp: int


def earned(
    facts: Facts,
    book: Rulebook,
    record: Record,
    developer_id: str,
) -> dict[BadgeKey, Award]:
    """What the facts give one developer: each badge and season on its first day."""
    found: dict[BadgeKey, Award] = {}
    for badge_id, of_badge in book.versions.items():
        for day in candidate_days(of_badge, record, facts.as_of):
            for badge in of_badge:
                since = season_start(badge, day)
                key = (developer_id, badge_id, None if since is None else season_of(day))
                if key in found or not is_valid(badge, day):
                    continue
                if is_earned(
                    badge, book.conditions[badge_id, badge["version"]], record, day, since
                ):
                    found[key] = Award(day, badge["version"], badge["xp_reward"])
    return found


def award_row(
    key: BadgeKey,
    of_facts: Award | None,
    announced: Award | None,
    is_revoked: bool,
    ledger: Ledger,
) -> Row:
    """An announced award keeps its day and XP; a revoked one keeps its row and its ledger row."""
    award = announced or of_facts
    assert award is not None
    developer_id, badge_id, season = key
    reference = badge_id if season is None else f"{badge_id}:{season}"
    ledger.add(developer_id, award.day, "badge", reference, award.version, award.xp)
    is_kept = of_facts is None or (of_facts.day, of_facts.xp) != (award.day, award.xp)
    return {
        "developer_id": developer_id,
        "badge_id": badge_id,
        "season": season,
        "version": award.version,
        "awarded_on": award.day,
        "xp_reward": award.xp,
        "status": "revoked" if is_revoked else "kept" if is_kept else "awarded",
    }


def play_badges(
    facts: Facts,
    people: People,
    activity: Activity,
    streak_days: dict[str, list[Row]],
    attempts: list[Attempt],
    announced: Announced,
    ledger: Ledger,
) -> tuple[list[Row], list[Row]]:
    """Rows of `fct_badge_awards` (with the badge's version, without evidence) and of
    `fct_badge_progress`.
    """
    book = read_rulebook(facts)
    revoked = read_revocations(facts, people)
    attempts_of: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        for developer_id in attempt.counts_for:
            attempts_of[developer_id].append(attempt)
    told: dict[str, dict[BadgeKey, Award]] = defaultdict(dict)
    for key, row in announced.badges.items():
        told[key[0]][key] = Award(row["decided_on"], row["version"], row["xp"])

    awards: list[Row] = []
    progress: list[Row] = []
    for user_id in people.developers:
        developer_id = github_subject(user_id)
        record = read_record(
            activity,
            ledger,
            developer_id,
            attempts_of[developer_id],
            streak_days.get(developer_id, []),
        )
        by_facts = earned(facts, book, record, developer_id)
        of_record = told[developer_id]
        held = list(dict.fromkeys([*by_facts, *of_record]))
        awards += [
            award_row(key, by_facts.get(key), of_record.get(key), key in revoked, ledger)
            for key in held
        ]
        progress += progress_rows(facts, book, record, developer_id, set(held))
    return awards, progress


def progress_rows(
    facts: Facts,
    book: Rulebook,
    record: Record,
    developer_id: str,
    held: set[BadgeKey],
) -> list[Row]:
    """Progress at the as-of day towards each badge that is valid then and not yet held."""
    rows: list[Row] = []
    for badge in (badge for versions in book.versions.values() for badge in versions):
        since = season_start(badge, facts.as_of)
        season = None if since is None else season_of(facts.as_of)
        is_held = (developer_id, badge["badge_id"], season) in held
        if is_held or not is_valid(badge, facts.as_of):
            continue
        own = book.conditions[badge["badge_id"], badge["version"]]
        value: Number
        if len(own) == 1:
            value = current_value(own[0], record, facts.as_of, since)
            target = target_of(own[0])
        else:
            value = sum(holds(condition, record, facts.as_of, since) for condition in own)
            target = Fraction(len(own))
        rows.append(
            {
                "developer_id": developer_id,
                "badge_id": badge["badge_id"],
                "current_value": value,
                "target_value": target,
                "share": max(Fraction(0), min(Fraction(1), Fraction(value) / target)),
            }
        )
    return rows
