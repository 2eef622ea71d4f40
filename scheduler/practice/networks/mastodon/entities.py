"""The JSON a Mastodon server answers with: instance, account, media attachment, status."""

from __future__ import annotations

from typing import Any

from flask import request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.feed import media_path, permalink_path
from scheduler.practice.media import PracticeMedia
from scheduler.practice.networks.mastodon.flavours import MASTODON, Flavour, flavour_here
from scheduler.practice.networks.mastodon.wire import iso_time, service_url
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

MAX_IMAGE_PIXELS = 33_177_600
MAX_VIDEO_PIXELS = 8_294_400
MAX_VIDEO_FRAME_RATE = 120
POLL_OPTIONS = 4
POLL_OPTION_CHARACTERS = 50
POLL_SECONDS = (300, 2_629_746)

_DESCRIPTION = "An imitation of a Mastodon server. Nothing posted here leaves this machine."


def configuration(flavour: Flavour) -> dict[str, Any]:
    """Return the limits a client must read instead of assuming them."""
    links = {} if flavour.link_length is None else {"characters_reserved_per_url": flavour.link_length}
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": flavour.characters,
            "max_media_attachments": flavour.attachments,
            **links,
        },
        "media_attachments": {
            "supported_mime_types": list(flavour.media_types),
            "description_limit": flavour.alt_characters,
            "image_size_limit": flavour.image_bytes,
            "image_matrix_limit": MAX_IMAGE_PIXELS,
            "video_size_limit": flavour.video_bytes,
            "video_frame_rate_limit": MAX_VIDEO_FRAME_RATE,
            "video_matrix_limit": MAX_VIDEO_PIXELS,
        },
        "polls": {
            "max_options": POLL_OPTIONS,
            "max_characters_per_option": POLL_OPTION_CHARACTERS,
            "min_expiration": POLL_SECONDS[0],
            "max_expiration": POLL_SECONDS[1],
        },
    }


def instance_v2() -> dict[str, Any]:
    """Return `GET /api/v2/instance`."""
    urls, flavour = {"streaming": "", "status": "", "about": None}, flavour_here()
    own = {"api_versions": {"mastodon": 11}} if flavour is MASTODON else {}
    return {
        "domain": request.host,
        "title": "Practice network",
        "version": flavour.version,
        "source_url": "",
        "description": _DESCRIPTION,
        "usage": {"users": {"active_month": 1}},
        "thumbnail": {"url": ""},
        "languages": ["en"],
        "configuration": {"urls": urls, **configuration(flavour), "translation": {"enabled": False}},
        "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
        "contact": {"email": "", "account": None},
        "rules": [],
        **own,
    }


def instance_v1() -> dict[str, Any]:
    """Return `GET /api/v1/instance`, the older form; the oldest servers name a few limits at its top."""
    flavour = flavour_here()
    return {
        "uri": request.host,
        "title": "Practice network",
        "short_description": _DESCRIPTION,
        "description": _DESCRIPTION,
        "email": "",
        "version": flavour.version,
        "urls": {"streaming_api": ""},
        "stats": {"user_count": 1, "status_count": 0, "domain_count": 0},
        "thumbnail": None,
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "contact_account": None,
        "rules": [],
        **({"configuration": configuration(flavour)} if flavour.configuration else _top_limits(flavour)),
    }


def _top_limits(flavour: Flavour) -> dict[str, Any]:
    return {
        "max_toot_chars": flavour.characters,
        "description_limit": flavour.alt_characters,
        "upload_limit": flavour.image_bytes,
        "poll_limits": {"max_options": POLL_OPTIONS, "max_option_chars": POLL_OPTION_CHARACTERS},
    }


def nodeinfo_links() -> dict[str, Any]:
    """Return `GET /.well-known/nodeinfo`, which leads to the document."""
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {"links": [{"rel": schema, "href": f"{service_url()}/nodeinfo/2.0"}]}


def nodeinfo() -> dict[str, Any]:
    """Return the document that names the software."""
    flavour = flavour_here()
    return {
        "version": "2.0",
        "software": {"name": flavour.software, "version": flavour.version.partition(" ")[0]},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "usage": {"users": {"total": 1}},
        "openRegistrations": False,
        "metadata": {},
    }


def account_json(account: PracticeAccount, posts: int = 0) -> dict[str, Any]:
    """Return an account."""
    base = service_url()
    avatar = f"{base}/avatar/{account.handle}.png"
    return {
        "id": flavour_here().shown_id(account.public_id),
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
        "id": flavour_here().shown_id(media.public_id),
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
    base, body, flavour = service_url(), post.body, flavour_here()
    shown = flavour.shown_id(post.public_id)
    parent, quoted = body["in_reply_to_id"], body.get("quoted_status_id")
    media = [media_json(attached[one], ready=True) for one in body["media_ids"] if one in attached]
    return {
        "id": shown,
        "created_at": iso_time(body.get("backdated_at") or post.created_at),
        "in_reply_to_id": flavour.shown_id(parent) if parent else None,
        "in_reply_to_account_id": None,
        "sensitive": body["sensitive"],
        "spoiler_text": body["spoiler_text"],
        "visibility": body["visibility"],
        "language": body["language"],
        "uri": f"{base}/users/{account.handle}/statuses/{shown}",
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
        "poll": _poll_json(post),
        "quote_approval": _quote_approval(body.get("quote_approval_policy", "public")),
        "quote": {"state": "accepted", "quoted_status_id": flavour.shown_id(quoted)} if quoted else None,
    }


def _poll_json(post: StoredPost) -> dict[str, Any] | None:
    poll = post.body.get("poll")
    if not poll:
        return None
    return {
        "id": flavour_here().shown_id(post.public_id),
        "expires_at": iso_time(post.created_at + poll["expires_in"] * 1000),
        "expired": False,
        "multiple": poll["multiple"],
        "votes_count": 0,
        "voters_count": 0,
        "options": [{"title": title, "votes_count": None if poll["hide_totals"] else 0} for title in poll["options"]],
        "emojis": [],
        "voted": True,
        "own_votes": [],
    }


def _quote_approval(policy: str) -> dict[str, Any]:
    automatic = [] if policy == "nobody" else [policy]
    return {"automatic": automatic, "manual": [], "current_user": "automatic"}


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
