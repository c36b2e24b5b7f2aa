"""Dropped files to landing: whatever lies in the inbox tonight, whichever days it is about."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, multi_asset

from ingest.filedrop.fetch import InboxReport, land_inbox
from ingest.filedrop.shapes import SHAPES, SOURCE
from ingest.landing import DatasetReport, Landing
from ingest.settings import load_settings
from orchestration.assets.landing import outage, read, specs
from orchestration.night import as_of_day_of_run
from orchestration.packs import time_zone_in_force
from orchestration.plainly import told_plainly


@multi_asset(name="land_filedrop", specs=specs(SOURCE, *SHAPES))
@told_plainly
def land_filedrop(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """The inbox's whole files, each loaded once and moved to done/ or rejected/."""
    settings = load_settings()
    time_zone = time_zone_in_force(settings)
    as_of_day = as_of_day_of_run(settings, context.run.tags)
    report = read(
        context, SOURCE,
        lambda: land_inbox(settings, Landing(settings.landing), as_of_day, time_zone),
        lambda why: InboxReport(),
    )  # fmt: skip
    for shape in SHAPES:
        yield result(shape, report)


def result(shape: str, report: InboxReport) -> MaterializeResult:
    """What became of the files of a shape; those whose place tells no shape show with all."""
    rows = report.datasets.get(shape, DatasetReport())
    files = [file for file in report.files if file.shape in (shape, None)]
    by_outcome = {
        outcome: [f"- `{file.path!r}`: {file.said}" for file in files if file.outcome == outcome]
        for outcome in ("loaded", "already loaded", "rejected", "waiting")
    }
    return MaterializeResult(
        asset_key=[f"landing_{SOURCE}", shape],
        metadata={
            "rows": rows.rows,
            "changed_days": rows.changed_days,
            "files_loaded": len(by_outcome["loaded"]),
            "files_already_loaded": len(by_outcome["already loaded"]),
            "files_rejected": len(by_outcome["rejected"]),
            "files_waiting": len(by_outcome["waiting"]),
            "rejected": MetadataValue.md("\n".join(by_outcome["rejected"]) or "none"),
            "waiting": MetadataValue.md("\n".join(by_outcome["waiting"]) or "none"),
            **outage(report),
        },
    )
