"""How things stand, written by hand, and servers on loopback that take what is sent."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from ingest.settings import Settings
from orchestration.publication.nights import PublishedNight
from orchestration.standing import Standing

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)


def night(as_of_day: date = YESTERDAY, problems: str | None = None) -> PublishedNight:
    return PublishedNight(
        "run-0", as_of_day, as_of_day, as_of_day, problems, None, None, "pack-in-force"
    )


def standing(**other: Any) -> Standing:
    """A good night of yesterday, and nothing to be looked at, but for what is given."""
    return replace(Standing(TODAY, night=night(), folder_pack="pack-in-force", held=()), **other)


@dataclass
class Hook:
    """A webhook: what it was sent, and what it answers; it may be down."""

    url: str = ""
    status: int = 200
    texts: list[str] = field(default_factory=list)
    types: list[str | None] = field(default_factory=list)


@contextmanager
def webhook_server() -> Iterator[Hook]:
    taken = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if taken.status == 200:
                taken.texts.append(body["text"])
                taken.types.append(self.headers["content-type"])
            self.send_response(taken.status)
            self.end_headers()
            # What some servers do to an address that they refuse.
            self.wfile.write(self.path.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_port}/services/planted-secret"
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class PostOffice:
    """A mail server: what it took, and who logged in."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        mail["X-Readers"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"

    def check(self, _server: Any, _session: Any, _envelope: Any, _how: str, who: Any) -> AuthResult:
        given = (who.login.decode(), who.password.decode())
        self.logins.append(given)
        return AuthResult(success=given == ("nightquest", "planted secret"), handled=False)


@contextmanager
def post_office(
    certificate: ssl.SSLContext | None = None, is_tls: bool = False
) -> Iterator[PostOffice]:
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = free.getsockname()[1]
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        authenticator=office.check,
        auth_required=certificate is not None and not is_tls,
        **({"ssl_context": certificate} if is_tls else {"tls_context": certificate}),
        require_starttls=certificate is not None and not is_tls,
        auth_require_tls=not is_tls,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def certificate_of(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's, of 127.0.0.1, and the file that whoever trusts it needs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    both = folder / "server.pem"
    both.write_bytes(secret + built.public_bytes(pem))
    trusted = folder / "trusted.pem"
    trusted.write_bytes(built.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, trusted


def with_hook(settings: Settings, hook: Hook) -> Settings:
    return settings.model_copy(update={"webhook_url": SecretStr(hook.url)})
