"""Two versions of an article compared as readers see them: the rendered text word by word, and what else differs."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from scheduler.content import article_file, drafts
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.editorial.article_input import ArticleInput, imagined
from scheduler.services.editorial.marked_html import marked
from scheduler.services.editorial.rendering import rendered
from scheduler.services.editorial.typed_files import as_typed
from scheduler.services.editorial.versions import differing_fields

PAGE, DRAFT = "page", "draft"
"""How the file as it is now and its unpublished edits are named; versions are named by their numbers."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two versions. `given` is None when it cannot be read as an article; `text` is all of it then."""

    label: str
    name: str
    at: int
    given: ArticleInput | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions, the older one first; `html` is safe. `fields` are (label, older, newer)."""

    one: Side
    two: Side
    html: Markup
    fields: tuple[tuple[str, str, str], ...]
    same_text: bool


def compare(ctx: Context, article: Article, one: str, two: str) -> Comparison:
    """Compare two versions: numbers, "page" or "draft". Raises `NotFound`."""
    left, right = _side(ctx, article, one), _side(ctx, article, two)
    if left.given is None or right.given is None:
        return Comparison(left, right, Markup(), (), False)
    html = [rendered(ctx, imagined(side, article), preview=True).html for side in (left.given, right.given)]
    fields = tuple(differing_fields(left.given, right.given))
    return Comparison(left, right, Markup(marked(*html)), fields, html[0] == html[1])  # noqa: S704  cleaned by nh3


def _side(ctx: Context, article: Article, name: str) -> Side:
    zone = ctx.settings.calendar.zone
    if name == PAGE:
        revisions.ensure(ctx, article)
        found = revisions.of_hash(ctx, article)
        text = revisions.text_of(ctx, article.id, article.content_hash) or ""
        who, at = (found.name, found.at) if found else ("", 0)
        return Side("As saved", who, at, as_typed(text, article.slug, zone) if text else None)
    if name == DRAFT:
        return _draft(ctx, article, zone)
    if not name.isdecimal() or len(name) > 9:
        raise NotFound("There is no such version of this article.")
    version, data = revisions.version(ctx, article, int(name))
    label = f"Version {version.number}"
    try:
        return Side(label, version.name, version.at, as_typed(article_file.decode(data), article.slug, zone))
    except Broken:
        return Side(label, version.name, version.at, None, data.decode("utf-8", "replace"))


def _draft(ctx: Context, article: Article, zone: str) -> Side:
    try:
        draft = drafts.read(ctx.articles, article.slug)
        if draft is None:
            raise NotFound("There are no unpublished changes any more.")
        return Side("Unpublished changes", draft.note.by, draft.saved_at, as_typed(draft.text, article.slug, zone))
    except Broken as error:
        return Side("Unpublished changes", "", 0, None, str(error))
