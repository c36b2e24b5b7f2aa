"""How things stand, as data: what status, alerts and metrics are derived from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from orchestration.publication.nights import PublishedNight

Row = Mapping[str, Any]

#: Metadata of a landing step: why its source could not be read.
OUTAGE = "outage"


class End(StrEnum):
    """What became of a run."""

    good = "went well"
    failed = "failed"
    stopped = "was stopped before its end"
    killed = "did not end, and its process is gone"
    at_work = "is at work"


@dataclass(frozen=True)
class Run:
    """A night or a rebuild in Dagster's records.

    Attributes:
        reason: what the first step that failed says.
        is_sure: False while `killed` may only mean that it is about to begin or to end.
    """

    run_id: str
    job: str
    began: datetime
    end: End
    reason: str | None = None
    is_sure: bool = True

    def __str__(self) -> str:
        return f"{self.job} run, of {self.began:%Y-%m-%d %H:%M},"


@dataclass(frozen=True)
class Disk:
    """Room under a folder, in bytes: what is free, and what a night may want."""

    folder: Path
    free: int
    needed: int


@dataclass(frozen=True)
class Standing:
    """How things stand.

    Attributes:
        runs: the last night or rebuild, and the one before it.
        pending: rows of `marts.data_status` in that state.
        unreachable: why the night went on without a source, by source.
        complete: rows of (source, scope, complete_through, first_day); complete_through is None
            where no day is complete.
        quarantine: rows of `marts.quarantine_counts`.
        held: rows of `ops.held_days` that wait for a person's word; None where it is not known.
        record: the published run's row of `ops.runs`.
        folder_pack: hash of the rule pack in the folder; None where it is broken.
        pack_problem: what is wrong with that pack.
        requests_left: GitHub's rate limit when it was last asked.
        unread: what could not be read, a sentence each.
    """

    today: date
    night: PublishedNight | None = None
    runs: tuple[Run, ...] = ()
    pending: Sequence[Row] = ()
    unreachable: Mapping[str, str] = field(default_factory=dict)
    complete: Sequence[Row] = ()
    quarantine: Sequence[Row] = ()
    held: Sequence[Row] | None = None
    record: Row = field(default_factory=dict)
    folder_pack: str | None = None
    pack_problem: str | None = None
    disks: tuple[Disk, ...] = ()
    requests_left: int | None = None
    unread: tuple[str, ...] = ()

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows of each published table."""
        return json.loads(self.record.get("row_counts") or "{}")
