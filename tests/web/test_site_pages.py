"""The public pages: what they show, where they lead, and that nobody sees what is not public."""

from __future__ import annotations

import pytest
from flask import Flask, render_template

from scheduler.services.context import Context
from scheduler.services.site.pages import article_page
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import bring_samples, write_article, write_author

SAMPLE = "/blog/the-finer-points-of-dry-needling/"
PAGES = (
    "/",
    "/blog/",
    SAMPLE,
    "/blog/back-to-running-after-an-injury/",
    "/blog/your-first-visit/",
    "/blog/category/physical-therapy/",
    "/blog/category/physical-therapy/dry-needling/",
    "/blog/tag/running-injuries/",
    "/blog/author/sam-rivers/",
)


def show(client: Visitor, path: str, status: int = 200) -> Element:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.location)
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def titles(page: Element) -> list[str]:
    return [heading.words() for card in page.all("article", class_="article-card") for heading in card.all("h2")]


def crumbs(page: Element) -> list[str]:
    return [item.words() for item in page.one("nav", aria_label="Breadcrumb").one("ol").all("li")]


def test_the_shipped_articles_are_sound(context: Context, client: Visitor) -> None:
    bring_samples(context)
    assert context.articles.problems() == ()
    assert len(context.articles.public(context.clock.now_ms())) == 3


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_with_one_title_and_nothing_loose(context: Context, client: Visitor, path: str) -> None:
    bring_samples(context)
    page = show(client, path)
    assert len(page.all("h1")) == 1
    assert "Ferry Street Physical Therapy" in page.one("title").words()
    assert page.one("link", rel="canonical").attributes["href"] == f"http://127.0.0.1:8000{path}"
    assert page.one("html").attributes["lang"] == "en-US"
    assert page.one("a", class_="skip-link").attributes["href"] == "#content"


@pytest.mark.parametrize("path", ["/", SAMPLE, "/no-such-page"])
def test_visitors_get_no_cookie_and_the_strict_policy(context: Context, client: Visitor, path: str) -> None:
    bring_samples(context)
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Accept-Language", "Referer"]
)
def test_no_header_changes_a_public_page(context: Context, client: Visitor, header: str) -> None:
    bring_samples(context)
    assert client.get(SAMPLE, headers={header: "https://evil.example/"}).data == client.get(SAMPLE).data
    assert client.get(f"{SAMPLE}?preview=1&draft=1").data == client.get(SAMPLE).data


def test_every_link_of_every_page_leads_somewhere(context: Context, client: Visitor) -> None:
    bring_samples(context)
    targets = {a.attributes["href"] for path in PAGES for a in show(client, path).all("a")}
    inside = {target.partition("#")[0] for target in targets if target.startswith("/")}
    assert len(inside) > 10
    assert {path: client.get(path).status_code for path in inside if client.get(path).status_code != 200} == {}


def test_the_home_page_names_the_business(context: Context, client: Visitor) -> None:
    bring_samples(context)
    page = show(client, "/")
    contact = page.one("section", id="contact")
    assert "12 Ferry Street" in contact.one("address").words()
    assert "North Kingstown, RI 02852" in contact.one("address").words()
    hours = [(line.one("dt").words(), line.one("dd").words()) for line in contact.one("dl").all("div")]
    assert hours == [("Mon–Fri", "08:00–18:00"), ("Sat", "09:00–12:00")]
    assert "tel:+14015550142" in {a.attributes["href"] for a in page.all("a")}
    assert page.one("h1").words() == "Back to what you love to do"


def test_the_breadcrumb_goes_down_the_first_category(context: Context, client: Visitor) -> None:
    bring_samples(context)
    page = show(client, SAMPLE)
    assert crumbs(page) == ["Home", "Physical Therapy", "Dry Needling", "The Finer Points of Dry Needling"]
    way = page.one("nav", aria_label="Breadcrumb")
    assert [a.attributes["href"] for a in way.all("a")] == [
        "/",
        "/blog/category/physical-therapy/",
        "/blog/category/physical-therapy/dry-needling/",
    ]
    assert way.one("span", aria_current="page").words() == "The Finer Points of Dry Needling"


