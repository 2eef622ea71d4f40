"""What search engines and social platforms read: canonical, Open Graph, Twitter card, JSON-LD."""

from __future__ import annotations

import json

import extruct
import pytest

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, entities, parse
from tests.support.posts import bring_samples, shelve_photo, shelve_video, write_article, write_author

SAMPLE = "/blog/the-finer-points-of-dry-needling/"
BASE = "http://127.0.0.1:8000"
REQUIRED = {
    "BlogPosting": ("headline", "datePublished", "dateModified", "author", "publisher", "image", "mainEntityOfPage"),
    "BreadcrumbList": ("itemListElement",),
    "Person": ("name", "url", "sameAs"),
    "VideoObject": ("name", "description", "thumbnailUrl", "uploadDate", "contentUrl", "duration"),
    "Physiotherapy": ("name", "url", "telephone", "address", "openingHours"),
}


@pytest.fixture
def html(context: Context, client: Visitor) -> str:
    """The sample article's page, with its photo and its video in the library."""
    bring_samples(context)
    shelve_photo(context, "sample-runner", credit="Drawn by Drumbeat")
    shelve_video(context, "sample-needling-video", caption="One treatment")
    return client.get(SAMPLE).get_data(as_text=True)


def content(page: Element, name: str) -> str:
    found = [
        m.attributes["content"]
        for m in page.all("meta")
        if name in (m.attributes.get("property"), m.attributes.get("name"))
    ]
    assert len(found) == 1, (name, found)
    return found[0]


def test_each_entity_stands_in_a_block_of_its_own_with_what_is_required(html: str) -> None:
    read = extruct.extract(html, base_url=BASE, syntaxes=["json-ld"])["json-ld"]
    assert [entity["@type"] for entity in read] == list(REQUIRED)
    for entity in read:
        assert entity["@context"] == "https://schema.org"
        assert [key for key in REQUIRED[entity["@type"]] if not entity.get(key)] == [], entity["@type"]


