"""`nightquest status`: what is published, what is late, and how the last night went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.errors import NightquestError
from ingest.landing import Landing
from ingest.settings import Settings
from orchestration.alerts.events import GRAVE, Event, events_of, held_in_words
from orchestration.alerts.kinds import Kind
from orchestration.looking import how_things_stand
from orchestration.standing import Standing

#: No problems of the moment: said by the published night itself, listed apart, or good.
NO_PROBLEMS = {Kind.source_late, Kind.day_held, Kind.rules_wait,
               Kind.good_again}  # fmt: skip


@dataclass(frozen=True)
class Status:
    """What `nightquest status` says.

    Attributes:
        report: by key, ready for JSON.
        is_good: something is published, new enough, and the last night did not fail.
    """

    report: dict[str, Any]
    is_good: bool


def status_of(settings: Settings) -> Status:
    """
    Raises:
        NightquestError: how things stand cannot be read.
    """
    standing = how_things_stand(settings)
    if standing.unread:
        raise NightquestError(standing.unread[0])
    return status_from(settings, standing, source_states(settings))


def status_from(settings: Settings, standing: Standing, sources: Sequence[str]) -> Status:
    """The same, of a look that is taken already."""
    night, events = standing.night, events_of(settings, standing)
    problems = [event.what for event in events if event.kind not in NO_PROBLEMS]
    if night is None:
        problems.insert(0, "nothing is published yet: type `nightquest run`")
    elif night.problems:
        problems.append(night.problems)
    report = {
        "as_of_day": str(night.as_of_day) if night else None,
        "last_good_run": night.run_id if night else None,
        "final_through": str(night.final_through) if night else None,
        "complete_through": str(night.complete_through) if night else None,
        "content_hash": night.content_hash if night else None,
        "pack_hash": night.pack_hash if night else None,
        "sources": [*sources] if night else [],
        "held_days": [held_in_words(row) for row in standing.held or ()] if night else [],
        "problems": problems,
    }
    return Status(report, is_good=night is not None and not any(map(is_grave, events)))


def is_grave(event: Event) -> bool:
    return event.kind in GRAVE


def source_states(settings: Settings) -> list[str]:
    """Each source's newest complete day, in words."""
    newest: dict[str, date] = {}
    for state in Landing(settings.landing).states().iter_rows(named=True):
        if state["is_complete"] and state["source"] != "filedrop":
            name = f"{state['source']} {state['dataset']} {state['scope']}"
            newest[name] = max(newest.get(name, state["day"]), state["day"])
    return [f"{name}: complete through {day}" for name, day in sorted(newest.items())]
