"""Land what lies in the inbox: each file whole or not at all, and only once.

A file's landing is sealed before the file is moved. A crash in between leaves it in the inbox; the
next night finds its content loaded already, and only moves it.
"""

import hashlib
import io
import json
import logging
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import quote

import polars as pl

from ingest.errors import SourceError
from ingest.filedrop import reports
from ingest.filedrop.checking import DAY, Checked, checked
from ingest.filedrop.inbox import DONE, REJECTED, Dropped, Inbox, open_inbox
from ingest.filedrop.reading import (
    ROW,
    ROW_NUMBERS,
    Cells,
    Problem,
    Unreadable,
    cells_of,
    is_half_written,
)
from ingest.filedrop.shapes import SHAPES, SOURCE, Shape
from ingest.landing import Landing, LandingReport, Load
from ingest.progress import Progress
from ingest.settings import Settings

log = logging.getLogger("nightquest.ingest")

#: The dataset that notes which files are in force: one row each, of scope `<shape>/<file name>`.
FILES = "files"
#: Between two looks at the inbox, and since a file's last change: what still grows is not whole.
LOOK_AGAIN_SECONDS, SETTLED_SECONDS = 2.0, 5.0
#: Read into memory whole, a file takes several times its size.
MOST_BYTES = 500_000_000
#: The landing makes a folder's name of a file's, which file systems limit to 255 bytes.
LONGEST_NAME = 200

Outcome = Literal["loaded", "already loaded", "rejected", "waiting"]


@dataclass(frozen=True)
class FileReport:
    """What became of one file; `shape` is None where its place tells none."""

    path: str
    shape: str | None
    outcome: Outcome
    said: str


@dataclass
class InboxReport(LandingReport):
    """What one look into the inbox did, by shape and by file."""

    files: list[FileReport] = field(default_factory=list)


@dataclass(frozen=True)
class _Verdict:
    """A file's report, and the folder and the text that it is moved with."""

    report: FileReport
    folder: str
    text: str


class _Waits(Exception):
    """The file is left where it is for the next night; the message says why."""


class _Held:
    """The files in force, and the days that each has filled."""

    def __init__(self, landing: Landing) -> None:
        states = landing.states().filter(pl.col("source") == SOURCE)
        files = states.filter(pl.col("dataset") == FILES).sort("load_id", maintain_order=True)
        self.files: dict[str, dict[str, Any]] = {
            row["scope"]: json.loads(landing.content(row["payload"]))
            for row in files.unique("scope", keep="last").iter_rows(named=True)
        }
        self.days: dict[tuple[str, str], set[date]] = defaultdict(set)
        filled = states.filter((pl.col("dataset") != FILES) & (pl.col("row_count") > 0))
        for row in filled.iter_rows(named=True):
            self.days[row["dataset"], row["scope"]].add(row["day"])

    def same(self, shape: Shape, sha256: str) -> dict[str, Any] | None:
        """The file in force of this shape and content, whatever its name.

        Files without rows are alike and take back different things.
        """
        for file in self.files.values():
            if file["rows"] and (file["shape"], file["sha256"]) == (shape.name, sha256):
                return file
        return None

    def taken_ids(self, but: str) -> set[str]:
        """The adjustment ids that files state, but for one file (as it is noted)."""
        return {
            adjustment_id
            for scope, file in self.files.items()
            if scope != but
            for adjustment_id in file["adjustment_ids"]
        }


def land_inbox(
    settings: Settings, landing: Landing, as_of_day: date, time_zone: str, *,
    clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep,
) -> InboxReport:  # fmt: skip
    """Land every whole file of NIGHTQUEST_INBOX, and move it to done/ or rejected/ with a report.

    Challenge attempts fall on their local day in `time_zone` (IANA name); people and identity maps
    are snapshots of `as_of_day`. `clock` (epoch seconds) and `sleep` are for tests.

    Raises:
        SettingsError: NIGHTQUEST_INBOX is no address.
        SourceError: the inbox does not exist or does not answer. What came before is landed.
    """
    if not settings.inbox:
        return InboxReport()
    inbox = open_inbox(settings.inbox)
    report = InboxReport()
    settled = _settled(inbox, report, clock, sleep)
    if not settled:
        return report
    verdicts: list[tuple[Dropped, _Verdict]] = []
    progress = Progress("File drop", "file", len(settled))
    with landing.load(SOURCE) as load:
        report.datasets = load.report.datasets
        moment = datetime.fromtimestamp(clock(), UTC)
        step = _Step(inbox, load, _Held(landing), as_of_day, time_zone, moment)
        for file in settled:
            try:
                verdicts.append((file, step.verdict(file)))
            except _Waits as reason:
                _note(report, FileReport(file.path, _shape_name(file.path), "waiting", str(reason)))
            progress.step()
    # From here on the files count; what fails below is only their moving.
    seen = set(_listed(inbox))
    for number, (file, verdict) in enumerate(verdicts, 1):
        _note(report, verdict.report)
        if file in seen:
            _move(inbox, file, verdict, f"{load.load_id}-{number}")
        else:
            log.warning("File drop: %r changed while it was read; the next night looks again.",
                        file.path)  # fmt: skip
    return report


