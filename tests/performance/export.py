"""The static export of 1,000 and 10,000 articles; of the same thousand, Pelican, where it is installed."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from scheduler.app import create_app
from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.services.site.export import Result, export
from scheduler.web.export_maker import AppMaker
from tests.performance.archive import CATEGORIES, PHOTOS, article_text, photo_id, shelve_photos, slug_of, write_archive
from tests.performance.table import table
from tests.support.house import furnish

SMALL, LARGE = 1_000, 10_000
SETTINGS = """
SITENAME = "Bench"; SITEURL = "https://clinic.example"; PATH = "content"; TIMEZONE = "UTC"; THEME = "simple"
ARTICLE_PATHS = ["posts"]; STATIC_PATHS = ["media"]; DEFAULT_PAGINATION = 10; ARTICLE_SAVE_AS = "blog/{slug}/index.html"
TAG_SAVE_AS = "tag/{slug}/index.html"; CATEGORY_SAVE_AS = "category/{slug}/index.html"
AUTHOR_SAVE_AS = "author/{slug}/index.html"
FEED_ALL_ATOM = "atom.xml"; FEED_ALL_RSS = "feed.xml"; CATEGORY_FEED_ATOM = "feeds/{slug}.atom.xml"
AUTHOR_FEED_ATOM = "feeds/{slug}.atom.xml"; CACHE_CONTENT = False; LOAD_CONTENT_CACHE = False
"""


def main() -> str:
    """Return the table."""
    rows = [row for count, target in ((SMALL, "<= 3 s"), (LARGE, "<= 30 s")) for row in _ours(count, target)]
    head = ["what", "seconds", "pages", "files written", "target"]
    return table("The static export, on as many processors as there are", head, [*rows, *_pelican()])


def _ours(count: int, target: str) -> list[list[str]]:
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name, furnish(Path(name)) as ctx:
        write_archive(ctx.settings.posts, count)
        shelve_photos(ctx)
        ctx.articles.refresh()
        out = Path(name) / "export"
        rows = [_row(f"Drumbeat, {count:,} articles", target, *_timed(ctx, out))]
        rows.append(_row("the same again, nothing changed", "", *_timed(ctx, out)))
        file = ctx.settings.posts / slug_of(count // 2) / "index.md"
        file.write_text(file.read_text("utf-8").replace("## ", "## Changed ", 1), "utf-8")
        ctx.articles.refresh(force=True)
        rows.append(_row("the same again, one article changed", "<= 0.5 s", *_timed(ctx, out)))
    return rows


def _timed(ctx: Context, out: Path) -> tuple[float, Result]:
    """Export with an application of its own, as the command does; the library is loaded."""
    clock = SystemClock()
    maker_app = create_app(ctx)
    started = clock.monotonic()
    result = export(ctx, AppMaker(maker_app, ctx), out)
    return clock.monotonic() - started, result


def _row(name: str, target: str, seconds: float, result: Result) -> list[str]:
    return [name, f"{seconds:.2f}", f"{result.made:,} of {result.pages:,}", f"{result.written:,}", target]


def _pelican() -> list[list[str]]:
    if importlib.util.find_spec("pelican") is None:
        return [["Pelican", "not installed: pip install -r requirements-bench.txt", "", "", ""]]
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name:
        folder = Path(name)
        _write_for_pelican(folder, SMALL)
        clock = SystemClock()
        started = clock.monotonic()
        command = [sys.executable, "-W", "ignore", "-m", "pelican", "-s", "settings.py", "-o", "out", "-q"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        seconds = clock.monotonic() - started
        files = sum(1 for file in (folder / "out").rglob("*") if file.is_file())
    name = f"Pelican {version('pelican')}, theme simple, {SMALL:,} articles (with its start)"
    return [[name, f"{seconds:.2f}", "", f"{files:,}", ""]]


def _write_for_pelican(folder: Path, count: int) -> None:
    """Write the same articles in Pelican's words: one category each, the same tags, authors and texts."""
    chance, posts = random.Random(2026), folder / "content" / "posts"
    posts.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS, "utf-8")
    media = folder / "content" / "media"
    media.mkdir()
    for number in range(PHOTOS):
        (media / f"{photo_id(number)}.jpg").write_bytes(b"photo" * 100)
    for number in range(count):
        _, front, body = article_text(number, chance).split("---\n", 2)
        values = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line and not line.startswith(" "))
        lines = [
            f"Title: {values['title']}", f"Slug: {values['slug']}", f"Date: {values['date'][:16].replace('T', ' ')}",
            f"Category: {CATEGORIES[number * 7 % len(CATEGORIES)].replace('/', ' ')}",
            f"Tags: {values['tags'].strip('[]')}",
            f"Author: {values['author']}", f"Summary: {values['description']}",
        ]  # fmt: skip
        photo = f"\n\n![A photo](/media/{photo_id(number % PHOTOS)}.jpg)\n\n"
        (posts / f"{slug_of(number)}.md").write_text("\n".join(lines) + photo + body.strip() + "\n", "utf-8")
