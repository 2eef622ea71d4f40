"""What a visitor has to load: the shipped sample article without its photos and its film, as a browser gets it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.html import Element, parse
from tests.support.posts import bring_samples, shelve_photo, shelve_video

SAMPLE = "/blog/the-finer-points-of-dry-needling/"
MOST = {"page": 15_000, "sheet": 10_000, "script": 5_000, "all": 60_000}
"""Bytes, packed: reference figures for a page that is there at once on a phone."""
PUBLIC = ("/", "/blog/", SAMPLE, "/blog/archive/", "/search/", "/blog/author/sam-rivers/", "/no-such-page/")
OTHERS = re.compile(r"(?i)^\s*(https?:)?//(?!127\.0\.0\.1:8000/)")


@pytest.fixture
def sample(context: Context) -> Context:
    """The shipped articles with their lead photo and film."""
    bring_samples(context)
    shelve_photo(context, "sample-runner")
    shelve_video(context, "sample-needling-video")
    return context


def weight(client: Visitor, path: str) -> int:
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"}, buffered=True)
    assert answer.status_code == 200, path
    return len(answer.data)


def loaded(page: Element) -> Iterator[str]:
    """Yield what a browser loads with a page without being asked by its visitor; photos and films too."""
    for link in page.all("link"):
        if set(link.attributes["rel"].split()) & {"stylesheet", "preload", "icon", "modulepreload", "apple-touch-icon"}:
            yield link.attributes["href"]
    for name in ("script", "img", "source", "video", "track", "iframe"):
        for element in page.all(name):
            yield from (element.attributes[key] for key in ("src", "poster") if element.attributes.get(key))
            yield from (part.split()[0] for part in element.attributes.get("srcset", "").split(",") if part.strip())


def test_the_sample_weighs_at_most_60_kilobytes(sample: Context, client: Visitor) -> None:
    page = parse(client.get(SAMPLE).get_data(as_text=True))
    sheet = next(link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "stylesheet")
    script = next(s.attributes["src"] for s in page.all("script") if "src" in s.attributes)
    upright = next(link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "preload")
    named = re.findall(r'url\("([^"]+)"\)', client.get(sheet).get_data(as_text=True))
    slanted = next(path for path in named if "-latin-wght-italic" in path)  # the sample has words in italics
    found = {"page": weight(client, SAMPLE), "sheet": weight(client, sheet), "script": weight(client, script)}
    found["all"] = (
        sum(found.values()) + weight(client, upright) + weight(client, slanted) + weight(client, "/favicon.svg")
    )
    assert {name: size for name, size in found.items() if size > MOST[name]} == {}, found
    assert found["all"] > 30_000, "the fonts were not counted"


@pytest.mark.parametrize("path", PUBLIC)
def test_no_page_loads_anything_from_another_site(sample: Context, client: Visitor, path: str) -> None:
    page = parse(client.get(path).get_data(as_text=True))
    addresses = list(loaded(page))
    assert len(addresses) >= 3
    assert [address for address in addresses if OTHERS.match(address)] == []


def test_the_first_photo_comes_at_once_and_the_others_when_they_are_near(sample: Context, client: Visitor) -> None:
    first, *others = parse(client.get(SAMPLE).get_data(as_text=True)).one("main").all("img")
    assert first.attributes["fetchpriority"] == "high" and "loading" not in first.attributes
    assert all(other.attributes["loading"] == "lazy" for other in others)
    assert all({"width", "height", "alt"} <= image.attributes.keys() for image in (first, *others))


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("", None)])
def test_built_texts_are_sent_packed(client: Visitor, accepted: str, encoding: str | None) -> None:
    page = parse(client.get("/").get_data(as_text=True))
    script = next(s.attributes["src"] for s in page.all("script") if "src" in s.attributes)
    answer = client.get(script, headers={"Accept-Encoding": accepted}, buffered=True)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.mimetype in ("text/javascript", "application/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"
