"""What comes of trying a setting: a line each, which `nightquest doctor` prints."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ingest.errors import NightquestError
from ingest.settings import Settings

#: A GitHub App's word is refused by a clock that is more than a minute ahead.
DRIFT_SECONDS = 60


class Verdict(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    NOT_SET = "not set"


@dataclass(frozen=True)
class Finding:
    """What was tried, and what is said of it; of a problem, with what to do."""

    what: str
    verdict: Verdict
    said: str


#: Tries what the settings say, writes nothing that stays, and never shows a secret. A
#: NightquestError that it raises is a finding, too.
Check = Callable[[Settings], Iterable[Finding]]


def ok(what: str, said: str) -> Finding:
    return Finding(what, Verdict.OK, said)


def problem(what: str, said: object) -> Finding:
    return Finding(what, Verdict.PROBLEM, " ".join(str(said).split()))


def not_set(what: str, said: str) -> Finding:
    return Finding(what, Verdict.NOT_SET, said)


def tried(what: str, attempt: Callable[[], str]) -> Finding:
    """Well, with what the attempt says; or a problem, with the sentence that it raises."""
    try:
        return ok(what, attempt())
    except NightquestError as error:
        return problem(what, error)


def clock_against(whose: str, theirs: datetime) -> Finding:
    """Whether this machine's clock agrees with somebody else's."""
    ahead = round((datetime.now(UTC) - theirs).total_seconds())
    if abs(ahead) <= DRIFT_SECONDS:
        return ok("clock", f"agrees with {whose} within {DRIFT_SECONDS} s")
    return problem(
        "clock",
        f"this machine's clock is {abs(ahead):,} s {'ahead of' if ahead > 0 else 'behind'} "
        f"{whose}: keep it by NTP, or days end at the wrong moment and logins are refused.",
    )
