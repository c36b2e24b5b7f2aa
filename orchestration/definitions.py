"""The table of contents: what Dagster shows and runs."""

from dagster import Definitions, load_assets_from_modules

from orchestration.assets import inbox, landing, loading, marts, models
from orchestration.resources import Night
from orchestration.schedules import every_night, nightly, rebuild

defs = Definitions(
    assets=load_assets_from_modules([landing, inbox, loading, models, marts]),
    jobs=[nightly, rebuild],
    schedules=[every_night],
    resources={"night": Night()},
)
