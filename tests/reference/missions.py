"""Mission attempts of developers, and challenges (game.md section 4)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .activity import Activity, github_subject, known_metrics
from .days import Completeness, days_between, is_valid
from .exact import HALF, exact, half_up
from .facts import Facts, Row
from .ledger import Ledger
from .people import People

FULL = Fraction(100)


@dataclass
class Attempt:
    """One attempt. `perfect_on`: the day on which its score reached 100, if it did."""

    attempt_id: str
    mission: Row
    developer_id: str
    period_start: date | None
    period_end: date | None
    progress: Fraction
    target: Fraction
    status: str
    decided_on: date | None
    perfect_on: date | None
    xp_awarded: int = 0

    @property
    def score(self) -> Fraction:
        return min(FULL, 100 * self.progress / self.target)

    @property
    def is_passed(self) -> bool:
        return self.status in ("passed", "completed")


def period_of(mission: Row, day: date) -> tuple[date, date | None]:
    """First and last day of the day's period; `once` starts with the mission and never ends."""
    match mission["period"]:
        case "day":
            return day, day
        case "week":
            monday = day - timedelta(days=day.isoweekday() - 1)
            return monday, monday + timedelta(days=6)
        case "month":
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "once":
            return mission["valid_from"], None
        case other:
            raise ValueError(f"unknown period {other}")


def attempt_id(mission: Row, developer_id: str, period_start: date | None) -> str:
    start = "" if period_start is None else period_start.isoformat()
    return f"{mission['mission_id']}:{mission['version']}:{developer_id}:{start}"


def passed_xp(mission: Row, score: Fraction) -> int:
    return half_up(mission["base_xp"] * score / 100)


def perfect_bonus(mission: Row) -> int:
    return half_up(mission["base_xp"] * HALF)


def is_pass(mission: Row, score: Fraction) -> bool:
    return score >= exact(mission["pass_threshold"])


def pay(ledger: Ledger, attempt: Attempt, day: date, reason: str, xp: int) -> None:
    ledger.add(
        attempt.developer_id, day, reason, attempt.attempt_id, attempt.mission["version"], xp
    )
    attempt.xp_awarded += xp


def decide(facts: Facts, attempt: Attempt, waiting: set[date], ledger: Ledger) -> None:
    """Status, day and XP of an attempt whose progress is known."""
    mission, start, end = attempt.mission, attempt.period_start, attempt.period_end
    if attempt.perfect_on is not None:
        attempt.status, attempt.decided_on = "completed", attempt.perfect_on
        pay(ledger, attempt, attempt.perfect_on, "mission", mission["base_xp"])
        pay(ledger, attempt, attempt.perfect_on, "mission_perfect", perfect_bonus(mission))
        return
    if start is None or end is None or end > facts.as_of:
        return
    if any(day in waiting for day in days_between(start, end)):
        attempt.status = "submitted"
        return
    attempt.status = "passed" if is_pass(mission, attempt.score) else "failed"
    attempt.decided_on = end
    if attempt.is_passed or not facts.pack["xp_requires_pass"]:
        pay(ledger, attempt, end, "mission", passed_xp(mission, attempt.score))


def attempts_of(
    mission: Row,
    developer_id: str,
    values: dict[date, Fraction],
) -> list[Attempt]:
    """One attempt a period with progress, from the developer's daily values of the metric."""
    target = exact(mission["target"])
    attempts: dict[date, Attempt] = {}
    for day in sorted(values):
        if not is_valid(mission, day):
            continue
        start, end = period_of(mission, day)
        attempt = attempts.setdefault(
            start,
            Attempt(
                attempt_id(mission, developer_id, start),
                mission,
                developer_id,
                start,
                end,
                Fraction(0),
                target,
                "in_progress",
                None,
                None,
            ),
        )
        attempt.progress += 1 if mission["aggregate"] == "days" else values[day]
        if attempt.perfect_on is None and attempt.progress >= target:
            attempt.perfect_on = day
    return list(attempts.values())


def play_missions(
    facts: Facts,
    people: People,
    activity: Activity,
    completeness: Completeness,
    ledger: Ledger,
) -> list[Attempt]:
    """Attempts of all developers at all published missions; XP goes to the ledger."""
    source_of = {row["metric"]: row["source"] for row in known_metrics(facts)}
    attempts: list[Attempt] = []
    for mission in facts["raw_rules.missions"]:
        is_played = mission["is_published"] and mission["scope"] == "developer"
        if mission["kind"] != "mission" or not is_played:
            continue
        metric = mission["metric"]
        waiting = completeness.waiting_days(source_of.get(metric, ""))
        for user_id in people.developers:
            developer_id = github_subject(user_id)
            values = {
                day: exact(metrics[metric])
                for day, metrics in activity.daily.get(developer_id, {}).items()
                if metric in metrics
            }
            for attempt in attempts_of(mission, developer_id, values):
                decide(facts, attempt, waiting, ledger)
                attempts.append(attempt)
    return attempts


def play_challenge(
    facts: Facts,
    challenge: Row,
    developer_id: str,
    best_of_day: dict[date, Fraction],
    ledger: Ledger,
) -> Attempt:
    """One attempt with the best score; a better score later earns the difference."""
    attempt = Attempt(
        attempt_id(challenge, developer_id, None),
        challenge,
        developer_id,
        None,
        None,
        Fraction(0),
        FULL,
        "failed",
        min(best_of_day),
        None,
    )
    paid = 0
    for day in sorted(best_of_day):
        score = best_of_day[day]
        if score > attempt.progress:
            attempt.progress = score
            if attempt.status == "failed":
                attempt.decided_on = day
        if is_pass(challenge, attempt.score) and attempt.status == "failed":
            attempt.status, attempt.decided_on = "passed", day
        if attempt.is_passed or not facts.pack["xp_requires_pass"]:
            earned = passed_xp(challenge, attempt.score)
            pay(ledger, attempt, day, "mission", earned - paid)
            paid = earned
        if attempt.score == FULL and attempt.perfect_on is None:
            attempt.status, attempt.perfect_on = "completed", day
            pay(ledger, attempt, day, "mission_perfect", perfect_bonus(challenge))
    return attempt


def play_challenges(facts: Facts, people: People, ledger: Ledger) -> list[Attempt]:
    """Attempts at all published challenges, from the submissions inside their validity."""
    best: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
    for source, schema in (("snowflake", "raw_snowflake"), ("file", "raw_filedrop")):
        for row in facts.until_as_of(f"{schema}.challenge_attempts"):
            user_id = people.find(source, row)
            if user_id not in people.developers:
                continue
            of_person = best[row["challenge_id"], github_subject(user_id)]
            day = row["activity_date"]
            of_person[day] = max(of_person.get(day, Fraction(0)), exact(row["score"]))
    attempts: list[Attempt] = []
    for challenge in facts["raw_rules.missions"]:
        if challenge["kind"] != "challenge" or not challenge["is_published"]:
            continue
        for (challenge_id, developer_id), days in best.items():
            valid = {day: score for day, score in days.items() if is_valid(challenge, day)}
            if challenge_id == challenge["mission_id"] and valid:
                attempts.append(play_challenge(facts, challenge, developer_id, valid, ledger))
    return attempts
