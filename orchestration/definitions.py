"""The table of contents: what Dagster shows and runs."""

from dagster import Definitions, load_assets_from_modules

from orchestration.assets import landing, loading, marts, models
from orchestration.resources import Dbt, Night
from orchestration.schedules import every_night, nightly

defs = Definitions(
    assets=load_assets_from_modules([landing, loading, models, marts]),
    jobs=[nightly],
    schedules=[every_night],
    resources={"dbt": Dbt(), "night": Night()},
)
