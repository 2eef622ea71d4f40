"""Everything leaves for WordPress: an export in its own format (WXR 1.2), which its importer takes.

Each article also carries its Markdown. Whoever brings the file back here gets it to the letter, unless the text was
changed in between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from scheduler.clock import to_datetime
from scheduler.content.writer import shown_body
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Kind, Status
from scheduler.domain.slots import local
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, pictures
from scheduler.services.moving.takeout_html import blocks_of

_STATUS = {Status.PUBLISHED: "publish", Status.SCHEDULED: "future", Status.DRAFT: "draft", Status.ARCHIVED: "private"}
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0"
\txmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""
_FOOT = "</channel>\n</rss>\n"


@dataclass(slots=True)
class _House:
    """What the file says of all articles, and the numbers that it gives them."""

    ctx: Context
    base: str
    articles: tuple[Article, ...]
    shown: dict[str, tuple[int, Picture]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


def write_wxr(ctx: Context, to: Path) -> None:
    """Write the file. Photos are named by their public addresses: WordPress fetches them from this site."""
    ctx.articles.refresh(force=True)
    house = _House(ctx, ctx.settings.base_url.rstrip("/"), ctx.articles.all())
    number = len(house.articles)
    for asset, picture in pictures(ctx, [asset for article in house.articles for asset in article.assets]).items():
        number += 1
        house.shown[asset] = (number, picture)
    house.paths = {article.id: path_of(article) for article in house.articles}
    with to.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for part in _parts(house):
            file.write(_without_controls(part))
        file.write(_FOOT)


def _parts(house: _House) -> Iterator[str]:
    site = house.ctx.settings.site
    yield f"<title>{escape(site.name)}</title>\n<link>{escape(house.base)}</link>\n"
    yield f"<language>{escape(site.language)}</language>\n"
    yield "<wp:wxr_version>1.2</wp:wxr_version>\n"
    yield f"<wp:base_site_url>{escape(house.base)}</wp:base_site_url>\n"
    yield f"<wp:base_blog_url>{escape(house.base)}</wp:base_blog_url>\n"
    for index, author in enumerate(house.ctx.articles.authors(), 1):
        yield _tag("wp:author", author_id=str(index), author_login=author.key, author_display_name=author.name)
    yield from _categories(house.articles)
    for tag in sorted({tag for article in house.articles for tag in article.tags}):
        yield _tag("wp:tag", tag_slug=slugify(tag), tag_name=tag)
    for number, picture in house.shown.values():
        yield _attachment(house, number, picture)
    for number, article in enumerate(house.articles, 1):
        yield _item(house, number, article)


def _categories(articles: Iterable[Article]) -> Iterator[str]:
    paths = {path[:depth] for article in articles for path in article.categories for depth in range(1, len(path) + 1)}
    for path in sorted(paths, key=lambda path: (len(path), path)):
        parent = _nicename(path[:-1])
        yield _tag("wp:category", category_nicename=_nicename(path), category_parent=parent, cat_name=path[-1])


def _nicename(path: tuple[str, ...]) -> str:
    """Return the name of a category in addresses; WordPress wants it to be one of a kind on the whole site."""
    return "-".join(slugify(name) for name in path)


def _item(house: _House, number: int, article: Article) -> str:
    text = blocks_of(article, house.base, house.shown, house.paths)
    link = f"{house.base}{path_of(article)}"
    terms = [f'<category domain="category" nicename="{_nicename(path)}">{_cdata(path[-1])}</category>\n'
             for path in article.categories]  # fmt: skip
    terms += [
        f'<category domain="post_tag" nicename="{slugify(tag)}">{_cdata(tag)}</category>\n' for tag in article.tags
    ]
    meta = {
        "_thumbnail_id": _lead_number(house, article),
        "_yoast_wpseo_title": article.search_title,
        "_yoast_wpseo_metadesc": article.description,
        "_yoast_wpseo_canonical": article.canonical,
        "_yoast_wpseo_meta-robots-noindex": "1" if article.noindex else "",
        "_drumbeat_id": article.id,
        "_drumbeat_status": "archived" if article.status is Status.ARCHIVED else "",
        "_drumbeat_aliases": "\n".join(article.aliases),
        "_drumbeat_series": article.series,
        "_drumbeat_lang": article.lang,
        "_drumbeat_lead": f"{article.image.alt}\n{article.image.caption}" if article.image else "",
        "_drumbeat_markdown": shown_body(article.body) + "\n",
        "_drumbeat_text": text_name(text),
    }
    fields = {
        "post_id": str(number),
        **_dates(house.ctx, article),
        "post_name": article.slug,
        "status": _STATUS[article.status],
        "post_parent": "0",
        "post_type": "page" if article.kind is Kind.PAGE else "post",
        "post_password": "",
    }
    body = (
        f"<content:encoded>{_cdata(text)}</content:encoded>\n"
        f"<excerpt:encoded>{_cdata(article.description)}</excerpt:encoded>\n"
    )
    return _entry(article.title, link, article.author, body, fields, "".join(terms), meta)


def text_name(text: str) -> str:
    """Return the name of a text: as long as it is the same there, its Markdown is still true."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def _lead_number(house: _House, article: Article) -> str:
    found = house.shown.get(article.image.asset) if article.image else None
    return str(found[0]) if found else ""


