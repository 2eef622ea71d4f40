"""The list of articles, and the page on which one is written, saved, published and put away."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.content.writer import EditConflict
from scheduler.content.yaml_tree import LineProblem
from scheduler.domain.addresses import article_path
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.problem import Conflict, Invalid, refuse
from scheduler.domain.slug import slugify
from scheduler.services.editorial import articles, previews, versions
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library.pictures import picture
from scheduler.services.planning.overview import waiting_about
from scheduler.web.admin.article_form import ArticleForm, filled, given_by, show, status_for
from scheduler.web.context import ctx
from scheduler.web.forms import whole

bp = Blueprint("articles", __name__, url_prefix="/admin/articles")

PAGE = 50
DONE = {
    Status.DRAFT: "It is a draft now: visitors do not see it.",
    Status.SCHEDULED: "It is scheduled.",
    Status.PUBLISHED: "It is published: visitors see it now.",
    Status.ARCHIVED: "It is archived: visitors do not see it any more.",
}


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Show every article, and the files that cannot be read on top."""
    words, status, category, tag = (request.args.get(name, "") for name in ("q", "status", "category", "tag"))
    found = articles.search(ctx(), words, status, category, tag)
    tags = {slugify(name): name for article in ctx().articles.all() for name in article.tags}
    number = max(1, request.args.get("page", 1, type=whole))
    return render_template(
        "admin/articles/index.html",
        found=found[(number - 1) * PAGE : number * PAGE],
        total=len(found),
        number=number,
        more=len(found) > number * PAGE,
        filters={"q": words, "status": status, "category": category, "tag": tag},
        tags=sorted(tags.values(), key=str.casefold),
        tag_name=tags.get(tag, tag),
        categories=sorted({"/".join(path) for article in ctx().articles.all() for path in article.categories}),
        problems=ctx().articles.problems(),
        any=bool(ctx().articles.all()),
        statuses=list(Status),
        names={author.key: author.name for author in ctx().articles.authors()},
        shown=_shown,
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show an empty article."""
    return _editor(ArticleForm(formdata=None), None, 200)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Write a new article."""
    form, do = ArticleForm(), request.form.get("do", "save")
    given = given_by(form, status_for(do, None))
    try:
        article = articles.create(ctx(), articles.for_now(ctx(), given) if do == Status.PUBLISHED else given)
    except Invalid as error:
        show(form, error)
        return _editor(form, None, 422)
    except Conflict as error:
        show(form, refuse("slug", str(error)))
        return _editor(form, None, 409)
    return _saved(article, do)


@bp.get("/<slug>/")
def edit(slug: str) -> ResponseReturnValue:
    """Show an article for editing."""
    article = articles.existing(ctx(), slug)
    return _editor(filled(article), article, 200)


@bp.post("/<slug>/")
def save(slug: str) -> ResponseReturnValue:
    """Save an article; a stale save shows both versions and writes nothing."""
    article = articles.existing(ctx(), slug)
    form, do = ArticleForm(), request.form.get("do", "save")
    given = given_by(form, status_for(do, article))
    if do == Status.PUBLISHED:
        given = articles.for_now(ctx(), given)
    try:
        return _saved(articles.change(ctx(), slug, given, form.base_hash.data or ""), do)
    except EditConflict as error:
        return _both_versions(form, article, error, do)
    except Invalid as error:
        show(form, error)
        return _editor(form, article, 422)
    except Conflict as error:
        show(form, refuse("slug", str(error)))
        return _editor(form, article, 409)


@bp.route("/<slug>/deletion", methods=["GET", "POST"])
def delete(slug: str) -> ResponseReturnValue:
    """Ask whether an article shall go, and move it to the trash."""
    article = articles.existing(ctx(), slug)
    if request.method == "GET":
        return render_template(
            "admin/articles/delete.html", article=article, public=_is_public(article), waiting=_waiting(article)
        )
    articles.delete(ctx(), slug, request.form.get("base_hash", ""))
    flash(f"“{article.title}” is in the folder .trash of your posts.", "ok")
    return redirect(url_for(".listing"))


def _saved(article: Article, do: str) -> ResponseReturnValue:
    flash(f"Saved. {DONE[Status(do)]}" if do in list(Status) else "Saved.", "ok")
    if article.status in (Status.DRAFT, Status.ARCHIVED) and (warning := _waiting(article)):
        flash(f"{warning} until the article is public.", "warn")
    just = "done" if do in (Status.PUBLISHED, Status.SCHEDULED) else None
    return redirect(url_for(".edit", slug=article.slug, just=just))


def _waiting(article: Article) -> str:
    """Return the beginning of a sentence about the posts that lead to the article; "" when none waits."""
    match waiting_about(ctx(), article.id):
        case 0:
            return ""
        case 1:
            return "1 post in the queue leads to it and is held back"
        case many:
            return f"{many} posts in the queue lead to it and are held back"


def _editor(form: ArticleForm, article: Article | None, status: int) -> ResponseReturnValue:
    lead = picture(ctx(), form.image.data) if form.image.data else None
    card = picture(ctx(), form.card_image.data) if form.card_image.data else None
    page = render_template(
        "admin/articles/edit.html",
        form=form,
        article=article,
        lead=[lead] if lead else [],
        card=[card] if card else [],
        shown=_shown,
        public=article is not None and _is_public(article),
        address=article_path(article.slug) if article else "",
        notes=_notes(article) if article and status == 200 else (),
        links=previews.links_of(ctx(), article) if article else [],
        days=previews.DAYS,
        just_done=request.args.get("just") == "done",
        categories=sorted({"/".join(path) for other in ctx().articles.all() for path in other.categories}),
    )
    return page, status


def _notes(article: Article) -> list[LineProblem]:
    """Return the notes on the text, with the lines as the editor shows them: without the empty ones on top."""
    above = len(article.body) - len(article.body.lstrip("\r\n"))
    hidden = article.body[:above].replace("\r\n", "\n").count("\n")
    return [replace(note, line=note.line - hidden) for note in rendered(ctx(), article, preview=True).problems]


def _both_versions(form: ArticleForm, article: Article, error: EditConflict, do: str) -> ResponseReturnValue:
    given = given_by(form, status_for(do, article))
    theirs = versions.theirs(ctx(), article, error.theirs_text)
    page = render_template(
        "admin/articles/conflict.html",
        form=form,
        article=article,
        do=do,
        base_hash=error.base_hash,
        theirs=theirs,
        fields=versions.differing_fields(given, theirs.given) if theirs.given else [],
        rows=versions.compared(given.body, theirs.body),
        hidden=[(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_REPEATED],
    )
    return page, 409


_NOT_REPEATED = frozenset({"csrf_token", "base_hash", "body", "do"})


def _is_public(article: Article) -> bool:
    return is_public(article, ctx().clock.now_ms())


def _shown(article: Article) -> tuple[str, str, str]:
    """Return word, tone and icon of an article's status; a scheduled one whose time has come is published."""
    if article.status is Status.SCHEDULED and _is_public(article):
        return "Published", "ok", "circle-check"
    return _STATUS[article.status]


_STATUS = {
    Status.DRAFT: ("Draft", "", "pencil"),
    Status.SCHEDULED: ("Scheduled", "info", "clock"),
    Status.PUBLISHED: ("Published", "ok", "circle-check"),
    Status.ARCHIVED: ("Archived", "warn", "archive"),
}
