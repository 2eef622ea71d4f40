"""What makes a thousand houses cheap: work that is the same in each is done once, passwords cost next to nothing, and
nobody waits for the disk.

Nothing here changes what a house does. Flask is asked for the same addresses a thousand times over; the
product itself does it once, when it starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from sqlite3 import Connection
from typing import Any
from weakref import WeakSet

from argon2 import PasswordHasher
from werkzeug.routing import Rule

from scheduler.practice.database import Database as Practice
from scheduler.services.operations import users
from scheduler.storage import engine
from scheduler.web.security import csrf

COMPILED = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
"""What `Rule.compile` sets."""
BUILDERS = ("_build", "_build_unknown")
"""Those of them that are methods of the rule."""
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def be_quick() -> None:
    """Do it, for the rest of this process."""
    # Otherwise it keeps the practice networks of every house that ever was, with their open files.
    csrf._exempt_blueprints = WeakSet()
    users._hasher = QUICK_HASHER
    Rule.compile = _once_for_each_address(Rule.compile)  # type: ignore[method-assign,assignment]
    _never_wait_for_the_disk()


def _once_for_each_address(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    """Return `compile_rule` so that equal rules of different maps share what it makes of them."""
    known: dict[object, dict[str, Any]] = {}

    def compiled(self: Rule) -> None:
        way = (self.subdomain, self.host, self.merge_slashes, repr(self.defaults))
        key = (self.rule, *way, *self.map.converters.values())
        if key not in known:
            compile_rule(self)
            known[key] = {name: getattr(self, name) for name in COMPILED}
        vars(self).update(known[key])
        for name in BUILDERS:
            setattr(self, name, getattr(self, name).__func__.__get__(self))

    return compiled


def _never_wait_for_the_disk() -> None:
    """Leave out what only a power cut could tell: no test of this process cuts the power, and a disk takes longer
    than most tests. (A process that is killed loses nothing by this; `tests/crash` runs the product as it is.)"""
    os.fsync = lambda fd: None
    prepare = engine._prepare_sqlite

    def prepared(connection: Any, _record: Any) -> None:
        prepare(connection, _record)
        connection.execute("PRAGMA synchronous=OFF")

    engine._prepare_sqlite = prepared
    connect = Practice._connect

    def connected(self: Practice) -> Connection:
        connection = connect(self)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    Practice._connect = connected  # type: ignore[method-assign]
