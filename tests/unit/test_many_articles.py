"""A change of many articles goes on where it stopped: nothing twice, and what refused is named once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.content.writer import EditConflict
from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict, refuse
from scheduler.services.context import Context
from scheduler.services.editorial import many
from scheduler.services.editorial.many import Progress, Refusal, change_many
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import write_article

CLOCK = StillClock()


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=CLOCK) as made:
        for number in range(7):
            write_article(made, f"a-{number}")
        yield made


def test_each_article_is_looked_at_once(ctx: Context) -> None:
    seen: list[str] = []

    def work(article: Article) -> None:
        CLOCK.move(seconds=many.SECONDS / 2)
        seen.append(article.slug)
        if article.slug in ("a-1", "a-5"):
            raise refuse("title", f"Not {article.slug}.")

    progress, rounds = Progress(), 0
    while rounds == 0 or progress.left:
        progress, rounds = change_many(ctx, ctx.articles.all(), work, progress), rounds + 1
    assert seen == [f"a-{number}" for number in range(7)] and rounds == 4
    assert progress.done == 5 and progress.refusals == 2
    assert progress.refused == (Refusal("A 1", "a-1", "Not a-1."), Refusal("A 5", "a-5", "Not a-5."))


def test_even_slow_work_goes_on(ctx: Context) -> None:
    def work(_: Article) -> None:
        CLOCK.move(seconds=60)

    progress = change_many(ctx, ctx.articles.all(), work, Progress())
    assert (progress.done, progress.left) == (1, 6)


def test_what_was_changed_in_between_is_tried_once_more(ctx: Context) -> None:
    tries: dict[str, int] = {}

    def work(article: Article) -> None:
        tries[article.slug] = tries.get(article.slug, 0) + 1
        if article.slug == "a-2" or (article.slug == "a-3" and tries["a-3"] == 1):
            raise EditConflict("", "")

    progress = change_many(ctx, ctx.articles.all(), work, Progress())
    assert (progress.done, progress.refusals, tries["a-2"], tries["a-3"]) == (6, 1, 2, 2)


def test_refusals_beyond_what_anybody_reads_are_counted(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST_REFUSALS", 2)

    def work(_: Article) -> None:
        raise Conflict("No.")

    progress = change_many(ctx, ctx.articles.all(), work, Progress())
    assert (len(progress.refused), progress.more_refused, progress.refusals) == (2, 5, 7)
