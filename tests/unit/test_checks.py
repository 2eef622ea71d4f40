"""The checks beside the editor: each state of each check, where it points to, and that no mark reaches visitors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.domain.article import Status
from scheduler.domain.check import Check, Checks, State
from scheduler.domain.problem import Invalid
from scheduler.services.context import Context
from scheduler.services.editorial import articles
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.checks import checks_of
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import shelve_photo, write_article, write_author

SENTENCE = "Dry needling helps a sore calf to let go again. "
GOOD = ArticleInput(
    title="How dry needling helps a runner’s calf",
    slug="calf",
    body=(
        f"{SENTENCE * 4}\n\n## What happens\n\n" + "\n\n".join([SENTENCE * 5] * 6) + "\n\n### And then\n\n"
        "Read [how it feels](article:01FEEL).\n\n![A calf](asset:calf)\n"
    ),
    description="What happens to a tight muscle when a therapist puts a thin needle into it, and what it feels like.",
    categories=("Physical Therapy/Dry Needling",),
    author="sam",
    image="calf",
    alt="A calf",
)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=StillClock()) as context:
        write_author(context, "sam")
        shelve_photo(context, "calf")
        write_article(context, "feel", id="01FEEL", series="Needles")
        yield context


def check(ctx: Context, key: str, **changes: object) -> Check:
    found = {one.key: one for one in checked(ctx, **changes).found}
    return found[key]


def checked(ctx: Context, **changes: object) -> Checks:
    return checks_of(ctx, replace(GOOD, **changes), None, lambda path: path == "/")  # type: ignore[arg-type]


def lines(one: Check) -> list[int]:
    return [place.line for place in one.places]


def test_a_good_article_has_nothing_to_be_done(ctx: Context) -> None:
    found = checked(ctx)
    assert [(one.key, one.found) for one in found.found if one.state is not State.GOOD] == []
    assert len(found.of("good")) >= 14 and all(one.why and not one.way and not one.places for one in found.found)


@pytest.mark.parametrize(
    ("key", "changes", "field"),
    [
        ("title", {"title": "How dry needling helps runners with a stubborn calf to get back on the road"}, "title"),
        ("title", {"title": "Calf"}, "title"),
        ("title", {"search_title": "Needling " * 12}, "search_title"),
        ("own-title", {"title": "FEEL"}, "title"),
        ("description", {"description": ""}, "description"),
        ("description", {"description": "Short."}, "description"),
        ("description", {"description": "Long words " * 20}, "description"),
        ("lead", {"image": "", "alt": ""}, "image"),
        ("category", {"categories": ()}, "categories"),
        ("author", {"author": ""}, "author"),
        ("series", {"series": "needles"}, "series"),
    ],
)
def test_what_could_be_better_around_the_text(ctx: Context, key: str, changes: dict[str, object], field: str) -> None:
    one = check(ctx, key, **changes)
    assert one.state is State.BETTER and one.way and [place.field for place in one.places] == [field]


def test_a_series_that_others_name_is_good(ctx: Context) -> None:
    assert check(ctx, "series", series="Needles").state is State.GOOD


@pytest.mark.parametrize(
    ("key", "body", "at"),
    [
        ("headings", "## One\n\n#### Deep\n\nText.", [3]),
        ("headings", "# One\n\nText.", [1]),
        ("headings", "### One\n\nText.", [1]),
        ("headings", "Just words. " * 200, [1]),
        ("link-words", "A\n[click here](/) and\n[Read more …](/).", [2, 3]),
        ("link-words", "[https://example.org](https://example.org)", [1]),
        ("links", "[a](article:GONE) [b](/)\n[c](/blog/nothing/) [d](#h-no)", [1, 2, 2]),
        ("links", "[e](/nothing/)\n[f](/admin/)", [1, 2]),
        ("links", "[a](/blog/category/none/)\n[b](/blog/tag/none/)\n[c](/blog/author/nobody/)", [1, 2, 3]),
        ("links", "[a](http://127.0.0.1:8000/blog/nothing/)", [1]),
        ("paragraphs", "Fine.\n\n" + "word " * 151, [3]),
        ("sentences", "Short.\n\n" + "word " * 21, [3]),
        ("lix", "Rehabilitation professionals recommend individualised strengthening programmes. " * 12, [1]),
        ("beginning", "The weather is fine today.\n", [1]),
        ("beginning", "needling " * 81, [1]),
        ("promises", "It works.\n\nWe guarantee it; it cures pain.", [3, 3]),
        ("length", "Few words.", [1]),
        ("alt", "![](asset:bare)", [1]),
    ],
)  # fmt: skip
def test_what_could_be_better_in_the_text(ctx: Context, key: str, body: str, at: list[int]) -> None:
    shelve_photo(ctx, "bare", alt="")
    one = check(ctx, key, body=body)
    assert one.state is State.BETTER and one.way and lines(one) == at, one


@pytest.mark.parametrize(
    "body",
    [
        "[a](https://example.org/gone)", "[a](mailto:a@example.org) [b](tel:+1)", "[a](/blog/feel/)",
        "[a](/blog/feel/#x)", "## Why\n\n[a](#h-why)", "[a](/)", "[a](../feel/)",
    ],
)  # fmt: skip
def test_links_that_lead_somewhere(ctx: Context, body: str) -> None:
    assert check(ctx, "links", body=body).state is State.GOOD


def test_health_words_are_looked_at_in_english_only(ctx: Context) -> None:
    found = {one.key for one in checked(ctx, lang="de", body="Cures").found}
    assert (
        "promises" not in found
        and check(ctx, "promises", body="Manicured, secured. It is not a cure, we never guarantee it.").state
        is State.GOOD
    )


def test_a_page_needs_no_category(ctx: Context) -> None:
    assert not {"category", "lead", "author"} & {one.key for one in checked(ctx, kind="page").found}


def test_marks_block_and_are_named_all_at_once(ctx: Context) -> None:
    body = "First TK\nsecond [todo ask Kim]\n\n`TODO` is code\n\n```button\nlabel: TODO\nhref: /\n```\n"
    one = check(ctx, "todo", body=body, description="TK")
    assert one.state is State.BLOCKS and lines(one) == [1, 2, 7, 0]
    for status in ("published", "scheduled"):
        given = replace(
            GOOD, body=body, description="TK", status=status, date="2026-12-01T09:00" * (status == "scheduled")
        )
        with pytest.raises(Invalid) as refusal:
            articles.create(ctx, given)
        found = [(problem.field, problem.message.split(" is ")[0]) for problem in refusal.value.problems]
        assert found == [
            ("body", "Line 1: the mark TK"), ("body", "Line 2: the mark [todo ask Kim]"),
            ("body", "Line 7: the mark TODO"), ("description", "The mark TK"),
        ]  # fmt: skip
    assert articles.create(ctx, replace(GOOD, body=body, status="draft")).status == "draft"


def test_what_blocks_is_what_a_publication_is_refused_for(ctx: Context) -> None:
    write_article(ctx, "bad", body="![x](asset:gone)\n", status="draft", author="nobody", title="Bad")
    bad = ctx.articles.get("bad")
    assert bad is not None
    blocks = checks_of(ctx, input_of(bad, ctx.settings.calendar.zone), bad, lambda path: True).of("blocks")
    assert {(place.field, place.line) for one in blocks for place in one.places} == {("author", 0), ("body", 1)}
    with pytest.raises(Invalid) as refusal:
        articles.status_keys(ctx, bad, Status.PUBLISHED)
    assert len(refusal.value.problems) == len(blocks) == 2


def test_a_new_article_without_a_title_says_so(ctx: Context) -> None:
    blocks = checks_of(ctx, ArticleInput(), None, lambda path: True).of("blocks")
    assert [place.field for one in blocks for place in one.places] == ["title"]


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Боль в колене после бега", "Почему колени болят после бега? Вот что помогает."),
        ("Πόνος στο γόνατο", "Ο πόνος στο γόνατο περνά."),
        ("آلام الركبة", "تظهر آلام الركبة بعد الجري."),
        ("膝の痛み", "走った後の膝の痛みについて。"),
        ("Übungen für Läufer", "U\u0308bungen helfen."),
    ],
)
def test_words_of_any_script_are_found_in_the_first_paragraph(ctx: Context, title: str, first: str) -> None:
    checks = checks_of(ctx, ArticleInput(title=title, body=first), None, lambda path: True)
    assert "names the subject" in next(check.found for check in checks.found if check.key == "beginning")
    checks = checks_of(ctx, ArticleInput(title=title, body="Something else."), None, lambda path: True)
    assert "no word of the title" in next(check.found for check in checks.found if check.key == "beginning")
