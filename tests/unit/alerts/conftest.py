"""A home, a webhook that listens, and a certificate that this process trusts."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.settings import Settings
from tests.unit.alerts.alert_scene import Hook, certificate_of, webhook_server


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(socket, "gethostname", lambda: "night-host")
    home = tmp_path / "home"
    home.mkdir()
    return Settings(_env_file=None, home=home)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook_server() as listening:
        yield listening


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    context, trusted = certificate_of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context
