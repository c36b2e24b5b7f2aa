"""A clock that is moved, for this process and the Pythons that it starts.

Time goes on at its own pace between moves. A process that was started earlier does not see a move,
so that what runs for long (Dagster's daemon) is stopped before it and started after it. Whatever is
no Python (Postgres) keeps the machine's clock, by which nothing is decided.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import time_machine

from tests.conftest import PROJECT


class Clock:
    """The moved clock of this process."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None
        self._seconds = 0.0

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to live by the same clock from now on."""
        folder = Path(__file__).parent / "by_moved_clock"
        return {"SECONDS_AHEAD": str(self._seconds), "PYTHONPATH": f"{folder}:{PROJECT}"}

    def move_to(self, moment: datetime) -> None:
        self.back()
        self._seconds = moment.timestamp() - time.time()
        self._travel = time_machine.travel(moment, tick=True)
        self._travel.start()

    def back(self) -> None:
        """To the machine's own time."""
        if self._travel:
            self._travel.stop()
            self._travel = None


@contextmanager
def moved_clock() -> Iterator[Clock]:
    clock = Clock()
    try:
        yield clock
    finally:
        clock.back()
