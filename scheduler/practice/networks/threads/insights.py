"""Metrics of the Threads imitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.networks.threads.wire import invalid
from scheduler.practice.posts import StoredPost

POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
USER_METRICS = ("views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count")


def post_insights(post: StoredPost) -> Response:
    """GET /{post}/insights; a repost has none."""
    wanted = _wanted(POST_METRICS)
    if post.body["media_type"] == "REPOST_FACADE":
        return jsonify(data=[])
    counts = _counts([post])
    return jsonify(
        data=[_metric(name, post.public_id) | {"values": [{"value": counts.get(name, 0)}]} for name in wanted]
    )


def user_insights(account: PracticeAccount, posts: Sequence[StoredPost]) -> Response:
    """GET /{user}/threads_insights."""
    wanted, counts = _wanted(USER_METRICS), _counts(posts)
    return jsonify(
        data=[_metric(name, account.public_id) | {"total_value": {"value": counts.get(name, 0)}} for name in wanted]
    )


def _counts(posts: Sequence[StoredPost]) -> dict[str, int]:
    return {
        "likes": sum(post.likes for post in posts),
        "replies": sum(post.replies for post in posts),
        "reposts": sum(post.reposts for post in posts),
        "quotes": sum(post.quotes for post in posts),
    }


def _wanted(known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in request.args.get("metric", "").split(",") if name.strip()]
    wrong = sorted(set(names) - set(known))
    if wrong or not names:
        raise invalid(f"(#100) metric must be one of the following values: {', '.join(known)}")
    return names


def _metric(name: str, owner: str) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": "lifetime",
        "title": title,
        "description": f"The number of {name.replace('_', ' ')}.",
        "id": f"{owner}/insights/{name}/lifetime",
    }
