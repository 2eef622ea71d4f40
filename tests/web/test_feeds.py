"""Feeds: read by a feed reader's own parser, whole, with full addresses, and only of what visitors may see."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, datetime

import feedparser
import pytest
from flask import Flask

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.posts import bring_samples, shelve_photo, shelve_video, write_article, write_author

BASE = "http://127.0.0.1:8000"
SAMPLE = f"{BASE}/blog/the-finer-points-of-dry-needling/"
FORMS = ("/feed.xml", "/atom.xml")


@pytest.fixture
def samples(context: Context) -> Context:
    bring_samples(context)
    shelve_photo(context, "sample-runner")
    shelve_video(context, "sample-needling-video")
    return context


@pytest.mark.parametrize("path", FORMS)
def test_a_feed_reader_reads_the_articles(samples: Context, client: Visitor, path: str) -> None:
    answer = client.get(path)
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == {"/feed.xml": "rss20", "/atom.xml": "atom10"}[path]
    assert answer.content_type == f"application/{'rss' if path == '/feed.xml' else 'atom'}+xml; charset=utf-8"
    assert feed.feed.title == "Ferry Street Physical Therapy"
    entry = next(entry for entry in feed.entries if entry.link == SAMPLE)
    assert entry.title == "The Finer Points of Dry Needling"
    assert entry.author == "Sam Rivers"
    assert calendar.timegm(entry.published_parsed) == datetime(2026, 11, 3, 14, 0, tzinfo=UTC).timestamp()
    assert "Dry Needling" in [tag.term for tag in entry.tags]
    html = entry.content[0].value
    assert "<p>" in html
    assert f'src="{BASE}/media/' in html
    assert 'src="/' not in html and 'href="/' not in html


def test_the_json_feed_says_the_same(samples: Context, client: Visitor) -> None:
    answer = client.get("/feed.json")
    feed = json.loads(answer.data)
    assert answer.content_type == "application/feed+json; charset=utf-8"
    assert (feed["version"], feed["feed_url"]) == ("https://jsonfeed.org/version/1.1", f"{BASE}/feed.json")
    item = next(item for item in feed["items"] if item["url"] == SAMPLE)
    assert item["date_published"] == "2026-11-03T14:00:00Z"
    assert item["authors"] == [{"name": "Sam Rivers", "url": f"{BASE}/blog/author/sam-rivers/"}]
    rss = feedparser.parse(client.get("/feed.xml").data)
    assert [entry.id for entry in rss.entries] == [item["id"] for item in feed["items"]]


def test_categories_and_authors_have_feeds_of_their_own(context: Context, client: Visitor) -> None:
    write_author(context, "ann")
    write_article(context, "knee", categories=["Physical Therapy/Knee"], author="ann")
    write_article(context, "foot", categories=["Physical Therapy/Foot"])
    titles = {
        path: [entry.title for entry in feedparser.parse(client.get(path).data).entries]
        for path in (
            "/blog/category/physical-therapy/feed.xml",
            "/blog/category/physical-therapy/knee/atom.xml",
            "/blog/author/ann/feed.xml",
        )
    }
    assert [sorted(found) for found in titles.values()] == [["Foot", "Knee"], ["Knee"], ["Knee"]]
    for path in ("/blog/category/nothing/feed.xml", "/blog/author/bob/atom.xml", "/blog/author/ann/other.xml"):
        assert client.get(path).status_code == 404


def test_only_what_visitors_may_see_is_in_a_feed(context: Context, client: Visitor) -> None:
    write_article(context, "seen")
    write_article(context, "a-draft", status="draft")
    write_article(context, "later", status="scheduled", date="2030-01-01T09:00:00Z")
    write_article(context, "hidden", noindex=True)
    write_article(context, "about", kind="page")
    assert [entry.title for entry in feedparser.parse(client.get("/feed.xml").data).entries] == ["Seen"]


def test_hostile_words_stay_words(context: Context, client: Visitor) -> None:
    title = "]]> <script>alert(1)</script> & \u0007 \ufffe"
    write_article(context, "hostile", body="<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1))", title=title)
    for path in FORMS:
        feed = feedparser.parse(client.get(path).data)
        assert not feed.bozo, feed.get("bozo_exception")
        assert "<script" not in client.get(path).get_data(as_text=True)
        html = feed.entries[0].content[0].value
        assert "<img" not in html and "&lt;img" in html
        assert "href" not in html
    assert json.loads(client.get("/feed.json").data)["items"][0]["title"].startswith("]]> <script>")


def test_a_hub_is_named_where_there_is_one(context: Context, client: Visitor) -> None:
    file = context.settings.config / "site.toml"
    text = file.read_text("utf-8").replace('websub_hub = ""', 'websub_hub = "https://hub.example/"')
    file.write_text(text, "utf-8")
    answer = client.get("/atom.xml")
    assert '<https://hub.example/>; rel="hub"' in answer.headers.getlist("Link")
    assert f'<{BASE}/atom.xml>; rel="self"' in answer.headers.getlist("Link")
    links = {link.rel: link.href for link in feedparser.parse(answer.data).feed.links}
    assert (links["hub"], links["self"]) == ("https://hub.example/", f"{BASE}/atom.xml")
    assert json.loads(client.get("/feed.json").data)["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


def test_pages_name_their_feeds(samples: Context, app: Flask, client: Visitor) -> None:
    home = client.get("/").get_data(as_text=True)
    assert 'type="application/rss+xml"' in home and 'href="/feed.xml"' in home
    category = client.get("/blog/category/physical-therapy/dry-needling/").get_data(as_text=True)
    assert 'href="/blog/category/physical-therapy/dry-needling/feed.xml"' in category
