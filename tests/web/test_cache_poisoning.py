"""No header, cookie or query changes a public page: what one visitor sends can never be shown to another.

Every request goes through the whole application with its finished pages in front, warm and cold.
"""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from scheduler.services.context import Context
from scheduler.services.editorial.previews import Wish, create_link
from scheduler.web.public import every_path
from tests.support.house import Visitor, the_app
from tests.support.posts import write_article, write_author

EVIL = "evil.example"
SECRET = "Words that nobody may see yet"
_HOSTS = (
    "X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Port",
    "X-Forwarded-Prefix", "X-Forwarded-Path", "X-Forwarded-For", "X-Forwarded-By", "X-Forwarded-Ssl", "X-Host",
    "X-Original-Host", "X-Original-URL", "X-Rewrite-URL", "X-Override-URL", "X-HTTP-Host-Override", "X-Real-IP",
    "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "CF-Visitor", "X-Cluster-Client-IP", "Fastly-Client-IP",
    "X-ProxyUser-Ip", "X-Original-Forwarded-For", "X-Azure-FDID", "X-Wap-Profile", "Front-End-Https", "X-Url-Scheme",
    "X-Script-Name", "SCRIPT-NAME", "PATH-INFO", "X-Path", "X-Base-Url", "Base-Url", "X-Request-URI", "Request-URI",
    "Destination", "Profile", "Proxy", "Proxy-Host", "Via", "Referer", "Origin", "From", "X-Backend", "X-Server-Name",
)  # fmt: skip
_PREVIEWS = (
    "X-Ghost-Preview", "X-Preview", "X-Draft", "X-Preview-Token", "X-Statamic-Live-Preview", "X-Live-Preview",
    "X-Kirby-Version", "X-WP-Preview", "X-Content-State", "X-Edit-Mode", "X-Framed", "X-Theme", "X-Debug", "X-Test",
    "X-No-Cache", "X-Cache-Key", "X-Vary", "X-Variant", "X-Mobile", "X-UA-Device", "X-Device", "X-Country-Code",
    "X-Timezone", "X-Locale", "X-Requested-With", "HX-Request", "HX-Boosted", "HX-Target", "Turbo-Frame", "X-PJAX",
    "Purpose", "Sec-Purpose", "X-Moz", "X-Amz-Website-Redirect-Location", "X-Csrf-Token", "X-Api-Key", "X-Auth-Token",
    "Authorization", "Proxy-Authorization", "Cookie", "X-User", "Remote-User", "X-Remote-User", "X-Webauth-User",
    "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "Sec-Fetch-Site", "Sec-Fetch-Mode",
    "Sec-Fetch-Dest", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-Prefers-Color-Scheme", "Sec-CH-Prefers-Reduced-Motion",
    "Save-Data", "DPR", "Viewport-Width", "Width", "Downlink", "DNT", "Sec-GPC", "User-Agent", "Accept-Language",
    "Accept-Charset", "Accept-Datetime", "Cache-Control", "Pragma", "Expect-CT", "Upgrade-Insecure-Requests", "TE",
    "Max-Forwards", "Date", "Content-Type", "Content-Language", "Content-Location", "Access-Control-Request-Method",
)  # fmt: skip
ODD = {
    **dict.fromkeys(_HOSTS, EVIL),
    **dict.fromkeys(_PREVIEWS, "1"),
    "Forwarded": f"for=1.2.3.4;host={EVIL};proto=https",
    "Accept": "application/json",
    "Accept-Language": "de-DE,de;q=0.9",
    "Authorization": "Bearer of-nothing",
    "Cookie": "drumbeat=of-nothing; theme=dark; preview=1",
    "X-HTTP-Method-Override": "DELETE",
    "User-Agent": f"Googlebot <script>{EVIL}</script>",
    "Referer": f"https://{EVIL}/preview/",
}
ONE_BY_ONE = [{name: value} for name, value in ODD.items()]
DOZENS = [dict(list(ODD.items())[first : first + 12]) for first in range(0, len(ODD), 12)]
QUERIES = [
    f"{name}={value}"
    for name in (
        "preview", "draft", "token", "framed", "print", "theme", "lang", "debug", "state", "version", "rev", "amp",
        "format", "callback", "utm_source", "utm_content", "fbclid", "gclid", "_escaped_fragment_", "url", "next",
    )
    for value in ("1", f"https://{EVIL}/", "%3Cscript%3E", "%00", "")
]  # fmt: skip


@pytest.fixture(autouse=True)
def articles(context: Context) -> None:
    """Public articles with everything around them, and one that nobody may see."""
    write_author(context, "sam", bio="A bio")
    write_article(context, "knee", id="01KNEE", categories=["Care"], tags=["Pain"], author="sam", body="Same words")
    write_article(context, "hip", series="Joints")
    write_article(context, "elbow", series="Joints")
    write_article(context, "about", kind="page")
    write_article(context, "hidden", status="draft", body=SECRET, categories=["Care"], tags=["Pain"], author="sam")


@pytest.fixture
def pages(app: Flask, context: Context) -> list[str]:
    """Every public path of the application."""
    found = list(every_path(app, context))
    assert {"/", "/blog/knee/", "/about/", "/blog/tag/pain/", "/feed.xml", "/sitemap.xml"} <= set(found)
    return found


def seen(answer: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    """Return what a cache would keep of an answer."""
    kept = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in ("date", "age")}
    return answer.status_code, answer.get_data(), kept


