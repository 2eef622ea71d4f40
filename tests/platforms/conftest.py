"""The stages of the connectors, closed after each test, and the practice networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from scheduler.platforms.base import Capabilities
from scheduler.platforms.registry import platform
from tests.platforms import stages
from tests.platforms.stage import Stage
from tests.support.practice_server import practice_clock, practice_server

__all__ = ["practice_clock", "practice_server"]


def _capable(able: Callable[[Capabilities], bool]) -> list[str]:
    return [name for name in stages.names() if able(platform(name).capabilities)]


def _open(name: str) -> Iterator[Stage]:
    stage = stages.set_up(name)
    yield stage
    stage.server.close()


@pytest.fixture(params=stages.names())
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector in turn."""
    yield from _open(request.param)


@pytest.fixture(params=stages.able("form"))
def form_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector whose first way to connect is a form."""
    yield from _open(request.param)


@pytest.fixture(params=stages.able("sign_in"))
def redirecting_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that sends people to the platform's own pages."""
    yield from _open(request.param)


@pytest.fixture(params=stages.able("upload"))
def uploading_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that uploads files before it publishes."""
    yield from _open(request.param)


@pytest.fixture(params=stages.able("renewal"))
def renewing_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector whose sign-in can be renewed."""
    yield from _open(request.param)


@pytest.fixture(params=[name for name in stages.names() if name not in stages.able("renewal")])
def lasting_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector whose sign-in cannot be renewed."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: can.lookup))
def finding_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that can look a post up."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: not can.lookup))
def blind_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that cannot."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: can.delete))
def deleting_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that can take a post down."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: can.metrics))
def counting_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that reads numbers."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: can.asynchronous))
def waiting_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector whose platform goes on working after it has accepted a post."""
    yield from _open(request.param)


@pytest.fixture(params=_capable(lambda can: can.first_comment or can.threads))
def answering_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each connector that can answer a post of its own."""
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
