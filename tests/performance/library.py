"""What ten thousand articles cost: reading them, starting again, an edit made elsewhere, and the memory of the web."""

from __future__ import annotations

import os
import tempfile
import urllib.request
from pathlib import Path

import psutil

from scheduler.clock import SystemClock
from scheduler.content.library import ArticleLibrary
from tests.performance.archive import slug_of, write_archive
from tests.performance.start import MEGABYTE, name_of, processor_seconds
from tests.performance.table import table
from tests.performance.visitors import visit
from tests.support.product import Product, processes_of, running_product

COUNT = 10_000
IDLE_SECONDS = 20.0
WINDOWS = 3
"""How often that is measured; what the visits have left to do falls into the first."""
LONG_AGO = 1_600_000_000


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name:
        folder = Path(name)
        write_archive(folder / "posts", COUNT)
        for file in (folder / "posts").rglob("*.md"):
            os.utime(file, (LONG_AGO, LONG_AGO))  # files that lie there for long, as on any day but the first
        rows = [*_read(folder), *_served(folder)]
    return table(f"A library of {COUNT:,} articles of 600 words", ["what", "cost", "target"], rows)


def _read(folder: Path) -> list[list[str]]:
    clock, index = SystemClock(), folder / "articles.index"
    library = ArticleLibrary(folder / "posts", clock, index)
    rebuild = _seconds(clock, library)
    again = _seconds(clock, ArticleLibrary(folder / "posts", clock, index))
    look = min(_seconds(clock, library) for _ in range(5))
    _edit(folder, 17)
    edit = _seconds(clock, library)
    article = library.get(slug_of(COUNT // 2))
    assert article and len(library.all()) == COUNT and not library.problems()
    started = clock.monotonic()
    for _ in range(100):
        library.related(article, clock.now_ms(), 3)
    related = (clock.monotonic() - started) / 100
    return [
        ["index rebuilt from the files", f"{rebuild:.2f} s", "<= 5 s"],
        ["the same at a later start", f"{again:.2f} s", "<= 1 s"],
        ["one look at the folder, nothing changed", f"{1000 * look:.0f} ms", ""],
        ["one look at the folder, one article changed", f"{1000 * edit:.0f} ms", ""],
        ["the articles that are related to one", f"{1e6 * related:.0f} µs", ""],
    ]


def _seconds(clock: SystemClock, library: ArticleLibrary) -> float:
    started = clock.monotonic()
    library.refresh(force=True)
    return clock.monotonic() - started


def _edit(folder: Path, number: int) -> str:
    file = folder / "posts" / slug_of(number) / "index.md"
    words = f"Edited at {SystemClock().now_ms()}."
    file.write_text(file.read_text("utf-8") + f"\n{words}\n", "utf-8")
    return words


def _served(folder: Path) -> list[list[str]]:
    with running_product(folder) as product:
        _get(product, "/")
        web = max((p for p in processes_of(product) if name_of(p) == "web"), key=lambda p: p.memory_info().rss)
        idle = web.memory_info().rss
        seen = max(_seen_after(product, folder, number) for number in (101, 5_005, 9_009))
        line = ("127.0.0.1", int(product.environment["DRUMBEAT_PORT"]))
        paths = [f"/blog/{slug_of(number)}/" for number in range(0, COUNT, 4)]
        taken = visit(line, paths, 15.0, 4)
        used = web.memory_info().rss
        share = min(_idle(web) for _ in range(WINDOWS))
    return [
        ["an edit made elsewhere is on the page (the slowest of three)", f"{seen:.2f} s", "<= 3 s"],
        ["memory of web after the start", f"{idle / MEGABYTE:.0f} MB", "<= 200 MB"],
        [
            f"memory of web after {len(taken):,} visits to {len(paths):,} pages",
            f"{used / MEGABYTE:.0f} MB",
            "<= 200 MB",
        ],
        ["processor of web while nobody comes, once it has settled", f"{share:.1f} %", ""],
    ]


def _seen_after(product: Product, folder: Path, number: int) -> float:
    clock, path = SystemClock(), f"/blog/{slug_of(number)}/"
    _get(product, path)
    words = _edit(folder, number)
    started = clock.monotonic()
    while words not in _get(product, path):
        clock.sleep(0.02)
    return clock.monotonic() - started


def _idle(web: psutil.Process) -> float:
    clock, before = SystemClock(), processor_seconds(web)
    clock.sleep(IDLE_SECONDS)
    return 100 * (processor_seconds(web) - before) / IDLE_SECONDS


def _get(product: Product, path: str) -> str:
    with urllib.request.urlopen(product.url + path) as answer:
        return str(answer.read().decode())
