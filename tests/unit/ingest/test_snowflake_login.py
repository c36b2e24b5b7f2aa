"""The connector's own logins at an emulated Snowflake, which verifies none: the tests do.

What cannot work is told in one sentence, in a bounded time, and without a word of a secret.
"""

import logging
import socket
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ingest.errors import SettingsError, SourceError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.snowflake.fetch import land_snapshots
from tests.emulation.snowflake import SnowflakeEmulation, snowflake_emulation

TODAY = date(2026, 5, 4)
PASSPHRASE = "planted-passphrase"
KEY = rsa.generate_private_key(65537, 2048)
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())
NAME = "NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY"


def pem(key: Any, passphrase: str | None = None) -> str:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.fixture(scope="module")
def emulation() -> Iterator[SnowflakeEmulation]:
    with snowflake_emulation() as running:
        yield running


@pytest.fixture
def declared(settings: Settings) -> Settings:
    """Settings of one small extract, without a way to log in."""
    entry = {
        "name": "accounts", "shape": "identity_map", "source_key_column": "k",
        "github_user_id_column": "u", "query": "select 'ada' as k, 101 as u",
    }  # fmt: skip
    path = settings.home / "sources.yml"
    path.write_text(yaml.safe_dump({"snowflake": {"extracts": [entry]}}))
    return settings.model_copy(
        update={
            "sources_file": path,
            "snowflake_account": "fakesnow",
            "snowflake_user": "nightquest",
            "snowflake_host": "127.0.0.1",
            "snowflake_protocol": "http",
            "snowflake_database": "db",
            "snowflake_schema": "s",
        }
    )


def with_(settings: Settings, **given: Any) -> Settings:
    """The settings with these of Snowflake, read as from the environment."""
    update = {f"snowflake_{name}": value for name, value in given.items()}
    return Settings(_env_file=None, **(settings.model_dump() | update))


def login(
    emulation: SnowflakeEmulation, settings: Settings, landing: Landing, **given: Any
) -> dict[str, Any]:
    """What the connector sent to log in."""
    land_snapshots(with_(settings, port=emulation.port, **given), landing, TODAY)
    return emulation.logins[-1]


@pytest.mark.parametrize("is_a_file", [True, False])
@pytest.mark.parametrize("passphrase", [PASSPHRASE, None])
@pytest.mark.parametrize(("key", "algorithm"), [(KEY, "RS256"), (CURVE_KEY, "ES256")])
def test_a_key_pair_signs_the_login(
    emulation: SnowflakeEmulation, declared: Settings, landing: Landing, tmp_path: Path,
    key: Any, algorithm: str, passphrase: str | None, is_a_file: bool,
) -> None:  # fmt: skip
    given: dict[str, Any] = {"private_key_passphrase": passphrase}
    if is_a_file:
        (tmp_path / "key.p8").write_text(pem(key, passphrase))
        given["private_key_file"] = tmp_path / "key.p8"
    else:
        given["private_key"] = pem(key, passphrase).replace("\n", "\\n")
    sent = login(emulation, declared, landing, **given)
    assert sent["AUTHENTICATOR"] == "SNOWFLAKE_JWT"
    claims = jwt.decode(sent["TOKEN"], key.public_key(), algorithms=[algorithm])
    assert claims["sub"] == "FAKESNOW.NIGHTQUEST"
    assert "PASSWORD" not in sent


def test_an_oauth_token_is_sent_as_one(
    emulation: SnowflakeEmulation, declared: Settings, landing: Landing
) -> None:
    sent = login(emulation, declared, landing, token="planted-token")
    assert (sent["AUTHENTICATOR"], sent["TOKEN"]) == ("OAUTH", "planted-token")


def test_a_password_is_sent_as_one(
    emulation: SnowflakeEmulation, declared: Settings, landing: Landing
) -> None:
    sent = login(emulation, declared, landing, password="planted-password")
    assert (sent["LOGIN_NAME"], sent["PASSWORD"]) == ("nightquest", "planted-password")
    assert "TOKEN" not in sent


def test_the_session_is_tagged_timed_out_in_utc_and_takes_one_statement_at_a_time(
    emulation: SnowflakeEmulation, declared: Settings, landing: Landing
) -> None:
    sent = login(emulation, declared, landing, token="t", statement_seconds=90)
    asked = {
        "QUERY_TAG": "nightquest",
        "STATEMENT_TIMEOUT_IN_SECONDS": 90,
        "MULTI_STATEMENT_COUNT": 1,
        "TIMEZONE": "UTC",
    }
    assert {name: sent["SESSION_PARAMETERS"][name] for name in asked} == asked


def test_no_secret_is_logged(
    emulation: SnowflakeEmulation, declared: Settings, landing: Landing,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    text = pem(KEY, PASSPHRASE)
    given = {"private_key": text, "private_key_passphrase": PASSPHRASE}
    sent = login(emulation, declared, landing, **given)
    login(emulation, declared, landing, token="planted-token")
    for secret in (PASSPHRASE, text.splitlines()[1], sent["TOKEN"], "planted-token"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Snowflake needs NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY, "),
        ({"private_key": pem(KEY), "private_key_file": "key.p8"},
         f"{NAME} and {NAME}_FILE are both set: keep one of them."),
        ({"private_key_file": "planted-missing.p8"},
         f"{NAME}_FILE names no readable file (No such file or directory)."),
        ({"private_key_file": "/"}, f"{NAME}_FILE names no readable file (Is a directory)."),
        ({"private_key": pem(KEY, PASSPHRASE)},
         f"{NAME} holds an encrypted key: set NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE."),
        ({"private_key": pem(KEY, PASSPHRASE), "private_key_passphrase": "planted-wrong"},
         f"{NAME} cannot be decrypted: NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is wrong, or "
         "the key is damaged."),
        ({"private_key": "planted-text"},
         f"{NAME} holds no RSA or elliptic curve private key in PEM form."),
        ({"private_key": pem(KEY)[:200]},
         f"{NAME} holds no RSA or elliptic curve private key in PEM form."),
        ({"private_key": pem(ed25519.Ed25519PrivateKey.generate())},
         f"{NAME} holds no RSA or elliptic curve private key in PEM form."),
        ({"token": "t", "account": None}, "NIGHTQUEST_SNOWFLAKE_ACCOUNT is not set, and "),
        ({"token": "t", "user": None}, "NIGHTQUEST_SNOWFLAKE_USER is not set, and "),
    ],
)  # fmt: skip
def test_what_cannot_log_in_is_told_by_its_setting(
    declared: Settings, landing: Landing, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        land_snapshots(with_(declared, **given), landing, TODAY)
    assert str(caught.value).startswith(said)
    assert "planted" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)


@pytest.mark.parametrize("is_silent", [False, True])
def test_an_unreachable_snowflake_is_told_after_the_time_out(
    declared: Settings, landing: Landing, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    # The connector's own time-out of a signed login: 10 s, unless it is told otherwise here.
    monkeypatch.setenv("JWT_CNXN_WAIT_TIME", "1")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if is_silent:
            listener.listen()
        given = {"port": listener.getsockname()[1], "private_key": pem(KEY)}
        settings = with_(declared, **given).model_copy(update={"time_out_seconds": 1})
        started = time.monotonic()
        with pytest.raises(SourceError, match="cannot be reached or refuses the login at 127"):
            land_snapshots(settings, landing, TODAY)
    assert time.monotonic() - started < 8
