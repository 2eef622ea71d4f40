"""Where a worker can be made to kill itself, from outside: the functions of the product are wrapped before it starts.

The product knows nothing of this. A point is met when the wrapped function is called (or has returned) with something
that carries the short code of the delivery that is to suffer.
"""

from __future__ import annotations

import importlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scheduler.platforms.registry import platform

VARIABLE = "CRASH_AT"
"""Environment variable: `point|short code|platform`."""


@dataclass(frozen=True, slots=True)
class Around:
    """A function `module:name`, met `before` or after its call, when `also` is in what it was given.

    What carries no short code itself is met at its `nth` call in the thread that is `within` a function that does.
    """

    function: str
    before: bool = False
    also: str = ""
    within: str = ""
    nth: int = 1


SEND = "scheduler.services.delivery.dispatch:send"
CALL = "scheduler.platforms.http:Http.request"

POINTS: dict[str, Around] = {
    "before claim commit": Around("scheduler.storage.claims:claim"),
    "after claim commit": Around("scheduler.services.delivery.dispatch:claim_due"),
    "during prepare": Around("platform:prepare", before=True),
    "after prepare": Around("platform:prepare"),
    "before mark commit": Around("scheduler.storage.claims:mark_started"),
    "after mark commit": Around("platform:publish", before=True),
    "before the request": Around(CALL, before=True),
    "half the request sent": Around("http.client:HTTPConnection.send", before=True, within=CALL, nth=2),
    "request sent, not answered": Around("http.client:HTTPConnection.getresponse", before=True, within=CALL),
    "answered, nothing written": Around("platform:publish"),
    "attempt written, not committed": Around("scheduler.storage.attempts:add", within=SEND),
    "before finish commit": Around("scheduler.storage.claims:finish"),
    "after finish": Around(SEND),
    "during catch-up": Around("scheduler.storage.lateness:late_of"),
    "before the look-up": Around("platform:find", before=True),
    "after the look-up": Around("platform:find"),
    "before settle commit": Around("scheduler.storage.claims:settle", also="State.UNKNOWN: 'unknown'>, attempts"),
    "before take-over commit": Around("scheduler.storage.claims:settle", also="State.SENDING: 'sending'>, attempts"),
}


def arm(value: str) -> None:
    """Wrap what `value` (of `VARIABLE`) names; does nothing when it is empty."""
    if not value:
        return
    name, code, platform_name = value.split("|")
    point, inside = POINTS[name], threading.local()
    if point.within:
        _wrap(point.within, platform_name, lambda original: _noting(original, code, inside))
        _wrap(point.function, platform_name, lambda original: _dying_inside(original, point, inside))
    else:
        _wrap(point.function, platform_name, lambda original: _dying(original, point, code))


Function = Callable[..., Any]


def _wrap(function: str, platform_name: str, around: Callable[[Function], Function]) -> None:
    place, _, path = function.partition(":")
    owner: Any = type(platform(platform_name)) if place == "platform" else importlib.import_module(place)
    *inner, attribute = path.split(".")
    for part in inner:
        owner = getattr(owner, part)
    setattr(owner, attribute, around(getattr(owner, attribute)))


def _dying(original: Function, point: Around, code: str) -> Function:
    def concerns(*values: Any) -> bool:
        said = repr(values)
        return code in said and point.also in said

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if point.before and concerns(args, kwargs):
            die()
        result = original(*args, **kwargs)
        if not point.before and concerns(args, kwargs, result):
            die()
        return result

    return wrapper


def _noting(original: Function, code: str, inside: threading.local) -> Function:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        inside.calls = 0 if code in repr((args, kwargs)) else None
        return original(*args, **kwargs)

    return wrapper


def _dying_inside(original: Function, point: Around, inside: threading.local) -> Function:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if getattr(inside, "calls", None) is None:
            return original(*args, **kwargs)
        inside.calls += 1
        if inside.calls == point.nth and point.before:
            die()
        result = original(*args, **kwargs)
        if inside.calls == point.nth:
            die()
        return result

    return wrapper


def die() -> None:
    """End this process as a power switch would."""
    os.kill(os.getpid(), signal.SIGKILL)
