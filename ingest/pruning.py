"""Which files of the landing nothing needs any more: readings that a later one has replaced."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

import polars as pl

from ingest.landing import HELD, ID_TIME, Landing, doubted, in_force, payloads_of

#: Folders that hold no payloads: the records, the hashes of who was erased.
OWN_FOLDERS = "_"


@dataclass(frozen=True)
class Payloads:
    """Files by name with their size in bytes: those that count, and those that could go."""

    needed: dict[str, int]
    replaced: dict[str, int]


def payloads(landing: Landing, before: datetime) -> Payloads:
    """Every payload of the landing, the replaced ones as far as they were landed before a moment.

    Needed is what is in force or waits for a person's word. The records stay whole: that and when
    another reading came is known for ever, only its content goes.
    """
    records = landing.records()
    kept = pl.concat([in_force(records), doubted(records, HELD)])
    needed = {name for state in kept.iter_rows(named=True) for name in payloads_of(state)}
    found = {
        name: size
        for name, size in landing.store.sizes().items()
        if not name.startswith(OWN_FOLDERS)
    }
    return Payloads(
        needed={name: size for name, size in found.items() if name in needed},
        replaced={
            name: size
            for name, size in found.items()
            if name not in needed and landed_at(name) < before
        },
    )


def landed_at(name: str) -> datetime:
    """When a payload was landed: its load's id begins with that."""
    moment = PurePosixPath(name).name.split("-")[0]
    return datetime.strptime(moment, ID_TIME).replace(tzinfo=UTC)
