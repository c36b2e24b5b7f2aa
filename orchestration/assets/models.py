"""Raw to build: the dbt models, their data tests as asset checks."""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from ingest.errors import NightquestError
from ingest.settings import load_settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration import logs
from orchestration.catalogue import OWNERS, POOL
from orchestration.dbt import current_manifest, dbt_at_work, failed_node
from orchestration.night import REBUILD, basis_hash, input_hash
from orchestration.plainly import told_plainly
from orchestration.publication.marts import Mart
from orchestration.publication.nights import Build, can_carry_on, forget_build, note_build
from orchestration.publication.publishing import settle
from orchestration.resources import Night

progress = logging.getLogger("nightquest.models")
#: dbt's levels by name, as far as they are not INFO.
LEVELS = {"warn": logging.WARNING, "error": logging.ERROR}


class LayerTranslator(DagsterDbtTranslator):
    """Dagster's groups are the layers: staging, intermediate, build."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return dbt_resource_props["config"].get("schema") or dbt_resource_props["schema"]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        return OWNERS


TRANSLATOR = LayerTranslator()


@cache
def manifest() -> dict[str, Any]:
    """The parsed project, read once: a night asks for parts of it eight times."""
    return json.loads(current_manifest().read_text())


def models_of(layer: str) -> list[dict[str, Any]]:
    """The models of a layer, from the parsed project."""
    return [
        node
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["schema"] == layer
    ]


def mart_models(materialized: str) -> list[dict[str, Any]]:
    """The models of the marts layer that are of a kind (table, view)."""
    return [node for node in models_of("build") if node["config"]["materialized"] == materialized]


def mart_views() -> dict[str, str]:
    """The views of the marts: a select on `marts.<table>` for each, from its dbt file.

    Raises:
        ValueError: a view uses more of dbt than `config` and `ref`: only dbt could then write it.
    """
    views = {}
    for node in mart_models("view"):
        text = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", node["raw_code"])
        text = re.sub(r"\{\{ config\(.*?\) \}\}", "", text)
        if "{{" in text or "{%" in text:
            raise ValueError(f"{node['original_file_path']} may use config and ref, no macro.")
        views[node["name"]] = text.strip()
    return views


def has_staging(warehouse: Warehouse) -> bool:
    """Whether every view of staging is there: dropping a raw table takes its views with it."""
    wanted = {("staging", node["name"]) for node in models_of("staging")}
    found = warehouse.query(
        "select lower(table_schema) as table_schema, lower(table_name) as table_name "
        "from information_schema.tables where table_type = 'VIEW'"
    )
    return wanted <= set(found.rows())


def marts_of_project() -> dict[str, Mart]:
    """The marts with their grain and slice, as their dbt files declare them."""
    return {node["name"]: Mart(**node["config"]["meta"]) for node in mart_models("table")}


@dbt_assets(manifest=manifest(), dagster_dbt_translator=TRANSLATOR, name="build", pool=POOL)
@told_plainly
def build(context: AssetExecutionContext, night: Night) -> Iterator[Any]:
    """`dbt build`: models and tests in order; whatever hangs on a failed test is not built."""
    settings = load_settings()
    night.go_on()
    with open_warehouse(settings) as warehouse:
        forget_build(warehouse)
        settle(settings, warehouse, marts_of_project(), mart_views())
        basis = basis_hash(warehouse)
        columns = {node["name"]: list(node["columns"]) for node in mart_models("table")}
        is_rebuild = (
            context.run.job_name == REBUILD
            or not can_carry_on(warehouse, basis, columns)
            or not has_staging(warehouse)
        )
        inputs = None if context.is_subset else input_hash(warehouse)
    asked = get_updated_cli_invocation_params_for_context(context, {}, TRANSLATOR)
    selection = (
        [*asked.selection_args, "--indirect-selection", asked.indirect_selection or "cautious"]
        if context.is_subset
        else [
            "--exclude-resource-type",
            "unit_test",
            # The views of staging say the same every night: making them anew took a fifth of it.
            *(["--full-refresh"] if is_rebuild else ["--exclude", "path:models/staging"]),
        ]
    )
    arguments = [
        "build",
        *selection,
        # Its lines go to the log of the night, below. Statements lie in files beside it.
        "--log-level",
        "none",
        "--log-level-file",
        "none",
        # Writing the parsed project down took a quarter of a small night.
        "--no-write-json",
    ]
    folder = (settings.home / "dbt" / settings.target).resolve()
    run = night.enter(dbt_at_work(settings, folder, arguments))
    count = len(asked.manifest["nodes"])
    done, failed = 0, []
    for said in run.events():
        logs.dbt.log(LEVELS.get(said["info"]["level"], logging.INFO), said["info"]["msg"])
        if failure := failed_node(said):
            failed.append(failure)
        for event in DbtCoreCliEventMessage(said, {}).to_default_asset_events(
            asked.manifest, asked.dagster_dbt_translator, context, folder
        ):
            done += 1
            if done % 25 == 0:
                progress.info("Models and tests: %s of about %s", done, count)
            yield event
    if not run.is_successful:
        what = f"failed at {'; '.join(failed[:3])}" if failed else "could not even start"
        raise NightquestError(f"The build {what}. The last good night stays up.")
    if inputs:
        with open_warehouse(settings) as warehouse:
            note_build(warehouse, Build(context.run.run_id, inputs, basis, is_rebuild))
