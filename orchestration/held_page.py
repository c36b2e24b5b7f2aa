"""`nightquest held`: the days that look wrong, and what becomes of them, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.errors import SettingsError
from ingest.held import decide, held_days
from ingest.landing import HELD, REFUSED, Landing
from ingest.settings import Settings
from orchestration.resources import night_lock

#: A row of `ops.held_days`.
HeldDay = dict[str, Any]
TITLES = ("source", "dataset", "scope", "day", "rows", "before", "since (UTC)")
#: Numbers stand at the right of their column.
AT_THE_RIGHT = {"rows", "before"}


@dataclass(frozen=True)
class Choice:
    """Which days are meant: of those that wait, or were refused; None stands for any."""

    is_refused: bool
    source: str | None
    scope: str | None
    day: date | None

    def among(self, days: Iterable[HeldDay]) -> list[HeldDay]:
        return [
            row
            for row in days
            if self.source in (None, row["source"])
            and self.scope in (None, row["scope"])
            and self.day in (None, row["activity_date"])
        ]

    def __str__(self) -> str:
        given = {"source": self.source, "scope": self.scope, "day": self.day}
        return " ".join(f"--{name} {value}" for name, value in given.items() if value)


def listed(settings: Settings, choice: Choice) -> str:
    """The days, a line each, and what may be done about them.

    Raises:
        SettingsError: there are days, but none is meant.
    """
    days = chosen(settings, choice)
    if not days:
        return nothing(choice)
    if choice.is_refused:
        said = "`nightquest held --refused --accept` takes the new rows after all"
    else:
        said = (
            "Shown is what was read before. `nightquest held --accept` takes the new rows, "
            "`--refuse` keeps the old ones"
        )
    return f"{table(days)}\n{said}; --source, --scope and --day choose."


def decided(settings: Settings, choice: Choice, *, is_accepted: bool) -> str:
    """Accept or refuse the days, and say so.

    Raises:
        SettingsError: there are days, but none is meant.
        NightquestError: a night is at work, which may be reading them.
    """
    with night_lock(settings):
        days = chosen(settings, choice)
        decide(Landing(settings.landing), days, is_accepted=is_accepted)
    if not days:
        return nothing(choice)
    if is_accepted:
        return f"{table(days)}\nAccepted: the next night counts the new rows (`nightquest run`)."
    return (
        f"{table(days)}\nRefused: what was read before stays, and the same content is not asked "
        "about again."
    )


def chosen(settings: Settings, choice: Choice) -> list[HeldDay]:
    found = held_days(Landing(settings.landing), REFUSED if choice.is_refused else HELD).to_dicts()
    days = choice.among(found)
    if found and not days:
        command = "nightquest held --refused" if choice.is_refused else "nightquest held"
        raise SettingsError(f"{choice} is none of the days that `{command}` lists.")
    return days


def nothing(choice: Choice) -> str:
    return "Nothing was refused." if choice.is_refused else "Nothing is held back."


def table(days: Sequence[HeldDay]) -> str:
    """A line a day below the titles."""
    rows = [TITLES, *map(cells, days)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if title in AT_THE_RIGHT else cell.ljust(width)
            for cell, width, title in zip(row, widths, TITLES, strict=True)
        ).rstrip()
        for row in rows
    )


def cells(day: HeldDay) -> tuple[str, ...]:
    return (
        day["source"],
        day["dataset"],
        day["scope"],
        str(day["activity_date"]),
        f"{day['rows_held']:,}",
        f"{day['rows_in_force']:,}",
        f"{day['held_since']:%Y-%m-%d %H:%M}",
    )
