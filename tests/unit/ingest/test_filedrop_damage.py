"""A thousand damaged files: no crash, and every row is loaded, set aside, or rejected by name."""

import csv
import io
import json
import random
from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from ingest.filedrop import frames
from ingest.filedrop.checking import checked
from ingest.filedrop.reading import ROW_NUMBERS, Unreadable, cells_of, is_half_written
from ingest.filedrop.shapes import SHAPES
from ingest.framing import Payload

FILES = 1_000
SPLINTERS = [b'"', b",", b";", b"\n", b"\r", b"\x00", b"\xff", b"{", b"[", b"null", b"\xc3\xa9"]


def good_rows(chance: random.Random, shape: str) -> list[dict[str, Any]]:
    """One to six rows that have every column of every shape."""
    rows = [
        {
            "login": f"user-{n}", "day": f"2026-05-{chance.randint(1, 28):02}", "metric": "tasks",
            "value": f"{chance.random():.6f}", "xp": "5", "reason": "r", "requested_by": "ann",
            "approved_by": chance.choice(["ann", "bob"]), "challenge": "sql",
            "score": str(chance.randint(0, 101)), "submitted_at": "2026-05-07T10:00Z",
            "source": "file", "source_key": str(n), "github_user_id": str(n + 1),
        }
        for n in range(chance.randint(1, 6))
    ]  # fmt: skip
    if shape not in ("people", "identity_map"):  # one name for a person is enough
        rows = [{k: v for k, v in row.items() if k != "github_user_id"} for row in rows]
    return rows


def written(suffix: str, rows: list[dict[str, Any]]) -> bytes:
    if suffix == ".parquet":
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), buffer)
        return buffer.getvalue()
    if suffix == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def damaged(chance: random.Random, data: bytes) -> bytes:
    content = bytearray(data)
    for _ in range(chance.choice([0, 1, 1, 2, 5, 30])):
        place = chance.randrange(len(content) + 1)
        end = place + chance.randint(1, 20)
        content[place:end] = chance.choice(
            [b"", bytes([chance.randrange(256)]), content[place:end] * 2, chance.choice(SPLINTERS)]
        )
    return bytes(content)


def outcome(shape: str, suffix: str, data: bytes) -> str:
    if is_half_written(suffix, data):
        return "waits"
    try:
        result = checked(SHAPES[shape], cells_of(suffix, data), "x.csv", "UTC")
    except Unreadable as error:
        return "unreadable" if str(error) else "told nothing"
    if result.problem_count:
        return "rejected" if result.problems else "told nothing"
    landed = result.rows.drop("row", "day", strict=False).write_ndjson().encode()
    payload = Payload("x.csv", date(2026, 5, 7), "load-1", landed)
    framed = getattr(frames, f"frame_{shape}")([payload])
    count = sum(table.height for table in framed.tables.values()) + len(framed.quarantined)
    rows = result.rows.drop("row", "day", strict=False)
    if shape in ("activity", "leave", "opt_ins", "opt_outs"):
        rows = rows.drop("value", strict=False).unique()  # added up, or one day all the same
    return "loaded" if count == rows.height else "lost rows"


def test_a_thousand_damaged_files_crash_nothing_and_lose_nothing() -> None:
    chance = random.Random(5)
    seen: Counter[str] = Counter()
    for number in range(FILES):
        shape = chance.choice(list(SHAPES))
        suffix = chance.choice(list(ROW_NUMBERS))
        data = damaged(chance, written(suffix, good_rows(chance, shape)))
        found = outcome(shape, suffix, data)
        assert found not in ("lost rows", "told nothing"), (number, shape, suffix, data)
        seen[found] += 1
    assert seen.keys() == {"waits", "unreadable", "rejected", "loaded"}, seen
    assert min(seen.values()) >= 20, seen
