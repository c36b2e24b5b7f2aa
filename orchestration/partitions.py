"""The one daily partition of everything that has a day."""

from datetime import date

from dagster import DailyPartitionsDefinition

from ingest.simulator.seeded import END_DAY

# GitHub opened in 2008: no fact of its API is older. The last is today wherever it is tomorrow
# already, and where a machine's clock is slow, the simulated organisation's last day: an offset of
# 0 is yesterday in UTC.
DAYS = DailyPartitionsDefinition(
    start_date="2008-01-01", end_offset=max(2, (END_DAY - date.today()).days + 1)
)
