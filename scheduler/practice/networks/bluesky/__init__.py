"""An imitation of a Bluesky PDS, of its authorization server, and of what stands around it.

Addresses of `platforms.toml` and what they stand for: `service` (https://bsky.social, the entryway) and `appview`
(https://public.api.bsky.app), `video` (https://video.bsky.app), each with its `/xrpc/<method>`; `directory`
(https://plc.directory) with `/<did>`; `web` (https://bsky.app) with the readers' pages. `/practice/bluesky` itself is
the PDS of every account and the issuer of the sign-in by OAuth, with its two `/.well-known` documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials, PracticeError
from scheduler.practice.feed import LinkCard, PracticeCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.identifiers import new_app_password, new_did
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.bluesky.server import BlueskyImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import bluesky_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

HANDLE_DOMAIN = "practice.test"
_HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class BlueskyNetwork(PracticeNetwork):
    """Bluesky: accounts are DIDs with an app password."""

    name = "bluesky"
    label = "Bluesky"
    collections = ("app.bsky.feed.post",)

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the PDS."""
        return BlueskyImitation(store, surroundings.fetch_media).blueprint()

    def checked_handle(self, wish: str) -> str:
        """Return a domain name; a single word gets ours."""
        handle = wish.strip().removeprefix("@").lower()
        handle = handle if "." in handle else f"{handle}.{HANDLE_DOMAIN}"
        if not _HANDLE.fullmatch(handle):
            raise PracticeError(f"handle: “{wish}” is not of the shape name.{HANDLE_DOMAIN} (a-z, 0-9, hyphen).")
        return handle

    def new_public_id(self, number: int) -> str:
        """Return a DID."""
        return new_did()

    def new_password(self) -> str:
        """Return an app password."""
        return new_app_password()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return handle and app password."""
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, password)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as bsky.app forms it."""
        return f"/practice/bluesky/profile/{account.public_id}/post/{public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text with its facets, photos, video or card."""
        embed = post.body.get("embed") or {}
        if embed.get("$type") == "app.bsky.embed.recordWithMedia":
            embed = embed["media"]
        text = str(post.body.get("text", ""))
        html = bluesky_html(text, post.body.get("facets") or [])
        images = tuple(_images(embed, account, media))
        return shown(post, account, (text, html, ""), (images, _blob_card(embed, account, media)))


def _images(embed: dict[str, Any], account: PracticeAccount, media: PracticeMediaLibrary) -> list[PracticeImage]:
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
    return page_card(LinkCard(external["uri"], external["title"], external["description"], image))


def _blob_path(blob: dict[str, Any], account: PracticeAccount, media: PracticeMediaLibrary) -> str:
    found = media.of_account(account.id, str(blob["ref"]["$link"]))
    return media_path("bluesky", found) if found else ""


NETWORK = BlueskyNetwork()
