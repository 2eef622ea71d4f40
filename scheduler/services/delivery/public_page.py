"""Looking at an article the way a visitor and a link preview do: over HTTP, at its public address."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from scheduler.domain.article import Article
from scheduler.platforms.http import Answer, TransportError
from scheduler.services.context import Context
from scheduler.services.planning.links import article_address

TIMEOUT = (5.0, 15.0)
PAGE_BYTES = 5_000_000


def problem(ctx: Context, article: Article) -> str:
    """Return what is wrong with the article's public page, as a sentence; "" when it is as it should be.

    It has to answer 200 and carry the article's canonical address, its title and its picture for link previews.
    """
    address = article_address(ctx.settings, article)
    try:
        answer = ctx.http.fetch(address, timeout=TIMEOUT, max_bytes=PAGE_BYTES)
    except TransportError as error:
        return f"{address} cannot be opened: {error.sentence}"
    if answer.status != 200:
        return f"{address} answers with status {answer.status} instead of the article."
    return _wrong(_read(answer), article, article.canonical or address)


def _wrong(head: _Head, article: Article, canonical: str) -> str:
    if head.canonical != canonical:
        return f"The page names {head.canonical or 'no address'} as its canonical address and not {canonical}."
    if " ".join(head.meta.get("og:title", "").split()) != " ".join((article.card.title or article.title).split()):
        return f"Link previews would not show the title “{article.title}”: the page's og:title is another."
    if article.image and not head.meta.get("og:image"):
        return "Link previews would show no picture: the page has no og:image, although the article has a lead photo."
    return ""


@dataclass(slots=True)
class _Head:
    """What link previews read of a page."""

    canonical: str = ""
    meta: dict[str, str] = field(default_factory=dict)


class _HeadReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "link" and "canonical" in values.get("rel", "").lower().split():
            self.head.canonical = self.head.canonical or values.get("href", "")
        elif tag == "meta" and values.get("property"):
            self.head.meta.setdefault(values["property"].lower(), values.get("content", ""))


def _read(answer: Answer) -> _Head:
    reader = _HeadReader()
    reader.feed(answer.text())
    return reader.head
