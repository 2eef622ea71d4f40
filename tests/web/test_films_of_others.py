"""Films of other sites: nothing is loaded from there before a click, and only such a page may load them at all."""

from __future__ import annotations

import json

import pytest

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.html import parse
from tests.support.posts import shelve_photo, write_article

YOUTUBE = "```embed\nurl: https://youtu.be/abcdefghijk\ntitle: A treatment\n{more}```\n"
VIMEO = "```embed\nurl: https://vimeo.com/123456789\n```\n"


def frames(client: Visitor, path: str) -> str:
    """Return whose frames a page may hold."""
    policy = client.get(path).headers["Content-Security-Policy"]
    return next(part.strip() for part in policy.split(";") if part.strip().startswith("frame-src"))


@pytest.mark.parametrize(
    ("body", "player"),
    [
        (YOUTUBE.format(more=""), "https://www.youtube-nocookie.com/embed/abcdefghijk?autoplay=1"),
        (VIMEO, "https://player.vimeo.com/video/123456789?autoplay=1&dnt=1"),
    ],
)
def test_a_film_is_a_link_until_it_is_played(context: Context, client: Visitor, body: str, player: str) -> None:
    write_article(context, "film", body=body)
    page = parse(client.get("/blog/film/").get_data(as_text=True))
    assert page.one("play-film").attributes["data-player"] == player
    assert page.one("play-film").one("a").attributes["href"] in body
    assert not list(page.all("iframe"))
    loaded = [e.attributes.get("src", "") for name in ("img", "script", "video", "source") for e in page.all(name)]
    loaded += [e.attributes["href"] for e in page.all("link") if e.attributes["rel"] == "stylesheet"]
    assert all(address.startswith("/") or not address for address in loaded), loaded
    assert frames(client, "/blog/film/") == "frame-src https://www.youtube-nocookie.com https://player.vimeo.com"


def test_other_pages_may_load_nothing_from_there(context: Context, client: Visitor) -> None:
    write_article(context, "plain")
    for path in ("/", "/blog/", "/blog/plain/", "/admin/login"):
        assert frames(client, path) == "frame-src 'self'"


def test_a_photo_of_the_library_stands_before_the_film(context: Context, client: Visitor) -> None:
    shelve_photo(context, "still")
    write_article(context, "film", body=YOUTUBE.format(more="photo: still\n"))
    film = parse(client.get("/blog/film/").get_data(as_text=True)).one("play-film")
    assert "/media/still/" in film.one("img").attributes["src"]
    write_article(context, "film", body=YOUTUBE.format(more="photo: nothing\n"))
    assert not list(parse(client.get("/blog/film/").get_data(as_text=True)).all("play-film")), "its author is told"


def test_search_engines_are_told_of_the_film_and_of_nothing_that_is_not_known(
    context: Context, client: Visitor
) -> None:
    shelve_photo(context, "still")
    both = YOUTUBE.format(more="photo: still\n") + "\n" + VIMEO
    write_article(context, "film", title="Knees", description="How", body=both)
    page = parse(client.get("/blog/film/").get_data(as_text=True))
    found = [json.loads(script.text) for script in page.all("script", type="application/ld+json")]
    of_youtube, of_vimeo = (entity for entity in found if entity["@type"] == "VideoObject")
    assert of_youtube.pop("thumbnailUrl")[0].startswith(f"{context.settings.base_url}/media/still/")
    usual = {"@context": "https://schema.org", "@type": "VideoObject", "description": "How"}
    assert of_youtube == {
        **usual,
        "name": "A treatment",
        "embedUrl": "https://www.youtube-nocookie.com/embed/abcdefghijk",
    }
    assert of_vimeo == {**usual, "name": "Knees", "embedUrl": "https://player.vimeo.com/video/123456789"}


def test_a_film_fenced_with_tildes_may_be_played_too(context: Context, client: Visitor) -> None:
    write_article(context, "film", body=VIMEO.replace("```", "~~~"))
    assert list(parse(client.get("/blog/film/").get_data(as_text=True)).all("play-film"))
    assert "player.vimeo.com" in frames(client, "/blog/film/")


def test_a_feed_has_the_link(context: Context, client: Visitor) -> None:
    write_article(context, "film", body=YOUTUBE.format(more=""))
    entry = client.get("/feed.json").get_json(force=True)["items"][0]["content_html"]
    assert 'href="https://youtu.be/abcdefghijk"' in entry
    assert "play-film" not in entry
