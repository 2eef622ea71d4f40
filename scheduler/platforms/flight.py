"""One connection for one call: to addresses that the guard has checked, over TLS that is checked, and not for ever."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from scheduler.platforms.guard import Endpoint
from scheduler.platforms.watchdog import Watchdog

_watchdog = Watchdog()


@dataclass(slots=True, eq=False)
class Flight:
    """One connection under way: where it may go, how long sending and the answer may take, and whether it has come
    about. It is cut off at its deadline."""

    endpoints: list[Endpoint]
    send_seconds: float
    answer_seconds: float
    connected: bool = False
    cut_off: bool = False
    sock: socket.socket | None = None

    def connect(self, sock: socket.socket) -> None:
        """Note that bytes may leave from now on, and give sending its own time: an upload outlasts a connect."""
        self.connected, self.sock = True, sock
        sock.settimeout(self.send_seconds)
        _watchdog.watch(self, self.send_seconds + self.answer_seconds)

    def end(self) -> None:
        """Stop watching."""
        if self.connected:
            _watchdog.forget(self)

    def cut(self) -> None:
        """End it: its deadline has come."""
        self.cut_off = True
        if self.sock:
            with suppress(OSError):  # it ended at this very moment
                # The plain method also for TLS: its own would pull the connection away under the reading thread.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def line(url: str, flight: Flight, certificates: str) -> HTTPConnectionPool:
    """Return the line of one flight: headers keep the name, and over TLS the server has to prove that it is its own.

    `certificates` is the file of those whom we believe it.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    pool: Any = HTTPSConnectionPool(host, parts.port) if secure else HTTPConnectionPool(host, parts.port)
    pool.ConnectionCls = partial(_SafeLine, flight, certificates) if secure else partial(_PlainLine, flight)
    return cast(HTTPConnectionPool, pool)


class _PlainLine(HTTPConnection):
    def __init__(self, flight: Flight, /, **kwargs: Any) -> None:
        self._flight = flight
        super().__init__(**kwargs)

    def connect(self) -> None:
        self.sock = _open(self._flight, self.timeout)
        self._flight.connect(self.sock)


class _SafeLine(HTTPSConnection):
    def __init__(self, flight: Flight, certificates: str, /, **kwargs: Any) -> None:
        self._flight, self._certificates = flight, certificates
        super().__init__(**kwargs)

    def connect(self) -> None:
        self.sock = plain = _open(self._flight, self.timeout)
        self.sock = _trust(self._certificates).wrap_socket(plain, server_hostname=self.host)
        self.is_verified = True
        self._flight.connect(self.sock)


@cache
def _trust(certificates: str) -> ssl.SSLContext:
    """Return whom we believe, read once: reading the certificates takes longer than ten calls.

    Nobody may change it afterwards, because many connections use it at once. That is why they wrap their sockets
    themselves: urllib3 would set it up anew each time.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(certificates)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _open(flight: Flight, timeout: Any) -> socket.socket:
    """Connect to the first checked address that takes us."""
    problem: OSError = OSError("no address")
    for endpoint in flight.endpoints:
        sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(endpoint.sockaddr)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem
