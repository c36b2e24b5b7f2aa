"""The landing: every payload as it came, by source, scope and day; append-only.

```
<place>/_loads/<load_id>.ndjson                                      what a load found, day by day
<place>/<source>.<dataset>/<scope>/<day>/<load_id>.ndjson.gz         a day's payload
<place>/<source>.<dataset>/<scope>/<day>/<load_id>[-<n>].parquet     the same of frames, in parts
```

The place is a folder or a prefix of an object store. A load writes payloads first and its record
last, each whole or not at all: what a crash leaves is payload files that no record names, and they
count for nothing. A record holds only the days whose state or content changed, so a night adds one
small file, or none. The landing alone suffices to rebuild the raw tables.

Content that looks wrong is landed and recorded like any other, but as `held`: what was in force
stays so until a person's word, which is one more record (`ingest.held`). Only whoever was erased
(`ingest.tombstones`) is not kept as it came.
"""

import gzip
import hashlib
import json
import logging
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import polars as pl
import polars.selectors as cs
from pyarrow.fs import FileInfo

from ingest.framing import storable
from ingest.guard import Guard
from ingest.store import Store, in_parallel
from ingest.tombstones import Tombstones

log = logging.getLogger("nightquest.ingest")

RECORD = {
    "load_id": pl.String(),
    "source": pl.String(),
    "dataset": pl.String(),
    "scope": pl.String(),
    "day": pl.Date(),
    "is_complete": pl.Boolean(),
    "reason": pl.String(),
    "row_count": pl.Int64(),
    "content_hash": pl.String(),
    "payload": pl.String(),
    "more_payloads": pl.List(pl.String()),
    "fetched_at": pl.String(),
    "verdict": pl.String(),
    "row_count_before": pl.Int64(),
}
KEY = ["source", "dataset", "scope", "day"]
#: Why a record's content is not in force (null: it is): it waits for a person's word, the word was
#: no, or the source has sent something else before it came. `row_count_before` is what it was
#: compared with.
HELD, REFUSED, SUPERSEDED = "held", "refused", "superseded"
#: Dataset, scope, day.
Key = tuple[str, str, date]
ID_TIME = "%Y%m%dT%H%M%S%fZ"
#: A day of frames is landed in parts of at most so many rows and about so many bytes: a part fits
#: into memory, the day may not (50 batches of 20 MB peaked at 776 MB where only rows were counted).
PART_ROWS = 250_000
PART_BYTES = 16_000_000
#: Records by place, name, size and time of writing. They never change, and a night asks for them
#: six times: 3,650 of them took an emulated store 41 s at first (on a busy machine), then 2 s.
_READ: dict[tuple[str, str, int, int], bytes] = {}


@dataclass
class DatasetReport:
    """What one landing step saw of one dataset.

    `pending` maps (scope, day) to the reason, `held` to what looks wrong. `requests_left` is what
    the source's rate limit still allows; None where it does not say.
    """

    days: int = 0
    complete_days: int = 0
    changed_days: int = 0
    pending: dict[tuple[str, date], str] = field(default_factory=dict)
    held: dict[tuple[str, date], str] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0
    requests: int = 0
    requests_saved: int = 0
    waits: int = 0
    requests_left: int | None = None


@dataclass
class LandingReport:
    """What one landing step did, by dataset; `outage` says why the source could not be read."""

    datasets: dict[str, DatasetReport] = field(default_factory=dict)
    outage: str | None = None

    def of(self, dataset: str) -> DatasetReport:
        return self.datasets.setdefault(dataset, DatasetReport())


