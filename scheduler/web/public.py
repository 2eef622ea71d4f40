"""How a view says that its answer is for everybody and the same for everybody.

    @bp.get("/blog/<slug>/")
    @public(paths=catalogue.article_paths)
    def article(slug): ...

Such an answer depends on the path alone, and on those parts of the query that `queries` names. It is made from a
request of our own (no cookie, no header of the visitor), kept ready as bytes (`prerendered.py`), and written by the
static export. What it shows it must have asked the library of articles, the pictures or the settings for; a page that
reads the database in a way that nobody has named (`scheduler/reads.py`) is not kept. It must not show the present time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask

from scheduler.services.context import Context
from scheduler.services.site.catalogue import Paths

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Public:
    """What a view said. `paths` is None for a view whose routes have no variable part: they are its paths."""

    paths: Paths | None
    queries: tuple[str, ...]


def public(paths: Paths | None = None, queries: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Mark a view as public; put it below the route. `paths` yields every path of it, `queries` are the known keys."""

    def mark(view: View) -> View:
        view.public = Public(paths, queries)  # type: ignore[attr-defined]
        return view

    return mark


def marked(app: Flask, endpoint: str) -> Public | None:
    """Return what the view of an endpoint said; None for one that is not public."""
    found: Public | None = getattr(app.view_functions.get(endpoint), "public", None)
    return found


def every_path(app: Flask, ctx: Context) -> Iterable[str]:
    """Return every public path of the application, each once, in the order of the routes."""
    found: dict[str, None] = {}
    for rule in app.url_map.iter_rules():
        said = marked(app, rule.endpoint)
        if said is None:
            continue
        if said.paths is not None:
            found.update(dict.fromkeys(said.paths(ctx)))
        elif not rule.arguments:
            found[rule.rule] = None
    return list(found)
