"""Pages that stand by themselves, the archive, series, languages, and the card of an article without a photo."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from scheduler import reads
from scheduler.domain.article import Status
from scheduler.domain.problem import Invalid
from scheduler.services.context import Context
from scheduler.services.editorial import articles
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.site import card_image
from tests.support.house import Visitor
from tests.support.html import Element, entities, parse
from tests.support.posts import shelve_photo, write_article

BASE = "http://127.0.0.1:8000"


def page(client: Visitor, path: str) -> Element:
    """Return a page that is there."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return parse(answer.get_data(as_text=True))


def tags(element: Element, name: str, **attributes: str) -> list[dict[str, str]]:
    return [dict(found.attributes) for found in element.all(name) if attributes.items() <= found.attributes.items()]


def meta(element: Element, name: str) -> str:
    found = [m.attributes["content"] for m in element.all("meta") if name in m.attributes.values()]
    assert len(found) == 1, (name, found)
    return found[0]


def test_a_page_stands_by_itself(context: Context, client: Visitor) -> None:
    write_article(context, "about-us", kind="page", categories=["Team"], date="2026-11-01T09:00:00Z")
    write_article(context, "an-article")
    shown = page(client, "/about-us/")
    assert shown.one("link", rel="canonical").attributes["href"] == f"{BASE}/about-us/"
    assert not list(shown.all("time")), "a page has no date"
    assert "WebPage" in entities(client.get("/about-us/").get_data(as_text=True))
    for path in ("/", "/blog/", "/blog/archive/", "/feed.json"):
        assert b"about-us" not in client.get(path).data, path
    assert client.get("/blog/about-us/").status_code == 404
    assert client.get("/an-article/").status_code == 404
    assert b"/about-us/" in client.get("/sitemaps/articles-1.xml").data + client.get("/sitemaps/pages.xml").data


def test_an_article_that_becomes_a_page_is_found_at_its_old_address(context: Context, client: Visitor) -> None:
    write_article(context, "about-us")
    article = articles.existing(context, "about-us")
    given = input_of(article, context.settings.calendar.zone)
    articles.change(context, "about-us", _with(given, kind="page"), article.content_hash)
    answer = client.get("/blog/about-us/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/about-us/")
    again = articles.existing(context, "about-us")
    articles.change(context, "about-us", _with(given, slug="who-we-are", kind="page"), again.content_hash)
    for old in ("/blog/about-us/", "/about-us/", "/about-us"):
        assert client.get(old).headers["Location"] == "/who-we-are/", old


def _with(given: ArticleInput, **changes: Any) -> ArticleInput:
    from dataclasses import replace

    return replace(given, **changes)


@pytest.mark.parametrize("slug", ["admin", "media", "search", "static"])
def test_no_page_takes_an_address_of_the_product(context: Context, slug: str) -> None:
    given = ArticleInput(title="Mine", slug=slug, kind="page", body="Words.", status=Status.DRAFT)
    with pytest.raises(Invalid, match="the product's own"):
        articles.create(context, given)


def test_the_archive_lists_every_article_by_month(context: Context, client: Visitor) -> None:
    write_article(context, "new")
    write_article(context, "old", date="2025-02-03T09:00:00-05:00")
    write_article(context, "older", date="2025-02-01T09:00:00-05:00")
    write_article(context, "hidden", status="draft")
    shown = page(client, "/blog/archive/")
    assert [found.words() for found in shown.all("h2")] == ["November 2026", "February 2025"]
    links = [a.attributes["href"] for section in shown.all("section") for a in section.all("a")]
    assert links == ["/blog/new/", "/blog/old/", "/blog/older/"]


