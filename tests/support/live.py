"""The real application on a loopback port, for tests in a browser or over real HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from scheduler.clock import Clock, SystemClock
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


class Handler(WSGIRequestHandler):
    """Answers one request, and closes what it answered."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""

    def run_wsgi(self) -> None:
        """Answer, and close the answer: Werkzeug itself does not when the browser resets the line after the last byte.

        The file behind the answer would then stay open until garbage is collected, in the middle of another test.
        """
        self.answers: list[_Answer] = []
        try:
            super().run_wsgi()
        finally:
            for answer in self.answers:
                answer.close()

    def make_environ(self) -> dict[str, Any]:
        """Let `_keeping` put its answers where `run_wsgi` finds them."""
        return {**super().make_environ(), ANSWERS: self.answers}


ANSWERS = "tests.answers"


class Server(ThreadedWSGIServer):
    """Serves an application on 127.0.0.1 in threads; when it is closed, none of them runs any more.

    A thread that outlived its test would meet a database that is closed, or work on the next test's account.
    """

    daemon_threads = False

    def __init__(self, app: Flask, port: int = 0, descriptor: int | None = None) -> None:
        self._open = set[socket.socket]()
        self._opening = threading.Lock()
        super().__init__("127.0.0.1", port, _keeping(app), Handler, fd=descriptor)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def start(self) -> None:
        """Begin to serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more; return when every request under way has been answered."""
        self.shutdown()
        self._thread.join()
        with self._opening:
            for line in self._open:  # a browser opens lines in advance: nothing will ever come on them
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RD)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, and know the line until that is done."""
        with self._opening:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the line, it is over."""
        with self._opening:
            self._open.discard(request)
        super().shutdown_request(request)


class _Answer:
    """What an application answers. It is closed once, whoever asks."""

    def __init__(self, made: Iterable[bytes]) -> None:
        self._made, self._closed = made, False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._made)

    def close(self) -> None:
        if not self._closed and hasattr(self._made, "close"):
            self._made.close()
        self._closed = True


def _keeping(app: Flask) -> Any:
    """Return `app` so that each of its answers is remembered until it is closed."""

    def answer(environ: dict[str, Any], start_response: Any) -> _Answer:
        made = _Answer(app(environ, start_response))
        environ[ANSWERS].append(made)
        return made

    return answer


class _WakingClock(SystemClock):
    """The machine's own clock, whose sleepers can be woken: a practice network that keeps an answer back for a minute
    must not keep the end of the test back as well."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def sleep(self, seconds: float) -> None:
        self._over.wait(seconds)

    def wake(self) -> None:
        self._over.set()


@contextmanager
def serve(root: Path, *, clock: Clock | None = None, environ: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    """Yield a fresh house below `root`, with an owner, served by threads on a free port of 127.0.0.1."""
    own = _WakingClock()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        with furnish(root, clock=clock or own, port=port, environ=environ) as context:
            app = the_app(context)
            server = Server(app, port, _listening(listener))
            server.start()
            try:
                yield LiveServer(f"http://127.0.0.1:{port}", app, context, add_owner(context))
            finally:
                own.wake()
                server.stop()


def _listening(listener: socket.socket) -> int:
    listener.listen(128)
    return listener.fileno()
