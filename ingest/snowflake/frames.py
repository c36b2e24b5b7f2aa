"""Landed extracts as typed rows: pure; the extract's declaration travels in each file."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import polars.selectors as cs

from ingest.framing import Framed, Payload, quarantine_row
from ingest.snowflake.declared import DECLARATION, SOURCE, parsed_extract
from ingest.tables import (
    AMOUNT,
    MOMENT,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_IDENTITY_MAP,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    SNOWFLAKE_PEOPLE,
    WHOLE,
    Table,
)

#: Set before the names of the extract's own columns, which may be called as ours are.
OWN = "own:"
#: The sources whose keys an identity map may explain.
MAPPED_SOURCES = (SOURCE, "file")

#: From landed rows and their declaration to rows with the table's columns. `reason` says why a row
#: is refused, and is null in all others.
Judge = Callable[[pl.DataFrame, Any], pl.DataFrame]


def frame_metrics(payloads: Sequence[Payload]) -> Framed:
    """One row for each number of a row of the extract; the models add them up."""
    return _framed(payloads, SNOWFLAKE_METRICS, _with_amounts, _long)


def frame_challenge_attempts(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_CHALLENGE_ATTEMPTS, _challenge_attempts)


def frame_leave(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_LEAVE, _with_key)


def frame_people(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_PEOPLE, _people)


def frame_identity_map(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, SNOWFLAKE_IDENTITY_MAP, _identity_map)


def _framed(
    payloads: Sequence[Payload], table: Table, judge: Judge, shape: Judge = lambda rows, _: rows
) -> Framed:
    assert table.day_column
    frames, quarantined = [table.frame([])], []
    for payload in payloads:
        extract = parsed_extract(pl.read_parquet_metadata(io.BytesIO(payload.content))[DECLARATION])
        # Bytes have a text; lists and structs are neither keys nor numbers.
        landed = pl.read_parquet(payload.content).with_columns(
            cs.binary().bin.encode("hex"),
            *(pl.lit(None, pl.String).alias(name) for name in _nested(payload.content)),
        )
        rows = landed.rename(lambda name: OWN + name).with_columns(
            pl.lit(payload.scope).alias("scope"),
            pl.lit(payload.day).alias(table.day_column),
            pl.lit(payload.load_id).alias("load_id"),
            pl.lit(None, pl.String).alias("reason"),
        )
        judged = judge(rows.with_row_index("row_number", 1), extract)
        good = shape(judged.filter(pl.col("reason").is_null()), extract)
        frames.append(good.select(*table.columns).cast(pl.Schema(table.columns)))
        refused = judged.filter(pl.col("reason").is_not_null())
        for number, reason in refused.select("row_number", "reason").iter_rows():
            row = str(landed.row(number - 1, named=True))
            quarantined.append(quarantine_row(payload, number, reason, row))
    return Framed({table: pl.concat(frames)}, quarantined)


def _nested(content: bytes) -> list[str]:
    schema = pl.read_parquet_schema(io.BytesIO(content))
    return [name for name, kind in schema.items() if kind.is_nested()]


def _with_key(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    key = extract.key_column
    rows = _refused(
        rows.with_columns(person_key=_text(key), key_kind=pl.lit(extract.key_kind)),
        (pl.col("person_key").is_null(), pl.lit(f"{key} is missing")),
    )
    if extract.key_kind != "github_user_id":
        return rows
    pseudonym = _text(key).str.extract(r"^(erased[:-]\d+)$")  # ingest.tombstones
    return _refused(
        rows.with_columns(person_key=pl.coalesce(_whole(key).cast(pl.String), pseudonym)),
        (pl.col("person_key").is_null(), _no_user_id(key)),
    )


def _with_amounts(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    return _with_amounts_of(_with_key(rows, extract), [one.column for one in extract.metrics])


def _long(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    """A null is no number, and no zero either: it makes no row."""
    index = ["scope", "activity_date", "person_key", "key_kind", "load_id"]
    numbers = {f"{SOURCE}.{one.name}": pl.col(_amount(one.column)) for one in extract.metrics}
    return (
        rows.select(*index, **numbers)
        .unpivot(list(numbers), index=index, variable_name="metric")
        .drop_nulls("value")
    )


def _challenge_attempts(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    challenge, score, submitted = (
        extract.challenge_column, extract.score_column, extract.submitted_column
    )  # fmt: skip
    rows = _with_amounts_of(_with_key(rows, extract), [score])
    return _refused(
        rows.with_columns(
            challenge_id=_text(challenge),
            score=pl.col(_amount(score)),
            submitted_at=pl.col(OWN + submitted).cast(MOMENT),
        ),
        (pl.col("challenge_id").is_null(), pl.lit(f"{challenge} is missing")),
        (~pl.col("score").is_between(0, 100).fill_null(False),
         pl.lit(f"{score} is not a score from 0 to 100")),
    )  # fmt: skip


def _people(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    def text(column: str | None) -> pl.Expr:
        return _text(column) if column else pl.lit(None, pl.String)

    rows = _with_key(rows, extract).with_columns(
        display_name=text(extract.name_column),
        email=text(extract.email_column),
        employee_id=text(extract.employee_id_column),
        github_login=text(extract.github_login_column),
    )
    if extract.github_user_id_column is None:
        return rows.with_columns(github_user_id=pl.lit(None, WHOLE))
    number = _whole(extract.github_user_id_column)
    given = _text(extract.github_user_id_column)
    return _refused(
        rows.with_columns(github_user_id=number),
        (given.is_not_null() & number.is_null(), _no_user_id(extract.github_user_id_column)),
    )


def _identity_map(rows: pl.DataFrame, extract: Any) -> pl.DataFrame:
    key, user = extract.source_key_column, extract.github_user_id_column
    named = _text(extract.source_column) if extract.source_column else pl.lit(SOURCE)
    allowed = " or ".join(MAPPED_SOURCES)
    return _refused(
        rows.with_columns(
            source=named.str.to_lowercase(), source_key=_text(key), github_user_id=_whole(user)
        ),
        (pl.col("source_key").is_null(), pl.lit(f"{key} is missing")),
        (_text(user).is_null(), pl.lit(f"{user} is missing")),
        (pl.col("github_user_id").is_null(), _no_user_id(user)),
        (~pl.col("source").is_in(MAPPED_SOURCES).fill_null(False),
         pl.format(f"{extract.source_column} is {{}}, and must be {allowed}",
                   named.fill_null("missing"))),
    )  # fmt: skip


def _refused(rows: pl.DataFrame, *faults: tuple[pl.Expr, pl.Expr]) -> pl.DataFrame:
    """The rows with the first of their reasons: those that they have, then these in turn."""
    # Wording a reason for every row takes as long as all the rest, and most days need none.
    if not rows.select(pl.any_horizontal(is_wrong for is_wrong, _ in faults).any()).item():
        return rows
    reasons = (pl.when(is_wrong).then(reason) for is_wrong, reason in faults)
    return rows.with_columns(reason=pl.coalesce("reason", *reasons))


def _text(column: str) -> pl.Expr:
    """Text without blanks around it, null if nothing is left. Postgres holds no NUL in text."""
    text = pl.col(OWN + column).cast(pl.String).str.strip_chars()
    text = text.str.replace_all("\x00", "\ufffd", literal=True)
    return pl.when(text != "").then(text)


def _whole(column: str) -> pl.Expr:
    """A number of 1 to 18 digits, however it is typed; null if it is none."""
    return _text(column).str.extract(r"^0*([1-9]\d{0,17})(?:\.0+)?$").cast(WHOLE)


def _no_user_id(column: str) -> pl.Expr:
    return pl.format(f"{column} is {{}}, and no GitHub user id", _text(column))


def _amount(column: str) -> str:
    return f"amount:{column}"


def _with_amounts_of(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Each column also as an exact amount; what does not fit into 18 digits is refused."""
    for column in columns:
        source = pl.col(OWN + column)
        if rows.schema[OWN + column] == pl.Boolean:
            source = source.cast(pl.Int64)
        amount = source.cast(AMOUNT, strict=False)
        said = pl.format(f"{column} is {{}}, and no number of 18 digits", source.cast(pl.String))
        rows = _refused(
            rows.with_columns(amount.alias(_amount(column))),
            (source.is_not_null() & pl.col(_amount(column)).is_null(), said),
        )
    return rows
