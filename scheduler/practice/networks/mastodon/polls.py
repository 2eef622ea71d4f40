"""What a Mastodon server demands of a poll and of a quotation."""

from __future__ import annotations

from typing import Any

from scheduler.practice.networks.mastodon.entities import POLL_OPTION_CHARACTERS, POLL_OPTIONS, POLL_SECONDS
from scheduler.practice.networks.mastodon.wire import text_of, truth_of, unprocessable
from scheduler.practice.richtext import graphemes

QUOTE_POLICIES = ("public", "followers", "nobody")


def checked_poll(fields: dict[str, Any], has_media: bool) -> dict[str, Any] | None:
    """Return the poll of a status, None when it has none; raise 422 for what the server refuses."""
    poll = fields.get("poll")
    if not poll:
        return None
    if not isinstance(poll, dict) or has_media:
        raise unprocessable("Cannot attach a poll to a post that already contains media")
    options = _options(poll)
    seconds = text_of(poll, "expires_in")
    if not seconds.isdecimal() or int(seconds) < POLL_SECONDS[0]:
        raise unprocessable("Expires at is too soon")
    if int(seconds) > POLL_SECONDS[1]:
        raise unprocessable("Expires at is too far into the future")
    ways = {name: truth_of(poll, name) for name in ("multiple", "hide_totals")}
    return {"options": options, "expires_in": int(seconds), **ways}


def quote_policy(fields: dict[str, Any]) -> str:
    """Return who may quote a status; raise 422 for an unknown word."""
    policy = text_of(fields, "quote_approval_policy") or "public"
    if policy not in QUOTE_POLICIES:
        raise unprocessable("Quote approval policy is not included in the list")
    return policy


def _options(poll: dict[str, Any]) -> list[str]:
    wish = poll.get("options")
    options = [str(one).strip() for one in wish if str(one).strip()] if isinstance(wish, list) else []
    if len(options) < 2:
        raise unprocessable("Options must have more than one item")
    if len(options) > POLL_OPTIONS:
        raise unprocessable(f"Options can't contain more than {POLL_OPTIONS} items")
    if len(set(options)) < len(options):
        raise unprocessable("Options contain duplicate items")
    if any(graphemes(one) > POLL_OPTION_CHARACTERS for one in options):
        raise unprocessable(f"Options can't be longer than {POLL_OPTION_CHARACTERS} characters each")
    return options
