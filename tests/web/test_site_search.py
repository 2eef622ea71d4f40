"""The public search page, and the page for an address that leads nowhere."""

from __future__ import annotations

import pytest

from scheduler.services.context import Context
from scheduler.services.site import search_list, searching
from scheduler.storage.article_search import ArticleSearch, SearchAway
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import write_article


def page(client: Visitor, path: str, status: int = 200) -> Element:
    answer = client.get(path)
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, html
    assert_strict(html)
    return parse(html)


def links(shown: Element) -> list[str]:
    return [link.attributes.get("href", "") for link in shown.all("a")]


def test_it_finds_marks_and_escapes(client: Visitor, context: Context) -> None:
    write_article(context, "one", "The <b>calf</b> & the `<script>` thigh.", title="<i>Calf</i>")
    write_article(context, "secret", "The calf.", status="draft")
    shown = page(client, "/search/?q=calf")
    assert [mark.words() for mark in shown.all("mark")] == ["Calf", "calf"]
    assert "<i>Calf</i>" in shown.words() and "The <b>calf</b> & the <script> thigh." in shown.words()
    assert "/blog/one/" in links(shown) and "/blog/secret/" not in links(shown)


def test_it_is_kept_from_search_engines_and_caches(client: Visitor) -> None:
    answer = client.get("/search/?q=x")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-cache" and "Set-Cookie" not in answer.headers


def test_nothing_typed_and_nothing_found_help(client: Visitor, context: Context) -> None:
    write_article(context, "one", "Calf.", categories=["Running"])
    for query in ("", "?q=", "?q=%20%20", "?q=%22%22", "?q=***"):
        assert "/blog/category/running/" in links(page(client, f"/search/{query}")), query
    shown = page(client, "/search/?q=%3Celephant%3E")
    assert "No article has “<elephant>” in it" in shown.words() and "/blog/category/running/" in links(shown)
    assert "some of them" in page(client, "/search/?q=calf+elephants").words()


def test_pages_of_results(client: Visitor, context: Context) -> None:
    for number in range(12):
        write_article(context, f"a-{number}", "Calf & thigh.")
    first, second = page(client, "/search/?q=calf+%26+thigh"), page(client, "/search/?q=calf+%26+thigh&page=2")
    assert "12 articles" in first.words() and "Page 2 of 2" in second.words()
    assert "/search/?q=calf%20%26%20thigh&page=2" in links(first) and "/search/?q=calf%20%26%20thigh" in links(second)
    found = {link for shown in (first, second) for link in links(shown) if link.startswith("/blog/a-")}
    assert len(found) == 12
    for wrong in ("0", "3", "x", "1e9", "-1", "²"):
        assert client.get(f"/search/?q=calf&page={wrong}").status_code == 404


@pytest.mark.parametrize("query", ["q=%00", "q=%ff%fe", "q=" + "a" * 5000, "q=" + "%22" * 99, "q=a%22+OR+b*", "x=y"])
def test_odd_questions_are_answered(client: Visitor, query: str) -> None:
    assert client.get(f"/search/?{query}").status_code == 200


def test_so_many_questions_are_refused(client: Visitor) -> None:
    assert [client.get("/search/?q=x").status_code for _ in range(121)][-1] == 429


def test_a_search_that_is_away_says_so(
    client: Visitor, owner_client: Visitor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise SearchAway("database or disk is full")

    monkeypatch.setattr(ArticleSearch, "update", away)
    assert "has a rest" in page(client, "/search/?q=x", 503).words()
    answer = owner_client.get("/admin/articles/?q=x")
    assert answer.status_code == 409 and "disk is full" in answer.get_data(as_text=True)
    assert client.get("/nowhere").status_code == 404


def test_a_wrong_address_offers_the_search_and_what_resembles_it(client: Visitor, context: Context) -> None:
    write_article(context, "strong-hips", title="Strong <hips>")
    searching.keep_in_step(context)
    shown = page(client, "/blog/strong-hip/", 404)
    assert "Strong <hips>" in shown.words() and "/blog/strong-hips/" in links(shown)
    assert any(field.attributes.get("name") == "q" for field in shown.all("input"))
    assert "/blog/strong-hips/" not in links(page(client, "/something/else", 404))


def test_the_list_for_static_hosts_has_what_visitors_may_see(client: Visitor, context: Context) -> None:
    write_article(context, "about-us", "We mend.", kind="page")
    write_article(context, "knee", "The *calf* & <b>.", tags=["Run"], categories=["A/B"], description="D" * 900)
    write_article(context, "hidden", status="draft")
    answer = client.get("/search/index.json")
    assert answer.content_type == "application/json" and answer.headers["X-Robots-Tag"] == "noindex"
    page, article = answer.get_json()
    assert (page["path"], page["text"]) == ("/about-us/", "We mend.")
    assert article == {
        "path": "/blog/knee/",
        "title": "Knee",
        "day": "1 November 2026",
        "labels": "Run · A · B",
        "description": "D" * 200,
        "text": "The calf & <b>.",
    }


def test_the_list_for_static_hosts_stays_small(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_list, "LARGEST", 300)
    for number in range(3):
        write_article(context, f"a-{number}", "word " * 900)
    assert [len(found["text"]) for found in search_list.search_list(context)] == [99, 99, 99]
