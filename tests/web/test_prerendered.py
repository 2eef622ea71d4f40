"""Finished pages: the same bytes as Flask's, made again exactly when what they show has changed, poisoned by none."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from scheduler.domain.asset import Asset
from scheduler.services.context import Context
from scheduler.storage import assets
from scheduler.web import prerendered as layer
from scheduler.web.prerendered import Prerendered, prerendered
from scheduler.web.public import every_path
from tests.support.clock import StillClock
from tests.support.house import Visitor, furnish, the_app
from tests.support.posts import bring_samples, shelve_photo, write_article, write_author

KNEE, HIP, FOOT = "/blog/knee/", "/blog/hip/", "/blog/foot/"


@pytest.fixture
def pages(app: Flask) -> Prerendered:
    return prerendered(app)


@pytest.fixture
def three(context: Context, client: Visitor) -> Context:
    """Three articles; knee and hip are by Jane and about running, foot has nothing in common with them but the site."""
    write_author(context, "jane")
    shelve_photo(context, "kneephoto", alt="A knee")
    written: dict[str, Any] = {"author": "jane", "tags": ["Running"], "categories": ["Care/Legs"]}
    write_article(context, "knee", **written, image={"asset": "kneephoto"}, date="2026-11-03T09:00:00-04:00")
    write_article(context, "hip", **written, date="2026-11-02T09:00:00-04:00")
    write_article(context, "foot", categories=["Sport"], date="2026-11-01T09:00:00-04:00")
    for number in range(6):  # so many that no list shows everything
        write_article(context, f"old-{number}", categories=["News"], tags=["News"], date=f"2026-10-0{number + 1}")
    return context


def by_flask_alone(app: Flask, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return what the application answers without the finished pages in front of it."""
    environ = EnvironBuilder(path, headers=headers, base_url="http://127.0.0.1:8000").get_environ()  # type: ignore[arg-type]
    body, status, answered = run_wsgi_app(app.wsgi_app._flask, environ)  # type: ignore[attr-defined]
    return int(status.split()[0]), dict(answered), b"".join(body)


def test_every_public_page_is_kept_and_has_the_bytes_of_flask(app: Flask, context: Context, client: Visitor) -> None:
    bring_samples(context)
    for path in every_path(app, context):
        status, headers, body = by_flask_alone(app, path)
        answer = client.get(path)
        assert (answer.status_code, answer.data) == (status, body) == (200, body), path
        said = {name: value for name, value in answer.headers.items() if name in headers or name == "Vary"}
        assert {**headers, **said} == headers | {"Vary": "Accept-Encoding"}, path
        assert "Set-Cookie" not in answer.headers and answer.headers["ETag"], path
        made = prerendered(app).made
        assert client.get(path).data == body and prerendered(app).made == made, path


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0.1, gzip", "gzip"), ("*", "br"),
        ("br;q=0, gzip;q=0", None), ("identity", None), ("br;q=nonsense", None), ("GZIP;q=1.0", "gzip"),
    ],
)  # fmt: skip
def test_it_comes_packed_as_the_visitor_likes_it(
    three: Context, client: Visitor, accepted: str, encoding: str | None
) -> None:
    plain = client.get(KNEE)
    answer = client.get(KNEE, headers={"Accept-Encoding": accepted})
    unpack: dict[str | None, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}
    assert answer.headers.get("Content-Encoding") == encoding
    assert unpack[encoding](answer.data) == plain.data
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (answer.headers["ETag"] == plain.headers["ETag"]) == (encoding is None)


