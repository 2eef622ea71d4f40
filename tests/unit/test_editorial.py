"""Articles and preview links as services: what is refused, what is written, what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.content.library import ArticleLibrary
from scheduler.content.writer import EditConflict
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.services.context import Context
from scheduler.services.editorial import articles, previews
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.previews import Wish
from scheduler.services.editorial.rendering import rendered
from scheduler.storage import preview_links
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import shelve_photo, shelve_video, write_article, write_author

ZONE = "America/New_York"
FULL = ArticleInput(
    title="Knee pain",
    body="Text\n\n![A knee](asset:knee)\n",
    status="published",
    categories=("Physical Therapy/Knee",),
    tags=("knee",),
    author="sam",
    description="About knees",
    image="knee",
    alt="A knee",
    canonical="https://example.org/knee",
    noindex=True,
)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    with furnish(tmp_path, clock=clock) as context:
        write_author(context, "sam")
        shelve_photo(context, "knee")
        shelve_video(context, "film")
        yield context


def text_of(ctx: Context, article: Article) -> str:
    path = ctx.articles.path(article.slug)
    assert path is not None
    return path.read_text()


def refused(ctx: Context, given: ArticleInput) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        articles.create(ctx, given)
    return {problem.field for problem in refusal.value.problems}


def with_status(ctx: Context, article: Article, status: Status) -> Article:
    return articles.change(ctx, article.slug, articles.with_status(ctx, article, status), article.content_hash)


def test_a_published_article_is_public_at_once(ctx: Context, clock: StillClock) -> None:
    article = articles.create(ctx, FULL)
    assert article.slug == "knee-pain" and article.date_at == clock.now and is_public(article, clock.now)
    assert article.categories == (("Physical Therapy", "Knee"),) and article.assets == ("knee",)
    assert "date: 2026-11-23T08:00:00-05:00\n" in text_of(ctx, article)
    assert replace(input_of(article, ZONE), date="", slug="", zone="") == replace(FULL, body=FULL.body.strip())


def test_every_problem_is_named_at_once(ctx: Context) -> None:
    write_article(ctx, "taken")
    bad = ArticleInput(
        title=" ",
        slug="taken",
        status="scheduled",
        categories=("A//B",),
        author="nobody",
        image="gone",
        canonical="javascript:x",
    )
    fields = refused(ctx, bad)
    assert fields == {"title", "slug", "date", "categories", "author", "image", "canonical"}
    assert refused(ctx, replace(FULL, slug="No Good", description="x" * 501)) == {"slug", "description"}
    assert refused(ctx, replace(FULL, date="soon", status="live")) == {"date", "status"}


def test_a_draft_may_be_unfinished_but_visitors_see_only_what_is_whole(ctx: Context) -> None:
    shelve_photo(ctx, "mute", alt="")
    draft = articles.create(ctx, ArticleInput(title="x", image="mute"))
    assert draft.status is Status.DRAFT
    assert refused(ctx, ArticleInput(title="y", image="mute", status="published")) == {"alt"}
    assert refused(ctx, ArticleInput(title="y", image="film", status="published")) == {"image"}
    assert refused(ctx, ArticleInput(title="y", body="![x](asset:gone)", status="published")) == {"body"}
    assert articles.create(ctx, ArticleInput(title="y", body="[x](javascript:x)", status="published"))


def test_a_title_without_an_address_of_its_own_gets_a_free_one(ctx: Context) -> None:
    slugs = [articles.create(ctx, ArticleInput(title="Knee: pain?")).slug for _ in range(3)]
    assert slugs == ["knee-pain", "knee-pain-2", "knee-pain-3"]


def test_a_scheduled_article_needs_a_time_to_come(ctx: Context, clock: StillClock) -> None:
    later = replace(FULL, status="scheduled", date="2026-11-24T09:00", zone=ZONE)
    article = articles.create(ctx, later)
    assert not is_public(article, clock.now) and "date: 2026-11-24T09:00:00-05:00\n" in text_of(ctx, article)
    clock.move(days=2)
    assert is_public(article, clock.now)
    assert refused(ctx, replace(later, title="y")) == {"date"}


def test_publishing_ahead_of_the_date_takes_the_date_of_now(ctx: Context, clock: StillClock) -> None:
    article = articles.create(ctx, replace(FULL, status="scheduled", date="2026-11-24T09:00", zone=ZONE))
    assert refused(ctx, replace(FULL, title="z", date="2026-11-24T09:00", zone=ZONE)) == {"date"}
    published = with_status(ctx, article, Status.PUBLISHED)
    assert published.date_at == clock.now and is_public(published, clock.now)
    archived = with_status(ctx, published, Status.ARCHIVED)
    assert not is_public(archived, clock.now) and archived.date_at == published.date_at


def test_a_save_that_changes_nothing_leaves_the_file_alone(ctx: Context) -> None:
    write_article(ctx, "odd", title="Odd", categories=["A / B"], own_key=[1, 2])
    article = articles.existing(ctx, "odd")
    before = text_of(ctx, article)
    same = articles.change(ctx, "odd", input_of(article, ZONE), article.content_hash)
    assert text_of(ctx, same) == before and "updated" not in before


def test_a_visible_change_of_a_public_article_is_dated(ctx: Context) -> None:
    write_article(ctx, "odd", image={"asset": "knee", "focal": [1, 2]})
    article = articles.existing(ctx, "odd")
    given = replace(input_of(article, ZONE), body="New words", alt="A knee", tags=("one", "two"))
    changed = articles.change(ctx, "odd", given, article.content_hash)
    text = text_of(ctx, changed)
    assert "updated: 2026-11-23T08:00:00-05:00" in text and "focal" in text and "alt: A knee" in text
    with pytest.raises(EditConflict):
        articles.change(ctx, "odd", given, article.content_hash)


def test_search(ctx: Context) -> None:
    write_article(ctx, "one", body="About needles", categories=["A/B"])
    write_article(ctx, "two", status="draft", tags=["Needles"])
    assert [a.slug for a in articles.search(ctx, "needles")] == ["one", "two"]
    assert [a.slug for a in articles.search(ctx, "needles", status="draft")] == ["two"]
    assert [a.slug for a in articles.search(ctx, category_name="A")] == ["one"]
    assert articles.search(ctx, "needles nothing") == []


def test_a_read_only_folder_is_said_in_a_sentence(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    article = articles.create(ctx, FULL)
    monkeypatch.setattr("scheduler.content.writer.os.fsync", full)
    with pytest.raises(Invalid, match="No space left on device"):
        articles.change(ctx, article.slug, replace(FULL, body="x"), article.content_hash)
    assert "Text" in text_of(ctx, article)


def test_a_preview_says_what_visitors_do_not_see(ctx: Context) -> None:
    write_article(ctx, "odd", body="A\n\n![x](asset:gone)\n\n```video\nasset: knee\n```\n\n```video\n```\n")
    article = articles.existing(ctx, "odd")
    assert rendered(ctx, article).html == "<p>A</p>\n"
    shown = rendered(ctx, article, preview=True)
    assert shown.html.count("block-problem") == 3
    assert [problem.line for problem in shown.problems][:2] == [4, 6]


def test_a_call_to_action_and_a_map_link_take_from_the_business_what_they_leave_out(ctx: Context) -> None:
    write_article(ctx, "odd", body="```cta\nlabel: Book <now>\n```\n\n```map\nlabel: Find us\n```\n")
    article = articles.existing(ctx, "odd")
    site = ctx.settings.config / "site.toml"
    site.write_text('[business]\nname = "OrthoCore"\n')
    assert rendered(ctx, article).html.strip() == ""
    assert ["leads nowhere" in p.reason or "no address" in p.reason for p in rendered(ctx, article).problems] == [
        True
    ] * 2
    site.write_text('[business]\nbooking_url = "https://book.example"\nstreet = "1 Main St"\ncity = "Kingston"\n')
    shown = rendered(ctx, article)
    assert shown.problems == () and 'href="https://book.example"' in shown.html and "Book &lt;now&gt;" in shown.html
    assert 'href="https://www.google.com/maps/search/?api=1&amp;query=1+Main+St%2C+Kingston"' in shown.html
    assert "<iframe" not in shown.html and "<img" not in shown.html


def test_rendering_follows_the_words_of_the_library(ctx: Context) -> None:
    article = articles.create(ctx, FULL)
    assert "first words" not in rendered(ctx, article).html
    shelve_photo(ctx, "other", alt="first words")
    given = replace(FULL, body="![x](asset:other)")
    changed = articles.change(ctx, article.slug, given, article.content_hash)
    assert "other" in rendered(ctx, changed).html


def test_a_preview_link_opens_one_article_until_it_ends(ctx: Context, clock: StillClock) -> None:
    article = articles.create(ctx, ArticleInput(title="Secret plan"))
    fresh = previews.create_link(ctx, article, Wish(7, "for Kim"))
    token = fresh.path.rpartition("/")[2]
    assert len(token) >= 43 and previews.previewed(ctx, token) == article
    (link,) = previews.links_of(ctx, article)
    assert link.last_used_at == clock.now and link.works(clock.now)
    with ctx.database.reading() as tx:
        assert preview_links.by_hash(tx, token) is None  # only the hash is stored
    for wrong in ("", token[:-1], token + "x", "x" * 5000):
        with pytest.raises(NotFound):
            previews.previewed(ctx, wrong)
    clock.move(days=7)
    with pytest.raises(NotFound):
        previews.previewed(ctx, token)


def test_an_ended_preview_link_opens_nothing(ctx: Context) -> None:
    article, other = (articles.create(ctx, ArticleInput(title=title)) for title in ("One", "Two"))
    fresh = previews.create_link(ctx, article, Wish(1))
    with pytest.raises(NotFound):
        previews.revoke_link(ctx, other, fresh.link.id)
    previews.revoke_link(ctx, article, fresh.link.id)
    with pytest.raises(NotFound):
        previews.previewed(ctx, fresh.path.rpartition("/")[2])
    with pytest.raises(NotFound):
        previews.revoke_link(ctx, article, fresh.link.id)
    with pytest.raises(Invalid):
        previews.create_link(ctx, article, Wish(400))


def test_a_deleted_article_can_be_found_in_the_trash(ctx: Context) -> None:
    article = articles.create(ctx, FULL)
    with pytest.raises(Conflict):
        articles.delete(ctx, article.slug, "stale")
    articles.delete(ctx, article.slug, article.content_hash)
    assert ctx.articles.all() == () and len(list((ctx.settings.posts / ".trash").iterdir())) == 1


def test_a_category_is_asked_for_whole(ctx: Context) -> None:
    write_article(ctx, "joint", categories=["Knee"])
    write_article(ctx, "below", categories=["knee/Runner's knee"])
    write_article(ctx, "bone", categories=["Kneecap"])
    ctx.articles.refresh(force=True)
    assert {article.slug for article in articles.search(ctx, category_name="Knee")} == {"joint", "below"}
    assert not articles.search(ctx, category_name="Kne") and not articles.search(ctx, category_name="//")


@pytest.mark.parametrize("date", ["2026-11-01T01:30:00-05:00", "2026-10-01T01:30:00.250-04:00"])
def test_a_moment_that_no_wall_clock_shows_stays_to_the_letter(ctx: Context, date: str) -> None:
    write_article(ctx, "night", date=date)
    before = articles.existing(ctx, "night")
    saved = articles.change(
        ctx, "night", replace(input_of(before, ctx.settings.calendar.zone), title="Other"), before.content_hash
    )
    assert saved.title == "Other" and saved.date_at == before.date_at and date in text_of(ctx, saved)


@pytest.mark.parametrize(
    "date", ["9999-12-31T23:59", "0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
)
@pytest.mark.parametrize("status", Status)
def test_a_date_of_no_time_of_ours_is_named(ctx: Context, date: str, status: Status) -> None:
    assert refused(ctx, ArticleInput(title="Far", date=date, status=status)) == {"date"}


def test_a_name_that_was_not_asked_for_gives_way_to_any_folder(ctx: Context) -> None:
    (ctx.articles.root / "knee").mkdir()
    (ctx.articles.root / "untitled").mkdir()
    (ctx.articles.root / "untitled-2.md").write_text("not an article yet\0")
    assert articles.create(ctx, ArticleInput(title="Knee")).slug == "knee-2"
    assert articles.create_unnamed(ctx, "").slug == "untitled-3"


def test_two_processes_that_take_the_same_title_both_get_a_place(ctx: Context) -> None:
    other = replace(ctx, articles=ArticleLibrary(ctx.articles.root, ctx.clock))
    assert not other.articles.all()[0:0] and articles.create(ctx, ArticleInput(title="Hip")).slug == "hip"
    assert articles.create(other, ArticleInput(title="Hip")).slug == "hip-2"  # it has not looked again since
    with pytest.raises(Invalid, match="taken"):
        articles.create(other, ArticleInput(title="Hip", slug="hip"))


def test_signs_that_nobody_sees_do_not_come_with_pasted_words(ctx: Context) -> None:
    pasted = "Knee\x00 pain\x0b\x1b and\x7f\ufffe rest 👩\u200d⚕️ \u202bآلام\u202c"
    made = articles.create(ctx, ArticleInput(title=pasted, description=pasted, tags=(pasted,)))
    clean = "Knee pain and rest 👩\u200d⚕️ \u202bآلام\u202c"
    assert (made.title, made.description, made.tags) == (clean, clean, (clean,))


@pytest.mark.parametrize("title", ["a" * 89 + " bcd", "a" * 88 + " b cd", "x" * 300])
def test_a_long_title_is_taken_twice(ctx: Context, title: str) -> None:
    first, second = (articles.create(ctx, ArticleInput(title=title)) for _ in range(2))
    assert second.slug != first.slug and second.slug.endswith("-2")
