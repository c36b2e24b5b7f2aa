"""Build to marts: publication, the last step of the nightly job and of nothing else."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, multi_asset

from ingest.errors import NightquestError
from ingest.settings import load_settings
from ingest.warehouse import open_warehouse
from orchestration.assets.models import mart_keys
from orchestration.night import input_hash
from orchestration.plainly import told_plainly
from orchestration.publication import publish
from orchestration.resources import Night

NIGHTLY = "nightly"


@multi_asset(
    name="publish",
    specs=[
        AssetSpec(["marts", name], deps=[["build", name]], group_name="marts", skippable=True)
        for name in sorted(mart_keys())
    ],
)
@told_plainly
def publish_marts(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult]:
    """Show the tested build to readers, all tables at once."""
    if context.run.job_name != NIGHTLY or context.run.asset_selection:
        raise NightquestError(
            "Publication happens at the end of the job `nightly` only, after all of its tests: "
            "launch that job, or type `nightquest run`. Nothing was published."
        )
    settings = load_settings()
    with open_warehouse(settings) as warehouse:
        publication = publish(
            settings, warehouse, context.run_id, input_hash(warehouse), mart_keys()
        )
    for name, count in publication.row_counts.items():
        yield MaterializeResult(
            asset_key=["marts", name],
            metadata={
                "dagster/row_count": count,
                "rows_written": publication.rows_written[name],
                "content_hash": publication.content_hash,
            },
        )
