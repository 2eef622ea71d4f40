"""The practice networks on a free loopback port, for tests that speak real HTTP to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scheduler.clock import Clock
from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.blueprints import create_practice_blueprints
from scheduler.practice.feed import DescribeLink
from scheduler.practice.network import FetchMedia
from scheduler.practice.store import PracticeStore
from scheduler.resources import template_folder
from tests.support.live import Server

START_MS = 1_795_424_400_000  # Monday 23 November 2026, 09:00 UTC
LONGEST_HOLD_SECONDS = 20.0


class HeldClock:
    """A clock that stands still until told; its sleepers wait for `release`, not for time to pass."""

    def __init__(self, now_ms: int = START_MS) -> None:
        """Stand at `now_ms`."""
        self._now_ms = now_ms
        self.slept: list[float] = []
        self.sleeping = threading.Event()
        self.release = threading.Event()

    def now_ms(self) -> int:
        """Return the instant it stands at."""
        return self._now_ms

    def monotonic(self) -> float:
        """Return the same in seconds."""
        return self._now_ms / 1000

    def sleep(self, seconds: float) -> None:
        """Wait until a test sets `release`."""
        self.slept.append(seconds)
        self.sleeping.set()
        assert self.release.wait(LONGEST_HOLD_SECONDS), "nobody released the held answer"

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._now_ms += round(seconds * 1000)


class PracticeServer:
    """The imitations served by a thread: `store` behind them, `url` before them.

    `files` are the public files that an imitation can fetch, by their addresses.
    """

    def __init__(
        self,
        store: PracticeStore,
        describe_link: DescribeLink | None = None,
        fetch_media: FetchMedia | None = None,
    ) -> None:
        """Start serving `store` on a free port."""
        self.store = store
        self.files: dict[str, bytes] = {}
        app = Flask("practice", template_folder=str(template_folder()))
        for blueprint in create_practice_blueprints(store, describe_link, fetch_media or self.files.get):
            app.register_blueprint(blueprint)
        self._server = Server(app)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._server.start()

    def address(self, credentials: PracticeCredentials) -> str:
        """Return the service URL of an account made by the store."""
        return self.url + credentials.service_url_path

    def stop(self) -> None:
        """Stop serving and give the port back."""
        self._server.stop()
        self.store.close()


@pytest.fixture
def practice_clock() -> Iterator[Clock]:
    """The held clock of `practice_server`; sleepers still waiting at the end are let go."""
    clock = HeldClock()
    yield clock
    clock.release.set()


@pytest.fixture
def practice_server(tmp_path: Path, practice_clock: HeldClock) -> Iterator[PracticeServer]:
    """All practice networks over HTTP, empty, with a clock that stands still."""
    server = PracticeServer(PracticeStore(tmp_path / "practice.db", practice_clock))
    yield server
    practice_clock.release.set()
    server.stop()
