"""The door to the network: which addresses it refuses, what it follows, and what it says of a failure."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from scheduler.platforms.guard import is_public
from scheduler.platforms.http import Answer, Http, TransportError, TransportKind
from tests.platforms.fault_server import Call, Close, CloseUnread, FaultServer, Hang, Reply
from tests.platforms.stage import HeldClock


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer([("GET", "/ok", Reply(json={"ok": True})), ("POST", "/ok", Reply(json={"ok": True}))])
    yield server
    server.close()


def _own(server: FaultServer) -> Http:
    patience = 0.5 if any(isinstance(action, Hang) for _, _, action in server.faults) else 20
    return Http(False, [server.origin], timeout=(5, patience), clock=HeldClock())


def _refusal(http: Http, url: str, method: str = "GET") -> TransportError:
    with pytest.raises(TransportError) as refusal:
        http.request(method, url)
    return refusal.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::",
        "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_addresses_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254", "10.0.0.5", "0",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_host_passes(server: FaultServer, host: str) -> None:
    port = server.origin.rpartition(":")[2]
    error = _refusal(_own(server), f"https://{host}:{port}/ok")
    assert error.kind is TransportKind.NOT_SENT
    assert "private network" in error.sentence
    assert server.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@127.0.0.1/", "https://user@example.com/", "ftp://example.com/", "file:///etc/passwd", "https://",
        "https://exa mple.com/", "https://example.com\\@127.0.0.1/", "https://example.com/\r\nX: y", "//example.com", "https://[",
        "https://example.com:99999/",
    ],
)  # fmt: skip
def test_crooked_addresses_are_refused(server: FaultServer, url: str) -> None:
    error = _refusal(_own(server), url)
    assert error.kind is TransportKind.NOT_SENT
    assert "secret" not in error.sentence
    with pytest.raises(TransportError):
        _own(server).vet(url)


def test_plain_http_only_to_our_own_origins(server: FaultServer) -> None:
    other = FaultServer([("GET", "/ok", Reply())])
    assert _own(server).request("GET", f"{server.origin}/ok").status == 200
    assert "https://" in _refusal(_own(server), f"{other.origin}/ok").sentence
    assert Http(True).request("GET", f"{other.origin}/ok").status == 200
    assert len(other.calls) == 1
    other.close()


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_used(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second resolution would be another address, so there must be none."""
    port = int(server.origin.rpartition(":")[2])
    asked: list[str] = []

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.255.255.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    name = f"http://rebind.test:{port}"
    answer = Http(False, [name]).request("GET", f"{name}/ok")
    assert answer.status == 200
    assert asked == ["rebind.test"]
    assert server.last("/ok").headers["host"] == f"rebind.test:{port}"


