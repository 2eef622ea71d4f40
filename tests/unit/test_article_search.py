"""The search file: kept in step with the articles, made anew when it is broken, asked by anything that is typed."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.search_words import search_terms
from scheduler.services.context import Context
from scheduler.services.editorial import articles
from scheduler.services.site import searching
from scheduler.services.site.searching import SearchPage, search_page
from scheduler.storage.article_search import ArticleSearch, Entry
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import write_article, write_author


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=StillClock()) as made:
        yield made


def titles(page: SearchPage) -> list[str]:
    return ["".join(piece.text for piece in hit.title) for hit in page.hits]


def marked(page: SearchPage) -> list[str]:
    return [piece.text for hit in page.hits for piece in (*hit.title, *hit.text) if piece.found]


def test_every_field_is_searched_and_the_title_counts_most(ctx: Context) -> None:
    write_author(ctx, "sam", name="Sam Rivers")
    write_article(ctx, "one", "Nothing but knees, knees, and more knees here.", title="Elbows")
    write_article(ctx, "two", "Something.", title="Knees", tags=["Marathon"], categories=["Physical Therapy/Hips"])
    write_article(ctx, "three", "*Bold* words.", title="Third", description="Of shoulders", author="sam")
    assert titles(search_page(ctx, "knees")) == ["Knees", "Elbows"]
    for word, found in (
        ("marathon", "Knees"),
        ("hips", "Knees"),
        ("shoulders", "Third"),
        ("rivers", "Third"),
        ("bold", "Third"),
    ):
        assert titles(search_page(ctx, word)) == [found], word


def test_beginnings_phrases_accents_and_forms(ctx: Context) -> None:
    write_article(ctx, "one", "Dry needling of the calf at the Café Zürich.")
    write_article(ctx, "two", "Needling in dry weather.")
    assert search_page(ctx, "need").total == 2
    assert titles(search_page(ctx, '"dry needling"')) == ["One"]
    assert titles(search_page(ctx, "cafe zurich")) == ["One"]
    assert search_page(ctx, "needles").total == 2, "English forms of a word find each other"
    assert marked(search_page(ctx, '"dry needling"')) == ["Dry needling"]


@pytest.mark.parametrize("typed", ["runn", "runni", "runnin", "running", "run"])
def test_a_word_is_found_while_it_is_typed(ctx: Context, typed: str) -> None:
    write_article(ctx, "one", "Running.")
    write_article(ctx, "two", "Walking.")
    page = search_page(ctx, typed)
    assert titles(page) == ["One"] and marked(page) == ["Running"]


@pytest.mark.parametrize("word", ["needling", "rehabilitation", "stability", "exercises", "happiness", "effective"])
def test_every_beginning_of_a_word_finds_it(ctx: Context, word: str) -> None:
    write_article(ctx, "one", f"On {word}.")
    for end in range(2, len(word) + 1):
        assert search_page(ctx, word[:end]).total == 1, word[:end]


def test_words_inside_runs_of_chinese_and_japanese_are_found(ctx: Context) -> None:
    write_article(ctx, "one", "東京都の理学療法クリニックでは、膝の痛みを診察します。", title="膝と走ること")
    write_article(ctx, "two", "物理治疗可以帮助跑步者。", title="跑步")
    for word, found in (("理学療法", "one"), ("クリニック", "one"), ("膝", "one"), ("の痛み", "one"), ("治疗", "two")):
        page = search_page(ctx, word)
        assert [hit.href for hit in page.hits] == [f"/blog/{found}/"], word
        assert set(marked(page)) == {word}
    assert search_page(ctx, "学理").total == 0, "signs in another order are another word"
    assert titles(search_page(ctx, "膝 クリニック")) == ["膝と走ること"]
    text = "".join(piece.text for piece in search_page(ctx, "診察").hits[0].text)
    assert text == "東京都の理学療法クリニックでは、膝の痛みを診察します。"


def test_all_words_first_then_some_of_them(ctx: Context) -> None:
    write_article(ctx, "one", "Calf and thigh.")
    write_article(ctx, "two", "Calf.")
    assert titles(search_page(ctx, "calf thigh")) == ["One"]
    loose = search_page(ctx, "calf elephants")
    assert loose.loose and loose.total == 2
    assert search_page(ctx, "elephants") == SearchPage("elephants")


def test_only_what_visitors_may_see(ctx: Context) -> None:
    write_article(ctx, "public", "Calf.")
    write_article(ctx, "draft", "Calf.", status="draft")
    write_article(ctx, "later", "Calf.", status="scheduled", date="2027-01-01T09:00:00Z")
    write_article(ctx, "gone", "Calf.", status="archived")
    assert titles(search_page(ctx, "calf")) == ["Public"]
    assert {article.slug for article in articles.search(ctx, "calf")} == {"public", "draft", "later", "gone"}


def test_a_page_that_stands_by_itself_is_found_at_its_own_address(ctx: Context) -> None:
    write_article(ctx, "about-us", "We mend calves.", kind="page")
    assert [hit.href for hit in search_page(ctx, "calves").hits] == ["/about-us/"]
    assert [link.href for link in searching.lookalikes(ctx, "/about-uss/")] == ["/about-us/"]


def test_it_follows_every_change(ctx: Context) -> None:
    write_author(ctx, "sam", name="Sam Rivers")
    write_article(ctx, "one", "Calf.", author="sam")
    assert search_page(ctx, "calf").total == search_page(ctx, "rivers").total == 1
    file = ctx.settings.posts / "one" / "index.md"
    file.write_text(file.read_text("utf-8").replace("Calf", "Thigh"), "utf-8")
    write_author(ctx, "sam", name="Sam Lake")
    assert [search_page(ctx, word).total for word in ("calf", "thigh", "rivers", "lake")] == [0, 1, 0, 1]
    file.unlink()
    ctx.articles.refresh(force=True)
    assert search_page(ctx, "thigh").total == 0


@pytest.mark.parametrize("damage", ["rubbish", "cut", "gone", "other version"])
def test_a_broken_file_is_made_anew(ctx: Context, damage: str) -> None:
    write_article(ctx, "one", "Calf. " * 2000)
    assert search_page(ctx, "calf").total == 1
    path = ctx.search.path
    if damage == "other version":
        with closing(sqlite3.connect(path)) as db:
            db.executescript("PRAGMA user_version = 999; DROP TABLE words;")
    else:
        ctx.search.forget()
        if damage != "gone":
            path.write_bytes(b"rubbish" * 1000 if damage == "rubbish" else b"SQLite format 3\x00" + bytes(5000))
    write_article(ctx, "two", "Calf.")  # whatever is broken is noticed at the next change, or the next question
    assert search_page(ctx, "calf").total == 2


def test_a_broken_file_is_noticed_when_it_is_asked(ctx: Context) -> None:
    write_article(ctx, "one", "Calf.")
    search_page(ctx, "calf")
    ctx.search.forget()
    ctx.search.path.write_bytes(b"rubbish" * 1000)
    search_page(ctx, "calf")
    assert search_page(ctx, "calf").total == 1


def _die_half_way(path: str) -> None:
    def made(key: str) -> Entry:
        if key == "b":
            os._exit(9)
        return Entry(key, "2", "New", "", "", "", "new words")

    ArticleSearch(Path(path)).update({"a": "2", "b": "2"}, made, english=True)


def test_killed_half_way_it_holds_what_it_held(tmp_path: Path) -> None:
    search = ArticleSearch(tmp_path / "search.db")
    search.update({"a": "1"}, lambda key: Entry(key, "1", "Old", "", "", "", "old words"), english=True)
    child = multiprocessing.get_context("fork").Process(target=_die_half_way, args=(str(search.path),))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert search.having(search_terms("old")) == {"a"} and not search.having(search_terms("new"))
    assert search.update({"a": "2"}, lambda key: Entry(key, "2", "New", "", "", "", "new words"), english=True)
    assert search.having(search_terms("new")) == {"a"} and not search.having(search_terms("old"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> ArticleSearch:
    search = ArticleSearch(tmp_path_factory.mktemp("search") / "search.db")
    search.update({"a": "1"}, lambda key: Entry(key, "1", "A", "", "", "", "one two AND NEAR OR"), english=False)
    return search


@given(typed=st.text(max_size=60) | st.text('"*^:(){}+-ANDORNT \\\x00\ud800', max_size=30))
def test_nothing_typed_is_an_error(filled: ArticleSearch, typed: str) -> None:
    terms = search_terms(typed)
    filled.having(terms)
    filled.snippets(terms, filled.ranked(terms))
    filled.alike(typed.split(), 5)


def test_addresses_that_resemble_an_article(ctx: Context) -> None:
    write_article(ctx, "the-finer-points-of-dry-needling")
    write_article(ctx, "strong-hips", status="draft")
    searching.keep_in_step(ctx)
    for path in ("/blog/dry-neddling/", "/2019/05/finer-points-of-dry-needling.html", "/blog/THE%20finer-points/"):
        assert [link.href for link in searching.lookalikes(ctx, path)] == ["/blog/the-finer-points-of-dry-needling/"], (
            path
        )
    for path in ("/blog/strong-hips/", "/", "/wp-login.php", "/blog/the-and-of/", "/%00%ff/", "/'\"/"):
        assert searching.lookalikes(ctx, path) == [], path
