"""Public pages as finished bytes, sent before Flask is asked.

A page is made once, by Flask, from a request of our own: nothing that a visitor sends but the path and the named parts
of the query (`public.py`) can reach it, so nobody can put something into it for others. It is sent again for as long as
the questions that it asked have the same answers (`services/site/freshness.py`). Only when one has another answer it is
made again: once, however many are waiting for it. Whatever is no public page goes on to Flask untouched.
"""

from __future__ import annotations

import io
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from scheduler import reads
from scheduler.services.context import Context
from scheduler.services.site.freshness import Freshness, same
from scheduler.web.context import OWN
from scheduler.web.finished_page import Headers, Page, Start, best_encoding, send
from scheduler.web.public import Public, marked

MOST_BYTES = 16 * 1024 * 1024
"""How much memory the finished pages may take; those not asked for longest are forgotten first."""
LONGEST_QUERY = 2000
_ELSEWHERE = ("/admin", "/static/", "/media/", "/api/", "/practice/")
"""Below these there is no public page; that saves looking."""
_OLD_NUMBERS = ("p=", "page_id=")
"""Queries of the home page by which another system named articles (`site/old_numbers.py`)."""
_OWN = frozenset({"content-length", "etag", "vary", "cache-control", "set-cookie", "date"})


class NotKept(Exception):
    """This path has no answer that may be kept."""


