"""Seeing an article as visitors will: beside the editor while it is written, and by links for people without login."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urljoin

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.article import Article
from scheduler.domain.problem import Invalid, NotFound
from scheduler.services.editorial import articles, linking, previews
from scheduler.services.editorial.article_input import imagined, tidy
from scheduler.services.editorial.rendering import rendered
from scheduler.services.site.pages import article_page
from scheduler.web.admin.article_form import ArticleForm, given_by, status_for
from scheduler.web.context import ctx
from scheduler.web.security import policy

bp = Blueprint("article_preview", __name__, url_prefix="/admin/articles")


@bp.get("/new/preview")
def blank() -> ResponseReturnValue:
    """Show the page of an article that has no words yet."""
    return _framed(imagined(tidy(given_by(ArticleForm(formdata=None), "draft"))))


@bp.get("/<slug>/preview")
def saved(slug: str) -> ResponseReturnValue:
    """Show the page of an article as it is saved."""
    return _framed(articles.existing(ctx(), slug))


@bp.get("/suggest")
def suggest() -> ResponseReturnValue:
    """Return the articles that some typed words may mean, for a link to one of them, as JSON."""
    found = linking.suggested(ctx(), request.args.get("q", "")[:200], request.args.get("not", ""))
    return jsonify([asdict(one) for one in found])


@bp.post("/preview")
def typed() -> ResponseReturnValue:
    """Return the page of an article as it is typed, and what is wrong with its text, as JSON."""
    base = ctx().articles.get(request.args.get("slug", ""))
    article = imagined(tidy(given_by(ArticleForm(), status_for("save", base))), base)
    content = rendered(ctx(), article, preview=True)
    return jsonify(
        html=_page(article),
        problems=[{"line": problem.line, "reason": problem.reason} for problem in content.problems],
        words=content.words,
        minutes=content.reading_minutes,
    )


@bp.post("/<slug>/preview-links")
def make_link(slug: str) -> ResponseReturnValue:
    """Make a preview link, and show it this once."""
    article = articles.existing(ctx(), slug)
    try:
        days = request.form.get("days", 0, type=int)
        fresh = previews.create_link(ctx(), article, days, request.form.get("note", ""), current_user.user.id)
    except Invalid as error:
        flash(str(error), "bad")
        return redirect(url_for("articles.edit", slug=slug))
    address = urljoin(ctx().settings.base_url, fresh.path)
    return render_template("admin/articles/preview_link.html", article=article, link=fresh.link, address=address)


@bp.post("/<slug>/preview-links/<int:link_id>/end")
def end_link(slug: str, link_id: int) -> ResponseReturnValue:
    """End a preview link."""
    try:
        previews.revoke_link(ctx(), articles.existing(ctx(), slug), link_id)
        flash("The preview link is ended: it opens nothing any more.", "ok")
    except NotFound as error:
        flash(str(error), "info")
    return redirect(url_for("articles.edit", slug=slug))


def _page(article: Article) -> str:
    page = article_page(ctx(), article, preview=True)
    return render_template("site/article.html", page=page, preview=True, framed=True)


def _framed(article: Article) -> Response:
    response = make_response(_page(article))
    response.headers["Content-Security-Policy"] = policy(frame_ancestors="'self'", script_src="'none'")
    return response
