"""The ledger: all XP, one row per developer, day, reason and reference (game.md section 2)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from .facts import Row


@dataclass
class Ledger:
    """Rows by developer, in the columns of `fct_xp_ledger` without ledger_id and run_id."""

    by_developer: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self,
        developer_id: str,
        day: date,
        reason: str,
        reference_id: str,
        rule_version: int | None,
        xp: int,
        xp_before_caps: int | None = None,
    ) -> None:
        """A row of 0 XP is not written."""
        if xp == 0:
            return
        self.by_developer[developer_id].append(
            {
                "developer_id": developer_id,
                "activity_date": day,
                "reason": reason,
                "reference_id": reference_id,
                "rule_version": rule_version,
                "xp_before_caps": xp if xp_before_caps is None else xp_before_caps,
                "xp": xp,
            }
        )

    def rows(self) -> Iterator[Row]:
        for rows in self.by_developer.values():
            yield from rows
