"""Words that want to be program: through every field that a person, a file or a platform can fill."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from scheduler.domain.account import Account
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.library import uploads
from scheduler.storage import accounts
from scheduler.storage.users import User
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.html import assert_strict
from tests.support.posts import shelve_photo, write_article, write_author

_TAGS = ("svg", "img", "body", "iframe", "video", "audio", "details", "input", "math", "object", "embed", "form", "a")
_EVENTS = ("onload", "onerror", "onfocus", "ontoggle", "onmouseover", "onanimationstart")
_OPENINGS = ("", '">', "'>", "-->", "</script>", "</title>", "</textarea>", "]]>")
PAYLOADS = [
    *(f"<{tag} {event}=alert(1) autofocus src=x open>" for tag in _TAGS for event in _EVENTS),
    *(f"{opening}<script>alert(1)</script>" for opening in _OPENINGS),
    *(f"{quote} {event}=alert(1) x={quote}" for quote in "\"'`" for event in _EVENTS),
    "javascript:alert(1)", "<a href=javascript:alert(1)>x</a>", "[x](javascript:alert(1))", "[x](data:text/html,x)",
    "[x](java&#115;cript:alert(1))", "![x](x\" onerror=alert(1))", "<style>*{x:y}</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<link rel=stylesheet href=//evil.example>",
    "{{ 7*7 }}", "{% raw %}", "${7*7}", "{{ config.SECRET_KEY }}", "<!--", "<![CDATA[<script>alert(1)</script>]]>",
    "\u2028alert(1)", "\u202e<script>", "<scr\u0131pt>", "&lt;script&gt;", "&#60;script&#62;", "\\u003cscript\\u003e",
]  # fmt: skip
"""More than a hundred."""


def said_everywhere(context: Context, number: int, words: str) -> str:
    """Write an article that says `words` in every field that takes any; return its address."""
    key = f"author-{number}"
    write_author(context, key, name=words, role=words, bio=words, phone=words[:40], links=[])
    shelve_photo(context, f"photo-{number}", alt=words, caption=words, credit=words)
    body = (
        f'{words}\n\n# {words}\n\n- {words}\n\n![{words}](asset:photo-{number} "{words}")\n\n'
        f"| {words} |\n|---|\n| {words} |\n\n"
        f':::note{{title="{words}"}}\n\n{words}\n\n:::\n\n'
        f"```faq\nquestions:\n  - question: {json.dumps(words)}\n    answer: {json.dumps(words)}\n```\n\n"
        f"```button\nlabel: {json.dumps(words)}\nhref: {json.dumps(words)}\n```\n\n"
        f"```cta\nlabel: {json.dumps(words)}\ntitle: {json.dumps(words)}\ntext: {json.dumps(words)}\nhref: /x\n```\n\n"
        f"```map\naddress: {json.dumps(words)}\nlabel: {json.dumps(words)}\n```\n\n"
        f"```embed\nurl: https://youtu.be/abcdefghijk\ntitle: {json.dumps(words)}\n```\n"
    )
    image = {"asset": f"photo-{number}", "alt": words, "caption": words}
    extra = {"title": words, "description": words, "tags": [words], "author": key, "image": image}
    around = {"series": f"{words[:150]} series", "search_title": words, "card": {"title": words, "description": words}}
    write_article(context, f"words-{number}", body, **extra, **around, categories=[words.replace("/", "|")])
    return f"/blog/words-{number}/"


def test_no_words_become_program_on_the_site_or_in_the_admin(
    context: Context, client: Visitor, owner_client: Visitor
) -> None:
    assert len(PAYLOADS) > 100
    for number in range(0, len(PAYLOADS), 4):
        words = " ".join(PAYLOADS[number : number + 4])[:290]
        page = client.get(said_everywhere(context, number, words))
        assert page.status_code == 200
        assert_strict(page.text)
        assert "49" not in page.text.split("<article", 1)[1].split("</h1>")[0]
        assert_strict(owner_client.get(f"/admin/articles/words-{number}/").text)
    series = next(iter(context.articles.all_series(context.clock.now_ms())))
    listed = ("/", "/blog/", "/blog/author/author-0/", "/blog/archive/", f"/blog/series/{series}/", "/search/?q=alert")
    for path in listed:
        assert_strict(client.get(path).text)
    for path in ("/feed.xml", "/atom.xml", "/sitemaps/articles-1.xml", "/blog/author/author-0/atom.xml"):
        text = client.get(path).text
        assert ET.fromstring(text) is not None
        assert "<script" not in text
    for path in (
        "articles/", "articles/?q=alert", "articles/categories", "articles/tags", "articles/authors",
        "articles/authors/author-0", "articles/words-0/revisions", "articles/words-0/deletion",
        "articles/words-0/preview", "media/", "media/pick", "media/photo-0", "teasers/new", "teasers/articles",
    ):  # fmt: skip
        answer = owner_client.get(f"/admin/{path}")
        assert answer.status_code == 200, path
        assert_strict(answer.text)
    assert owner_client.get("/admin/articles/suggest?q=alert").content_type == "application/json"


def test_no_words_become_program_in_what_was_looked_for(client: Visitor, owner_client: Visitor) -> None:
    for number in range(0, len(PAYLOADS), 10):
        words = " ".join(PAYLOADS[number : number + 10])
        for path in ("/search/", "/admin/articles/", "/admin/articles/suggest"):
            asker = owner_client if path.startswith("/admin") else client
            answer = asker.get(path, query_string={"q": words})
            assert answer.status_code == 200
            if "html" in answer.content_type:
                assert_strict(answer.text)
        client.get(f"/{quote(words[:150], safe='')}")
    assert_strict(client.get(f"/blog/{quote('<script>alert(1)</script>', safe='')}/").text)
    assert_strict(owner_client.get("/admin/articles/redirects").text)


def test_no_words_become_program_where_versions_are_compared(context: Context, owner_client: Visitor) -> None:
    for number in range(0, len(PAYLOADS), 30):
        words = " ".join(PAYLOADS[number : number + 30])
        body = f"{words}\n\n## {words}\n\n- {words}\n"
        write_article(context, "compared", body, title=words[:290], description=words[:400], tags=[words[:90]])
        revisions.note_outside(context)
    page = owner_client.get("/admin/articles/compared/revisions").text
    assert_strict(page)
    addresses = re.findall(r'href="([^"]*revisions/compare[^"]*)"', page)
    assert addresses, "there is something to compare"
    for address in addresses:
        answer = owner_client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "<del" in answer.text or "<ins" in answer.text
        assert_strict(answer.text)


def test_no_words_of_a_platform_become_program(context: Context, owner_client: Visitor) -> None:
    for number in range(0, len(PAYLOADS), 12):
        words = " ".join(PAYLOADS[number : number + 12])
        said = Account(0, f"key-{number}", "mastodon", words, words, words, avatar_url=words, profile_url="")
        with context.database.writing() as tx:
            account = accounts.add(tx, said, "", 0)
        delivery_id = schedule(context, account, text=words, hours=number + 1)
        for path in (f"accounts/{account.id}", f"deliveries/{delivery_id}"):
            answer = owner_client.get(f"/admin/{path}")
            assert answer.status_code == 200
            assert_strict(answer.text)
    for path in ("accounts/", "queue/", "calendar/?view=list", "teasers/new", ""):
        assert_strict(owner_client.get(f"/admin/{path}").text)


def test_deep_json_is_no_error_of_a_practice_network(client: Visitor) -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    for path in ("bluesky/xrpc/com.atproto.server.createSession", "webhook/clinic", "mastodon/api/v1/statuses"):
        answer = client.post(f"/practice/{path}", data=deep, content_type="application/json")
        assert 400 <= answer.status_code < 500, path


def test_uploads_may_not_promise_more_than_the_disk_holds(
    context: Context, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=uploads.SPARE_BYTES + 900_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    uploads.begin(context, owner.id, "one.mp4", 500_000_000)
    with pytest.raises(Exception, match="too full"):
        uploads.begin(context, owner.id, "two.mp4", 500_000_000)
    uploads.begin(context, owner.id, "three.mp4", 300_000_000)