def test_the_entities_say_what_the_page_says(html: str) -> None:
    found = entities(html)
    posting, video, business = found["BlogPosting"], found["VideoObject"], found["Physiotherapy"]
    assert posting["headline"] == "The Finer Points of Dry Needling"
    assert posting["datePublished"] == "2026-11-03T09:00:00-05:00"
    assert posting["author"]["name"] == "Sam Rivers"
    assert posting["publisher"]["@id"] == business["@id"]
    assert posting["image"] == [
        {"@type": "ImageObject", "url": f"{BASE}/media/sample-runner/card-1200.jpeg", "width": 1200, "height": 630}
    ]
    steps = found["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps][:3] == ["Home", "Physical Therapy", "Dry Needling"]
    assert [step["position"] for step in steps] == [1, 2, 3, 4]
    assert steps[2]["item"] == f"{BASE}/blog/category/physical-therapy/dry-needling/"
    assert (video["name"], video["duration"]) == ("Dry needling of the calf, step by step", "PT7S")
    assert video["contentUrl"].startswith(f"{BASE}/media/sample-needling-video/")
    assert business["address"]["postalCode"] == "02852"


def test_the_page_has_open_graph_and_twitter_tags(html: str) -> None:
    page = parse(html)
    assert content(page, "og:type") == "article"
    assert content(page, "og:title") == "The Finer Points of Dry Needling"
    assert content(page, "og:url") == BASE + SAMPLE
    assert content(page, "og:image") == f"{BASE}/media/sample-runner/card-1200.jpeg"
    assert (content(page, "og:image:width"), content(page, "og:image:height")) == ("1200", "630")
    assert content(page, "og:image:alt").startswith("A runner on a coastal road at dawn")
    assert content(page, "twitter:card") == "summary_large_image"
    assert content(page, "twitter:image") == content(page, "og:image")
    assert content(page, "description") == content(page, "og:description") != ""
    assert content(page, "article:published_time") == "2026-11-03T09:00:00-05:00"


def test_the_home_page_shares_the_photo_of_the_newest_article(html: str, client: Visitor) -> None:
    page = parse(client.get("/").get_data(as_text=True))
    assert content(page, "og:image") == content(parse(html), "og:image")
    assert content(page, "og:url") == f"{BASE}/"
    found = entities(client.get("/").get_data(as_text=True))
    assert list(found) == ["WebSite", "Physiotherapy"]
    assert found["WebSite"]["potentialAction"]["target"]["urlTemplate"] == f"{BASE}/search/?q={{search_term_string}}"
    assert client.get("/search/?q=needle").status_code == 200, "the search that the site promises is there"
    hours = found["Physiotherapy"]["openingHoursSpecification"]
    assert [(len(each["dayOfWeek"]), each["opens"], each["closes"]) for each in hours] == [
        (5, "08:00", "18:00"),
        (1, "09:00", "12:00"),
    ]


def test_the_lead_photo_and_the_video_are_complete(html: str) -> None:
    page = parse(html)
    lead = page.one("figure", class_="lead-photo")
    image, webp = lead.one("img").attributes, lead.one("source").attributes
    assert image["alt"].startswith("A runner") and image["alt"] != lead.one("figcaption").words()
    assert image["srcset"].count("w,") == 1 and webp["type"] == "image/webp" and "800w" in webp["srcset"]
    assert image["sizes"] and (image["width"], image["height"]) == ("800", "533")
    video = page.one("video")
    assert {"controls", "playsinline"} <= video.attributes.keys()
    assert video.attributes["preload"] == "none" and "autoplay" not in video.attributes
    assert (video.attributes["width"], video.attributes["height"]) == ("1280", "720")
    assert video.attributes["poster"].startswith("/media/sample-needling-video/")
    track = video.one("track").attributes
    assert (track["kind"], track["srclang"], track["label"]) == ("captions", "en", "English")


def test_an_article_without_photo_or_author_has_sound_tags_too(context: Context, client: Visitor) -> None:
    write_article(context, "bare")
    html = client.get("/blog/bare/").get_data(as_text=True)
    assert content(parse(html), "twitter:card") == "summary_large_image"
    found = entities(html)
    assert list(found) == ["BlogPosting", "BreadcrumbList", "Physiotherapy"]
    assert found["BlogPosting"]["author"]["@type"] == "Physiotherapy"
    assert "/media/cards/" in found["BlogPosting"]["image"][0]["url"], "a card is drawn where there is no photo"


def test_canonical_and_noindex_of_the_article_are_honoured(context: Context, client: Visitor) -> None:
    write_article(context, "guest", canonical="https://journal.example/guest/", noindex=True)
    page = parse(client.get("/blog/guest/").get_data(as_text=True))
    assert page.one("link", rel="canonical").attributes["href"] == "https://journal.example/guest/"
    assert content(page, "robots") == "noindex"
    assert content(page, "og:url") == "https://journal.example/guest/"


ATTACKS = (
    '"><script>alert(1)</script>',
    "</script><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<!--<script>",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_of_people_stay_words(context: Context, client: Visitor, attack: str) -> None:
    write_trap(context, attack)
    page = client.get("/blog/trap/").get_data(as_text=True)
    links = {a.attributes["href"] for a in parse(page).all("a") if a.attributes["href"].startswith("/blog/")}
    assert len(links) >= 4
    for path in ("/", "/blog/trap/", *sorted(links)):
        html = client.get(path).get_data(as_text=True)
        assert_strict(html)
        assert "49" not in parse(html).one("main").one("h1").words()
    assert parse(page).one("h1").words() == " ".join(attack.split())
    assert entities(page)["BlogPosting"]["headline"] == attack


def write_trap(context: Context, attack: str) -> None:
    """Write an article with the attack in every field that holds words of people."""
    links = [{"label": attack, "href": "https://eve.example"}]
    write_author(context, "eve", name=attack, role=attack, bio=attack, phone=attack[:40], links=links)
    shelve_photo(context, "photo", alt=attack, caption=attack, credit=attack)
    shelve_video(context, "film", alt=attack, caption=attack, credit=attack)
    quoted = json.dumps(attack)
    video = f"```video\nasset: film\ntitle: {quoted}\ndescription: {quoted}\ncaption: {quoted}\n```"
    questions = f"```faq\nquestions:\n  - question: {quoted}\n    answer: {quoted}\n```"
    write_article(
        context,
        "trap",
        f"{attack}\n\n{video}\n\n{questions}\n\n![x](asset:photo)\n",
        title=attack,
        description=attack,
        categories=["/".join([attack.replace("/", "∕")] * 2)],  # a slash separates the levels
        tags=[attack],
        author="eve",
        image={"asset": "photo", "alt": attack, "caption": attack},
    )
