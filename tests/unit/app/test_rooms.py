"""Who may know whom: pages ask `queries`, one file opens databases, and only `marts` is named."""

import ast
import re
from pathlib import Path

import pytest

from app import queries
from tests.conftest import PROJECT

APP = PROJECT / "app"
FILES = sorted(APP.rglob("*.py"))
STATEMENTS = {name: text for name, text in vars(queries).items() if name.isupper()}


def imported(path: Path) -> set[str]:
    """The top-level names that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_question_names_only_tables_of_marts(name):
    sql = re.sub(r"--.*", "", STATEMENTS[name])
    own = set(re.findall(r"(\w+) as \(", sql))
    named = set(re.findall(r"\b(?:from|join)\s+([\w.]+)", sql)) - own
    assert {table for table in named if not table.startswith("marts.")} == set()
    assert not set(re.findall(r"\b(raw_\w+|core|build|staging|intermediate|ops)\.", sql))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_the_door_opens_a_database_and_no_other_package_of_ours_is_imported(path):
    names = imported(path)
    assert not names & {"ingest", "orchestration", "dagster", "dbt", "tests"}
    if path.name != "warehouse.py":
        assert not names & {"duckdb", "psycopg", "sqlalchemy", "adbc_driver_postgresql"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_injected_into_the_page(path):
    text = path.read_text()
    assert "unsafe_allow" not in text
    assert "components.v1" not in text
    assert "st.html" not in text


@pytest.mark.parametrize("path", sorted((APP / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_a_page_fits_on_a_screen_or_two(path):
    assert len(path.read_text().splitlines()) <= 80
