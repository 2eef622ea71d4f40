"""A house on real time with a served web process, so that a worker process can reach the practice networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import LiveServer, serve


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LiveServer]:
    """A fresh house, served on loopback."""
    with serve(tmp_path) as live:
        yield live
