"""Makes the pages of a static export with the application itself, in as many processes as there are processors.

The processes are forks that share everything read so far. Where there is no fork, or other threads run (a fork would
take their locks along), the pages are made one after the other.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator

from flask import Flask

from scheduler.services.context import Context
from scheduler.services.editorial import rendering
from scheduler.services.site.export import Write
from scheduler.services.site.export_files import NOT_FOUND
from scheduler.services.site.export_record import Leaf
from scheduler.services.site.freshness import Freshness
from scheduler.web.prerendered import NotKept, Prerendered, prerendered
from scheduler.web.public import every_path

AT_ONCE = 40
"""How many pages a process is given at a time."""
WORTH_A_PROCESS = 120
"""Fewer pages are made sooner than another process is there."""
MOST_PROCESSES = 8
RENDERED = 2_000
"""How many rendered articles a process holds: an article is in its page and in the feeds."""
GARBAGE = 50_000
"""How much is thrown away before it is cleaned up: these processes live for seconds."""

Made = tuple[str, Leaf | None]


class AppMaker:
    """Makes pages with the application; the site stands still for it."""

    def __init__(self, app: Flask, ctx: Context) -> None:
        self._app, self._ctx = app, ctx
        self._front: Prerendered = prerendered(app)
        self._front.fresh.hold_still()

    @property
    def fresh(self) -> Freshness:
        """Return what knows whether a page still holds."""
        return self._front.fresh

    def paths(self) -> list[str]:
        """Return every public path."""
        return list(every_path(self._app, self._ctx))

    def make(self, paths: list[str], write: Write) -> Iterator[Made]:
        """Make pages; their order is not that of `paths`."""
        processes = min(MOST_PROCESSES, os.cpu_count() or 1)
        alone = sys.platform == "win32" or threading.active_count() > 1
        if alone or processes < 2 or len(paths) < WORTH_A_PROCESS:
            for path in paths:
                yield self._one(path, write)
            return
        chunks = [paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)]
        public = self._ctx.articles.public(self._ctx.clock.now_ms())
        self.fresh.recall(asset for article in public for asset in article.assets)
        gc.freeze()  # what is there now is shared; looking it through would copy it
        with multiprocessing.get_context("fork").Pool(processes, _begin, (self, write)) as pool:
            for made in pool.imap_unordered(_chunk, chunks):
                yield from made
        gc.unfreeze()

    def fetch(self, path: str) -> bytes | None:
        """Return the bytes of anything else of the site."""
        status, body = self._front.fetch(path)
        return body if status == (404 if path == NOT_FOUND else 200) else None

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that every page has."""
        try:
            headers = self._front.made_now("/").headers
        except NotKept:
            return []
        return [header for header in headers if header[0] not in ("Content-Type", "Content-Length")]

    def in_a_process_of_its_own(self) -> None:
        """Leave the database connections to the process that opened them."""
        self._ctx.database.engine.dispose(close=False)

    def chunk(self, paths: list[str], write: Write) -> list[Made]:
        """Make some pages."""
        return [self._one(path, write) for path in paths]

    def _one(self, path: str, write: Write) -> Made:
        try:
            page = self._front.made_now(path)
        except NotKept:
            return path, None
        return path, write(path, page.body, page.answers if page.frame else None)


_here: list[tuple[AppMaker, Write]] = []
"""Who makes the pages in a process of the pool."""


def _begin(maker: AppMaker, write: Write) -> None:
    gc.set_threshold(GARBAGE)
    rendering.keep(RENDERED)
    maker.in_a_process_of_its_own()
    _here[:] = [(maker, write)]


def _chunk(paths: list[str]) -> list[Made]:
    maker, write = _here[0]
    return maker.chunk(paths, write)
