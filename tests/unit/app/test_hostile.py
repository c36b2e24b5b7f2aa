"""What comes from outside into a page, or leaves it, does nothing but what it says."""

import csv
from io import StringIO
from pathlib import Path

import duckdb
import polars as pl
import pytest

from app import parts
from tests.conftest import PROJECT
from tests.unit.app.conftest import PAGES, Draw, said

HOSTILE = "github:1' or 1=1; drop table marts.dim_developers; --"
PARAMETERS = ("board", "days", "developer", "difficulty", "rarity", "team", "type")


def logins(home: Path) -> list[tuple]:
    published = home / "published" / "nightquest.duckdb"
    with duckdb.connect(str(published), read_only=True) as file:
        return file.execute("select login from marts.dim_developers order by login").fetchall()


@pytest.mark.parametrize("name", PAGES)
def test_what_an_address_names_is_a_value_and_no_statement(name: str, home: Path, draw: Draw):
    before = logins(home)
    page = draw(name, **dict.fromkeys(PARAMETERS, HOSTILE))
    assert not page.exception
    assert not page.error, "the value was bound: no statement broke"
    assert said(page)
    assert logins(home) == before


def test_the_parameters_tried_are_those_that_pages_read():
    text = "".join(path.read_text() for path in (PROJECT / "app" / "pages").glob("*.py"))
    assert {name for name in PARAMETERS if f'"{name}"' in text} == set(PARAMETERS)


def test_a_download_begins_no_formula():
    """The texts and results of tests/unit/test_exported_formulas.py, by the dashboard's own way."""
    texts = ["ann", "=1+1", "+cmd", "-2+3", "@sum(a1)", "\tx", "-10", "+5.5", "a=b", None]
    written = parts._as_csv(pl.DataFrame({"name": texts, "change": [-1] * len(texts)})).decode()
    rows = list(csv.DictReader(StringIO(written)))
    assert [row["name"] for row in rows] == [
        "ann", "'=1+1", "'+cmd", "'-2+3", "'@sum(a1)", "'\tx", "-10", "+5.5", "a=b", "",
    ]  # fmt: skip
    assert {row["change"] for row in rows} == {"-1"}
