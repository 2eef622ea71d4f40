"""An HTTP server of this machine that notes what it is told and answers as it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """`told` holds (path, body) of every POST; `status` and `headers` are the answer, GETs always get 200."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    page_status: int = 200
    told: list[tuple[str, bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """Yield a listener on a free port; it ends with the block."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.told.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(listener.status, listener.headers)

        def do_GET(self) -> None:
            listener.seen.append(self.path)
            self._answer(listener.page_status, {})

        def _answer(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
