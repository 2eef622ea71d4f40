"""Saving what a page says into the article's file, when others may have written it since the page was opened.

What they changed elsewhere is joined with it, from the version both began with. What stands against it in the same
place goes before a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scheduler.content import article_file, drafts, frontmatter, yaml_tree
from scheduler.content.writer import ORDER, EditConflict
from scheduler.content.yaml_tree import Broken, Value
from scheduler.domain.article import Article
from scheduler.domain.revision import By
from scheduler.services.context import Context
from scheduler.services.editorial import articles, merging, revisions
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.drafts import Page, based_on, tidy_loosely
from scheduler.services.editorial.merging import Merged

TRIES = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved. `joined` is the name of whoever's changes were brought together with it, "" for nobody's."""

    article: Article
    joined: str = ""


class Unmerged(EditConflict):
    """Others changed the same places. `merged` is None when their file cannot be read as an article."""

    def __init__(self, conflict: EditConflict, merged: Merged | None) -> None:
        super().__init__(conflict.theirs_text, conflict.base_hash)
        self.merged = merged


def save(ctx: Context, slug: str, given: ArticleInput, page: Page, by: By) -> Saved:
    """Save an article as a page says, joined with what others changed meanwhile; its draft goes.

    Raises `Unmerged` when a person must decide, and what `articles.change` raises.
    """
    joined, base_hash = "", page.base_hash
    more = _own_keys(ctx, slug, page)
    for _ in range(TRIES):
        try:
            saved = articles.change(ctx, slug, given, base_hash, by, more)
            break
        except EditConflict as conflict:
            given, joined = _join(ctx, slug, given, replace(page, base_hash=base_hash), conflict)
            base_hash = conflict.base_hash
    else:
        saved = articles.change(ctx, slug, given, base_hash, by, more)
    _drop_draft(ctx, saved, page)
    return Saved(saved, joined)


def _join(ctx: Context, slug: str, given: ArticleInput, page: Page, conflict: EditConflict) -> tuple[ArticleInput, str]:
    article = articles.existing(ctx, slug)
    revisions.note_file(ctx, article)  # nothing is written over before it is on record
    try:
        found = article_file.read(conflict.theirs_text.encode(), slug)
    except Broken:
        raise Unmerged(conflict, None) from conflict
    theirs = input_of(found, ctx.settings.calendar.zone)
    merged = merging.merge(based_on(ctx, article, page.base_hash), tidy_loosely(given), theirs)
    if not merged.is_clean:
        raise Unmerged(conflict, merged) from conflict
    return merged.given, revisions.writer_of(ctx, article.id, conflict.base_hash)


def _drop_draft(ctx: Context, article: Article, page: Page) -> None:
    """Remove the draft whose words were saved; one that another page wrote since stays."""
    try:
        drafts.discard(ctx.articles, article.slug, page.draft_hash, page.tab)
    except (drafts.DraftConflict, Broken):
        return


def _own_keys(ctx: Context, slug: str, page: Page) -> Mapping[str, Value]:
    """Return what somebody wrote into the draft by hand under keys that the form does not have."""
    path = ctx.articles.path(slug)
    try:
        draft = drafts.read(ctx.articles, slug)
        if path is None or draft is None or draft.hash != page.draft_hash:
            return {}
        own, there = (_keys(text) for text in (draft.text, article_file.decode(path.read_bytes())))
    except (Broken, OSError):
        return {}
    return {key: value for key, value in own.items() if there.get(key) != value}


def _keys(text: str) -> dict[str, Value]:
    table = frontmatter.parse(frontmatter.split(text))
    ours = {*ORDER, drafts.KEY}
    return {key: yaml_tree.value(node) for key, node in table.entries.items() if key not in ours}
