"""The one door to the network, and the only user of requests.

Every call uses a fresh connection to an address that the guard has checked, follows no redirect, repeats nothing,
and reads no proxy, cookie or netrc from the environment. A failure says whether the request can have been sent.
"""

from __future__ import annotations

import json as json_text
import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from scheduler.clock import Clock, SystemClock
from scheduler.domain.outcome import Evidence
from scheduler.platforms.dates import Skews
from scheduler.platforms.flight import Flight, line
from scheduler.platforms.guard import Blocked, Endpoint, guard, spelled
from scheduler.platforms.redaction import redact

EVIDENCE_CHARACTERS = 4_000
ANSWER_SECONDS = 120
"""How long a whole answer may take, however steadily it drips."""
UPLOAD_BYTES_PER_SECOND = 50_000
"""The slowest line that we still wait for when we upload."""
CERTIFICATES = DEFAULT_CA_BUNDLE_PATH
"""Whom we believe that a server is who it says it is."""
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_EVIDENT_HEADERS = frozenset({"content-type", "date", "location", "retry-after", "server", "x-request-id"})

# Its debug lines hold whole addresses, and an address may be a secret (a webhook's is).
logging.getLogger("urllib3").setLevel(logging.WARNING)

Files = Mapping[str, tuple[str, bytes, str]]
"""Multipart files: field -> (file name, bytes, MIME type)."""


class TransportKind(StrEnum):
    """Whether a call that got no answer can have had an effect."""

    NOT_SENT = "not_sent"
    """No connection came about, so not one byte of the request left."""
    UNKNOWN = "unknown"
    """The connection stood; the request may have arrived and may have been carried out."""


class TransportError(Exception):
    """A call without a complete answer. `sentence` is for a person and holds no secret."""

    def __init__(self, kind: TransportKind, sentence: str, status: int | None = None) -> None:
        self.kind = kind
        self.sentence = sentence
        self.status = status
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        """Return whether the status is 2xx. That alone is not yet a success: look into the body."""
        return 200 <= self.status < 300

    def text(self) -> str:
        """Return the body as text; bytes that are no UTF-8 are replaced."""
        return storable(self.body.decode("utf-8", errors="replace"))

    def json(self) -> dict[str, Any] | list[Any] | None:
        """Return the JSON object or array of the body, or None when it holds neither."""
        try:
            value = _storable_within(json_text.loads(self.body))
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict | list) else None

    def object(self) -> dict[str, Any]:
        """Return the JSON object of the body, or an empty one when it holds none."""
        value = self.json()
        return value if isinstance(value, dict) else {}

    def header(self, name: str) -> str:
        """Return a header's value, "" when it is missing."""
        return self.headers.get(name.lower(), "")

    def evidence(self, secrets: Iterable[str] = ()) -> Evidence:
        """Return what the log may keep: status, telling headers and the start of the body, all secrets hidden."""
        hidden = tuple(secrets)
        # A few secrets shorten the text, so a little more than what is kept is looked at; never a hostile 5 MB.
        body = redact(self.text()[: 4 * EVIDENCE_CHARACTERS], hidden)[:EVIDENCE_CHARACTERS]
        shown = sorted((n, redact(v, hidden)) for n, v in self.headers.items() if _is_evident(n))
        return Evidence(self.status, body, tuple(shown))


def storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", errors="replace").decode("utf-8")


def _storable_within(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable_within(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): _storable_within(each) for name, each in value.items()}
    return value


def _is_evident(name: str) -> bool:
    return name in _EVIDENT_HEADERS or "ratelimit" in name


