"""Sources to landing: daily partitions of what has a day, snapshots of what has no history.

These assets write landing only, so that clicking on one of them can neither publish nor corrupt.
"""

from collections.abc import Iterator
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from ingest import copilot, github, rules, snowflake
from ingest.landing import Landing, LandingReport
from ingest.settings import load_settings
from orchestration.night import current_as_of_day
from orchestration.partitions import DAYS
from orchestration.plainly import told_plainly


def day_range(context: AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partitions."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def results(source: str, report: LandingReport) -> Iterator[MaterializeResult]:
    """One materialization a dataset, with what a person wants to see of it over time."""
    for dataset in report.datasets:
        yield MaterializeResult(
            asset_key=[f"landing_{source}", dataset.name],
            metadata={
                "rows": dataset.rows,
                "bytes": dataset.bytes,
                "days": dataset.days,
                "changed_days": dataset.changed_days,
                "requests": report.requests,
                "waited_seconds": report.waited_seconds,
                "pending": MetadataValue.md(
                    "\n".join(f"- {day}: {why}" for day, why in dataset.pending) or "none"
                ),
            },
        )


def daily_specs(source: str, *datasets: str) -> list[AssetSpec]:
    return [
        AssetSpec([f"landing_{source}", name], group_name="landing", kinds={source})
        for name in datasets
    ]


@multi_asset(
    name="land_copilot",
    specs=daily_specs("copilot", "user_days"),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_copilot(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Copilot's users-1-day reports of every scope."""
    settings = load_settings()
    first_day, last_day = day_range(context)
    as_of_day = max(last_day, current_as_of_day(settings) or last_day)
    landing = Landing(settings.landing)
    yield from results(
        "copilot", copilot.land_user_days(settings, landing, first_day, last_day, as_of_day)
    )


@multi_asset(
    name="land_github_activity",
    specs=daily_specs("github", "pull_requests", "reviews", "issues"),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_github_activity(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Merged pull requests, reviews and closed issues of every organisation."""
    settings = load_settings()
    time_zone = rules.load_pack(settings.rules_folder).time_zone
    landing = Landing(settings.landing)
    yield from results(
        "github", github.land_activity(settings, landing, *day_range(context), time_zone)
    )


@multi_asset(
    name="land_snowflake",
    specs=daily_specs("snowflake", "metrics", "challenge_attempts", "leave"),
    partitions_def=DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
@told_plainly
def land_snowflake(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """The declared extracts of the company's own tables."""
    settings = load_settings()
    time_zone = rules.load_pack(settings.rules_folder).time_zone
    landing = Landing(settings.landing)
    yield from results(
        "snowflake", snowflake.land_extracts(settings, landing, *day_range(context), time_zone)
    )


@multi_asset(
    name="land_github_organisation",
    specs=daily_specs("github", "members", "teams", "team_members"),
)
@told_plainly
def land_github_organisation(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Members and teams as they are tonight."""
    settings = load_settings()
    landing = Landing(settings.landing)
    yield from results(
        "github", github.land_organisation(settings, landing, as_of_day_of(context))
    )


def as_of_day_of(context: AssetExecutionContext) -> date:
    """The day that the run computes: its last day, but never before the one already published."""
    from orchestration.night import as_of_day_of_run

    return as_of_day_of_run(load_settings(), context.run.tags)
