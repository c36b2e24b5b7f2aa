"""Where alerts go: a file of the home always, a webhook and mail where the settings name them.

A channel sends one message at a time and knows nothing of what was sent before. Addresses of
webhooks and passwords are secrets: no error of a channel holds what the other side answered, which
might repeat them.
"""

import json
import logging
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from html import escape
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
from pydantic import SecretStr

from ingest.errors import SettingsError
from ingest.settings import Settings
from orchestration.alerts.events import Event

log = logging.getLogger("nightquest.alerts")
# httpx logs each address at INFO, and a webhook's address is its password.
logging.getLogger("httpx").setLevel(logging.WARNING)

#: Dagster gives a sensor a minute for everything.
TIME_OUT_SECONDS = 10
#: How mail is handed over, by the URL's scheme, with the usual port.
SMTP_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
#: Where a password may travel in the clear: it does not leave the machine.
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ChannelError(Exception):
    """A message could not be sent; the text says through what and why, and holds no secret."""


class ServerDown(ChannelError):
    """The mail server cannot be reached: another mail need not wait for it now."""


@dataclass(frozen=True)
class Message:
    """What is sent: a line that says what it is, the text, and the events in it, if any."""

    subject: str
    text: str
    events: Sequence[Event] = ()


class Channel(Protocol):
    """`name` is its key in the record of what was told, and what people are told of it."""

    @property
    def name(self) -> str: ...

    def check(self) -> None:
        """
        Raises:
            SettingsError: a setting is missing or wrong, so that nothing could ever be sent.
        """

    def reach(self) -> None:
        """Go as far as can be gone without sending anything.

        Raises:
            SettingsError: as `check`.
            ChannelError: nobody is there, or the login is refused.
        """

    def send(self, message: Message) -> None:
        """
        Raises:
            SettingsError: as `check`.
            ChannelError: it was not sent, or nobody knows whether it was.
        """


@dataclass(frozen=True)
class AlertFile:
    """A JSON object a line, for programs: `at`, `kind`, `key`, `what`, `meaning`, `to_do`,
    `runbook`.
    """

    path: Path
    name: str = "file"

    def check(self) -> None:
        """It needs no setting."""

    def reach(self) -> None:
        """It is a file of the home, which is tried by itself."""

    def send(self, message: Message) -> None:
        lines = "".join(json.dumps(plain(event)) + "\n" for event in message.events)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                # A full disk may have cut off the line before.
                file.seek(max(file.tell() - 1, 0))
                cut = file.read(1) not in (b"", b"\n")
                file.write(b"\n" * cut + lines.encode())
        except OSError as error:
            raise ChannelError(f"{self.path} cannot be written: {error.strerror}") from None


def plain(event: Event) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": event.kind.value,
        "key": event.key,
        "what": event.what,
        "meaning": event.advice.meaning,
        "to_do": event.advice.to_do,
        "runbook": event.runbook,
    }


