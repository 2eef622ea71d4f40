"""A platform server that keeps a strict book: every post that was made, in order, for many accounts of three platforms.

It imitates no more than the calls that publish and look up. Unlike the real platforms it drops no repeated post: what
is sent twice stands in the book twice. Only the accounts called `keyed` drop what they have seen, because there the
promise rests on the receiver's own memory.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from typing import Any
from urllib.parse import parse_qs, urlsplit

CODE = re.compile(r"\bcode[0-9a-f]{8}\b")
COLLECTION = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Post:
    """One post that is live: of `account`, made for the delivery with the short code `code`."""

    id: str
    account: str
    code: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    status: int
    body: Any


class Line:
    """One call at the server: what a fault may do with it."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, book: Book, answer: Callable[[str, dict[str, Any]], Said]
    ) -> None:
        self._handler, self.book, self._answer = handler, book, answer
        self._path = urlsplit(handler.path).path
        self._body: dict[str, Any] = {}

    @property
    def posts(self) -> bool:
        """Return whether this is the call that makes a post."""
        return self._handler.command == "POST" and not self._path.endswith("Session")

    @property
    def looks_up(self) -> bool:
        """Return whether this is the call that looks a post up."""
        return self._path.endswith(("getRecord", "/statuses")) and not self.posts

    def read(self) -> bool:
        """Read the request; False when the caller died in the middle of it: no platform acts upon half a request."""
        size = int(self._handler.headers.get("Content-Length") or 0)
        body = self._handler.rfile.read(size)
        self._body = loads(body) if body and len(body) == size else {}
        return len(body) == size

    def carry_out(self) -> Said:
        """Do what the call asks for."""
        return self._answer(self._path, self._body)

    def say(self, said: Said, *, missing: int = 0, **headers: str) -> None:
        """Answer; `missing` bytes of the announced length never come."""
        content = said.body if isinstance(said.body, bytes) else dumps(said.body).encode()
        self.begin(said.status, len(content) + missing, **headers)
        self._handler.wfile.write(content)

    def begin(self, status: int, length: int, **headers: str) -> None:
        """Send the head of an answer."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(length))
        self._handler.end_headers()

    def drip(self, seconds: float) -> None:
        """Send one byte every few moments until the test is over."""
        while not self.book.over.wait(seconds):
            self._handler.wfile.write(b" ")


@dataclass
class Book:
    """What is live, by every account's own platform. `pause` is called before and after a post is made."""

    pause: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    faults: list[Callable[[Line], None]] = field(default_factory=list)
    """What the next calls that post meet instead of a good server, one each (`tests.support.faults`)."""
    lookup_faults: list[Callable[[Line], None]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    padding: str = ""
    """Goes into every answer to a post, so that what is written down of it takes room."""
    posts: list[Post] = field(default_factory=list)
    absorbed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, account: str, code: str, text: str, post_id: str = "") -> Post:
        """Make a post, always: this book does not look whether it has one like it."""
        with self.lock:
            number = len(self.posts) + 1
            post = Post(post_id or f"{1_000_000 + number}", account, code, text, self.now())
            self.posts.append(post)
            return post

    def of(self, account: str) -> list[Post]:
        """Return the account's posts, oldest first."""
        with self.lock:
            return [post for post in self.posts if post.account == account]

    def by_code(self) -> dict[str, list[Post]]:
        """Return every post by its delivery's short code."""
        found: dict[str, list[Post]] = {}
        with self.lock:
            for post in self.posts:
                found.setdefault(post.code, []).append(post)
        return found

    def counts(self, code: str) -> int:
        """Return how often the post of a short code stands in the book."""
        return len(self.by_code().get(code, []))


class BookServer:
    """The book behind HTTP on a free loopback port."""

    def __init__(self, book: Book | None = None) -> None:
        self.book = book or Book()
        self._server = _Server(("127.0.0.1", 0), _handler(self.book))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.origin = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and give the port back."""
        self.book.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer one connection; a caller that gave up breaks it."""
        with suppress(ConnectionError):
            super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller that was killed breaks its connections."""


def _handler(book: Book) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            line = Line(self, book, self._answer)
            waiting = book.faults if line.posts else book.lookup_faults if line.looks_up else []
            if waiting:
                waiting.pop(0)(line)
            elif line.read():
                line.say(line.carry_out())

        do_POST = do_GET

        def _answer(self, path: str, body: dict[str, Any]) -> Said:
            name = path.rpartition("/")[2]
            account = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if path.startswith("/xrpc/"):
                return self._bluesky(name, account, body)
            if path.startswith("/hook/"):
                return self._hook(name, body)
            return self._mastodon(path, account, body)

        def _bluesky(self, call: str, account: str, body: dict[str, Any]) -> Said:
            if call == "com.atproto.server.getSession":
                return Said(200, {"did": account, "handle": "clinic.test", "active": True})
            if call == "com.atproto.repo.getRecord":
                asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                uri = f"at://{asked['repo']}/{COLLECTION}/{asked['rkey']}"
                there = any(post.id == uri for post in book.of(asked["repo"]))
                return Said(200, {"uri": uri, "value": {}}) if there else Said(400, {"error": "RecordNotFound"})
            uri = f"at://{body['repo']}/{COLLECTION}/{body['rkey']}"
            self._make(account, body["record"]["text"], uri)
            return Said(200, {"uri": uri, "cid": "bafyrei", "padding": book.padding})

        def _mastodon(self, path: str, account: str, body: dict[str, Any]) -> Said:
            if self.command == "POST":
                return Said(200, {**_status(self._make(account, body["status"])), "padding": book.padding})
            if path.startswith("/api/v1/accounts/"):
                before = parse_qs(urlsplit(self.path).query).get("max_id", ["9999999"])[0]
                mine = [post for post in book.of(account) if int(post.id) < int(before)]
                return Said(200, [_status(post) for post in reversed(mine[-40:])])
            wanted = path.rpartition("/")[2]
            found = [post for post in book.of(account) if post.id == wanted]
            return Said(200, _status(found[0])) if found else Said(404, {"error": "Record not found"})

        def _hook(self, account: str, body: dict[str, Any]) -> Said:
            code = body["data"]["short_code"]
            if account.startswith("keyed") and book.counts(code):
                book.absorbed[code] += 1
                return Said(200, {"id": code, "duplicate": True})
            self._make(account, body["data"]["text"], code)
            return Said(200, {"id": code, "padding": book.padding})

        def _make(self, account: str, text: str, post_id: str = "") -> Post:
            found = CODE.search(text)
            book.pause()
            post = book.add(account, found[0] if found else "", text, post_id)
            book.pause()
            return post

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _status(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "url": f"https://social.example/@clinic/{post.id}",
        "created_at": post.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "content": f"<p>{post.text}</p>",
    }
