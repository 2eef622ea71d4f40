"""Who wrote there becomes an author here: a file in `posts/_authors`, never somebody who may log in."""

from __future__ import annotations

import os
import re
import secrets

from scheduler.content import authors, frontmatter, writer
from scheduler.content.frontmatter import Parts
from scheduler.content.links import link_problem
from scheduler.content.yaml_tree import Broken, Value
from scheduler.domain.article import Author
from scheduler.domain.slug import slug_problem, slugify
from scheduler.services.context import Context
from scheduler.services.moving.incoming import IncomingAuthor
from scheduler.services.moving.inline import escaped


def key_of(ctx: Context, author: IncomingAuthor) -> str:
    """Return the key that an author has here or will have: an author of that name here is the same person."""
    for known in ctx.articles.authors():
        if known.name.casefold() == author.name.casefold():
            return known.key
    return _key(author)


def ensure(ctx: Context, author: IncomingAuthor) -> str:
    """Write the author's file unless there is one, and return the key."""
    key = key_of(ctx, author)
    if not key or ctx.articles.author(key):
        return key
    links: list[Value] = [
        {"label": label[:200] or "Website", "href": href} for label, href in author.links if not link_problem(href)
    ]
    _write(ctx, key, {"name": author.name[:200], "bio": _markdown(author.bio) or None, "links": links or None})
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
    _write(ctx, key, {"bio": _markdown(bio)})
    return f"The words of the author box went to {known.name}'s page."


def _write(ctx: Context, key: str, values: dict[str, Value]) -> Author:
    folder = ctx.articles.root / authors.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}.yaml"
    with writer.standing_still(ctx.articles):
        yaml = path.read_text("utf-8") if path.exists() else ""
        parts = Parts("---\n", yaml, "---\n", "")
        kept = {name: value for name, value in values.items() if value is not None}
        text = frontmatter.change(parts, kept, None).yaml
        try:
            made = authors.read(text.encode(), key)
        except Broken as error:
            raise ValueError(f"the author {key} cannot be written: {error}") from error
        draft = folder / f".{key}.{secrets.token_hex(4)}.tmp"
        with draft.open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    ctx.articles.refresh(force=True)
    return made


def _key(author: IncomingAuthor) -> str:
    key = slugify(author.name) or slugify(author.login)
    return "" if slug_problem(key) else key


def _markdown(bio: str) -> str:
    return "\n\n".join(escaped(part.strip()) for part in bio.split("\n\n") if part.strip())[:9000]


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text).split()).lower()
