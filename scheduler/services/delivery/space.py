"""Room on the disk: below a little rest nothing is sent, because what became of it could not be written down."""

from __future__ import annotations

import logging
import shutil

from scheduler.domain.wording import size
from scheduler.services.context import Context
from scheduler.storage import notices
from scheduler.storage.engine import DatabaseError

log = logging.getLogger(__name__)

LEAST_BYTES = 50_000_000
CAUSE = "disk"


def shortage(ctx: Context) -> str:
    """Return why nothing is sent for want of room, as a sentence; "" when there is enough.

    A PostgreSQL server looks after its own disk.
    """
    if not ctx.database.is_sqlite:
        return ""
    try:
        free = shutil.disk_usage(ctx.settings.data).free
    except OSError:  # the folder is gone; the database itself says so
        return ""
    if free >= LEAST_BYTES:
        return ""
    return (
        f"Only {size(free)} are free on the disk of {ctx.settings.data}, so nothing is published. "
        f"Make room for at least {size(LEAST_BYTES)}; waiting posts then go out by themselves."
    )


class Space:
    """The worker's look at the disk before it sends. It tells when the shortage begins and when it is over."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._told: bool | None = None

    def enough(self) -> bool:
        """Return whether there is room to send."""
        sentence = shortage(self._ctx)
        if self._told is not bool(sentence):
            self._tell(sentence)
        return not sentence

    def _tell(self, sentence: str) -> None:
        now = self._ctx.clock.now_ms()
        try:
            with self._ctx.database.writing() as tx:
                if sentence:
                    log.warning("%s", sentence)
                    notices.report(tx, CAUSE, subject="The disk is nearly full", sentence=sentence, now=now)
                else:
                    notices.resolve(tx, CAUSE, now)
        except DatabaseError:  # a full disk takes no notice; the next look tries again, and the banner needs none
            return
        self._told = bool(sentence)
