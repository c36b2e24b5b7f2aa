"""The options that the benchmarks of whole nights share."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.organisation import Size


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    names: list[str]
    size: Size
    folder: Path | None


def options() -> Options:
    """`--developers`, `--days` and `--folder`, of this process's arguments.

    Raises:
        SystemExit: an option is wrong (2).
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", allow_abbrev=False)
    parser.add_argument("names", nargs="*", help="benchmarks, such as p1")
    parser.add_argument("--developers", type=_count, default=100_000)
    parser.add_argument("--days", type=_count, default=365)
    parser.add_argument("--folder", type=Path, help="where the data lies (default: temporary)")
    found = parser.parse_args(sys.argv[1:])
    return Options(found.names, Size(found.developers, found.days), found.folder)


def _count(text: str) -> int:
    count = int(text)
    if count < 30:
        raise ValueError(text)
    return count


@contextmanager
def scratch(folder: Path | None, name: str) -> Iterator[Path]:
    """A folder of this name that is empty now and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nightquest-bench-", dir=folder) as temporary:
        place = Path(temporary) / name
        place.mkdir()
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
