"""The dashboard on the sample, served on loopback and looked at with the machine's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import PROJECT
from tests.unit.app.sample import write_sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: The browser talks to the page alone: no updates, no sync, no network of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "published" / "nightquest.duckdb")
    return home


@pytest.fixture(scope="session")
def address(sample_home: Path) -> Iterator[str]:
    """Address of a running dashboard that shows the sample to everybody."""
    with dashboard(sample_home, free_port(), NIGHTQUEST_ENV="demo") as address:
        yield address


@contextmanager
def dashboard(home: Path, port: int, folder: Path = PROJECT, **settings: str) -> Iterator[str]:
    """A dashboard on loopback, for as long as it is needed; yields its address.

    `folder`: where it is started, and so where `.streamlit` is looked for.
    """
    with served(
        [
            sys.executable, "-m", "app",
            "--server.port", str(port), "--server.address", "127.0.0.1",
            "--server.fileWatcherType", "none", "--server.headless", "true",
        ],
        {"NIGHTQUEST_HOME": str(home), "PYTHONPATH": str(PROJECT), **settings},
        f"http://127.0.0.1:{port}/_stcore/health",
        folder,
    ):  # fmt: skip
        yield f"http://127.0.0.1:{port}"


@contextmanager
def served(
    command: list[str], settings: dict[str, str], url: str, folder: Path = PROJECT
) -> Iterator[None]:
    """A server of ours, from its first answer at `url` on."""
    server = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(url, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: install it to look at the pages in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with page_of(browser, address) as page:
        yield page


@contextmanager
def page_of(browser: Browser, address: str) -> Iterator[Page]:
    """A browser's page with cookies of its own."""
    context = browser.new_context(base_url=address, viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    # The first page of a server imports the chart library: seconds on a busy machine.
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield page
    context.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(100):
        if server.poll() is not None:
            pytest.fail(f"the dashboard ended with exit code {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the dashboard did not answer within 20 seconds")
