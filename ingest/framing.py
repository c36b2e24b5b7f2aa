"""What frames turn into what: landed payloads into typed rows, and rows that cannot be loaded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from ingest.tables import OPS_QUARANTINE, Table

#: A quarantined payload is kept for the eye, not for a reload: landing has all of it.
PAYLOAD_CHARACTERS = 4_000
REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Payload:
    """One landed day of one scope: `content` is NDJSON (uncompressed) or a Parquet file."""

    scope: str
    day: date
    load_id: str
    content: bytes

    @property
    def lines(self) -> list[bytes]:
        """The rows of NDJSON content. A carriage return inside a row is blank space of JSON."""
        return self.content.removesuffix(b"\n").split(b"\n") if self.content else []


@dataclass(frozen=True)
class Framed:
    """Typed rows by table, and what was left out, as `quarantine_row` makes it."""

    tables: dict[Table, pl.DataFrame]
    quarantined: list[dict]


Framer = Callable[[Sequence[Payload]], Framed]
Row = TypeVar("Row", bound=BaseModel)


def own_columns(payload: Payload, table: Table) -> dict[str, Any]:
    """What a row has from its payload."""
    day = str(table.day_column)
    return {"scope": payload.scope, day: payload.day, "load_id": payload.load_id}


def readable_rows(
    model: type[Row], payload: Payload, lines: Sequence[bytes]
) -> tuple[list[Row], list[int], list[dict]]:
    """The rows that fit the model, their numbers (from 1), and the others with the reason."""
    rows, numbers, refused = [], [], []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(model.model_validate_json(line))
            numbers.append(number)
        except ValidationError as error:
            text = line.decode(errors="replace")
            refused.append(quarantine_row(payload, number, reason_of(error), text))
    return rows, numbers, refused


def quarantine_row(payload: Payload, row_number: int, reason: str, text: str) -> dict:
    """A row of `ops.quarantine` but for source and dataset; rows are numbered from 1."""
    return {
        "scope": payload.scope,
        "activity_date": payload.day,
        "row_number": row_number,
        "reason": storable(reason[:REASON_CHARACTERS]),
        "payload": storable(text[:PAYLOAD_CHARACTERS]),
        "load_id": payload.load_id,
    }


def storable(text: str) -> str:
    """Without NUL, which Postgres refuses, and halves of surrogate pairs, which UTF-8 does."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def in_utc(moment: datetime) -> datetime:
    """A time in UTC without an offset; one without an offset is UTC already."""
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("the time lies outside the calendar in UTC") from None


def quarantine_frame(source: str, dataset: str, rows: Sequence[dict]) -> pl.DataFrame:
    return OPS_QUARANTINE.frame([{"source": source, "dataset": dataset, **row} for row in rows])


def reason_of(error: ValidationError) -> str:
    """The first thing that is wrong with a row: which field, what is expected, what stood there."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the row"
    if first["type"] == "json_invalid":
        return "the row is not readable as JSON"
    if first["type"] == "missing":
        return f"{field} is missing"
    return f"{field}: {first['msg']}, found {str(first['input'])[:100]!r}"
