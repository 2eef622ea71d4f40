"""The threads that send. A seat is taken before a delivery is claimed, so nothing is claimed that must wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scheduler.domain.delivery import Delivery
from scheduler.storage.engine import DatabaseError, connection_problem

log = logging.getLogger(__name__)

SEATS = 50
"""How many posts are sent at once: a platform takes a second or more to answer, and a thread that waits costs nothing.
Never two to one account."""


class Senders:
    """A pool with as many seats as threads; `freed` is called whenever a seat becomes free."""

    def __init__(self, send: Callable[[Delivery], None], freed: Callable[[], None], seats: int = SEATS) -> None:
        self._send, self._freed, self._seats = send, freed, seats
        self._pool = ThreadPoolExecutor(seats, thread_name_prefix="sender")
        self._lock = threading.Lock()
        self._holding: list[int] = []

    @property
    def free(self) -> int:
        """Return how many deliveries may be claimed now."""
        with self._lock:
            return self._seats - len(self._holding)

    @property
    def holding(self) -> frozenset[int]:
        """Return the ids of the deliveries that a thread has in hand."""
        with self._lock:
            return frozenset(self._holding)

    def submit(self, delivery: Delivery) -> None:
        """Send one claimed delivery in a thread of its own."""
        with self._lock:
            self._holding.append(delivery.id)
        self._pool.submit(self._work, delivery)

    def _work(self, delivery: Delivery) -> None:
        try:
            self._send(delivery)
        except DatabaseError as error:
            reason = connection_problem(error) or type(error).__name__
            log.warning("delivery %s: its end could not be written down; it is settled later. %s", delivery.id, reason)
        except Exception:
            log.exception("delivery %s: the sender failed; the worker settles what it left", delivery.id)
        finally:
            with self._lock:
                self._holding.remove(delivery.id)
            self._freed()

    def finish(self) -> None:
        """Wait for what is in flight and take nothing more."""
        self._pool.shutdown(wait=True)
