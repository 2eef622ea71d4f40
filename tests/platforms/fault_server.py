"""A small HTTP server that answers by routes and fails on demand, and remembers every request that reached it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request that reached the server."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer. `missing` bytes of the announced length are never sent; `echo` returns the caller's own headers."""

    status: int = 200
    json: Any = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    echo: bool = False

    def content(self, call: Call) -> bytes:
        text = dumps(self.json) if self.json is not None else self.text
        said = dumps(dict(call.headers)) + call.body.decode(errors="replace") if self.echo else ""
        return (text + said).encode()


class Close:
    """The connection is closed without an answer."""


class CloseUnread(Close):
    """The connection is closed before the request is read."""


class Hang:
    """The request is read and no answer ever comes."""


Action = Reply | Close | Hang
Answering = Action | Callable[[Call], Action]


class FaultServer:
    """Routes are (method, pattern, answer); the first one that matches the path answers. `fault` comes before them."""

    def __init__(self, routes: list[tuple[str, str, Answering]]) -> None:
        self.routes = routes
        self.faults: list[tuple[str, str, Answering]] = []
        self.calls: list[Call] = []
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def fault(self, method: str, pattern: str, action: Answering) -> None:
        self.faults.append((method, pattern, action))

    def action(self, method: str, path: str) -> Answering:
        for route_method, pattern, action in [*self.faults, *self.routes]:
            if route_method == method and re.search(pattern, path):
                return action
        return Reply(404, {"error": "no such route"})

    def count(self, method: str, pattern: str) -> int:
        return len([call for call in self.calls if call.method == method and re.search(pattern, call.path)])

    def last(self, pattern: str) -> Call:
        return [call for call in self.calls if re.search(pattern, call.path)][-1]

    def close(self) -> None:
        if not self.over.is_set():
            self.over.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            action = server.action(self.command, self.path)
            if isinstance(action, CloseUnread):
                # Counted as arrived: the sender cannot know that nobody looked.
                server.calls.append(Call(self.command, self.path, {}, b""))
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            server.calls.append(call)
            self._act(action(call) if callable(action) else action, call)

        do_POST = do_DELETE = do_PUT = do_PATCH = do_GET

        def _act(self, action: Action, call: Call) -> None:
            if isinstance(action, Hang):
                server.over.wait(30)
            if isinstance(action, Reply):
                content = action.content(call)
                self.send_response(action.status)
                for name, value in action.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content) + action.missing))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
