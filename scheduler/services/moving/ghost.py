"""The reader of Ghost's JSON export (5 and 6). The HTML it keeps is preferred; else its editor's own trees are read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scheduler.domain.problem import refuse
from scheduler.services.moving.archives import opened
from scheduler.services.moving.ghost_trees import from_lexical, from_mobiledoc
from scheduler.services.moving.incoming import IncomingArticle, IncomingAuthor, Record, Site, Unmapped

LARGEST_BYTES = 150_000_000
"""A JSON file is read at once and takes about six times its size; no blog's text comes near."""
_STATUS = {"published": "published", "sent": "published", "scheduled": "scheduled", "draft": "draft"}
_LEFT = {
    "members": "members", "newsletters": "newsletters", "products": "tiers", "offers": "offers",
    "comments": "comments", "webhooks": "webhooks", "integrations": "integrations", "snippets": "snippets",
}  # fmt: skip
Row = dict[str, Any]


def read(path: Path) -> Iterator[Record]:
    """Yield what the export at `path` (JSON, or a zip that holds it) says. Raises `Invalid`."""
    data = _data(_bytes(path))
    users = {str(row.get("id")): row for row in _rows(data, "users")}
    tags = {str(row.get("id")): row for row in _rows(data, "tags")}
    meta = {str(row.get("post_id")): row for row in _rows(data, "posts_meta")}
    yield Site("")
    for row in users.values():
        yield _author(row)
    for key, name in _LEFT.items():
        for row in _rows(data, key):
            yield Unmapped(name, str(row.get("name") or row.get("title") or "")[:100])
    by_post = _sorted(data, "posts_tags", "tag_id")
    writers = _sorted(data, "posts_authors", "author_id")
    for row in _rows(data, "posts"):
        number = str(row.get("id"))
        said = [tags[key] for key in by_post.get(number, []) if key in tags]
        wrote = [users[key] for key in writers.get(number, [str(row.get("author_id"))]) if key in users]
        yield from _post({**row, **{f"meta.{k}": v for k, v in meta.get(number, {}).items()}}, said, wrote)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(4)
    if head != b"PK\x03\x04":
        if path.stat().st_size > LARGEST_BYTES:
            raise refuse(
                "file", f"This file has {path.stat().st_size / 1e6:,.0f} MB; {LARGEST_BYTES / 1e6:.0f} MB is the most."
            )
        return path.read_bytes()
    archive = opened(path)
    names = [name for name in archive.names if name.endswith(".json") and "redirects" not in name]
    if not names:
        raise refuse("file", "This zip holds no JSON file of Ghost. Export it there under Settings, Import/Export.")
    return archive.read(min(names, key=len), LARGEST_BYTES)


def _data(text: bytes) -> Row:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise refuse("file", f"The file is broken at line {error.lineno}: {error.msg}. Export it once more.") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise refuse("file", "This file is not JSON as Ghost writes it.") from error
    database = found.get("db") if isinstance(found, dict) else None
    inner = database[0] if isinstance(database, list) and database else found
    data = inner.get("data") if isinstance(inner, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("posts"), list):
        raise refuse("file", "This is JSON, but not an export of Ghost. Export it there under Settings, Import/Export.")
    return data


def _rows(data: Row, key: str) -> list[Row]:
    rows = data.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _sorted(data: Row, table: str, key: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in sorted(_rows(data, table), key=lambda row: row.get("sort_order") or 0):
        found.setdefault(str(row.get("post_id")), []).append(str(row.get(key)))
    return found


def _author(row: Row) -> IncomingAuthor:
    website = str(row.get("website") or "")
    links = (("Website", website),) if website.startswith("http") else ()
    name = str(row.get("name") or row.get("slug") or "")
    return IncomingAuthor(str(row.get("slug")), name, str(row.get("bio") or ""), links)


def _post(row: Row, tags: list[Row], writers: list[Row]) -> Iterator[Record]:
    title, slug = str(row.get("title") or ""), str(row.get("slug") or "")
    status, notes = str(row.get("status") or "draft"), []
    if row.get("visibility") not in (None, "public") and status in ("published", "sent", "scheduled"):
        status = "draft"
        notes.append("Only members could read it there; here it is a draft, for you to decide.")
    if status == "sent" or row.get("email_only"):
        status = "draft"
        notes.append("It went out as a letter only; here it is a draft, for you to decide.")
    for key in ("codeinjection_head", "codeinjection_foot"):
        if row.get(key):
            yield Unmapped("code put into the page", title)
    for tag in tags:
        if str(tag.get("name", "")).startswith("#"):
            yield Unmapped("internal tags", str(tag["name"]))
    if len(writers) > 1:
        notes.append(f"It had {len(writers)} authors there; the first one is its author here.")
    yield IncomingArticle(
        id=str(row.get("id")),
        title=title,
        text=_text(row),
        kind="page" if row.get("type") == "page" or row.get("page") in (1, True) else "article",
        slug=slug,
        status=_STATUS.get(status, "draft"),
        date=_date(row.get("published_at") if status != "draft" else row.get("published_at") or ""),
        tags=tuple(str(tag.get("name")) for tag in tags if not str(tag.get("name", "")).startswith("#")),
        author=str(writers[0].get("slug")) if writers else "",
        description=str(
            row.get("meta.meta_description") or row.get("meta_description") or row.get("custom_excerpt") or ""
        ),
        search_title=str(row.get("meta.meta_title") or row.get("meta_title") or ""),
        lead=_address(row.get("feature_image")),
        lead_alt=str(row.get("meta.feature_image_alt") or ""),
        lead_caption=re.sub(r"<[^>]*>", "", str(row.get("meta.feature_image_caption") or "")),
        address=f"/{slug}/",
        old_paths=(f"/{slug}/",),
        canonical=str(row.get("canonical_url") or ""),
        lang=str(row.get("locale") or ""),
        notes=tuple(notes),
    )


def _text(row: Row) -> str:
    html = row.get("html")
    if not isinstance(html, str) or not html.strip():
        html = from_lexical(row.get("lexical")) or from_mobiledoc(row.get("mobiledoc"))
    return _address(html)


def _address(text: Any) -> str:
    """Return a text with the addresses of the site itself as paths."""
    return str(text or "").replace("__GHOST_URL__", "")


def _date(value: Any) -> str:
    text = str(value or "")
    match = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", text)
    return f"{match[1]}T{match[2]}+00:00" if match else ""
