"""A platform for benchmarks: an HTTP server that answers every post after a while and notes when it arrived."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scheduler.clock import SystemClock

ANSWER_SECONDS = 0.05


@dataclass
class Arrivals:
    """When each `webhook-id` first arrived (UTC ms), and how many came a second time."""

    first: dict[str, int] = field(default_factory=dict)
    again: int = 0


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024
    """A short queue would drop connections in a burst, and they would come back a second later."""


@contextmanager
def receiver(answer_seconds: float = ANSWER_SECONDS) -> Iterator[tuple[str, Arrivals]]:
    """Yield the address of a server that answers 200 after `answer_seconds`, and what arrives there."""
    clock, arrivals = SystemClock(), Arrivals()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            now, key = clock.now_ms(), self.headers["webhook-id"]
            arrivals.again += key in arrivals.first
            arrivals.first.setdefault(key, now)
            self.rfile.read(int(self.headers["Content-Length"]))
            clock.sleep(answer_seconds)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", arrivals
    finally:
        server.shutdown()
        server.server_close()
