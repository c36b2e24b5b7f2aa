"""Build to marts: publication, the last step of a night or a rebuild and of nothing else."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetSpec,
    DagsterInstance,
    MaterializeResult,
    multi_asset,
)

from ingest.errors import NightquestError
from ingest.settings import load_settings
from ingest.warehouse import open_warehouse
from orchestration.assets.models import mart_models, mart_views, marts_of_project
from orchestration.catalogue import OWNERS, POOL, freshness, table_metadata
from orchestration.night import NIGHTLY, REBUILD
from orchestration.plainly import told_plainly
from orchestration.publication.nights import noted_build
from orchestration.publication.publishing import Timing, publish
from orchestration.resources import Night


def spec(model: Mapping[str, Any]) -> AssetSpec:
    """What readers see of a model of `build`."""
    name = model["name"]
    return AssetSpec(
        ["marts", name],
        deps=[["build", name]],
        description=model["description"],
        group_name="marts",
        kinds={model["config"]["materialized"]},
        owners=OWNERS,
        metadata=table_metadata(
            f"marts.{name}",
            [
                (column["name"], column["data_type"] or "", column["description"])
                for column in model["columns"].values()
            ],
        ),
        freshness_policy=freshness(load_settings()),
        skippable=True,
    )


@multi_asset(
    name="publish",
    specs=[
        spec(model)
        for model in [*mart_models("table"), *mart_models("view")]
        if not model["config"]["meta"].get("is_private")
    ],
    pool=POOL,
)
@told_plainly
def publish_marts(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult]:
    """Show the tested build to readers, all tables at once."""
    settings = load_settings()
    night.go_on()
    with open_warehouse(settings) as warehouse:
        build = noted_build(warehouse, context.run.run_id)
        if context.run.job_name not in {NIGHTLY, REBUILD} or build is None:
            raise NightquestError(
                "Publication happens at the end of the job `nightly` only (or of `rebuild`), after "
                "all of its tests in the same run: launch that job whole, or type `nightquest "
                "run`. Nothing was published."
            )
        marts = marts_of_project()
        views = mart_views()
        timing = timing_of(context.instance, context.run.run_id)
        publication = publish(settings, warehouse, build, marts, views, timing)
    for name, count in publication.row_counts.items():
        if marts[name].is_private:
            continue
        yield MaterializeResult(
            asset_key=["marts", name],
            metadata={
                "dagster/row_count": count,
                "rows_written": publication.rows_written[name],
                "content_hash": publication.content_hash,
            },
        )
    for name in views:
        yield MaterializeResult(
            asset_key=["marts", name], metadata={"content_hash": publication.content_hash}
        )


def timing_of(instance: DagsterInstance, run_id: str) -> Timing:
    """When a run began, and how long its steps of loading and building took."""
    run = instance.get_run_stats(run_id)
    took = {
        step.step_key: step.end_time - step.start_time
        for step in instance.get_run_step_stats(run_id, ["load_raw", "build"])
        if step.start_time and step.end_time
    }
    started_at = datetime.fromtimestamp(run.start_time, UTC) if run.start_time else None
    return Timing(started_at, took.get("load_raw"), took.get("build"))
