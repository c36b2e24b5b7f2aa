"""What is done without a source that cannot be read: its days wait, its last snapshots hold on."""

from datetime import date, timedelta

import polars as pl

from ingest.landing import Landing, LandingReport
from ingest.loading import configured_sources
from ingest.settings import Settings


def await_days(
    settings: Settings, landing: Landing, source: str, first_day: date, last_day: date, reason: str
) -> LandingReport:
    """Note every day of the source that is not landed whole as pending, so that a later night asks
    for it again however long the source stays away.
    """
    whole = set(
        landing.states().filter("is_complete").select("source", "dataset", "scope", "day").rows()
    )
    configured = configured_sources(settings, last_day).filter(pl.col("source") == source)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    with landing.load(source) as load:
        for _, dataset, scope, history_from in configured.iter_rows():
            for day in days:
                is_there = history_from is None or day >= history_from
                if is_there and (source, dataset, scope, day) not in whole:
                    load.put_pending(dataset, scope, day, reason)
    return load.report


def has_landed(landing: Landing, source: str, dataset: str) -> bool:
    """Whether there is a day or a snapshot of a dataset that can hold on."""
    landed = landing.states().filter("is_complete", source=source, dataset=dataset)
    return not landed.is_empty()
