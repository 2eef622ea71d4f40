"""Who wrote there becomes an author here: a file in `posts/_authors`, never somebody who may log in."""

from __future__ import annotations

import re

from scheduler.content import author_writer
from scheduler.content.links import link_problem
from scheduler.content.yaml_tree import Value
from scheduler.domain.slug import slug_problem, slugify
from scheduler.services.context import Context
from scheduler.services.moving.incoming import IncomingAuthor
from scheduler.services.moving.inline import escaped

LONGEST_BIO = 9000


def key_of(ctx: Context, author: IncomingAuthor) -> str:
    """Return the key that an author has here or will have: an author of that name here is the same person."""
    for known in ctx.articles.authors():
        if known.name.casefold() == author.name.casefold():
            return known.key
    key = author.key or slugify(author.name) or slugify(author.login)
    return "" if slug_problem(key) else key


def ensure(ctx: Context, author: IncomingAuthor) -> str:
    """Write the author's file unless there is one, and return the key."""
    key = key_of(ctx, author)
    if not key or ctx.articles.author(key):
        return key
    links: list[Value] = [
        {"label": label[:200] or "Website", "href": href} for label, href in author.links if not link_problem(href)
    ]
    author_writer.create(ctx.articles, key, {"name": author.name[:200], "bio": _markdown(author.bio), "links": links})
    return key


def give_bio(ctx: Context, key: str, bio: str) -> str:
    """Give an author the words that an author box said, unless there are some; return what to report."""
    known = ctx.articles.author(key)
    if not bio.strip():
        return ""
    if known is None:
        return "An author box was taken out of the text, but its article names no author to give its words to."
    if _words(known.bio) == _words(bio):
        return ""
    if known.bio:
        return f"The author box said something else than {known.name}'s page here; that stays as it is."
    version = author_writer.fingerprint(ctx.articles, key)
    author_writer.save(ctx.articles, key, {"bio": _markdown(bio)}, version)
    return f"The words of the author box went to {known.name}'s page."


def _markdown(bio: str) -> str:
    return "\n\n".join(escaped(part.strip()) for part in bio.split("\n\n") if part.strip())[:LONGEST_BIO]


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text).split()).lower()
