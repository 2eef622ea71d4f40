"""What the web tests share: a fresh house, its application, and clients with and without a login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scheduler.services.context import Context
from scheduler.storage.users import User
from tests.support.clock import StillClock
from tests.support.house import Visitor, add_owner, furnish, the_app
from tests.support.live import LiveServer, serve


@pytest.fixture
def clock() -> StillClock:
    """Time stands still at `MONDAY_MORNING` until the test moves it."""
    return StillClock()


@pytest.fixture
def context(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    """The parts of a fresh house: config/ as shipped, no articles, an empty database."""
    with furnish(tmp_path, clock=clock) as made:
        yield made


@pytest.fixture
def app(context: Context) -> Flask:
    """The application on `context`."""
    return the_app(context)


@pytest.fixture
def client(app: Flask) -> Visitor:
    """Somebody without a login."""
    made = app.test_client()
    assert isinstance(made, Visitor)
    return made


@pytest.fixture
def owner(context: Context) -> User:
    """The owner of the site."""
    return add_owner(context)


@pytest.fixture
def owner_client(app: Flask, owner: User) -> Visitor:
    """The owner, logged in."""
    made = app.test_client()
    assert isinstance(made, Visitor)
    return made.log_in(owner)


@pytest.fixture
def live(tmp_path: Path, clock: StillClock) -> Iterator[LiveServer]:
    """The same house served over real HTTP: for whatever speaks to the practice networks."""
    with serve(tmp_path, clock=clock) as server:
        yield server


@pytest.fixture
def live_client(live: LiveServer) -> Visitor:
    """The owner of the served house, logged in."""
    made = live.app.test_client()
    assert isinstance(made, Visitor)
    return made.log_in(live.owner)
