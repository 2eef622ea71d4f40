"""How long the search in all text takes, and how long its file takes to be made, with 1,000 and 10,000 articles.

Articles of some 700 words out of a vocabulary in which few words are frequent and many are rare, as in any language.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.services.editorial import articles
from scheduler.services.site import searching
from tests.performance.table import percentile, table
from tests.support.house import furnish, the_app

SIZES = (1_000, 10_000)
TIMES = 60
WORDS = 700
QUERIES = {
    "a rare word": "w9001",
    "two words": "w40 w300",
    "a phrase": '"w3 w5"',
    "the beginning of a word": "w12",
    "in half of the articles": "w60",
    "in every article": "w1",
}


def main() -> str:
    """Return the tables."""
    head = ["articles", "file made", "one article changed", *QUERIES, "list in the admin", "page /search/"]
    rows = [_row(size) for size in SIZES]
    targets = ["target at 10,000", "", "", *["<= 50 ms"] * (len(QUERIES) + 1), ""]
    return table("The search in all text (milliseconds, p50 / p95)", head, [*rows, targets])


def _row(size: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder, furnish(Path(folder)) as ctx:
        _write(ctx, size)
        ctx.articles.refresh(force=True)
        made = _once(lambda: searching.keep_in_step(ctx))
        file = ctx.settings.posts / "a-1" / "index.md"
        file.write_text(file.read_text("utf-8") + "\nOne more word.\n", "utf-8")
        ctx.articles.refresh(force=True)
        changed = _once(lambda: searching.keep_in_step(ctx))
        searches = [_share(lambda words=words: searching.search_page(ctx, words)) for words in QUERIES.values()]  # type: ignore[misc]
        listed = _share(lambda: articles.search(ctx, "w40 w300"))
        client = the_app(ctx).test_client()
        page = _share(lambda: client.get("/search/?q=w40+w300"), 20)
        return [f"{size:,}", made, changed, *searches, listed, page]


def _write(ctx: Context, size: int) -> None:
    chance = random.Random(7)
    vocabulary = [f"w{number}" for number in range(1, 20_001)]
    weights = [1 / number for number in range(1, 20_001)]
    for number in range(size):
        words = chance.choices(vocabulary, weights, k=WORDS)
        lines = "\n\n".join(" ".join(words[start : start + 70]) for start in range(0, WORDS, 70))
        folder = ctx.settings.posts / f"a-{number}"
        folder.mkdir()
        front = f"title: Article {number} {words[0]}\ndate: 2026-01-01T09:00:00Z\nstatus: published\n"
        (folder / "index.md").write_text(f"---\nid: A{number}\n{front}---\n\n## Some *words*\n\n{lines}\n", "utf-8")


def _once(work: Callable[[], object]) -> str:
    clock = SystemClock()
    started = clock.monotonic()
    work()
    return f"{1000 * (clock.monotonic() - started):,.0f}"


def _share(work: Callable[[], object], times: int = TIMES) -> str:
    clock, taken = SystemClock(), []
    work()
    for _ in range(times):
        started = clock.monotonic()
        work()
        taken.append(clock.monotonic() - started)
    return f"{1000 * percentile(taken, 0.5):.1f} / {1000 * percentile(taken, 0.95):.1f}"
