"""Servers that mean harm: they hold the line for ever, lead us inward, or say mad things."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from scheduler.platforms import flight, http
from scheduler.platforms.http import Http, TransportError, TransportKind
from scheduler.platforms.watchdog import Call, Watchdog
from tests.platforms.fault_server import FaultServer, Reply


class Staller:
    """Takes connections, reads the request, says what it is told to say, and then nothing more until the end."""

    def __init__(self, said: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._said = said
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(self._said)
            connection.recv(1)  # until the other side gives up

    def close(self) -> None:
        self._thread.join()
        self._listener.close()


@pytest.fixture
def foreign() -> Iterator[FaultServer]:
    """A server that is not this installation."""
    server = FaultServer([])
    yield server
    server.close()


@pytest.fixture
def own() -> Iterator[FaultServer]:
    """This installation's own address."""
    server = FaultServer([("GET", "/", Reply(text="inside"))])
    yield server
    server.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: a",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nabc",
    ],
    ids=["nothing", "half a header", "half a body", "half a chunk"],
)
def test_no_server_holds_us_beyond_the_deadline_of_the_whole_answer(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    # The sockets themselves would wait for ten minutes here, and again from byte to byte.
    monkeypatch.setattr(http, "ANSWER_SECONDS", -599.4)
    staller = Staller(said)
    with pytest.raises(TransportError, match="did not answer in time") as refusal:
        Http(True, timeout=(5, 600)).request("GET", f"{staller.origin}/")
    assert refusal.value.kind is TransportKind.UNKNOWN
    staller.close()


def test_the_watch_over_an_answer_ends_with_it(own: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _CountedWatchdog()
    monkeypatch.setattr(flight, "_watchdog", watched)
    for _ in range(3):
        assert Http(True).request("GET", f"{own.origin}/").text() == "inside"
    assert (watched.begun, watched.ended) == (3, 3)


class _CountedWatchdog(Watchdog):
    begun = ended = 0

    def watch(self, call: Call, seconds: float) -> None:
        self.begun += 1
        super().watch(call, seconds)

    def forget(self, call: Call) -> None:
        self.ended += 1
        super().forget(call)


def test_a_foreign_server_cannot_send_us_to_our_own_doors(foreign: FaultServer, own: FaultServer) -> None:
    foreign.fault("GET", "/avatar", Reply(302, headers={"Location": f"{own.origin}/metrics"}))
    speaker = Http(True, own_origins=[own.origin])
    with pytest.raises(TransportError, match="redirects into this installation"):
        speaker.fetch(f"{foreign.origin}/avatar")
    assert own.calls == []
    assert speaker.fetch(f"{own.origin}/avatar").text() == "inside"


@pytest.mark.parametrize("location", ["http://[", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http://a b/"])
def test_a_redirect_to_something_else_than_the_web_is_refused(foreign: FaultServer, location: str) -> None:
    foreign.fault("GET", "/", Reply(302, headers={"Location": location}))
    with pytest.raises(TransportError) as refusal:
        Http(True).fetch(f"{foreign.origin}/")
    assert refusal.value.kind is TransportKind.NOT_SENT
