"""Visitors in a process of their own: so many connections that each ask for the next page as soon as one has come.

`python -m tests.performance.visitors HOST PORT PATHS SECONDS CONNECTIONS` prints how long each answer
took (seconds, one a line). Raw sockets, because a client library would cost more than the server.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
from itertools import cycle
from pathlib import Path

from scheduler.clock import SystemClock

REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip, deflate, br\r\nUser-Agent: bench\r\n\r\n"
MARK = b"\r\n\r\n"


def visit(address: tuple[str, int], paths: list[str], seconds: float, connections: int = 8) -> list[float]:
    """Return how long each answer took, asked for by another process."""
    arguments = [address[0], str(address[1]), ",".join(paths), str(seconds), str(connections)]
    command = [sys.executable, "-m", __name__, *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


class _Line:
    """One connection with an answer on its way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since, self.missing, self.head = 0.0, 0, b""

    def ask(self, request: bytes, now: float) -> None:
        self.since, self.missing, self.head = now, 0, b""
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Take what has come; return whether the answer is whole. Anything but a 200 ends the measurement."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed a connection")
        if self.missing:
            self.missing -= len(data)
            return not self.missing
        self.head += data
        end = self.head.find(MARK)
        if end < 0:
            return False
        assert self.head.startswith(b"HTTP/1.1 200 "), self.head[:200]
        start = self.head.lower().index(b"content-length:") + 15
        length = int(self.head[start : self.head.index(b"\r\n", start)])
        self.missing = length - (len(self.head) - end - len(MARK))
        return not self.missing


def _main(host: str, port: str, paths: str, seconds: str, connections: str) -> None:
    requests = cycle(REQUEST.format(path=path, host=f"{host}:{port}").encode() for path in paths.split(","))
    clock, taken, ready = SystemClock(), list[float](), selectors.DefaultSelector()
    now = clock.monotonic()
    end = now + float(seconds)
    for _ in range(int(connections)):
        line = _Line((host, int(port)))
        ready.register(line.socket, selectors.EVENT_READ, line)
        line.ask(next(requests), now)
    while now < end:
        for key, _ in ready.select(1):
            if key.data.answered():
                now = clock.monotonic()
                taken.append(now - key.data.since)
                key.data.ask(next(requests), now)
    print("\n".join(f"{each:.6f}" for each in taken))


if __name__ == "__main__":
    _main(*sys.argv[1:])
