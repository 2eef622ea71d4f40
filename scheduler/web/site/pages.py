"""The public pages: home, the lists of articles, and the articles themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Kind, is_public
from scheduler.domain.problem import NotFound
from scheduler.services.site import card_image, catalogue, icons, listings
from scheduler.services.site.business import address_lines, opening_hours, way_there
from scheduler.services.site.cards import ArticleCard
from scheduler.services.site.pages import ArticlePage, AuthorBox, article_page, card_paths, dial
from scheduler.web.context import ctx
from scheduler.web.public import public
from scheduler.web.security import policy
from scheduler.web.site import structured_data
from scheduler.web.site.moved import moved
from scheduler.web.site.page_number import page_number
from scheduler.web.site.theme import font_path, style_path

bp = Blueprint("site", __name__)


@bp.get("/")
@public()
def home() -> ResponseReturnValue:
    """Show the home page."""
    return render_template("site/home.html", page=listings.home_page(ctx()))


@bp.get("/blog/")
@bp.get("/blog/page/<int:number>/")
@public(paths=catalogue.blog_paths)
def blog(number: int = 1) -> ResponseReturnValue:
    """Show one page of all articles."""
    if request.view_args and number == 1:
        return redirect(listings.BLOG, 301)
    return render_template("site/blog.html", page=listings.blog_page(ctx(), number))


@bp.get("/blog/<slug>/")
@public(paths=catalogue.article_paths)
def article(slug: str) -> ResponseReturnValue:
    """Show an article that visitors may see; an old address of one leads to the new."""
    found = ctx().articles.get(slug)
    if found and found.kind is Kind.ARTICLE and _may_be_seen(found):
        return with_films(article_page(ctx(), found), preview=False)
    return _way_on("There is no article at this address.")


@bp.get("/<slug>/", strict_slashes=False)
@public(paths=catalogue.page_paths)
def page(slug: str) -> ResponseReturnValue:
    """Show a page that stands by itself."""
    found = ctx().articles.get(slug)
    if found is None or found.kind is not Kind.PAGE or not _may_be_seen(found):
        return _way_on("There is no page at this address.")
    if not request.path.endswith("/"):
        return redirect(path_of(found), 301)
    return with_films(article_page(ctx(), found), preview=False)


@bp.get("/blog/archive/")
@public()
def archive() -> ResponseReturnValue:
    """Show every article by year and month."""
    return render_template("site/archive.html", page=listings.archive_page(ctx()))


@bp.get("/blog/series/<slug>/")
@public(paths=catalogue.series_paths)
def series(slug: str) -> ResponseReturnValue:
    """Show the parts of a series in their order."""
    return render_template("site/series.html", page=listings.series_page(ctx(), slug))


@bp.get("/media/cards/<name>")
@public(paths=card_paths)
def card(name: str) -> ResponseReturnValue:
    """Send the picture of the link card of an article without a photo."""
    response = Response(card_image.card(ctx(), name), content_type="image/png")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.get("/blog/category/<path:address>/")
@public(paths=catalogue.category_paths, queries=("page",))
def category(address: str) -> ResponseReturnValue:
    """Show a category and everything below it."""
    return render_template("site/category.html", page=listings.category_page(ctx(), address, _page_number()))


@bp.get("/blog/tag/<slug>/")
@public(paths=catalogue.tag_paths, queries=("page",))
def tag(slug: str) -> ResponseReturnValue:
    """Show a tag."""
    return render_template("site/tag.html", page=listings.tag_page(ctx(), slug, _page_number()))


@bp.get("/blog/author/<key>/")
@public(paths=catalogue.author_paths, queries=("page",))
def author(key: str) -> ResponseReturnValue:
    """Show an author."""
    return render_template("site/author.html", page=listings.author_page(ctx(), key, _page_number()))


@bp.app_context_processor
def frame() -> dict[str, object]:
    """Return what every page of the site's look shows around its content."""
    site = ctx().settings.site
    return {
        "site": site,
        "hours": opening_hours(site.business),
        "address": address_lines(site.business),
        "map_href": way_there(site.business),
        "tel": dial(site.business.phone),
        "logo": icons.logo(ctx(), site.theme.logo),
        "logo_dark": icons.logo(ctx(), site.theme.logo_dark),
        "initial": icons.initial(site.name),
        "style_path": style_path,
        "font_path": font_path,
        "article_entities": _article_entities,
        "site_entities": _site_entities,
        "breadcrumb_entity": _breadcrumb_entity,
        "article_card": _article_card,
        "person_entity": _person_entity,
    }


def _article_card(card: ArticleCard, level: int = 2) -> Markup:
    """Return the card of an article; `level` is that of its heading."""
    return _drawn_card(current_app.jinja_env.get_template("site/macros.html").module, card, level)


@lru_cache(maxsize=2_000)
def _drawn_card(macros: Any, card: ArticleCard, level: int) -> Markup:
    drawn: Markup = macros.article_card(card, level)
    return drawn


FILM_HOSTS = "https://www.youtube-nocookie.com https://player.vimeo.com"
"""The only other sites that a page may load, after a click, and only where the text holds a film of theirs."""


def with_films(page: ArticlePage, preview: bool) -> Response:
    """Return an article's page as a response that may load the films in it."""
    response = make_response(render_template("site/article.html", page=page, preview=preview))
    if page.embeds:
        response.headers["Content-Security-Policy"] = policy(frame_src=FILM_HOSTS)
    return response


def _may_be_seen(article: Article) -> bool:
    return is_public(article, ctx().clock.now_ms())


def _way_on(sentence: str) -> ResponseReturnValue:
    """Lead on from an old address. Raises `NotFound` with the sentence when it leads nowhere."""
    way_on = moved()
    if way_on is None:
        raise NotFound(sentence)
    return way_on


def _page_number() -> int:
    return page_number("This list has no such page.")


def _article_entities(page: ArticlePage) -> list[Markup]:
    settings = ctx().settings
    return [
        structured_data.block(entity)
        for entity in structured_data.article_entities(page, settings.site, settings.base_url)
    ]


def _site_entities() -> list[Markup]:
    settings = ctx().settings
    return [
        structured_data.block(made(settings.site, settings.base_url))
        for made in (structured_data.website, structured_data.business)
    ]


def _breadcrumb_entity(page: listings.Listing) -> Markup:
    return structured_data.block(structured_data.breadcrumbs(page.crumbs, ctx().settings.base_url))


def _person_entity(author: AuthorBox) -> Markup:
    return structured_data.block(structured_data.person(author, ctx().settings.base_url))
