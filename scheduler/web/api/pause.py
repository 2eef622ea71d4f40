"""/pause: holding everything back, and letting it go again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from scheduler.services.operations import pause as pausing
from scheduler.services.operations.pause import LONGEST_REASON
from scheduler.web.api.answers import answer
from scheduler.web.api.auth import caller
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import Flag, Instant, Many, Maybe, Shape, Table, Text, Whole
from scheduler.web.api.moments import utc
from scheduler.web.api.parsing import json_body
from scheduler.web.context import ctx

bp = Blueprint("pause", __name__, url_prefix="/pause")

PAUSE = Shape(
    "Pause",
    "Whether everything is held back, on every account.",
    {
        "paused": Flag(),
        "reason": Maybe(Text()),
        "who": Maybe(Text("Who paused it: a person, or the name of a token.")),
        "since": Maybe(Instant()),
        "in_flight": Many(Whole("The id of a delivery that is with its platform already; no pause calls it back.")),
        "late": Table(
            {
                "due": Whole("They go out one after the other, each account at its own gap."),
                "missed": Whole("They were too late and wait for a person."),
                "skipped": Whole("They were too late and are cancelled by their rule."),
            },
            ("due", "missed", "skipped"),
            "What resuming meets; all 0 while nothing is paused.",
        ),
    },
)
RESUMED = Shape("Resumed", "Everything goes again; `late` is what the pause has made late.", PAUSE.fields)
BODY = Table({"reason": Text("Why, for everybody who meets the pause.", longest=LONGEST_REASON)}, ("reason",))


@bp.get("")
@call(Call("Read the pause", "read", PAUSE))
def show() -> Response:
    """Send whether everything is paused."""
    return answer(_shown())


@bp.post("")
@call(
    Call(
        "Pause everything",
        "write",
        PAUSE,
        body=BODY,
        refusals=(409,),
        note="Nothing new goes out on any account from the moment this answers. 409 when everything is paused already.",
    )
)
def press() -> Response:
    """Hold everything back."""
    read = json_body(BODY)
    read.require()
    pausing.pause(ctx(), read.values["reason"], caller().name)
    return answer(_shown())


@bp.delete("")
@call(Call("Resume", "write", RESUMED, refusals=(409,), note="409 when nothing is paused as a whole."))
def resume() -> Response:
    """Let everything go again."""
    backlog = pausing.resume(ctx(), caller().name)
    return answer({**_shown(), "late": _late(backlog)})


def _shown() -> dict[str, Any]:
    found = pausing.standstill(ctx())
    return {
        "paused": found.pause is not None,
        "reason": found.pause.reason if found.pause else None,
        "who": found.pause.who if found.pause else None,
        "since": utc(found.pause.at) if found.pause else None,
        "in_flight": [delivery.id for delivery in found.in_flight],
        "late": _late(found.backlog),
    }


def _late(backlog: pausing.Backlog) -> dict[str, int]:
    return {"due": backlog.due, "missed": backlog.missed, "skipped": backlog.skipped}
