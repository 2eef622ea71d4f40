"""The JSON that X answers with for a post."""

from __future__ import annotations

from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.networks.x.text import weighted_length, wire_text
from scheduler.practice.networks.x.wire import iso_time
from scheduler.practice.posts import StoredPost

POST_FIELDS = frozenset(
    {
        "attachments", "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "edit_history_post_ids",
        "entities", "id", "in_reply_to_user_id", "lang", "note_tweet", "note_post", "non_public_metrics",
        "possibly_sensitive", "public_metrics", "referenced_tweets", "referenced_posts", "reply_settings", "source",
        "text",
    }
)  # fmt: skip
SHORT_LENGTH = 280


def post_json(post: StoredPost, author: PracticeAccount, fields: set[str]) -> dict[str, Any]:
    """Return a post: the default fields and those asked for. Links in the text are shortened, as X does."""
    text, urls = wire_text(str(post.body["text"]))
    parent = str(post.body["reply_to"])
    long = weighted_length(str(post.body["text"])) > SHORT_LENGTH
    known: dict[str, Any] = {
        "attachments": {"media_keys": [f"3_{one}" for one in post.body["media_ids"]]},
        "author_id": author.public_id,
        "conversation_id": post.body["conversation_id"] or post.public_id,
        "created_at": iso_time(post.created_at),
        "entities": {"urls": urls},
        "in_reply_to_user_id": author.public_id if parent else None,
        "lang": "en",
        "note_tweet": {"text": text, "entities": {"urls": urls}} if long else None,
        "possibly_sensitive": False,
        "public_metrics": _counts(post),
        "non_public_metrics": {"url_link_clicks": 0, "user_profile_clicks": 0, "engagements": post.likes},
        "referenced_tweets": [{"type": "replied_to", "id": parent}] if parent else None,
        "reply_settings": post.body["reply_settings"],
    }
    said = {"id": post.public_id, "text": _short(text) if long else text, "edit_history_tweet_ids": [post.public_id]}
    return said | {name: value for name, value in known.items() if name in fields and _holds(value)}


def _counts(post: StoredPost) -> dict[str, int]:
    return {
        "retweet_count": post.reposts,
        "reply_count": post.replies,
        "like_count": post.likes,
        "quote_count": post.quotes,
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _short(text: str) -> str:
    return text[: SHORT_LENGTH - 1] + "…"


def _holds(value: object) -> bool:
    return value is not None and value not in ({"media_keys": []}, {"urls": []})
