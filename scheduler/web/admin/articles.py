"""The list of articles, and the page on which one is written, saved, published and put away."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.content.drafts import DraftConflict
from scheduler.content.yaml_tree import LineProblem
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.problem import Conflict, Invalid, refuse
from scheduler.domain.slug import is_unnamed, slugify
from scheduler.services.editorial import articles, drafts, previews, revisions, saving
from scheduler.services.editorial.article_input import ArticleInput, imagined
from scheduler.services.editorial.drafts import Opened, Page
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library.pictures import picture
from scheduler.services.planning.overview import waiting_about
from scheduler.web.admin.article_conflicts import Sides, by, choose, mine, unreadable
from scheduler.web.admin.article_form import ArticleForm, empty, filled, given_by, page_of, status_for
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems, whole

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
        categories=_categories(category),
        problems=ctx().articles.problems(),
        any=bool(ctx().articles.all()),
        statuses=list(Status),
        names={author.key: author.name for author in ctx().articles.authors()},
        shown=_shown,
        titled=lambda article: drafts.shown_title(ctx(), article),
        has_draft=lambda article: drafts.has_draft(ctx(), article),
    )


def _categories(chosen: str) -> list[str]:
    """Return every category for a choice, those that only hold others and the chosen one included."""
    paths = {path for article in ctx().articles.all() for path in article.categories}
    names = {"/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)}
    return sorted(names | ({chosen} if chosen else set()), key=str.casefold)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show an empty article."""
    return _editor(empty(), None, 200)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Write a new article, or keep its words; saving by itself may have made it already."""
    form, do = ArticleForm(), request.form.get("do", "save")
    page = page_of(form)
    ctx().articles.refresh(force=True)
    if there := ctx().articles.by_id(page.article_id):
        return _store(form, there, do)
    if do == "keep":
        return _keep(form, None)
    given = given_by(form, status_for(do, None))
    try:
        given = articles.for_now(ctx(), given) if do == Status.PUBLISHED else given
        article = articles.create(ctx(), given, by(), page.article_id)
    except Invalid as error:
        show_problems(form, error)
        return _editor(form, None, 422)
    except Conflict as error:
        show_problems(form, refuse("slug", str(error)))
        return _editor(form, None, 409)
    return _saved(article, do, page)


@bp.get("/<slug>/")
def edit(slug: str) -> ResponseReturnValue:
    """Show an article for editing, with what is not published yet."""
    article = articles.existing(ctx(), slug)
    opened = drafts.opened(ctx(), article)
    form = filled(article, opened)
    if opened.merged and not opened.merged.is_clean:
        whose = revisions.writer_of(ctx(), article.id, article.content_hash)
        sides = Sides(opened.given, opened.merged, page_of(form), whose)
        return choose(article, sides, "keep" if _is_public(article) else "save", 200)
    return _editor(form, article, 200, opened)


@bp.post("/<slug>/")
def save(slug: str) -> ResponseReturnValue:
    """Save an article, joined with what others changed; what stands against it goes before the person."""
    form = ArticleForm()
    article = drafts.find(ctx(), slug, page_of(form).article_id)
    return _store(form, article, request.form.get("do", "save"))


def _store(form: ArticleForm, article: Article, do: str) -> ResponseReturnValue:
    if do == "keep" or (do == "save" and _is_public(article)):  # the public page changes only by its own button
        return _keep(form, article)
    page = page_of(form)
    if not page.base_hash and is_unnamed(article.slug):
        page = replace(page, base_hash=article.content_hash)  # the page never heard that its words were kept
    given = given_by(form, status_for(do, article))
    if do == "theirs":
        return _take_theirs(form, article, given)
    if do == Status.PUBLISHED:
        given = articles.for_now(ctx(), given)
    elif do == "update" and article.status is Status.SCHEDULED:  # its time has come
        given = replace(given, status=Status.PUBLISHED)
    try:
        saved = saving.save(ctx(), article.slug, given, page, by())
        return _saved(saved.article, do, page, saved.joined)
    except saving.Unmerged as error:
        return _both_versions(article, given, page, error, do)
    except Invalid as error:
        show_problems(form, error)
        return _editor(form, article, 422)
    except Conflict as error:
        show_problems(form, refuse("slug", str(error)))
        return _editor(form, article, 409)


def _keep(form: ArticleForm, article: Article | None) -> ResponseReturnValue:
    given, page = given_by(form, status_for("save", article)), page_of(form)
    page = replace(page, article_id=article.id) if article else page
    joined = ""
    try:
        try:
            kept = drafts.keep(ctx(), given, page, by())
        except DraftConflict as conflict:
            theirs, merged = conflict.theirs, drafts.join(ctx(), given, page, conflict.theirs)
            joined = theirs.note.by or "somebody else"
            page = replace(page, base_hash=theirs.note.base, draft_hash=theirs.hash)
            if article and not merged.is_clean:
                return choose(article, Sides(given, merged, page, joined), "keep")
            kept = drafts.keep(ctx(), merged.given, page, by())
    except Invalid as error:
        show_problems(form, error)
        return _editor(form, article, 422)
    if kept is None:
        flash("There are no words to keep yet.", "info")
        return redirect(url_for(".new"))
    _tell_kept(kept.article, joined)
    return redirect(url_for(".edit", slug=kept.article.slug, saved=page.tab or None))


def _tell_kept(article: Article, joined: str) -> None:
    seen = " The public page shows the older version until you update it." if _is_public(article) else ""
    flash(f"Kept as a draft.{_joined(joined)}{seen}", "ok")


def _joined(name: str) -> str:
    return f" Your changes and the changes of {name} were joined." if name else ""


def _take_theirs(form: ArticleForm, article: Article, given: ArticleInput) -> ResponseReturnValue:
    drafts.set_aside(ctx(), article, mine(given), page_of(form), by())
    flash("This is the other version. Yours is among the versions of this article, and can be restored there.", "ok")
    return redirect(url_for(".edit", slug=article.slug, saved=page_of(form).tab or None))


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


def _saved(article: Article, do: str, page: Page, joined: str = "") -> ResponseReturnValue:
    said = f"Saved. {DONE[Status(do)]}" if do in list(Status) else "Saved."
    said = "The public page is updated." if do == "update" and _is_public(article) else said
    flash(said + _joined(joined), "ok")
    if article.status in (Status.DRAFT, Status.ARCHIVED) and (warning := _waiting(article)):
        flash(f"{warning} until the article is public.", "warn")
    just = "done" if do in (Status.PUBLISHED, Status.SCHEDULED) else None
    return redirect(url_for(".edit", slug=article.slug, just=just, saved=page.tab or None))


def _waiting(article: Article) -> str:
    """Return the beginning of a sentence about the posts that lead to the article; "" when none waits."""
    match waiting_about(ctx(), article.id):
        case 0:
            return ""
        case 1:
            return "1 post in the queue leads to it and is held back"
        case many:
            return f"{many} posts in the queue lead to it and are held back"


def _editor(
    form: ArticleForm, article: Article | None, status: int, opened: Opened | None = None
) -> ResponseReturnValue:
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
        address=path_of(article) if article else "",
        notes=_notes(article, opened) if article and opened else (),
        opened=opened,
        accepted=request.args.get("saved", ""),
        links=previews.links_of(ctx(), article) if article else [],
        days=previews.DAYS,
        just_done=request.args.get("just") == "done",
        categories=sorted({"/".join(path) for other in ctx().articles.all() for path in other.categories}),
    )
    return page, status


def _notes(article: Article, opened: Opened) -> list[LineProblem]:
    """Return the notes on the text, with the lines as the editor shows them: without the empty ones on top."""
    shown = imagined(opened.given, article)
    return list(rendered(ctx(), shown, preview=True).problems)


def _both_versions(
    article: Article, given: ArticleInput, page: Page, error: saving.Unmerged, do: str
) -> ResponseReturnValue:
    if error.merged is None:
        return unreadable(article, given, page, error, do)
    whose = revisions.writer_of(ctx(), article.id, error.base_hash)
    return choose(article, Sides(given, error.merged, replace(page, base_hash=error.base_hash), whose), do)


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
