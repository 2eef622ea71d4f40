"""Where the practice networks are mounted: one blueprint per network under `/practice`."""

from __future__ import annotations

from flask import Blueprint

from scheduler.practice.bluesky import BlueskyImitation
from scheduler.practice.feed import DescribeLink
from scheduler.practice.mastodon import MastodonImitation
from scheduler.practice.store import PracticeStore
from scheduler.practice.webhook import WebhookReceiver


def create_practice_blueprints(store: PracticeStore, describe_link: DescribeLink | None = None) -> list[Blueprint]:
    """Return the blueprints of all networks, their `/practice/<network>` prefix included.

    They carry their own bearer authentication: exempt them from sign-in and CSRF. `describe_link` tells the
    Mastodon imitation what it would find behind a link, since it never fetches anything.
    """
    return [
        BlueskyImitation(store).blueprint(),
        MastodonImitation(store, describe_link).blueprint(),
        WebhookReceiver(store).blueprint(),
    ]
