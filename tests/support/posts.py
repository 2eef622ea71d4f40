"""Articles and authors written as files, and assets put on the shelf of the library, for tests of pages."""

from __future__ import annotations

import shutil
from typing import Any

from ruamel.yaml import YAML

from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.services.context import Context
from scheduler.storage import assets
from tests.support.house import REPOSITORY


def bring_samples(context: Context) -> None:
    """Put the articles that are shipped with the product into the house."""
    shutil.copytree(REPOSITORY / "posts", context.settings.posts, dirs_exist_ok=True)
    context.articles.refresh(force=True)


def write_article(context: Context, slug: str, body: str = "Some text.", **fields: Any) -> None:
    """Write an article's file; it is published on 1 November 2026 unless `fields` say otherwise."""
    number = sum(1 for _ in context.settings.posts.glob("*/index.md"))
    values = {"id": f"01M4QZ{number:020}", "title": slug.replace("-", " ").capitalize(), "slug": slug}
    values |= {"date": "2026-11-01T09:00:00-04:00", "status": "published"} | fields
    folder = context.settings.posts / slug
    folder.mkdir(exist_ok=True)
    with (folder / "index.md").open("w", encoding="utf-8") as file:
        file.write("---\n")
        YAML().dump(values, file)
        file.write(f"---\n\n{body}\n")
    context.articles.refresh(force=True)
    assert context.articles.get(slug), context.articles.problems()


def write_author(context: Context, key: str, **fields: Any) -> None:
    """Write an author's file."""
    folder = context.settings.posts / "_authors"
    folder.mkdir(exist_ok=True)
    with (folder / f"{key}.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({"name": key.capitalize(), **fields}, file)
    context.articles.refresh(force=True)


def shelve_photo(context: Context, asset_id: str, **words: str) -> None:
    """Put a photo into the library without its bytes: enough for what pages say about it."""
    files = [
        _rendition(asset_id, Purpose.WIDTH, mime, width)
        for mime in ("image/webp", "image/jpeg")
        for width in (480, 800)
    ]
    _shelve(context, asset_id, Kind.PHOTO, [*files, _rendition(asset_id, Purpose.CARD, "image/jpeg", 1200)], words)


def shelve_video(context: Context, asset_id: str, **words: str) -> None:
    """Put a video of 7 seconds with poster and English captions into the library, without its bytes."""
    files = [
        _rendition(asset_id, Purpose.PLAY, "video/mp4", 1280),
        _rendition(asset_id, Purpose.POSTER, "image/jpeg", 1280),
        _rendition(asset_id, Purpose.CAPTIONS, "text/vtt", 0),
    ]
    _shelve(context, asset_id, Kind.VIDEO, files, words)


def _shelve(context: Context, asset_id: str, kind: Kind, files: list[Rendition], words: dict[str, str]) -> None:
    now = context.clock.now_ms()
    asset = Asset(
        id=asset_id,
        kind=kind,
        filename=f"{asset_id}.bin",
        mime=files[0].mime,
        sha256=asset_id,
        bytes=1000,
        width=files[0].width,
        height=files[0].height,
        duration_ms=7000 if kind is Kind.VIDEO else 0,
        alt=words.get("alt", "What the library says it shows"),
        caption=words.get("caption", ""),
        credit=words.get("credit", ""),
        created_at=now,
        updated_at=now,
    )
    with context.database.writing() as tx:
        assets.add(tx, asset, files)


def _rendition(asset_id: str, purpose: Purpose, mime: str, width: int) -> Rendition:
    height = {1200: 630, 1280: 720}.get(width, width * 2 // 3)
    key = f"renditions/{asset_id}/{purpose}-{width}.{mime.rpartition('/')[2]}"
    return Rendition(asset_id, purpose, mime, width, height, 500, key, "en" if purpose is Purpose.CAPTIONS else "")
