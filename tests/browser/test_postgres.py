"""The same pages on a team's server, read with the dashboard's own role."""

from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, expect
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.settings import Settings
from orchestration import roles
from tests.browser.conftest import dashboard, free_port, page_of
from tests.browser.test_pages import PAGES, open_page
from tests.unit.app.sample import copy_to_postgres


@pytest.fixture
def as_the_dashboard(sample_home: Path, postgres_url: str, tmp_path: Path) -> str:
    """The sample on a server, by the URL of the role that may read `marts` alone."""
    copy_to_postgres(sample_home, postgres_url)
    url = SecretStr(postgres_url)
    roles.apply(Settings(home=tmp_path, target="postgres", postgres_url=url))
    return make_conninfo(postgres_url, user="nightquest_app")


def test_every_page_opens_whole(
    browser: Browser, sample_home: Path, as_the_dashboard: str
) -> None:  # fmt: skip
    with psycopg.connect(as_the_dashboard) as connection:
        assert connection.execute("select current_user").fetchone() == ("nightquest_app",)
    settings = {
        "NIGHTQUEST_TARGET": "postgres", "NIGHTQUEST_APP_POSTGRES_URL": as_the_dashboard,
        "NIGHTQUEST_ENV": "demo",
    }  # fmt: skip
    with (
        dashboard(sample_home, free_port(), **settings) as address,
        page_of(browser, address) as page,
    ):
        for title, path in PAGES.items():
            assert open_page(page, path) == [], title
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            expect(page.get_by_text("As of 31 Mar 2026 · complete")).to_be_visible()
            expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
