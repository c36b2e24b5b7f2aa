"""Landing of a long history, before the recorded run that publishes it."""

import logging
from datetime import date

from ingest.copilot.fetch import land_user_days
from ingest.github.fetch import land_activity
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.snowflake.fetch import land_extracts
from orchestration.packs import time_zone_in_force

log = logging.getLogger("nightquest")

#: Dagster keeps two events for each asset and day, at about 10 ms each: ten years took it a
#: quarter of an hour, where landing them takes half a minute. What lies further back than this
#: lands by the same functions, without an event a day.
RECORDED_DAYS = 120


def land_history(settings: Settings, first: date, last: date, as_of_day: date) -> int:
    """Land what the daily partitions would; the number of requests it took."""
    log.info("Landing the history from %s to %s", first, last)
    landing = Landing(settings.landing)
    time_zone = time_zone_in_force(settings)
    reports = (
        land_user_days(settings, landing, first, last, as_of_day),
        land_activity(settings, landing, first, last, time_zone=time_zone),
        land_extracts(settings, landing, first, last, time_zone),
    )
    return sum(seen.requests for report in reports for seen in report.datasets.values())
