"""dbt on facts that a test wrote, without the orchestrator."""

import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from ingest.settings import Settings
from orchestration.dbt import DBT_PROJECT_FOLDER, dbt_environment, parsed_project


@dataclass(frozen=True)
class Ran:
    """How a dbt command ended, and what it said."""

    returncode: int
    stdout: str


def dbt(settings: Settings, *arguments: str) -> Ran:
    """Run dbt on the settings' target, its files under their home.

    In this process, on the project as it was parsed before: a process of dbt's own takes as long to
    start and to parse as all models of a small night.
    """
    said = StringIO()
    environment = dbt_environment(settings)
    database = environment.get("NIGHTQUEST_DBT_POSTGRES_DBNAME", settings.work_file.stem)
    with patch.dict(os.environ, environment), redirect_stdout(said):
        result = invoke(
            arguments, settings.home.resolve() / "dbt", parsed(settings.target, database)
        )
    return Ran(0 if result.success else 1, f"{said.getvalue()}{result.exception or ''}")


@cache
def parsed(target: str, database: str) -> Manifest:
    """The project for a database: its name is part of every relation's."""
    if target == "duckdb":
        return parsed_project()
    with TemporaryDirectory() as folder:
        manifest = invoke(["parse", "--target", target], Path(folder)).result
    assert isinstance(manifest, Manifest), f"the dbt project cannot be parsed for {database}"
    return manifest


def invoke(
    arguments: Sequence[str], folder: Path, manifest: Manifest | None = None
) -> dbtRunnerResult:
    project = str(DBT_PROJECT_FOLDER)
    return dbtRunner(manifest).invoke([
        "--quiet", *arguments, "--project-dir", project, "--profiles-dir", project,
        "--target-path", str(folder), "--log-path", str(folder), "--no-write-json",
        "--log-level-file", "none",
    ])  # fmt: skip
