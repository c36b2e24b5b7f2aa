"""The record of announced awards: an input of every night, and what a night adds to it.

A row says what one developer was paid on one day (game.md section 5): a badge, a completed or
passed mission, or a day on which a challenge earned.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .activity import github_subject
from .attempts import Attempt, Payment, outcome_of
from .facts import COLUMNS, Facts, Row
from .people import People

#: What the record says, but for the run that told it.
RECORDED = (
    "kind", "developer_id", "reference_id", "season", "mission_id", "version", "team_id",
    "period_start", "status", "decided_on", "xp", "xp_perfect", "perfect_on",
)  # fmt: skip
BadgeKey = tuple[str, str, str | None]


@dataclass
class Announced:
    """Rows of the record about developers: missions and challenges by attempt id, badges by
    (developer, badge, season).
    """

    missions: dict[str, list[Row]]
    challenges: dict[str, list[Row]]
    badges: dict[BadgeKey, Row]


def badge_key(row: Row) -> BadgeKey:
    return row["developer_id"], row["reference_id"], row["season"]


def read_announced(facts: Facts, people: People) -> Announced:
    """Bots earn nothing, whatever was announced before they were known as such."""
    developers = set(map(github_subject, people.developers))
    rows = [row for row in facts["ops.announced_awards"] if row["developer_id"] in developers]
    by_attempt: dict[str, dict[str, list[Row]]] = {"mission": {}, "challenge": {}}
    for row in sorted(rows, key=lambda row: (row["decided_on"], row["developer_id"])):
        if row["kind"] in by_attempt:
            by_attempt[row["kind"]].setdefault(row["reference_id"], []).append(row)
    return Announced(
        by_attempt["mission"],
        by_attempt["challenge"],
        {badge_key(row): row for row in rows if row["kind"] == "badge"},
    )


def payment_of(row: Row) -> Payment:
    return Payment(
        row["developer_id"],
        row["decided_on"],
        row["xp"],
        row["xp_perfect"],
        row["perfect_on"] is not None,
    )


def announced_outcome(rows: Iterable[Row]) -> str:
    return "completed" if any(row["status"] == "completed" for row in rows) else "passed"


def mission_of(facts: Facts, row: Row) -> Row:
    """The entry that an announced attempt belongs to; of one that the pack no longer holds, what
    the record knows.
    """
    for mission in facts["raw_rules.missions"]:
        if (mission["mission_id"], mission["version"]) == (row["mission_id"], row["version"]):
            return mission
    known = {column: row[column] for column in ("mission_id", "version", "kind")}
    scope = "developer" if row["team_id"] is None else "team"
    return dict.fromkeys(COLUMNS["raw_rules.missions"]) | known | {"scope": scope}


def is_before_pass(attempt: Attempt, payment: Payment) -> bool:
    """Partial credit of a challenge comes before its pass."""
    return (
        attempt.mission["kind"] == "challenge"
        and attempt.decided_on is not None
        and payment.day < attempt.decided_on
    )


def new_attempt_rows(attempt: Attempt, known: set[tuple]) -> Iterable[dict[str, Any]]:
    """What is told of a completed or passed attempt: each payment that the record lacks."""
    is_challenge = attempt.mission["kind"] == "challenge"
    for payment in attempt.payments:
        day = payment.day if is_challenge else None
        if (attempt.attempt_id, payment.developer_id, day) not in known:
            yield {
                "kind": attempt.mission["kind"],
                "developer_id": payment.developer_id,
                "reference_id": attempt.attempt_id,
                "mission_id": attempt.mission["mission_id"],
                "version": attempt.mission["version"],
                "team_id": attempt.team_id,
                "period_start": attempt.period_start,
                "status": "failed" if is_before_pass(attempt, payment) else outcome_of(attempt),
                "decided_on": payment.day,
                "xp": payment.xp,
                "xp_perfect": payment.xp_perfect,
                "perfect_on": payment.day if payment.is_perfect else None,
            }


def announcements(
    facts: Facts,
    hidden: set[str],
    attempts: Iterable[Attempt],
    awards: Iterable[Row],
) -> list[Row]:
    """The rows that publishing this night adds to the record.

    Nothing is told of who opted out, and of a revoked award nothing either.
    """
    (night,) = facts["ops.nights"]
    known: set[tuple] = set()
    for row in facts["ops.announced_awards"]:
        day = row["decided_on"] if row["kind"] == "challenge" else None
        known.add((row["reference_id"], row["developer_id"], day))
    badges = {badge_key(row) for row in facts["ops.announced_awards"] if row["kind"] == "badge"}
    told: list[dict[str, Any]] = []
    for attempt in attempts:
        if attempt.is_passed:
            told += new_attempt_rows(attempt, known)
    for award in awards:
        key = (award["developer_id"], award["badge_id"], award["season"])
        if award["status"] == "awarded" and key not in badges:
            told.append(
                {
                    "kind": "badge",
                    "developer_id": award["developer_id"],
                    "reference_id": award["badge_id"],
                    "season": award["season"],
                    "version": award["version"],
                    "status": "awarded",
                    "decided_on": award["awarded_on"],
                    "xp": award["xp_reward"],
                    "xp_perfect": 0,
                }
            )
    blank: dict[str, Any] = dict.fromkeys(
        ("season", "mission_id", "team_id", "period_start", "perfect_on")
    )
    return [
        blank | row | {"run_id": night["run_id"]}
        for row in told
        if row["developer_id"] not in hidden
    ]


def group_by_hidden(rows: Iterable[Row], hidden: set[str]) -> dict[bool, list[Row]]:
    groups: dict[bool, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["developer_id"] in hidden].append(row)
    return groups


def days_of(rows: Iterable[Row]) -> list[date]:
    return sorted({row["decided_on"] for row in rows})