def test_a_series_is_read_in_its_order(context: Context, client: Visitor) -> None:
    for day, slug in enumerate(("first", "second", "third"), 1):
        write_article(context, slug, series="Back to running", date=f"2026-10-0{day}T09:00:00Z")
    shown = page(client, "/blog/series/back-to-running/")
    titles = [found.words() for found in shown.all("h2")]
    assert titles == ["First", "Second", "Third"]
    second = page(client, "/blog/second/")
    box = second.one("aside", class_="series-box")
    assert "Part 2 of 3" in box.words()
    assert [a.attributes["href"] for a in box.all("a")][1:] == ["/blog/first/", "/blog/third/"]
    assert tags(second, "link", rel="next") == [{"rel": "next", "href": "/blog/third/"}]
    assert tags(second, "link", rel="prev") == [{"rel": "prev", "href": "/blog/first/"}]
    assert client.get("/blog/series/nothing/").status_code == 404


def test_a_series_of_one_makes_no_fuss(context: Context, client: Visitor) -> None:
    write_article(context, "alone", series="Alone")
    assert "series-box" not in client.get("/blog/alone/").get_data(as_text=True)


def test_languages_name_one_another(context: Context, client: Visitor) -> None:
    write_article(context, "knee", translation="knee")
    write_article(context, "rodilla", translation="knee", lang="es")
    write_article(context, "borrador", translation="knee", lang="fr", status="draft")
    for path in ("/blog/knee/", "/blog/rodilla/"):
        found = {tag["hreflang"]: tag["href"] for tag in tags(page(client, path), "link") if "hreflang" in tag}
        assert found == {"en-US": f"{BASE}/blog/knee/", "es": f"{BASE}/blog/rodilla/"}
    assert page(client, "/blog/rodilla/").one("html").attributes["lang"] == "es"
    assert meta(page(client, "/blog/rodilla/"), "og:locale") == "es"


def test_link_card_and_search_title_have_words_of_their_own(context: Context, client: Visitor) -> None:
    shelve_photo(context, "own-card")
    card = {"title": "Knees, explained", "description": "Two minutes.", "asset": "own-card"}
    write_article(context, "knee", title="On knees", description="Long.", search_title="Knee pain", card=card)
    shown = page(client, "/blog/knee/")
    assert shown.one("title").words().startswith("Knee pain · ")
    assert shown.one("h1").words() == "On knees"
    assert (meta(shown, "og:title"), meta(shown, "twitter:description")) == ("Knees, explained", "Two minutes.")
    assert "/media/own-card/" in meta(shown, "og:image")
    assert meta(shown, "description") == "Long."


def test_an_article_without_a_photo_gets_a_card(context: Context, client: Visitor) -> None:
    write_article(context, "bare", title="What to expect of " + "a very long first visit " * 11)
    shown = page(client, "/blog/bare/")
    assert (meta(shown, "og:image:width"), meta(shown, "og:image:type")) == ("1200", "image/png")
    path = meta(shown, "og:image").removeprefix(BASE)
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.size == (1200, 630)
        assert len(set(image.resize((60, 32)).get_flattened_data())) > 3, "there are words on it"
    write_article(context, "bare", title="Another title")
    assert client.get(path).status_code == 404, "the address names the words"


def test_a_card_does_not_ask_for_the_other_articles(context: Context, client: Visitor) -> None:
    write_article(context, "bare")
    name = meta(page(client, "/blog/bare/"), "og:image").rpartition("/")[2]
    with reads.noting() as noted:
        assert card_image.card(context, name)
    assert {question[0] for question in noted.answers} == {"id"}, "a change elsewhere makes no card anew"


def test_the_card_of_a_draft_is_nowhere(context: Context, client: Visitor) -> None:
    write_article(context, "bare")
    path = meta(page(client, "/blog/bare/"), "og:image").removeprefix(BASE)
    write_article(context, "bare", status="draft")
    assert client.get(path).status_code == 404
    for name in ("x.png", "..%2f..%2fsecret.png", "a" * 200 + ".png", "01-0000000000000000.png"):
        assert client.get(f"/media/cards/{name}").status_code == 404