class Prerendered:
    """The application with its public pages in front."""

    def __init__(self, app: Flask, ctx: Context) -> None:
        self.fresh = Freshness(ctx)
        self.made = 0
        """How many pages were made by Flask."""
        self._app, self._ctx, self._flask = app, ctx, app.wsgi_app
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._bytes = 0
        self._queries: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        self._templates = ""

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            try:
                return self._flask(environ, start)
            finally:
                self.fresh.look_soon()
        if environ.get("SCRIPT_NAME") or not self._is_ours(environ.get("HTTP_HOST", "")):
            return self._flask(environ, start)
        path = environ.get("PATH_INFO", "")
        if path.startswith(_ELSEWHERE) or (path == "/" and environ.get("QUERY_STRING", "").startswith(_OLD_NUMBERS)):
            return self._flask(environ, start)
        try:
            page = self._page(self._key(path, environ.get("QUERY_STRING", "")))
        except NotKept:
            return self._flask(environ, start)
        form = page.form(best_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        if page.size != page.counted:
            self._count(page)
        return send(form, environ.get("HTTP_IF_NONE_MATCH", ""), start, method == "HEAD")

    def page(self, path: str) -> Page:
        """Return the page of a path ("/blog/tag/knee/?page=2"). Raises `NotKept` for any other answer than a page."""
        plain, _, query = path.partition("?")
        return self._page(self._key(plain, query))

    def made_now(self, path: str) -> Page:
        """Return the page of a path made anew and kept nowhere; one that cannot be kept has no answers."""
        try:
            return self._make(path, self.fresh.sign())
        except NotKept:
            status, headers, body = self._asked(path)
            if status != 200:
                raise
            return Page((), {}, "", body, headers, "")

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Return the status and the bytes of any address of the site, asked for by nobody in particular."""
        status, _, body = self._asked(path)
        return status, body

    def _is_ours(self, host: str) -> bool:
        return _host_allowed(host, self._ctx.config.known.allowed_hosts)

    def _key(self, path: str, query: str) -> str:
        """Return the path with those parts of the query that matter to it, each once and in one order."""
        if not query:
            return path
        names = self._queries.get(path)
        if names is None:
            names = self._said(path).queries
        if not names or len(query) > LONGEST_QUERY:
            return path
        first = dict(reversed(parse_qsl(query, keep_blank_values=True, encoding="latin-1")))
        known = [(name, first[name]) for name in names if name in first]
        return f"{path}?{urlencode(known, encoding='latin-1')}" if known else path

    def _said(self, path: str) -> Public:
        """Return what the view of a path says of itself. Raises `NotKept` when there is none, or it is not public."""
        try:
            endpoint, _ = self._app.url_map.bind("").match(path.encode("latin-1").decode("utf-8"), method="GET")
        except (HTTPException, UnicodeError):
            raise NotKept from None
        said = marked(self._app, endpoint)
        if said is None:
            raise NotKept
        return said

    def _page(self, key: str) -> Page:
        page = self._pages.get(key)
        if page is None or not same(page.sign, self.fresh.sign()):
            return self._renewed(key)
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
        return page

    def _renewed(self, key: str) -> Page:
        """Return the page as it is now: the one that is there, if it still holds; otherwise a new one, made by one."""
        said = self._said(key.partition("?")[0])
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                sign, page = self.fresh.sign(), self._pages.get(key)
                if page is None or not (same(page.sign, sign) or self._still_right(page)):
                    self._forget(key)
                    page = self._make(key, sign)
                    self._put(key, page, said)
                page.sign = sign
                return page
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _still_right(self, page: Page) -> bool:
        return page.frame == self.fresh.frame() and self.fresh.holds(page.answers)

    def _make(self, key: str, sign: tuple[object, ...]) -> Page:
        """Let Flask make the page. Raises `NotKept` unless it is a whole answer, the same for everybody."""
        frame = self.fresh.frame()
        self._reload_templates()
        with reads.noting(self.fresh.memory) as noted:
            status, headers, body = self._asked(key)
        self.made += 1
        control = next((value for name, value in headers if name.lower() == "cache-control"), "")
        private = "no-store" in control or "private" in control
        if status != 200 or private or not noted.complete or any(name.lower() == "set-cookie" for name, _ in headers):
            raise NotKept
        kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
        return Page(sign, noted.answers, frame, body, kept, control or "public, max-age=0, must-revalidate")

    def _reload_templates(self) -> None:
        """Let Flask read the templates again after a change; by itself it reads each only once."""
        if self._templates != self.fresh.templates:
            if self._templates and self._app.jinja_env.cache is not None:
                self._app.jinja_env.cache.clear()
            self._templates = self.fresh.templates

    def _asked(self, key: str) -> tuple[int, Headers, bytes]:
        path, _, query = key.partition("?")
        said: list[Any] = []

        def start(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
            said[:] = [int(status.split(" ", 1)[0]), headers]
            return lambda data: None

        answer = self._flask(_environ(self._ctx.still(), path, query), start)
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        return said[0], said[1], body

    def _put(self, key: str, page: Page, said: Public) -> None:
        with self._lock:
            self._pages[key] = page
            self._queries[key.partition("?")[0]] = said.queries
        self._count(page)

    def _count(self, page: Page) -> None:
        """Keep count of the memory, and forget what nobody has asked for longest when it is too much."""
        with self._lock:
            self._bytes += page.size - page.counted
            page.counted = page.size
            while self._bytes > MOST_BYTES and len(self._pages) > 1:
                self._drop(next(iter(self._pages)))

    def _forget(self, key: str) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: str) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._bytes -= gone.counted


def put_pages_in_front(app: Flask, ctx: Context) -> None:
    """Let the finished pages answer before the application does."""
    app.extensions["prerendered"] = app.wsgi_app = Prerendered(app, ctx)  # type: ignore[method-assign, assignment]


def prerendered(app: Flask) -> Prerendered:
    """Return the finished pages of an application."""
    found: Prerendered = app.extensions["prerendered"]
    return found


@lru_cache(maxsize=1024)
def _host_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Return whether we are called by a name of ours; Flask says why when we are not."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in allowed or f"[{name}]" in allowed


def _environ(ctx: Context, path: str, query: str) -> dict[str, Any]:
    """Return a request as it would come from nobody in particular."""
    address = urlsplit(ctx.settings.base_url)
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": address.hostname or "", "SERVER_PORT": str(address.port or 80), "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": address.netloc, "REMOTE_ADDR": "127.0.0.1", OWN: ctx, "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme, "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
