"""A stage for every connector: found by itself, as the connectors are."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from scheduler.domain.outcome import Outcome
from tests.platforms.stage import Stage


def names() -> list[str]:
    """Return the connectors that have a stage."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


def set_up(name: str) -> Stage:
    """Return a fresh stage of one connector; close its server after use."""
    stage: Stage = _module(name).stage()
    return stage


def able(ability: str) -> list[str]:
    """Return the connectors that can do something: "form", "sign_in", "upload", "renewal"."""
    return [name for name in names() if ability in _module(name).ABLE]


def expects(name: str) -> Mapping[str, type[Outcome] | None]:
    """Return the faults that mean something else for this connector than for most."""
    found: Mapping[str, type[Outcome] | None] = getattr(_module(name), "EXPECTS", {})
    return found


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")
