"""The one daily partition of everything that has a day."""

from dagster import DailyPartitionsDefinition

# GitHub opened in 2008: no fact of its API is older. The offset lets a night name days that a
# machine with a slow clock (or a simulated organisation) still takes for tomorrow.
DAYS = DailyPartitionsDefinition(start_date="2008-01-01", end_offset=366)
