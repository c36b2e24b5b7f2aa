"""The bytes of a dropped file as cells of text: pure. What they mean is checked afterwards.

Numbers stay the text that stands in the file, so that 0.1 is never rounded on the way. That is why
NDJSON is decoded by Python: no JSON reader of Polars, DuckDB or Arrow keeps a number's digits.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

#: How the rows of each format are numbered, for the head of a report.
ROW_NUMBERS = {
    ".csv": "Row 1 is the header, row 2 the first row below it.",
    ".ndjson": "Row 1 is the first line.",
    ".jsonl": "Row 1 is the first line.",
    ".parquet": "Row 1 is the first row.",
}
MOST_ROWS, MOST_COLUMNS = 10_000_000, 200
PARQUET_MAGIC, GZIP_MAGIC, BOM = b"PAR1", b"\x1f\x8b", b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: JSON lines decoded before they become columns: a million dictionaries would take 1 GB.
CHUNK_LINES = 100_000
ROW = "row"

#: Before what is no text in a text format; no kind of cell allows it.
NOT_TEXT = "\x00"
#: Half of a character, which JSON can write and UTF-8 cannot.
SURROGATE = re.compile("[\ud800-\udfff]")
#: Every number stays text.
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class Unreadable(Exception):
    """Nothing can be said of single rows: the message is what was found, and what is allowed."""


@dataclass(frozen=True)
class Problem:
    """One mistake. Row 0 is the file as a whole or its header; an empty column is the whole row."""

    row: int
    column: str
    found: str
    allowed: str


@dataclass
class Cells:
    """A file's cells: `frame` has the row's number and a text column "0", "1", ... for each name.

    Empty cells are null. `not_text` are columns of a type that is no cell, by name.
    """

    header: list[str]
    frame: pl.DataFrame
    problems: list[Problem] = field(default_factory=list)
    not_text: dict[str, str] = field(default_factory=dict)


def is_half_written(suffix: str, data: bytes) -> bool:
    """Whether the end is missing that a whole file of the format has."""
    if suffix == ".parquet":
        return data.startswith(PARQUET_MAGIC) and not (
            data.endswith(PARQUET_MAGIC) and len(data) > 2 * len(PARQUET_MAGIC)
        )
    return suffix in (".ndjson", ".jsonl") and bool(data) and not data.endswith(b"\n")


def cells_of(suffix: str, data: bytes) -> Cells:
    """The cells of a whole file; `suffix` is one of `ROW_NUMBERS`.

    Raises:
        Unreadable: the file is not of its format, or has too many rows or columns.
    """
    if not data:
        raise Unreadable("The file is empty: 0 bytes.")
    if data.startswith(GZIP_MAGIC):
        raise Unreadable("The file is compressed by gzip: unpack it first.")
    if suffix == ".parquet":
        cells = _parquet(data)
    elif suffix == ".csv":
        cells = _csv(_checked_text(data))
    else:
        cells = _ndjson(_checked_text(data))
    if not cells.header:
        return cells
    text = pl.col(pl.String).str.strip_chars()
    trimmed = cells.frame.with_columns(text).with_columns(
        pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep()
    )
    cells.frame = trimmed.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
    return cells


def _checked_text(data: bytes) -> bytes:
    """The text without its mark of UTF-8."""
    if data.startswith(UTF_16_MARKS):
        raise Unreadable("The file is UTF-16; allowed is UTF-8 (in Excel: CSV UTF-8).")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"The file is not UTF-8: line {line:,} holds the byte 0x{data[error.start]:02x}; save "
            "it as UTF-8 (in Excel: CSV UTF-8)."
        ) from None
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise Unreadable(f"The file is no text: line {line:,} holds a NUL byte.")
    return data.removeprefix(BOM)


def _too_wide(count: int) -> Unreadable:
    return Unreadable(f"The file has {count:,} columns; at most {MOST_COLUMNS} are allowed.")


def _too_long(count: int) -> Unreadable:
    return Unreadable(f"The file has {count:,} rows; at most {MOST_ROWS:,} are allowed: split it.")


def _csv(data: bytes) -> Cells:
    first_line = re.match(rb"[^\r\n]*", data)
    assert first_line is not None
    text = first_line.group().decode()
    separator = ";" if text.count(";") > text.count(",") else ","
    header = next(csv.reader([text], delimiter=separator), [])
    if not header or text.count('"') % 2:
        raise Unreadable("The first line is no header: it must name the columns.")
    if len(header) > MOST_COLUMNS:
        raise _too_wide(len(header))
    names = [str(number) for number in range(len(header))]
    problems: list[Problem] = []
    marked: list[int] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        allowed = f"{row.expected_columns} cells, as in the header"
        problems.append(Problem(row.number, "", f"{row.actual_columns} cells", allowed))
        if '"' in row.text:
            marked.append(row.number)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(data),
            # One block and one thread: only so does Arrow number the rows that it refuses.
            pyarrow.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data)),
            pyarrow.csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise Unreadable(f"The file is not readable as CSV: {_said(error)}.") from None
    numbers = pl.int_range(1, table.num_rows + len(problems) + 1, eager=True)
    refused = pl.Series([problem.row for problem in problems], dtype=pl.Int64)
    frame = _frame(table, numbers.filter(~numbers.is_in(refused.implode()))).slice(1)
    if frame.height > MOST_ROWS:
        raise _too_long(frame.height)
    if data.count(b'"') % 2:
        # It swallowed what follows: the row holds a line break or a mark.
        has_mark = pl.any_horizontal(pl.col(pl.String).str.contains(r'["\n\r]'))
        found = min([*frame.filter(has_mark)[ROW], *marked], default=table.num_rows)
        said = "a quotation mark that is not closed"
        problems.append(Problem(found, "", said, 'marks in pairs: one that is meant is ""'))
    return Cells(header, frame, problems)


def _ndjson(data: bytes) -> Cells:
    problems: list[Problem] = []
    header: dict[str, str] = {}
    frames = []
    lines = data.removesuffix(b"\n").split(b"\n")
    if len(lines) > MOST_ROWS:
        raise _too_long(len(lines))
    for start in range(0, len(lines), CHUNK_LINES):
        numbers: list[int] = []
        rows: list[dict[str, Any]] = []
        for number, row in _objects(lines[start : start + CHUNK_LINES], start + 1, problems):
            numbers.append(number)
            rows.append(row)
        for name in dict.fromkeys(name for row in rows for name in row):
            header.setdefault(name, str(len(header)))
        if len(header) > MOST_COLUMNS:
            raise _too_wide(len(header))
        columns = {
            position: _texts([row.get(name) for row in rows]) for name, position in header.items()
        }
        frames.append(pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64), **columns}))
    return Cells(list(header), pl.concat(frames, how="diagonal"), problems)


def _objects(
    lines: list[bytes], first: int, problems: list[Problem]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            row = DECODER.decode(line.decode())
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, row
        else:
            found = repr(line[:80].decode(errors="replace"))
            problems.append(Problem(number, "", found, "a JSON object"))


def _texts(values: list[Any]) -> pl.Series:
    """A column of text; what is no text (a list, an object, a flag) is marked."""
    try:
        return pl.Series(values, dtype=pl.String)
    except (TypeError, UnicodeEncodeError):
        return pl.Series([_marked(value) for value in values], dtype=pl.String)


def _marked(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and not SURROGATE.search(value)):
        return value
    return NOT_TEXT + json.dumps(value)


def _parquet(data: bytes) -> Cells:
    try:
        file = pyarrow.parquet.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > MOST_ROWS:
            raise _too_long(file.metadata.num_rows)
        if file.metadata.num_columns > MOST_COLUMNS:
            raise _too_wide(file.metadata.num_columns)
        table = file.read()
        table.validate(full=True)  # of text: Polars trusts it to be UTF-8
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(f"The file is not readable as Parquet: {_said(error)}.") from None
    texts: list[pa.Array] = []
    not_text = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            texts.append(_as_text(column))
        except pa.ArrowException:  # a list, a struct, a map, bytes, a time zone that is none
            texts.append(pa.nulls(len(column), pa.string()))
            not_text[name] = str(column.type)
    numbers = pl.int_range(1, table.num_rows + 1, eager=True)
    columns = [str(number) for number in range(len(texts))]
    frame = _frame(pa.table(texts, names=columns), numbers)
    return Cells(table.column_names, frame, not_text=not_text)


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_floating(column.type):
        # Arrow writes 1.5e+11. What is not a number is what pandas calls missing.
        return pl.Series(column).fill_nan(None).cast(pl.String).to_arrow()
    return column.cast(pa.string())


def _frame(table: pa.Table, numbers: pl.Series) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.insert_column(0, numbers.alias(ROW))


def _said(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200].rstrip(".")
