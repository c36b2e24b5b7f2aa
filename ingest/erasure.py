"""What was landed before an erasure, rewritten as if the person had never had another name."""

import gzip
import io
import json
from datetime import date
from typing import Any

import polars as pl

from ingest.landing import Landing, day_of_frames, day_of_lines, payloads_of
from ingest.progress import Progress
from ingest.snowflake.declared import DECLARATION
from ingest.tombstones import Tombstones

RECORDS = "_loads"


def rewrite(landing: Landing) -> int:
    """Take whoever is under a new tombstone out of all payloads, and correct their records.

    Superseded payloads are rewritten too, and those that a crash left without a record. Records
    come first: killed in between, the same is done again, to the same end.

    Returns:
        How many payloads were rewritten.
    """
    tombstones = Tombstones(landing.store)
    if not tombstones.unfinished:
        return 0
    for info in landing.store.listed(RECORDS):
        _correct(landing, tombstones, f"{RECORDS}/{info.base_name}")
    names = [name for name in landing.store.names() if _day_of(name)]
    progress = Progress("Erasing from the landing", "payload", len(names))
    rewritten = 0
    for name, content in zip(names, landing.contents(names), strict=True):
        kept = _kept(tombstones, name, content)
        if kept != content:
            landing.store.write(name, gzip.compress(kept, 6, mtime=0) if _is_text(name) else kept)
            rewritten += 1
        progress.step(0, at=_day_of(name))
    for tombstone in tombstones.unfinished:
        tombstones.finish(tombstone)
    return rewritten


def _correct(landing: Landing, tombstones: Tombstones, name: str) -> None:
    """Bring the hashes and counts of a file of records to what its payloads are going to hold."""
    records = [json.loads(line) for line in landing.store.read(name).splitlines()]
    corrected = [record | _content(landing, tombstones, record) for record in records]
    if corrected != records:
        text = "".join(json.dumps(record) + "\n" for record in corrected)
        landing.store.write(name, text.encode(), is_durable=True)


def _content(landing: Landing, tombstones: Tombstones, record: dict[str, Any]) -> dict[str, Any]:
    """Count and hash of a day's content as it will be; nothing where it names nobody erased."""
    names = payloads_of(record)
    contents = zip(names, landing.contents(names), strict=True)
    if all(_kept(tombstones, name, content) == content for name, content in contents):
        return {}
    kept = (
        _kept(tombstones, name, content)
        for name, content in zip(names, landing.contents(names), strict=True)
    )
    if _is_text(names[0]):
        day = day_of_lines([line for content in kept for line in _lines(content)])
        return {"content_hash": day.content_hash, "row_count": day.row_count}
    with day_of_frames(map(pl.read_parquet, kept), _metadata(landing.content(names[0]))) as day:
        return {"content_hash": day.content_hash, "row_count": day.row_count}


def _day_of(name: str) -> date | None:
    """The day of a payload, by its place; None for what is no payload."""
    parts = name.split("/")
    try:
        return date.fromisoformat(parts[2]) if len(parts) == 4 else None
    except ValueError:
        return None


def _kept(tombstones: Tombstones, name: str, content: bytes) -> bytes:
    """A payload's content without the erased; the same bytes where it names none of them."""
    day = _day_of(name)
    assert day
    if _is_text(name):
        lines = _lines(content)
        kept = tombstones.lines(lines, day)
        return content if kept == lines else b"".join(line + b"\n" for line in kept)
    metadata, before = _metadata(content), pl.read_parquet(content)
    (after,) = tombstones.frames([before], metadata, day)
    if after.equals(before.cast(after.schema)):
        return content
    buffer = io.BytesIO()
    after.write_parquet(buffer, metadata=metadata)
    return buffer.getvalue()


def _is_text(name: str) -> bool:
    return not name.endswith(".parquet")


def _lines(content: bytes) -> list[bytes]:
    return content.removesuffix(b"\n").split(b"\n") if content else []


def _metadata(content: bytes) -> dict[str, str]:
    return {DECLARATION: pl.read_parquet_metadata(io.BytesIO(content))[DECLARATION]}
