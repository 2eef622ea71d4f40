"""The JSON a Mastodon server answers with: instance, account, media attachment, status."""

from __future__ import annotations

from typing import Any

from flask import request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.feed import media_path, permalink_path
from scheduler.practice.media import PracticeMedia
from scheduler.practice.networks.mastodon.wire import iso_time, service_url
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import MASTODON_URL_LENGTH, mastodon_html

VERSION = "4.7.0+practice"
MAX_CHARACTERS = 500
MAX_ATTACHMENTS = 4
MAX_DESCRIPTION = 10_000
MAX_IMAGE_BYTES = 16_777_216
MAX_IMAGE_PIXELS = 33_177_600
MAX_VIDEO_BYTES = 103_809_024
MAX_VIDEO_PIXELS = 8_294_400
MAX_VIDEO_FRAME_RATE = 120
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif")
VIDEO_TYPES = ("video/webm", "video/mp4", "video/quicktime")


def configuration() -> dict[str, Any]:
    """Return the limits a client must read instead of assuming them."""
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": MAX_CHARACTERS,
            "max_media_attachments": MAX_ATTACHMENTS,
            "characters_reserved_per_url": MASTODON_URL_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": [*IMAGE_TYPES, *VIDEO_TYPES],
            "description_limit": MAX_DESCRIPTION,
            "image_size_limit": MAX_IMAGE_BYTES,
            "image_matrix_limit": MAX_IMAGE_PIXELS,
            "video_size_limit": MAX_VIDEO_BYTES,
            "video_frame_rate_limit": MAX_VIDEO_FRAME_RATE,
            "video_matrix_limit": MAX_VIDEO_PIXELS,
        },
        "polls": {
            "max_options": 4,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


def instance_v2() -> dict[str, Any]:
    """Return `GET /api/v2/instance`."""
    urls = {"streaming": "", "status": "", "about": None}
    return {
        "domain": request.host,
        "title": "Practice network",
        "version": VERSION,
        "source_url": "",
        "description": "An imitation of a Mastodon server. Nothing posted here leaves this machine.",
        "usage": {"users": {"active_month": 1}},
        "thumbnail": {"url": ""},
        "languages": ["en"],
        "configuration": {"urls": urls, **configuration(), "translation": {"enabled": False}},
        "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
        "api_versions": {"mastodon": 11},
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def instance_v1() -> dict[str, Any]:
    """Return `GET /api/v1/instance`, the older form."""
    description = "An imitation of a Mastodon server. Nothing posted here leaves this machine."
    return {
        "uri": request.host,
        "title": "Practice network",
        "short_description": description,
        "description": description,
        "email": "",
        "version": VERSION,
        "urls": {"streaming_api": ""},
        "stats": {"user_count": 1, "status_count": 0, "domain_count": 0},
        "thumbnail": None,
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": configuration(),
        "contact_account": None,
        "rules": [],
    }


def account_json(account: PracticeAccount, posts: int = 0) -> dict[str, Any]:
    """Return an account."""
    base = service_url()
    avatar = f"{base}/avatar/{account.handle}.png"
    return {
        "id": account.public_id,
        "username": account.handle,
        "acct": account.handle,
        "display_name": account.name,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": iso_time(account.created_at),
        "note": "",
        "url": f"{base}/@{account.handle}",
        "uri": f"{base}/users/{account.handle}",
        "avatar": avatar,
        "avatar_static": avatar,
        "header": "",
        "header_static": "",
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": posts,
        "last_status_at": None,
        "emojis": [],
        "fields": [],
    }


def media_json(media: PracticeMedia, ready: bool) -> dict[str, Any]:
    """Return a media attachment; its address is null until it is ready."""
    url = request.url_root.rstrip("/") + media_path("mastodon", media) if ready else None
    width, height = media.width, media.height
    size = (
        {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}
        if width and height
        else {}
    )
    return {
        "id": media.public_id,
        "type": media.kind,
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": {"original": size} if size else {},
        "description": media.description,
        "blurhash": None,
    }


def status_json(
    post: StoredPost, account: PracticeAccount, attached: dict[str, PracticeMedia], fresh: bool = False
) -> dict[str, Any]:
    """Return a status. The card of a `fresh` one is not fetched yet, as on a real server."""
    base, body = service_url(), post.body
    media = [media_json(attached[one], ready=True) for one in body["media_ids"] if one in attached]
    return {
        "id": post.public_id,
        "created_at": iso_time(post.created_at),
        "in_reply_to_id": body["in_reply_to_id"],
        "in_reply_to_account_id": None,
        "sensitive": body["sensitive"],
        "spoiler_text": body["spoiler_text"],
        "visibility": body["visibility"],
        "language": body["language"],
        "uri": f"{base}/users/{account.handle}/statuses/{post.public_id}",
        "url": request.url_root.rstrip("/") + permalink_path("mastodon", account, post.public_id),
        "replies_count": post.replies,
        "reblogs_count": post.reposts,
        "favourites_count": post.likes,
        "quotes_count": post.quotes,
        "edited_at": iso_time(post.edited_at) if post.edited_at else None,
        "content": str(mastodon_html(body["text"], base)),
        "reblog": None,
        "application": {"name": "Practice", "website": None},
        "account": account_json(account),
        "media_attachments": media,
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None if fresh or media else _card_json(post.card),
        "poll": None,
    }


def _card_json(card: dict[str, Any] | None) -> dict[str, Any] | None:
    if card is None:
        return None
    image = card["image_url"]
    own = image.startswith("/") and not image.startswith("//")
    return {
        "url": card["url"],
        "title": card["title"],
        "description": card["description"],
        "type": "link",
        "image": request.url_root.rstrip("/") + image if own else image or None,
        "html": "",
        "width": 0,
        "height": 0,
    }
