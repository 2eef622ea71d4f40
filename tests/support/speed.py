"""What makes a thousand houses cheap: work that is the same in each is done once, and passwords cost next to nothing.

Nothing here changes what a house does. Flask is asked for the same addresses and templates a thousand times over; the
product itself does it once, when it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from scheduler.services.operations import users
from scheduler.web.security import csrf

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class _Templates(BytecodeCache):
    """Keeps compiled templates of this process; Jinja looks whether the source is still the same."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._known.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


def be_quick() -> None:
    """Do it, for the rest of this process."""
    # Otherwise it keeps the practice networks of every house that ever was, with their open files.
    csrf._exempt_blueprints = WeakSet()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    users._hasher = QUICK_HASHER
    Rule._compile_builder = _once_for_each_address(Rule._compile_builder)  # type: ignore[method-assign]


def _once_for_each_address(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Return `compile_builder` so that equal rules share what it returns, which takes the rule as an argument."""
    known: dict[object, Any] = {}

    def compiled(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(self, append_unknown)
        return known[key]

    return compiled
