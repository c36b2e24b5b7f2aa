"""Lines of Copilot's reports and seats as typed rows: pure.

The users-1-day rows are many and long, so they are read as quickly as their JSON. Only what the
game scores is modelled. Polars decodes whole batches with the schema below; a batch that does not
decode cleanly is framed file by file, and a file that does not, row by row, with the reason for
each row that is left out. Both ways give the same rows.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import polars as pl

from ingest.copilot.models import Seat, UserDay, UserTeam
from ingest.framing import Framed, Payload, own_columns, quarantine_row, readable_rows
from ingest.tables import (
    COPILOT_SEATS,
    COPILOT_USER_DAY_VALUES,
    COPILOT_USER_DAYS,
    COPILOT_USER_TEAMS,
    Table,
)

DUPLICATE = "the user stands in this day's report more than once; the row with most use counts"
DUPLICATE_IN_TEAM = "the user stands in this day's report of this team more than once"
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
#: due (`n` begins null), halves of surrogate pairs, and counts of ten digits: GitHub sends none.
#: Looked for by Polars too: Python's `re` took longer over a batch than all of its decoding (0.67 s
#: for 64 MB; 0.02 s).
NEEDS_CARE = (
    r'"(?:user_login|day|feature|language|model)"\s*:\s*[^"\sn]|\\u[dD][89a-fA-F]'
    r'|_(?:count|sum)"\s*:\s*-?(?:\d{10}|[\d.]+[eE])'
)


def frame_user_days(payloads: Sequence[Payload]) -> Framed:
    """Rows of `user_days` and `user_day_values`; every line is a row there or in quarantine."""
    rows, quarantined = _judged(payloads)
    return Framed(
        {COPILOT_USER_DAYS: _user_days(rows), COPILOT_USER_DAY_VALUES: _values(rows)}, quarantined
    )


def unreadable_user_days(payload: Payload) -> int:
    """Lines that would go to quarantine, but for duplicates: these are readable."""
    _, quarantined = _judged([payload])
    return sum(row["reason"] != DUPLICATE for row in quarantined)


def frame_user_teams(payloads: Sequence[Payload]) -> Framed:
    rows: list[dict[str, Any]] = []
    quarantined: list[dict] = []
    for payload in payloads:
        lines = payload.lines
        found, numbers, refused = readable_rows(UserTeam, payload, lines)
        quarantined.extend(refused)
        own = own_columns(payload, COPILOT_USER_TEAMS)
        seen: set[tuple[int, int]] = set()
        for row, number in zip(found, numbers, strict=True):
            reason = None
            if row.day not in (None, str(payload.day)):
                reason = f"day is {row.day}, the report is of {payload.day}"
            elif (row.user_id, row.team_id) in seen:
                reason = DUPLICATE_IN_TEAM
            if reason:
                text = lines[number - 1].decode(errors="replace")
                quarantined.append(quarantine_row(payload, number, reason, text))
                continue
            seen.add((row.user_id, row.team_id))
            rows.append(own | row.model_dump(exclude={"day"}))
    return Framed({COPILOT_USER_TEAMS: _table(COPILOT_USER_TEAMS, rows)}, quarantined)


def unreadable_user_teams(payload: Payload) -> int:
    """As `unreadable_user_days`."""
    quarantined = frame_user_teams([payload]).quarantined
    return sum(row["reason"] != DUPLICATE_IN_TEAM for row in quarantined)


def frame_seats(payloads: Sequence[Payload]) -> Framed:
    rows: list[dict[str, Any]] = []
    quarantined: list[dict] = []
    for payload in payloads:
        seats, _, refused = readable_rows(Seat, payload, payload.lines)
        quarantined.extend(refused)
        own = own_columns(payload, COPILOT_SEATS)
        rows.extend(own | _seat_row(seat) for seat in seats)
    return Framed({COPILOT_SEATS: _table(COPILOT_SEATS, rows)}, quarantined)


def _seat_row(seat: Seat) -> dict[str, Any]:
    return {
        "user_id": seat.assignee and seat.assignee.id,
        "user_login": seat.assignee and seat.assignee.login,
        "plan_type": seat.plan_type,
        "assigned_at": seat.created_at,
        "last_activity_at": seat.last_activity_at,
        "last_activity_editor": seat.last_activity_editor,
        "pending_cancellation_date": seat.pending_cancellation_date,
    }


def _table(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    texts = [name for name, kind in table.columns.items() if kind == pl.String()]
    return table.frame(rows).with_columns(_text(name) for name in texts)


def _judged(payloads: Sequence[Payload]) -> tuple[pl.DataFrame, list[dict]]:
    """The rows that count, as `SCHEMA` with what their payload says, and the others."""
    lines = [payload.lines for payload in payloads]
    batch = _decoded(b"".join(payload.content for payload in payloads), list(chain(*lines)))
    if batch is not None:
        places = pl.concat([_places(i, len(part)) for i, part in enumerate(lines)])
        return _sorted_out(pl.concat([places, batch], how="horizontal"), payloads, lines, [])
    frames, quarantined = [], []
    for index, (payload, part) in enumerate(zip(payloads, lines, strict=True)):
        decoded = _decoded(payload.content, part)
        if decoded is None:
            decoded, numbers, refused = _decoded_row_by_row(payload, part)
            quarantined.extend(refused)
            places = _places(index, len(part)).filter(pl.col("row_number").is_in(numbers))
        else:
            places = _places(index, len(part))
        frames.append(pl.concat([places, decoded], how="horizontal"))
    return _sorted_out(pl.concat(frames), payloads, lines, quarantined)


def _places(index: int, count: int) -> pl.DataFrame:
    """Where the lines of one payload stand: the payload's index, and a number from 1."""
    numbers = pl.int_range(1, count + 1, dtype=pl.Int64, eager=True)
    return pl.DataFrame(
        {"payload": pl.repeat(index, count, dtype=pl.Int64, eager=True), "row_number": numbers}
    )


def _decoded(content: bytes, lines: Sequence[bytes]) -> pl.DataFrame | None:
    """All rows as `SCHEMA`, or None if any is not as it should be."""
    try:
        texts = pl.Series(lines, dtype=pl.Binary).cast(pl.String)
        if texts.str.contains(NEEDS_CARE).any():
            return None
        frame = pl.read_ndjson(content, schema=SCHEMA)
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == len(lines) else None


def _decoded_row_by_row(
    payload: Payload, lines: Sequence[bytes]
) -> tuple[pl.DataFrame, list[int], list[dict]]:
    rows, numbers, refused = readable_rows(UserDay, payload, lines)
    frame = pl.DataFrame([row.model_dump() for row in rows], schema=SCHEMA, orient="row")
    return frame, numbers, refused


def _sorted_out(
    rows: pl.DataFrame, payloads: Sequence[Payload], lines: Sequence[Sequence[bytes]],
    quarantined: list[dict],
) -> tuple[pl.DataFrame, list[dict]]:  # fmt: skip
    """Rows without a key, of another day, or a second time join the quarantine."""
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
    return rows.filter(pl.col("reason").is_null()), quarantined


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
