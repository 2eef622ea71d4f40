"""Platforms that answer in the right shape with the wrong things in it: null, a number, a list, nothing, too much.

Every value of every good answer is replaced by every wrong one. Whatever comes, a connector ends in an outcome, and in
nothing that the database or a page could not take: `publish` raises nothing, `find` never takes a spoilt list for a
proof of absence, everything else raises `Refused` or `Invalid`. The answers do not travel over a line here: there are
too many of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from scheduler.domain.outcome import Absent, Found, Outcome, Pending, Published, Unknown
from scheduler.domain.problem import Invalid
from scheduler.platforms.base import Back, Connection, Refused, Session
from scheduler.platforms.flight import Flight
from scheduler.platforms.http import Answer, Http
from tests.platforms import stages
from tests.platforms.fault_server import Call, FaultServer, Reply
from tests.platforms.stage import MARK, Stage

TEXTS = ("", "\x00\u202e" + "x" * 9000, "\ud800", "²³", "9" * 5000)
WRONG: tuple[Any, ...] = (None, -1, 10**30, 1e300, True, *TEXTS, [], [None], ["x"], {}, {"a": None})
NAMES = frozenset({"id", "ts", "videoId"})
"""What platforms call the name of a post: without one, nobody can say what was found."""
Place = tuple[str, str, tuple[str | int, ...]]
"""Which value: method and path of the call, and the way to the value in the answer."""


class Played(Http):
    """Answers by a stage's routes without a line, and puts one wrong value into the answers."""

    def __init__(self, server: FaultServer) -> None:
        super().__init__(True)
        self._server = server
        self.places: dict[Place, None] = {}
        self.wrong: tuple[Place, Any] | None = None

    def spoils_the_list(self) -> bool:
        """Return whether the wrong value stands where a list of posts should be, or is the name of our post."""
        if self.wrong is None:
            return False
        (_, _, way), value = self.wrong
        within = any(isinstance(step, int) for step in way)
        if not within:
            lists = [place for place in self.places if place[:2] == self.wrong[0][:2] and 0 in place[2]]
            return any(place[2][: len(way)] == way for place in lists) and not isinstance(value, list | dict)
        ours = way.count(0) == 1 and not any(isinstance(step, int) and step for step in way)
        return ours and way[-1] in NAMES and len(way) < 5 and not isinstance(value, str)

    def _flight(self, prepared: requests.PreparedRequest, read_seconds: float) -> Flight:
        return Flight([], 1, 1)

    def _send(
        self, prepared: requests.PreparedRequest, flight: Flight, timeout: tuple[float, float], max_bytes: int
    ) -> Answer:
        parts = urlsplit(prepared.url or "")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        body = prepared.body or b""
        headers = {name.lower(): value for name, value in prepared.headers.items()}
        call = Call(prepared.method or "", path, headers, body.encode() if isinstance(body, str) else body)
        answer = self._server.action(call.method, path)
        reply = answer(call) if callable(answer) else answer
        assert isinstance(reply, Reply)
        said = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, said, self._content(reply, call, parts.path), prepared.url or "")

    def _content(self, reply: Reply, call: Call, path: str) -> bytes:
        said = reply.json
        if said is None:
            return reply.content(call)
        for way in _ways(said):
            self.places[(call.method, path, way)] = None
        if self.wrong and self.wrong[0][:2] == (call.method, path):
            said = _replaced(said, self.wrong[0][2], self.wrong[1])
        return json.dumps(said).encode()


