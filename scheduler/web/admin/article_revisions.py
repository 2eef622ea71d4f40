"""The versions of an article: who made them and when, what differs between two, and how to have one back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.article import Article, is_public
from scheduler.domain.problem import Invalid
from scheduler.services.editorial import articles, comparing, drafts, revisions
from scheduler.web.admin.article_conflicts import by
from scheduler.web.context import ctx
from scheduler.web.forms import whole

bp = Blueprint("article_revisions", __name__, url_prefix="/admin/articles")


@bp.get("/<slug>/revisions")
def index(slug: str) -> ResponseReturnValue:
    """List the versions, newest first."""
    article = articles.existing(ctx(), slug)
    before = request.args.get("before", type=whole)
    found = revisions.listed(ctx(), article, before)
    return render_template(
        "admin/articles/revisions.html",
        article=article,
        found=found[: revisions.PAGE],
        more=found[revisions.PAGE - 1].number if len(found) > revisions.PAGE else None,
        public=_is_public(article),
        has_draft=drafts.has_draft(ctx(), article),
        first=before is None,
    )


@bp.get("/<slug>/revisions/compare")
def compare(slug: str) -> ResponseReturnValue:
    """Show what differs between two versions, as readers see it."""
    article = articles.existing(ctx(), slug)
    one, two = request.args.get("one", comparing.PAGE), request.args.get("two", comparing.DRAFT)
    return render_template(
        "admin/articles/compare.html",
        article=article,
        comparison=comparing.compare(ctx(), article, one, two),
        public=_is_public(article),
        one=one,
        two=two,
    )


@bp.post("/<slug>/revisions/<int:number>/restoration")
def restore(slug: str, number: int) -> ResponseReturnValue:
    """Bring a version back; nothing that is there now is lost."""
    article = articles.existing(ctx(), slug)
    public = _is_public(article)
    try:
        drafts.restore(ctx(), article, number, by(), public=public)
    except Invalid as error:
        flash(str(error), "bad")
        return redirect(url_for(".index", slug=slug))
    seen = " It is a draft: the public page changes when you update it." if public else ""
    flash(f"Version {number} is back.{seen}", "ok")
    return redirect(url_for("articles.edit", slug=slug))


def _is_public(article: Article) -> bool:
    return is_public(article, ctx().clock.now_ms())
