"""Cells against a shape: the rows as they are landed, or every mistake; no loop over good rows."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from ingest.filedrop.reading import NOT_TEXT, ROW, Cells, Problem
from ingest.filedrop.shapes import PEOPLE_KEYS, Column, Shape, is_self_approved

MOST_LISTED = 1_000
FOUND_CHARACTERS = 80
#: The column of the canonical day, beside the table's own.
DAY = "day"
NOBODY = "no column that names the person"


@dataclass
class Checked:
    """`rows` are the table's columns as text, with the day where rows have one.

    Either `problem_count` is 0 or the rows are not to be used; the first problems are listed.
    """

    rows: pl.DataFrame
    problems: list[Problem]
    problem_count: int
    warnings: list[str] = field(default_factory=list)


class _Problems:
    """Mistakes by the frame: a million of them are counted, a thousand are kept."""

    def __init__(self, given: Sequence[Problem]) -> None:
        self.kept = list(given)
        self.count = len(given)

    def add(self, row: int, column: str, found: str, allowed: str) -> None:
        self.kept.append(Problem(row, column, found, allowed))
        self.count += 1

    def add_rows(self, rows: pl.DataFrame, column: str, found: pl.Expr, allowed: str) -> None:
        self.count += rows.height
        shown = rows.head(MOST_LISTED).select(ROW, found.alias("found"))
        self.kept += [
            Problem(row, column, repr(text) if text else "nothing", allowed)
            for row, text in shown.rows()
        ]

    def first(self) -> list[Problem]:
        return sorted(self.kept, key=lambda problem: problem.row)[:MOST_LISTED]


def checked(
    shape: Shape, cells: Cells, scope: str, time_zone: str, taken_ids: Collection[str] = ()
) -> Checked:
    """Check a file's cells; `scope` is its name, `time_zone` that of the game's local days.

    `taken_ids` are the adjustment ids that other files hold.
    """
    problems = _Problems(cells.problems)
    place = _places(shape, cells, problems)
    key = _key_column(shape, cells, place, problems)
    # Mistakes are told under the names that the file itself uses.
    names = {name: cells.header[int(position)] for name, position in place.items()}
    if key:
        names["person_key"] = names[key.name]
    # The key of people is one of their own columns: no row may lack it.
    columns = [column for column in shape.columns if not key or column.name != key.name]
    columns += [replace(key, is_required=True)] if key else []
    parsed = cells.frame.select(
        ROW,
        *(column.kind.parsed(pl.col(place[column.name])).alias(column.name)
          for column in columns if column.name in place),
    )  # fmt: skip
    for column in columns:
        if column.name in place:
            raw = cells.frame[place[column.name]]
            _check_column(column, names[column.name], raw, parsed, problems)
    rows = _completed(shape, parsed, key, scope, time_zone)
    _check_rows(shape, rows, names, taken_ids, problems)
    return Checked(rows, problems.first(), problems.count, _warnings(shape, cells, place, rows))


def _normal(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _places(shape: Shape, cells: Cells, problems: _Problems) -> dict[str, str]:
    """Where in the cells each column of the shape stands; complains of doubles and gaps."""
    header = [_normal(name) for name in cells.header]
    place: dict[str, str] = {}
    for column in (*shape.columns, *shape.key_columns):
        found = [position for position, name in enumerate(header) if name in column.names]
        names = ", ".join(repr(cells.header[position]) for position in found)
        if len(found) > 1:
            problems.add(0, column.name, f"the columns {names}", "one of them")
        elif not found and column.is_required and column in shape.columns:
            allowed = " or ".join(column.names)
            problems.add(0, column.name, "no such column", f"a column {allowed}")
        elif found and cells.header[found[0]] in cells.not_text:
            kind = cells.not_text[cells.header[found[0]]]
            problems.add(0, column.name, f"a column of type {kind}", column.kind.allowed)
        elif found:
            place[column.name] = str(found[0])
    return place


def _key_column(
    shape: Shape, cells: Cells, place: dict[str, str], problems: _Problems
) -> Column | None:
    """The column that names the person; complains unless there is exactly one."""
    if shape.key_columns:
        found = [column for column in shape.key_columns if column.name in place]
        if len(found) == 1:
            return found[0]
        names = " and ".join(cells.header[int(place[column.name])] for column in found)
        choices = ", ".join(name for column in shape.key_columns for name in column.names)
        problems.add(0, "", names or NOBODY, f"exactly one of {choices}")
    elif "person_key" in shape.table.columns:
        for name in PEOPLE_KEYS:
            if name in place:
                return next(column for column in shape.columns if column.name == name)
        problems.add(0, "", NOBODY, "one of " + ", ".join(PEOPLE_KEYS))
    return None


def _check_column(
    column: Column, name: str, raw: pl.Series, parsed: pl.DataFrame, problems: _Problems
) -> None:
    bad = pl.DataFrame({ROW: parsed[ROW], "raw": raw}).filter(parsed[column.name].is_null())
    shown = pl.col("raw").str.strip_prefix(NOT_TEXT).str.head(FOUND_CHARACTERS)
    if not column.is_required:
        bad = bad.drop_nulls("raw")
    problems.add_rows(bad, name, shown.fill_null(""), column.kind.allowed)


def _completed(
    shape: Shape, parsed: pl.DataFrame, key: Column | None, scope: str, time_zone: str
) -> pl.DataFrame:
    """The table's columns; the day; ids for adjustments that have none."""
    rows = parsed
    if key:
        kind = PEOPLE_KEYS.get(key.name, key.name)
        rows = rows.with_columns(person_key=key.name, key_kind=pl.lit(kind))
    own = [name for name in shape.table.columns if name not in ("scope", "load_id")]
    own = [name for name in own if name != shape.table.day_column]
    absent = [name for name in own if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    if "submitted_at" in own:
        moment = pl.col("submitted_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_zone="UTC")
        local = moment.dt.convert_time_zone(time_zone).dt.to_string("%Y-%m-%d")
        rows = rows.with_columns(local.alias(DAY))
    if "adjustment_id" in own and DAY in rows.columns:
        rows = _with_ids(rows, scope)
    day = [] if shape.is_snapshot or DAY not in rows.columns else [DAY]
    return rows.select(ROW, *day, *own)


def _with_ids(rows: pl.DataFrame, scope: str) -> pl.DataFrame:
    """An id for each adjustment without one, which a corrected file of the same name keeps.

    Of what identifies an adjustment, not of its XP or words: those are what is corrected. Hashed,
    because the ledger shows it and the key may be an e-mail address.
    """
    identity = ["day", "key_kind", "person_key", "badge_id", "season"]
    numbered = rows.select(
        identity=pl.concat_str(pl.col(identity).fill_null(""), separator="\n"),
        nth=pl.int_range(pl.len()).over(identity),
    )
    made = [
        hashlib.sha256(f"{scope}\n{identity}\n{nth}".encode()).hexdigest()[:16]
        for identity, nth in numbered.iter_rows()
    ]
    return rows.with_columns(adjustment_id=pl.coalesce("adjustment_id", pl.Series(made)))


def _check_rows(
    shape: Shape, rows: pl.DataFrame, names: dict[str, str], taken_ids: Collection[str],
    problems: _Problems,
) -> None:  # fmt: skip
    """What several cells or several rows say together."""
    unique = [name for name in shape.unique if name in names]
    if unique == [*shape.unique] != []:
        is_whole = pl.all_horizontal(pl.col(unique).is_not_null())
        again = rows.filter(is_whole & ~pl.struct(unique).is_first_distinct())
        found = pl.concat_str(pl.col(unique).str.head(FOUND_CHARACTERS), separator=" ")
        column = " and ".join(names[name] for name in unique)
        problems.add_rows(again, column, found, "each only once in a file")
    if "adjustment_id" in names and taken_ids:
        taken = rows.filter(pl.col("adjustment_id").is_in(list(taken_ids)))
        found = pl.col("adjustment_id").str.head(FOUND_CHARACTERS)
        problems.add_rows(taken, names["adjustment_id"], found, "an id that no other file holds")
    if "season" in names:
        lost = rows.filter(pl.col("season").is_not_null() & pl.col("badge_id").is_null())
        problems.add_rows(lost, names["season"], pl.col("season"), "one only beside a badge_id")


def _warnings(shape: Shape, cells: Cells, place: dict[str, str], rows: pl.DataFrame) -> list[str]:
    used = {int(position) for position in place.values()}
    known = {name for column in (*shape.columns, *shape.key_columns) for name in column.names}
    known |= set(shape.ignored)
    unknown = [
        repr(name) for position, name in enumerate(cells.header)
        if position not in used and _normal(name) not in known
    ]  # fmt: skip
    warnings = []
    if unknown:
        warnings.append(
            f"Not read, because {shape.name} knows no such columns: {_listed(unknown)}."
        )
    if "approved_by" in rows.columns:
        own = rows.filter(is_self_approved())[ROW].to_list()
        if own:
            warnings.append(
                "Set aside in ops.quarantine, because requester and approver are the same: row "
                f"{_listed(own)}."
            )
    return warnings


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values[:20])) + (" and more" if len(values) > 20 else "")
