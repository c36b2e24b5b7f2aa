"""Sources to landing: daily partitions of what has a day, snapshots of what has no history.

These assets write landing only, so that clicking on one of them can neither publish nor corrupt.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import DatasetReport, Landing, LandingReport
from ingest.settings import Settings, load_settings
from ingest.snowflake.fetch import land_extracts, land_snapshots
from orchestration.night import as_of_day_of_run
from orchestration.packs import time_zone_in_force
from orchestration.partitions import DAYS
from orchestration.plainly import told_plainly

#: What an asset is called where the source's own name is no name.
ASSET_NAMES = {"users-1-day": "user_days", "user-teams-1-day": "user_teams"}


def day_range(context: AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partitions."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def results(source: str, report: LandingReport, *datasets: str) -> Iterator[MaterializeResult]:
    """One materialization a dataset, with what a person wants to see of it over time."""
    for name in datasets:
        seen = report.datasets.get(name, DatasetReport())
        pending, held = (
            "\n".join(f"- {scope}, {day}: {why}" for (scope, day), why in days.items()) or "none"
            for days in (seen.pending, seen.held)
        )
        yield MaterializeResult(
            asset_key=[f"landing_{source}", ASSET_NAMES.get(name, name)],
            metadata={
                "days": seen.days,
                "complete_days": seen.complete_days,
                "changed_days": seen.changed_days,
                "rows": seen.rows,
                "bytes": seen.bytes,
                "requests": seen.requests,
                "requests_saved": seen.requests_saved,
                "waits_for_limits": seen.waits,
                **({} if seen.requests_left is None else {"requests_left": seen.requests_left}),
                "pending": MetadataValue.md(pending),
                "held": MetadataValue.md(held),
            },
        )


def specs(source: str, *datasets: str) -> list[AssetSpec]:
    return [
        AssetSpec(
            [f"landing_{source}", ASSET_NAMES.get(name, name)],
            group_name="landing",
            kinds={source},
        )
        for name in datasets
    ]


COPILOT_REPORTS = ("users-1-day", "user-teams-1-day")
COPILOT_SNAPSHOTS = ("seats",)
GITHUB_FACTS = ("pull_requests", "reviews", "issues")
GITHUB_SNAPSHOTS = ("members", "teams", "team_members", "member_emails")
SNOWFLAKE_SHAPES = ("metrics", "challenge_attempts", "leave")
SNOWFLAKE_SNAPSHOTS = ("people", "identity_map")


@multi_asset(
    name="land_copilot",
    specs=specs("copilot", *COPILOT_REPORTS),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_copilot(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Copilot's reports of every scope: what each user did, and the teams they are in."""
    settings = load_settings()
    first_day, last_day = day_range(context)
    as_of_day = as_of_day_of_run(settings, context.run.tags)
    report = land_user_days(settings, Landing(settings.landing), first_day, last_day, as_of_day)
    yield from results("copilot", report, *COPILOT_REPORTS)


@multi_asset(
    name="land_github_activity",
    specs=specs("github", *GITHUB_FACTS),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_github_activity(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Merged pull requests, reviews and closed issues of every organisation."""
    settings = load_settings()
    time_zone = time_zone_in_force(settings)
    report = land_activity(
        settings, Landing(settings.landing), *day_range(context), time_zone=time_zone
    )
    yield from results("github", report, *GITHUB_FACTS)


@multi_asset(
    name="land_snowflake",
    specs=specs("snowflake", *SNOWFLAKE_SHAPES),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_snowflake(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """The declared extracts of the company's own tables."""
    settings = load_settings()
    time_zone = time_zone_in_force(settings)
    report = land_extracts(settings, Landing(settings.landing), *day_range(context), time_zone)
    yield from results("snowflake", report, *SNOWFLAKE_SHAPES)


#: What reads the days of a source. (The file drop reads what lies there; snapshots have no day.)
DAYS_OF_SOURCE = {
    "copilot": land_copilot,
    "github": land_github_activity,
    "snowflake": land_snowflake,
}


def snapshot_assets(
    name: str, source: str, datasets: Sequence[str], description: str,
    land: Callable[[Settings, Landing, date], LandingReport],
) -> AssetsDefinition:  # fmt: skip
    """Assets of what has no history at its source: landed as it is tonight."""

    @multi_asset(name=name, specs=specs(source, *datasets), description=description)
    @told_plainly
    def snapshots(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        settings = load_settings()
        as_of_day = as_of_day_of_run(settings, context.run.tags)
        report = land(settings, Landing(settings.landing), as_of_day)
        yield from results(source, report, *datasets)

    return snapshots


land_snowflake_snapshots = snapshot_assets(
    "land_snowflake_snapshots", "snowflake", SNOWFLAKE_SNAPSHOTS,
    "The company's people and identity maps as they are tonight.", land_snapshots,
)  # fmt: skip
land_copilot_seats = snapshot_assets(
    "land_copilot_seats", "copilot", COPILOT_SNAPSHOTS, "Who holds a seat tonight.", land_seats
)
land_github_organisation = snapshot_assets(
    "land_github_organisation", "github", GITHUB_SNAPSHOTS,
    "Members and teams as they are tonight.", land_organisation,
)  # fmt: skip
