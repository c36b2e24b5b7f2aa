"""The documents: none is lost, no link leads nowhere, and each worked query is one SELECT."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tests.conftest import PROJECT
from tests.questions import questions

DOCUMENTS = sorted(
    path
    for top in PROJECT.iterdir()
    if not top.name.startswith(".")
    for path in ([top] if top.suffix == ".md" else top.rglob("*.md"))
)
INDEXES = {PROJECT / "README.md", PROJECT / "docs" / "README.md"}
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`]*`", flags=re.DOTALL)


def links_of(document: Path) -> Iterator[tuple[Path, str]]:
    """(file, anchor) of each link to a file of ours."""
    text = re.sub(r"\s*\n\s*", " ", CODE.sub("", document.read_text(encoding="utf-8")))
    for link in LINK.findall(text):
        if "://" not in link and not link.startswith("mailto:"):
            target, _, anchor = link.partition("#")
            yield (document.parent / target).resolve() if target else document, anchor


def anchors_of(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    lost = [
        f"{target}#{anchor}"
        for target, anchor in links_of(document)
        if not target.exists() or (anchor and anchor not in anchors_of(target))
    ]
    assert lost == []


def test_every_document_is_in_an_index() -> None:
    linked = {target for index in INDEXES for target, _ in links_of(index)}
    documents = set((PROJECT / "docs").rglob("*.md")) - INDEXES
    assert documents - linked == set()


@pytest.mark.parametrize("title", questions())
def test_a_worked_query_is_one_select_on_public_tables(title: str) -> None:
    (statement,) = sqlglot.parse(questions()[title], read="duckdb")
    assert isinstance(statement, exp.Select)
    common = {table.alias for table in statement.find_all(exp.CTE)}
    schemas = {table.db for table in statement.find_all(exp.Table) if table.name not in common}
    assert schemas == {"marts"}


def test_there_are_at_least_fifteen_worked_queries() -> None:
    assert len(questions()) >= 15


NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_each_promise_of_security_names_a_test_that_there_is() -> None:
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    promises = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert promises
    for promise in promises:
        assert NAMED.search(promise), promise
        for path, name in NAMED.findall(promise):
            assert f"def {name or 'test_'}" in (PROJECT / path).read_text(encoding="utf-8"), path
