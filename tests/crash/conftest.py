"""A house on real time with a served web process, so that a worker process can reach the practice networks.

And a town: the book server, and a launcher that starts workers in an instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.town import Town, town
from tests.support.book import BookServer
from tests.support.launcher import Launcher, launching
from tests.support.live import LiveServer, serve


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LiveServer]:
    """A fresh house, served on loopback."""
    with serve(tmp_path) as live:
        yield live


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """One launcher for all."""
    with launching() as launcher:
        yield launcher


@pytest.fixture
def book() -> Iterator[BookServer]:
    """A book server with an empty book."""
    server = BookServer()
    yield server
    server.close()


@pytest.fixture
def place(tmp_path: Path, launcher: Launcher, book: BookServer) -> Iterator[Town]:
    """A town without accounts."""
    with town(tmp_path, launcher, book) as made:
        yield made
