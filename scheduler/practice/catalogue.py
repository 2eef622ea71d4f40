"""Which networks are imitated: every module of `practice/networks`, found by itself."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.practice.network import PracticeNetwork


@cache
def networks() -> dict[str, PracticeNetwork]:
    """Return every imitated network by name, in the order in which people are offered them."""
    # Imported at the first use: the networks themselves need the modules that ask for this list.
    package = import_module("scheduler.practice.networks")
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    found = [import_module(f"{package.__name__}.{name}").NETWORK for name in names]
    return {network.name: network for network in sorted(found, key=lambda network: network.label.casefold())}
