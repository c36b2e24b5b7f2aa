"""Progress for whoever waits: at most one line a second, with the time that is left."""

import logging
import time
from datetime import date

log = logging.getLogger("nightquest.ingest")


class Progress:
    """Counts steps of a known number, in the unit that the reader thinks in ("day")."""

    def __init__(self, title: str, unit: str, total: int) -> None:
        self.title, self.unit, self.total = title, unit, total
        self.done = self.rows = 0
        self.started = self.shown = time.monotonic()

    def step(self, rows: int = 0, steps: int = 1, at: date | None = None) -> None:
        """Note that `steps` more are done, with so many rows; `at` is the day just done."""
        self.done += steps
        self.rows += rows
        now = time.monotonic()
        if now - self.shown < 1:
            return
        self.shown = now
        left = (now - self.started) / max(self.done, 1) * max(self.total - self.done, 0)
        log.info(
            "%s: %s of %s %ss%s, %s rows, about %.0f s left",
            self.title, f"{self.done:,}", f"{self.total:,}", self.unit, f" ({at})" if at else "",
            f"{self.rows:,}", left,
        )  # fmt: skip
