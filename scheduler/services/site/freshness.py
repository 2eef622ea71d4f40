"""Whether a page that was made a while ago would still come out the same.

A page carries what it asked (`scheduler/reads.py`) and the name of the frame around it: settings and templates.
`Freshness` looks at whatever may have changed (files, assets, settings, templates; the clock by itself) and says
whether the answers still hold.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from scheduler import reads
from scheduler.content.library import LOOK_EVERY_SECONDS
from scheduler.reads import Question
from scheduler.resources import template_folder
from scheduler.services.context import Context
from scheduler.services.library.pictures import remembered
from scheduler.storage import assets
from scheduler.storage.engine import DatabaseError

log = logging.getLogger(__name__)

SHARE = 40
"""A look may take this part of the time until the next one: a large folder is looked at less often."""
LEAST_SECONDS, MOST_SECONDS = 1.0, 2.0


class Freshness:
    """The present state of everything that public pages show."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.memory: MutableMapping[Any, Any] = {}
        """What pages remember for one another; another one as soon as an asset has changed."""
        self._assets: tuple[int, ...] = ()
        self.templates = ""
        self._watched = self._soon = False
        self._lock = threading.Lock()
        self._frame: tuple[object, str, str] = (None, "", "")

    def sign(self) -> tuple[object, ...]:
        """Return a sign that stays the same as long as nothing at all has changed; compared by `same`."""
        if not self._watched:
            self.look()
        elif self._soon:
            self._look_at_settings_and_assets()  # whoever writes an article here looks at the folder itself
        settings = self.ctx.config.known
        return (self.ctx.articles.standing(self.ctx.clock.now_ms()), settings, self.memory, self.templates)

    def holds(self, answers: Mapping[Question, str]) -> bool:
        """Return whether every question still has the same answer."""
        return all(self.answer(question) == answer for question, answer in answers.items())

    def right(self, answers: Iterable[tuple[Question, str]]) -> list[bool]:
        """Return of many answers whether they are still the same."""
        answers = list(answers)
        self.recall(str(question[1]) for question, _ in answers if question[0] == "picture")
        return [self.answer(question) == answer for question, answer in answers]

    def answer(self, question: Question) -> str:
        """Return the present name of the answer to a question."""
        if question[0] == "picture":
            key = str(question[1])
            return remembered(self.ctx, [key], self.memory)[key][1]
        return self.ctx.articles.answer(question)

    def recall(self, assets: Iterable[str]) -> None:
        """Read what pages show of many assets, all at once."""
        remembered(self.ctx, assets, self.memory)

    def frame(self) -> str:
        """Return the name of what is around every page."""
        settings, templates = self.ctx.config.known, self.templates
        if self._frame[0] is not settings or self._frame[1] != templates:
            parts = (repr(settings.site), settings.base_url, settings.calendar.zone, templates)
            self._frame = (settings, templates, reads.name_of(parts))
        return self._frame[2]

    def look_soon(self) -> None:
        """Look again before the next page is shown: this process has just changed something, nobody knows what."""
        self._soon = True

    def look(self) -> None:
        """Look at everything now."""
        self.ctx.articles.refresh(force=self._watched)
        self.templates = templates_name()
        self._look_at_settings_and_assets()

    def _look_at_settings_and_assets(self) -> None:
        with self._lock:
            self._soon = False
            _ = self.ctx.settings  # asking for them reads the files that have changed
            try:
                with reads.named(), self.ctx.database.reading() as tx:
                    found = assets.stamp(tx)
            except DatabaseError as error:  # pages that are ready are shown even without a database
                log.warning("the assets cannot be looked at: %s", type(error).__name__)
                return
            if found != self._assets:
                self._assets, self.memory = found, {}

    def hold_still(self) -> None:
        """Look once, and then take the world as it was then: for work of which every part shall fit the others."""
        self.look()
        self._watched = self.ctx.articles.watched = True

    def watch(self) -> None:
        """Look from now on regularly, in a thread that ends with the process."""
        self.look()
        self._watched = self.ctx.articles.watched = True
        threading.Thread(target=self._look_for_ever, name="freshness", daemon=True).start()

    def _look_for_ever(self) -> None:
        clock, pause = self.ctx.clock, LOOK_EVERY_SECONDS
        while True:
            clock.sleep(pause)
            started = clock.monotonic()
            try:
                self.look()
            except Exception:
                log.exception("looking for changes failed; it goes on")
            pause = min(MOST_SECONDS, max(LEAST_SECONDS, SHARE * (clock.monotonic() - started)))


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether two signs are the same."""
    return all(a is b or (type(a) is str and a == b) for a, b in zip(one, other, strict=True))


def templates_name(folder: Path | None = None) -> str:
    """Return a name of the present templates of the public site and of the error pages."""
    parts = []
    for path, _, names in os.walk((folder or template_folder()) / "site"):
        for name in sorted(names):
            info = os.stat(os.path.join(path, name))  # noqa: PTH116, PTH118
            parts.append(f"{path}/{name} {info.st_mtime_ns} {info.st_size}")
    return reads.name_of(sorted(parts))
