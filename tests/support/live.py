"""The real application on a loopback port, for tests in a browser or over real HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from scheduler.clock import Clock
from scheduler.services.context import Context
from scheduler.storage.users import User
from tests.support.house import add_owner, furnish, the_app


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A served house. `url` has no slash at its end."""

    url: str
    app: Flask
    context: Context
    owner: User


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(root: Path, *, clock: Clock | None = None, environ: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    """Yield a fresh house below `root`, with an owner, served by threads on a free port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        with furnish(root, clock=clock, port=port, environ=environ) as context:
            app = the_app(context)
            server = make_server(
                "127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler, fd=_listening(listener)
            )
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            try:
                yield LiveServer(f"http://127.0.0.1:{port}", app, context, add_owner(context))
            finally:
                server.shutdown()
                thread.join()
                server.server_close()


def _listening(listener: socket.socket) -> int:
    listener.listen(128)
    return listener.fileno()
