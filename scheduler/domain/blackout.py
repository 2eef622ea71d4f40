"""Blackout days: local dates on which nothing goes out. Written "2026-12-25" or "2026-12-24..2026-12-26"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scheduler.domain.slots import local
from scheduler.domain.wording import date_words

LONGEST_DAYS = 366
"""More days than this in one span are taken for a slip of the pen."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"

    @property
    def words(self) -> str:
        """Return "25 December 2026", or "24 December 2026 to 26 December 2026"."""
        first = date_words(self.first)
        return first if self.first == self.last else f"{first} to {date_words(self.last)}"


def parse_span(text: str) -> Span:
    """Return the days that `text` names. Raises `ValueError` with a sentence."""
    first, dots, last = (part.strip() for part in text.partition(".."))
    try:
        span = Span(_day(first), _day(last) if dots else _day(first))
    except ValueError:
        raise ValueError(
            f'"{text}" is not a day; write "2026-12-25", or "2026-12-24..2026-12-26" for several'
        ) from None
    if span.last < span.first:
        raise ValueError(f'"{text}" ends before it begins; write the earlier day first')
    if (span.last - span.first).days >= LONGEST_DAYS:
        raise ValueError(f'"{text}" is longer than a year; check the years, or pause the account instead')
    return span


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # fromisoformat also reads weeks
        raise ValueError(text)
    return date.fromisoformat(text)


def covering(spans: Iterable[Span], moment: int, zone: str) -> Span | None:
    """Return the blackout that the instant `moment` (UTC ms) falls into by the local date in `zone`, or None."""
    spans = tuple(spans)
    if not spans:
        return None
    day = local(moment, zone).date()
    return next((span for span in spans if day in span), None)
