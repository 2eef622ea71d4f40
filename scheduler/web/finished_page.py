"""A finished page: its bytes as they are, or packed with gzip or Brotli, each with an entity tag of its own."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import brotli

from scheduler.reads import Question

Headers = list[tuple[str, str]]
Start = Callable[..., Any]

SMALLEST_BYTES = 400
"""A shorter text is sent as it is: packing it would save nothing."""
_PACKED = (
    "text/",
    "application/json",
    "application/xml",
    "application/rss",
    "application/atom",
    "application/feed",
    "image/svg",
)
_ANSWER_BYTES = 250
"""About what one noted answer takes."""
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "br": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)),
    "br for long": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=11)),
}


@dataclass(slots=True)
class Form:
    """The bytes of a page in one encoding, ready to be sent."""

    body: bytes
    etag: str
    headers: Headers


@dataclass(slots=True)
class Page:
    """One finished page. `sign` is the state of everything in which it was last known to be right."""

    sign: tuple[object, ...]
    answers: dict[Question, str]
    frame: str
    body: bytes
    headers: Headers
    cache_control: str
    forms: dict[str, Form] = field(default_factory=dict)
    counted: int = 0
    """What it adds to the memory that all pages take."""

    @property
    def size(self) -> int:
        """Return about how much memory it takes."""
        return len(self.body) + sum(len(form.body) for form in self.forms.values()) + _ANSWER_BYTES * len(self.answers)

    def form(self, encoding: str) -> Form:
        """Return the page in an encoding ("" for none); packed when somebody first wants it so."""
        found = self.forms.get(encoding)
        if found is None:
            found = self.forms[encoding] = self._formed(encoding if self._packable() else "")
        return found

    def _packable(self) -> bool:
        kind = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        return len(self.body) >= SMALLEST_BYTES and kind.startswith(_PACKED)

    def _formed(self, encoding: str) -> Form:
        # A style sheet is packed once and kept for a year by every visitor: that is worth a tenth of a second.
        thorough = encoding == "br" and any(value.startswith("text/css") for _, value in self.headers)
        body = _PACKERS["br for long" if thorough else encoding](self.body)
        etag = f'"{blake2b(self.body, digest_size=12).hexdigest()}{encoding and f"-{encoding}"}"'
        named = [("Content-Encoding", encoding)] if encoding else []
        own = [("ETag", etag), ("Vary", "Accept-Encoding"), ("Cache-Control", self.cache_control)]
        return Form(body, etag, [*self.headers, *named, *own, ("Content-Length", str(len(body)))])


def send(form: Form, known: str, start: Start, head: bool) -> Iterable[bytes]:
    """Send a page, or only say that the visitor's copy (`known`: If-None-Match) is still right."""
    if known and (form.etag in known or known.strip() == "*"):
        start("304 NOT MODIFIED", [header for header in form.headers if not header[0].startswith("Content-")])
        return []
    start("200 OK", list(form.headers))
    return [] if head else [form.body]


@lru_cache(maxsize=256)
def best_encoding(accepted: str) -> str:
    """Return the best encoding that the visitor accepts: "br", "gzip" or ""."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    best = max(("br", "gzip"), key=lambda name: weights.get(name, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else ""


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
