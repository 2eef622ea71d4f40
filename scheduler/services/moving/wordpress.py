"""The reader of WordPress's own export (WXR 1.0 to 1.2)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.content.fields import ASSET
from scheduler.services.moving.incoming import (
    IncomingArticle,
    IncomingAuthor,
    IncomingMedia,
    Record,
    ReusableBlock,
    Site,
    Unmapped,
)
from scheduler.services.moving.takeout_wxr import text_name
from scheduler.services.moving.wxr_stream import Entry, entries

_KINDS = {"post": "article", "page": "page"}
_SILENT_TYPES = {"revision", "customize_changeset", "oembed_cache", "user_request", "wp_global_styles", "wp_navigation"}
_STATUS = {"publish": "published", "future": "scheduled", "draft": "draft", "pending": "draft", "private": "draft"}
_NOT_BROUGHT = {"trash", "auto-draft", "inherit"}
_TITLES = ("_yoast_wpseo_title", "rank_math_title", "_aioseo_title", "_seopress_titles_title", "_genesis_title")
_DESCRIPTIONS = (
    "_yoast_wpseo_metadesc", "rank_math_description", "_aioseo_description", "_seopress_titles_desc",
    "_genesis_description",
)  # fmt: skip
_CANONICALS = ("_yoast_wpseo_canonical", "rank_math_canonical_url", "_genesis_canonical_uri")
_OWN_ID = re.compile(r"[\w-]{1,64}")
_INTERNAL = re.compile(
    r"_edit_(last|lock)|_wp_(old_slug|page_template|attach.*|trash_.*|desired_post_slug|old_date)|_thumbnail_id|_pingme|"
    r"_encloseme|_oembed_.*|_menu_item_.*|footnotes|_yoast_wpseo_(primary_category|content_score|linkdex|"
    r"estimated-reading-time.*|wordproof.*)|rank_math_(seo_score|primary_category|internal_links_processed|robots)|"
    r"_drumbeat_\w+|_yoast_wpseo_meta-robots-noindex|_last_editor_used_jetpack|_jetpack_.*|_publicize_.*"
)


def read(path: Path) -> Iterator[Record]:
    """Yield what the export at `path` holds. Raises `Invalid` with the line where it is broken."""
    house = _House()
    for entry in entries(path):
        if entry.name == "item":
            yield from house.item(entry)
        else:
            yield from house.around(entry)


class _House:
    """What the export says before its articles, and the articles read by it."""

    def __init__(self) -> None:
        self.site = Site("")
        self.categories: dict[str, tuple[str, str]] = {}

    def around(self, entry: Entry) -> Iterator[Record]:
        """Take in what is no article: the site's address, authors, categories."""
        values = entry.fields
        if entry.name == "title":
            self.site = Site(self.site.address, _plain(values[""]))
        elif entry.name in ("base_site_url", "base_blog_url", "link"):
            address = values[""].rstrip("/")
            if address and (entry.name == "base_blog_url" or not self.site.address):
                self.site = Site(address, self.site.title)
                yield self.site
        elif entry.name == "author" and (login := values.get("author_login", "").strip()):
            yield IncomingAuthor(login, _plain(values.get("author_display_name", "")) or login)
        elif entry.name == "category":
            nicename = values.get("category_nicename", "").strip()
            self.categories[nicename] = (
                _category(values.get("cat_name", "")),
                values.get("category_parent", "").strip(),
            )
        elif entry.name == "term" and values.get("term_taxonomy", "") not in ("category", "post_tag", ""):
            yield Unmapped(f"terms of {values['term_taxonomy'][:60]}", _plain(values.get("term_name", "")))

    def item(self, entry: Entry) -> Iterator[Record]:
        """Yield what one entry of the export becomes."""
        values = entry.fields
        sort, status = values.get("post_type", "post").strip(), values.get("status", "").strip()
        title = _plain(values.get("title", ""))
        if entry.comments:
            for _ in range(entry.comments):
                yield Unmapped("comments of visitors", title)
        if sort == "attachment":
            yield _media(entry)
        elif sort == "wp_block":
            yield ReusableBlock(values.get("post_id", "").strip(), values.get("encoded", ""))
        elif sort == "nav_menu_item":
            yield Unmapped("entries of menus", title)
        elif sort in _KINDS and status in _NOT_BROUGHT:
            yield Unmapped("entries in the trash" if status == "trash" else "unsaved drafts", title)
        elif sort in _KINDS:
            yield from self._article(entry, _KINDS[sort], title)
        elif sort not in _SILENT_TYPES:
            yield Unmapped(f"entries of the type {sort[:60]}", title)

    def _article(self, entry: Entry, kind: str, title: str) -> Iterator[Record]:
        values, meta = entry.fields, entry.meta
        own = _own_text(values.get("encoded", ""), meta)
        number, slug = values.get("post_id", "").strip(), values.get("post_name", "").strip()
        status, notes = _status(values, meta)
        categories, tags = self._terms(entry)
        date = _date(values) if status != "draft" or values.get("post_date_gmt", "").strip()[:4] != "0000" else ""
        yield IncomingArticle(
            id=number,
            title=title,
            text=own or values.get("encoded", ""),
            form="markdown" if own else "wordpress",
            kind=kind,
            slug=slug,
            status=status,
            date=date,
            categories=categories,
            tags=tags,
            author=values.get("creator", "").strip(),
            description=self._words(_first(meta, _DESCRIPTIONS), title) or _plain(values.get("excerpt", "")),
            search_title=self._words(_first(meta, _TITLES), title),
            lead=meta.get("_thumbnail_id", "").strip(),
            address=values.get("link", "").strip(),
            old_paths=_old_paths(values, meta, kind),
            canonical=_first(meta, _CANONICALS).strip(),
            noindex=meta.get("_yoast_wpseo_meta-robots-noindex") == "1"
            or "noindex" in meta.get("rank_math_robots", ""),
            notes=tuple(notes),
            series=meta.get("_drumbeat_series", ""),
            lang=meta.get("_drumbeat_lang", ""),
            lead_alt=meta.get("_drumbeat_lead", "").partition("\n")[0],
            lead_caption=meta.get("_drumbeat_lead", "").partition("\n")[2],
            own_id=meta["_drumbeat_id"] if _OWN_ID.fullmatch(meta.get("_drumbeat_id", "")) else "",
        )
        yield from self._left_behind(entry, title)

    def _left_behind(self, entry: Entry, title: str) -> Iterator[Unmapped]:
        known = {*_TITLES, *_DESCRIPTIONS, *_CANONICALS}
        for key, value in entry.meta.items():
            if key not in known and not _INTERNAL.fullmatch(key) and value.strip():
                yield Unmapped(f"field {key[:60]}", title)
        for domain, _, name in entry.terms:
            if domain not in ("category", "post_tag"):
                yield Unmapped(f"terms of {domain[:60] or 'no name'}", name)

    def _terms(self, entry: Entry) -> tuple[tuple[str, ...], tuple[str, ...]]:
        paths, tags = [], []
        for domain, nicename, name in entry.terms:
            if domain == "post_tag":
                tags.append(_plain(name))
            elif domain == "category" and nicename != "uncategorized":
                paths.append(self._path(nicename, name))
        # WordPress names a parent beside its child; the child's path says both.
        paths = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
        return tuple(dict.fromkeys(filter(None, paths))), tuple(dict.fromkeys(filter(None, tags)))

    def _path(self, nicename: str, name: str) -> str:
        names, seen = [_category(name)], {nicename}
        parent = self.categories.get(nicename, ("", ""))[1]
        while parent and parent in self.categories and parent not in seen and len(names) < 5:
            seen.add(parent)
            names.append(self.categories[parent][0])
            parent = self.categories[parent][1]
        return "/".join(reversed([part for part in names if part]))

    def _words(self, template: str, title: str) -> str:
        """Return what a plug-in's template for search engines says; "" when it says only what we say anyway."""
        if "%" not in template:
            return _plain(template)
        values = {"title": title, "sitename": self.site.title, "sep": "–", "page": "", "primary_category": ""}
        text = re.sub(r"%%?(\w+)%%?", lambda match: values.get(match[1], "\0"), template)
        plain = _plain(text)
        own = " ".join(f"{title} – {self.site.title}".split())
        return "" if "\0" in text or plain.strip(" –") in (title, own, "") else plain


