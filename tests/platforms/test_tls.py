"""A call over TLS: the server has to prove that it is the one of the name, before a byte of the request leaves."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scheduler.platforms import http
from scheduler.platforms.http import Http, TransportError, TransportKind
from tests.support.mail import make_certificate


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _server(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_who_is_vouched_for_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    monkeypatch.setattr(http, "CERTIFICATES", str(certificate))
    with _server(certificate) as address:
        assert Http(True).request("POST", f"https://{address}/").status == 200
        assert Http(True).request("POST", f"https://{address.replace('127.0.0.1', 'localhost')}/").status == 200


def test_a_certificate_that_nobody_vouches_for_gets_no_request(tmp_path: Path) -> None:
    with _server(make_certificate(tmp_path, "localhost")) as address:
        _refused(address)


def test_the_certificate_of_another_name_gets_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, "elsewhere.example")
    monkeypatch.setattr(http, "CERTIFICATES", str(certificate))
    with _server(certificate) as address:
        _refused(address)


def _refused(address: str) -> None:
    with pytest.raises(TransportError) as refusal:
        Http(True).request("POST", f"https://{address}/")
    assert refusal.value.kind is TransportKind.NOT_SENT


def test_the_certificates_are_read_once_for_all_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, read = make_certificate(tmp_path, "localhost"), list[str]()
    original = ssl.SSLContext.load_verify_locations

    def load(context: ssl.SSLContext, *args: str, **kwargs: str) -> None:
        read.append("once more")
        original(context, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    monkeypatch.setattr(http, "CERTIFICATES", str(certificate))
    with _server(certificate) as address:
        for _ in range(3):
            Http(True).request("POST", f"https://{address}/")
    assert len(read) == 1
