"""Landed rows of dropped files as typed rows: pure. The files were checked before they landed."""

from collections.abc import Sequence

import polars as pl

from ingest.filedrop.shapes import SHAPES, Shape, is_self_approved
from ingest.framing import Framed, Payload, quarantine_row
from ingest.tables import (
    AMOUNT,
    FILEDROP_ACTIVITY,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_CHALLENGE_ATTEMPTS,
    FILEDROP_IDENTITY_MAP,
    FILEDROP_LEAVE,
    FILEDROP_OPT_INS,
    FILEDROP_OPT_OUTS,
    FILEDROP_PEOPLE,
    MOMENT,
    Table,
)

SAME_PERSON = "requested_by and approved_by are the same person"
NO_REASON = pl.lit(None, pl.String)


def frame_activity(payloads: Sequence[Payload]) -> Framed:
    """One row a person, day and metric: several rows of a file are added up."""
    key = ["scope", "activity_date", "person_key", "key_kind", "metric", "load_id"]
    # A sum of more than 18 digits is no amount: none of its rows can be loaded.
    total = pl.col("value").sum().over(key).cast(pl.Decimal(38, 6)).cast(AMOUNT, strict=False)
    reason = pl.when(total.is_null()).then(
        pl.lit("the values of this person, day and metric add up to more than 12 digits")
    )
    framed = _framed(payloads, FILEDROP_ACTIVITY, reason)
    rows = framed.tables[FILEDROP_ACTIVITY]
    summed = rows.group_by(key, maintain_order=True).agg(pl.col("value").sum().cast(AMOUNT))
    return Framed({FILEDROP_ACTIVITY: summed.select(*rows.columns)}, framed.quarantined)


def frame_challenge_attempts(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, FILEDROP_CHALLENGE_ATTEMPTS)


def frame_people(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, FILEDROP_PEOPLE)


def frame_leave(payloads: Sequence[Payload]) -> Framed:
    return _distinct(payloads, FILEDROP_LEAVE)


def frame_adjustments(payloads: Sequence[Payload]) -> Framed:
    """Who asks for a correction and who allows it must be two people."""
    reason = pl.when(is_self_approved()).then(pl.lit(SAME_PERSON))
    return _framed(payloads, FILEDROP_ADJUSTMENTS, reason)


def frame_identity_map(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, FILEDROP_IDENTITY_MAP)


def frame_opt_ins(payloads: Sequence[Payload]) -> Framed:
    return _distinct(payloads, FILEDROP_OPT_INS)


def frame_opt_outs(payloads: Sequence[Payload]) -> Framed:
    return _distinct(payloads, FILEDROP_OPT_OUTS)


def _distinct(payloads: Sequence[Payload], table: Table) -> Framed:
    framed = _framed(payloads, table)
    return Framed({table: framed.tables[table].unique(maintain_order=True)}, framed.quarantined)


def _framed(payloads: Sequence[Payload], table: Table, reason: pl.Expr = NO_REASON) -> Framed:
    """Typed rows; `reason` is why a typed row is left out (null: it is not)."""
    shape = SHAPES[table.name]
    own = _own_columns(shape)
    frames, quarantined = [table.frame([])], []
    for payload in payloads:
        texts, unreadable = _texts(payload, own)
        quarantined += unreadable
        typed = texts.select(
            "row_number",
            *(_typed(name, table.columns[name]) for name in own),
            scope=pl.lit(payload.scope),
            load_id=pl.lit(payload.load_id),
            **{str(table.day_column): pl.lit(payload.day)},
        )
        judged = typed.with_columns(reason=pl.coalesce(_gap(shape, own), reason))
        frames.append(judged.filter(pl.col("reason").is_null()).select(*table.columns))
        refused = judged.filter(pl.col("reason").is_not_null()).select("row_number", "reason")
        for row in refused.join(texts, "row_number").iter_rows(named=True):
            number, why = row.pop("row_number"), row.pop("reason")
            quarantined.append(quarantine_row(payload, number, why, str(row)))
    return Framed({table: pl.concat(frames)}, quarantined)


def _own_columns(shape: Shape) -> list[str]:
    shared = {"scope", "load_id", shape.table.day_column}
    return [name for name in shape.table.columns if name not in shared]


def _texts(payload: Payload, own: Sequence[str]) -> tuple[pl.DataFrame, list[dict]]:
    """The rows as text, numbered from 1; a damaged line costs its own row only."""
    schema: dict[str, pl.DataType] = dict.fromkeys(own, pl.String())
    rows = _read(payload.content, schema)
    if rows.height == payload.content.count(b"\n"):
        return rows.with_row_index("row_number", 1), []
    frames, unreadable = [rows.clear().with_row_index("row_number")], []
    for number, line in enumerate(payload.lines, 1):
        row = _read(line, schema)
        frames.append(row.with_row_index("row_number", number))
        if row.is_empty():
            text = line.decode(errors="replace")
            reason = "the row is not readable as JSON"
            unreadable.append(quarantine_row(payload, number, reason, text))
    return pl.concat(frames), unreadable


def _read(lines: bytes, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The rows of lines; none where any of them is damaged."""
    try:
        return pl.read_ndjson(lines, schema=schema) if lines else pl.DataFrame(schema=schema)
    except pl.exceptions.ComputeError:
        return pl.DataFrame(schema=schema)


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    text = pl.col(name)
    if kind == MOMENT:
        return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us", strict=False)
    return text.cast(kind, strict=False)


def _gap(shape: Shape, own: Sequence[str]) -> pl.Expr:
    """The first column that must be filled and is not."""
    optional = {column.name for column in shape.columns if not column.is_required}
    needed = [name for name in own if name not in optional]
    return pl.coalesce(
        pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing or unreadable"))
        for name in needed
    )
