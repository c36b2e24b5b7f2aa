"""Which days a night reads, which day it computes, and whether anything has changed at all."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from ingest.errors import NightquestError, SettingsError
from ingest.landing import Landing
from ingest.loading import configured_sources
from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.dbt import project_files
from orchestration.publication.nights import current_night, published_night

#: The jobs that may publish.
NIGHTLY, REBUILD = "nightly", "rebuild"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
ONE_DAY = timedelta(days=1)

#: A day that brought no report for four weeks is asked for again by `nightquest backfill` only:
#: one lost report must not make every later night re-read months.
LONGEST_WAIT = timedelta(days=28)


def current_as_of_day(settings: Settings) -> date | None:
    """The day that the published figures stand for."""
    night = published_night(settings)
    return night.as_of_day if night else None


def as_of_day_of_run(settings: Settings, tags: Mapping[str, str]) -> date:
    """The day that a run computes. It only moves forward: an older day is a re-read."""
    current = current_as_of_day(settings)
    last = tags.get(RANGE_END_TAG) or tags.get("dagster/partition")
    days = [day for day in (current, date.fromisoformat(last) if last else None) if day]
    return max(days) if days else date.today() - ONE_DAY


def rebuilt_day(settings: Settings) -> date:
    """The day that a rebuild computes: the published one, else the newest that is landed.

    Raises:
        NightquestError: nothing is landed.
    """
    landing = Landing(settings.landing)
    # A dropped file may speak of days to come (leave), and no night has computed them.
    landed = [
        state["day"]
        for state in landing.states().iter_rows(named=True)
        if state["source"] != "filedrop" or state["dataset"] == "files"
    ]
    if not landed:
        raise NightquestError(
            f"The landing {landing.store.place} is empty, so nothing can be rebuilt from it: check "
            "NIGHTQUEST_LANDING_URL and NIGHTQUEST_HOME, or type `nightquest run`."
        )
    return current_as_of_day(settings) or restored_as_of_day(settings) or max(landed)


def restored_as_of_day(settings: Settings) -> date | None:
    """The day of the night that a backup was made of, before it is computed again.

    On DuckDB no file shows that night yet; on Postgres it is the published one.
    """
    if settings.target != "duckdb" or not settings.work_file.exists():
        return None
    with open_warehouse(settings) as warehouse:
        night = current_night(warehouse)
        return night.as_of_day if night else None


def night_range(settings: Settings, day: date) -> tuple[date, date]:
    """The days that the night of `day` reads again.

    From the earliest of the re-read window, the day after the last as-of day, and the oldest day
    that is still pending.
    """
    first = day - ONE_DAY * (settings.restatement_days - 1)
    current = current_as_of_day(settings)
    if current and current < day:
        first = min(first, current + ONE_DAY)
    awaited = set(configured_sources(settings, day).select("source", "dataset", "scope").rows())
    pending = [
        state["day"]
        for state in Landing(settings.landing).states().iter_rows(named=True)
        if (state["source"], state["dataset"], state["scope"]) in awaited
        and not state["is_complete"]
        and day - LONGEST_WAIT <= state["day"] <= day
    ]
    return min([first, *pending]), day


def backfill_range(settings: Settings, first: date, last: date) -> tuple[date, date]:
    """What is left of a backfill: from the first day that is not landed whole.

    Days inside the re-read window before `last` are always read again.
    """
    complete = {
        (state["source"], state["dataset"], state["scope"], state["day"])
        for state in Landing(settings.landing).states().iter_rows(named=True)
        if state["is_complete"]
    }
    sources = configured_sources(settings, last).rows()
    day = first
    while day < last - ONE_DAY * (settings.restatement_days - 1) and all(
        (source, dataset, scope, day) in complete
        for source, dataset, scope, history_from in sources
        if history_from is None or history_from <= day
    ):
        day += ONE_DAY
    return day, last


def check_refetch(settings: Settings, source: str, day: date) -> None:
    """A day can be read again where it was read before, and its source still has it.

    Raises:
        SettingsError: what was asked for, and what is allowed.
    """
    as_of_day = current_as_of_day(settings)
    configured = configured_sources(settings, as_of_day or day)
    names = configured["source"].unique(maintain_order=True)
    if source not in names:
        raise SettingsError(
            f"--source is {source!r}; allowed is what is configured here and has days: "
            f"{', '.join(names) or 'nothing'}."
        )
    if as_of_day is None:
        raise SettingsError("Nothing is published yet to be read again: type `nightquest run`.")
    if day > as_of_day:
        raise SettingsError(
            f"--day {day} lies after {as_of_day}, the day that is published; allowed: up to that "
            "day. `nightquest run` reads newer ones."
        )
    oldest = [first for name, _, _, first in configured.rows() if name == source and first]
    if oldest and day < min(oldest):
        raise SettingsError(
            f"--day {day} lies before {min(oldest)}: the source {source} keeps no older days."
        )


#: What decides for all days at once: a night cannot carry on from what was computed otherwise.
BASIS = (
    "select pack_hash from raw_rules.packs",
    "select metric, source from raw_rules.metrics order by metric",
    "select restatement_days, matches_logins, matches_emails, min_team_size from ops.nights",
)
#: What decides for single days.
FACTS = (
    "select source, dataset, scope, activity_date, is_complete, content_hash "
    "from ops.source_days order by source, dataset, scope, activity_date",
    "select source, dataset, scope, history_from from ops.sources order by source, dataset, scope",
    "select as_of_day, visibility, rules_problem, sources_problem from ops.nights",
    "select source, activity_date from ops.held_days order by source, activity_date",
)


def basis_hash(warehouse: Warehouse) -> str:
    """One hash of the rules, the settings and the models."""
    return hash_of(warehouse, BASIS)


def input_hash(warehouse: Warehouse) -> str:
    """One hash of all that the models read: what is landed, the rules, the day, the models."""
    return hash_of(warehouse, (*FACTS, *BASIS))


def hash_of(warehouse: Warehouse, queries: Iterable[str]) -> str:
    """The models, and what the queries answer, as one hash."""
    digest = hashlib.sha256()
    for query in queries:
        digest.update(warehouse.query(query).write_csv().encode())
    for path in project_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()