@dataclass(frozen=True)
class Webhook:
    """A POST of `{"text": ...}`, as Slack, Mattermost and others take it.

    Attributes:
        where: the address is written, for whoever has to mend it.
    """

    url: SecretStr
    where: str = "NIGHTQUEST_WEBHOOK_URL"
    name: str = "webhook"

    def check(self) -> None:
        try:
            parts = httpx.URL(self.url.get_secret_value().strip())
            is_usable = parts.scheme in ("http", "https") and bool(parts.host)
        except httpx.InvalidURL:
            is_usable = False
        if not is_usable:
            raise SettingsError(
                f"{self.where} is no address of a webhook: it must begin with https://."
            )

    def reach(self) -> None:
        self.check()  # a webhook knows nothing but messages

    def send(self, message: Message) -> None:
        self.check()
        try:
            answer = httpx.post(
                self.url.get_secret_value().strip(),
                # Slack reads these three as marks of its own.
                json={"text": escape(f"*{message.subject}*\n{message.text}", quote=False)},
                timeout=TIME_OUT_SECONDS,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChannelError(f"the webhook cannot be reached ({type(error).__name__})") from None
        if not answer.is_success:
            raise ChannelError(f"the webhook answered {answer.status_code}")


@dataclass(frozen=True)
class Mail:
    """One mail to all of its readers, through the organisation's server."""

    url: SecretStr | None
    sender: str | None
    readers: Sequence[str]
    name: str = "mail"

    def check(self) -> None:
        self._route()

    def _route(self) -> tuple[SplitResult, str]:
        """The server, and who writes."""
        if not self.url or not self.sender:
            missing = "NIGHTQUEST_MAIL_FROM" if self.url else "NIGHTQUEST_SMTP_URL"
            raise SettingsError(
                f"{missing} is not set, but mail is asked for ({', '.join(self.readers)}): set "
                "NIGHTQUEST_SMTP_URL and NIGHTQUEST_MAIL_FROM."
            )
        return smtp_address(self.url), self.sender

    def reach(self) -> None:
        address, _ = self._route()
        with told_plainly(address), connected(address):
            pass

    def send(self, message: Message) -> None:
        address, sender = self._route()
        with told_plainly(address):
            mail = written(message, sender, self.readers)
            with connected(address) as server:
                refused = server.send_message(mail)
        if refused:  # some of them: sending again would reach the others twice
            log.warning("%s takes no mail for %s.", address.hostname, ", ".join(refused))


@contextmanager
def told_plainly(address: SplitResult) -> Iterator[None]:
    """What goes wrong with a mail server, without what it answered."""
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as error:
        said = getattr(error, "smtp_code", None) or getattr(error, "strerror", None)
        is_answer = isinstance(error, smtplib.SMTPException | ValueError)
        raise (ChannelError if is_answer else ServerDown)(
            f"mail cannot be sent through {address.hostname} ({type(error).__name__}"
            f"{f': {said}' if said else ''})"
        ) from None


def written(message: Message, sender: str, readers: Sequence[str]) -> EmailMessage:
    """
    Raises:
        ValueError: what is no address of mail.
    """
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = sender
    mail["To"] = ", ".join(readers)
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"  # so that nobody's absence answers
    mail.set_content(message.text)
    return mail


@contextmanager
def connected(address: SplitResult) -> Iterator[smtplib.SMTP]:
    """A session with the mail server, logged in where the address names a user."""
    host, port = address.hostname or "", address.port or SMTP_PORTS[address.scheme]
    trusted = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=TIME_OUT_SECONDS, context=trusted)
        if address.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=TIME_OUT_SECONDS)
    )
    with server:
        if address.scheme == "smtp+starttls":
            server.starttls(context=trusted)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        yield server


def smtp_address(url: SecretStr) -> SplitResult:
    """The parts of NIGHTQUEST_SMTP_URL.

    Raises:
        SettingsError: what is allowed; the URL itself, which may hold a password, is not shown.
    """
    allowed = (
        "smtp+starttls://user:password@host:587, smtps://user:password@host:465 or smtp://host"
    )
    try:
        address = urlsplit(url.get_secret_value().strip())
        is_usable = address.scheme in SMTP_PORTS and bool(address.hostname) and address.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise SettingsError(f"NIGHTQUEST_SMTP_URL is no address of a mail server: {allowed}.")
    if address.scheme == "smtp" and address.password and address.hostname not in LOOPBACK:
        raise SettingsError(
            "NIGHTQUEST_SMTP_URL would send its password in the clear: write smtp+starttls:// or "
            "smtps:// instead of smtp://."
        )
    return address


def channels_of(settings: Settings) -> list[Channel]:
    """The channels that alerts go through, the file first."""
    channels: list[Channel] = [AlertFile(settings.home / "alerts" / "alerts.jsonl")]
    if settings.webhook_url:
        channels.append(Webhook(settings.webhook_url))
    if settings.mail_to:
        channels.append(Mail(settings.smtp_url, settings.mail_from, settings.mail_to))
    return channels
