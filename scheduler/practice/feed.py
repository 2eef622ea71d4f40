"""What a person sees of a practice network: stored posts made ready for a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from scheduler.practice.accounts import PracticeAccount, PracticeAccounts
from scheduler.practice.catalogue import networks
from scheduler.practice.media import PracticeMedia, PracticeMediaLibrary
from scheduler.practice.posts import PracticePosts, StoredPost


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
    show, collections = networks()[network].show, networks()[network].collections
    return [
        show(post, known[post.account_id], media) for post in posts.newest((network, collections), account_id, limit)
    ]


def permalink_path(network: str, account: PracticeAccount, public_id: str) -> str:
    """Return the path of a post's own address on the practice network."""
    return networks()[network].permalink_path(account, public_id)


def media_path(network: str, media: PracticeMedia) -> str:
    """Return the path under which the bytes of an upload are shown."""
    return f"/practice/{network}/media/{media.id}"


def shown(
    post: StoredPost,
    account: PracticeAccount,
    words: tuple[str, Markup, str],
    looks: tuple[tuple[PracticeImage, ...], PracticeCard | None],
) -> PracticePost:
    """Return a post for the page: `words` are its text, its safe HTML and its warning, `looks` its media and card."""
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


def page_card(card: LinkCard) -> PracticeCard:
    """Return a link card that is safe to show: its link leads to the web, its picture is one of ours."""
    web = card.url.lower().startswith(("http://", "https://"))
    own = card.image_url.startswith("/") and not card.image_url.startswith("//")
    return PracticeCard(
        url=card.url if web else "",
        host=urlsplit(card.url).hostname or "" if web else "",
        title=card.title,
        description=card.description,
        image=card.image_url if own else "",
    )
