"""A warehouse to throw away: the loaded facts, the rules of a pack, and the game out of them.

It lies under the home, with what the work file protects, and is gone when the simulation ends,
however it ends: what a killed process leaves behind, the next simulation removes.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.copying import copy_tables, has_loaded_facts
from ingest.errors import NightquestError
from ingest.rules import Metric, RulePack
from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_NIGHTS, TABLES
from ingest.warehouse import DuckDBWarehouse, has_table, open_warehouse
from orchestration.assets.models import marts_of_project
from orchestration.dbt import dbt_at_work, failed_node
from orchestration.packs import noted_pack
from orchestration.publication.nights import published_night
from orchestration.resources import night_lock

#: The marts that are compared. Only these and what they are made of are computed.
COMPARED = (
    "bridge_team_members", "dim_badges", "dim_developers", "dim_missions", "dim_teams",
    "fct_badge_awards", "fct_developer_days", "fct_mission_attempts", "fct_streak_days",
    "fct_xp_ledger", "leaderboards",
)  # fmt: skip
#: The schemas that dbt fills, the last one first: the models of one read those before it.
LAYERS = ("build", "intermediate", "staging")
#: Times the size of what is copied from: its own tables twice, and the sorting beside them.
NEEDED_SPACE = 2


def simulations_folder(settings: Settings) -> Path:
    return settings.home / "simulations"


@contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """A folder of one simulation's own, removed at the end.

    Raises:
        NightquestError: another simulation is at work on this home, or nothing is loaded.
    """
    if not has_loaded_facts(settings):
        raise nothing_loaded(settings)
    parent = simulations_folder(settings)
    parent.mkdir(exist_ok=True)
    folder = parent / ".scratch"
    try:
        with FileLock(parent / ".lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise NightquestError(
            f"Another simulation is at work on {settings.home}: wait for it to end."
        ) from None


def nothing_loaded(settings: Settings) -> NightquestError:
    return NightquestError(
        f"Nothing is loaded yet in {settings.home}, so there is nothing to simulate with: check "
        "NIGHTQUEST_HOME, or type `nightquest run`."
    )


def fill(settings: Settings, folder: Path, keep_announced: bool) -> Settings:
    """Copy the loaded facts and the pack in force; the settings of the scratch warehouse.

    On DuckDB nights are refused meanwhile (seconds): two processes cannot have one file open. On
    Postgres the copy is one state of the database, whatever a night does beside it.

    Raises:
        NightquestError: a night is at work on the work file, nothing is loaded, or the disk is
            too full.
    """
    check_space(folder, facts_size(settings))
    scratch = settings.model_copy(update={"home": folder, "target": "duckdb"})
    with open_warehouse(scratch) as warehouse:
        assert isinstance(warehouse, DuckDBWarehouse)
        with unmoved_facts(settings):
            copy_tables(settings, TABLES, warehouse)
        if not keep_announced:
            warehouse.execute(f"delete from {OPS_ANNOUNCED_AWARDS.path}")
        if warehouse.query(f"select 1 as n from {OPS_NIGHTS.path}").is_empty():
            raise nothing_loaded(settings)
    return scratch


@contextmanager
def unmoved_facts(settings: Settings) -> Iterator[None]:
    """No night on the work file while it is read."""
    with ExitStack() as stack:
        if settings.target == "duckdb":
            try:
                stack.enter_context(night_lock(settings))
            except NightquestError:
                raise NightquestError(
                    f"A night is at work on {settings.home}, and the facts in its work file cannot "
                    "be read meanwhile: simulate again when it has ended."
                ) from None
        yield


def facts_size(settings: Settings) -> int:
    """Bytes of the warehouse that holds the facts, with all that was computed from them."""
    if settings.target == "duckdb":
        return settings.work_file.stat().st_size
    with open_warehouse(settings) as warehouse:
        return warehouse.query("select pg_database_size(current_database()) as n").item()


def check_space(folder: Path, size: int) -> None:
    """Refuse a simulation that would fill the disk that nights need."""
    free, needed = shutil.disk_usage(folder).free, NEEDED_SPACE * size
    if free < needed:
        raise NightquestError(
            f"A simulation needs about {needed / 1e9:.1f} GB under {folder.parent}, and "
            f"{free / 1e9:.1f} GB are free: make room, and try again."
        )


def use_rules_in_force(settings: Settings, scratch: Settings, metrics: Iterable[Metric]) -> None:
    """Put back the published night's pack where a later run has loaded another one and failed."""
    night = published_night(settings)
    with open_warehouse(scratch) as warehouse:
        loaded = warehouse.query("select pack_hash from raw_rules.packs").item()
        if not night or not night.pack_hash or night.pack_hash == loaded:
            return
        pack = noted_pack(warehouse, night.pack_hash, metrics)
    if pack:
        use_rules(scratch, pack)


def use_rules(scratch: Settings, pack: RulePack) -> None:
    """Put a pack in the place of the one in force, and forget what was computed with that one."""
    with open_warehouse(scratch) as warehouse:
        for layer in LAYERS:
            warehouse.execute(f"drop schema if exists {layer} cascade")
        for table, frame in pack.frames().items():
            warehouse.execute(f"delete from {table.path}")
            warehouse.append(table.path, frame)


def compute(scratch: Settings) -> None:
    """Compute the compared marts in `build`, with files of dbt's own that no night touches.

    Raises:
        NightquestError: dbt failed; says where.
    """
    marts = marts_of_project()
    policies = {name: marts[name].policy(scratch, "build") for name in COMPARED}
    built = {*COMPARED, *(decider for _, deciders in policies.values() for decider in deciders)}
    arguments = [
        "--quiet", "--no-write-json", "build",
        "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
        "--select", *(f"+{name}" for name in sorted(built)),
    ]  # fmt: skip
    with dbt_at_work(scratch, (scratch.home / "dbt").resolve(), arguments) as run:
        said = [*run.events()]
    if not run.is_successful:
        failed = [failure for event in said if (failure := failed_node(event))]
        reason = "; ".join(failed[:3]) or run.problem or "dbt's log is gone with its folder"
        raise NightquestError(
            f"The game could not be computed with this pack: {reason}. Nothing published was "
            "touched."
        )
    # `build` holds everybody: publication hides whom the policy does, and so does a simulation. Of
    # what policies look into, only dim_teams is compared itself, and it names nobody.
    with open_warehouse(scratch) as warehouse:
        for name, (shown, _) in policies.items():
            warehouse.execute(f"delete from build.{name} as c where not ({shown})")


def set_aside(scratch: Settings, schema: str) -> None:
    """Keep the compared marts under another schema, before `build` is computed anew."""
    with open_warehouse(scratch) as warehouse:
        warehouse.execute(f"create schema {schema}")
        for name in COMPARED:
            if has_table(warehouse, "build", name):
                warehouse.execute(f"create table {schema}.{name} as select * from build.{name}")
