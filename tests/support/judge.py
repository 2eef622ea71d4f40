"""A strict judge: a platform of our own that keeps a book of what arrived, and forgives no second copy.

It knows no idempotency keys, so that every second post of one delivery is a duplicate; a lost post is found again only
by looking it up. The connector below speaks to it; a worker that knows it is started by `judged_worker`.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scheduler.clock import SystemClock
from scheduler.domain.outcome import Absent, CannotTell, Found, NotSent, Outcome, Published, Unknown
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import (
    Capabilities,
    Connection,
    ContentRules,
    Count,
    Mark,
    Platform,
    Prepared,
    Profile,
    Session,
)
from scheduler.platforms.http import Answer, TransportError, TransportKind


@dataclass(slots=True)
class Book:
    """What the judge saw: the codes of the posts of each account in the order in which they went live."""

    posts: dict[str, list[str]] = field(default_factory=dict)
    duplicates: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    lost_answers: int = 0
    busy: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def total(self) -> int:
        """Return how many posts are live."""
        with self.lock:
            return sum(map(len, self.posts.values()))

    def order(self, account: str) -> list[str]:
        """Return the codes of an account's posts, oldest first."""
        with self.lock:
            return list(self.posts.get(account, []))

    def arrived(self, account: str, code: str) -> None:
        """Note that a request has come; another one of the account that is not carried out yet is an overlap."""
        with self.lock:
            if self.busy.get(account):
                self.overlaps.append(code)
            self.busy[account] = self.busy.get(account, 0) + 1

    def apply(self, account: str, code: str) -> None:
        """Make a post live."""
        with self.lock:
            posts = self.posts.setdefault(account, [])
            if code in posts:
                self.duplicates.append(code)
            posts.append(code)

    def ended(self, account: str) -> None:
        """Note that a request was carried out or refused."""
        with self.lock:
            self.busy[account] -= 1


class Judge:
    """The judge's server on a free loopback port. `seconds` is how long a post takes, `faults` the share of lost
    answers: half of them after the post went live, half before."""

    def __init__(self, seconds: float = 0.04, faults: float = 0.0, seed: int = 1) -> None:
        self.book, self._chance = Book(), random.Random(seed)
        self._seconds, self._faults, self._clock = seconds, faults, SystemClock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.request_queue_size = 256
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Give the port back."""
        self._server.shutdown()
        self._server.server_close()

    def post(self, account: str, code: str) -> bool:
        """Carry out a request; return whether it is answered."""
        self.book.arrived(account, code)
        fault = self._chance.random()
        try:
            self._clock.sleep(self._seconds * self._chance.uniform(0.5, 1.5))
            if fault >= self._faults / 2:
                self.book.apply(account, code)
        finally:
            self.book.ended(account)
        if fault < self._faults:
            with self.book.lock:
                self.book.lost_answers += 1
        return fault >= self._faults

    def _handler(judge) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if judge.post(body["account"], body["code"]):
                    self._answer({"id": body["code"]})
                else:
                    self.close_connection = True

            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query)
                self._answer({"live": asked["code"][0] in judge.book.order(asked["account"][0])})

            def _answer(self, value: Mapping[str, Any]) -> None:
                body = json.dumps(value).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # the worker was killed while it waited
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


class Judged(Platform):
    """The connector: posts at once, looks up by code, knows no keys."""

    name = "judge"
    label = "The judge"
    capabilities = Capabilities(lookup=True, settle_seconds=1)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return rules that allow everything."""
        return ContentRules(text_limit=5000)

    def host(self, credentials: Mapping[str, Any]) -> str:
        """Return no host: a breaker would hide what this is about."""
        return ""

    def count(self, text: str, rules: ContentRules) -> Count:
        """Count characters."""
        return Count(len(text), rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Take whatever is given."""
        return Connection(Profile("judge", "Judge", "judge"), dict(form))

    def check(self, session: Session) -> Connection:
        """Say that all is well."""
        return Connection(Profile(session.remote_id, "Judge", "judge"), session.credentials)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Find nothing wrong."""
        return []

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Prepare nothing."""
        return Prepared(payload, mark)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Post, once."""
        body = {"account": session.remote_id, "code": prepared.mark.short_code}
        try:
            answer = session.http.request("POST", session.credentials["url"], json=body)
        except TransportError as error:
            if error.kind is TransportKind.NOT_SENT:
                return NotSent(sentence=error.sentence)
            return Unknown(sentence=error.sentence)
        return Published(sentence="It is live.", remote_id=str(answer.object()["id"]))

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Ask the judge's book."""
        params = {"account": session.remote_id, "code": mark.short_code}
        try:
            answer: Answer = session.http.request("GET", session.credentials["url"], params=params)
        except TransportError as error:
            return CannotTell(sentence=error.sentence)
        if answer.object().get("live"):
            return Found(sentence="It is there.", remote_id=mark.short_code, url="")
        return Absent(sentence="It is not there.")
