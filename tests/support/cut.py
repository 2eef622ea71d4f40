"""A network that can be cut: a TCP proxy in front of a server, which drops or delays everything on command."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Cut:
    """Forwards a loopback port of its own (`port`) to `target`, until `cut` is called and again after `mend`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock, self._whole = threading.Lock(), threading.Event()
        self._whole.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, hold: bool = False) -> None:
        """Break every connection and refuse new ones; with `hold` they stand, but nothing passes."""
        self._whole.clear()
        if not hold:
            self._break()

    def mend(self) -> None:
        """Let everything pass again."""
        self._whole.set()

    def close(self) -> None:
        """End it all."""
        self._whole.set()
        self._listener.close()
        self._break()

    def _break(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._whole.is_set():
                client.close()
                continue
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, 5)
        except OSError:
            client.close()
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        with client, server, contextlib.suppress(OSError):
            self._pump(client, server)
        with self._lock:
            self._pairs.discard(pair)

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as ears:  # select itself knows no more than 1,024 files of a process
            ears.register(client, selectors.EVENT_READ, server)
            ears.register(server, selectors.EVENT_READ, client)
            while True:
                heard = ears.select()
                self._whole.wait()
                for end, _ in heard:
                    data = end.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    end.data.sendall(data)
