"""From `build` to what readers see, in one step: readers never meet a half-built night.

`core` holds what is published and changes in one transaction, key by key, so that its cost follows
the change. On Postgres the views of `marts` show it at once. On DuckDB a new published file is
written beside the old one, synced and renamed; whoever has the old one open keeps the old night.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version

from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_RUNS, OPS_UNPUBLISHED_CHANGES
from ingest.warehouse import Warehouse, in_one_step, rows_in_one_step
from orchestration.publication.changes import apply_change, find_change
from orchestration.publication.content import SUMS_DDL, hash_content, reset_sums
from orchestration.publication.core import create_core_table, index_core_tables
from orchestration.publication.file import change_published_file, write_published_file
from orchestration.publication.marts import Mart
from orchestration.publication.nights import Build, current_night, last_run, published_run
from orchestration.publication.slices import REBUILT, slices_of_night
from orchestration.publication.tables import columns_of, table_names, view_names
from orchestration.publication.views import create_views, drop_view, shown_marts


@dataclass(frozen=True)
class Publication:
    """What a publication did: rows deleted and inserted by mart, and the hash of all content."""

    rows_written: dict[str, int]
    row_counts: dict[str, int]
    content_hash: str


@dataclass(frozen=True)
class Timing:
    """When a run began, the seconds of its steps so far, and since when it publishes; None where
    nobody has measured.
    """

    started_at: datetime | None = None
    load_seconds: float | None = None
    build_seconds: float | None = None
    publishing_since: datetime = field(default_factory=lambda: datetime.now(UTC))


def publish(
    settings: Settings,
    warehouse: Warehouse,
    build: Build,
    marts: Mapping[str, Mart],
    views: Mapping[str, str] | None = None,
    timing: Timing | None = None,
) -> Publication:
    """Make `build` what readers see.

    Args:
        views: the views of `marts` over its tables: a select on `marts.<table>` by name.
        timing: how long the steps before took, for the record of runs.
    """
    timing = timing or Timing()
    shown = published_run(settings)
    views = views or {}
    with in_one_step(warehouse):
        for schema in ("core", "marts", "ops"):
            warehouse.execute(f"create schema if not exists {schema}")
        warehouse.execute(OPS_RUNS.ddl)
        warehouse.execute(SUMS_DDL)
        for stale in set(table_names(warehouse, "core")) - set(marts):
            drop_view(warehouse, stale)
            warehouse.execute(f"drop table core.{stale}")
        before = last_run(warehouse)
        scopes = REBUILT if build.is_rebuild else slices_of_night(warehouse)
        built, held = (columns_of(warehouse, schema) for schema in ("build", "core"))
        reshaped = [
            table for table in marts if [*held.get(table, {}).items()] != [*built[table].items()]
        ]
        if reshaped and not warehouse.has_transactional_ddl:
            # Should this run be killed now, the next night must not carry on from empty tables.
            warehouse.execute(f"update {OPS_RUNS.path} set basis_hash = null")
        for table in reshaped:
            create_core_table(warehouse, table, marts[table], built[table], held.get(table, {}))
        changes = {
            table: find_change(warehouse, table, mart, scopes, built[table])
            for table, mart in sorted(marts.items())
        }
        with rows_in_one_step(warehouse):
            rows_written = {
                table: apply_change(warehouse, table, marts[table], change, built[table])
                for table, change in changes.items()
            }
            if build.is_rebuild and before:
                # What nights have added up and taken away is checked by counting all of it again.
                for table in marts:
                    reset_sums(warehouse, table, built[table])
            announce(warehouse, build.run_id)
            content_hash = hash_content(warehouse, marts)
            note_run(warehouse, build, content_hash, sum(rows_written.values()), timing)
            warehouse.execute(f"delete from {OPS_UNPUBLISHED_CHANGES.path}")
        index_core_tables(warehouse, marts)
        has_new_views = create_views(warehouse, shown_marts(settings, marts) | dict(views))
    if settings.target == "duckdb":
        if before and shown == before and not (build.is_rebuild or has_new_views):
            change_published_file(settings, warehouse, marts, scopes, rows_written)
        else:
            write_published_file(warehouse, settings.published_file, marts, views)
    counts = dict(warehouse.query("select table_name, row_count from ops.content_sums").iter_rows())
    return Publication(rows_written, {table: counts[table] for table in marts}, content_hash)


def note_run(
    warehouse: Warehouse, build: Build, content_hash: str, rows_written: int, timing: Timing
) -> None:
    """Add the run to the record of those that were published."""
    night = current_night(warehouse)
    assert night
    counts = warehouse.query("select table_name, row_count from ops.content_sums order by 1")
    now = datetime.now(UTC)
    run = {
        "run_id": build.run_id,
        "as_of_day": night.as_of_day,
        "input_hash": build.input_hash,
        "basis_hash": build.basis_hash,
        "content_hash": content_hash,
        "pack_hash": night.pack_hash,
        "code_version": version("nightquest"),
        "is_rebuild": build.is_rebuild,
        "started_at": utc(timing.started_at),
        "published_at": utc(now),
        "load_seconds": seconds(timing.load_seconds),
        "build_seconds": seconds(timing.build_seconds),
        "publish_seconds": seconds((now - timing.publishing_since).total_seconds()),
        "rows_written": rows_written,
        "row_counts": json.dumps(dict(counts.iter_rows())),
    }
    warehouse.execute(f"delete from {OPS_RUNS.path} where run_id = $1", [build.run_id])
    warehouse.append(OPS_RUNS.path, OPS_RUNS.frame([run]))


def utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def seconds(count: float | None) -> Decimal | None:
    return None if count is None else round(Decimal(count), 3)


def announce(warehouse: Warehouse, run_id: str) -> None:
    """Add to the record what readers see for the first time."""
    columns = ", ".join(name for name in OPS_ANNOUNCED_AWARDS.columns if name != "run_id")
    warehouse.execute(
        f"insert into {OPS_ANNOUNCED_AWARDS.path} ({columns}, run_id) "
        f"select {columns}, $1 from ops.awards_to_announce",
        [run_id],
    )


def settle(
    settings: Settings, warehouse: Warehouse, marts: Mapping[str, Mart], views: Mapping[str, str]
) -> None:
    """After a crash between the two steps of publication on DuckDB, do the second.

    `core` then holds a whole night that was tested and announced, and the file still shows the one
    before it.
    """
    if settings.target != "duckdb" or not set(shown_marts(settings, marts)) <= set(
        view_names(warehouse, "marts")
    ):
        return  # a restored home holds what readers were told, and no mart yet
    last = last_run(warehouse)
    if last and last != published_run(settings):
        write_published_file(warehouse, settings.published_file, marts, views)
