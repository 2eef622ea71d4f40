"""What programs read about the site: sitemaps, robots.txt, the key of IndexNow, security.txt, llms.txt."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scheduler.services.context import Context
from scheduler.services.site import announcing, sitemaps
from tests.support.clock import StillClock
from tests.support.house import Visitor, furnish, the_app
from tests.support.posts import bring_samples, shelve_photo, shelve_video, write_article

BASE = "http://127.0.0.1:8000"
SPACES = {
    "map": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


def places(client: Visitor, path: str) -> dict[str, ET.Element]:
    """Return the entries of a sitemap by path."""
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/xml")
    root = ET.fromstring(answer.data)
    return {entry.findtext("map:loc", "", SPACES).removeprefix(BASE): entry for entry in root}


def test_the_index_leads_to_every_public_page(context: Context, client: Visitor) -> None:
    bring_samples(context)
    files = places(client, "/sitemap.xml")
    assert list(files) == ["/sitemaps/pages.xml", "/sitemaps/articles-1.xml"]
    assert files["/sitemaps/articles-1.xml"].findtext("map:lastmod", "", SPACES).startswith("2026-11-")
    found = {path for file in files for path in places(client, file)}
    for path in ("/", "/blog/", "/blog/the-finer-points-of-dry-needling/", "/blog/author/sam-rivers/"):
        assert path in found
    assert all(client.get(path).status_code == 200 for path in found)
    assert client.get("/sitemaps/articles-2.xml").status_code == 404


def test_photos_and_videos_are_named(context: Context, client: Visitor) -> None:
    bring_samples(context)
    shelve_photo(context, "sample-runner")
    shelve_video(context, "sample-needling-video")
    entry = places(client, "/sitemaps/articles-1.xml")["/blog/the-finer-points-of-dry-needling/"]
    assert entry.findtext("image:image/image:loc", "", SPACES).startswith(f"{BASE}/media/")
    video = entry.find("video:video", SPACES)
    assert video is not None
    texts = {child.tag.partition("}")[2]: child.text or "" for child in video}
    assert texts["thumbnail_loc"].startswith(f"{BASE}/media/") and texts["content_loc"].startswith(f"{BASE}/media/")
    assert texts["title"] and texts["description"]
    assert texts["duration"] == "7"


def test_languages_name_one_another(context: Context, client: Visitor) -> None:
    write_article(context, "knee", translation="knee")
    write_article(context, "rodilla", translation="knee", lang="es")
    write_article(context, "alone", translation="alone", lang="de")
    found = places(client, "/sitemaps/articles-1.xml")
    for path in ("/blog/knee/", "/blog/rodilla/"):
        links = {link.get("hreflang"): link.get("href") for link in found[path].findall("xhtml:link", SPACES)}
        assert links == {"en-US": f"{BASE}/blog/knee/", "es": f"{BASE}/blog/rodilla/"}
    assert found["/blog/alone/"].findall("xhtml:link", SPACES) == []


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "draft"},
        {"status": "archived"},
        {"status": "scheduled", "date": "2030-01-01T09:00:00Z"},
        {"noindex": True},
        {"canonical": "https://example.org/there"},
    ],
)
def test_what_is_not_to_be_found_is_nowhere(context: Context, client: Visitor, hidden: dict[str, Any]) -> None:
    write_article(context, "seen")
    write_article(context, "hidden", **hidden)
    change(context, "llms = false", "llms = true")
    for path in ("/sitemaps/pages.xml", "/sitemaps/articles-1.xml", "/llms.txt"):
        assert b"/blog/hidden/" not in client.get(path).data, path
    assert b"/blog/seen/" in client.get("/sitemaps/articles-1.xml").data


def test_many_articles_are_several_files(context: Context, client: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "AT_ONCE", 2)
    for name in ("one", "two", "three"):
        write_article(context, name)
    assert list(places(client, "/sitemap.xml"))[1:] == ["/sitemaps/articles-1.xml", "/sitemaps/articles-2.xml"]
    assert [len(places(client, f"/sitemaps/articles-{number}.xml")) for number in (1, 2)] == [2, 1]


def test_robots_are_led_to_the_sitemap_and_away_from_what_is_private(client: Visitor) -> None:
    lines = client.get("/robots.txt").get_data(as_text=True).splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /admin/" in lines and "Disallow: /preview/" in lines
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"


def test_a_key_that_is_not_ours_is_not_shown(context: Context, client: Visitor) -> None:
    assert client.get(f"/{announcing.key(context)}.txt").status_code == 404, "nobody can visit this site"
    assert client.get(f"/{'0' * 32}.txt").status_code == 404


def test_the_key_is_shown_to_prove_the_site(tmp_path: Path, clock: StillClock) -> None:
    with furnish(tmp_path, clock=clock, environ={"DRUMBEAT_BASE_URL": "https://clinic.example"}) as context:
        client = the_app(context).test_client()
        key = announcing.key(context)
        answer = client.get(f"/{key}.txt", base_url="https://clinic.example")
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, key)
        assert context.settings.secret_key not in key


def test_weaknesses_have_an_address_when_the_owner_gives_one(context: Context, client: Visitor) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    change(context, 'security_contact = ""', 'security_contact = "mailto:safe@clinic.example"')
    lines = client.get("/.well-known/security.txt").get_data(as_text=True).splitlines()
    assert lines[0] == "Contact: mailto:safe@clinic.example"
    assert lines[1].startswith("Expires: 20") and lines[1].endswith("Z")


def test_language_models_get_a_list_only_when_the_owner_wants_it(context: Context, client: Visitor) -> None:
    write_article(context, "knee", title="Knees [again]", description="What helps.")
    assert client.get("/llms.txt").status_code == 404
    change(context, "llms = false", "llms = true")
    text = client.get("/llms.txt").get_data(as_text=True)
    assert text.startswith("# Ferry Street Physical Therapy\n")
    assert f"- [Knees (again)]({BASE}/blog/knee/): What helps." in text


def test_the_owner_says_how_the_site_is_found(context: Context, owner_client: Visitor) -> None:
    page = owner_client.get("/admin/settings/discovery").get_data(as_text=True)
    assert "does not begin with https://" in page
    values = {"seen": _seen(page), "indexnow": "y", "llms": "y", "websub_hub": "nowhere", "security_contact": "x"}
    answer = owner_client.post("/admin/settings/discovery", data=values)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "begins with" in text and "must begin with" in text
    values |= {"websub_hub": "https://hub.example/", "security_contact": "mailto:safe@clinic.example"}
    assert owner_client.post("/admin/settings/discovery", data=values).status_code == 302
    found = context.settings.site.discovery
    assert (found.llms, found.websub_hub, found.indexnow) == (True, "https://hub.example/", True)
    assert "# tell feed readers at once" in (context.settings.config / "site.toml").read_text("utf-8")


def _seen(page: str) -> str:
    return page.partition('name="seen" type="hidden" value="')[2].partition('"')[0]


def change(context: Context, old: str, new: str) -> None:
    """Change a line of site.toml."""
    file = context.settings.config / "site.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