def test_an_article_says_when_by_whom_and_how_long(context: Context, client: Visitor) -> None:
    bring_samples(context)
    head = show(client, SAMPLE).one("header", class_="article-header")
    moment = head.one("time")
    assert (moment.words(), moment.attributes["datetime"]) == ("3 November 2026", "2026-11-03T09:00:00-05:00")
    assert head.one("a", rel="author").attributes["href"] == "/blog/author/sam-rivers/"
    assert "min read" in head.words()


def test_the_author_note_is_an_aside_with_a_heading(context: Context, client: Visitor) -> None:
    bring_samples(context)
    note = show(client, SAMPLE).one("aside", class_="note")
    assert note.one("h2").words() == "Author’s Note"
    assert "one runner’s experience is a story" in note.words()


def test_the_author_box_has_both_panels_without_script(context: Context, client: Visitor) -> None:
    bring_samples(context)
    box = show(client, SAMPLE).one("section", class_="author-box")
    bio, latest = box.all("div", class_="author-tabs__panel")
    assert bio.one("h3").words() == "Bio" and latest.one("h3").words() == "Latest posts"
    assert "hidden" not in bio.attributes and "hidden" not in latest.attributes
    assert {"https://riverslane.example", "https://samrivers.example", "tel:+14015550117"} <= {
        a.attributes["href"] for a in bio.all("a")
    }
    assert [a.attributes["href"] for a in latest.all("a")] == [
        "/blog/back-to-running-after-an-injury/",
        "/blog/your-first-visit/",
    ]


def test_older_and_newer_articles_are_offered(context: Context, client: Visitor) -> None:
    bring_samples(context)
    middle = show(client, "/blog/back-to-running-after-an-injury/").one("nav", class_="neighbours")
    assert middle.one("a", rel="prev").attributes["href"] == "/blog/your-first-visit/"
    assert middle.one("a", rel="next").attributes["href"] == SAMPLE


HIDDEN = (
    {"status": "draft"},
    {"status": "archived"},
    {"status": "scheduled", "date": "2026-11-24T09:00:00-05:00"},
    {"status": "published", "date": "2026-11-24T09:00:00-05:00"},
)


@pytest.mark.parametrize("fields", HIDDEN)
def test_what_is_not_public_is_nowhere(context: Context, client: Visitor, fields: dict[str, str]) -> None:
    write_author(context, "kim", name="Kim Lee")
    write_author(context, "ghost", name="Ghost Writer")
    write_article(context, "seen", categories=["Running"], tags=["knee"], author="kim")
    write_article(context, "secret", categories=["Running/Hush"], tags=["hush"], author="ghost", **fields)
    write_article(context, "also-secret", categories=["Running"], tags=["knee"], author="kim", **fields)
    for path in ("/blog/secret/", "/blog/category/running/hush/", "/blog/tag/hush/", "/blog/author/ghost/"):
        show(client, path, 404)
    for path in ("/", "/blog/", "/blog/seen/", "/blog/category/running/", "/blog/tag/knee/", "/blog/author/kim/"):
        assert "ecret" not in client.get(path).get_data(as_text=True), path
        assert "ush" not in show(client, path).one("main").words(), path


def test_a_scheduled_article_appears_at_its_time(context: Context, client: Visitor, clock: StillClock) -> None:
    write_article(context, "soon", status="scheduled", date="2026-11-23T08:30:00-05:00")
    show(client, "/blog/soon/", 404)
    assert titles(show(client, "/blog/")) == []
    clock.move(minutes=30)
    show(client, "/blog/soon/")
    assert titles(show(client, "/blog/")) == ["Soon"]


