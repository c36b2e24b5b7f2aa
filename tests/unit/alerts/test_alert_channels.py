"""What arrives through each channel, and that no secret leaves through an error."""

import json
import logging
import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.errors import SettingsError
from ingest.settings import Settings
from orchestration.alerts.channels import (
    AlertFile,
    ChannelError,
    Mail,
    Message,
    Webhook,
    smtp_address,
)
from orchestration.alerts.events import Event
from orchestration.alerts.kinds import Kind
from tests.unit.alerts.alert_scene import Hook, post_office

MESSAGE = Message(
    "Nightquest: A night failed",
    "- no such table\nMore: docs/runbook.md#night-failed",
    [Event(Kind.night_failed, "run-1", "no such table")],
)
READERS = ["ada@example.com", "bo@example.com"]


def mail(url: str) -> Mail:
    return Mail(SecretStr(url), "nightquest@example.com", READERS)


def test_the_file_has_an_object_a_line(tmp_path: Path) -> None:
    file = AlertFile(tmp_path / "alerts" / "alerts.jsonl")
    file.send(MESSAGE)
    file.send(MESSAGE)
    first, second = map(json.loads, file.path.read_text().splitlines())
    assert first.pop("at") <= second.pop("at")
    assert first == second
    assert first == {
        "kind": "night-failed",
        "key": "night-failed/run-1",
        "what": "no such table",
        "meaning": "Readers still see the last good night; nothing is lost.",
        "to_do": "Read the reason and remove the cause, then type `nightquest run`; if it has "
        "passed by itself, the next night heals it.",
        "runbook": "docs/runbook.md#night-failed",
    }


def test_a_line_that_a_full_disk_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file = AlertFile(tmp_path / "alerts.jsonl")
    file.path.write_text('{"kind": "night')
    file.send(MESSAGE)
    assert json.loads(file.path.read_text().splitlines()[1])["what"] == "no such table"


def test_the_webhook_is_sent_text_as_slack_takes_it(hook: Hook) -> None:
    text = Message("Nightquest: A test", "<!channel> & more")
    Webhook(SecretStr(hook.url)).send(text)
    assert hook.texts == ["*Nightquest: A test*\n&lt;!channel&gt; &amp; more"]
    assert hook.types == ["application/json"]


def test_a_webhook_that_refuses_is_told_without_its_address(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hook.status = 404
    with pytest.raises(ChannelError) as error:
        Webhook(SecretStr(hook.url)).send(MESSAGE)
    assert str(error.value) == "the webhook answered 404"
    assert "planted-secret" not in caplog.text


def test_a_webhook_that_is_not_there_is_told_without_its_address() -> None:
    with pytest.raises(ChannelError) as error:
        Webhook(SecretStr("http://127.0.0.1:9/planted-secret")).send(MESSAGE)
    assert str(error.value) == "the webhook cannot be reached (ConnectError)"


@pytest.mark.parametrize("address", ["planted-secret", "ftp://planted-secret", "https://"])
def test_an_address_that_is_none_is_a_setting_to_mend(address: str) -> None:
    with pytest.raises(SettingsError) as error:
        Webhook(SecretStr(address)).check()
    assert str(error.value) == (
        "NIGHTQUEST_WEBHOOK_URL is no address of a webhook: it must begin with https://."
    )


def test_mail_reaches_all_readers_at_once() -> None:
    with post_office() as office:
        mail(f"smtp://127.0.0.1:{office.port}").send(MESSAGE)
    (taken,) = office.mails
    assert taken["Subject"] == "Nightquest: A night failed"
    assert taken["From"] == "nightquest@example.com"
    assert taken["To"] == taken["X-Readers"] == "ada@example.com, bo@example.com"
    assert taken.get_content().splitlines() == MESSAGE.text.splitlines()


@pytest.mark.parametrize(("scheme", "is_tls"), [("smtp+starttls", False), ("smtps", True)])
def test_mail_is_encrypted_where_the_address_says_so(
    certificate: ssl.SSLContext, scheme: str, is_tls: bool
) -> None:
    with post_office(certificate, is_tls) as office:
        mail(f"{scheme}://nightquest:planted%20secret@127.0.0.1:{office.port}").send(MESSAGE)
    assert office.logins == [("nightquest", "planted secret")]
    assert office.was_encrypted == [True]


def test_a_server_that_nobody_vouches_for_gets_no_password(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with post_office(certificate) as office, pytest.raises(ChannelError) as error:
        mail(f"smtp+starttls://nightquest:planted@127.0.0.1:{office.port}").send(MESSAGE)
    assert "SSLCertVerificationError" in str(error.value)
    assert office.logins == []


def test_a_refused_password_is_told_without_it(certificate: ssl.SSLContext) -> None:
    with post_office(certificate) as office, pytest.raises(ChannelError) as error:
        mail(f"smtp+starttls://nightquest:wrong@127.0.0.1:{office.port}").send(MESSAGE)
    assert str(error.value) == (
        "mail cannot be sent through 127.0.0.1 (SMTPAuthenticationError: 535)"
    )


def test_a_mail_server_can_be_tried_without_a_mail(certificate: ssl.SSLContext) -> None:
    with post_office(certificate) as office:
        mail(f"smtp+starttls://nightquest:planted%20secret@127.0.0.1:{office.port}").reach()
        with pytest.raises(ChannelError, match="535"):
            mail(f"smtp+starttls://nightquest:wrong@127.0.0.1:{office.port}").reach()
    assert {password for _, password in office.logins} == {"planted secret", "wrong"}
    assert office.mails == []


def test_a_mail_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ChannelError) as error:
        mail("smtp://nightquest:planted@127.0.0.1:9").send(MESSAGE)
    assert str(error.value) == (
        "mail cannot be sent through 127.0.0.1 (ConnectionRefusedError: Connection refused)"
    )


def test_what_is_no_address_of_mail_is_told() -> None:
    broken = Mail(SecretStr("smtp://127.0.0.1"), "night\nquest@example.com", READERS)
    with pytest.raises(ChannelError, match="ValueError"):
        broken.send(MESSAGE)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mail.example.com", "is no address of a mail server: smtp+starttls://"),
        ("https://u:planted-secret@mail.example.com", "is no address of a mail server"),
        ("smtps://u:planted-secret@mail.example.com:99999", "is no address of a mail server"),
        ("smtp://u:planted-secret@mail.example.com", "would send its password in the clear"),
    ],
)
def test_an_address_of_mail_that_cannot_be_used_is_told(address: str, said: str) -> None:
    with pytest.raises(SettingsError, match="NIGHTQUEST_SMTP_URL") as error:
        smtp_address(SecretStr(address))
    assert said in str(error.value)
    assert "planted-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "NIGHTQUEST_SMTP_URL"), ({"smtp_url": SecretStr("smtp://x")}, "NIGHTQUEST_MAIL_FROM")],
)
def test_mail_without_a_server_or_a_sender_is_refused(
    settings: Settings, given: dict[str, SecretStr], missing: str
) -> None:
    settings = settings.model_copy(update=given)
    with pytest.raises(SettingsError, match=f"{missing} is not set, but mail is asked for"):
        Mail(settings.smtp_url, settings.mail_from, READERS).check()
