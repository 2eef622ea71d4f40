"""What a visitor waits for: finished pages at eight connections, and a page that has just been edited."""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.web.prerendered import prerendered
from scheduler.web.public import every_path
from tests.performance.archive import shelve_photos, slug_of, write_archive
from tests.performance.table import percentile, table
from tests.performance.visitors import visit
from tests.support.house import furnish, the_app
from tests.support.product import running_product

SECONDS, CONNECTIONS, EDITS, ARTICLES = 6.0, 8, 60, 1_000
SAMPLE = "/blog/the-finer-points-of-dry-needling/"


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder:
        rows = _served(Path(folder))
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder, furnish(Path(folder)) as ctx:
        write_archive(ctx.settings.posts, ARTICLES)
        shelve_photos(ctx)
        rows += _edited(ctx)
    head = ["page", "requests a second", "p50", "p99", "most", "target"]
    return table("Public pages over HTTP, and inside the application", head, rows)


def _served(folder: Path) -> list[list[str]]:
    with running_product(folder, posts=True) as product:
        address = urlsplit(product.url)
        line = (str(address.hostname), int(address.port or 0))
        visit(line, [SAMPLE, "/", "/blog/"], 1.0, CONNECTIONS)
        article = visit(line, [SAMPLE], SECONDS, CONNECTIONS)
        mixed = visit(line, [SAMPLE, "/", "/blog/", "/blog/your-first-visit/"], SECONDS, CONNECTIONS)
        alone = visit(line, [SAMPLE], 2.0, 1)
        urllib.request.urlopen(product.url).close()
    return [
        _row("the sample article, 8 connections", article, SECONDS, ">= 2,500/s, p99 <= 25 ms"),
        _row("four pages in turn, 8 connections", mixed, SECONDS, ""),
        _row("the sample article, 1 connection", alone, 2.0, "p50 <= 3 ms"),
    ]


def _edited(ctx: Context) -> list[list[str]]:
    """Measure the first request after an edit in a site of a thousand articles; beside it, pages made from nothing."""
    app, clock = the_app(ctx), SystemClock()
    client, made = app.test_client(), prerendered(app)
    paths = [path for path in every_path(app, ctx) if path.startswith("/blog/article-")][:EDITS]
    fresh, after, unconcerned, processor = list[float](), list[float](), list[float](), list[float]()
    prerendered(app).fresh.hold_still()
    for path in paths:
        fresh.append(_asked(clock, client, path))
    for number, path in enumerate(paths):
        file = ctx.settings.posts / path.split("/")[2] / "index.md"
        file.write_text(file.read_text("utf-8").replace("## ", f"## {number} ", 1), "utf-8")
        ctx.articles.refresh(force=True)
        before, used = made.made, time.thread_time()
        after.append(_asked(clock, client, path))
        processor.append(time.thread_time() - used)
        assert made.made == before + 1
        unconcerned.append(_asked(clock, client, f"/blog/{slug_of(ARTICLES - 1)}/"))
    return [
        _row("made for the first time (1,000 articles)", fresh, 0, "<= 15 ms"),
        _row("after an edit of its article", after, 0, "<= 5 ms"),
        _row("the same in processor time, whatever else runs here", processor, 0, "<= 5 ms"),
        _row("after an edit elsewhere", unconcerned, 0, ""),
    ]


def _asked(clock: SystemClock, client: object, path: str) -> float:
    started = clock.monotonic()
    answer = client.get(path)  # type: ignore[attr-defined]
    taken = clock.monotonic() - started
    assert answer.status_code == 200
    return taken


def _row(name: str, taken: list[float], seconds: float, target: str) -> list[str]:
    rate = f"{len(taken) / seconds:,.0f}" if seconds else ""
    times = [percentile(taken, 0.5), percentile(taken, 0.99), max(taken)]
    return [name, rate, *(f"{1000 * each:.1f} ms" for each in times), target]
