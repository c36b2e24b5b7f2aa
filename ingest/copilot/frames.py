"""Lines of users-1-day reports as typed rows: pure, and as quick as reading the JSON.

Only what the game scores is modelled. Polars decodes whole batches with the schema below; a batch
that does not decode cleanly is framed file by file, and a file that does not, row by row, with the
reason for each row that is left out. Both ways give the same rows.
"""

import re
from collections.abc import Sequence
from typing import Annotated

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingest.framing import Framed, Payload, quarantine_row, reason_of
from ingest.tables import COPILOT_USER_DAY_VALUES, COPILOT_USER_DAYS

DUPLICATE = "the user stands in this day's report more than once; the row with most use counts"
COUNTERS = {
    "interactions": "user_initiated_interaction_count",
    "generations": "code_generation_activity_count",
    "acceptances": "code_acceptance_activity_count",
}
#: Any of these is use: agent mode in the editor, the agent in the cloud (both its names), the CLI.
FLAGS = ("used_agent", "used_copilot_cloud_agent", "used_copilot_coding_agent", "used_cli")
COUNT = pl.Int64()


def _uses(name: str) -> pl.DataType:
    return pl.List(pl.Struct({name: pl.String(), **dict.fromkeys(COUNTERS.values(), COUNT)}))


SCHEMA: dict[str, pl.DataType] = {
    "user_id": COUNT,
    "user_login": pl.String(),
    "day": pl.String(),
    **dict.fromkeys(COUNTERS.values(), COUNT),
    "loc_suggested_to_add_sum": COUNT,
    "loc_added_sum": COUNT,
    **dict.fromkeys(FLAGS, pl.Boolean()),
    "totals_by_cli": pl.Struct(
        dict.fromkeys(("session_count", "request_count", "prompt_count"), COUNT)
    ),
    "totals_by_feature": _uses("feature"),
    "totals_by_language_feature": _uses("language"),
    "totals_by_language_model": _uses("model"),
    "totals_by_model_feature": _uses("model"),
}
#: What Polars takes without a word, and the row-wise pass judges: a number or object where text is
#: due (`n` begins null), and halves of surrogate pairs. GitHub sends neither.
NEEDS_CARE = re.compile(
    rb'"(?:user_login|day|feature|language|model)"\s*:\s*[^"\sn]|\\u[dD][89a-fA-F]'
)


def frame_user_days(payloads: Sequence[Payload]) -> Framed:
    """Rows of `user_days` and `user_day_values`; every line is a row there or in quarantine."""
    lines = [payload.lines for payload in payloads]
    batch = _decoded(b"".join(payload.content for payload in payloads), sum(map(len, lines)))
    if batch is not None:
        places = pl.concat([_places(i, len(part)) for i, part in enumerate(lines)])
        return _framed(pl.concat([places, batch], how="horizontal"), payloads, lines, [])
    frames, quarantined = [], []
    for index, (payload, part) in enumerate(zip(payloads, lines, strict=True)):
        decoded = _decoded(payload.content, len(part))
        if decoded is None:
            decoded, numbers, refused = _decoded_row_by_row(payload, part)
            quarantined.extend(refused)
            places = _places(index, len(part)).filter(pl.col("row_number").is_in(numbers))
        else:
            places = _places(index, len(part))
        frames.append(pl.concat([places, decoded], how="horizontal"))
    return _framed(pl.concat(frames), payloads, lines, quarantined)


def unreadable_count(framed: Framed) -> int:
    """Rows in quarantine, but for duplicates: these are readable."""
    return sum(row["reason"] != DUPLICATE for row in framed.quarantined)


def _places(index: int, count: int) -> pl.DataFrame:
    """Where the lines of one payload stand: the payload's index, and a number from 1."""
    numbers = pl.int_range(1, count + 1, dtype=pl.Int64, eager=True)
    return pl.DataFrame(
        {"payload": pl.repeat(index, count, dtype=pl.Int64, eager=True), "row_number": numbers}
    )


def _decoded(content: bytes, count: int) -> pl.DataFrame | None:
    """All rows as `SCHEMA`, or None if any is not as it should be."""
    if NEEDS_CARE.search(content):
        return None
    try:
        frame = pl.read_ndjson(content, schema=SCHEMA)
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == count else None


