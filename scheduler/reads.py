"""What a page was made from: the questions it asked, and what it was told.

While a page is made, whoever answers a question about articles, authors or pictures notes it here. The page is good for
as long as the same questions have the same answers; then nothing that it shows can have changed. A read of the database
that nobody names makes the page one that cannot be kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Question = tuple[str | int, ...]


class Reads:
    """The questions of one page with a short name of each answer.

    `memory` is whatever may be remembered between pages; its owner empties it when it may have become wrong.
    """

    def __init__(self, memory: MutableMapping[Any, Any] | None = None) -> None:
        self.answers: dict[Question, str] = {}
        self.memory: MutableMapping[Any, Any] = {} if memory is None else memory
        self.complete = True
        """Whether every read was named."""


_now: ContextVar[Reads | None] = ContextVar("reads", default=None)


@contextmanager
def noting(memory: MutableMapping[Any, Any] | None = None) -> Iterator[Reads]:
    """Note every question that is asked in here, and nowhere else."""
    reads = Reads(memory)
    before = _now.set(reads)
    try:
        yield reads
    finally:
        _now.reset(before)


def current() -> Reads | None:
    """Return where to note, or None when nobody wants to know."""
    return _now.get()


def note(question: Question, answer: str | Callable[[], str]) -> None:
    """Note a question; an answer that has no name yet is only named when somebody wants to know."""
    reads = _now.get()
    if reads is not None and question not in reads.answers:
        reads.answers[question] = answer if isinstance(answer, str) else answer()


def unnamed() -> None:
    """Say that something was read that no question stands for."""
    reads = _now.get()
    if reads is not None:
        reads.complete = False


@contextmanager
def named() -> Iterator[None]:
    """Read the database in here without a fear: whoever does it notes the questions itself."""
    before = _now.set(None)
    try:
        yield
    finally:
        _now.reset(before)


def name_of(parts: Iterable[str]) -> str:
    """Return a short name of some texts: other texts have another, here and in every other process."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()
