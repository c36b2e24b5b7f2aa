"""A downloaded report file as its rows, whichever of the known shapes it has."""

import json
from typing import Any


class IncompleteFileError(ValueError):
    """The file breaks off: what came is not the whole of it."""


def row_lines(body: bytes) -> list[bytes]:
    """The rows of a file, one JSON text each, as they came.

    Known shapes: NDJSON, a JSON array, rows wrapped in `day_totals`, one row over many lines. A
    line that is not readable stays a line: framing puts it into quarantine. An empty file is
    NDJSON of no rows: HTTP says whether it came whole.

    Raises:
        IncompleteFileError: the last line is cut.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    lines = [line for raw in body.split(b"\n") if (line := raw.strip())]
    if not lines:
        return []
    if not isinstance(_parsed(lines[0]), dict):
        whole = _parsed(body)
        if isinstance(whole, dict):
            whole = [whole]
        if isinstance(whole, list):
            return _unwrapped([line_of(row) for row in whole])
    if not body.endswith(b"\n") and _parsed(lines[-1]) is None:
        raise IncompleteFileError("the file breaks off in the middle of a row")
    return _unwrapped(lines)


def _unwrapped(lines: list[bytes]) -> list[bytes]:
    rows: list[bytes] = []
    for line in lines:
        if b'"day_totals"' in line:
            wrapper = _parsed(line)
            if isinstance(wrapper, dict) and isinstance(wrapper.get("day_totals"), list):
                rows.extend(line_of(row) for row in wrapper["day_totals"])
                continue
        rows.append(line)
    return rows


def _parsed(text: bytes) -> Any:
    """None for what is not JSON (and for a bare null, which is no row either)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def line_of(row: Any) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode()