def test_a_name_with_one_private_address_is_refused(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert "private network" in _refusal(Http(False), "https://mixed.example/").sentence


def test_an_unknown_name_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolver(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    error = _refusal(Http(False), "https://nowhere.example/")
    assert error.kind is TransportKind.NOT_SENT
    assert "nowhere.example" in error.sentence


def test_a_failed_tls_handshake_is_not_sent(server: FaultServer) -> None:
    error = _refusal(Http(True, timeout=(2, 0.3)), server.origin.replace("http:", "https:") + "/ok", "POST")
    assert error.kind is TransportKind.NOT_SENT


def test_a_handshake_that_never_ends_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = _refusal(Http(True, timeout=(0.2, 0.2)), f"https://127.0.0.1:{silent.getsockname()[1]}/", "POST")
    assert error.kind is TransportKind.NOT_SENT


@pytest.mark.parametrize("fault", [Close(), CloseUnread(), Hang(), Reply(200, {"a": 1}, missing=3)])
def test_after_the_connection_stands_every_failure_is_unknown(server: FaultServer, fault: Any) -> None:
    server.fault("POST", "/ok", fault)
    error = _refusal(_own(server), f"{server.origin}/ok", "POST")
    assert error.kind is TransportKind.UNKNOWN
    assert len(server.calls) == 1


def test_a_redirect_of_a_call_is_returned_and_not_followed(server: FaultServer) -> None:
    server.fault("POST", "/moved", Reply(307, headers={"Location": f"{server.origin}/ok"}))
    answer = _own(server).request("POST", f"{server.origin}/moved", json={})
    assert answer.status == 307
    assert server.count("POST", "/ok") == 0


def test_fetching_follows_three_redirects_at_most_and_checks_each(server: FaultServer) -> None:
    server.fault("GET", "/private", Reply(302, headers={"Location": "https://169.254.169.254/latest"}))
    server.fault("GET", "/relative", Reply(302, headers={"Location": "/ok"}))
    server.fault("GET", "/loop", Reply(302, headers={"Location": "/loop"}))
    assert _own(server).fetch(f"{server.origin}/relative").json() == {"ok": True}
    with pytest.raises(TransportError, match="private network"):
        _own(server).fetch(f"{server.origin}/private")
    with pytest.raises(TransportError, match="more than 3"):
        _own(server).fetch(f"{server.origin}/loop")
    assert server.count("GET", "/loop") == 4


def test_an_endless_answer_is_not_read_to_its_end(server: FaultServer) -> None:
    server.fault("GET", "/big", Reply(text="x" * 200_000))
    with pytest.raises(TransportError) as refusal:
        _own(server).request("GET", f"{server.origin}/big", max_bytes=100_000)
    assert (refusal.value.kind, refusal.value.status) == (TransportKind.UNKNOWN, 200)


def test_an_answer_that_drips_for_too_long_is_given_up(server: FaultServer) -> None:
    class Hurrying(HeldClock):
        def monotonic(self) -> float:
            self.slept.append(100)
            return sum(self.slept)

    server.fault("GET", "/drip", Reply(text="x" * 200_000))
    with pytest.raises(TransportError, match="not read to its end"):
        Http(False, [server.origin], clock=Hurrying()).request("GET", f"{server.origin}/drip")


def test_the_environment_is_not_read(server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hush-netrc\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert _own(server).request("GET", f"{server.origin}/ok").status == 200
    assert "authorization" not in server.calls[0].headers


def test_a_header_cannot_be_smuggled_in(server: FaultServer) -> None:
    with pytest.raises(TransportError) as refusal:
        _own(server).request("GET", f"{server.origin}/ok", headers={"X-Name": "a\r\nX-Other: b"})
    assert refusal.value.kind is TransportKind.NOT_SENT
    assert server.calls == []


def test_what_is_sent(server: FaultServer) -> None:
    def answer(call: Call) -> Reply:
        return Reply(json={"length": len(call.body)})

    server.fault("POST", "/echo", answer)
    http, url = _own(server), f"{server.origin}/echo"
    assert http.request("POST", url, body=b"\x00\x01").json() == {"length": 2}
    assert http.request("POST", url, form={"a": "b c"}).json() == {"length": 5}
    http.request("POST", url, files={"file": ("a.jpg", b"bytes", "image/jpeg")}, form={"description": "é"})
    assert b'filename="a.jpg"' in server.calls[-1].body
    assert "é".encode() in server.calls[-1].body
    http.request("POST", url, params={"uris": ["a", "b"]})
    assert server.calls[-1].path == "/echo?uris=a&uris=b"
    assert server.calls[-1].headers["user-agent"].startswith("Drumbeat/")


def test_a_large_upload_gets_more_time_than_a_connect() -> None:
    """Sending has its own patience: with the connect timeout a video on a slow line would never arrive."""
    seen: list[float | None] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        original = socket.socket.sendall

        def sendall(self: socket.socket, data: Any, *flags: int) -> None:
            seen.append(self.gettimeout())
            original(self, data, *flags)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket.socket, "sendall", sendall)
            _refusal_of_upload(url)
    assert min(second for second in seen if second is not None) >= 2.0


def _refusal_of_upload(url: str) -> None:
    with pytest.raises(TransportError):
        Http(True, timeout=(0.1, 0.1)).request("POST", url, body=b"x" * 100_000)


@pytest.mark.parametrize("body", [b"", b"<html>", b"12", b'"text"', b"\xff\xfe", b"{", b"[" * 100_000])
def test_json_is_read_with_tolerance(body: bytes) -> None:
    answer = Answer(200, {}, body, "https://example.com")
    assert answer.json() is None
    assert answer.object() == {}
