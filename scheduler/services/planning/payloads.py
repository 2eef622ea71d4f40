"""From a teaser to the payload of one account: exactly what will be sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urlsplit

from scheduler.content import markdown
from scheduler.domain import excerpt
from scheduler.domain.account import Account
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.domain.teaser import LinkCard, MediaItem, Payload, Teaser, Variant
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.services.library import pictures
from scheduler.services.planning import links

CARD_DESCRIPTION = 300
"""Longest description of a link card; every platform shows less."""


@dataclass(frozen=True, slots=True)
class Material:
    """What all payloads of one teaser share, read once. `address` is the link before any short code."""

    article: Article | None = None
    address: str = ""
    card: LinkCard | None = None
    media: Mapping[str, MediaItem] = field(default_factory=dict)
    language: str = "en"


def gather(ctx: Context, teaser: Teaser) -> Material:
    """Return the article, the link card and the media of a teaser; what is not there is left out."""
    article = ctx.articles.by_id(teaser.article_id) if teaser.article_id else None
    wanted = {asset for variant in teaser.variants.values() for asset in variant.assets or ()} | set(teaser.assets)
    media = {asset: item for asset in sorted(wanted) if (item := _media_item(ctx, asset))}
    language = ctx.settings.site.language
    if article is None:
        return Material(None, teaser.link, _foreign_card(teaser.link), media, language)
    address = links.article_address(ctx.settings, article)
    return Material(article, address, _article_card(ctx, article, address), media, language)


def compose_payload(material: Material, teaser: Teaser, account: Account, short_code: str) -> Payload:
    """Return the payload of one account from material at hand."""
    variant = teaser.variants.get(account.id, Variant())
    text = teaser.text if variant.text is None else variant.text
    assets = teaser.assets if variant.assets is None else variant.assets
    media = tuple(material.media[asset] for asset in assets if asset in material.media)
    card = material.card
    if card and material.article:
        url = links.tracked(material.address, account.platform, short_code)
        text = _with_address(text, material.address, url)
        card = replace(card, url=url)
    return Payload(
        text.strip(),
        card,
        media,
        material.language,
        options_of(account, variant),
        replies=following(teaser, account)[0],
    )


def options_of(account: Account, variant: Variant) -> dict[str, str]:
    """Return the platform's choices for a post: its own, else those that the account begins with."""
    known = {option.name for option in platform(account.platform).options(account.limits)}
    chosen = {**account.post_options, **variant.options}
    return {name: value for name, value in chosen.items() if value and (name in known or name in variant.options)}


def following(teaser: Teaser, account: Account) -> tuple[tuple[str, ...], int]:
    """Return what follows under a teaser's post on an account, and how many texts its platform does not take."""
    variant, can = teaser.variants.get(account.id, Variant()), platform(account.platform).capable(account.limits)
    written = teaser.replies if variant.replies is None else variant.replies
    texts = tuple(text.strip() for text in written if text.strip())
    taken = texts if can.threads else texts[:1] if can.first_comment else ()
    return taken, len(texts) - len(taken)


def _with_address(text: str, address: str, url: str) -> str:
    """Replace the article's bare address in the text, so that this link too carries the short code."""
    return re.sub(re.escape(address) + r"(?![\w/?#-])", lambda _: url, text)


def plain_text(article: Article) -> str:
    """Return the plain words of an article, a blank line between two paragraphs."""
    return _plain_text(article.body)


@lru_cache(maxsize=32)
def _plain_text(body: str) -> str:
    # Kept, because the composer asks for it again at every pause in typing.
    return markdown.render(body, lambda _block: "").text.replace("\n", "\n\n")


def _article_card(ctx: Context, article: Article, address: str) -> LinkCard:
    description = article.description or excerpt.excerpt(plain_text(article), CARD_DESCRIPTION)
    image = _card_item(ctx, article)
    return LinkCard(address, article.title, excerpt.shortened(description, CARD_DESCRIPTION), image)


def _foreign_card(link: str) -> LinkCard | None:
    """A page of somebody else: nothing is known of it but its host, and nothing is added to its address."""
    return None if links.link_problem(link) else LinkCard(link, urlsplit(link).hostname or "")


def _card_item(ctx: Context, article: Article) -> MediaItem | None:
    if article.image is None:
        return None
    try:
        item = pictures.card_item(ctx, article.image.asset)
    except NotFound:
        return None
    return replace(item, alt=article.image.alt or item.alt) if item else None


def _media_item(ctx: Context, asset: str) -> MediaItem | None:
    try:
        return pictures.media_item(ctx, asset)
    except NotFound:
        return None