def test_a_visitor_who_has_it_gets_only_that_word(three: Context, client: Visitor) -> None:
    packed = {"Accept-Encoding": "br"}
    tag = client.get(KNEE, headers=packed).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(KNEE, headers={**packed, "If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag and answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert client.get(KNEE, headers={"If-None-Match": tag}).status_code == 200  # a tag of other bytes
    write_article(three, "knee", "Other words.")
    assert client.get(KNEE, headers={**packed, "If-None-Match": tag}).status_code == 200


def test_head_says_all_but_the_body(three: Context, client: Visitor) -> None:
    whole, head = client.get(KNEE), client.head(KNEE)
    assert head.data == b"" and dict(head.headers) == dict(whole.headers)


def made_again(pages: Prerendered, client: Visitor, paths: list[str], change: Callable[[], object]) -> list[str]:
    """Return which of the paths were made again after a change; every one is what Flask would say."""
    for path in paths:
        client.get(path)
    change()
    found = []
    for path in paths:
        before = pages.made
        client.get(path)
        found += [path] if pages.made > before else []
    return found


def test_exactly_the_pages_that_show_what_changed_are_made_again(
    app: Flask, three: Context, pages: Prerendered, client: Visitor
) -> None:
    paths = [path for path in every_path(app, three) if path.endswith("/")]
    about_jane = [KNEE, HIP, "/blog/author/jane/"]
    listing_knee = ["/", "/blog/", KNEE, "/blog/category/care/", "/blog/category/care/legs/", "/blog/tag/running/"]

    def again(change: Callable[[], object]) -> set[str]:
        return set(made_again(pages, client, paths, change))

    assert again(lambda: None) == set()
    assert again(lambda: write_author(three, "jane", role="Therapist")) == set(about_jane)
    title: dict[str, Any] = {"author": "jane", "tags": ["Running"], "categories": ["Care/Legs"]}
    title |= {"image": {"asset": "kneephoto"}, "date": "2026-11-03T09:00:00-04:00", "id": three.articles.get("knee").id}  # type: ignore[union-attr]
    changed = again(lambda: write_article(three, "knee", **title | {"title": "A new title"}))
    assert {*listing_knee, *about_jane} <= changed and "/blog/old-0/" not in changed
    assert again(lambda: say_alt(three, "kneephoto", "Another knee")) >= {"/", "/blog/", KNEE, HIP}
    assert "/blog/old-0/" not in again(lambda: say_alt(three, "kneephoto", "A third knee"))
    moved = again(lambda: write_article(three, "knee", **title | {"categories": ["Sport"]}))
    assert {"/blog/category/sport/", KNEE, FOOT} <= moved and "/blog/tag/news/" not in moved
    draft = lambda: write_article(three, "unfinished", status="draft")  # noqa: E731
    assert again(draft) == set()


def test_a_card_shows_what_its_photo_says_now(three: Context, client: Visitor) -> None:
    for words in ("Another knee", "A third knee"):
        say_alt(three, "kneephoto", words)
        for path in ("/", "/blog/", "/blog/tag/running/", HIP):
            assert f'alt="{words}"' in client.get(path).text, path


def test_a_request_of_our_own_opens_no_door(pages: Prerendered) -> None:
    for path in ("/admin/", "/admin/settings/", "/admin/articles/"):
        status, body = pages.fetch(path)
        assert (status, b"/admin/login" in body) == (302, True), path


def say_alt(context: Context, asset_id: str, alt: str) -> None:
    with context.database.writing() as tx:
        found = assets.get(tx, asset_id)
        assert isinstance(found, Asset) and assets.change(tx, asset_id, found.version, {"alt": alt})


def test_a_new_word_of_the_settings_is_on_every_page(
    app: Flask, three: Context, pages: Prerendered, client: Visitor
) -> None:
    file = three.settings.config / "site.toml"

    def change() -> None:
        file.write_text(file.read_text("utf-8").replace("Ferry Street Physical Therapy", "Quay Street Clinic"), "utf-8")

    paths = [path for path in every_path(app, three) if path.endswith("/")]
    assert made_again(pages, client, paths, change) == paths
    assert "Quay Street Clinic" in client.get(KNEE).text


def test_a_changed_template_is_seen(
    app: Flask, three: Context, client: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import shutil

    from jinja2 import FileSystemLoader

    from scheduler.resources import template_folder
    from scheduler.services.site import freshness

    folder = tmp_path / "own-templates"
    shutil.copytree(template_folder(), folder)
    monkeypatch.setattr(freshness, "template_folder", lambda: folder)
    app.jinja_loader = app.jinja_env.loader = FileSystemLoader(folder)
    assert "Another foot" not in client.get(KNEE).text
    base = folder / "site" / "base.html"
    base.write_text(base.read_text("utf-8").replace("</footer>", "<p>Another foot</p></footer>"), "utf-8")
    assert "Another foot" in client.get(KNEE).text


def test_a_scheduled_article_appears_when_its_hour_strikes(three: Context, clock: StillClock, client: Visitor) -> None:
    write_article(three, "soon", status="scheduled", date="2026-11-23T08:01:00-05:00", tags=["Running"])
    coming = three.articles.get("soon")
    assert coming
    write_article(three, "linking", f"Look at [what comes](article:{coming.id}).", date="2026-01-01")
    assert "what comes" in client.get("/blog/linking/").text and "/blog/soon/" not in client.get("/blog/linking/").text
    assert client.get("/blog/soon/").status_code == 404
    assert "/blog/soon/" not in client.get("/blog/").text and "/blog/soon/" not in client.get(KNEE).text
    clock.move(seconds=59.999)
    assert client.get("/blog/soon/").status_code == 404 and "/blog/soon/" not in client.get("/").text
    clock.move(seconds=0.001)
    assert client.get("/blog/soon/").status_code == 200
    assert 'href="/blog/soon/">what comes' in client.get("/blog/linking/").text
    assert "/blog/soon/" in client.get("/blog/").text and "/blog/soon/" in client.get(KNEE).text


def test_an_article_that_is_withdrawn_is_gone_at_once(three: Context, client: Visitor) -> None:
    assert client.get(HIP).status_code == 200 and HIP in client.get(KNEE).text
    write_article(three, "hip", status="archived")
    assert client.get(HIP).status_code == 404
    assert HIP not in client.get(KNEE).text and HIP not in client.get("/blog/").text


def test_many_who_wait_for_a_changed_page_let_it_be_made_once(
    three: Context, app: Flask, pages: Prerendered, client: Visitor
) -> None:
    client.get(KNEE)
    write_article(three, "knee", "Other words.")
    before, together, got = pages.made, threading.Barrier(50), list[str]()

    def ask() -> None:
        visitor = app.test_client()
        together.wait()
        got.append(visitor.get(KNEE).text)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages.made == before + 1
    assert len(got) == 50 and len(set(got)) == 1 and "Other words." in got[0]


def hostile() -> Iterator[tuple[str, str]]:
    """Yield headers with which somebody may try to put a page of his own before others."""
    evil = "https://evil.example/"
    for name in (
        "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "Forwarded",
        "X-HTTP-Method-Override", "Accept-Language", "Accept", "Referer", "Origin", "User-Agent", "HX-Request",
        "X-Host", "X-Forwarded-Server", "X-Forwarded-Scheme", "Range", "If-Modified-Since", "Authorization",
    ):  # fmt: skip
        yield name, evil
    yield "Cookie", "drumbeat=evil; theme=dark; session=evil"


@pytest.mark.parametrize(("name", "value"), list(hostile()), ids=lambda each: str(each)[:20])
def test_no_header_and_no_query_gets_into_a_page(
    three: Context, pages: Prerendered, client: Visitor, name: str, value: str
) -> None:
    first = client.get(f"{KNEE}?evil=1&page=7", headers={name: value})  # who comes first makes the page
    plain = client.get(KNEE)
    assert first.status_code == 200 and first.data == plain.data and b"evil" not in plain.data
    assert dict(first.headers) == dict(plain.headers) and pages.made == 1


def test_a_teasers_query_is_answered_with_the_finished_page(
    three: Context, pages: Prerendered, client: Visitor
) -> None:
    client.get(KNEE)
    assert client.get(f"{KNEE}?utm_source=mastodon&utm_content=c1").status_code == 200
    assert pages.made == 1


def test_the_pages_of_a_list_are_kept_apart(three: Context, client: Visitor) -> None:
    for number in range(12):
        write_article(three, f"many-{number}", tags=["Many"])
    first, second = client.get("/blog/tag/many/"), client.get("/blog/tag/many/?page=2&utm_source=x")
    assert first.data != second.data
    assert client.get("/blog/tag/many/?x=y&page=2").data == second.data
    assert client.get("/blog/tag/many/").data == first.data
    for wrong in ("0", "3", "x", "1x", "%00", "99999999", "-1"):
        assert client.get(f"/blog/tag/many/?page={wrong}").status_code == 404, wrong


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1", "", "evil.example:8000"])
def test_another_host_is_refused_as_before(three: Context, client: Visitor, host: str) -> None:
    client.get(KNEE)
    answer = client.get(KNEE, environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400 and b"<article" not in answer.data


def test_a_prefix_of_a_server_in_front_is_left_to_flask(three: Context, pages: Prerendered, client: Visitor) -> None:
    answer = client.get(KNEE, environ_overrides={"SCRIPT_NAME": "/clinic"})
    assert "/clinic/static/" in answer.text and pages.made == 0
    assert "/clinic/static/" not in client.get(KNEE).text


@pytest.mark.parametrize("path", ["/admin/", "/preview/abc", "/api/v1/articles", "/healthz", "/x/abc", "/blog/none/"])
def test_what_is_not_public_is_never_kept(three: Context, pages: Prerendered, client: Visitor, path: str) -> None:
    client.get(path)
    client.get(path)
    assert path not in pages._pages


class Turns(StillClock):
    """A clock whose sleeper wakes only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep, self.go = threading.Event(), threading.Event()

    def sleep(self, seconds: float) -> None:
        self.asleep.set()
        self.go.wait()
        self.go.clear()

    def turn(self) -> None:
        """Let the sleeper do its work once."""
        self.asleep.wait()
        self.asleep.clear()
        self.go.set()
        self.asleep.wait()


def test_an_edit_made_elsewhere_is_on_the_page_after_the_next_look(tmp_path: Path) -> None:
    clock = Turns()
    with furnish(tmp_path, clock=clock) as ctx:
        write_article(ctx, "knee", "First words.")
        app = the_app(ctx)
        client, file = app.test_client(), ctx.settings.posts / "knee" / "index.md"
        prerendered(app).fresh.watch()
        assert "First words." in client.get(KNEE).text
        file.write_text(file.read_text("utf-8").replace("First", "Second"), "utf-8")
        assert "First words." in client.get(KNEE).text  # nobody who only asks looks at ten thousand files
        clock.turn()
        assert "Second words." in client.get(KNEE).text
        file.unlink()
        clock.turn()
        assert client.get(KNEE).status_code == 404


def test_a_draft_is_not_kept_for_others(three: Context, owner_client: Visitor, pages: Prerendered) -> None:
    write_article(three, "secret", "Nobody knows.", status="draft")
    assert owner_client.get("/blog/secret/").status_code == 404
    assert "/blog/secret/" not in pages._pages


def test_a_page_that_reads_the_database_unnamed_is_answered_but_not_kept(
    three: Context, app: Flask, pages: Prerendered, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler.services.site import listings

    def home(ctx: Context) -> listings.HomePage:
        with ctx.database.reading():
            return listings.HomePage(url="", cards=(), total=0, social=None)

    monkeypatch.setattr("scheduler.web.site.pages.listings.home_page", home)
    assert client.get("/").status_code == 200
    assert "/" not in pages._pages


def test_the_memory_has_a_bound(
    three: Context, pages: Prerendered, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "MOST_BYTES", 30_000)
    for path in (KNEE, HIP, FOOT, "/", "/blog/"):
        client.get(path, headers={"Accept-Encoding": "br"})
    assert 0 < pages._bytes <= 30_000
    assert "/blog/" in pages._pages and KNEE not in pages._pages
    assert client.get(KNEE).status_code == 200


def test_a_form_that_somebody_sends_is_seen_by_the_next_page(
    three: Context, pages: Prerendered, owner_client: Visitor
) -> None:
    """While a thread looks at everything, a change made in this process must not wait for its next look."""
    owner_client.get(KNEE)
    pages.fresh.look()
    pages.fresh._watched = True
    say_alt(three, "kneephoto", "Another knee")
    assert "Another knee" not in owner_client.get(KNEE).text
    owner_client.post("/theme", data={"theme": "dark"})
    assert "Another knee" in owner_client.get(KNEE).text
