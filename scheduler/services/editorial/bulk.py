"""One action on many articles of the list at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduler.content import writer
from scheduler.content.yaml_tree import Value
from scheduler.domain.article import Article, Status
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.domain.revision import By
from scheduler.domain.slug import is_unnamed, slugify
from scheduler.services.context import Context
from scheduler.services.editorial import articles, drafts
from scheduler.services.editorial.article_input import category
from scheduler.services.editorial.articles import as_problems
from scheduler.services.editorial.many import Progress, change_many, set_keys
from scheduler.services.editorial.taxonomy import all_names, new_tag


class Action(StrEnum):
    """What can be done to many articles."""

    PUBLISH = "publish"
    DRAFT = "draft"
    ARCHIVE = "archive"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    CATEGORY = "category"
    AUTHOR = "author"
    DELETE = "delete"


STATUS_OF = {Action.PUBLISH: Status.PUBLISHED, Action.DRAFT: Status.DRAFT, Action.ARCHIVE: Status.ARCHIVED}


@dataclass(frozen=True, slots=True)
class Wish:
    """An action with what it needs: the tag, the category ("Physical Therapy/Knee") or the author's key."""

    action: Action
    tag: str = ""
    category: str = ""
    author: str = ""


def wish(ctx: Context, action: str, tag: str, category_name: str, author: str) -> Wish:
    """Return what shall be done. Raises `Invalid` when something it needs is missing or not there."""
    if action not in list(Action):
        raise Invalid([Problem("action", "Choose what shall be done.")])
    wanted = Wish(Action(action), " ".join(tag.split()), category_name.strip(), author)
    if wanted.action is Action.ADD_TAG:
        wanted = replace(wanted, tag=_tag(tag))
    if wanted.action is Action.REMOVE_TAG and not slugify(wanted.tag):
        raise Invalid([Problem("tag", "Name the tag that shall go.")])
    if wanted.action is Action.CATEGORY and not all_names(category(wanted.category)):
        raise Invalid([Problem("category", "Name the category: a name, or names with / between them, none too long.")])
    if wanted.action is Action.AUTHOR and author and not ctx.articles.author(author):
        raise Invalid([Problem("author", "Choose an author who is there.")])
    return wanted


def _tag(name: str) -> str:
    try:
        return new_tag(name)
    except Invalid as error:
        raise Invalid(Problem("tag", problem.message) for problem in error.problems) from error


def apply(ctx: Context, wanted: Wish, chosen: Iterable[Article], by: By, so_far: Progress) -> Progress:
    """Do it to every one of the chosen articles; what is published must be whole, as in the editor."""

    def work(article: Article) -> None:
        if wanted.action is Action.DELETE:
            with as_problems():
                writer.put_away(ctx.articles, article.slug, article.content_hash)
        elif wanted.action in STATUS_OF:
            _set_status(ctx, article, STATUS_OF[wanted.action], by)
        else:
            set_keys(ctx, article, _changed(article, wanted), by)

    return change_many(ctx, chosen, work, so_far)


def _set_status(ctx: Context, article: Article, status: Status, by: By) -> None:
    if article.status is status:
        raise Conflict(_ALREADY[status])
    if status is Status.PUBLISHED and drafts.has_draft(ctx, article) and drafts.opened(ctx, article).unpublished:
        raise Conflict("It has changes that are not published yet. Open it, look at them, and publish it there.")
    if is_unnamed(article.slug):  # saved whole: it gets the address of its title
        given = articles.with_status(ctx, article, status)
        articles.change(ctx, article.slug, given, article.content_hash, by)
    else:
        set_keys(ctx, article, articles.status_keys(ctx, article, status), by)


_ALREADY = {
    Status.PUBLISHED: "It is published already.",
    Status.DRAFT: "It is a draft already.",
    Status.ARCHIVED: "It is archived already.",
}


def _changed(article: Article, wanted: Wish) -> dict[str, Value]:
    """Return the key of the front matter that changes; what else is in the file does not matter here."""
    tags: list[Value] = [tag for tag in article.tags if slugify(tag) != slugify(wanted.tag)]
    match wanted.action:
        case Action.ADD_TAG:
            return {} if len(tags) < len(article.tags) else {"tags": [*tags, wanted.tag]}
        case Action.REMOVE_TAG:
            return {"tags": tags or None}
        case Action.CATEGORY:
            return {"categories": ["/".join(category(wanted.category))]}
        case _:
            return {"author": wanted.author or None}
