"""The reader of a folder (or zip) of Markdown files: Jekyll, Hugo, our own, or plain ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import tomlkit
from tomlkit.exceptions import TOMLKitError

from scheduler.content import yaml_tree
from scheduler.content.article_file import LARGEST_BYTES
from scheduler.content.fields import ASSET
from scheduler.content.yaml_tree import Broken, Table
from scheduler.domain.problem import Invalid
from scheduler.domain.slug import slug_problem, slugify
from scheduler.services.moving.archives import Archive, opened
from scheduler.services.moving.incoming import IncomingArticle, IncomingAuthor, IncomingMedia, Record, Site, Unmapped
from scheduler.services.moving.takeout import MEDIA_LIST

_DATED = re.compile(r"(\d{4}-\d\d-\d\d)-(.+)")
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_SKIPPED = ("readme", "license", "changelog", "contributing", "_index", "404")
_LIQUID = re.compile(r"\{%\s*(\w+).*?%\}|\{\{[<%]\s*/?\s*([\w-]+).*?[%>]\}\}", re.DOTALL)
_KNOWN = {
    "title", "slug", "date", "published", "updated", "lastmod", "last_modified_at", "status", "draft",
    "categories", "category", "tags", "tag", "keywords", "author", "authors", "description", "excerpt", "summary",
    "image", "featured_image", "cover", "thumbnail", "images", "canonical", "canonical_url", "noindex", "aliases",
    "redirect_from", "permalink", "url", "kind", "layout", "type", "series", "search_title", "lang", "language",
    "id", "translation", "card", "import", "publishDate",
}  # fmt: skip


def read(path: Path) -> Iterator[Record]:
    """Yield what the folder or zip at `path` holds. Raises `Invalid`."""
    archive = opened(path)
    yield Site("")
    yield from _media(archive)
    for name in archive.names:
        plain = PurePosixPath(name)
        if any(part.startswith(".") for part in plain.parts):
            continue
        if plain.suffix in (".yaml", ".yml") and plain.parent.name == "_authors":
            yield from _author(archive, name)
        elif plain.suffix.lower() in (".md", ".markdown", ".mdown") and plain.stem.lower() not in _SKIPPED:
            if plain.parent.name in ("_includes", "_layouts", "layouts", "archetypes", "themes"):
                continue
            yield from _one(archive, name)
        elif plain.suffix.lower() in (".html", ".htm") and "_posts" in plain.parts:
            yield Unmapped("articles written in HTML", name)


def _media(archive: Archive) -> Iterator[Record]:
    """Yield the photos and videos of a takeout of ours, with their ids and words."""
    name = next((name for name in archive.names if name.endswith(MEDIA_LIST) and name.count("/") <= 2), "")
    if not name:
        return
    try:
        rows = json.loads(archive.read(name, 100_000_000))
    except (ValueError, RecursionError):
        yield Unmapped("lists of media that cannot be read", name)
        return
    top = name.removesuffix(MEDIA_LIST)
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and ASSET.fullmatch(str(row.get("id", ""))):
            address = f"file://import/{quote(top + str(row.get('file', '')))}"
            alt, caption = str(row.get("alt") or ""), str(row.get("caption") or "")
            yield IncomingMedia(address, alt=alt, caption=caption, asset=str(row["id"]))


def _one(archive: Archive, name: str) -> Iterator[Record]:
    try:
        text = archive.read(name, LARGEST_BYTES).decode("utf-8-sig")
        front, body = split(text)
    except UnicodeDecodeError:
        yield Unmapped("files that are not UTF-8 text", name)
        return
    except (Invalid, Broken, TOMLKitError) as error:
        yield Unmapped("files whose front matter cannot be read", f"{name}: {error}")
        return
    for key in front:
        if key not in _KNOWN:
            yield Unmapped(f"field {str(key)[:60]}", name)
    for match in _LIQUID.finditer(body):
        yield Unmapped(f"template tag {match[1] or match[2]}", name)
    yield _article(name, front, body)


def split(text: str) -> tuple[dict[str, Any], str]:
    """Return front matter and body of a file, whatever it is written in. Raises `Broken`, `TOMLKitError`."""
    if match := _FRONT.match(text):
        tree = yaml_tree.parse(match[1].replace("\r\n", "\n"), 2)
        values = yaml_tree.value(tree) if isinstance(tree, Table) else {}
        return (dict(values) if isinstance(values, dict) else {}), text[match.end() :]
    if match := _TOML.match(text):
        return _lower_taxonomies(dict(tomlkit.parse(match[1]).unwrap())), text[match.end() :]
    return {}, text


def _lower_taxonomies(values: dict[str, Any]) -> dict[str, Any]:
    taxonomies = values.pop("taxonomies", None)  # Zola and Hugo keep them in a table of their own
    return {**(taxonomies if isinstance(taxonomies, dict) else {}), **values}


def _article(name: str, front: dict[str, Any], body: str) -> IncomingArticle:
    plain = PurePosixPath(name)
    bundle = plain.stem in ("index", "draft")
    stem = plain.parent.name if bundle else plain.stem
    dated = _DATED.fullmatch(stem)
    own = isinstance(front.get("id"), str) and bool(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", str(front["id"])))
    slug = _text(front.get("slug")) or (dated[2] if dated else stem)
    heading = re.match(r"\s*#\s+(.+?)\s*#*\n", body)
    title = _text(front.get("title")) or (
        heading[1] if heading else slug.replace("-", " ").replace("_", " ").capitalize()
    )
    if heading and title == heading[1]:
        body = body[heading.end() :]
    when = _date(front.get("date") or front.get("publishDate") or (dated[1] if dated else ""))
    image = front.get("image") or front.get("featured_image") or front.get("cover") or front.get("thumbnail")
    lead, alt, caption = _image(image or _list(front.get("images"))[:1])
    old = (
        _list(front.get("aliases"))
        + _list(front.get("redirect_from"))
        + _list(front.get("permalink"))
        + _list(front.get("url"))
    )
    folder = "" if str(plain.parent) == "." else f"{plain.parent}/"
    return IncomingArticle(
        id=str(plain.parent if bundle and folder else plain),
        title=title,
        text=body.replace("\r\n", "\n").strip("\n") + "\n",
        form="markdown",
        kind="page" if _is_page(front) else "article",
        slug=slugify(slug) or slugify(title),
        status=_status(front, plain),
        date=when,
        categories=_categories(front),
        tags=tuple(_list(front.get("tags") or front.get("tag") or front.get("keywords"))),
        author=_text((_list(front.get("author")) or _list(front.get("authors")) or [""])[0]),
        description=_text(front.get("description") or front.get("excerpt") or front.get("summary")),
        search_title=_text(front.get("search_title")),
        lead=lead,
        lead_alt=alt,
        lead_caption=caption,
        address=f"file://import/{folder}",
        old_paths=tuple(path for path in old if path.startswith("/") and ":" not in path),
        canonical=_text(front.get("canonical") or front.get("canonical_url")),
        noindex=front.get("noindex") is True,
        series=_text(front.get("series")),
        lang=_text(front.get("lang") or front.get("language")),
        own_id=str(front["id"]) if own else "",
    )


def _author(archive: Archive, name: str) -> Iterator[Record]:
    try:
        tree = yaml_tree.parse(archive.read(name, LARGEST_BYTES).decode("utf-8"))
        values = yaml_tree.value(tree) if isinstance(tree, Table) else {}
    except (Invalid, Broken, UnicodeDecodeError) as error:
        yield Unmapped("authors whose file cannot be read", f"{name}: {error}")
        return
    if isinstance(values, dict) and values.get("name"):
        links = [each for each in values.get("links") or [] if isinstance(each, dict)]  # type: ignore[union-attr]
        pairs = tuple((_text(each.get("label")), _text(each.get("href"))) for each in links)
        key, bio = PurePosixPath(name).stem, str(values.get("bio") or "")
        yield IncomingAuthor(key, _text(values["name"]), bio, pairs, key if not slug_problem(key) else "")


def _is_page(front: dict[str, Any]) -> bool:
    return "page" in (_text(front.get("kind")), _text(front.get("layout")), _text(front.get("type")))


def _status(front: dict[str, Any], path: PurePosixPath) -> str:
    status = _text(front.get("status")).lower()
    if status in ("draft", "scheduled", "published", "archived"):
        return status
    hidden = front.get("draft") is True or front.get("published") is False or "_drafts" in path.parts
    return "draft" if hidden or path.stem == "draft" else "published"


def _categories(front: dict[str, Any]) -> tuple[str, ...]:
    found = front.get("categories") or front.get("category")
    return tuple(dict.fromkeys(re.sub(r"\s*/\s*", "/", name).strip("/") for name in _list(found)))


def _image(value: Any) -> tuple[str, str, str]:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        asset = _text(value.get("asset"))
        address = (
            f"asset:{asset}"
            if asset
            else _text(value.get("src") or value.get("url") or value.get("path") or value.get("image"))
        )
        return address, _text(value.get("alt")), _text(value.get("caption"))
    return _text(value), "", ""


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    text = re.sub(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?", lambda m: f"{m[1]}T{m[2]}{m[3] or ':00'}", _text(value))
    text = re.sub(r"\s*([+-]\d\d):?(\d\d)$", r"\1:\2", text) if "T" in text else text
    return f"{text}T00:00:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text.replace(" UTC", "+00:00")


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        parts = value.split(",") if "," in value else [value]
        return [part.strip() for part in parts if part.strip()]
    return [_text(each) for each in value if _text(each)] if isinstance(value, list) else []
