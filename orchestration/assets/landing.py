"""Sources to landing: daily partitions of what has a day, snapshots of what has no history.

These assets write landing only, so that clicking on one of them can neither publish nor corrupt.
A source that cannot be read is no end of the night: its days wait, and the others go on.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from typing import TypeVar

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Backoff,
    DagsterEventType,
    Jitter,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    RetryRequested,
    multi_asset,
)

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.errors import NightquestError, SourceError
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import DatasetReport, Landing, LandingReport
from ingest.outages import await_days, has_landed
from ingest.settings import Settings, load_settings
from ingest.snowflake.fetch import land_extracts, land_snapshots
from orchestration.catalogue import OWNERS
from orchestration.night import as_of_day_of_run
from orchestration.packs import time_zone_in_force
from orchestration.partitions import DAYS
from orchestration.plainly import told_plainly
from orchestration.standing import OUTAGE

log = logging.getLogger("nightquest.ingest")

#: What an asset is called where the source's own name is no name.
ASSET_NAMES = {"users-1-day": "user_days", "user-teams-1-day": "user_teams"}


def day_range(context: AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partitions."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


#: Dagster's own, on runs that a schedule has started.
SCHEDULE_TAG = "dagster/schedule_name"
#: How often such a run asks a source again that cannot be read. Who types a command wants its
#: answer now.
MAX_RETRIES = 3


def patience(settings: Settings) -> RetryPolicy:
    """After how long a scheduled run asks again: 5, 10 and 20 minutes, give or take."""
    return RetryPolicy(
        max_retries=MAX_RETRIES, delay=settings.source_retry_minutes * 60,
        backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS,
    )  # fmt: skip


Report = TypeVar("Report", bound=LandingReport)


def read(
    context: AssetExecutionContext, source: str, land: Callable[[], Report],
    go_without: Callable[[str], Report],
) -> Report:  # fmt: skip
    """What `land` lands; of a source that cannot be read, what `go_without` makes of the reason.

    Raises:
        RetryRequested: a scheduled run is to ask once more, later.
    """
    report = None
    try:
        report = land()
        why = report.outage
    except SourceError as error:
        why = str(error)
    if why and SCHEDULE_TAG in context.run.tags and context.retry_number < MAX_RETRIES:
        wait = patience(load_settings()).calculate_delay(context.retry_number + 1)
        raise RetryRequested(MAX_RETRIES, wait)
    if why:
        log.warning("The night goes on without %s: %s", source, why)
        report = report or go_without(why)
        report.outage = why
    assert report
    return report


def outage(report: LandingReport) -> dict[str, str]:
    """Metadata of what could not be read."""
    return {OUTAGE: report.outage} if report.outage else {}


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
                **outage(report),
            },
        )


def specs(source: str, *datasets: str) -> list[AssetSpec]:
    return [
        AssetSpec(
            [f"landing_{source}", ASSET_NAMES.get(name, name)],
            group_name="landing",
            kinds={source},
            owners=OWNERS,
        )
        for name in datasets
    ]


COPILOT_REPORTS = ("users-1-day", "user-teams-1-day")
COPILOT_SNAPSHOTS = ("seats",)
GITHUB_FACTS = ("pull_requests", "reviews", "issues")
GITHUB_SNAPSHOTS = ("members", "teams", "team_members", "member_emails")
SNOWFLAKE_SHAPES = ("metrics", "challenge_attempts", "leave")
SNOWFLAKE_SNAPSHOTS = ("people", "identity_map")


def daily_assets(
    name: str, source: str, datasets: Sequence[str], description: str,
    land: Callable[[Settings, Landing, date, date, AssetExecutionContext], LandingReport],
) -> AssetsDefinition:  # fmt: skip
    """Assets of what has days: each day of the range landed whole, or pending with the reason."""

    @multi_asset(
        name=name, specs=specs(source, *datasets), description=description, partitions_def=DAYS,
        backfill_policy=BackfillPolicy.single_run(),
    )  # fmt: skip
    @told_plainly
    def days(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        settings = load_settings()
        landing = Landing(settings.landing)
        first_day, last_day = day_range(context)
        report = read(
            context, source,
            lambda: land(settings, landing, first_day, last_day, context),
            lambda why: await_days(settings, landing, source, first_day, last_day, why),
        )  # fmt: skip
        yield from results(source, report, *datasets)

    return days


land_copilot = daily_assets(
    "land_copilot", "copilot", COPILOT_REPORTS,
    "Copilot's reports of every scope: what each user did, and the teams they are in.",
    lambda settings, landing, first_day, last_day, context: land_user_days(
        settings, landing, first_day, last_day, as_of_day_of_run(settings, context.run.tags)
    ),
)  # fmt: skip
land_github_activity = daily_assets(
    "land_github_activity", "github", GITHUB_FACTS,
    "Merged pull requests, reviews and closed issues of every organisation.",
    lambda settings, landing, first_day, last_day, _: land_activity(
        settings, landing, first_day, last_day, time_zone=time_zone_in_force(settings)
    ),
)  # fmt: skip
land_snowflake = daily_assets(
    "land_snowflake", "snowflake", SNOWFLAKE_SHAPES,
    "The declared extracts of the company's own tables.",
    lambda settings, landing, first_day, last_day, _: land_extracts(
        settings, landing, first_day, last_day, time_zone_in_force(settings)
    ),
)  # fmt: skip


#: What reads the days of a source. (The file drop reads what lies there; snapshots have no day.)
DAYS_OF_SOURCE = {
    "copilot": land_copilot,
    "github": land_github_activity,
    "snowflake": land_snowflake,
}


def snapshot_assets(
    name: str, source: str, datasets: Sequence[str], description: str,
    land: Callable[[Settings, Landing, date], LandingReport], needed: str | None = None,
) -> AssetsDefinition:  # fmt: skip
    """Assets of what has no history at its source: landed as it is tonight.

    Where the source cannot be read the last snapshots hold on; no night can do without any of the
    dataset `needed`.
    """

    @multi_asset(name=name, specs=specs(source, *datasets), description=description)
    @told_plainly
    def snapshots(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        settings = load_settings()
        landing = Landing(settings.landing)
        as_of_day = as_of_day_of_run(settings, context.run.tags)

        def hold_on(why: str) -> LandingReport:
            if needed and not has_landed(landing, source, needed):
                raise SourceError(why)
            return LandingReport()

        report = read(context, source, lambda: land(settings, landing, as_of_day), hold_on)
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
    "Members and teams as they are tonight.", land_organisation, needed="members",
)  # fmt: skip


def outages_of(context: AssetExecutionContext, configured: Collection[str]) -> dict[str, str]:
    """Which sources this run could not read, and why; `configured` are those with days.

    Raises:
        NightquestError: none of these came, so that there is nothing to compute.
    """
    outages: dict[str, str] = {}
    came = set()
    for entry in context.instance.all_logs(
        context.run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION
    ):
        assert entry.dagster_event
        landed = entry.dagster_event.step_materialization_data.materialization
        source = landed.asset_key.path[0].removeprefix("landing_")
        if OUTAGE in landed.metadata:
            outages[source] = str(landed.metadata[OUTAGE].value)
        elif source in configured and landed.asset_key in DAYS_OF_SOURCE[source].keys:
            came.add(source)
    if outages and not came:
        raise NightquestError(next(iter(outages.values())))
    return outages
