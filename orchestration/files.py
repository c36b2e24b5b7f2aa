"""Small files that appear whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from ingest.errors import NightquestError


def write_whole(path: Path, text: str) -> None:
    """Put `text` in the place of what a file held; it outlives a crash.

    Raises:
        OSError: it could not be written, and what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_record(path: Path) -> dict[str, Any]:
    """A JSON object that `write_whole` wrote; empty where there is none.

    Raises:
        NightquestError: somebody has spoilt it.
        OSError: it cannot be read.
    """
    try:
        return json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        raise NightquestError(
            f"{path} is not readable as JSON, so nobody knows what was sent: move it away, and "
            "what still holds is sent once more."
        ) from None
