"""Damaged files through the inbox: each is loaded whole, rejected with a report, or waits."""

import csv
import io
import os
import random
import time
from pathlib import Path
from typing import Any

import polars as pl

from ingest.filedrop import frames
from ingest.filedrop.fetch import land_inbox
from ingest.framing import Payload
from ingest.landing import Landing
from tests.fuzz import valid
from tests.fuzz.damage import ODD, as_json, damaged, damaged_bytes
from tests.fuzz.framing import Tally
from tests.fuzz.landing import settings_of

#: One good row of each shape, as text: that is what all three formats can hold.
ROWS: dict[str, dict[str, str]] = {
    "activity": {"login": "ada", "day": "2026-10-29", "metric": "talks_given", "value": "1.5"},
    "challenge_attempts": {"email": "ada@acme.test", "challenge_id": "sql", "score": "81.5",
                           "submitted_at": "2026-10-29T09:30:00Z"},
    "people": {"employee_id": "e1", "display_name": "Ada", "github_login": "ada",
               "github_user_id": "7"},
    "leave": {"developer": "7", "day": "2026-10-29"},
    "adjustments": {"login": "ada", "day": "2026-10-29", "xp": "50", "reason": "thanks",
                    "requested_by": "bob", "approved_by": "cy", "adjustment_id": "a1"},
    "identity_map": {"source": "file", "source_key": "e1", "github_user_id": "7"},
    "opt_ins": {"login": "ada", "day": "2026-10-29"},
    "opt_outs": {"login": "ada", "day": "2026-10-29"},
}  # fmt: skip
FRAMERS = {name: getattr(frames, f"frame_{name}") for name in ROWS}
#: Several rows of these are one.
ADDED_UP = {"activity", "leave", "opt_ins", "opt_outs"}


def drop_files(home: Path, count: int, a_look: int = 60) -> Tally:
    """Damaged files of every shape and format, many a look; rows are framed afterwards."""
    rng = random.Random("inbox")
    tally = Tally()
    inbox = home / "inbox"
    settings = settings_of(home, inbox=str(inbox))
    landing = Landing(settings.landing)
    for number in range(count):
        shape = rng.choice(list(ROWS))
        suffix = rng.choice((".csv", ".ndjson", ".parquet"))
        data, is_damaged = _file(rng, shape, suffix)
        tally.counts["damaged" if is_damaged else "good"] += 1
        folder = inbox / shape
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"file-{number}{suffix}"
        path.write_bytes(data)
        long_ago = time.time() - 3600
        os.utime(path, (long_ago, long_ago))
        if (number + 1) % a_look == 0:
            _look(settings, landing, tally)
            for left in inbox.glob("*/file-*"):
                left.unlink()
    _frame(landing, tally)
    return tally


def _file(rng: random.Random, shape: str, suffix: str) -> tuple[bytes, bool]:
    """A file of one to five rows, and whether something is wrong with it."""
    rows: list[Any] = [{**ROWS[shape]} for _ in range(rng.randint(1, 5))]
    for number, row in enumerate(rows):
        for key in ("employee_id", "adjustment_id", "source_key"):
            if key in row:
                row[key] = f"{row[key]}-{number}-{rng.randrange(10**9)}"
    way = rng.random()
    if 0.15 <= way < 0.7:
        place = rng.randrange(len(rows))
        rows[place] = damaged(rng, rows[place])
    data = _encoded(rng, rows, suffix)
    if way >= 0.7:
        data = damaged_bytes(rng, data)
    return data, way >= 0.15


def _encoded(rng: random.Random, rows: list[Any], suffix: str) -> bytes:
    if suffix == ".ndjson":
        return b"".join(as_json(rng, row) + b"\n" for row in rows)
    cells = [
        {str(key): _cell(value) for key, value in row.items()}
        for row in rows
        if isinstance(row, dict) and row
    ]
    names = list(dict.fromkeys(name for row in cells for name in row)) or ["day"]
    if suffix == ".parquet":
        columns: dict[str, Any] = {name: [row.get(name) for row in cells] for name in names}
        if rng.random() < 0.2:
            odd = rng.choice([one for one in ODD if isinstance(one, float | bool | list)])
            columns[rng.choice(names)] = [odd] * len(cells)
        buffer = io.BytesIO()
        pl.DataFrame(columns, strict=False).write_parquet(buffer)
        return buffer.getvalue()
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator=rng.choice(("\n", "\r\n")))
    writer.writeheader()
    writer.writerows(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    return str(value).encode(errors="replace").decode()[:6000]


def _look(settings: Any, landing: Landing, tally: Tally) -> None:
    report = land_inbox(settings, landing, valid.DAY, "America/Los_Angeles", sleep=lambda _: None)
    for file in report.files:
        assert file.said
        tally.counts[f"file {file.outcome}"] += 1


def _frame(landing: Landing, tally: Tally) -> None:
    """Whatever was landed is a row or in quarantine."""
    states = landing.states().filter(pl.col("row_count") > 0)
    for state in states.filter(pl.col("dataset") != "files").iter_rows(named=True):
        content = landing.content(state["payload"])
        framed = FRAMERS[state["dataset"]]([Payload(state["scope"], state["day"], "l", content)])
        tally.add("filedrop", state["dataset"], framed)
        (table,) = framed.tables.values()
        total = table.height + len(framed.quarantined)
        if state["dataset"] in ADDED_UP:
            assert 0 < total <= state["row_count"]
        else:
            assert total == state["row_count"]
        tally.counts["rows"] += table.height
        tally.counts["in quarantine"] += len(framed.quarantined)
