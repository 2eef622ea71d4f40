"""The films of an article: the videos of the library, and those of other sites that a click loads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.content.blocks import Block
from scheduler.content.markdown import render
from scheduler.domain.article import Article
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, picture

_MAY_HOLD_ONE = re.compile(r"(?:`{3}|~{3})[ \t]*(?:video|embed)\b")
"""What a text with a film has in it; the rest needs not be read for one."""


@dataclass(frozen=True, slots=True)
class Film:
    """A video of the library, with the name and the description that the article gives it."""

    name: str
    description: str
    video: Picture


@dataclass(frozen=True, slots=True)
class Embed:
    """A film of another site: `player` is the address of its player, `photo` the photo of ours that stands for it."""

    name: str
    description: str
    player: str
    photo: Picture | None


def film_blocks(article: Article) -> tuple[Block, ...]:
    """Return the blocks of an article that are films, in the order of the text."""
    blocks: list[Block] = []

    def note(block: Block) -> str:
        blocks.append(block)
        return ""

    if _MAY_HOLD_ONE.search(article.body):
        render(article.body, note)
    return tuple(block for block in blocks if block.kind in ("video", "embed"))


def films(ctx: Context, article: Article, blocks: Iterable[Block]) -> tuple[Film, ...]:
    """Return those of the `film_blocks` whose video is in the library."""
    found = (_film(ctx, article, block) for block in blocks if block.kind == "video")
    return tuple(film for film in found if film)


def embeds(ctx: Context, article: Article, blocks: Iterable[Block]) -> tuple[Embed, ...]:
    """Return those of the `film_blocks` that lie on another site."""
    return tuple(_embed(ctx, article, block) for block in blocks if block.kind == "embed")


def _film(ctx: Context, article: Article, block: Block) -> Film | None:
    video = picture(ctx, block.data["asset"])
    if video is None:
        return None
    name = block.data["title"] or video.caption or article.title
    return Film(name, block.data["description"] or video.alt or article.description or name, video)


def _embed(ctx: Context, article: Article, block: Block) -> Embed:
    name = block.data["title"] or article.title
    photo = picture(ctx, block.data["photo"]) if block.data["photo"] else None
    player = block.data["player"].partition("?")[0]  # without "play at once": nobody has clicked yet
    return Embed(name, article.description or name, player, photo)