class Http:
    """Speaks HTTP for the whole product."""

    def __init__(
        self,
        allow_private: bool,
        own_origins: Collection[str] = (),
        user_agent: str = "Drumbeat/0.1",
        timeout: tuple[float, float] = (5, 30),
        clock: Clock | None = None,
    ) -> None:
        self._guard = guard(allow_private, own_origins)
        self._user_agent = user_agent
        self._timeout = timeout
        self._clock = clock or SystemClock()
        self.skews = Skews()
        """What other servers say the time is."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        body: bytes | None = None,
        params: Mapping[str, str | list[str]] | None = None,
        timeout: tuple[float, float] | None = None,
        max_bytes: int = 5_000_000,
    ) -> Answer:
        """Make exactly one call and return its answer, whatever its status. `timeout` is (connect, read) in seconds;
        without one, that of this `Http`.

        Raises `TransportError`. Redirects are returned as they are.
        """
        ours = {"User-Agent": self._user_agent, "Accept-Encoding": "identity", "Connection": "close"}
        spelling = (url, {**ours, **(headers or {})})
        content = {"json": json, "data": form if body is None else body, "files": files, "params": params}
        prepared = _prepare(method, spelling, content)
        timeout = timeout or self._timeout
        flight = self._flight(prepared, timeout[1])
        return self._send(prepared, flight, timeout, max_bytes)

    def fetch(self, url: str, *, timeout: tuple[float, float] | None = None, max_bytes: int = 5_000_000) -> Answer:
        """Return the answer to a GET after at most 3 redirects, each one checked like a first address."""
        for _ in range(4):
            answer = self.request("GET", url, timeout=timeout, max_bytes=max_bytes)
            if answer.status not in _REDIRECTS or not answer.header("location"):
                return answer
            url = self._next(url, answer.header("location"))
        raise TransportError(TransportKind.NOT_SENT, f"{_host(url)} redirects more than 3 times.")

    def _next(self, url: str, location: str) -> str:
        """Return where a redirect leads. A foreign server must not send us to our own doors, which open for us."""
        try:
            following = urljoin(url, location)
            inward = self._guard.is_own(following) and not self._guard.is_own(url)
        except (Blocked, ValueError):
            raise TransportError(TransportKind.NOT_SENT, f"{_host(url)} redirects to something unreadable.") from None
        if inward:
            raise TransportError(TransportKind.NOT_SENT, f"{_host(url)} redirects into this installation.")
        return following

    def vet(self, url: str) -> None:
        """Check that the guard lets us speak to `url`, without speaking to it. Raises `TransportError`."""
        self._endpoints(url)

    def _flight(self, prepared: requests.PreparedRequest, read_seconds: float) -> Flight:
        endpoints = self._endpoints(prepared.url or "")
        size = int(prepared.headers.get("Content-Length") or 0)
        return Flight(endpoints, read_seconds + size / UPLOAD_BYTES_PER_SECOND, ANSWER_SECONDS)

    def _endpoints(self, url: str) -> list[Endpoint]:
        try:
            return self._guard.resolve(url)
        except Blocked as blocked:
            raise TransportError(TransportKind.NOT_SENT, str(blocked)) from blocked
        except (OSError, UnicodeError) as error:
            sentence = f"The name {_host(url)} cannot be found on the internet."
            raise TransportError(TransportKind.NOT_SENT, sentence) from error

    def _send(
        self, prepared: requests.PreparedRequest, flight: Flight, timeout: tuple[float, float], max_bytes: int
    ) -> Answer:
        # The adapter and not a session: a session reads the environment, and the body of every redirect unbounded.
        status: int | None = None
        try:
            with (
                closing(_OneLine(flight)) as adapter,
                adapter.send(prepared, stream=True, timeout=timeout, verify=True) as response,
            ):
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                self._note_date(prepared.url or "", headers)
                body = self._read(response, max_bytes)
                if flight.cut_off:  # what ends with the connection looks complete
                    raise OSError("cut off")
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _lost(flight, _host(prepared.url or ""), status, error) from error
        finally:
            flight.end()
        return Answer(status, headers, body, prepared.url or "")

    def _note_date(self, url: str, headers: Mapping[str, str]) -> None:
        if not self._guard.is_own(url):  # our own server has our own clock
            self.skews.note(_host(url), headers, self._clock.now_ms())

    def _read(self, response: requests.Response, max_bytes: int) -> bytes:
        deadline = self._clock.monotonic() + ANSWER_SECONDS
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > max_bytes or self._clock.monotonic() > deadline:
                sentence = (
                    f"{_host(response.url)} answered with more than we accept; the answer was not read to its end."
                )
                raise TransportError(TransportKind.UNKNOWN, sentence, response.status_code)
        return bytes(body)


def _prepare(method: str, spelling: tuple[str, dict[str, str]], content: Mapping[str, Any]) -> requests.PreparedRequest:
    url, headers = spelling
    try:
        # Before requests sees it: requests would tidy a crooked URL, and make a header of a password in it.
        return requests.Request(method, spelled(url), headers=headers, **content).prepare()
    except Blocked as blocked:
        raise TransportError(TransportKind.NOT_SENT, str(blocked)) from blocked
    except (requests.RequestException, ValueError) as error:
        raise TransportError(TransportKind.NOT_SENT, "The address or a header of this call is not valid.") from error


def _lost(flight: Flight, host: str, status: int | None, error: Exception) -> TransportError:
    """Tell the two kinds apart by what is certain: without a finished connection nothing can have been sent."""
    if not flight.connected:
        sentence = f"No connection to {host} could be made. Nothing was sent."
        return TransportError(TransportKind.NOT_SENT, sentence)
    if flight.cut_off or isinstance(error, requests.exceptions.ReadTimeout):
        return TransportError(TransportKind.UNKNOWN, f"{host} did not answer in time.", status)
    return TransportError(
        TransportKind.UNKNOWN, f"The connection to {host} broke before the answer was complete.", status
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


class _OneLine(HTTPAdapter):
    """Makes requests use the one connection of a flight, and none of the pools in which it keeps them for later."""

    _line: HTTPConnectionPool | None

    def __init__(self, flight: Flight) -> None:
        self._flight, self._line = flight, None
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_args: Any, **_kwargs: Any) -> None:
        """Keep none."""

    def get_connection_with_tls_context(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> Any:
        self._line = line(request.url or "", self._flight, CERTIFICATES)
        return self._line

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave it to the line."""

    def close(self) -> None:
        if self._line:
            self._line.close()
