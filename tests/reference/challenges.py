"""Challenges: missions whose score comes with the fact (game.md section 4)."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction

from .activity import github_subject
from .announced import Announced, announced_outcome, mission_of, payment_of
from .attempts import (
    FULL,
    Attempt,
    Payment,
    blank_attempt,
    is_pass,
    passed_xp,
    pay_out,
    perfect_bonus,
)
from .days import is_valid
from .exact import exact
from .facts import Facts, Row
from .ledger import Ledger
from .people import People


def play_challenge(
    facts: Facts,
    challenge: Row,
    developer_id: str,
    best_of_day: dict[date, Fraction],
) -> Attempt:
    """One attempt with the best score; a better score later earns the difference."""
    attempt = blank_attempt(challenge, developer_id, None)
    attempt.status, attempt.decided_on = "failed", min(best_of_day)
    paid = 0
    for day in sorted(best_of_day):
        score = best_of_day[day]
        if score > attempt.progress:
            attempt.progress = score
            if attempt.status == "failed":
                attempt.decided_on = day
        is_first_pass = is_pass(challenge, attempt.score) and attempt.status == "failed"
        if is_first_pass:
            attempt.status, attempt.decided_on = "passed", day
        xp = 0
        if attempt.is_passed or not facts.pack["xp_requires_pass"]:
            xp = passed_xp(challenge, attempt.score) - paid
        is_perfect = attempt.score == FULL and attempt.perfect_on is None
        if is_perfect:
            attempt.status, attempt.perfect_on = "completed", day
        if xp or is_first_pass or is_perfect:
            bonus = perfect_bonus(challenge) if is_perfect else 0
            attempt.payments.append(Payment(developer_id, day, xp, bonus, is_perfect))
        paid += xp
    return attempt


def freeze(attempt: Attempt, rows: list[Row]) -> Attempt:
    """Announced earnings stay; on a later day an improvement earns what was not yet paid.

    It is kept where the facts earn something else on an announced day, or had no pass by the day
    that was announced as the pass (partial credit may come before it).
    """
    announced = sorted(map(payment_of, rows), key=lambda payment: payment.day)
    passed_on = min(row["decided_on"] for row in rows if row["status"] != "failed")
    last = announced[-1].day
    of_facts = {payment.day: payment for payment in attempt.payments}
    is_same = (
        attempt.is_passed
        and attempt.decided_on is not None
        and attempt.decided_on <= passed_on
        and all(of_facts.get(payment.day) == payment for payment in announced)
    )
    told = paid = sum(payment.xp for payment in announced)
    perfect_on = next((payment.day for payment in announced if payment.is_perfect), None)
    payments, so_far = list(announced), 0
    for payment in attempt.payments:
        so_far += payment.xp
        if payment.day <= last:
            continue
        xp = max(0, max(so_far, told) - paid)
        is_perfect = payment.is_perfect and perfect_on is None
        if is_perfect:
            perfect_on = payment.day
        if xp or is_perfect:
            bonus = payment.xp_perfect if is_perfect else 0
            payments.append(replace(payment, xp=xp, xp_perfect=bonus, is_perfect=is_perfect))
        paid += xp
    return replace(
        attempt,
        status=attempt.status if is_same else "kept",
        announced_status="completed"
        if is_same and perfect_on is not None
        else announced_outcome(rows),
        decided_on=attempt.decided_on if is_same else passed_on,
        perfect_on=perfect_on,
        payments=payments,
    )


def play_challenges(
    facts: Facts,
    people: People,
    announced: Announced,
    ledger: Ledger,
) -> list[Attempt]:
    """Attempts at all published challenges, from the submissions inside their validity, and all
    announced ones.
    """
    best: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
    for source, schema in (("snowflake", "raw_snowflake"), ("file", "raw_filedrop")):
        for row in facts.until_as_of(f"{schema}.challenge_attempts"):
            user_id = people.find(source, row)
            if user_id not in people.developers:
                continue
            of_person = best[row["challenge_id"], github_subject(user_id)]
            day = row["activity_date"]
            of_person[day] = max(of_person.get(day, Fraction(0)), exact(row["score"]))
    found: dict[str, Attempt] = {}
    for challenge in facts["raw_rules.missions"]:
        if challenge["kind"] != "challenge" or not challenge["is_published"]:
            continue
        for (challenge_id, developer_id), days in best.items():
            valid = {day: score for day, score in days.items() if is_valid(challenge, day)}
            if challenge_id == challenge["mission_id"] and valid:
                attempt = play_challenge(facts, challenge, developer_id, valid)
                found[attempt.attempt_id] = attempt
    for reference, rows in announced.challenges.items():
        blank = blank_attempt(mission_of(facts, rows[0]), rows[0]["developer_id"], None)
        found[reference] = freeze(found.get(reference, blank), rows)
    for attempt in found.values():
        pay_out(attempt, ledger)
    return list(found.values())
