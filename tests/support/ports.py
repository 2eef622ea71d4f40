"""Ports for programs that have to be told one before they open it."""

from __future__ import annotations

import random
import socket

BELOW_THE_EPHEMERAL = range(12_000, 32_000)
"""Systems give outgoing connections ports from 32,768 (Linux) or 49,152 on: one of those may be taken again at once."""
_chance, _given = random.SystemRandom(), set[int]()


def free_port() -> int:
    """Return a port of this machine that nobody listens on, no connection will take, and was not given yet."""
    while True:
        port = _chance.choice(BELOW_THE_EPHEMERAL)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
