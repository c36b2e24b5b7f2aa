"""The table of contents: what Dagster shows and runs."""

from dagster import Definitions, load_asset_checks_from_modules, load_assets_from_modules

from orchestration import checks
from orchestration.assets import inbox, landing, loading, marts, models
from orchestration.housekeeping import every_sunday, prune_job
from orchestration.resources import Night
from orchestration.schedules import every_night, nightly, rebuild
from orchestration.sensors import (
    after_failed_nights,
    after_good_nights,
    dropped_files,
    now_and_then,
)

defs = Definitions(
    assets=load_assets_from_modules([landing, inbox, loading, models, marts]),
    asset_checks=load_asset_checks_from_modules([checks]),
    jobs=[nightly, rebuild, prune_job],
    schedules=[every_night, every_sunday],
    sensors=[dropped_files, after_good_nights, after_failed_nights, now_and_then],
    resources={"night": Night()},
)
