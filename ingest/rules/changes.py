"""What a changed pack says otherwise, and which of it waits for a person's word.

A change waits where it could alter figures that are published. What begins after the as-of day,
what ends on or after it, and texts that no figure depends on take effect by themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.rules.models import Entry
from ingest.rules.pack import RulePack
from ingest.rules.problems import shown

#: What people read and nothing counts.
TEXTS = frozenset({"name", "description", "icon", "tags", "author"})
LISTS = {
    "xp_rules.yml": "xp_rules",
    "missions.yml": "missions",
    "challenges.yml": "challenges",
    "badges.yml": "badges",
}


@dataclass(frozen=True)
class Change:
    """One change: `place` is the file with the entry, as in the messages about mistakes."""

    place: str
    said: str
    waits: bool

    def __str__(self) -> str:
        return f"{self.place}, {self.said}"


def changes_between(before: RulePack, after: RulePack, as_of_day: date) -> list[Change]:
    """Every change from one pack to another, in the order of the files and entries.

    `as_of_day` is that of the published night: the last day about which people were told.
    """
    found = list(_game_changes(before, after))
    for file, name in LISTS.items():
        found += _entry_changes(file, getattr(before, name), getattr(after, name), as_of_day)
    return found


def _game_changes(before: RulePack, after: RulePack) -> Iterator[Change]:
    old, new = _flat(before.game.model_dump()), _flat(after.game.model_dump())
    for field in new:
        if _unordered(old[field]) != _unordered(new[field]):
            waits = field != "name"
            if field == "calendar.holidays":  # their names are texts
                waits = old[field].keys() != new[field].keys()
            yield Change("pack.yml", _told(field, old[field], new[field]), waits)


def _flat(fields: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Fields by their dotted path; the holidays are one value."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        path = prefix + name
        nested = isinstance(value, dict) and path != "calendar.holidays"
        flat |= _flat(value, f"{path}.") if nested else {path: value}
    return flat


def _unordered(value: object) -> object:
    """The lists of `pack.yml` are sets: their order says nothing."""
    return frozenset(value) if isinstance(value, list) else value


def _entry_changes(
    file: str, before: Sequence[Entry], after: Sequence[Entry], as_of_day: date
) -> Iterator[Change]:
    old = {(entry.id, entry.version): entry for entry in before}
    new = {(entry.id, entry.version): entry for entry in after}
    several = {key for key, version in (*old, *new) if version > 1}
    for key, version in dict.fromkeys([*new, *old]):
        of_version = f", version {version}" if key in several else ""
        place = f"{file}, entry {key}{of_version}"
        was, entry = old.get((key, version)), new.get((key, version))
        if entry is None:
            yield Change(place, "taken out", waits=True)
        elif was is None:
            yield Change(place, f"new from {entry.valid_from}", waits=entry.valid_from <= as_of_day)
        else:
            yield from _field_changes(place, was, entry, as_of_day)


def _field_changes(place: str, before: Entry, after: Entry, as_of_day: date) -> Iterator[Change]:
    old, new = before.model_dump(), after.model_dump()
    if "condition" in new and old["condition"]["type"] == new["condition"]["type"]:
        old, new = _flat(old), _flat(new)  # names the part that changed
    for field, value in new.items():
        if old[field] != value:
            waits = field not in TEXTS
            if field == "valid_to":
                waits = not _closes(before.valid_to, after.valid_to, as_of_day)
            yield Change(place, _told(field, old[field], value), waits)


def _closes(before: date | None, after: date | None, as_of_day: date) -> bool:
    """Whether an entry ends earlier than it would have, and no day that was told of is lost."""
    return after is not None and as_of_day <= after < (before or date.max)


def _told(field: str, before: object, after: object) -> str:
    return f"field {field}: {shown(after)} instead of {shown(before)}"
