"""Feeds of the site, of each category and of each author, as RSS 2.0, Atom and JSON Feed 1.1."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from flask import Blueprint, Response

from scheduler.clock import to_datetime
from scheduler.domain.addresses import FEED_FILES
from scheduler.services.site import catalogue
from scheduler.services.site.feeds import Entry, Feed, author_feed, category_feed, site_feed
from scheduler.web.context import ctx
from scheduler.web.public import public

bp = Blueprint("feeds", __name__)

"""The three forms: each stands below the page that it is the feed of."""
_FORM = "<any('feed.xml', 'atom.xml', 'feed.json'):name>"
ATOM, DC, CONTENT, MEDIA = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/rss/1.0/modules/content/",
    "http://search.yahoo.com/mrss/",
)
for _prefix, _space in (("dc", DC), ("content", CONTENT), ("media", MEDIA)):
    ET.register_namespace(_prefix, _space)
ET.register_namespace("atom", ATOM)
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


@bp.get("/feed.xml", defaults={"name": "feed.xml"})
@bp.get("/atom.xml", defaults={"name": "atom.xml"})
@bp.get("/feed.json", defaults={"name": "feed.json"})
@public(paths=lambda _ctx: [f"/{name}" for name in FEED_FILES])
def site(name: str) -> Response:
    """Send the feed of all articles."""
    return _sent(site_feed(ctx()), name)


@bp.get(f"/blog/category/<path:address>/{_FORM}")
@public(paths=lambda context: _below(catalogue.category_paths(context)))
def category(address: str, name: str) -> Response:
    """Send the feed of a category."""
    return _sent(category_feed(ctx(), address), name)


@bp.get(f"/blog/author/<key>/{_FORM}")
@public(paths=lambda context: _below(catalogue.author_paths(context)))
def author(key: str, name: str) -> Response:
    """Send the feed of an author."""
    return _sent(author_feed(ctx(), key), name)


def _below(paths: Any) -> list[str]:
    return [f"{path}{name}" for path in paths if "?" not in path for name in FEED_FILES]


def _sent(feed: Feed, name: str) -> Response:
    mime, written = _FORMS[name]
    address = f"{ctx().settings.base_url}{feed.path}{name}"
    response = Response(written(feed, address), content_type=mime)
    response.headers.add("Link", f'<{address}>; rel="self"')
    if hub := ctx().settings.site.discovery.websub_hub:
        response.headers.add("Link", f'<{hub}>; rel="hub"')
    return response


def as_rss(feed: Feed, address: str) -> bytes:
    """Return a feed as RSS 2.0 with whole texts."""
    base, site = ctx().settings.base_url, ctx().settings.site
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", base + feed.path)
    _add(channel, "description", feed.description or feed.title)
    _add(channel, "language", site.language)
    if feed.updated_at:
        _add(channel, "lastBuildDate", _rfc822(feed.updated_at))
    ET.SubElement(channel, f"{{{ATOM}}}link", href=address, rel="self", type="application/rss+xml")
    if site.discovery.websub_hub:
        ET.SubElement(channel, f"{{{ATOM}}}link", href=site.discovery.websub_hub, rel="hub")
    for entry in feed.entries:
        channel.append(_rss_item(entry))
    return _document(root)


def _rss_item(entry: Entry) -> ET.Element:
    item = ET.Element("item")
    _add(item, "title", entry.title)
    _add(item, "link", entry.url)
    ET.SubElement(item, "guid", isPermaLink="false").text = entry.id
    _add(item, "pubDate", _rfc822(entry.published_at))
    if entry.author:
        _add(item, f"{{{DC}}}creator", entry.author)
    for name in entry.categories:
        _add(item, "category", name)
    if entry.summary:
        _add(item, "description", entry.summary)
    _add(item, f"{{{CONTENT}}}encoded", entry.html)
    if photo := entry.photo:
        sizes = {"width": str(photo.width), "height": str(photo.height)}
        media = ET.SubElement(
            item, f"{{{MEDIA}}}content", {"url": photo.url, "type": photo.mime, "medium": "image", **sizes}
        )
        if photo.alt:
            _add(media, f"{{{MEDIA}}}description", photo.alt)
    return item


def as_atom(feed: Feed, address: str) -> bytes:
    """Return a feed as Atom (RFC 4287) with whole texts."""
    base, site = ctx().settings.base_url, ctx().settings.site
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": site.language})
    _add(root, "id", base + feed.path)
    _add(root, "title", feed.title)
    if feed.description:
        _add(root, "subtitle", feed.description)
    _add(root, "updated", _rfc3339(feed.updated_at))
    _add(_add(root, "author"), "name", site.business.name or site.name)
    ET.SubElement(root, "link", href=base + feed.path)
    ET.SubElement(root, "link", href=address, rel="self", type="application/atom+xml")
    if site.discovery.websub_hub:
        ET.SubElement(root, "link", href=site.discovery.websub_hub, rel="hub")
    for entry in feed.entries:
        root.append(_atom_entry(entry))
    return _document(root)


def _atom_entry(entry: Entry) -> ET.Element:
    element = ET.Element("entry", {"xml:lang": entry.language})
    _add(element, "id", entry.id)
    _add(element, "title", entry.title)
    ET.SubElement(element, "link", href=entry.url)
    _add(element, "published", _rfc3339(entry.published_at))
    _add(element, "updated", _rfc3339(entry.updated_at))
    if entry.author:
        author = _add(element, "author")
        _add(author, "name", entry.author)
        _add(author, "uri", entry.author_url)
    for name in entry.categories:
        ET.SubElement(element, "category", term=_legal(name))
    if entry.summary:
        _add(element, "summary", entry.summary)
    _add(element, "content", entry.html).set("type", "html")
    return element


def as_json(feed: Feed, address: str) -> bytes:
    """Return a feed as JSON Feed 1.1."""
    base, site = ctx().settings.base_url, ctx().settings.site
    hub = site.discovery.websub_hub
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": base + feed.path,
        "feed_url": address,
        "description": feed.description,
        "language": site.language,
        "hubs": [{"type": "WebSub", "url": hub}] if hub else [],
        "items": [_json_item(entry) for entry in feed.entries],
    }
    known = {key: value for key, value in body.items() if value or key == "items"}
    return json.dumps(known, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _json_item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary,
        "image": entry.photo.url if entry.photo else "",
        "date_published": _rfc3339(entry.published_at),
        "date_modified": _rfc3339(entry.updated_at),
        "authors": [{"name": entry.author, "url": entry.author_url}] if entry.author else [],
        "tags": list(entry.categories),
        "language": entry.language,
    }
    return {key: value for key, value in item.items() if value}


_FORMS: dict[str, tuple[str, Callable[[Feed, str], bytes]]] = {
    "feed.xml": ("application/rss+xml; charset=utf-8", as_rss),
    "atom.xml": ("application/atom+xml; charset=utf-8", as_atom),
    "feed.json": ("application/feed+json; charset=utf-8", as_json),
}


def _add(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    element = ET.SubElement(parent, name)
    if text:
        element.text = _legal(text)
    return element


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _document(root: ET.Element) -> bytes:
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _rfc822(instant: int) -> str:
    return format_datetime(to_datetime(instant), usegmt=True)


def _rfc3339(instant: int) -> str:
    return to_datetime(instant).isoformat(timespec="seconds").replace("+00:00", "Z")
