"""What happened to a file, in words for whoever dropped it: pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingest.filedrop.checking import DAY, Checked
from ingest.filedrop.reading import Problem


def loaded_text(
    path: str, moment: datetime, now: dict[str, Any], replaced: dict[str, Any] | None,
    result: Checked,
) -> str:  # fmt: skip
    """`now` and `replaced` are the notes of the file in force, and of the one that was."""
    span = ""
    if DAY in result.rows.columns and result.rows.height:
        days = result.rows[DAY].sort()
        span = f", days {days[0]} to {days[-1]}"
    lines = [
        f"Loaded: {path!r} as {now['shape']}, {moment:%Y-%m-%d %H:%M:%S} UTC.",
        f"{counted(now['rows'], 'row')}{span}.",
        f"SHA-256 {now['sha256']}",
        f"Load {now['load_id']}",
    ]
    if replaced:
        rows = counted(replaced["rows"], "row")
        lines.append(f"It replaces the {rows} of this file as load {replaced['load_id']} had it.")
    lines += result.warnings
    lines.append(
        "To correct it, drop a whole file of the same name. To withdraw it, drop one of the same "
        "name with no rows."
    )
    return _joined(lines)


def again_text(path: str, shape: str, name: str, load_id: str, moment: datetime) -> str:
    """The same content again, maybe under another name."""
    return _joined(
        [
            f"Nothing to do: {path!r}, {moment:%Y-%m-%d %H:%M:%S} UTC.",
            f"The same content is already loaded as {name!r} ({shape}, load {load_id}).",
            f"To correct it, drop a whole file named {name!r}.",
        ]
    )


def rejected_text(
    path: str, shape: str | None, moment: datetime, row_numbers: str, result: Checked
) -> str:
    """`row_numbers` says how rows are counted; empty where no row is named."""
    kind = f" as {shape}" if shape else ""
    count = result.problem_count
    mistakes = counted(count, "mistake")
    if count > len(result.problems):
        mistakes += f", of which the first {len(result.problems):,} are listed"
    lines = [
        f"Rejected: {path!r}{kind}, {moment:%Y-%m-%d %H:%M:%S} UTC.",
        "Nothing of it was loaded. Correct it, and drop it again.",
        f"{mistakes}. {row_numbers}".rstrip(),
        "",
    ]
    return _joined([*lines, *map(problem_text, result.problems), *result.warnings])


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def problem_text(problem: Problem) -> str:
    if not problem.allowed:
        return problem.found
    column = f"column {problem.column}" if problem.column else ""
    row = f"row {problem.row:,}" if problem.row else "the header" if not column else ""
    place = ", ".join(part for part in (row, column) if part)
    return f"{place}: found {problem.found}; allowed: {problem.allowed}"


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
