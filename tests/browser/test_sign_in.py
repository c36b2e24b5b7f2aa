"""Signing in at a provider of OIDC, with Streamlit's own client, and what each role then sees."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import dashboard, free_port, page_of, served
from tests.browser.provider import CLIENT_ID, CLIENT_SECRET

#: Who can sign in; the groups are those of the settings below.
SERVE = """
import sys, uvicorn
from tests.browser.provider import Provider
port = int(sys.argv[1])
people = {
    "ada": {"preferred_username": "Ada", "email": "ada@corp.example"},
    "lead": {"email": "lead@corp.example", "groups": ["engines-leads"]},
    "owner": {"email": "owner@corp.example", "groups": ["owners"]},
}
provider = Provider(f"http://127.0.0.1:{port}", people)
uvicorn.run(provider.app(), host="127.0.0.1", port=port, log_level="error")
"""


@pytest.fixture(scope="module")
def address(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard in production, with a provider to sign in at."""
    provider, port = free_port(), free_port()
    issuer = f"http://127.0.0.1:{provider}"
    folder = tmp_path_factory.mktemp("started")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f"""
        [auth]
        redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
        cookie_secret = "a secret of the tests, long enough to sign cookies with"
        client_id = "{CLIENT_ID}"
        client_secret = "{CLIENT_SECRET}"
        server_metadata_url = "{issuer}/.well-known/openid-configuration"
        """
    )
    with (
        served(
            [sys.executable, "-c", SERVE, str(provider)], {},
            f"{issuer}/.well-known/openid-configuration",
        ),
        dashboard(
            sample_home, port, folder,
            NIGHTQUEST_ENV="production", NIGHTQUEST_ADMINS="owners",
            NIGHTQUEST_MANAGERS="engines-leads=Engines",
            NIGHTQUEST_ACCESS_LOG=str(folder / "access.jsonl"),
        ) as address,
    ):  # fmt: skip
        yield address


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    expect(page.get_by_text("As of")).to_have_count(0)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text("As of")).to_be_visible()
    # A click on what is being drawn anew is lost.
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "seen", "unseen"),
    [
        ("ada", "github:1", "github:2"),
        ("lead", "github:2", "github:1"),
        ("owner", "github:1", None),
    ],
)
def test_each_role_sees_whom_it_may(browser: Browser, address: str, name, seen, unseen):
    why = "Why these XP"
    with page_of(browser, address) as page:
        sign_in(page, name)
        page.goto(f"/developer?developer={seen}")
        expect(page.get_by_role("heading", name=why)).to_be_visible()
        if unseen:
            page.goto(f"/developer?developer={unseen}")
            expect(page.get_by_text("are for themself, their manager and admins")).to_be_visible()
            expect(page.get_by_role("heading", name=why)).to_have_count(0)


def test_who_signs_out_is_asked_again(browser: Browser, address: str):
    with page_of(browser, address) as page:
        sign_in(page, "ada")
        page.get_by_role("button", name="ada@corp.example").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        page.goto("/developer?developer=github:1")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_text("XP in total")).to_have_count(0)
