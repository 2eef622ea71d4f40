"""Every platform: each module of `platforms/connectors`, found by itself. A new connector is one file there."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from scheduler.domain.problem import NotFound
from scheduler.platforms import connectors
from scheduler.platforms.base import Platform


def _found() -> tuple[Platform, ...]:
    names = [found.name for found in pkgutil.iter_modules(connectors.__path__)]
    platforms: list[Platform] = [import_module(f"{connectors.__name__}.{name}").PLATFORM for name in names]
    return tuple(sorted(platforms, key=lambda each: each.label.casefold()))


_PLATFORMS: tuple[Platform, ...] = _found()


def all_platforms() -> list[Platform]:
    """Return every platform, in the order in which people are offered them."""
    return list(_PLATFORMS)


def platform(name: str) -> Platform:
    """Return the platform called `name`. Raises `NotFound`."""
    for each in _PLATFORMS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in _PLATFORMS)
    raise NotFound(f"There is no platform called “{name}”. These are known: {names}.")