def _listed(inbox: Inbox) -> list[Dropped]:
    try:
        return inbox.files()
    except OSError as error:
        raise SourceError(
            f"The inbox cannot be read ({error}). Check NIGHTQUEST_INBOX and the rights there."
        ) from None


def _settled(
    inbox: Inbox, report: InboxReport, clock: Callable[[], float], sleep: Callable[[float], None]
) -> list[Dropped]:
    """The files that do not change any more; the others are noted as waiting.

    What has just been written is waited for, so that who drops a file and starts a night at once
    finds it loaded.
    """
    first = _listed(inbox)
    if not first:
        return []
    # A time of change in the future is another clock's: it says nothing.
    ages = [age for file in first if (age := clock() - file.modified) >= 0]
    sleep(max([LOOK_AGAIN_SECONDS, *(SETTLED_SECONDS - age for age in ages)]))
    settled = []
    for file in _listed(inbox):
        if file in first:
            settled.append(file)
        else:
            said = "it changed a moment ago, and may still grow"
            _note(report, FileReport(file.path, _shape_name(file.path), "waiting", said))
    return settled


def _note(report: InboxReport, file: FileReport) -> None:
    report.files.append(file)
    level = logging.INFO if "loaded" in file.outcome else logging.WARNING
    log.log(level, "File drop: %r %s: %s.", file.path, file.outcome, file.said)


def _move(inbox: Inbox, file: Dropped, verdict: _Verdict, unique: str) -> None:
    """Move the file, its report first: a file in done/ or rejected/ is never without one."""
    stem, suffix = os.path.splitext(os.path.basename(file.path))
    safe = re.sub(r"[^\w .()+@=,-]", "_", f"{stem[:60]}-{unique}{suffix[:10]}").lstrip(".")
    target = f"{verdict.folder}/{safe}"
    try:
        inbox.write(f"{target}.report.txt", verdict.text)
        inbox.move(file.path, target)
    except OSError as error:
        log.warning("File drop: %r cannot be moved to %s (%s); the next night tries again.",
                    file.path, verdict.folder, error)  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """One look's landing of files, one after the other."""

    inbox: Inbox
    load: Load
    held: _Held
    as_of_day: date
    time_zone: str
    moment: datetime

    def verdict(self, file: Dropped) -> _Verdict:
        """Land one file, or say why not.

        Raises:
            _Waits: it is not whole yet, or cannot be read.
        """
        shape: Shape | None = None
        try:
            shape, suffix = _told_by_place(file.path)
            data = self._read(file, suffix)
            sha256 = hashlib.sha256(data).hexdigest()
            if before := self.held.same(shape, sha256):
                return self._again(file, before)
            result = self._checked(file, shape, cells_of(suffix, data))
        except Unreadable as error:
            problem = Problem(0, "", str(error), "")
            return self._rejected(file, shape, "", Checked(pl.DataFrame(), [problem], 1))
        if result.problem_count:
            return self._rejected(file, shape, ROW_NUMBERS[suffix], result)
        return self._loaded(file, shape, sha256, result)

    def _read(self, file: Dropped, suffix: str) -> bytes:
        if file.size > MOST_BYTES:
            raise Unreadable(
                f"The file has {file.size:,} bytes; at most {MOST_BYTES:,} are allowed: split it."
            )
        try:
            data = self.inbox.read(file.path)
        except OSError as error:
            raise _Waits(f"it cannot be read ({error.strerror or error})") from None
        if len(data) != file.size:
            raise _Waits("it changed while it was read")
        if is_half_written(suffix, data):
            raise _Waits("it is half-written: its end is missing")
        return data

    def _checked(self, file: Dropped, shape: Shape, cells: Cells) -> Checked:
        noted = _noted(shape, file)
        taken_ids = self.held.taken_ids(noted)
        result = checked(shape, cells, _name(file), self.time_zone, taken_ids)
        # No rows are no news, unless they take back what a file of this name has brought.
        if not result.problem_count and not result.rows.height and noted not in self.held.files:
            raise Unreadable("The file has no rows.")
        return result

    def _again(self, file: Dropped, before: dict[str, Any]) -> _Verdict:
        name, shape = before["name"], before["shape"]
        text = reports.again_text(file.path, shape, name, before["load_id"], self.moment)
        said = f"the same content is loaded as {name!r}"
        return _Verdict(FileReport(file.path, shape, "already loaded", said), DONE, text)

    def _rejected(
        self, file: Dropped, shape: Shape | None, row_numbers: str, result: Checked
    ) -> _Verdict:
        name = shape.name if shape else None
        text = reports.rejected_text(file.path, name, self.moment, row_numbers, result)
        more = result.problem_count - 1
        said = reports.problem_text(result.problems[0]).rstrip(".")
        said += f", and {more:,} more" if more else ""
        return _Verdict(FileReport(file.path, name, "rejected", said), REJECTED, text)

    def _loaded(self, file: Dropped, shape: Shape, sha256: str, result: Checked) -> _Verdict:
        rows, noted = result.rows, _noted(shape, file)
        replaced = self.held.files.get(noted)
        _put_rows(self.load, self.held, shape, _name(file), rows, self.as_of_day)
        has_ids = "adjustment_id" in rows.columns
        now = {
            "shape": shape.name,
            "name": _name(file),
            "sha256": sha256,
            "rows": rows.height,
            "load_id": self.load.load_id,
            "adjustment_ids": rows["adjustment_id"].to_list() if has_ids else [],
        }
        self.load.put_lines(FILES, noted, self.as_of_day, [json.dumps(now).encode()])
        self.held.files[noted] = now
        text = reports.loaded_text(file.path, self.moment, now, replaced, result)
        said = " ".join([f"{reports.counted(rows.height, 'row')}.", *result.warnings]).rstrip(".")
        return _Verdict(FileReport(file.path, shape.name, "loaded", said), DONE, text)


