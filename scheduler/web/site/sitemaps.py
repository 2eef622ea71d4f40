"""For search engines and other programs: sitemaps, robots.txt, the key of IndexNow, security.txt and llms.txt."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from scheduler.clock import to_datetime
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Kind
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.site import announcing, sitemaps
from scheduler.services.site.films import Film
from scheduler.services.site.findable import listed
from scheduler.services.site.sitemaps import Place
from scheduler.web.context import ctx
from scheduler.web.public import every_path, public

bp = Blueprint("sitemaps", __name__)

MAP, IMAGE, VIDEO, XHTML = (
    "http://www.sitemaps.org/schemas/sitemap/0.9",
    "http://www.google.com/schemas/sitemap-image/1.1",
    "http://www.google.com/schemas/sitemap-video/1.1",
    "http://www.w3.org/1999/xhtml",
)
ET.register_namespace("image", IMAGE)
ET.register_namespace("video", VIDEO)
ET.register_namespace("xhtml", XHTML)
LONGEST_VIDEO_SECONDS = 28_800
"""Google's video sitemaps know durations up to eight hours."""
DAY_MS = 86_400_000
SECURITY_DAYS = 180
"""How long a security.txt is good for; RFC 9116 wants less than a year."""


@bp.get("/sitemap.xml")
@public()
def index() -> Response:
    """Send the list of sitemaps."""
    root = ET.Element("sitemapindex", xmlns=MAP)
    for name, changed_at in sitemaps.files(ctx()):
        entry = ET.SubElement(root, "sitemap")
        _add(entry, "loc", f"{ctx().settings.base_url}/sitemaps/{name}")
        _add_date(entry, "lastmod", changed_at)
    return _xml(root)


@bp.get("/sitemaps/pages.xml")
@public()
def pages() -> Response:
    """Send the pages that list articles."""
    return _urlset(sitemaps.page_places(ctx(), every_path(current_app, ctx())))


@bp.get("/sitemaps/articles-<int:number>.xml")
@public(paths=lambda context: _article_files(context))
def articles(number: int) -> Response:
    """Send some of the articles."""
    places = sitemaps.article_places(ctx(), number)
    if not places:
        raise NotFound("There is no such sitemap.")
    return _urlset(places)


def _article_files(context: Context) -> list[str]:
    return [f"/sitemaps/{name}" for name, _ in sitemaps.files(context) if name != "pages.xml"]


def _urlset(places: list[Place]) -> Response:
    root = ET.Element("urlset", xmlns=MAP)
    for place in places:
        root.append(_url(place))
    return _xml(root)


def _url(place: Place) -> ET.Element:
    url = ET.Element("url")
    _add(url, "loc", place.url)
    _add_date(url, "lastmod", place.changed_at)
    for tag, address in place.languages:
        ET.SubElement(url, f"{{{XHTML}}}link", rel="alternate", hreflang=tag, href=address)
    for address in place.photos:
        _add(ET.SubElement(url, f"{{{IMAGE}}}image"), f"{{{IMAGE}}}loc", address)
    for film in place.films:
        if film.video.poster:  # a video without a still is not taken
            url.append(_video(film, place))
    return url


def _video(film: Film, place: Place) -> ET.Element:
    base = ctx().settings.base_url
    video = ET.Element(f"{{{VIDEO}}}video")
    _add(video, f"{{{VIDEO}}}thumbnail_loc", base + film.video.poster)
    _add(video, f"{{{VIDEO}}}title", film.name)
    _add(video, f"{{{VIDEO}}}description", film.description[:2048])
    _add(video, f"{{{VIDEO}}}content_loc", base + film.video.src)
    seconds = round(film.video.duration_ms / 1000)
    if 1 <= seconds <= LONGEST_VIDEO_SECONDS:
        _add(video, f"{{{VIDEO}}}duration", str(seconds))
    _add_date(video, f"{{{VIDEO}}}publication_date", place.published_at)
    return video


@bp.get("/robots.txt")
@public()
def robots() -> Response:
    """Send what robots may visit: everything but what is not meant for lists."""
    hidden = ("/admin/", "/api/", "/preview/", "/practice/", "/search/", "/x/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in hidden), ""]
    return _text("\n".join([*lines, f"Sitemap: {ctx().settings.base_url}/sitemap.xml"]) + "\n")


@bp.get("/<string(length=32):key>.txt")
@public(paths=lambda context: [f"/{announcing.key(context)}.txt"] if announcing.wants_indexnow(context) else [])
def indexnow_key(key: str) -> Response:
    """Send the key that proves to search engines that a message comes from this site."""
    if not announcing.wants_indexnow(ctx()) or key != announcing.key(ctx()):
        raise NotFound("There is nothing at this address.")
    return _text(key)


@bp.get("/.well-known/security.txt")
def security() -> ResponseReturnValue:
    """Send where weaknesses are reported (RFC 9116)."""
    contact = ctx().settings.site.discovery.security_contact
    if not contact:
        raise NotFound("There is nothing at this address.")
    day = to_datetime(ctx().clock.now_ms() // DAY_MS * DAY_MS + SECURITY_DAYS * DAY_MS)
    expires = day.isoformat().replace("+00:00", "Z")
    canonical = f"{ctx().settings.base_url}/.well-known/security.txt"
    return _text(f"Contact: {contact}\nExpires: {expires}\nCanonical: {canonical}\n")


@bp.get("/llms.txt")
@public(paths=lambda context: ["/llms.txt"] if context.settings.site.discovery.llms else [])
def llms() -> Response:
    """Send the list of articles for language models (llmstxt.org), when the owner wants that."""
    site = ctx().settings.site
    if not site.discovery.llms:
        raise NotFound("There is nothing at this address.")
    lines = [f"# {_line(site.name)}", "", f"> {_line(site.description or site.tagline)}", "", "## Articles", ""]
    for article in listed(ctx()):
        if article.kind is Kind.ARTICLE:
            address = ctx().settings.base_url + path_of(article)
            words = f": {_line(article.description)}" if article.description else ""
            lines.append(f"- [{_line(article.title)}]({address}){words}")
    return _text("\n".join(lines) + "\n")


def _line(text: str) -> str:
    return " ".join(text.replace("[", "(").replace("]", ")").split())


def _add(parent: ET.Element, name: str, text: str) -> None:
    legal = text if text.isprintable() else "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    ET.SubElement(parent, name).text = legal


def _add_date(parent: ET.Element, name: str, instant: int) -> None:
    if instant:
        _add(parent, name, to_datetime(instant).isoformat(timespec="seconds"))


def _xml(root: ET.Element) -> Response:
    return Response(ET.tostring(root, encoding="utf-8", xml_declaration=True), content_type="application/xml")


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")
