"""Old addresses as visitors meet them: led on in one step where no page answers, counted, and never to a stranger."""

from __future__ import annotations

import pytest

from scheduler.domain.problem import Invalid
from scheduler.domain.redirects import Redirect
from scheduler.services.context import Context
from scheduler.services.editorial import redirects
from scheduler.services.site import moved, searching
from scheduler.services.site.searching import SearchAway
from scheduler.storage import redirects as store
from scheduler.web.upkeep import ROUNDS_UNTIL_WRITTEN, Upkeep
from tests.support.house import Visitor
from tests.support.posts import write_article


def led(client: Visitor, path: str, status: int = 301) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.headers.get("Location", "")


def counts(context: Context) -> dict[str, int]:
    moved.write_down(context)
    with context.database.reading() as tx:
        return {source: hits for source, (hits, _) in store.hits(tx).items()}


def missed(context: Context) -> dict[str, int]:
    moved.write_down(context)
    with context.database.reading() as tx:
        return {each.path: each.hits for each in store.missed(tx, 100)}


def test_it_leads_on_whatever_the_form_of_the_address(client: Visitor, context: Context) -> None:
    redirects.save(context, "/2019/05/caf%C3%A9/", "/blog/")
    redirects.save(context, "/blog/gone-article/", "/blog/?from=old", 302)
    redirects.save(context, "/blog/category/old/", "/blog/category/new/")
    for path in ("/2019/05/café/", "/2019/05/caf%C3%A9"):
        assert led(client, path) == "/blog/"
    assert led(client, "/2019/05/café/?utm_source=x&y=%0d%0a") == "/blog/?utm_source=x&y=%0d%0a"
    assert led(client, "/blog/gone-article/?a=1", 302) == "/blog/?from=old"
    assert led(client, "/blog/category/old/") == "/blog/category/new/"
    assert client.post("/2019/05/café/").status_code in (404, 405)
    assert counts(context) == {"/2019/05/café": 3, "/blog/gone-article": 1, "/blog/category/old": 1}
    assert missed(context) == {}


@pytest.mark.parametrize("written", ["/2019/caf%C3%A9/", "/2019/café", "/2019/cafe\u0301/"])
def test_letters_of_old_addresses_may_be_written_in_any_way(client: Visitor, context: Context, written: str) -> None:
    write_article(context, "coffee", aliases=[written])  # an import writes them as the old system had them
    redirects.save(context, f"/shop{written}", "/blog/")
    context.articles.refresh(force=True)
    for path in ("/2019/caf%C3%A9/", "/2019/café", "/2019/cafe\u0301"):
        assert led(client, path) == "/blog/coffee/" and led(client, f"/shop{path}") == "/blog/"
    with pytest.raises(Invalid, match="old address of “Coffee”"):
        redirects.save(context, "/2019/cafe\u0301/", "/blog/")


def test_who_subscribed_to_a_list_goes_on_reading_where_it_is_now(client: Visitor, context: Context) -> None:
    redirects.lead_on(context, {"/blog/category/old/": "/blog/category/new/"}, "Category moved")
    redirects.lead_on(context, {"/blog/author/sam/": "/blog/author/kim/"}, "Author handed over")
    redirects.save(context, "/blog/category/gone/", "", 410)
    redirects.save(context, "/blog/category/all/", "/blog/")
    assert led(client, "/blog/category/old/feed.xml") == "/blog/category/new/feed.xml"
    assert led(client, "/blog/author/sam/feed.json") == "/blog/author/kim/feed.json"
    assert led(client, "/blog/category/gone/atom.xml", 410) == ""
    for path in ("/blog/category/all/feed.xml", "/blog/category/old/other.xml/", "/blog/category/none/feed.xml"):
        assert led(client, path, 404) == ""


def test_a_page_that_answers_wins(client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    redirects.save(context, "/blog/knee/", "/blog/")
    assert client.get("/blog/knee/").status_code == 200


def test_gone_for_good(client: Visitor, context: Context) -> None:
    redirects.save(context, "/old-offer/", "", 410)
    redirects.save(context, "/blog/tag/old/", "", 410)
    assert "This page is gone" in client.get("/old-offer/").get_data(as_text=True)
    assert led(client, "/old-offer", 410) == led(client, "/blog/tag/old/", 410) == ""


def test_a_target_that_moved_since_is_reached_in_one_step(client: Visitor, context: Context) -> None:
    write_article(context, "now", aliases=["/blog/before/"])
    write_article(context, "draft", status="draft", aliases=["/blog/secret/"])
    with context.database.writing() as tx:  # it was made before the article moved
        store.put(tx, Redirect("/older", "/blog/before/"), 0)
    assert led(client, "/older/") == led(client, "/blog/before/") == "/blog/now/"
    assert led(client, "/blog/secret/", 404) == ""
    assert counts(context) == {"/older": 1, "/blog/before": 1}


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "/%5C%5Cevil.example", "/%0d%0aX:y", "/.//evil"]
)
def test_nothing_leads_to_a_stranger(client: Visitor, context: Context, path: str) -> None:
    redirects.save(context, "/evil.example", "/blog/")
    answer = client.get(path)
    assert answer.status_code in (308, 400, 404) and "evil" not in answer.headers.get("Location", "").partition("/")[0]
    assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))