class Landing:
    """A landing, at a folder or a URL. A folder is created with the first load."""

    def __init__(self, place: str | Path) -> None:
        self.store = Store(place)
        self.folder = self.store.folder

    def states(self) -> pl.DataFrame:
        """The record in force of each (source, dataset, scope, day): columns of `RECORD`."""
        return in_force(self.records())

    def records(self) -> pl.DataFrame:
        """Every record, oldest first: columns of `RECORD`."""
        infos = self._record_files()
        keys = [(self.store.place, i.base_name, i.size or 0, i.mtime_ns or 0) for i in infos]
        unread = [key for key in keys if key not in _READ]
        names = [f"_loads/{name}" for _, name, _, _ in unread]
        _READ.update(zip(unread, in_parallel(self.store.read, names), strict=True))
        # Parsed in one go: ten years of nights are 3,650 files of a few lines.
        if not (records := b"".join(_READ[key] for key in keys)):
            return pl.DataFrame(schema=RECORD)
        return pl.read_ndjson(records, schema=RECORD)

    def content(self, payload: str) -> bytes:
        """A payload by the path in its record: NDJSON uncompressed, Parquet as it is."""
        data = self.store.read(payload)
        return gzip.decompress(data) if payload.endswith(".gz") else data

    def contents(self, payloads: Sequence[str]) -> Iterator[bytes]:
        """Payloads in order, some of them read ahead."""
        return in_parallel(self.content, payloads)

    @contextmanager
    def load(self, source: str) -> Iterator["Load"]:
        """One landing step. What it has put is recorded even if the step fails half-way."""
        load = Load(self, source, self._next_load_id())
        try:
            yield load
        finally:
            load.seal()

    def _record_files(self) -> list[FileInfo]:
        """The records in the order of their loads; what somebody else put there is none."""
        return [info for info in self.store.listed("_loads") if info.extension == "ndjson"]

    def _next_load_id(self) -> str:
        """Sorts after every load so far, even if the clock was set back."""
        now = datetime.now(UTC)
        if records := self._record_files():
            newest = records[-1].base_name.split("-")[0]
            last = datetime.strptime(newest, ID_TIME).replace(tzinfo=UTC)
            now = max(now, last + timedelta(microseconds=1))
        return f"{now.strftime(ID_TIME)}-{secrets.token_hex(3)}"


