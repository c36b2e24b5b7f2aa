"""The dashboard on the sample: a page drawn without a browser, and what it says."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.conftest import PROJECT
from tests.unit.app.sample import write_sample

PAGES = sorted(path.stem for path in (PROJECT / "app" / "pages").glob("*.py"))
Draw = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Looked for once: an AppTest looks through all installed packages at each drawing, which took
    20 times as long as our page.
    """
    name = "scan_component_manifests"
    with patch.object(manifest_scanner, name, cache(getattr(manifest_scanner, name))):
        yield


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "published" / "nightquest.duckdb")
    return home


@pytest.fixture
def home(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample is what is published."""
    monkeypatch.setenv("NIGHTQUEST_HOME", str(sample_home))
    return sample_home


@pytest.fixture
def draw() -> Draw:
    """Draws a page: `draw("leaderboards", board="xp_7d")`."""
    return _draw


@pytest.fixture(scope="session")
def drawn(sample_home: Path) -> Callable[..., AppTest]:
    """Pages of the sample, drawn once for all tests that only read them."""
    return drawn_from(sample_home)


@pytest.fixture(scope="session", params=[0, 1], ids=["first seed", "second seed"])
def seeded_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample of one of two seeds: no figure is right by chance."""
    home = tmp_path_factory.mktemp("seeded")
    write_sample(home / "published" / "nightquest.duckdb", seed=request.param)
    return home


@pytest.fixture(scope="session")
def seeded(seeded_home: Path) -> Callable[..., AppTest]:
    """Pages of the seeded sample, drawn once."""
    return drawn_from(seeded_home)


@pytest.fixture
def marts(seeded_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The seeded sample's tables, asked here directly."""
    path = seeded_home / "published" / "nightquest.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def drawn_from(home: Path) -> Callable[..., AppTest]:
    """Draws pages of a home, each once."""

    @cache
    def drawn(name: str, **params: str) -> AppTest:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NIGHTQUEST_HOME", str(home))
            return _draw(name, **params)

    return drawn


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Signs somebody in with a token's claims; without any, somebody has yet to sign in."""

    def sign_in(**claims: object) -> None:
        monkeypatch.setenv("NIGHTQUEST_SIGN_IN", "oidc")
        monkeypatch.setattr("app.viewer.has_provider", lambda: True)
        monkeypatch.setattr(st, "user", _User(claims | {"is_logged_in": bool(claims)}))

    return sign_in


class _User(dict):
    """What Streamlit knows of who is signed in."""

    def to_dict(self) -> dict:
        return dict(self)


def _draw(name: str, **params: str) -> AppTest:
    page = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=20)
    page.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def said(page: AppTest) -> str:
    """All words of a page, one element a line, without Markdown's stars and escapes."""
    lines = []
    for element in page.main:
        proto = getattr(element, "proto", None)
        for field in ("body", "label", "value", "text"):
            text = getattr(proto, field, None)
            if isinstance(text, str) and text:
                lines.append(text)
    return "\n".join(lines).replace("**", "").replace("\\", "")


def links(page: AppTest) -> list[tuple[str, str]]:
    """Label and query string of each page link, in order."""
    return [
        (element.proto.label.replace("**", "").replace("\\", ""), element.proto.query_string)
        for element in page.main
        if element.type == "page_link"
    ]