def test_a_category_holds_what_lies_below_it(context: Context, client: Visitor) -> None:
    write_article(context, "knee", categories=["Care/Joints/Knee"])
    write_article(context, "hip", categories=["Care/Joints/Hip"])
    write_article(context, "sleep", categories=["Care"])
    top = show(client, "/blog/category/care/")
    assert sorted(titles(top)) == ["Hip", "Knee", "Sleep"]
    assert [a.words() for a in top.one("nav", class_="sections").all("a")] == ["Joints 2 articles"]
    deep = show(client, "/blog/category/care/joints/knee/")
    assert titles(deep) == ["Knee"]
    assert crumbs(deep) == ["Home", "Care", "Joints", "Knee"]
    show(client, "/blog/category/joints/", 404)
    show(client, "/blog/category/care/joints/shoulder/", 404)


def test_lists_turn_their_pages(context: Context, client: Visitor) -> None:
    for day in range(1, 13):
        write_article(context, f"day-{day:02}", date=f"2026-10-{day:02}T09:00:00-04:00", tags=["diary"])
    first, second = show(client, "/blog/"), show(client, "/blog/page/2/")
    assert titles(first)[0] == "Day 12" and len(titles(first)) == 10
    assert titles(second) == ["Day 02", "Day 01"]
    assert first.one("a", rel="next").attributes["href"] == "/blog/page/2/"
    assert second.one("a", rel="prev").attributes["href"] == "/blog/"
    assert second.one("link", rel="canonical").attributes["href"] == "http://127.0.0.1:8000/blog/page/2/"
    assert titles(show(client, "/blog/tag/diary/?page=2")) == ["Day 02", "Day 01"]
    assert client.get("/blog/page/1/").location == "/blog/"
    for path in ("/blog/page/3/", "/blog/page/0/", "/blog/tag/diary/?page=3", "/blog/tag/diary/?page=x"):
        show(client, path, 404)


def test_a_preview_says_that_it_is_not_public(context: Context, app: Flask) -> None:
    write_article(context, "draft", "```video\ntitle: no asset\n```", status="draft")
    draft = context.articles.get("draft")
    assert draft
    with app.test_request_context("/preview/abc"):
        page = article_page(context, draft, preview=True)
        html = render_template("site/article.html", page=page, preview=True)
    assert_strict(html)
    shown = parse(html)
    assert shown.one("p", class_="preview-banner").words().startswith("Preview, not public.")
    assert shown.one("meta", name="robots").attributes["content"] == "noindex"
    assert shown.all("script", type="application/ld+json") == []
    assert shown.one("p", class_="block-problem").words()


def test_an_empty_site_says_so(client: Visitor) -> None:
    assert "No article has been published yet" in show(client, "/blog/").one("main").words()
    show(client, "/")


def test_an_unknown_address_gets_a_page_in_the_look_of_the_site(client: Visitor) -> None:
    page = show(client, "/no/such/page", 404)
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    assert "/blog/" in {a.attributes["href"] for a in page.one("main").all("a")}
    assert page.one("a", class_="brand")


def test_old_addresses_lead_to_the_article_for_good(context: Context, client: Visitor) -> None:
    write_article(context, "new-name", aliases=["/blog/old-name/", "/2019/05/old.html"])
    for old in ("/blog/old-name/", "/2019/05/old.html"):
        answer = client.get(f"{old}?utm_source=mastodon")
        assert (answer.status_code, answer.location) == (301, "/blog/new-name/?utm_source=mastodon"), old


def test_the_old_address_of_a_draft_leads_nowhere(context: Context, client: Visitor) -> None:
    write_article(context, "new-name", aliases=["/blog/old-name/", "/2019/05/old.html"], status="draft")
    show(client, "/blog/old-name/", 404)
    show(client, "/2019/05/old.html", 404)


def test_a_fault_of_ours_shows_a_page_of_the_site_and_no_trace(
    client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_ctx: Context) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("scheduler.services.site.listings.home_page", fail)
    page = show(client, "/", 500)
    assert page.one("a", class_="brand")
    assert "Please try again in a moment" in page.one("main").words()
    assert "secret" not in page.text and "Traceback" not in page.text
