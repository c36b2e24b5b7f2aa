"""Landed extracts as typed rows: pure; the extract's declaration travels in each file."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from ingest.framing import Framed, Payload, quarantine_row
from ingest.snowflake.declared import DECLARATION, Extract, parsed_extract
from ingest.tables import (
    AMOUNT,
    MOMENT,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    Table,
)

#: Keys of the rows' grain under which several rows of an extract are one fact.
OWN = ["scope", "activity_date", "person_key", "key_kind", "load_id"]


def frame_metrics(payloads: Sequence[Payload]) -> Framed:
    """One row a person, day and metric: several rows of the extract are added up."""
    return _framed(payloads, SNOWFLAKE_METRICS, _metrics)


def frame_challenge_attempts(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_CHALLENGE_ATTEMPTS, _challenge_attempts)


def frame_leave(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_LEAVE, _leave)


#: From (rows with typed columns and a column `reason`) to the table's rows.
Shaper = Callable[[pl.DataFrame, Any], tuple[pl.DataFrame, pl.DataFrame]]


def _framed(payloads: Sequence[Payload], table: Table, shaped: Shaper) -> Framed:
    frames, quarantined = [table.frame([])], []
    for payload in payloads:
        declaration = pl.read_parquet_metadata(io.BytesIO(payload.content))[DECLARATION]
        extract: Extract = parsed_extract(declaration)
        rows = pl.read_parquet(payload.content).with_row_index("row_number", 1)
        keyed = rows.with_columns(
            scope=pl.lit(payload.scope),
            activity_date=pl.lit(payload.day),
            person_key=_text(pl.col(extract.key_column)).str.strip_chars(),
            key_kind=pl.lit(extract.key_kind),
            load_id=pl.lit(payload.load_id),
        ).with_columns(
            reason=pl.when(pl.col("person_key").fill_null("") == "").then(
                pl.lit(f"{extract.key_column} is missing")
            )
        )
        judged, result = shaped(keyed, extract)
        frames.append(result.select(*table.columns).cast(pl.Schema(table.columns)))
        for row in judged.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
            own = rows.row(row["row_number"] - 1, named=True)
            own.pop("row_number")
            quarantined.append(quarantine_row(payload, row["row_number"], row["reason"], str(own)))
    return Framed({table: pl.concat(frames)}, quarantined)


def _metrics(rows: pl.DataFrame, extract: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = {metric.column: f"snowflake.{metric.name}" for metric in extract.metrics}
    for column in names:
        rows = _with_amount(rows, column)
    good = rows.filter(pl.col("reason").is_null())
    long = pl.concat(
        good.select(*OWN, metric=pl.lit(name), value=f"amount_{column}")
        for column, name in names.items()
    )
    # A null is no number, and no zero either: it makes no row.
    summed = (
        long.drop_nulls("value").group_by(*OWN, "metric", maintain_order=True)
        .agg(pl.col("value").sum())
    )  # fmt: skip
    return rows, summed


def _challenge_attempts(rows: pl.DataFrame, extract: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = _with_amount(rows, extract.score_column)
    rows = rows.with_columns(
        challenge_id=_text(pl.col(extract.challenge_column)),
        score=f"amount_{extract.score_column}",
        submitted_at=pl.col(extract.submitted_column).cast(MOMENT),
    ).with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("challenge_id").is_null())
            .then(pl.lit(f"{extract.challenge_column} is missing"))
            .when(pl.col("score").is_null() | ~pl.col("score").is_between(0, 100))
            .then(pl.lit(f"{extract.score_column} is not a score from 0 to 100"))
            .when(pl.col("submitted_at").is_null())
            .then(pl.lit(f"{extract.submitted_column} is no time")),
        )
    )
    return rows, rows.filter(pl.col("reason").is_null())


def _leave(rows: pl.DataFrame, extract: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    good = rows.filter(pl.col("reason").is_null())
    return rows, good.select(OWN).unique(maintain_order=True)


def _text(column: pl.Expr) -> pl.Expr:
    """Postgres holds no NUL in text."""
    return column.cast(pl.String).str.replace_all("\x00", "\ufffd", literal=True)


def _with_amount(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The column as an exact amount; what does not fit into 18 digits is a reason to refuse."""
    source = pl.col(column)
    if rows.schema[column] == pl.Boolean:
        source = source.cast(pl.Int64)
    amount = source.cast(AMOUNT, strict=False)
    return rows.with_columns(amount.alias(f"amount_{column}")).with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(source.is_not_null() & pl.col(f"amount_{column}").is_null()).then(
                pl.format(f"{column} is {{}}, and no number of 18 digits", source.cast(pl.String))
            ),
        )
    )
