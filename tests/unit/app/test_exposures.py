"""Every page is an exposure of the models, so that lineage shows what a change would touch."""

import re

import pytest
import yaml

from app import queries
from tests.conftest import PROJECT

PAGES = {path.stem for path in (PROJECT / "app" / "pages").glob("*.py")}
EXPOSURES = yaml.safe_load(
    (PROJECT / "dbt_project" / "models" / "marts" / "_exposures.yml").read_text()
)["exposures"]


def marts_of(exposure: dict) -> set[str]:
    return {re.fullmatch(r"ref\('(\w+)'\)", node)[1] for node in exposure["depends_on"]}


def test_each_page_is_an_exposure():
    assert {exposure["name"] for exposure in EXPOSURES} == {f"page_{page}" for page in PAGES}


def test_all_marts_that_are_asked_for_are_exposed():
    statements = [text for name, text in vars(queries).items() if name.isupper()]
    asked = {table for text in statements for table in re.findall(r"marts\.(\w+)", text)}
    assert asked == set().union(*map(marts_of, EXPOSURES))


@pytest.mark.parametrize("exposure", EXPOSURES, ids=lambda exposure: exposure["name"])
def test_a_page_depends_on_what_its_own_questions_ask(exposure):
    page = PROJECT / "app" / "pages" / f"{exposure['name'].removeprefix('page_')}.py"
    names = re.findall(r"queries\.([A-Z_]+)", page.read_text())
    asked = {table for name in names for table in re.findall(r"marts\.(\w+)", vars(queries)[name])}
    assert asked <= marts_of(exposure)
