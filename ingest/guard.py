"""Whether new content of a day may come in force unasked: lost rows take XP away from people."""

from dataclasses import dataclass
from typing import Self

from ingest.settings import Settings


@dataclass(frozen=True)
class Guard:
    """What a source may lose from one reading of a day, or of a list, to the next.

    Attributes:
        drop_share: losing this share of its rows or more makes a reading look wrong,
        min_rows: if it had so many before: of a few rows, half may go on any day.
        may_empty: whether the few rows of a small day may all go. An issue is opened again; a
            report or a list of members that comes back empty is no news about anybody.
    """

    drop_share: float
    min_rows: int
    may_empty: bool

    @classmethod
    def of(cls, settings: Settings, *, may_empty: bool) -> Self:
        return cls(settings.held_drop_share, settings.held_min_rows, may_empty)

    def doubts(self, rows_before: int, rows_now: int) -> bool:
        """Whether a reading of `rows_now` rows looks wrong after one of `rows_before`."""
        lost = rows_before - rows_now
        if lost > 0 and rows_now == 0 and not self.may_empty:
            return True
        return rows_before >= self.min_rows and lost >= self.drop_share * rows_before
