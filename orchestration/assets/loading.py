"""Landing to raw: one step that yields every raw table, and decides whether there is work left."""

from collections.abc import Iterable, Iterator

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, multi_asset

from ingest import loading, tables
from ingest.checks import checked_pack
from ingest.landing import Landing
from ingest.settings import load_settings
from ingest.warehouse import open_warehouse
from orchestration.assets.landing import outages_of
from orchestration.catalogue import OWNERS, POOL, table_metadata
from orchestration.erasure import finish_erasures
from orchestration.night import REBUILD, as_of_day_of_run, input_hash, rebuilt_day
from orchestration.packs import ACCEPT_TAG, RulesOfNight, note_pack, rules_of_night
from orchestration.plainly import told_plainly
from orchestration.publication.nights import published_night
from orchestration.resources import Night


def landed_assets(table: tables.Table) -> list[list[str]]:
    """The landing assets that a raw table is framed from."""
    if table.path in {"raw_copilot.user_day_values", "ops.source_days"}:
        return [["landing_copilot", "user_days"]]
    if table.schema in {"raw_copilot", "raw_filedrop", "raw_github", "raw_snowflake"}:
        return [[table.schema.replace("raw", "landing"), table.name]]
    return []


def unread(sources: Iterable[str]) -> str | None:
    """What readers are told of an outage; whoever runs the night is told why."""
    names = sorted(sources)
    return f"could not be read in the last night: {', '.join(names)}" if names else None


@multi_asset(
    name="load_raw",
    specs=[
        AssetSpec(
            [table.schema, table.name],
            deps=landed_assets(table),
            description=f"One row per {table.grain}.",
            group_name="raw",
            kinds={"table"},
            owners=OWNERS,
            metadata=table_metadata(
                table.path,
                [(name, tables.SQL_TYPES[kind], None) for name, kind in table.columns.items()],
            ),
            skippable=True,
        )
        for table in tables.TABLES
    ],
    pool=POOL,
)
@told_plainly
def load_raw(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult]:
    """Bring the raw tables up to date with landing and the rules of the night.

    Nothing is yielded, and so nothing downstream runs, when what readers see was computed from
    exactly these inputs; the job `rebuild` fills the tables from nothing, and always goes on.
    """
    settings = load_settings()
    pack = checked_pack(settings, settings.rules_folder)
    for warning in pack.warnings:
        context.log.warning(warning)
    is_rebuild = context.run.job_name == REBUILD
    is_accepted = is_rebuild and ACCEPT_TAG in context.run.tags
    as_of_day = (
        rebuilt_day(settings) if is_rebuild else as_of_day_of_run(settings, context.run.tags)
    )
    shown = published_night(settings)
    sources = loading.configured_sources(settings, as_of_day)["source"].unique()
    outages = outages_of(context, set(sources))
    night.begin()
    with open_warehouse(settings) as warehouse:
        finish_erasures(settings, warehouse)
        tonights = (
            RulesOfNight(pack)
            if is_accepted
            else rules_of_night(
                warehouse, settings.rules_folder, pack, shown.pack_hash if shown else None
            )
        )
        if tonights.problem:
            context.log.warning(tonights.problem)
        written = loading.load_raw(
            settings,
            warehouse,
            Landing(settings.landing),
            as_of_day,
            context.run.run_id,
            tonights.pack.frames(),
            anew=is_rebuild,
            rules_problem=tonights.problem,
            sources_problem=unread(outages),
        )
        note_pack(warehouse, tonights.pack)
        if not is_rebuild and shown and shown.input_hash == input_hash(warehouse):
            context.log.info("Nothing has changed since the last published night.")
            return
        # Also where a failed run has loaded before: the rows are this run's now.
        warehouse.execute("update ops.nights set run_id = $1", [context.run.run_id])
    for table in tables.TABLES:
        yield MaterializeResult(
            asset_key=[table.schema, table.name],
            metadata={"rows_written": written.get(table.path, 0)},
        )
