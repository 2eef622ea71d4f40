"""Handing a letter to a mail server, by SMTP. Nothing goes over the network unencrypted, and no certificate is waved
through: `smtp://` asks for STARTTLS, and only a server on this very machine may do without.

Every way to fail ends in one sentence for a person, in which neither user name nor password is found.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from scheduler.mail.message import Letter, compose, one_line
from scheduler.mail.server import MailServer

_REPLY_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (seconds) the server may take for one step, and for all of it, however steadily it drips."""

    step: float = 10.0
    whole: float = 25.0


class NotMailed(Exception):
    """The letter was not taken; the message says why and what to do."""


def send(server: MailServer, letter: Letter, patience: Patience) -> list[str]:
    """Hand the letter over, and return a sentence for each recipient that was refused (the others get it).

    Raises `NotMailed`. A letter whose answer was lost counts as not taken: a second copy does less harm than none, and
    its Message-ID is the same.
    """
    try:
        message = compose(letter)
    except ValueError as error:
        raise NotMailed("An address in notices.toml is none that mail can go to. Correct it.") from error
    try:
        with _connection(server, letter.sender, patience) as smtp:
            refused = smtp.send_message(message, letter.sender, list(letter.recipients))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotMailed(_why(server, error)) from error
    return [f"{server.host} refused {address}.{_quoted(server, *answer)}" for address, answer in refused.items()]


@contextmanager
def _connection(server: MailServer, sender: str, patience: Patience) -> Iterator[smtplib.SMTP]:
    # Its own way of finding out our name would ask the network, without end at times.
    smtp = smtplib.SMTP(local_hostname=sender.rpartition("@")[2])
    with closing(smtp), _cut_off_after(smtp, patience.whole):
        _reach(smtp, server, patience.step)
        if not server.tls_first:
            _start_tls(smtp, server)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
        with suppress(OSError):  # it has the letter; how it takes its leave is its own affair
            smtp.quit()


@contextmanager
def _cut_off_after(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """End the connection at a deadline: the time limits of a socket count from byte to byte."""

    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError, AttributeError):  # it ended at this very moment
            # The plain method also for TLS: its own would pull the connection away under the reading thread.
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)  # type: ignore[arg-type]

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise TimeoutError if late.is_set() else error from error
    finally:
        watch.cancel()
        watch.join()


def _reach(smtp: smtplib.SMTP, server: MailServer, step: float) -> None:
    smtp.sock = socket.create_connection((server.host, server.port), step)
    if server.tls_first:
        _encrypt(smtp, server)
    code, reply = smtp.getreply()
    if code != 220:
        raise smtplib.SMTPConnectError(code, reply)


def _start_tls(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp.ehlo()
    if not smtp.has_extn("starttls"):
        if server.is_here:
            return
        raise _Unencrypted
    code, reply = smtp.docmd("STARTTLS")
    if code != 220:
        raise smtplib.SMTPResponseException(code, reply)
    _encrypt(smtp, server)
    smtp.ehlo()  # what was said before the encryption counts for nothing (RFC 3207)


def _encrypt(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Encrypt the connection, with a certificate that holds for the server's name. Not smtplib's own way: during its
    handshake nobody could cut the connection off."""
    assert smtp.sock
    secure = ssl.create_default_context().wrap_socket(
        smtp.sock, server_hostname=server.host, do_handshake_on_connect=False
    )
    smtp.sock, smtp.file = secure, None
    secure.do_handshake()


class _Unencrypted(smtplib.SMTPException):
    """The server offers no encryption."""


def _why(server: MailServer, error: Exception) -> str:
    """Return what happened and what to do, most telling kinds first."""
    host, name = server.host, "DRUMBEAT_SMTP_URL"
    if isinstance(error.__context__, TimeoutError):  # smtplib tells of a time limit as of a lost connection
        error = error.__context__
    match error:
        case _Unencrypted():
            return f"{host} offers no encryption on port {server.port}, so nothing was sent. Try smtps:// in {name}."
        case ssl.SSLCertVerificationError():
            return f"The certificate of {host} does not hold ({error.verify_message}). Check the host in {name}."
        case ssl.SSLError():
            return f"{host} does not speak TLS on port {server.port}. Use smtp:// or another port in {name}."
        case socket.gaierror():
            return f"The mail server {host} cannot be found. Check the host in {name}."
        case smtplib.SMTPAuthenticationError():
            return f"{host} refuses the user name or the password (status {error.smtp_code}). Check {name}."
        case smtplib.SMTPNotSupportedError():
            return f"{host} takes no login. Check the port in {name}, or leave user and password out."
        case smtplib.SMTPRecipientsRefused():
            return " ".join(f"{host} refused {a}.{_quoted(server, *r)}" for a, r in error.recipients.items())
        case smtplib.SMTPSenderRefused():
            said = _quoted(server, error.smtp_code, error.smtp_error)
            return f"{host} refused the sender {error.sender} (mail_from in notices.toml).{said}"
        case smtplib.SMTPResponseException():
            return f"{host} did not take the mail.{_quoted(server, error.smtp_code, error.smtp_error)}"
        case TimeoutError():
            return f"{host} did not answer in time on port {server.port}."
        case smtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return f"{host} broke the connection off before it had taken the mail."
    return f"No connection to {host}, port {server.port}, could be made. Check {name}."


def _quoted(server: MailServer, code: int, reply: bytes | str) -> str:
    """Return the server's own words as the end of a sentence: one line, cut, free of what opens the account."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    for secret in (server.password, server.user):
        text = text.replace(secret, "[hidden]") if secret else text
    return f" It says: “{code} {one_line(text)[:_REPLY_CHARACTERS]}”"
