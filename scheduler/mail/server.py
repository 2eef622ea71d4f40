"""Where mail is handed in: a server, given as `smtp://user:password@host:587` or `smtps://...`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_EXAMPLE = "write it like smtp://user:password@mail.example.org:587 or smtps://..., with % signs as %25 and @ as %40"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail. `tls_first` is smtps: encrypted from the first byte, not by STARTTLS."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tls_first: bool = False

    @property
    def is_here(self) -> bool:
        """Return whether the server is this very machine, where nobody listens in."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_server(url: str) -> MailServer:
    """Return the server that `url` names. Raises `ValueError` with a sentence that holds nothing of `url`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ValueError(f"is not the address of a mail server; {_EXAMPLE}") from None
    extra = parts.path not in ("", "/") or parts.query or parts.fragment
    if parts.scheme not in _PORTS or not _HOST.fullmatch(parts.hostname or "") or extra:
        raise ValueError(f"is not the address of a mail server; {_EXAMPLE}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isprintable() or bool(user) != bool(password):
        raise ValueError(f"needs a user and a password, or neither; {_EXAMPLE}")
    return MailServer(parts.hostname or "", port, user, password, parts.scheme == "smtps")
