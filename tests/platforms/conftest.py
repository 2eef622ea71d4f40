"""The stages of the connectors, closed after each test, and the practice networks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platforms.stage import STAGES, Stage
from tests.support.practice_server import practice_clock, practice_server

__all__ = ["practice_clock", "practice_server"]


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector in turn."""
    yield from _open(request.param)


@pytest.fixture
def bluesky() -> Iterator[Stage]:
    yield from _open("bluesky")


@pytest.fixture
def mastodon() -> Iterator[Stage]:
    yield from _open("mastodon")


@pytest.fixture
def webhook() -> Iterator[Stage]:
    yield from _open("webhook")


def _open(name: str) -> Iterator[Stage]:
    stage = STAGES[name]()
    yield stage
    stage.server.close()