def test_what_visitors_look_for_in_vain_is_counted_without_anything_personal(client: Visitor, context: Context) -> None:
    for path in ("/old-page/?mail=ann@example.org", "/old-page", "/blog/nothing/", "/blog/tag/none/"):
        assert client.get(path).status_code == 404
    for path in (
        "/preview/secret-token", "/x/abcdef", "/media/renditions/none.jpg", "/admin/nothing", "/api/v1/nothing",
        "/unsubscribe/ann@example.org/", "/.env", "/wp-login.php", "/a/.git/config", "/" + "a" * 600, "/backup.sql",
    ):  # fmt: skip
        client.get(path)
    client.post("/old-page/")
    assert missed(context) == {"/old-page": 2, "/blog/nothing": 1, "/blog/tag/none": 1}


def test_counts_are_written_down_every_half_minute_and_at_the_end(client: Visitor, context: Context) -> None:
    upkeep = Upkeep(context)
    client.get("/old-page/")
    for _ in range(ROUNDS_UNTIL_WRITTEN - 1):
        upkeep.look()
    with context.database.reading() as tx:
        assert store.missed(tx, 9) == []
    upkeep.look()
    client.get("/old-page/")
    upkeep.stop()
    with context.database.reading() as tx:
        assert [(each.path, each.hits) for each in store.missed(tx, 9)] == [("/old-page", 2)]


def test_counts_are_written_down_also_while_the_search_is_away(
    client: Visitor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise SearchAway("away")

    monkeypatch.setattr(searching, "keep_in_step", away)
    upkeep = Upkeep(context)
    client.get("/old-page/")
    for _ in range(ROUNDS_UNTIL_WRITTEN):
        upkeep.look()
    with context.database.reading() as tx:
        assert [each.path for each in store.missed(tx, 9)] == ["/old-page"]


def test_a_database_that_is_away_loses_no_counts(
    client: Visitor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/old-page/")

    def away(*_: object) -> None:
        raise store_error("away")

    from scheduler.storage.engine import DatabaseError as store_error

    with monkeypatch.context() as patch:
        patch.setattr(store, "count_missed", away)
        Upkeep(context).stop()
    client.get("/old-page/")
    assert missed(context) == {"/old-page": 2}


def test_a_robot_fills_no_memory(context: Context) -> None:
    for number in range(6000):
        context.visits.missed(f"/{number}")
    context.visits.missed("/0")
    counted = context.visits.take()
    assert len(counted.missed) == 5000 and counted.missed["/0"] == 2


def test_a_category_that_moved_takes_its_redirects_along(context: Context) -> None:
    redirects.save(context, "/old", "/blog/tag/one/")
    redirects.lead_on(context, {"/blog/tag/one/": "/blog/tag/two/"}, "Tag renamed")
    redirects.lead_on(context, {"/blog/tag/two/": "/blog/tag/one/"}, "Tag renamed")
    found = {kept.redirect.source: kept.redirect.target for kept in redirects.listed(context)}
    assert found == {"/old": "/blog/tag/one/", "/blog/tag/two": "/blog/tag/one/"}


def test_csv_goes_out_and_comes_in(context: Context) -> None:
    write_article(context, "now", aliases=["/blog/before/"])
    redirects.save(context, "/a", "/blog/")
    data = '\ufeffsource;target;status\r\n/a/;/;\r\n"/b b";/blog/;302\r\n\r\n/c;;410\r\n\'/d;/blog/now/'.encode()
    assert redirects.from_csv(context, data) == (3, 1)
    out = redirects.to_csv(context)
    assert out == "source,target,status\r\n/a,/,301\r\n/b%20b,/blog/,302\r\n/c,,410\r\n/d,/blog/now/,301\r\n"
    assert redirects.from_csv(context, out.encode()) == (0, 4)


def test_thousands_of_lines_come_in_at_once(context: Context) -> None:
    lines = "".join(f"/old-{number},/new-{number}\n" for number in range(5000))
    assert redirects.from_csv(context, lines.encode()) == (5000, 0)


def test_every_bad_line_of_a_csv_is_named_and_nothing_comes_in(context: Context) -> None:
    write_article(context, "now", aliases=["/blog/before/"])
    lines = (
        "/ok,/blog/", "nothing", "/x,//evil.example", "/y,=cmd()", "/ok,/blog/", "/one,/two", "/two,/three",
        "/z,/a,999",
        "/admin/x,/blog/", "/blog/before/,/blog/", "/q,/blog/before/", "/home,https://evil.example/",
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        redirects.from_csv(context, "\n".join(lines).encode())
    words = [problem.message for problem in refused.value.problems]
    for line in range(2, 13):
        assert any(word.startswith(f"Line {line}:") for word in words), (line, words)
    assert redirects.listed(context) == []
    for bad in (b"", b"\xff\xfe\x00", b"source,target\r\n", b"/a,/b\n" * 200_000, b'"/a,/b\n\x00'):
        with pytest.raises(Invalid):
            redirects.from_csv(context, bad)
