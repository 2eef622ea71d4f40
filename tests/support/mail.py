"""A real mail server on loopback, written by others (aiosmtpd): with STARTTLS, TLS from the first byte, and a login.

`silent_server` is one that takes connections and says nothing, or drips without end.
"""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.ports import free_port

START_SECONDS = 60
USER, PASSWORD = "drumbeat", "s3cret/with@signs"


@dataclass(slots=True)
class Mailbox:
    """What has arrived, and what is refused: `full` refuses every letter, `unknown` lists refused recipients."""

    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    full: bool = False
    unknown: tuple[str, ...] = ()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take or refuse a recipient."""
        if address in self.unknown:
            return "550 5.1.1 There is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        """Take or refuse a letter."""
        if self.full:
            return "452 4.2.2 The mailbox is full"
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@dataclass(frozen=True, slots=True)
class MailHouse:
    """A running server and what arrives there."""

    port: int
    mailbox: Mailbox


@contextmanager
def mail_server(
    *, certificate: Path | None = None, tls_first: bool = False, login: bool = False
) -> Iterator[MailHouse]:
    """Run a server on 127.0.0.1. With a `certificate` it offers STARTTLS and insists on it (or is TLS at once)."""
    mailbox = Mailbox()
    secure = _server_context(certificate) if certificate else None
    options: dict[str, Any] = {"ssl_context": secure} if tls_first else {"tls_context": secure}
    if secure and not tls_first:
        options["require_starttls"] = True
    if login:
        options |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": not tls_first}
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), ready_timeout=START_SECONDS, **options)
    with patch("aiosmtpd.controller.create_connection", _connect_patiently):
        controller.start()
    try:
        yield MailHouse(controller.port, mailbox)
    finally:
        controller.stop()


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _connect_patiently(address: tuple[str, int], _seconds: float) -> socket.socket:
    """Connect as the server's own start does to see whether it answers; a busy machine needs more than a second."""
    return socket.create_connection(address, START_SECONDS)


def make_certificate(folder: Path, name: str) -> Path:
    """Write a certificate for `name` (and 127.0.0.1 when it is "localhost") that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    file = folder / f"{name}.pem"
    file.write_bytes(pem)
    return file


@contextmanager
def silent_server(drip: bytes = b"") -> Iterator[int]:
    """Yield the port of a server that takes connections and then says nothing, or `drip` again and again."""
    over = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.02)
        thread = threading.Thread(target=_be_silent, args=(listener, drip, over))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()
            thread.join()


def _be_silent(listener: socket.socket, drip: bytes, over: threading.Event) -> None:
    held: list[socket.socket] = []
    while not over.wait(0.02):
        with suppress(TimeoutError):
            held.append(listener.accept()[0])
        for connection in held if drip else ():
            try:
                connection.sendall(drip)
            except OSError:
                connection.close()
                held.remove(connection)
                break
    for connection in held:
        connection.close()