def _ways(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value within `value`, itself first."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        for way in _ways(each):
            yield (name, *way)


def _replaced(value: Any, way: tuple[str | int, ...], wrong: Any) -> Any:
    if not way:
        return wrong
    if isinstance(value, dict) and way[0] in value:
        return {**value, way[0]: _replaced(value[way[0]], way[1:], wrong)}
    if isinstance(value, list) and isinstance(way[0], int) and way[0] < len(value):
        return [*value[: way[0]], _replaced(value[way[0]], way[1:], wrong), *value[way[0] + 1 :]]
    return value


def _sign_in(stage: Stage, session: Session) -> None:
    assert stage.signs_in
    back = Back("https://clinic.example/admin/accounts/back", "the-state")
    begun = stage.platform.sign_in(session, stage.signs_in[0], stage.form, back)
    assert begun.url.startswith(("https://", "http://"))
    json.dumps(dict(begun.kept))


def _connect(stage: Stage, session: Session) -> None:
    if stage.signs_in is None:
        _is_sound(stage.platform.connect(session, stage.form))
        return
    for connection in stage.platform.signed_in(session, *stage.signs_in):
        _is_sound(connection)


def _is_sound(connection: Connection) -> None:
    """A connection goes into the database and onto pages as it is."""
    profile = connection.profile
    json.dumps(asdict(profile), ensure_ascii=False).encode()
    assert "\x00" not in str(asdict(profile))
    texts = [profile.remote_id, profile.name, profile.handle, profile.profile_url, profile.avatar_url]
    texts += [*connection.credentials, *connection.credentials.values()]
    texts += [*connection.settings, *connection.settings.values()]
    assert all(isinstance(text, str) for text in texts), texts
    assert profile.remote_id not in ("", "None")
    json.dumps(dict(connection.limits))


def _use_limits(stage: Stage, connection: Connection) -> None:
    """What an account reported is used by every page that has to do with it."""
    rules = stage.platform.rules(connection.limits)
    stage.platform.validate(stage.rich, rules)
    stage.platform.count(stage.platform.wire_text(stage.text), rules)
    for option in stage.platform.options(connection.limits):
        assert all(isinstance(text, str) for choice in option.choices for text in choice), option
    assert stage.platform.idempotency_seconds(connection.limits) >= 0
    stage.platform.token_times(connection.credentials)


def _check(stage: Stage, session: Session) -> None:
    connection = stage.platform.check(session)
    _is_sound(connection)
    _use_limits(stage, connection)


def _refresh(stage: Stage, session: Session) -> None:
    stage.platform.refresh(session)
    stage.platform.token_times(session.credentials)


def _publish(stage: Stage, session: Session) -> None:
    for payload in (stage.text, stage.rich):
        try:
            prepared = stage.platform.prepare(session, payload, MARK)
        except Refused as refusal:
            assert isinstance(refusal.outcome, Outcome)
            continue
        json.dumps(dict(prepared.data))
        try:
            _is_outcome(stage.platform.publish(session, prepared))
        except Refused as refusal:
            raise AssertionError("publish raised") from refusal


def _is_outcome(outcome: Outcome) -> None:
    assert isinstance(outcome, Outcome)
    assert isinstance(outcome.sentence, str)
    json.dumps(asdict(outcome), ensure_ascii=False).encode()  # what no database takes would stop the engine
    assert "\x00" not in str(asdict(outcome))
    if isinstance(outcome, Published | Pending | Found):
        assert isinstance(outcome.remote_id, str)
        assert outcome.remote_id not in ("", "None")
    if isinstance(outcome, Published | Found):
        assert isinstance(outcome.url, str)
        assert outcome.url == "" or outcome.url.startswith(("https://", "http://"))

    if isinstance(outcome, Found):
        assert outcome.at is None or abs(outcome.at) < 10**15


def _poll(stage: Stage, session: Session) -> None:
    _is_outcome(stage.platform.poll(session, _live(stage)))


def _live(stage: Stage) -> str:
    return str(stage.limits["live"])


def _find(stage: Stage, session: Session) -> None:
    answer = stage.platform.find(session, stage.text, MARK)
    _is_outcome(answer)
    http = session.http
    assert isinstance(http, Played)
    assert not (isinstance(answer, Absent) and http.spoils_the_list()), "taken for a proof of absence"


def _edit(stage: Stage, session: Session) -> None:
    stage.platform.edit(session, _live(stage), stage.text)


def _delete(stage: Stage, session: Session) -> None:
    stage.platform.delete(session, _live(stage))


def _metrics(stage: Stage, session: Session) -> None:
    numbers = stage.platform.metrics(session, _live(stage))
    assert all(isinstance(name, str) and type(number) is int for name, number in numbers.items()), numbers
    assert all(0 <= number < 2**63 for number in numbers.values()), numbers


DOINGS: dict[str, Callable[[Stage, Session], None]] = {
    "sign_in": _sign_in,
    "connect": _connect,
    "check": _check,
    "refresh": _refresh,
    "publish": _publish,
    "poll": _poll,
    "find": _find,
    "edit": _edit,
    "delete": _delete,
    "metrics": _metrics,
}


def _doings(stage: Stage) -> list[str]:
    can = stage.platform.capabilities
    able = {
        "sign_in": stage.signs_in is not None,
        "refresh": stage.renewal is not None,
        "poll": stage.poll is not None,
        "find": can.lookup,
        "edit": can.edit,
        "delete": can.delete,
        "metrics": can.metrics,
    }
    return [doing for doing in DOINGS if able.get(doing, True)]


def _session(stage: Stage, http: Http, doing: str) -> Session:
    session = stage.session(connected=doing not in ("connect", "sign_in"))
    session.http = http
    return session


def _remote_id(stage: Stage, http: Http) -> str:
    session = _session(stage, http, "publish")
    outcome = stage.platform.publish(session, stage.platform.prepare(session, stage.text, MARK))
    assert isinstance(outcome, Published | Pending)
    return outcome.remote_id


@pytest.mark.parametrize("name", stages.names())
def test_no_wrong_value_in_an_answer_is_more_than_an_outcome(name: str) -> None:
    stage = stages.set_up(name)
    try:
        stage.limits = {**stage.limits, "live": _remote_id(stage, Played(stage.server))}
        failures = [failure for doing in _doings(stage) for failure in _failures(stage, doing)]
    finally:
        stage.server.close()
    assert not failures, f"{len(failures)} failures:\n" + "\n".join(failures[:80])


def _failures(stage: Stage, doing: str) -> Iterator[str]:
    http = Played(stage.server)
    DOINGS[doing](stage, _session(stage, http, doing))
    for place in list(http.places):
        for wrong in WRONG:
            http.wrong = (place, wrong)
            stage.clock.slept.clear()
            try:
                DOINGS[doing](stage, _session(stage, http, doing))
            except (Refused, Invalid):
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the list
                said = f"{type(error).__name__} {str(error)[:150]} @ {_where(error)}"
                yield f"{doing} {place} {str(wrong)[:20]!r}: {said}"


def _where(error: Exception) -> str:
    trace, lines = error.__traceback__, []
    while trace:
        if "/scheduler/" in trace.tb_frame.f_code.co_filename:
            lines.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/scheduler/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(lines[::-1][:3])


@pytest.mark.parametrize("name", stages.names())
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "\x00" * 10, "﻿{}", "x" * 5_000_001], ids=len)
def test_a_body_without_end_or_bottom_proves_nothing(name: str, text: str) -> None:
    stage = stages.set_up(name)
    try:
        session = stage.session()
        prepared = stage.platform.prepare(session, stage.text, MARK)
        stage.server.fault(*stage.commit, Reply(200, text=text))
        outcome = stage.platform.publish(session, prepared)
    finally:
        stage.server.close()
    assert type(outcome) is Unknown or (name == "webhook" and isinstance(outcome, Published))
    assert "\x00" not in outcome.evidence.body
    assert len(outcome.evidence.body) <= 4_000
    assert stage.commits() == 1
