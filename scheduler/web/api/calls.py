"""What each call of the API declares beside its function: who may make it, what it takes, what it answers.

The declaration is the only source of the OpenAPI document, of the scope that is asked for, and of the size limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import current_app, request

from scheduler.web.api.fields import Kind, Shape, Table
from scheduler.web.security import FORM_BYTES

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "api_call"


@dataclass(frozen=True)
class Call:
    """One call. `scope` is "read", "write", "admin", or "" for everybody; `refusals` are its own statuses beside those
    that follow from what it declares (bodies may be refused, tokens may be missing ...)."""

    summary: str
    scope: str
    answer: Shape | None = None
    status: tuple[int, ...] = (200,)
    note: str = ""
    query: Mapping[str, Kind] = field(default_factory=dict)
    body: Table | None = None
    form: Mapping[str, Kind] | None = None
    most_bytes: int = FORM_BYTES
    matched: bool = False
    """Whether the call needs `If-Match`."""
    refusals: tuple[int, ...] = ()


def call(declared: Call) -> Callable[[View], View]:
    """Attach a declaration to a view."""

    def attach(view: View) -> View:
        setattr(view, _ATTRIBUTE, declared)
        return view

    return attach


def call_of(view: Callable[..., Any]) -> Call:
    """Return the declaration of a view. A view of the API without one is a programming error."""
    declared: Call = getattr(view, _ATTRIBUTE)
    return declared


def present_call() -> Call:
    """Return the declaration of the call that is being answered."""
    return call_of(current_app.view_functions[request.endpoint or ""])
