"""The list of all platforms. A new connector is added here and nowhere else."""

from __future__ import annotations

from scheduler.domain.problem import NotFound
from scheduler.platforms.base import Platform
from scheduler.platforms.bluesky import Bluesky
from scheduler.platforms.mastodon import Mastodon
from scheduler.platforms.webhook import Webhook

_PLATFORMS: tuple[Platform, ...] = (Bluesky(), Mastodon(), Webhook())


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
