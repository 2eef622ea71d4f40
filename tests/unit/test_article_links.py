"""Links between articles: kept by id, so that a new address, a draft or a deletion never leaves a broken link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.content.links import article_link, linked_articles
from scheduler.content.plain_text import plain_text as words_for_search
from scheduler.services.context import Context
from scheduler.services.editorial.linking import linking_to, suggested
from scheduler.services.editorial.rendering import rendered
from scheduler.services.planning.payloads import plain_text
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import write_article

KNEE = "01KNEE"
TEXT = "See [the *knee*](article:01KNEE#h-why) and [more](/blog/).\n"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=StillClock()) as context:
        yield context


def html(ctx: Context, slug: str, preview: bool = False) -> str:
    article = ctx.articles.get(slug)
    assert article is not None
    return rendered(ctx, article, preview).html


def problems(ctx: Context, slug: str) -> list[tuple[int, str]]:
    article = ctx.articles.get(slug)
    assert article is not None
    return [(problem.line, problem.reason) for problem in rendered(ctx, article).problems]


def test_a_link_is_read_by_its_id() -> None:
    assert article_link("article:01KNEE#h-why") == ("01KNEE", "#h-why")
    assert article_link("article:01KNEE") == ("01KNEE", "")
    for other in ("article:", "article:a b", "xarticle:a", "article:a/../b", "/blog/a/", 'article:a"b'):
        assert article_link(other) is None
    assert linked_articles("[a](article:B) [c](article:A) [d](article:B) particle:x") == ("B", "A")


def test_a_link_leads_to_the_address_of_now(ctx: Context) -> None:
    write_article(ctx, "knee", id=KNEE)
    write_article(ctx, "about", body=TEXT)
    assert '<a href="/blog/knee/#h-why">the <em>knee</em></a>' in html(ctx, "about")
    (ctx.settings.posts / "knee" / "index.md").unlink()
    write_article(ctx, "sore-knee", id=KNEE)
    assert '<a href="/blog/sore-knee/#h-why">' in html(ctx, "about") and problems(ctx, "about") == []


@pytest.mark.parametrize(
    ("status", "words"),
    [("draft", "is a draft"), ("archived", "is archived"), ("scheduled", "has not appeared yet")],
)
def test_what_visitors_cannot_see_is_no_link_for_them(ctx: Context, status: str, words: str) -> None:
    write_article(ctx, "knee", id=KNEE, status=status, date="2030-01-01T09:00:00Z")
    write_article(ctx, "about", body=TEXT)
    shown = html(ctx, "about")
    assert "<p>See the <em>knee</em> and " in shown and "article:" not in shown and "/blog/knee/" not in shown
    assert '<a href="/blog/knee/#h-why">' in html(ctx, "about", preview=True)
    assert problems(ctx, "about") == [(2, f'visitors see no link here while "Knee" {words}')]


def test_a_deleted_article_leaves_the_words_and_says_so(ctx: Context) -> None:
    write_article(ctx, "about", body=f"First.\n\n{TEXT}\n```button\nlabel: Book\nhref: article:GONE\n```\n")
    shown = html(ctx, "about")
    assert "See the <em>knee</em> and" in shown and "site-button" not in shown and "article:" not in shown
    assert [line for line, _ in problems(ctx, "about")] == [4, 6]  # with the empty line on top of the file
    assert all("does not exist" in reason for _, reason in problems(ctx, "about"))


def test_links_work_in_every_block(ctx: Context) -> None:
    write_article(ctx, "knee", id=KNEE)
    body = (
        ':::note{title="x"}\n\n[a](article:01KNEE)\n\n:::\n\n'
        "```faq\nquestions:\n  - question: Why?\n    answer: Read [b](article:01KNEE).\n```\n\n"
        "```button\nlabel: c\nhref: article:01KNEE\n```\n\n> - [d](article:01KNEE)\n\n[e][1]\n\n[1]: article:01KNEE\n"
    )
    write_article(ctx, "about", body=body)
    assert html(ctx, "about").count('href="/blog/knee/"') == 5 and problems(ctx, "about") == []


def test_plain_text_never_shows_an_id(ctx: Context) -> None:
    write_article(ctx, "about", body=TEXT)
    article = ctx.articles.get("about")
    assert article is not None and rendered(ctx, article).text.strip() == "See the knee and more."


def test_a_link_without_words_has_the_title_of_the_article(ctx: Context) -> None:
    write_article(ctx, "knee", id=KNEE, title="Knee <pain>")
    write_article(ctx, "about", body="<article:01KNEE> [](article:01KNEE#h-x) <article:GONE> <https://example.org>")
    shown = html(ctx, "about")
    assert '<a href="/blog/knee/">Knee &lt;pain&gt;</a> <a href="/blog/knee/#h-x">Knee &lt;pain&gt;</a>' in shown
    assert "article:" not in shown and ">https://example.org</a>" in shown
    about = ctx.articles.get("about")
    assert about is not None and "article:" not in plain_text(about) + words_for_search(about.body)


def test_an_id_cannot_carry_an_attack(ctx: Context) -> None:
    write_article(ctx, "about", body='[x](article:a"onclick=alert) [y](<article:javascript:alert(1)>)\n')
    assert "href" not in html(ctx, "about") and "article:" not in html(ctx, "about")


def test_the_best_suggestion_comes_first(ctx: Context) -> None:
    write_article(ctx, "runners-knee", title="Runner’s knee", date="2026-10-01T09:00:00Z")
    write_article(ctx, "knee-pain", title="Knee pain at night", date="2025-10-01T09:00:00Z", tags=["sleep"])
    write_article(ctx, "hip", title="The hip", status="draft")
    assert [one.title for one in suggested(ctx, "knee")] == ["Knee pain at night", "Runner’s knee"]
    assert [one.title for one in suggested(ctx, "SLEEP knee")] == ["Knee pain at night"]
    (hip,) = suggested(ctx, "hip")
    assert (hip.status, hip.path) == ("draft", "/blog/hip/")
    assert len(suggested(ctx, "")) == 3 and suggested(ctx, "elbow") == []
    assert [one.title for one in suggested(ctx, "hip", leaving_out=hip.id)] == []


def test_who_links_here(ctx: Context) -> None:
    write_article(ctx, "knee", id=KNEE)
    write_article(ctx, "by-id", body=TEXT, date="2026-10-02T09:00:00Z")
    write_article(ctx, "by-address", body="[x](/blog/knee/)", date="2026-10-01T09:00:00Z")
    write_article(ctx, "not", body="knee")
    knee = ctx.articles.get("knee")
    assert knee is not None and [other.slug for other in linking_to(ctx, knee)] == ["by-id", "by-address"]