def _whole(value: object) -> object:
    """2.0 is a whole number in JSON, whatever wrote it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, Field(ge=-(2**63), lt=2**63), BeforeValidator(_whole)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)


class _Use(_Row):
    user_initiated_interaction_count: Whole | None = None
    code_generation_activity_count: Whole | None = None
    code_acceptance_activity_count: Whole | None = None


class _FeatureUse(_Use):
    feature: str | None = None


class _LanguageUse(_Use):
    language: str | None = None


class _ModelUse(_Use):
    model: str | None = None


class _CliUse(_Row):
    session_count: Whole | None = None
    request_count: Whole | None = None
    prompt_count: Whole | None = None


class UserDay(_Use):
    """One line of a report, as far as it is modelled; every field but the key may be absent."""

    user_id: Whole
    user_login: str | None = None
    day: str | None = None
    loc_suggested_to_add_sum: Whole | None = None
    loc_added_sum: Whole | None = None
    used_agent: bool | None = None
    used_copilot_cloud_agent: bool | None = None
    used_copilot_coding_agent: bool | None = None
    used_cli: bool | None = None
    totals_by_cli: _CliUse | None = None
    totals_by_feature: list[_FeatureUse | None] | None = None
    totals_by_language_feature: list[_LanguageUse | None] | None = None
    totals_by_language_model: list[_ModelUse | None] | None = None
    totals_by_model_feature: list[_ModelUse | None] | None = None


def _decoded_row_by_row(
    payload: Payload, lines: Sequence[bytes]
) -> tuple[pl.DataFrame, list[int], list[dict]]:
    """The readable rows, their numbers, and the others with the reason."""
    rows, numbers, refused = [], [], []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(UserDay.model_validate_json(line).model_dump())
            numbers.append(number)
        except ValidationError as error:
            text = line.decode(errors="replace")
            refused.append(quarantine_row(payload, number, reason_of(error), text))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), numbers, refused


def _framed(
    rows: pl.DataFrame, payloads: Sequence[Payload], lines: Sequence[Sequence[bytes]],
    quarantined: list[dict],
) -> Framed:  # fmt: skip
    of_payload = pl.DataFrame(
        {
            "payload": range(len(payloads)),
            "scope": [payload.scope for payload in payloads],
            "activity_date": [payload.day for payload in payloads],
            "load_id": [payload.load_id for payload in payloads],
        },
        schema_overrides={"payload": pl.Int64},
    )
    rows = rows.join(of_payload, on="payload", how="left", maintain_order="left")
    expected = pl.col("activity_date").dt.to_string("%Y-%m-%d")
    reason = (
        pl.when(pl.col("user_id").is_null())
        .then(pl.lit("user_id is missing"))
        .when(pl.col("day") != expected)
        .then(pl.format("day is {}, the report is of {}", "day", expected))
    )
    rows = rows.with_columns(reason=reason)
    rows = _with_duplicates_named(rows, lines)
    for row in rows.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
        text = lines[row["payload"]][row["row_number"] - 1].decode(errors="replace")
        payload = payloads[row["payload"]]
        quarantined.append(quarantine_row(payload, row["row_number"], row["reason"], text))
    rows = rows.filter(pl.col("reason").is_null())
    return Framed(
        {COPILOT_USER_DAYS: _user_days(rows), COPILOT_USER_DAY_VALUES: _values(rows)}, quarantined
    )


def _with_duplicates_named(rows: pl.DataFrame, lines: Sequence[Sequence[bytes]]) -> pl.DataFrame:
    """Of several rows of one user and day the one with most use counts, whatever their order.

    The order of a report's rows means nothing, so "the last one" would differ between two
    downloads of the same report; equal use is decided by the line's text.
    """
    key = ["payload", "user_id"]
    is_good = pl.col("reason").is_null()
    doubled = rows.filter(is_good & pl.struct(key).is_duplicated().over("reason"))
    if doubled.is_empty():
        return rows
    texts = [lines[p][n - 1] for p, n in doubled.select("payload", "row_number").iter_rows()]
    kept = (
        doubled.with_columns(
            use=pl.sum_horizontal(COUNTERS.values()), text=pl.Series(texts, dtype=pl.Binary)
        )
        .sort("use", "text")
        .unique(key, keep="last", maintain_order=True)
    )
    lost = doubled.join(kept, on=["payload", "row_number"], how="anti").select(
        "payload", "row_number", duplicate=pl.lit(DUPLICATE)
    )
    rows = rows.join(lost, on=["payload", "row_number"], how="left", maintain_order="left")
    return rows.with_columns(reason=pl.coalesce("reason", "duplicate")).drop("duplicate")


def _text(column: str) -> pl.Expr:
    """Postgres holds no NUL in text."""
    return pl.col(column).str.replace_all("\x00", "\ufffd", literal=True)


def _user_days(rows: pl.DataFrame) -> pl.DataFrame:
    cli = [
        pl.col("totals_by_cli").struct[name] > 0
        for name in ("session_count", "request_count", "prompt_count")
    ]
    # Null is not true, and not false either: it adds nothing.
    signs = [*(pl.col(name) > 0 for name in COUNTERS.values()), *cli, *FLAGS]
    return rows.select(
        "scope",
        "activity_date",
        "user_id",
        _text("user_login"),
        *(pl.col(field).alias(name) for name, field in COUNTERS.items()),
        pl.col("loc_suggested_to_add_sum").alias("lines_suggested"),
        pl.col("loc_added_sum").alias("lines_added"),
        pl.any_horizontal(signs).fill_null(False).alias("is_active"),
        "load_id",
    ).select(*COPILOT_USER_DAYS.columns)


def _values(rows: pl.DataFrame) -> pl.DataFrame:
    """Features, languages and models with any use; a model's is the greater of its two lists.

    Both lists cut the same use of models, once by language and once by feature: their sum would
    count it twice.
    """
    parts = [
        _uses_of(rows, "totals_by_feature", "feature"),
        _uses_of(rows, "totals_by_language_feature", "language"),
        _uses_of(rows, "totals_by_language_model", "model"),
        _uses_of(rows, "totals_by_model_feature", "model"),
    ]
    key = ["scope", "activity_date", "user_id", "kind", "value_text", "load_id"]
    values = pl.concat(parts).group_by(key, maintain_order=True).agg(pl.col("use_count").max())
    return values.filter(pl.col("use_count") > 0).select(*COPILOT_USER_DAY_VALUES.columns)


def _uses_of(rows: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Uses by value, summed over the list's other dimension."""
    key = ["scope", "activity_date", "user_id", "load_id"]
    uses = (
        rows.select(*key, column)
        .filter(pl.col(column).list.len() > 0)
        .explode(column)
        .unnest(column)
        .filter(pl.col(kind).is_not_null())
    )
    return (
        uses.with_columns(kind=pl.lit(kind), value_text=_text(kind))
        .group_by(*key, "kind", "value_text", maintain_order=True)
        .agg(use_count=pl.sum_horizontal(pl.col(*COUNTERS.values()).sum()))
    )
