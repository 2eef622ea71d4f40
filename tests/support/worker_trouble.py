"""Bends limits of a real worker before it starts, so that a test can bring it into trouble quickly."""

from __future__ import annotations

LITTLE_SPACE_IS_ENOUGH = "tests.support.worker_trouble:let_little_space_be_enough"
IMPATIENT = "tests.support.worker_trouble:be_impatient"


def let_little_space_be_enough() -> None:
    """Switch the look at the free space off, so that the disk itself has to say that it is full."""
    from scheduler.services.delivery import space

    space.LEAST_BYTES = 0


def be_impatient() -> None:
    """Let a locked database be waited for a tenth of a second instead of fifteen."""
    from scheduler.storage import engine

    engine.BUSY_TIMEOUT_MS = 100