def _name(file: Dropped) -> str:
    """The scope of the file's rows: it is the same file in the inbox as in the shape's folder."""
    return os.path.basename(file.path)


def _noted(shape: Shape, file: Dropped) -> str:
    return f"{shape.name}/{_name(file)}"


def _told_by_place(path: str) -> tuple[Shape, str]:
    """The shape and the suffix that a file's folder and name tell.

    Raises:
        Unreadable: they tell none, or the name is no name.
    """
    folder, name = os.path.split(path)
    suffix = os.path.splitext(name)[1].lower()
    if not name.isprintable():
        raise Unreadable("The file's name holds characters that cannot be printed: rename it.")
    if len(quote(name, safe="").replace(".", "%2E")) > LONGEST_NAME:
        raise Unreadable(
            f"The file's name is too long: at most {LONGEST_NAME} characters, where each but a-z, "
            "A-Z, 0-9, _, - and ~ counts as 3 or more."
        )
    if suffix not in ROW_NUMBERS:
        raise Unreadable(
            f"The file's name ends in {suffix!r}; allowed are {', '.join(ROW_NUMBERS)}."
        )
    shape = _shape_name(path)
    if shape is None:
        where = f"The folder {folder!r} is" if folder else "The beginning of the file's name is"
        raise Unreadable(
            f"{where} no shape; allowed are the sub-folders {', '.join(SHAPES)}, or a name that "
            "begins with one of these, such as opt-outs-2026.csv."
        )
    return SHAPES[shape], suffix


def _shape_name(path: str) -> str | None:
    folder, name = os.path.split(path)
    words = (folder or name).lower().replace("-", "_")
    if folder:
        return words if words in SHAPES else None
    found = re.match(f"({'|'.join(SHAPES)})(?![a-z])", words)
    return found.group(1) if found else None


def _put_rows(
    load: Load, held: _Held, shape: Shape, name: str, rows: pl.DataFrame, as_of_day: date
) -> None:
    """Land the rows by day; days that an earlier file of the name had, and this one not, empty."""
    earlier = held.days[shape.name, name]
    if shape.is_snapshot and rows.height:
        load.put_snapshot(shape.name, name, as_of_day, _lines(rows.drop(ROW)))
        earlier.add(as_of_day)
        return
    days: set[date] = set()
    if rows.height:
        rows = rows.sort(DAY, maintain_order=True)
        lines = _lines(rows.drop(ROW, DAY))
        start = 0
        for text, count in rows.group_by(DAY, maintain_order=True).len().iter_rows():
            day = date.fromisoformat(text)
            load.put_lines(shape.name, name, day, lines[start : start + count])
            start += count
            days.add(day)
    for day in sorted(earlier - days):
        load.put_lines(shape.name, name, day, [])
    held.days[shape.name, name] = days


def _lines(rows: pl.DataFrame) -> list[bytes]:
    buffer = io.BytesIO()
    rows.write_ndjson(buffer)
    return buffer.getvalue().removesuffix(b"\n").split(b"\n")