class Load:
    """One landing step: days are put one by one, and recorded together at the end."""

    def __init__(self, landing: Landing, source: str, load_id: str) -> None:
        self.landing, self.source, self.load_id = landing, source, load_id
        self.report = LandingReport()
        self._records: list[dict] = []
        self._tombstones = Tombstones(landing.store)
        records = landing.records().filter(pl.col("source") == source)
        self._states = _by_day(in_force(records))
        self._held = _by_day(doubted(records, HELD))
        contents = records.unique([*KEY, "content_hash"], keep="last")
        refused = contents.filter(pl.col("verdict") == REFUSED)
        self._refused = [
            ((dataset, scope, day), content)
            for dataset, scope, day, content in refused.select(*KEY[1:], "content_hash").rows()
        ]

    def put_lines(
        self, dataset: str, scope: str, day: date, lines: Sequence[bytes],
        hashed: Sequence[bytes] | None = None, guard: Guard | None = None,
    ) -> None:  # fmt: skip
        """Land a whole day as NDJSON.

        `hashed` are the lines without what changes though nothing happened; the content hash is
        over them, whatever their order: no source promises one. What the guard doubts is held.
        """
        self._put(dataset, scope, day, self._day_of_lines(lines, day, hashed), guard)

    def put_frames(
        self, dataset: str, scope: str, day: date, frames: Iterable[pl.DataFrame],
        metadata: Mapping[str, str], guard: Guard | None = None,
    ) -> None:  # fmt: skip
        """Land a whole day as Parquet, in parts; `metadata` travels in each and is content too.

        The content hash is over the rows' values, whatever their order, their types' widths and
        how they are cut into frames: Snowflake narrows types by what else is in a batch.
        """
        frames = self._tombstones.frames(frames, metadata, day)
        with day_of_frames(frames, metadata) as landed:
            self._put(dataset, scope, day, landed, guard)

    def put_snapshot(
        self, dataset: str, scope: str, day: date, lines: Sequence[bytes],
        guard: Guard | None = None,
    ) -> bool:  # fmt: skip
        """Land a snapshot unless it equals the one that holds on `day` already.

        Returns:
            Whether it is in force now: what the guard doubts is held.
        """
        landed = self._day_of_lines(lines, day)
        return self._put(dataset, scope, day, landed, guard, is_snapshot=True)

    def put_frames_snapshot(
        self, dataset: str, scope: str, day: date, frames: Iterable[pl.DataFrame],
        metadata: Mapping[str, str], guard: Guard | None = None,
    ) -> None:  # fmt: skip
        """As `put_frames`, unless it equals the snapshot that holds on `day` already."""
        frames = self._tombstones.frames(frames, metadata, day)
        with day_of_frames(frames, metadata) as landed:
            self._put(dataset, scope, day, landed, guard, is_snapshot=True)

    def put_pending(self, dataset: str, scope: str, day: date, reason: str) -> None:
        """Note that a day has no complete report yet; a day that had one keeps it."""
        reason = storable(reason)
        before = self._states.get((dataset, scope, day))
        counts = self.report.of(dataset)
        counts.days += 1
        if before and before["is_complete"]:
            counts.complete_days += 1
            log.warning(
                "%s %s, %s, %s: %s; the complete report landed before stays.",
                self.source, dataset, scope, day, reason,
            )  # fmt: skip
            return
        counts.pending[scope, day] = reason
        if not before or before["reason"] != reason:
            counts.changed_days += 1
            self._record(dataset, scope, day, is_complete=False, reason=reason)

    def decide(self, record: Mapping[str, Any], verdict: str | None) -> None:
        """Record anew what is landed: in force (None), or what becomes of it (see `HELD`)."""
        self._note({**record, "verdict": verdict})

    def seal(self) -> None:
        """Write the record, if anything changed: from then on the load counts."""
        if not self._records:
            return
        lines = "".join(json.dumps(record, default=str) + "\n" for record in self._records)
        name = f"_loads/{self.load_id}.ndjson"
        self.landing.store.write(name, lines.encode(), is_durable=True)
        self._records = []

    def _day_of_lines(
        self, lines: Sequence[bytes], day: date, hashed: Sequence[bytes] | None = None
    ) -> "Day":
        return day_of_lines(self._tombstones.lines(lines, day), hashed)

    def _snapshot(self, dataset: str, scope: str, day: date) -> dict[str, Any] | None:
        """The state of the newest snapshot up to `day`."""
        days = [d for ds, s, d in self._states if (ds, s) == (dataset, scope) and d <= day]
        return self._states[dataset, scope, max(days)] if days else None

    def _put(
        self, dataset: str, scope: str, day: date, landed: "Day", guard: Guard | None,
        is_snapshot: bool = False,
    ) -> bool:  # fmt: skip
        counts = self.report.of(dataset)
        counts.days += 1
        counts.complete_days += 1
        counts.rows += landed.row_count
        counts.bytes += landed.size
        key = (dataset, scope, day)
        before = self._snapshot(*key) if is_snapshot else self._states.get(key)
        if before is None or not before["is_complete"]:
            before = {"row_count": 0, "content_hash": None}
        is_same = before["content_hash"] == landed.content_hash
        is_doubted = (
            not is_same
            and guard is not None
            and guard.doubts(before["row_count"], landed.row_count)
        )

        # A snapshot is one content whatever its day: a new one answers for what was held before.
        def is_about(other: Key) -> bool:
            return other == key or (is_snapshot and other[:2] == key[:2])

        waiting = [record for other, record in self._held.items() if is_about(other)]
        is_asked = landed.content_hash in [record["content_hash"] for record in waiting]
        refused = [content for other, content in self._refused if is_about(other)]
        is_refused = landed.content_hash in refused
        if is_doubted and not is_refused:
            counts.held[scope, day] = (
                f"{landed.row_count:,} rows, where {before['row_count']:,} are in force"
            )
            if is_asked:
                return False
        for record in waiting:
            self.decide(record, SUPERSEDED)
        if is_same or (is_doubted and is_refused):
            return is_same
        if is_doubted:
            log.warning(
                "%s %s, %s, %s looks wrong: %s. It is held back, and what was in force stays: "
                "`nightquest held` asks what to do.",
                self.source, dataset, scope, day, counts.held[scope, day],
            )  # fmt: skip
        else:
            counts.changed_days += 1
        folder = quote(scope, safe="").replace(".", "%2E")
        place = f"{self.source}.{dataset}/{folder}/{day}/{self.load_id}"
        names = []
        for number, content in enumerate(landed.contents):
            names.append(f"{place}{f'-{number}' if number else ''}.{landed.suffix}")
            self.landing.store.write(names[-1], content)
        self._record(
            dataset, scope, day, is_complete=True, row_count=landed.row_count,
            content_hash=landed.content_hash, payload=names[0] if names else None,
            more_payloads=names[1:] or None, verdict=HELD if is_doubted else None,
            row_count_before=before["row_count"] if is_doubted else None,
        )  # fmt: skip
        return not is_doubted

    def _record(self, dataset: str, scope: str, day: date, **state: object) -> None:
        record = dict.fromkeys(RECORD) | {
            "load_id": self.load_id,
            "source": self.source,
            "dataset": dataset,
            "scope": scope,
            "day": day,
            "fetched_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            **state,
        }
        self._note(record)

    def _note(self, record: dict[str, Any]) -> None:
        """Take a record into this load's file, and into what the load knows."""
        self._records.append(record)
        key = (record["dataset"], record["scope"], record["day"])
        self._held.pop(key, None)
        if record["verdict"] is None:
            self._states[key] = record
        elif record["verdict"] == HELD:
            self._held[key] = record


