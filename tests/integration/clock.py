"""A clock that is moved: libfaketime's, for this process and all that it starts.

Debian's package `faketime` brings it. Time goes on at its own pace between moves, and a move is
seen by everyone who asks for the time of day. Whoever waits for a moment notices nothing of
it, so that what runs for long (Dagster's daemon) is stopped before a move and started after it.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import PROJECT

#: Seconds between two looks whether the clock was moved; at every call, nights took far longer.
CACHED_SECONDS = 1
LIBRARIES = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")


class Clock:
    """The moved clock of this process.

    Attributes:
        environment: what a process needs to live by the same clock.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.environment = {name: os.environ[name] for name in settings_of(file, "")}

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        seconds = float(self._file.read_text()) + moment.timestamp() - time.time()
        self._file.write_text(f"{seconds:+.0f}")
        time.sleep(2 * CACHED_SECONDS)


def settings_of(file: Path, library: str) -> dict[str, str]:
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": str(CACHED_SECONDS),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Shared by all processes, a lock would be taken at every call.
        "FAKETIME_DISABLE_SHM": "1",
        # The times of files stay what they are: a move would change all of them at once.
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": f"{Path(__file__).parent / 'by_moved_clock'}:{PROJECT}",
    }


def moved_clock(file: Path) -> Clock:
    """This process's clock; the first time, the process begins again with one that can be moved.

    Raises:
        SystemExit: there is no libfaketime.
    """
    if known := os.environ.get("FAKETIME_TIMESTAMP_FILE"):
        return Clock(Path(known))
    library = next(LIBRARIES, None)
    if library is None:
        sys.exit("libfaketime is needed to move the clock: apt-get install faketime (Debian).")
    file.write_text("+0")
    os.environ.update(settings_of(file, str(library)))
    os.execv(sys.executable, sys.orig_argv)
