"""What the imitations share about HTTP: logging an exchange, losing an answer on purpose, draining a body."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from scheduler.practice.requestlog import LoggedRequest, readable_body, readable_form, redacted
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import ActiveSwitch, FailureSwitch

_DRAIN_CHUNK = 1 << 20


def log_exchanges(blueprint: Blueprint, store: PracticeStore, network: str) -> None:
    """Write every request to the API of this blueprint into the request log."""

    def log(answer: Response) -> Response:
        if request.endpoint and request.endpoint.endswith((".api", "-api", ".receive")):
            store.requests.add(
                LoggedRequest(
                    network=network,
                    account_id=g.get("practice_account_id"),
                    method=request.method,
                    path=_readable_path(),
                    status=answer.status_code,
                    body=_readable_request(),
                    note=g.get("practice_note", ""),
                    at=store.requests.now(),
                )
            )
        return answer

    blueprint.after_request(log)


def note_switch(switch: ActiveSwitch) -> None:
    """Say in the request log what a failure switch did to this request."""
    g.practice_note = f"failure switch: {switch.sentence}"


def spoil(
    answer: Response,
    switch: ActiveSwitch | None,
    store: PracticeStore,
    lies: Mapping[FailureSwitch, Callable[[], Response]],
) -> Response:
    """Return what is left of the answer to a request that did publish, after a failure switch.

    `lies` are the network's own false answers.
    """
    if switch is None:
        return answer
    note_switch(switch)
    if switch.kind in lies:
        return lies[switch.kind]()
    if switch.kind is FailureSwitch.CLOSE_AFTER:
        return close_connection()
    store.clock.sleep(switch.seconds)
    return answer


def close_connection() -> Response:
    """Close the client's connection without an answer, under werkzeug, gunicorn or any other WSGI server."""
    connection = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(_Broken())


class _Broken(Iterator[bytes]):
    def __next__(self) -> bytes:
        # Servers take EPIPE for a client that went away: they drop the connection and log no error.
        raise BrokenPipeError(errno.EPIPE, "a failure switch closed the connection")


def drain_body() -> None:
    """Read and forget a refused upload: a client still sending would otherwise miss the refusal."""
    stream, left = request.environ["wsgi.input"], request.content_length or 0
    while left > 0 and (chunk := stream.read(min(left, _DRAIN_CHUNK))):
        left -= len(chunk)


def _readable_path() -> str:
    # Some networks carry a secret in the path: their imitation says how the path may be shown.
    path, query = g.get("practice_path", request.path), redacted(request.args.to_dict(flat=False))
    return f"{path}?{urlencode(query, doseq=True)}" if query else str(path)


def _readable_request() -> str:
    kind, size = request.content_type or "", request.content_length or 0
    try:
        if request.is_json:
            return readable_body(request.get_data(), kind)
        if request.form or request.files:
            files = {name: f"[file of {file.mimetype}]" for name, file in request.files.items()}
            return readable_form(request.form.to_dict(flat=False), files)
    except RequestEntityTooLarge:
        return f"[{size} bytes, too large]"
    return f"[{size} bytes of {kind or 'unnamed type'}]" if size else ""
