"""dbt on facts that a test wrote, without the orchestrator."""

import os
import subprocess

from ingest.settings import Settings
from orchestration.resources import DBT_EXECUTABLE, DBT_PROJECT_FOLDER, dbt_environment


def dbt(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on the settings' target, its files under their home."""
    home = settings.home.resolve()
    return subprocess.run(
        [
            DBT_EXECUTABLE, "--quiet", *arguments,
            "--target", settings.target, "--project-dir", ".", "--profiles-dir", ".",
            "--target-path", home / "dbt", "--log-path", home / "dbt",
        ],
        cwd=DBT_PROJECT_FOLDER,
        env=os.environ | dbt_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
