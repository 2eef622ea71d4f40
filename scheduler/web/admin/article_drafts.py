"""What an open editor says by itself: the words typed so far, that it is still open, and what it throws away."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from scheduler.content.drafts import DraftConflict
from scheduler.domain import wording
from scheduler.domain.article import is_public
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.services.editorial import articles, drafts, presence, revisions
from scheduler.web.admin.article_conflicts import by
from scheduler.web.admin.article_form import ArticleForm, given_by, page_of, status_for
from scheduler.web.context import ctx

bp = Blueprint("article_drafts", __name__, url_prefix="/admin/articles")


@bp.post("/draft")
@bp.post("/<slug>/draft")
def keep(slug: str = "") -> ResponseReturnValue:
    """Keep what is typed; answer where it is and when it was kept, or why it was not."""
    form = ArticleForm()
    page = page_of(form)
    base = ctx().articles.by_id(page.article_id) or ctx().articles.get(slug)
    page = replace(page, article_id=base.id) if base else page
    try:
        kept = drafts.keep(ctx(), given_by(form, status_for("save", base)), page, by())
    except DraftConflict as error:
        return jsonify(problem=str(error), together=True), 409
    except NotFound as error:
        return jsonify(problem=str(error)), 404
    except Conflict as error:
        return jsonify(problem=str(error)), 409
    except Invalid as error:
        return jsonify(problem=" ".join(problem.message for problem in error.problems)), 422
    if kept is None:
        return jsonify(note="")
    now, zone = ctx().clock.now_ms(), ctx().settings.calendar.zone
    return jsonify(
        note=f"Saved {wording.clock_time(now, zone)}" if kept.draft_hash else "No changes",
        draft=kept.draft_hash,
        base=kept.base_hash,
        url=url_for("articles.edit", slug=kept.article.slug),
    )


@bp.post("/<slug>/draft/discard")
def discard(slug: str) -> ResponseReturnValue:
    """Throw the unpublished edits away; they stay among the versions."""
    article = articles.existing(ctx(), slug)
    try:
        gone = drafts.discard(ctx(), article, request.form.get("draft_hash", ""), by())
        if gone:
            flash("The changes are discarded. They are the newest of the versions below, and can be restored.", "ok")
    except DraftConflict as error:
        flash(str(error), "bad")
        return redirect(url_for("articles.edit", slug=slug))
    return redirect(url_for("article_revisions.index", slug=slug) if gone else url_for("articles.edit", slug=slug))


@bp.post("/<slug>/presence")
def open_here(slug: str) -> ResponseReturnValue:
    """Note that a page has the article open; answer who else has, and what became of the article meanwhile."""
    page = page_of(ArticleForm())
    if request.form.get("gone"):
        presence.left(ctx(), page.article_id, page.tab)
        return "", 204
    article = drafts.find(ctx(), slug, page.article_id)
    typed = request.form.get("typed", type=int)
    typed = min(max(typed, 0), 86_400_000) if typed is not None else None
    changed = bool(page.base_hash) and article.content_hash != page.base_hash
    return jsonify(
        people=presence.heard_of(ctx(), article.id, page.tab, current_user.user.name, typed),
        public=is_public(article, ctx().clock.now_ms()),
        changed=revisions.writer_of(ctx(), article.id, article.content_hash) if changed else "",
    )


@bp.get("/token")
def token() -> ResponseReturnValue:
    """Return what a form of this session must carry: for a page that was opened before the person logged in again."""
    return jsonify(token=generate_csrf())