def _dates(ctx: Context, article: Article) -> dict[str, str]:
    if article.date_at is None:
        return {"post_date": "0000-00-00 00:00:00", "post_date_gmt": "0000-00-00 00:00:00"}
    wall = local(article.date_at, ctx.settings.calendar.zone)
    return {
        "post_date": wall.strftime("%Y-%m-%d %H:%M:%S"),
        "post_date_gmt": to_datetime(article.date_at).strftime("%Y-%m-%d %H:%M:%S"),
    }


def _attachment(house: _House, number: int, picture: Picture) -> str:
    address = house.base + quote(picture.src, safe="/")
    fields = {
        "post_id": str(number),
        "post_date": "0000-00-00 00:00:00",
        "post_name": slugify(picture.id),
        "status": "inherit",
        "post_parent": "0",
        "post_type": "attachment",
        "attachment_url": address,
    }
    meta = {"_wp_attachment_image_alt": picture.alt, "_drumbeat_asset": picture.id}
    body = f"<content:encoded></content:encoded>\n<excerpt:encoded>{_cdata(picture.caption)}</excerpt:encoded>\n"
    return _entry(picture.filename or picture.id, address, "", body, fields, "", meta)


def _entry(
    title: str, link: str, author: str, body: str, fields: Mapping[str, str], terms: str, meta: Mapping[str, str]
) -> str:  # fmt: skip
    rows = "".join(_tag("wp:postmeta", meta_key=key, meta_value=value) for key, value in meta.items() if value)
    said = "".join(f"<wp:{name}>{_cdata(value)}</wp:{name}>\n" for name, value in fields.items())
    date = fields.get("post_date_gmt", "0")
    published = f"<pubDate>{_rfc(date)}</pubDate>\n" if date[:1] not in ("0", "") else ""
    return (
        f"<item>\n<title>{_cdata(title)}</title>\n<link>{escape(link)}</link>\n{published}"
        f'<dc:creator>{_cdata(author)}</dc:creator>\n<guid isPermaLink="false">{escape(link)}</guid>\n'
        f"{body}{said}{terms}{rows}</item>\n"
    )


def _rfc(date: str) -> str:
    return format_datetime(datetime.fromisoformat(date).replace(tzinfo=UTC))


def _tag(name: str, **fields: str) -> str:
    inner = "".join(f"<wp:{key}>{_cdata(value)}</wp:{key}>" for key, value in fields.items())
    return f"<{name}>{inner}</{name}>\n"


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>" if text else ""


def _without_controls(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
