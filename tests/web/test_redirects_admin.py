"""The page of redirects: made, changed, removed, brought in and taken out; what visitors look for in vain."""

from __future__ import annotations

import io

import pytest

from scheduler.services.context import Context
from scheduler.services.editorial import redirects
from scheduler.storage.article_search import ArticleSearch, SearchAway
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import write_article

PAGE = "/admin/articles/redirects"


def page(client: Visitor, path: str = PAGE, status: int = 200) -> Element:
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def post(client: Visitor, path: str, expected: int = 302, /, **fields: object) -> Element:
    answer = client.post(path, data=fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == expected, html
    return parse(html)


def pairs(context: Context) -> dict[str, tuple[str, int]]:
    return {kept.redirect.source: (kept.redirect.target, kept.redirect.status) for kept in redirects.listed(context)}


def test_it_is_made_changed_and_removed(owner_client: Visitor, client: Visitor, context: Context) -> None:
    assert "No redirects yet" in page(owner_client).words()
    post(owner_client, PAGE, source="/old/", target="/blog/", status="301")
    client.get("/old/")
    assert "followed 1 time" in page(owner_client).words()
    (kept,) = redirects.listed(context)
    one = f"{PAGE}/{kept.id}"
    page(owner_client, one)
    post(owner_client, one, source="/older/", target="/", status="302")
    assert pairs(context) == {"/older": ("/", 302)}
    (kept,) = redirects.listed(context)
    post(owner_client, f"{PAGE}/{kept.id}/removal")
    assert pairs(context) == {} and owner_client.get(f"{PAGE}/{kept.id}").status_code == 404
    assert owner_client.get("/older/").status_code == 404


def test_every_problem_is_shown(owner_client: Visitor, context: Context) -> None:
    write_article(context, "now", aliases=["/blog/before/"])
    shown = post(owner_client, PAGE, 422, source="no path", target="//evil.example", status="200").words()
    assert "not a path of this site" in shown and "must be 301" in shown and "must be a path of this site" in shown
    post(owner_client, PAGE, source="/a", target="/b", status="301")
    for source, target, sentence in (
        ("/a/", "/c", "has a redirect already"),
        ("/z", "/a/", "leads on to /b"),
        ("/b", "/c", "/a leads to /b already"),
        ("/q", "/q/", "leads to itself"),
        ("/blog/before", "/c", "is an old address of “Now”"),
        ("/y", "/blog/before/", "leads on to /blog/now/"),
    ):
        assert sentence in post(owner_client, PAGE, 422, source=source, target=target, status="301").words(), source
    assert pairs(context) == {"/a": ("/b", 301)}


def test_one_that_never_comes_into_play_is_marked(owner_client: Visitor, context: Context) -> None:
    write_article(context, "now")
    post(owner_client, PAGE, source="/blog/now/", target="/blog/", status="301")
    words = page(owner_client).words()
    assert "An article answers at /blog/now" in words and "A page answers there" in words


def test_old_addresses_of_articles_are_listed(owner_client: Visitor, client: Visitor, context: Context) -> None:
    write_article(context, "now", aliases=["/blog/before/"])
    client.get("/blog/before/")
    words = page(owner_client).words()
    assert "Old addresses of articles (1)" in words and "/blog/before" in words and "Followed 1 time" in words


def test_what_visitors_look_for_in_vain_becomes_a_redirect(
    owner_client: Visitor, client: Visitor, context: Context
) -> None:
    write_article(context, "strong-hips")
    client.get("/2019/strong-hip/")
    client.get("/nothing-like-it/")
    shown = page(owner_client)
    assert "Looked for in vain" in shown.words() and "perhaps Strong hips" in shown.words()
    link = next(
        a.attributes["href"] or "" for a in shown.all("a") if "source=/2019" in (a.attributes.get("href") or "")
    )
    form = page(owner_client, link.partition("#")[0])
    filled = {f.attributes.get("name"): f.attributes.get("value") for f in form.all("input")}
    assert (filled["source"], filled["target"]) == ("/2019/strong-hip", "/blog/strong-hips/")
    post(owner_client, PAGE, source="/2019/strong-hip", target="/blog/strong-hips/", status="301")
    assert "/2019/strong-hip" not in {each.missed.path for each in redirects.wanted(context)[0]}
    post(owner_client, f"{PAGE}/missed/removal", path="/nothing-like-it")
    assert redirects.wanted(context) == ([], 0)


def test_csv_both_ways(owner_client: Visitor, context: Context) -> None:
    page(owner_client, f"{PAGE}/import")
    file = (io.BytesIO(b"source,target\n/a,/blog/\n/b,/\n"), "redirects.csv")
    post(owner_client, f"{PAGE}/import", file=file)
    assert pairs(context) == {"/a": ("/blog/", 301), "/b": ("/", 301)}
    answer = owner_client.get(f"{PAGE}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="redirects.csv"' in answer.headers["Content-Disposition"] and b"/a,/blog/,301" in answer.data
    shown = post(owner_client, f"{PAGE}/import", 422, rows="/c,/d\n</textarea>,//evil.example\n").words()
    assert "Line 2" in shown and "</textarea>,//evil.example" in shown and len(pairs(context)) == 2


def test_an_article_may_be_called_redirects(owner_client: Visitor, context: Context) -> None:
    for slug in ("redirects", "tags", "categories", "authors", "bulk"):
        write_article(context, slug)
        assert 'id="article"' in owner_client.get(f"/admin/articles/{slug}/").get_data(as_text=True)
        assert 'id="article"' not in owner_client.get(f"/admin/articles/{slug}").get_data(as_text=True)


def test_the_page_stands_without_the_search(
    owner_client: Visitor, client: Visitor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: ArticleSearch, *rest: object) -> None:
        raise SearchAway("database or disk is full")

    write_article(context, "knee-pain")
    context.articles.refresh(force=True)
    client.get("/knee-pain-2019/")
    monkeypatch.setattr(ArticleSearch, "update", away)
    shown = owner_client.get("/admin/articles/redirects")
    assert shown.status_code == 200 and "/knee-pain-2019" in shown.get_data(as_text=True)
