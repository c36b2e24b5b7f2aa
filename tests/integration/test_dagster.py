"""Dagster as its users expect it: all loads bare, lineage joins, nothing goes off by hand."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    build_schedule_context,
    build_sensor_context,
    materialize,
)

from ingest.settings import Settings
from ingest.tables import TABLES
from orchestration.assets import marts
from orchestration.assets.models import mart_views, marts_of_project
from orchestration.definitions import defs
from orchestration.night import (
    NIGHTLY,
    RANGE_END_TAG,
    RANGE_START_TAG,
    backfill_range,
    night_range,
)
from orchestration.resources import Night
from orchestration.runner import dagster_instance
from tests.integration.nights import NIGHTQUEST, PROJECT, only_with


def ancestors(key: AssetKey) -> set[AssetKey]:
    graph = defs.resolve_asset_graph()
    found: set[AssetKey] = set()
    waiting = [key]
    while waiting:
        parents = graph.get(waiting.pop()).parent_keys - found
        found |= parents
        waiting += parents
    return found


def test_the_lineage_reaches_from_every_source_to_the_board() -> None:
    above = {key.to_user_string() for key in ancestors(AssetKey(["marts", "leaderboards"]))}
    assert {
        "landing_copilot/user_days",
        "landing_github/pull_requests",
        "landing_github/reviews",
        "landing_github/issues",
        "landing_github/members",
        "landing_snowflake/metrics",
        "landing_snowflake/challenge_attempts",
        "landing_snowflake/leave",
        "raw_github/reviews",
        "staging/stg_github__reviews",
        "intermediate/int_github_facts_credited",
        "build/leaderboards",
    } <= above


def test_every_raw_table_is_an_asset_of_the_same_name() -> None:
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {f"{table.schema}/{table.name}" for table in TABLES} <= keys


def test_the_data_tests_of_the_models_are_asset_checks() -> None:
    checks = {key.asset_key.path[-1] for key in defs.resolve_asset_graph().asset_check_keys}
    assert {"fct_xp_ledger", "leaderboards", "fct_developer_days"} <= checks


def test_tests_over_several_models_are_checks_of_the_one_they_speak_of() -> None:
    checks = {
        (key.asset_key.path[-1], key.name) for key in defs.resolve_asset_graph().asset_check_keys
    }
    singular = {path.stem for path in (PROJECT / "dbt_project" / "tests").glob("*.sql")}
    assert ("fct_developer_days", "a_total_is_the_sum_of_the_ledger") in checks
    assert singular <= {name for _, name in checks}


def test_a_published_night_is_checked_for_what_waits_and_what_is_set_aside() -> None:
    keys = defs.resolve_asset_graph().asset_check_keys
    of_nights = {key.name for key in keys if key.asset_key == AssetKey(["marts", "run_status"])}
    assert of_nights == {"nothing_waits", "nothing_is_set_aside"}


def test_every_asset_has_an_owner_and_every_table_its_columns() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners == ["team:nightquest"], key
        assert node.kinds, key
        if key.path[0] in ("build", "marts", "ops") or key.path[0].startswith("raw"):
            assert node.metadata["dagster/column_schema"].columns, key
        if key.path[0] == "marts":
            assert node.freshness_policy, key


def test_whatever_writes_the_warehouse_waits_in_one_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = {
        op.name: op.pool
        for op in defs.resolve_job_def(NIGHTLY).graph.iterate_op_defs()
        if op.name in ("load_raw", "build", "publish")
    }
    assert pools == dict.fromkeys(("load_raw", "build", "publish"), "warehouse")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dagster_instance(Settings(home=tmp_path)) as instance:
        limits = instance.get_concurrency_config().pool_config
    assert (limits.pool_granularity.value, limits.default_pool_limit) == ("run", 1)


def test_dropped_files_start_a_run_once_they_have_stopped_growing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NIGHTQUEST_INBOX", str(tmp_path))
    monkeypatch.setattr("orchestration.sensors.current_as_of_day", lambda _: date(2026, 11, 20))
    watch = defs.resolve_sensor_def("dropped_files")
    file = tmp_path / "leave.csv"

    def look(cursor: str | None) -> Any:
        with DagsterInstance.ephemeral() as instance:
            return watch.evaluate_tick(build_sensor_context(instance=instance, cursor=cursor))

    assert look(None).skip_message == "The inbox is empty."
    file.write_text("login,date\n")
    first = look("")
    assert first.run_requests == []
    file.write_text("login,date\nada,2026-11-20\n")
    grown = look(first.cursor)
    assert grown.run_requests == []
    assert grown.cursor != first.cursor
    (request,) = look(grown.cursor).run_requests
    assert request.tags[RANGE_END_TAG] == "2026-11-20"
    groups = {key.path[0] for key in request.asset_selection}
    assert "landing_filedrop" in groups
    assert not {"landing_github", "landing_copilot", "landing_snowflake"} & groups


def test_dagsters_own_command_finds_the_definitions_valid(tmp_path: Path) -> None:
    said = subprocess.run(
        [NIGHTQUEST.with_name("dagster"), "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT, env=only_with({}, tmp_path) | {"DAGSTER_HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "All code locations passed validation" in said.stdout


def test_the_schedule_computes_yesterday_over_the_reread_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path / "home"))
    moment = datetime(2026, 11, 21, 2, tzinfo=UTC)
    with DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(instance=instance, scheduled_execution_time=moment)
        request = defs.resolve_schedule_def("every_night").evaluate_tick(context).run_requests[0]
    assert request.tags[RANGE_START_TAG] == "2026-11-14"
    assert request.tags[RANGE_END_TAG] == "2026-11-20"


def test_a_broken_rule_pack_does_not_keep_the_definitions_from_loading(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "pack.yml").write_text("not: [a pack")
    environment = only_with({"NIGHTQUEST_RULES": str(tmp_path / "rules")}, tmp_path / "home")
    said = subprocess.run(
        [sys.executable, "-c", "from orchestration.definitions import defs; "
         "print(defs.resolve_schedule_def('every_night').execution_timezone)"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout.splitlines()[-1:]) == (0, ["UTC"]), said.stderr


def test_publication_by_hand_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path / "home"))
    result = materialize([marts.publish_marts], resources={"night": Night()}, raise_on_error=False)
    assert not result.success
    failure = result.failure_data_for_node("publish")
    assert failure.user_failure_data.description.startswith(
        "Publication happens at the end of the job `nightly` only"
    )
    assert not (tmp_path / "home" / "published").exists()


def landed(home: Path, states: list[tuple[str, str, bool]]) -> Settings:
    """A home whose landing knows (dataset, day, is_complete) of the organisation acme."""
    folder = home / "landing" / "_loads"
    folder.mkdir(parents=True)
    lines = [
        {
            "source": "github", "dataset": dataset, "scope": "org:acme", "day": day,
            "is_complete": is_complete, "reason": None, "row_count": 0, "content_hash": "h",
            "payload": None, "fetched_at": "2026-01-01T00:00:00", "load_id": "l",
        }
        for dataset, day, is_complete in states
    ]  # fmt: skip
    name = "20260101T000000000000Z-aaaaaa.ndjson"
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Settings(home=home, github_orgs=["acme"], copilot_orgs=[])


def test_a_night_reaches_back_to_the_oldest_pending_day(tmp_path: Path) -> None:
    waiting = [("reviews", "2026-03-01", False), ("reviews", "2026-01-01", False)]
    settings = landed(tmp_path, waiting)
    first, last = night_range(settings, date(2026, 3, 15))
    assert (first, last) == (date(2026, 3, 1), date(2026, 3, 15))


def test_a_backfill_resumes_at_the_first_day_that_is_not_landed_whole(tmp_path: Path) -> None:
    days = ["2026-01-01", "2026-01-02", "2026-01-03"]
    complete = [(name, day, True) for day in days for name in ("pull_requests", "reviews")]
    issues = [("issues", "2026-01-01", True), ("issues", "2026-01-02", True)]
    settings = landed(tmp_path, complete + issues)
    assert backfill_range(settings, date(2026, 1, 1), date(2026, 3, 1)) == (
        date(2026, 1, 3),
        date(2026, 3, 1),
    )


def test_views_of_the_marts_name_tables_of_marts_alone() -> None:
    views = mart_views()
    assert {"xp_evidence", "xp_explained", "xp_missing"} <= views.keys()
    assert not views.keys() & marts_of_project().keys()
    for text in views.values():
        sql = re.sub(r"--.*", "", text)
        own = set(re.findall(r"(\w+) as \(\n", sql))
        named = set(re.findall(r"\b(?:from|join)\s+([\w.]+)", sql)) - own
        assert named <= {
            f"marts.{table}" for table, mart in marts_of_project().items() if not mart.is_private
        }


def test_every_view_is_an_asset_of_marts_over_its_model() -> None:
    graph = defs.resolve_asset_graph()
    for view in mart_views():
        assert AssetKey(["build", view]) in graph.get(AssetKey(["marts", view])).parent_keys
