"""An import's file is read once, piece by piece; what would happen is told before anything does: the dry run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scheduler.content.yaml_tree import Broken
from scheduler.domain.problem import Invalid, refuse
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.moving import folder, ghost, wordpress
from scheduler.services.moving.bringing import Mover
from scheduler.services.moving.converting import bare_address, lead_of
from scheduler.services.moving.fields import article_id
from scheduler.services.moving.incoming import (
    IncomingArticle,
    IncomingAuthor,
    IncomingMedia,
    Record,
    ReusableBlock,
    Site,
    Tally,
    Unmapped,
)
from scheduler.services.moving.laid_aside import About, Store
from scheduler.storage.imports import Item, ItemState

READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    "wordpress": wordpress.read,
    "ghost": ghost.read,
    "folder": folder.read,
}
"""How each format is read, by its name."""
PACKAGE = "file://import"
"""Stands for the site where only its files are known."""
NAMES = {"wordpress": "WordPress", "ghost": "Ghost", "folder": "Folder of Markdown"}


@dataclass(slots=True)
class _Read:
    """What has been read so far."""

    about: About
    store: Store
    items: list[Item] = field(default_factory=list)
    left: Tally = field(default_factory=Tally)
    titles: dict[str, str] = field(default_factory=dict)


def read(store: Store, source: str, path: Path, site: str = "") -> tuple[About, list[Item], Tally]:
    """Lay aside what the file at `path` holds; return what it says of all, its articles, and what has no place here.

    `site` is the address of the site where the file does not name it. Raises `Invalid`.
    """
    if source not in READERS:
        raise refuse("source", f"This cannot be read: choose one of {', '.join(NAMES.values())}.")
    store.forget_articles()
    packaged = source == "folder" or not site
    found = _Read(About(site=PACKAGE if packaged else site), store)
    for record in READERS[source](path):
        _take(found, record)
    if not found.items:
        raise refuse("file", "There is no article or page in this file. Nothing would be brought over.")
    named = slugify(site.rpartition("/")[2]) if source == "folder" else ""
    host = "" if found.about.site == PACKAGE else (urlsplit(found.about.site).hostname or "").removeprefix("www.")
    found.about.source = f"{source} {named or host}".strip()
    items = _placed(found)
    store.put_about(found.about)
    return found.about, items, found.left


def _take(found: _Read, record: Record) -> None:
    about = found.about
    match record:
        case Site(address=address):
            about.site = address if address.startswith(("http://", "https://")) else about.site
        case IncomingAuthor(login=login):
            about.authors[login] = record
        case IncomingMedia(address=address, number=number, parent=parent):
            key = number or address
            about.media[key] = record
            if record.asset:
                about.media[f"asset:{record.asset}"] = record
            about.by_address[bare_address(address)] = key
            if parent not in ("", "0"):
                about.attached.setdefault(parent, []).append(number)
        case ReusableBlock(number=number, text=text):
            about.reusable[number] = text
        case Unmapped(what=what, example=example):
            found.left.add(what, example)
        case IncomingArticle():
            found.store.put(len(found.items), record)
            title = record.title or "Untitled"
            found.items.append(Item(len(found.items), record.id, record.kind, title[:300], article_id=record.own_id))
            for path in (record.id, *(path.rstrip("/").lower() for path in record.old_paths)):
                if path:
                    found.titles.setdefault(path, record.id)


def _placed(found: _Read) -> list[Item]:
    """Return the items with the origin and the id that each has here; links find them by every path they had."""
    about, ids = found.about, {}
    for item in found.items:
        incoming = IncomingArticle(id=item.origin, title="", text="", own_id=item.article_id)
        ids[item.origin] = article_id(about.source, incoming)
    for path, number in found.titles.items():
        about.articles[path] = ids[number]
    return [
        replace(
            item,
            origin=(f"drumbeat {item.article_id}" if item.article_id else f"{about.source} {item.origin}")[:500],
            article_id=ids[item.origin],
        )
        for item in found.items
    ]


def report(ctx: Context, mover: Mover, items: list[Item], left: Tally, store: Store) -> dict[str, Any]:
    """Return what bringing these articles over would do, with counts and examples. Nothing is written."""
    fates, sorts, notes, pictures = Tally(), Tally(), Tally(), set[str]()
    authors: dict[str, int] = {}
    categories, tags = Tally(), Tally()
    examples: list[dict[str, str]] = []
    ctx.articles.refresh(force=True)
    for item in items:
        incoming = store.get(item.number)
        sorts.add("pages" if incoming.kind == "page" else "articles", item.title)
        try:
            fate, text, wanted = mover.expected(item, incoming)
        except Invalid as error:
            fates.add(ItemState.FAILED, item.title)
            notes.add(f"cannot be brought over: {error.problems[0].message}", item.title)
            continue
        except Broken as error:
            fates.add(ItemState.FAILED, item.title)
            notes.add(f"cannot be brought over: {error.problems[0].reason}", item.title)
            continue
        fates.add(fate, item.title)
        sorts.add(f"of them {wanted.values['status']}", item.title)
        pictures |= set(text.pictures)
        if lead := lead_of(incoming, mover.about):
            pictures.add(lead[0])
        for path in incoming.categories:
            categories.add(path, item.title)
        for tag in incoming.tags:
            tags.add(tag, item.title)
        if incoming.author:
            name = mover.writer_of(incoming).name
            authors[name] = authors.get(name, 0) + 1
        for note in dict.fromkeys([*wanted.notes, *text.notes]):
            notes.add(_general(note), item.title)
        for row in text.unmapped.rows():
            for _ in range(row["count"]):
                left.add(row["what"], item.title)
        without = sum(1 for picture in text.pictures.values() if not picture.alt)
        for _ in range(without):
            notes.add("A photo has no alt text: say what it shows before the article is published anew.", item.title)
        if len(examples) < 3 and text.body.strip():
            examples.append({"title": item.title, "body": text.body[:1500]})
    return {
        "fates": fates.rows(),
        "sorts": sorts.rows(),
        "photos": len(pictures),
        "authors": [{"what": name, "count": count} for name, count in sorted(authors.items())],
        "categories": categories.rows(),
        "tags": len(tags.counts),
        "left": left.rows(),
        "notes": notes.rows(),
        "examples": examples,
    }


def _general(note: str) -> str:
    """Return a note without the address it ends with, so that equal ones count together."""
    return note.partition(": http")[0].rstrip(".") + "."
