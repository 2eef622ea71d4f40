"""Writing down what must not be lost: an answer of a platform is kept in hand until the database takes it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from scheduler.services.context import Context
from scheduler.storage.engine import Connection, DatabaseError, DatabaseMoved

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 15 * 60.0
"""After that the answer is given up; the delivery is settled as one whose answer was lost."""
LONGEST_PAUSE_SECONDS = 5.0


def write_until_it_holds(ctx: Context, write: Callable[[Connection], None], what: str) -> None:
    """Run `write` in a transaction, again and again while the database is away or full.

    Raises the database's own error when it does not come back within `PATIENCE_SECONDS`, or is another one by now.
    """
    deadline, pause, told = ctx.clock.monotonic() + PATIENCE_SECONDS, 0.1, False
    while True:
        try:
            with ctx.database.writing() as tx:
                write(tx)
            return
        except DatabaseError as error:
            replaced = isinstance(error, DatabaseMoved) and error.replaced
            if replaced or ctx.clock.monotonic() > deadline:
                raise
            if not told:
                log.warning("%s cannot be written down yet and is kept: %s", what, type(error).__name__)
            told = True
        ctx.clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
