"""The landing: every payload as it came, by source, scope and day; append-only.

```
<folder>/_loads/<load_id>.ndjson                                     what a load found, day by day
<folder>/<source>.<dataset>/<scope>/<day>/<load_id>.ndjson.gz        a day's payload
```

A load writes payloads first and its record last, each beside its place and renamed into it: what a
crash leaves is payload files that no record names, and they count for nothing. A record holds only
the days whose state or content changed, so a night adds one small file, or none. The landing alone
suffices to rebuild the raw tables.
"""

import gzip
import hashlib
import io
import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl

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
    "fetched_at": pl.String(),
}
KEY = ["source", "dataset", "scope", "day"]
ID_TIME = "%Y%m%dT%H%M%S%fZ"


@dataclass
class DatasetReport:
    """What one landing step saw of one dataset; `pending` maps (scope, day) to the reason."""

    days: int = 0
    complete_days: int = 0
    changed_days: int = 0
    pending: dict[tuple[str, date], str] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0
    requests: int = 0
    requests_saved: int = 0
    waits: int = 0


@dataclass
class LandingReport:
    """What one landing step did, by dataset."""

    datasets: dict[str, DatasetReport] = field(default_factory=dict)

    def of(self, dataset: str) -> DatasetReport:
        return self.datasets.setdefault(dataset, DatasetReport())


class Landing:
    """A landing folder. It is created with the first load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def states(self) -> pl.DataFrame:
        """The latest record of each (source, dataset, scope, day): columns of `RECORD`."""
        # Parsed in one go: ten years of nights are 3,650 files of a few lines.
        records = b"".join(path.read_bytes() for path in self._record_files())
        if not records:
            return pl.DataFrame(schema=RECORD)
        frame = pl.read_ndjson(records, schema=RECORD)
        return frame.unique(KEY, keep="last", maintain_order=True)

    def content(self, payload: str) -> bytes:
        """A payload by the path in its record: NDJSON uncompressed, Parquet as it is."""
        data = (self.folder / payload).read_bytes()
        return gzip.decompress(data) if payload.endswith(".gz") else data

    @contextmanager
    def load(self, source: str) -> Iterator["Load"]:
        """One landing step. What it has put is recorded even if the step fails half-way."""
        load = Load(self, source, self._next_load_id())
        try:
            yield load
        finally:
            load.seal()

    def _record_files(self) -> list[Path]:
        return sorted((self.folder / "_loads").glob("*.ndjson"))

    def _next_load_id(self) -> str:
        """Sorts after every load so far, even if the clock was set back."""
        now = datetime.now(UTC)
        if files := self._record_files():
            last = datetime.strptime(files[-1].stem.split("-")[0], ID_TIME).replace(tzinfo=UTC)
            now = max(now, last + timedelta(microseconds=1))
        return f"{now.strftime(ID_TIME)}-{secrets.token_hex(3)}"


class Load:
    """One landing step: days are put one by one, and recorded together at the end."""

    def __init__(self, landing: Landing, source: str, load_id: str) -> None:
        self.landing, self.source, self.load_id = landing, source, load_id
        self.report = LandingReport()
        self._records: list[dict] = []
        states = landing.states().filter(pl.col("source") == source)
        self._states = {
            (row["dataset"], row["scope"], row["day"]): row for row in states.iter_rows(named=True)
        }

    def put_lines(
        self, dataset: str, scope: str, day: date, lines: Sequence[bytes],
        hashed: Sequence[bytes] | None = None,
    ) -> None:  # fmt: skip
        """Land a whole day as NDJSON.

        `hashed` are the lines without what changes though nothing happened; the content hash is
        over them, whatever their order: no source promises one.
        """
        content_hash = _lines_hash(lines if hashed is None else hashed)
        content = b"".join(line + b"\n" for line in lines)
        self._put(dataset, scope, day, len(lines), content_hash, content, "ndjson.gz")

    def put_frame(
        self, dataset: str, scope: str, day: date, frame: pl.DataFrame, metadata: Mapping[str, str]
    ) -> None:
        """Land a whole day as Parquet; `metadata` travels in the file and counts as content.

        Types do not count: Snowflake narrows integers by what else is in the answer.
        """
        digest = hashlib.sha256(json.dumps(dict(metadata)).encode())
        content = b""
        if frame.height:
            digest.update(frame.sort(frame.columns, nulls_last=True).write_csv().encode())
            buffer = io.BytesIO()
            frame.write_parquet(buffer, metadata=dict(metadata))
            content = buffer.getvalue()
        self._put(dataset, scope, day, frame.height, digest.hexdigest(), content, "parquet")

    def put_pending(self, dataset: str, scope: str, day: date, reason: str) -> None:
        """Note that a day has no complete report yet; a day that had one keeps it."""
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

    def put_snapshot(self, dataset: str, scope: str, day: date, lines: Sequence[bytes]) -> None:
        """Land a snapshot unless it equals the one that holds on `day` already."""
        days = [d for ds, s, d in self._states if (ds, s) == (dataset, scope) and d <= day]
        before = self._states[dataset, scope, max(days)]["content_hash"] if days else None
        if before != _lines_hash(lines):
            self.put_lines(dataset, scope, day, lines)
            return
        counts = self.report.of(dataset)
        counts.days += 1
        counts.complete_days += 1
        counts.rows += len(lines)

    def seal(self) -> None:
        """Write the record, if anything changed: from then on the load counts."""
        if not self._records:
            return
        lines = "".join(json.dumps(record) + "\n" for record in self._records)
        os.sync()  # the payloads, in one go: an fsync of each took longer than all the rest
        self._write(f"_loads/{self.load_id}.ndjson", lines.encode(), is_durable=True)
        self._records = []

    def _put(
        self, dataset: str, scope: str, day: date, row_count: int, content_hash: str,
        content: bytes, suffix: str,
    ) -> None:  # fmt: skip
        counts = self.report.of(dataset)
        counts.days += 1
        counts.complete_days += 1
        counts.rows += row_count
        counts.bytes += len(content)
        before = self._states.get((dataset, scope, day))
        if before and before["is_complete"] and before["content_hash"] == content_hash:
            return
        counts.changed_days += 1
        payload = None
        if row_count:
            folder = quote(scope, safe="").replace(".", "%2E")
            place = f"{self.source}.{dataset}/{folder}/{day}"
            payload = f"{place}/{self.load_id}.{suffix}"
            is_zipped = suffix.endswith(".gz")
            # mtime 0: the same content gives the same file. Level 6 as gzip itself takes.
            data = gzip.compress(content, 6, mtime=0) if is_zipped else content
            self._write(payload, data)
        self._record(
            dataset, scope, day, is_complete=True, row_count=row_count,
            content_hash=content_hash, payload=payload,
        )  # fmt: skip

    def _record(self, dataset: str, scope: str, day: date, **state: object) -> None:
        record = dict.fromkeys(RECORD) | {
            "load_id": self.load_id,
            "source": self.source,
            "dataset": dataset,
            "scope": scope,
            "day": day.isoformat(),
            "fetched_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            **state,
        }
        self._records.append(record)
        self._states[dataset, scope, day] = record

    def _write(self, name: str, data: bytes, is_durable: bool = False) -> None:
        path = self.landing.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        with beside.open("wb") as file:
            file.write(data)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)


def _lines_hash(lines: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()
