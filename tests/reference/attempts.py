"""What an attempt is, and what it pays (game.md section 4)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from .exact import HALF, exact, half_up
from .facts import Row
from .ledger import Ledger

FULL = Fraction(100)


@dataclass(frozen=True)
class Payment:
    """What one developer gets of an attempt on one day; `is_perfect`: the score reached 100 then.

    Whoever completes or passes is paid, be it 0 XP.
    """

    developer_id: str
    day: date
    xp: int
    xp_perfect: int
    is_perfect: bool


@dataclass
class Attempt:
    """One attempt of a subject (developer or team id).

    `target`: None where the pack no longer holds the mission. `perfect_on`: the day on which the
    score reached 100, if it did. `is_shown`: false for the part
    of a team's announced attempt that was paid to people who opted out since.
    """

    attempt_id: str
    mission: Row
    subject: str
    period_start: date | None
    period_end: date | None
    progress: Fraction
    target: Fraction | None
    status: str
    decided_on: date | None
    perfect_on: date | None
    payments: list[Payment] = field(default_factory=list)
    announced_status: str | None = None
    is_shown: bool = True

    @property
    def score(self) -> Fraction:
        return Fraction(0) if self.target is None else min(FULL, 100 * self.progress / self.target)

    @property
    def is_passed(self) -> bool:
        """Completed or passed, by the facts or as announced."""
        return self.status in ("passed", "completed", "kept")

    @property
    def developer_id(self) -> str | None:
        return None if self.mission["scope"] == "team" else self.subject

    @property
    def team_id(self) -> str | None:
        return self.subject if self.mission["scope"] == "team" else None

    @property
    def counts_for(self) -> set[str]:
        """Whose attempt it is in badges and on boards: a team's is that of all it paid."""
        if self.developer_id is not None:
            return {self.developer_id}
        return {payment.developer_id for payment in self.payments}

    @property
    def xp_awarded(self) -> int:
        return sum(payment.xp + payment.xp_perfect for payment in self.payments)


def outcome_of(attempt: Attempt) -> str:
    """The status that counts: a kept attempt counts as what it was announced as."""
    if attempt.is_passed:
        return "passed" if attempt.perfect_on is None else "completed"
    return attempt.status


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
        case None:  # the pack no longer holds the mission
            return day, None
        case other:
            raise ValueError(f"unknown period {other}")


def attempt_id(mission: Row, subject: str, period_start: date | None) -> str:
    start = "" if period_start is None else period_start.isoformat()
    return f"{mission['mission_id']}:{mission['version']}:{subject}:{start}"


def blank_attempt(mission: Row, subject: str, day: date | None) -> Attempt:
    """An attempt without progress, in the period of the day (challenges have none)."""
    start, end = (None, None) if day is None else period_of(mission, day)
    target = FULL if mission["kind"] == "challenge" else mission["target"]
    return Attempt(
        attempt_id(mission, subject, start),
        mission,
        subject,
        start,
        end,
        Fraction(0),
        None if target is None else exact(target),
        "in_progress",
        None,
        None,
    )


def passed_xp(mission: Row, score: Fraction) -> int:
    return half_up(mission["base_xp"] * score / 100)


def perfect_bonus(mission: Row) -> int:
    return half_up(mission["base_xp"] * HALF)


def is_pass(mission: Row, score: Fraction) -> bool:
    return score >= exact(mission["pass_threshold"])


def pay_out(attempt: Attempt, ledger: Ledger) -> None:
    """Write what the attempt pays."""
    reference, version = attempt.attempt_id, attempt.mission["version"]
    for payment in attempt.payments:
        who, day = payment.developer_id, payment.day
        ledger.add(who, day, "mission", reference, version, payment.xp)
        ledger.add(who, day, "mission_perfect", reference, version, payment.xp_perfect)