def in_force(records: pl.DataFrame) -> pl.DataFrame:
    """Of each (source, dataset, scope, day) the latest record that nobody doubts."""
    return _latest(records.filter(pl.col("verdict").is_null()))


def doubted(records: pl.DataFrame, verdict: str) -> pl.DataFrame:
    """The latest records of those days whose latest has the verdict, HELD or REFUSED."""
    return _latest(records).filter(pl.col("verdict") == verdict)


def _latest(records: pl.DataFrame) -> pl.DataFrame:
    return records.unique(KEY, keep="last", maintain_order=True)


def _by_day(records: pl.DataFrame) -> dict[Key, dict[str, Any]]:
    return {
        (row["dataset"], row["scope"], row["day"]): row for row in records.iter_rows(named=True)
    }


def payloads_of(state: Mapping[str, Any]) -> list[str]:
    """The files of a day's content; none where it is empty or pending."""
    return [name for name in (state["payload"], *(state["more_payloads"] or ())) if name]


@dataclass(frozen=True)
class Day:
    """A day's content on its way: `contents` are the files to write, one in memory at a time."""

    row_count: int
    content_hash: str
    size: int
    contents: Iterable[bytes]
    suffix: str


def day_of_lines(lines: Sequence[bytes], hashed: Sequence[bytes] | None = None) -> Day:
    content = b"".join(line + b"\n" for line in lines)
    digest = hashlib.sha256(b"\n".join(sorted(lines if hashed is None else hashed)))
    # mtime 0: the same content gives the same file. Level 6 as gzip itself takes.
    files = (gzip.compress(content, 6, mtime=0) for _ in range(bool(lines)))
    return Day(len(lines), digest.hexdigest(), len(content), files, "ndjson.gz")


@contextmanager
def day_of_frames(frames: Iterable[pl.DataFrame], metadata: Mapping[str, str]) -> Iterator[Day]:
    """A day's parts wait on disk until the last one tells whether anything has changed."""
    rows = upper = lower = 0
    paths: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="nightquest-") as folder, _engine().cursor() as engine:
        for part in _parts(frames):
            hashes = _sums_of_hashes(engine, part)
            rows, upper, lower = rows + part.height, upper + hashes[0], lower + hashes[1]
            paths.append(Path(folder) / str(len(paths)))
            part.write_parquet(paths[-1], metadata=dict(metadata))
        content = json.dumps([dict(metadata), rows, upper, lower], sort_keys=True)
        yield Day(
            rows,
            hashlib.sha256(content.encode()).hexdigest(),
            sum(path.stat().st_size for path in paths),
            (path.read_bytes() for path in paths),
            "parquet",
        )


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One in-memory DuckDB a process: starting one takes 22 ms, and a night hashes many days."""
    return duckdb.connect()


def _parts(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The frames' rows, in parts of at most PART_ROWS and about PART_BYTES."""
    waiting: list[pl.DataFrame] = []
    height = size = 0
    for frame in frames:
        for piece in frame.iter_slices(PART_ROWS):
            if waiting and (height + piece.height > PART_ROWS or size >= PART_BYTES):
                yield pl.concat(waiting, how="vertical_relaxed")
                waiting, height, size = [], 0, 0
            if piece.height:
                waiting.append(piece)
                height += piece.height
                size += int(piece.estimated_size())
    if waiting:
        yield pl.concat(waiting, how="vertical_relaxed")


def _sums_of_hashes(engine: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> tuple[int, int]:
    """The sums of the upper and of the lower half of each row's MD5: no order, each row counts.

    1,000,000 rows of 6 columns take about 1 s; polars' own hash differs by its version.
    """
    texts = rows.select(pl.struct(_plain(rows)).struct.json_encode().alias("text"))
    engine.register("texts", texts.to_arrow())
    upper, lower = engine.execute(
        "select sum((hash >> 64)::ubigint), sum((hash & 18446744073709551615)::ubigint) "
        "from (select md5_number(text) as hash from texts)"
    ).fetchall()[0]
    engine.unregister("texts")
    return upper, lower


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns by name, with numbers and times as text that no width, scale or unit shows in."""
    scaled = [
        name for name, kind in rows.schema.items() if isinstance(kind, pl.Decimal) and kind.scale
    ]
    fraction = cs.datetime() | cs.by_name(scaled)
    return rows.select(sorted(rows.columns)).with_columns(
        fraction.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end("."),
        (cs.numeric() - fraction).cast(pl.String).str.strip_suffix(".0"),
        cs.binary().bin.encode("hex"),
    )
