"""Where the practice networks are mounted: one blueprint per network under `/practice`."""

from __future__ import annotations

from flask import Blueprint

from scheduler.practice.catalogue import networks
from scheduler.practice.feed import DescribeLink
from scheduler.practice.network import FetchMedia, Surroundings
from scheduler.practice.store import PracticeStore


def create_practice_blueprints(
    store: PracticeStore, describe_link: DescribeLink | None = None, fetch_media: FetchMedia | None = None
) -> list[Blueprint]:
    """Return the blueprints of all networks, their `/practice/<network>` prefix included.

    They carry their own bearer authentication: exempt them from sign-in and CSRF. `describe_link` tells what an
    imitation would find behind a link, `fetch_media` what behind an address of our media: none fetches by itself.
    """
    surroundings = Surroundings(describe_link or (lambda _url: None), fetch_media or (lambda _url: None))
    return [network.blueprint(store, surroundings) for network in networks().values()]
