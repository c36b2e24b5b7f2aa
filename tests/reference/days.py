"""Days: the pack's calendar, quarters, and which days are complete (game.md sections 1 and 6)."""

from collections.abc import Iterator
from datetime import date, timedelta

from .facts import Facts

ONE_DAY = timedelta(days=1)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def quarter_start(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def season_of(day: date) -> str:
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def is_valid(row: dict, day: date) -> bool:
    """Whether the day lies inside the row's valid_from..valid_to, both inclusive and optional."""
    starts, ends = row["valid_from"], row["valid_to"]
    return (starts is None or starts <= day) and (ends is None or day <= ends)


class Calendar:
    """The organisation's working days; leave is a person's own affair."""

    def __init__(self, facts: Facts) -> None:
        self.weekdays = {row["iso_weekday"] for row in facts["raw_rules.working_days"]}
        self.holidays = {row["date_day"] for row in facts["raw_rules.holidays"]}

    def is_working_day(self, day: date) -> bool:
        return day.isoweekday() in self.weekdays and day not in self.holidays


class Completeness:
    """A source's day is complete when every dataset and scope that has history has delivered."""

    def __init__(self, facts: Facts) -> None:
        self.as_of = facts.as_of
        self.max_pending_days: int = facts.pack["max_pending_days"]
        self.configured = facts["ops.sources"]
        self.delivered = {
            (row["source"], row["dataset"], row["scope"], row["activity_date"])
            for row in facts.until_as_of("ops.source_days")
            if row["is_complete"]
        }

    def is_complete(self, source: str, day: date) -> bool:
        return all(
            (row["history_from"] is not None and day < row["history_from"])
            or (source, row["dataset"], row["scope"], day) in self.delivered
            for row in self.configured
            if row["source"] == source
        )

    def waiting_days(self, source: str) -> set[date]:
        """Days that are waited for: not complete, and younger than `max_pending_days`."""
        return {
            day
            for day in (self.as_of - timedelta(days=n) for n in range(self.max_pending_days))
            if not self.is_complete(source, day)
        }
