"""What can only be judged by looking at several entries: repeated ids, overlapping versions."""

from collections.abc import Iterable, Iterator
from datetime import date

from pydantic import ConfigDict, ValidationError

from ingest.rules.models import Entry
from ingest.rules.problems import Problem


class _Version(Entry):
    """An entry's id, version and validity, whatever else is in it."""

    model_config = ConfigDict(extra="ignore")


def ids(entries: Iterable[object]) -> frozenset[str]:
    """The ids that a file gives, also to entries with mistakes elsewhere."""
    given = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return frozenset(key for key in given if isinstance(key, str))


def version_problems(file: str, entries: Iterable[object]) -> Iterator[Problem]:
    """Versions of one id that are there twice, or hold on the same day."""
    before: dict[str, list[_Version]] = {}
    for entry in entries:
        try:
            new = _Version.model_validate(entry)
        except ValidationError:
            continue
        where = f"{file}, entry {new.id}"
        for old in before.setdefault(new.id, []):
            if old.version == new.version:
                yield Problem(
                    where,
                    "version",
                    f"version {new.version} twice",
                    "each version of an id once; the next one is "
                    f"{max(v.version for v in before[new.id]) + 1}",
                )
                break
            if new.valid_from <= _end(old) and old.valid_from <= _end(new):
                yield Problem(
                    where,
                    "valid_from",
                    f"versions {old.version} and {new.version} "
                    f"both valid on {max(new.valid_from, old.valid_from)}",
                    "versions of one id that do not overlap: close the older one with valid_to",
                )
        before[new.id].append(new)


def shared_id_problems(
    missions: Iterable[object], challenges: Iterable[object]
) -> Iterator[Problem]:
    """Ids that stand for a mission and a challenge: attempts could not tell them apart."""
    for shared in sorted(ids(missions) & ids(challenges)):
        yield Problem(
            f"challenges.yml, entry {shared}",
            "id",
            f"'{shared}' in missions.yml too",
            "an id that no mission has",
        )


def _end(version: _Version) -> date:
    return version.valid_to or date.max
