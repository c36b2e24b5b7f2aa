"""A Dagster run, in one process, of a throw-away dbt project of empty incrementals on DuckDB.

`python -m benchmarks.peer_dagster FOLDER MODELS`: makes the project where the folder is new, then
runs it through dagster-dbt. The tables exist from the second run on, and no row is ever new.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import yaml

MODEL = """\
{{ config(materialized='incremental') }}
select cast(null as varchar) as developer_id, cast(null as date) as activity_date
where 1 = 0
"""
DBT = str(Path(sys.executable).with_name("dbt"))


def make_project(folder: Path, models: int) -> None:
    """The files of the project, and its manifest."""
    (folder / "models").mkdir(parents=True)
    project = {
        "name": "peer", "profile": "peer",
        "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
    }  # fmt: skip
    output = {"type": "duckdb", "path": str(folder / "peer.duckdb"), "threads": 2}
    profiles = {"peer": {"target": "peer", "outputs": {"peer": output}}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    for number in range(models):
        (folder / "models" / f"model_{number}.sql").write_text(MODEL)
    command = [DBT, "--quiet", "parse", "--project-dir", ".", "--profiles-dir", "."]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603


def run(folder: Path) -> None:
    """Materialise all models in this process, as a scheduled run would."""
    import dagster as dg
    from dagster_dbt import DbtCliResource, dbt_assets

    @dbt_assets(manifest=folder / "target" / "manifest.json")
    def peer(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        yield from dbt.cli(["build"], context=context, target_path=folder / "target").stream()

    home = folder / "dagster"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    defs = dg.Definitions(
        assets=[peer],
        jobs=[dg.define_asset_job("nightly", executor_def=dg.in_process_executor)],
        resources={"dbt": DbtCliResource(project_dir=str(folder), dbt_executable=DBT)},
    )
    with dg.DagsterInstance.from_config(str(home)) as instance, redirect_stdout(sys.stderr):
        result = defs.resolve_job_def("nightly").execute_in_process(instance=instance)
    if not result.success:
        raise SystemExit("the empty incrementals failed")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if not place.exists():
        make_project(place, int(sys.argv[2]))
    run(place)
