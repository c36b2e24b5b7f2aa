"""Days that are held back because they look wrong: which they are, and a person's word on them.

A word is a record of the landing, like what it is about: it travels with a backup, and a rebuild
follows it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ingest.landing import HELD, KEY, REFUSED, Landing, doubted
from ingest.tables import MOMENT, OPS_HELD_DAYS

#: `decide` is no source.
BY_HAND = "by hand"


def held_days(landing: Landing, verdict: str = HELD) -> pl.DataFrame:
    """What waits for a word or, with REFUSED, what had a no: rows of `ops.held_days`, sorted."""
    found = doubted(landing.records(), verdict).select(
        *KEY[:3],
        "load_id",
        activity_date="day",
        rows_in_force="row_count_before",
        rows_held="row_count",
        held_since=pl.col("fetched_at").str.to_datetime().cast(MOMENT),
    )
    return found.select(*OPS_HELD_DAYS.columns).sort([*KEY[:3], "activity_date"])


def decide(landing: Landing, days: Iterable[Mapping[str, Any]], *, is_accepted: bool) -> None:
    """Put the held content of days (rows of `held_days`) in force, or leave it out for good.

    All of them count together or, after a crash, none. The night's lock must be held: a night that
    reads the same days meanwhile would not know of it.
    """
    chosen = {tuple(day[name] for name in (*KEY[:3], "activity_date")) for day in days}
    records = {tuple(row[name] for name in KEY): row for row in landing.records().rows(named=True)}
    with landing.load(BY_HAND) as load:
        for key in sorted(chosen):
            load.decide(records[key], None if is_accepted else REFUSED)
