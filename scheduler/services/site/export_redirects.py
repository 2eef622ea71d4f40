"""What leads from old and short addresses to new ones on a host that only has files.

A small page for each that sends the visitor on, and `_redirects`, the list that several static hosts read and answer
with a true redirect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from scheduler.domain.addresses import path_of
from scheduler.domain.article import is_public
from scheduler.domain.redirects import location
from scheduler.domain.teaser import payload_from_json
from scheduler.services.context import Context
from scheduler.services.site.export_folder import file_of
from scheduler.services.site.moved import at_once
from scheduler.storage import deliveries, redirects

LIST = "_redirects"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Moved</title>
<meta name="robots" content="noindex">{canonical}
<meta http-equiv="refresh" content="0; url={target}"></head>
<body><p>This page is here now: <a href="{target}">{target}</a></p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """One address that leads to another."""

    source: str
    target: str
    status: int = 301


def files(ctx: Context, taken: set[str]) -> dict[str, bytes]:
    """Return the pages of all old and short addresses, and the list of them; a page of the site (`taken`) wins."""
    every = [(moved, _file(moved.source)) for moved in (*old_addresses(ctx), *short_addresses(ctx))]
    found = [(moved, file) for moved, file in every if file not in taken]
    lines = [f"{quote(moved.source)} {moved.target} {moved.status}\n" for moved, _ in found]
    return {file: _page(ctx, moved) for moved, file in found if file} | {LIST: "".join(lines).encode()}


def old_addresses(ctx: Context) -> Iterator[Moved]:
    """Yield the addresses that public articles once had, and the redirects that lead somewhere, each in one step."""
    now, seen = ctx.clock.now_ms(), set[str]()
    for article in ctx.articles.all():
        for alias in article.aliases:
            if is_public(article, now) and alias not in seen and ctx.articles.by_alias(alias) is article:
                seen.add(alias)
                yield Moved(alias, path_of(article))
    with ctx.database.reading() as tx:
        kept = [each.redirect for each in redirects.every(tx)]
    for redirect in kept:
        if redirect.target and redirect.source not in seen:
            yield Moved(redirect.source, location(at_once(ctx, redirect.target)), redirect.status)


def short_addresses(ctx: Context) -> Iterator[Moved]:
    """Yield the short address of every delivery with a link. No click is counted on a static host."""
    with ctx.database.reading() as tx:
        found = deliveries.payloads_by_short_code(tx)
    for code, payload in found:
        link = payload_from_json(payload).link
        if link is not None:
            yield Moved(f"/x/{code}", location(link.url), 302)


def _file(source: str) -> str:
    """Return the file of an old address; "" for one that cannot be a file."""
    last = source.rstrip("/").rpartition("/")[2]
    try:
        return file_of(source if "." in last else f"{source.rstrip('/')}/")
    except ValueError:
        return ""


def _page(ctx: Context, moved: Moved) -> bytes:
    own = moved.target.startswith("/")
    canonical = f'\n<link rel="canonical" href="{escape(ctx.settings.base_url + moved.target)}">' if own else ""
    return _PAGE.format(target=escape(moved.target), canonical=canonical).encode()
