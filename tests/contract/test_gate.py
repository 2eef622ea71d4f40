"""The gate before sending: the article's public page is opened like a visitor does, and has to be as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, gate
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from tests.support.clock import StillClock
from tests.support.live import LiveServer, serve
from tests.support.posts import write_article


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def live(tmp_path: Path, clock: StillClock) -> Iterator[LiveServer]:
    with serve(tmp_path, clock=clock) as server:
        yield server


@pytest.fixture
def ctx(live: LiveServer) -> Context:
    return live.context


@pytest.fixture
def delivery_id(ctx: Context) -> int:
    """A delivery that leads to an article and is due now."""
    write_article(ctx, "strong-hips", title="Strong hips & tired legs")
    ctx.articles.refresh(force=True)
    article = ctx.articles.get("strong-hips")
    assert article
    account: Account = connect(ctx, "bluesky", {"service": "practice"}, {})
    given = TeaserInput(text="Read it.", article_id=article.id, accounts=(account.id,), when=When(now=True))
    return schedule(ctx, given, Submission(key="one")).deliveries[0].id


def spoil(live: LiveServer, change: str, status: int = 200) -> list[str]:
    """Let the article's page come out wrong (old=>new) or with another status; return the list of its visits."""
    visits: list[str] = []
    old, _, new = change.partition("=>")
    inner, spoiling = live.app.wsgi_app, [True]

    def spoilt(environ: Any, start: Any) -> Any:
        if environ["PATH_INFO"] != "/blog/strong-hips/":
            return inner(environ, start)
        visits.append(environ["PATH_INFO"])
        answer = Response.from_app(inner, environ)
        if spoiling[0]:
            answer.set_data(answer.get_data(as_text=True).replace(old, new))
            answer.status_code = status
        return answer(environ, start)

    live.app.wsgi_app = spoilt  # type: ignore[method-assign, assignment]
    live.app.extensions["stop_spoiling"] = lambda: spoiling.__setitem__(0, False)
    return visits


def work(ctx: Context) -> Delivery:
    for claimed in dispatch.claim_due(ctx, "w", 10):
        dispatch.send(ctx, claimed)
    return decisions.delivery(ctx, 1)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ("=>", 503, "answers with status 503"),
        ("=>", 404, "answers with status 404"),
        ('rel="canonical" href="=>rel="canonical" href="http://elsewhere.example', 200, "as its canonical address"),
        ('rel="canonical"=>rel="other"', 200, "names no address as its canonical"),
        ("og:title=>og:other", 200, "og:title"),
    ],
)
def test_a_wrong_page_holds_the_post_and_says_why(
    live: LiveServer, ctx: Context, clock: StillClock, delivery_id: int, change: str, status: int, words: str
) -> None:
    visits = spoil(live, change, status)
    held = work(ctx)
    assert (held.id, held.state, held.reason) == (delivery_id, State.HELD, gate.REASON)
    assert words in held.sentence
    assert gate.release(ctx) == 0
    assert len(visits) == 1, "a page is not asked again at once"
    clock.move(seconds=31)
    assert gate.release(ctx) == 0
    assert len(visits) == 2
    live.app.extensions["stop_spoiling"]()
    clock.move(seconds=31)
    assert gate.release(ctx) == 1
    assert work(ctx).state is State.PUBLISHED
    assert len(practice_store(ctx).feed("bluesky")) == 1


def test_a_page_as_it_should_be_is_opened_once_and_lets_the_post_go(
    live: LiveServer, ctx: Context, delivery_id: int
) -> None:
    visits = spoil(live, "nothing=>nothing")
    assert work(ctx).state is State.PUBLISHED
    assert len(visits) == 1


def test_the_look_can_be_turned_off(live: LiveServer, ctx: Context, delivery_id: int) -> None:
    visits = spoil(live, "=>", 503)
    path = ctx.settings.config / "site.toml"
    text = path.read_text("utf-8")
    assert "check_pages = true" in text
    path.write_text(text.replace("check_pages = true ", "check_pages = false"), "utf-8")
    assert work(ctx).state is State.PUBLISHED
    assert visits == []
