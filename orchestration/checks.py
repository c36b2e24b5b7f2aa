"""Checks of a published night beside the models' own tests: they warn, and stop nothing."""

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, asset_check

from ingest.settings import load_settings
from orchestration.published import published_marts

RUN_STATUS = AssetKey(["marts", "run_status"])


@asset_check(asset=RUN_STATUS, description="No source is late or away, no day or rule pack waits.")
def nothing_waits() -> AssetCheckResult:
    with published_marts(load_settings()) as ask:
        (night,) = ask("select problems, complete_through from marts.run_status")
    return AssetCheckResult(
        passed=night["problems"] is None,
        severity=AssetCheckSeverity.WARN,
        description=night["problems"],
        metadata={"complete_through": str(night["complete_through"])},
    )


@asset_check(asset=RUN_STATUS, description="Every row that came could be read.")
def nothing_is_set_aside() -> AssetCheckResult:
    with published_marts(load_settings()) as ask:
        rows = ask("select source, dataset, row_count from marts.quarantine_counts")
    return AssetCheckResult(
        passed=not rows,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "rows": sum(row["row_count"] for row in rows),
            **{f"{row['source']} {row['dataset']}": row["row_count"] for row in rows},
        },
    )
