"""What a preview link shows: every edit, published or not, or one version only; and what is kept for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.domain.article import Article
from scheduler.domain.problem import Invalid, NotFound
from scheduler.domain.revision import SOMEBODY
from scheduler.services.context import Context
from scheduler.services.editorial import drafts, previews
from scheduler.services.editorial.article_input import input_of
from scheduler.services.editorial.previews import FreshLink, Scope, Wish
from scheduler.storage.schema import preview_versions
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import write_article


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    with furnish(tmp_path, clock=clock) as context:
        write_article(context, "knee", body="First words", status="draft")
        yield context


def knee(ctx: Context) -> Article:
    article = ctx.articles.get("knee")
    assert article is not None
    return article


def link(ctx: Context, scope: Scope) -> FreshLink:
    return previews.create_link(ctx, knee(ctx), Wish(7, scope=scope))


def shown(ctx: Context, fresh: FreshLink) -> str:
    return previews.previewed(ctx, fresh.path.rpartition("/")[2]).body.strip()


def type_words(ctx: Context, body: str) -> None:
    given = replace(input_of(knee(ctx), "UTC"), body=body)
    drafts.keep(ctx, given, drafts.Page(knee(ctx).id, knee(ctx).content_hash, tab="one", turn=1), SOMEBODY)


def versions(ctx: Context) -> int:
    with ctx.database.reading() as tx:
        return len(tx.execute(select(preview_versions)).all())


def test_a_link_follows_every_edit(ctx: Context) -> None:
    fresh = link(ctx, Scope.FOLLOWING)
    type_words(ctx, "Unpublished words")
    assert shown(ctx, fresh) == "Unpublished words" and knee(ctx).body.strip() == "First words"
    assert versions(ctx) == 0


def test_a_link_to_one_version_stays_with_it(ctx: Context) -> None:
    first = link(ctx, Scope.VERSION)
    type_words(ctx, "Unpublished words")
    second = link(ctx, Scope.VERSION)
    write_article(ctx, "knee", id=knee(ctx).id, body="Third words", status="published")
    assert (shown(ctx, first), shown(ctx, second)) == ("First words", "Unpublished words")
    assert first.link.version != second.link.version and versions(ctx) == 2


def test_a_version_is_kept_as_long_as_a_link_shows_it(ctx: Context, clock: StillClock) -> None:
    one, two = link(ctx, Scope.VERSION), link(ctx, Scope.VERSION)
    assert versions(ctx) == 1
    previews.revoke_link(ctx, knee(ctx), one.link.id)
    assert shown(ctx, two) == "First words"
    clock.move(days=7)
    link(ctx, Scope.FOLLOWING)
    assert versions(ctx) == 0
    for fresh in (one, two):
        with pytest.raises(NotFound):
            shown(ctx, fresh)


def test_a_deleted_article_is_not_shown_by_its_version_either(ctx: Context) -> None:
    fresh = link(ctx, Scope.VERSION)
    (ctx.settings.posts / "knee" / "index.md").unlink()
    ctx.articles.refresh(force=True)
    with pytest.raises(NotFound):
        shown(ctx, fresh)


def test_an_unknown_scope_is_refused(ctx: Context) -> None:
    with pytest.raises(Invalid, match="scope"):
        previews.create_link(ctx, knee(ctx), Wish(7, scope="everything"))
