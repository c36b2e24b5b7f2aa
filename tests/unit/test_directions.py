"""Who may know whom: the imports of the packages, walked."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "ingest": {"orchestration", "app", "dagster", "dagster_dbt", "dbt", "streamlit"},
    "orchestration": {"app", "httpx", "polars", "streamlit"},
    "app": {"ingest", "orchestration", "dagster", "dagster_dbt", "dbt"},
}


#: Sources are read in `ingest` alone; a webhook is none.
ALLOWED = {("orchestration/alerts/channels.py", "httpx")}


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative path"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_package_knows_only_whom_it_may(package: str) -> None:
    breaches = [
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in sorted((PROJECT / package).rglob("*.py"))
        for name in sorted(imports_of(path))
        if name.split(".")[0] in FORBIDDEN[package]
        and (str(path.relative_to(PROJECT)), name) not in ALLOWED
    ]
    assert breaches == []


def test_frames_never_know_fetch() -> None:
    breaches = [
        str(path.relative_to(PROJECT))
        for path in sorted((PROJECT / "ingest").rglob("frames.py"))
        if any(name.endswith(".fetch") or name == "ingest.http" for name in imports_of(path))
    ]
    assert breaches == []


def test_the_walk_sees_a_breach(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import dagster\nfrom orchestration.cli import main\n")
    assert imports_of(module) == {"dagster", "orchestration.cli"}