def _own_text(text: str, meta: dict[str, str]) -> str:
    """Return the Markdown that a takeout of ours put beside a text, "" when the text was changed since."""
    return meta.get("_drumbeat_markdown", "") if meta.get("_drumbeat_text") == text_name(text) else ""


def _status(values: dict[str, str], meta: dict[str, str]) -> tuple[str, list[str]]:
    status = values.get("status", "").strip()
    if meta.get("_drumbeat_status") == "archived" and status == "private":
        return "archived", []
    if values.get("post_password", "").strip():
        return "draft", ["It had a password there; here it is a draft, for you to decide."]
    if status == "private":
        return "draft", ["It was private there; here it is a draft, for you to decide."]
    if status not in _STATUS:
        return "draft", [f'Its status there was "{status[:40]}", which we do not know; here it is a draft.']
    return _STATUS[status], []


def _date(values: dict[str, str]) -> str:
    """Return the date with its offset, or the wall time alone when the export does not know the offset."""
    for key, offset in (("post_date_gmt", "+00:00"), ("post_date", "")):
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)", values.get(key, "").strip())
        if found and not found[1].startswith("0000"):
            return f"{found[1]}T{found[2]}{offset}"
    return ""


def _old_paths(values: dict[str, str], meta: dict[str, str], kind: str) -> tuple[str, ...]:
    """Return the paths under which it could be found there: its address, by date, and under an earlier name."""
    try:
        path = urlsplit(values.get("link", "").strip()).path
    except ValueError:
        path = ""
    slug, date = values.get("post_name", "").strip(), values.get("post_date", "").strip()
    old = meta.get("_wp_old_slug", "").strip()
    paths = [path]
    if old and slug and path.rstrip("/").endswith(f"/{slug}"):
        paths.append(f"{path.rstrip('/')[: -len(slug)]}{old}/")
    if "_drumbeat_id" in meta:
        return tuple(dict.fromkeys([path, *meta.get("_drumbeat_aliases", "").splitlines()]))
    if (
        kind == "article"
        and slug
        and values.get("status", "").strip() == "publish"
        and re.match(r"[1-9]\d{3}-\d\d-\d\d", date)
    ):
        year, month, day = date[:10].split("-")
        paths += [f"/{year}/{month}/{day}/{slug}/", f"/{year}/{month}/{slug}/"]
    return tuple(dict.fromkeys(path for path in paths if path.strip("/")))


def _media(entry: Entry) -> IncomingMedia:
    values = entry.fields
    return IncomingMedia(
        address=values.get("attachment_url", "").strip() or values.get("guid", "").strip(),
        number=values.get("post_id", "").strip(),
        alt=_plain(entry.meta.get("_wp_attachment_image_alt", "")),
        caption=_plain(values.get("excerpt", "")),
        title=_plain(values.get("title", "")),
        parent=values.get("post_parent", "").strip(),
        asset=entry.meta.get("_drumbeat_asset", "") if ASSET.fullmatch(entry.meta.get("_drumbeat_asset", "")) else "",
    )


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if meta.get(name, "").strip()), "")


def _category(name: str) -> str:
    return re.sub(r"\s*/\s*", " - ", _plain(name))


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
