"""An HTTP server of this machine that notes what it is asked and told, and answers as it is asked to.

It is whoever a house speaks to: a search engine, a hub, or the old site with the files of its media library.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """`told` holds (path, body) of every POST, answered with `status` and `headers`; `asked` the path of every GET.

    A GET is answered with the bytes of `files` at its path, and where there are none with `page_status`.
    """

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    page_status: int = 200
    files: dict[str, bytes] = field(default_factory=dict)
    told: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def listening(page_status: int = 200) -> Iterator[Listener]:
    """Yield a listener on a free port; it ends with the block."""
    listener = Listener(page_status=page_status)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(listener))
    listener.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.told.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(listener.status, listener.headers)

        def do_GET(self) -> None:
            listener.asked.append(self.path)
            data = listener.files.get(self.path)
            self._answer(listener.page_status if data is None else 200, {}, data or b"")

        def _answer(self, status: int, headers: dict[str, str], data: bytes = b"") -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
