"""Mission attempts of developers and of teams (game.md section 4)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction

from .activity import Activity, github_subject, known_metrics
from .announced import (
    Announced,
    announced_outcome,
    group_by_hidden,
    mission_of,
    payment_of,
)
from .attempts import (
    Attempt,
    Payment,
    blank_attempt,
    is_pass,
    passed_xp,
    pay_out,
    perfect_bonus,
    period_of,
)
from .days import Completeness, days_between, is_valid
from .exact import exact
from .facts import Facts, Row
from .ledger import Ledger
from .people import People
from .teams import Teams

#: What the members of one subject did on each day: a developer is the only member of its own.
Contributions = dict[date, dict[str, Fraction]]


def pay_all(
    attempt: Attempt,
    first_days: dict[str, date],
    day: date,
    xp: int,
    xp_perfect: int,
) -> None:
    """The same for everybody who has contributed by the day."""
    attempt.payments = [
        Payment(who, day, xp, xp_perfect, attempt.perfect_on is not None)
        for who, first in sorted(first_days.items())
        if first <= day
    ]


def decide(
    facts: Facts,
    attempt: Attempt,
    first_days: dict[str, date],
    waiting: set[date],
) -> None:
    """Status, day and payments of an attempt whose progress is known."""
    mission, start, end = attempt.mission, attempt.period_start, attempt.period_end
    if attempt.perfect_on is not None:
        attempt.status, attempt.decided_on = "completed", attempt.perfect_on
        pay_all(attempt, first_days, attempt.perfect_on, mission["base_xp"], perfect_bonus(mission))
        return
    if start is None or end is None or end > facts.as_of:
        return
    if any(day in waiting for day in days_between(start, end)):
        attempt.status = "submitted"
        return
    attempt.status = "passed" if is_pass(mission, attempt.score) else "failed"
    attempt.decided_on = end
    xp = passed_xp(mission, attempt.score)
    if attempt.is_passed or (xp > 0 and not facts.pack["xp_requires_pass"]):
        pay_all(attempt, first_days, end, xp, 0)


def attempts_of(
    facts: Facts,
    mission: Row,
    subject: str,
    contributions: Contributions,
    waiting: set[date],
) -> list[Attempt]:
    """One attempt a period with progress, decided by the facts."""
    attempts: dict[date, Attempt] = {}
    first_days: dict[date, dict[str, date]] = defaultdict(dict)
    for day in sorted(contributions):
        if not is_valid(mission, day):
            continue
        start, _ = period_of(mission, day)
        if start not in attempts:
            attempts[start] = blank_attempt(mission, subject, day)
        attempt = attempts[start]
        for who, value in contributions[day].items():
            attempt.progress += 1 if mission["aggregate"] == "days" else value
            first_days[start].setdefault(who, day)
        if attempt.perfect_on is None and attempt.progress >= exact(mission["target"]):
            attempt.perfect_on = day
    for start, attempt in attempts.items():
        decide(facts, attempt, first_days[start], waiting)
    return list(attempts.values())


def contributions_by_subject(
    mission: Row,
    activity: Activity,
    people: People,
    teams: Teams,
    hidden: set[str],
) -> dict[str, Contributions]:
    """Each developer's values of the mission's metric, or those of each team's members of the day.

    Whoever opted out adds nothing to a team's.
    """
    found: dict[str, Contributions] = defaultdict(lambda: defaultdict(dict))
    for developer_id in map(github_subject, people.developers):
        for day, metrics in activity.daily.get(developer_id, {}).items():
            if mission["metric"] not in metrics:
                continue
            subject: str | None = developer_id
            if mission["scope"] == "team":
                subject = None if developer_id in hidden else teams.of(developer_id, day)
            if subject is not None:
                found[subject][day][developer_id] = exact(metrics[mission["metric"]])
    return found


def freeze(attempt: Attempt, rows: list[Row]) -> Attempt:
    """The attempt as announced; progress and score stay those of the facts."""
    payments = sorted(map(payment_of, rows), key=lambda payment: payment.developer_id)
    perfect_days = [payment.day for payment in payments if payment.is_perfect]
    outcome = announced_outcome(rows)
    is_same = attempt.status == outcome and attempt.payments == payments
    return replace(
        attempt,
        status=attempt.status if is_same else "kept",
        announced_status=outcome,
        decided_on=min(payment.day for payment in payments),
        perfect_on=min(perfect_days, default=None),
        payments=payments,
    )


def settled(
    facts: Facts,
    found: dict[str, Attempt],
    announced: Announced,
    hidden: set[str],
) -> Iterator[Attempt]:
    """Attempts with the record over the facts.

    A team's attempt is held against those of its paid members who have not opted out; what the
    others got stays theirs, in a part of its own that is not shown.
    """
    for reference, rows in announced.missions.items():
        mission = mission_of(facts, rows[0])
        subject = rows[0]["team_id"] or rows[0]["developer_id"]
        blank = blank_attempt(mission, subject, rows[0]["period_start"])
        if mission["scope"] != "team":
            found[reference] = freeze(found.get(reference, blank), rows)
            continue
        for is_hidden, part in group_by_hidden(rows, hidden).items():
            if is_hidden:
                yield replace(freeze(blank, part), is_shown=False)
            else:
                found[reference] = freeze(found.get(reference, blank), part)
    yield from found.values()


def play_missions(
    facts: Facts,
    people: People,
    activity: Activity,
    completeness: Completeness,
    teams: Teams,
    hidden: set[str],
    announced: Announced,
    ledger: Ledger,
) -> list[Attempt]:
    """Attempts at all published missions, and all announced ones; XP goes to the ledger."""
    source_of = {row["metric"]: row["source"] for row in known_metrics(facts)}
    found: dict[str, Attempt] = {}
    for mission in facts["raw_rules.missions"]:
        if mission["kind"] != "mission" or not mission["is_published"]:
            continue
        waiting = completeness.waiting_days(source_of.get(mission["metric"], ""))
        by_subject = contributions_by_subject(mission, activity, people, teams, hidden)
        for subject, contributions in by_subject.items():
            for attempt in attempts_of(facts, mission, subject, contributions, waiting):
                found[attempt.attempt_id] = attempt
    attempts = list(settled(facts, found, announced, hidden))
    for attempt in attempts:
        pay_out(attempt, ledger)
    return attempts
