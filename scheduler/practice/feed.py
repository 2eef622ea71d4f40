"""What a person sees of a practice network: stored posts made ready for a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from scheduler.practice.accounts import PracticeAccount, PracticeAccounts
from scheduler.practice.media import PracticeMedia, PracticeMediaLibrary
from scheduler.practice.posts import PracticePosts, StoredPost
from scheduler.practice.richtext import bluesky_html, mastodon_html


@dataclass(frozen=True)
class LinkCard:
    """What is known about a linked page. `image_url` is a path on this site ("/media/...") or empty."""

    url: str
    title: str
    description: str = ""
    image_url: str = ""


DescribeLink = Callable[[str], LinkCard | None]


@dataclass(frozen=True)
class PracticeImage:
    """A photo or video of a post: `kind` is `image`, `gifv` or `video`; `src` a path on this site."""

    src: str
    alt: str
    kind: str


@dataclass(frozen=True)
class PracticeCard:
    """A link card of a post; `image` is a path on this site or empty."""

    url: str
    host: str
    title: str
    description: str
    image: str


@dataclass(frozen=True)
class PracticePost:
    """One post as the feed page shows it. `html` is safe; `created_at` in ms; `permalink` a path."""

    id: int
    network: str
    account: PracticeAccount
    text: str
    html: Markup
    warning: str
    images: tuple[PracticeImage, ...]
    card: PracticeCard | None
    created_at: int
    edited_at: int | None
    permalink: str
    raw_json: str


def read_feed(
    accounts: PracticeAccounts,
    posts: PracticePosts,
    media: PracticeMediaLibrary,
    wanted: tuple[str, int | None, int],
) -> list[PracticePost]:
    """Return the newest posts for `wanted` = (network, account row id or None, limit)."""
    network, account_id, limit = wanted
    known = {account.id: account for account in accounts.all(network)}
    show = _SHOW[network]
    return [show(post, known[post.account_id], media) for post in posts.newest(network, account_id, limit)]


def permalink_path(network: str, account: PracticeAccount, public_id: str) -> str:
    """Return the path of a post's own address on the practice network."""
    if network == "bluesky":
        return f"/practice/bluesky/profile/{account.public_id}/post/{public_id}"
    if network == "mastodon":
        return f"/practice/mastodon/@{account.handle}/{public_id}"
    return f"/practice/webhook/{account.handle}/events/{public_id}"


def _show_bluesky(post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
    embed = post.body.get("embed") or {}
    if embed.get("$type") == "app.bsky.embed.recordWithMedia":
        embed = embed["media"]
    text = str(post.body.get("text", ""))
    html = bluesky_html(text, post.body.get("facets") or [])
    images = tuple(_blob_images(embed, account, media))
    return _post(post, account, (text, html, ""), (images, _blob_card(embed, account, media)))


def _show_mastodon(post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
    text, attached = str(post.body["text"]), media.of_post(post.id)
    found = [attached[one] for one in post.body["media_ids"] if one in attached]
    images = tuple(PracticeImage(media_path("mastodon", one), one.description or "", one.kind) for one in found)
    card = None if images else _link_card(post.card)
    return _post(post, account, (text, mastodon_html(text), str(post.body["spoiler_text"])), (images, card))


def _show_webhook(post: StoredPost, account: PracticeAccount, _media: PracticeMediaLibrary) -> PracticePost:
    data = post.body.get("data")
    text = str(data.get("text", "")) if isinstance(data, dict) else ""
    text = text or str(post.body.get("type", "event"))
    return _post(post, account, (text, Markup("<p>{}</p>").format(escape(text)), ""), ((), None))


_SHOW: dict[str, Callable[[StoredPost, PracticeAccount, PracticeMediaLibrary], PracticePost]] = {
    "bluesky": _show_bluesky,
    "mastodon": _show_mastodon,
    "webhook": _show_webhook,
}


def media_path(network: str, media: PracticeMedia) -> str:
    """Return the path under which the bytes of an upload are shown."""
    return f"/practice/{network}/media/{media.id}"


def _post(
    post: StoredPost,
    account: PracticeAccount,
    words: tuple[str, Markup, str],
    looks: tuple[tuple[PracticeImage, ...], PracticeCard | None],
) -> PracticePost:
    return PracticePost(
        id=post.id,
        network=post.network,
        account=account,
        text=words[0],
        html=words[1],
        warning=words[2],
        images=looks[0],
        card=looks[1],
        created_at=post.created_at,
        edited_at=post.edited_at,
        permalink=permalink_path(post.network, account, post.public_id),
        raw_json=json.dumps(post.request, indent=2, ensure_ascii=False),
    )


def _blob_images(embed: dict[str, Any], account: PracticeAccount, media: PracticeMediaLibrary) -> list[PracticeImage]:
    kind = embed.get("$type")
    if kind == "app.bsky.embed.video":
        blobs = [(embed["video"], str(embed.get("alt", "")), "video")]
    else:
        items = {"app.bsky.embed.images": "images", "app.bsky.embed.gallery": "items"}.get(str(kind), "")
        blobs = [(one["image"], str(one["alt"]), "image") for one in embed.get(items, [])]
    return [PracticeImage(_blob_path(blob, account, media), alt, shape) for blob, alt, shape in blobs]


def _blob_card(embed: dict[str, Any], account: PracticeAccount, media: PracticeMediaLibrary) -> PracticeCard | None:
    if embed.get("$type") != "app.bsky.embed.external":
        return None
    external = embed["external"]
    image = _blob_path(external["thumb"], account, media) if external.get("thumb") else ""
    return _card(LinkCard(external["uri"], external["title"], external["description"], image))


def _blob_path(blob: dict[str, Any], account: PracticeAccount, media: PracticeMediaLibrary) -> str:
    found = media.of_account(account.id, str(blob["ref"]["$link"]))
    return media_path("bluesky", found) if found else ""


def _link_card(card: dict[str, Any] | None) -> PracticeCard | None:
    return _card(LinkCard(**card)) if card else None


def _card(card: LinkCard) -> PracticeCard:
    web = card.url.lower().startswith(("http://", "https://"))
    own = card.image_url.startswith("/") and not card.image_url.startswith("//")
    return PracticeCard(
        url=card.url if web else "",
        host=urlsplit(card.url).hostname or "" if web else "",
        title=card.title,
        description=card.description,
        image=card.image_url if own else "",
    )