def test_no_header_changes_a_page(client: Visitor, pages: list[str]) -> None:
    """Each alone on two kinds of page, and a dozen at a time on every page."""
    assert len(ODD) > 120
    for path in pages:
        plain = seen(client.get(path))
        assert plain[0] == 200 and EVIL.encode() not in plain[1]
        for headers in ONE_BY_ONE if path in ("/blog/knee/", "/feed.xml") else DOZENS:
            assert seen(client.get(path, headers=headers)) == plain, (path, headers)
        assert seen(client.get(path, headers=ODD)) == plain, path
        assert seen(client.get(path)) == plain, path


def test_a_first_visitor_with_odd_headers_leaves_nothing_behind(context: Context, pages: list[str]) -> None:
    """The page is not there yet when they ask: what is made then is what a clean visitor would have got."""
    odd, clean = the_app(context).test_client(), the_app(context).test_client()
    for path in pages:
        assert odd.get(f"{path}{'&' if '?' in path else '?'}{QUERIES[1]}", headers=ODD).status_code == 200
        assert seen(odd.get(path)) == seen(clean.get(path)), path


def test_no_query_changes_a_page(client: Visitor, pages: list[str]) -> None:
    for path in (path for path in pages if "?" not in path):
        plain = seen(client.get(path))
        for query in QUERIES if path == "/blog/" else ("&".join(QUERIES), QUERIES[1]):
            assert seen(client.get(f"{path}?{query}")) == plain, (path, query)


def test_a_login_changes_no_page(client: Visitor, owner_client: Visitor, pages: list[str]) -> None:
    owner_client.get("/admin/")
    for path in pages:
        answer = owner_client.get(path)
        assert seen(answer) == seen(client.get(path)) and "Set-Cookie" not in answer.headers, path


def test_conditions_and_ranges_answer_for_one_only(client: Visitor, pages: list[str]) -> None:
    for path in pages:
        plain = client.get(path)
        whole = seen(plain)
        tag = plain.headers.get("ETag", '"none"')
        for name, value in (
            ("If-None-Match", tag), ("If-None-Match", "*"), ("If-None-Match", '"other"'), ("If-Match", '"other"'),
            ("If-Modified-Since", "Wed, 21 Oct 2099 07:28:00 GMT"),
            ("If-Unmodified-Since", "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("If-Range", tag), ("Range", "bytes=0-3"), ("Range", "bytes=9-1"), ("Range", "bytes=0-,0-,0-"),
            ("Range", "lines=1-2"), ("Expect", "100-continue"),
        ):  # fmt: skip
            answer = client.get(path, headers={name: value})
            assert answer.status_code in (200, 206, 304, 412, 416), (path, name)
            if answer.status_code == 200:
                assert answer.get_data() == whole[1], (path, name)
            assert seen(client.get(path)) == whole, (path, name)


def test_every_encoding_holds_the_same_page(client: Visitor, pages: list[str]) -> None:
    unpack = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    for path in pages:
        plain = client.get(path).get_data()
        for wanted in (
            "gzip",
            "br",
            "gzip, br",
            "br;q=0, gzip",
            "identity",
            "*",
            "zstd",
            "GZIP",
            "gzip;q=0",
            "x" * 3000,
        ):
            answer = client.get(path, headers={"Accept-Encoding": wanted})
            assert unpack[answer.headers.get("Content-Encoding", "")](answer.get_data()) == plain, (path, wanted)
        assert client.get(path).get_data() == plain


def test_a_stranger_s_host_gets_nothing_and_leaves_nothing(client: Visitor, app: Flask) -> None:
    plain = seen(client.get("/blog/knee/"))
    for host in (EVIL, f"127.0.0.1:8000@{EVIL}", f"{EVIL}:80", "[::2]", "127.0.0.1.evil.example"):
        answer = client.get("/blog/knee/", headers={"Host": host})
        assert answer.status_code == 400 and EVIL.encode() not in answer.get_data(), host
        assert seen(client.get("/blog/knee/")) == plain
    assert seen(client.get("/blog/knee/", headers={"Host": "localhost:1"}))[1] == plain[1]


def test_what_is_hidden_stays_hidden_whatever_is_sent(client: Visitor, pages: list[str]) -> None:
    for headers in DOZENS:
        answer = client.get(f"/blog/hidden/?{'&'.join(QUERIES)}", headers=headers)
        assert answer.status_code == 404 and SECRET.encode() not in answer.get_data(), headers
    assert all(SECRET.encode() not in client.get(path, headers=ODD).get_data() for path in pages)


def test_a_preview_leaves_no_trace_in_what_others_get(client: Visitor, context: Context, pages: list[str]) -> None:
    hidden = context.articles.get("hidden")
    assert hidden is not None
    path = create_link(context, hidden, Wish(7)).path
    before = [seen(client.get(page)) for page in pages]
    for headers in ({}, ODD, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip"}):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200 and SECRET.encode() in answer.get_data()
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert not {"ETag", "Last-Modified", "Set-Cookie", "Expires", "Age"} & set(answer.headers.keys())
    assert [seen(client.get(page)) for page in pages] == before
    assert client.get("/blog/hidden/").status_code == 404
    doubled = client.get(path.replace("/preview/", "/preview//"))  # sent on to the address itself, for no cache either
    assert doubled.status_code == 308 and doubled.headers["Cache-Control"] == "no-store, private"
