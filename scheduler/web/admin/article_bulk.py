"""One action on many articles of the list: those that were ticked, or all that a search found."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.article import Article
from scheduler.domain.problem import Invalid
from scheduler.services.editorial import articles, bulk
from scheduler.services.editorial.bulk import Action, Wish
from scheduler.services.editorial.many import Progress
from scheduler.services.planning.overview import waiting_about
from scheduler.web.admin import many
from scheduler.web.admin.many import Done, Question
from scheduler.web.context import ctx

bp = Blueprint("article_bulk", __name__, url_prefix="/admin/articles")

FILTERS = ("q", "status", "category", "tag")
WITHOUT_ASKING = 50
"""More articles than this are changed only after a question, as are those that go to the trash."""


@bp.post("/bulk")
def change() -> ResponseReturnValue:
    """Do it, perhaps after a question."""
    filters = {name: request.form.get(name, "") for name in FILTERS}
    back = url_for("articles.listing") + (
        f"?{query}" if (query := urlencode({k: v for k, v in filters.items() if v})) else ""
    )
    chosen = _chosen(filters)
    form = request.form
    try:
        wish = bulk.wish(
            ctx(),
            form.get("action", ""),
            form.get("new_tag", ""),
            form.get("new_category", ""),
            form.get("new_author", ""),
        )
    except Invalid as error:
        for problem in error.problems:
            flash(problem.message, "bad")
        return redirect(back)
    progress = many.so_far()
    if not chosen and not progress.after:
        flash("Tick the articles first.", "bad")
        return redirect(back)
    fields = [(name, value) for name, value in form.items(multi=True) if name not in _OF_THE_QUESTION]
    if _must_ask(wish, len(chosen), progress):
        return many.ask(_question(wish, chosen, back, [*fields, ("asked", str(len(chosen)))]))
    return many.answer(bulk.apply(ctx(), wish, chosen, many.by(), progress), _done(wish, back, fields))


_OF_THE_QUESTION = frozenset({"csrf_token", "agreed", "progress", "asked"})


def _must_ask(wish: Wish, number: int, progress: Progress) -> bool:
    """Return whether a question comes first: also when more are found by now than the person was asked about."""
    if many.agreed():
        asked = request.form.get("asked", "")
        return not progress.after and number > (int(asked) if asked.isdecimal() and len(asked) < 10 else 0)
    return wish.action is Action.DELETE or number > WITHOUT_ASKING


def _chosen(filters: dict[str, str]) -> list[Article]:
    """Return the articles that are ticked, or all that the list's search finds."""
    if request.form.get("all") == "yes":
        return articles.search(ctx(), *(filters[name] for name in FILTERS))
    ctx().articles.refresh(force=True)
    found = (ctx().articles.by_id(key) for key in request.form.getlist("id"))
    return [article for article in found if article]


_VERBS = {
    Action.PUBLISH: ("Publish", "is published", "are published"),
    Action.DRAFT: ("Take back to draft", "is a draft now", "are drafts now"),
    Action.ARCHIVE: ("Archive", "is archived", "are archived"),
    Action.ADD_TAG: ("Add the tag", "has the tag now", "have the tag now"),
    Action.REMOVE_TAG: ("Remove the tag", "is without the tag now", "are without the tag now"),
    Action.CATEGORY: ("Set the category", "is in the category now", "are in the category now"),
    Action.AUTHOR: ("Set the author", "has the author now", "have the author now"),
    Action.DELETE: ("Delete", "is in the folder .trash of your posts", "are in the folder .trash of your posts"),
}


def _question(wish: Wish, chosen: list[Article], back: str, fields: list[tuple[str, str]]) -> Question:
    count = many.articles(len(chosen))
    verb = _VERBS[wish.action][0]
    sentences = [
        "“" + "”, “".join(article.title for article in chosen[:5]) + "”" + (" and others." if len(chosen) > 5 else ".")
    ]
    if wish.action is Action.DELETE:
        waiting = sum(waiting_about(ctx(), article.id) for article in chosen[:1000])
        sentences.append("Visitors will not find them any more. Their folders move to .trash in your posts folder.")
        if waiting:
            sentences.append(
                f"{waiting} {'post' if waiting == 1 else 'posts'} in the queue that lead there will be held back."
            )
    return Question(f"{verb}: {count}", tuple(sentences), verb, back, fields, bad=wish.action is Action.DELETE)


def _done(wish: Wish, back: str, fields: list[tuple[str, str]]) -> Done:
    verb, one, several = _VERBS[wish.action]
    return Done(verb, lambda count: f"{many.articles(count, one, several)}.", back, fields)
