"""Seeing an article as visitors will: beside the editor while it is written, and by links for people without login."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urljoin

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from scheduler.content.article_file import LONGEST_TITLE
from scheduler.domain.article import Article
from scheduler.domain.problem import Invalid, NotFound
from scheduler.services.editorial import articles, linking, previews
from scheduler.services.editorial.article_input import ArticleInput, imagined, tidy
from scheduler.services.editorial.card_preview import link_preview
from scheduler.services.editorial.checks import checks_of
from scheduler.services.editorial.drafts import opened
from scheduler.services.editorial.rendering import rendered
from scheduler.services.site import card_image
from scheduler.services.site.pages import article_page
from scheduler.web.admin.article_form import ArticleForm, given_by, page_of, status_for
from scheduler.web.context import ctx
from scheduler.web.security import policy

_LOOKED_UP = frozenset({"slug", "path", "address", "key"})
"""Parts of addresses that a page looks up itself: that its route matches says nothing."""

bp = Blueprint("article_preview", __name__, url_prefix="/admin/articles")


@bp.get("/new/preview")
def blank() -> ResponseReturnValue:
    """Show the page of an article that has no words yet."""
    return _framed(imagined(_nothing()))


@bp.get("/<slug>/preview")
def saved(slug: str) -> ResponseReturnValue:
    """Show the page of an article as its editor shows it, unpublished edits included."""
    return _framed(previews.latest(ctx(), articles.existing(ctx(), slug)))


@bp.get("/card-picture")
def drawn() -> ResponseReturnValue:
    """Send the picture that a link card has without a photo: the title, drawn."""
    title = request.args.get("title", "")[:LONGEST_TITLE]
    return Response(
        card_image.draw(title, ctx().settings.site.name, ctx().settings.site.theme), content_type="image/png"
    )


@bp.get("/suggest")
def suggest() -> ResponseReturnValue:
    """Return the articles that some typed words may mean, for a link to one of them, as JSON."""
    found = linking.suggested(ctx(), request.args.get("q", "")[:200], request.args.get("not", ""))
    return jsonify([asdict(one) for one in found])


@bp.post("/preview")
def typed() -> ResponseReturnValue:
    """Return the page of an article as it is typed, its link cards and its checks, as JSON."""
    form = ArticleForm()
    base = ctx().articles.by_id(page_of(form).article_id) or ctx().articles.get(request.args.get("slug", ""))
    given = given_by(form, status_for("save", base))
    article = imagined(tidy(given), base)
    content = rendered(ctx(), article, preview=True)
    return jsonify(
        html=_page(article),
        problems=[{"line": problem.line, "reason": problem.reason} for problem in content.problems],
        words=content.words,
        minutes=content.reading_minutes,
        **_beside(given, base),
    )


@bp.app_template_global()
def linking_here(article: Article) -> list[Article]:
    """Return the articles that link to this one."""
    return linking.linking_to(ctx(), article)


@bp.app_template_global()
def beside_article(article: Article | None) -> dict[str, str]:
    """Return what stands beside the text of an article as its editor shows it (None: of a new one), as HTML."""
    given = opened(ctx(), article).given if article else _nothing()
    return {name: Markup(html) for name, html in _beside(given, article).items()}  # noqa: S704  # our own templates


def _beside(given: ArticleInput, base: Article | None) -> dict[str, str]:
    """Return the link cards and the checks of an article as HTML."""
    card = link_preview(ctx(), imagined(tidy(given), base))
    checks = checks_of(ctx(), given, base, _serves)
    return {
        "cards": render_template("admin/articles/edit/cards.html", card=card),
        "checks": render_template("admin/articles/edit/checks.html", checks=checks),
    }


def _serves(path: str) -> bool:
    """Return whether the application has a page for visitors at `path`, as far as its routes can tell."""
    try:
        rule, _ = current_app.url_map.bind("").match(path, return_rule=True)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return not rule.arguments & _LOOKED_UP


def _nothing() -> ArticleInput:
    return tidy(given_by(ArticleForm(formdata=None), "draft"))


@bp.post("/<slug>/preview-links")
def make_link(slug: str) -> ResponseReturnValue:
    """Make a preview link, and show it this once."""
    article = articles.existing(ctx(), slug)
    try:
        form = request.form
        wish = previews.Wish(form.get("days", 0, type=int), form.get("note", ""), form.get("scope", "following"))
        fresh = previews.create_link(ctx(), article, wish, current_user.user.id)
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
