"""What the tests of services share: a house with articles, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.services.context import Context
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.newsroom import write_articles


@pytest.fixture
def clock() -> StillClock:
    """Time stands still at Monday 23 November 2026, 08:00 in New York, until the test moves it."""
    return StillClock()


@pytest.fixture
def newsroom(tmp_path: Path, clock: StillClock, database_environ: dict[str, str]) -> Iterator[Context]:
    """A fresh house with the articles of `tests.support.newsroom`."""
    with furnish(tmp_path, clock=clock, environ=database_environ) as context:
        write_articles(context)
        yield context
