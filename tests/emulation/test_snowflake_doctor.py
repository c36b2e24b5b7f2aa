"""`nightquest doctor` of Snowflake: the unmodified connector on the emulation."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.findings import Finding
from ingest.settings import Settings
from ingest.snowflake import checks
from ingest.snowflake.checks import check_snowflake, check_sources_file
from orchestration.doctor import examined
from tests.emulation.snowflake import SnowflakeEmulation, settings_of

TASKS: dict[str, Any] = {
    "name": "tasks", "query": "select login, day, done from db.s.tasks", "key_column": "login",
    "key_kind": "login", "day_column": "day",
    "metrics": [{"column": "done", "name": "done", "unit": "tasks", "description": "Done"}],
}  # fmt: skip


@pytest.fixture
def settings(emulation: SnowflakeEmulation, connection: Any, tmp_path: Path) -> Settings:
    with connection.cursor() as cursor:
        cursor.execute("create or replace table db.s.tasks (login text, day date, done int)")
    return settings_of(emulation, tmp_path).model_copy(
        update={"snowflake_database": "DB", "snowflake_warehouse": "NIGHTQUEST"}
    )


def declared(settings: Settings, tmp_path: Path, **changes: Any) -> Settings:
    file = tmp_path / "sources.yml"
    file.write_text(yaml.safe_dump({"snowflake": {"extracts": [TASKS | changes]}}))
    return settings.model_copy(update={"sources_file": file})


def seen(settings: Settings) -> dict[str, str]:
    checks = {"sources file": check_sources_file, "Snowflake": check_snowflake}
    found: list[Finding] = list(examined(settings, checks))
    return {finding.what: f"{finding.verdict}: {finding.said}" for finding in found}


def test_the_login_the_extracts_and_the_target_are_well(
    settings: Settings, emulation: SnowflakeEmulation, connection: Any, tmp_path: Path
) -> None:
    assert seen(declared(settings, tmp_path)) == {
        "sources file": f"ok: {tmp_path / 'sources.yml'}: 1 extracts, 0 metrics of files; "
        "well written",
        "Snowflake": "ok: the login is good, with role None and warehouse NIGHTQUEST",
        "extract tasks": "ok: a single SELECT that compiles, with every declared column",
        "target": "ok: schemas can be made in the database DB",
    }
    with connection.cursor() as cursor:
        found = cursor.execute("show schemas in database db").fetchall()
    assert "nightquest_doctor" not in str(found).lower()


@pytest.mark.parametrize(
    ("changes", "what", "told"),
    [
        ({"query": "select * from db.s.none"}, "extract tasks",
         "problem: Snowflake refuses the query ("),
        ({"day_column": "done_on"}, "extract tasks",
         "problem: Snowflake extract tasks: its query answers no column done_on; there are login"),
        ({"query": "delete from db.s.tasks"}, "sources file", "must be a single SELECT"),
    ],
)  # fmt: skip
def test_a_wrong_extract_is_told(
    settings: Settings, tmp_path: Path, changes: dict[str, Any], what: str, told: str
) -> None:
    assert told in seen(declared(settings, tmp_path, **changes))[what]


def test_a_session_without_a_warehouse_is_told(settings: Settings) -> None:
    said = seen(settings.model_copy(update={"snowflake_warehouse": None}))["Snowflake"]
    assert said == (
        "problem: the login is good, but no warehouse computes for it: set "
        "NIGHTQUEST_SNOWFLAKE_WAREHOUSE."
    )


def test_a_snowflake_that_is_away_is_told_without_the_password(settings: Settings) -> None:
    away = settings.model_copy(update={"snowflake_port": 1, "time_out_seconds": 1})
    said = seen(away)["Snowflake"]
    assert said.startswith("problem: Snowflake cannot be reached or refuses the login at 127.0.0.1")
    assert "planted" not in said


def test_a_database_in_which_nothing_can_be_made_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulation refuses nobody anything: a statement that is none stands for a refusal."""
    monkeypatch.setattr(checks, "PROBE_SCHEMA", "a schema refused")
    said = seen(settings)["target"]
    assert said.startswith("problem: schemas cannot be made in DB (")
