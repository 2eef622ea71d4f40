"""The picture of a link card for an article without a photo: its title on the site's colours, 1200 by 630 pixels.

Drawn when it is asked for, and kept in the data folder under a name that says all that it shows.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scheduler.domain.article import Kind
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.theme_rules import Theme

WIDTH, HEIGHT = 1200, 630
"""What Facebook, LinkedIn, X and the others show whole."""
MARGIN = 80
LINES = 5
SIZES = (84, 72, 62, 54, 46)
"""The title is set in the largest of these that fits."""
_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})-([0-9a-f]{16})\.png")


def path(ctx: Context, article_id: str, title: str) -> str:
    """Return the path of an article's card."""
    return f"/media/cards/{article_id}-{_digest(ctx, title)}.png"


def card(ctx: Context, name: str) -> bytes:
    """Return the PNG of a card by its file name. Raises `NotFound` unless it is the card of a public article now."""
    match = _NAME.fullmatch(name)
    article = ctx.articles.by_id(match[1]) if match else None
    title = (article.card.title or article.title) if article else ""
    known = ctx.articles.public(ctx.clock.now_ms()) if article and article.kind is Kind.ARTICLE else ()
    public = article is not None and (
        article in known or any(page.id == article.id for page in ctx.articles.pages(ctx.clock.now_ms()))
    )
    if match is None or not public or match[2] != _digest(ctx, title):
        raise NotFound("There is no picture at this address.")
    file = ctx.settings.data / "cards" / name
    if not file.exists():
        _keep(file, draw(title, ctx.settings.site.name, ctx.settings.site.theme))
    return file.read_bytes()


def draw(title: str, site: str, theme: Theme) -> bytes:
    """Return the PNG of a card."""
    image = Image.new("RGB", (WIDTH, HEIGHT), theme.background)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 24, HEIGHT), fill=theme.accent)
    font, lines = _fitting(pen, title)
    step = round(font.size * 1.2)
    top = max(MARGIN, (HEIGHT - MARGIN - step * len(lines)) // 2 - 20)
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + number * step), line, font=font, fill=theme.text)
    pen.text((MARGIN, HEIGHT - MARGIN - 20), site[:60], font=_font(34), fill=theme.accent)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitting(pen: ImageDraw.ImageDraw, title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the largest font in which the title fits, and its lines; a title that never fits is cut."""
    words = title.split() or ["Untitled"]
    for size in SIZES:
        font = _font(size)
        lines = _broken(pen, words, font)
        if len(lines) <= LINES:
            return font, lines
    return font, [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]


def _broken(pen: ImageDraw.ImageDraw, words: list[str], font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font=font) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(_cut(pen, word, font))
    return [line for line in lines if line] or [""]


def _cut(pen: ImageDraw.ImageDraw, word: str, font: ImageFont.FreeTypeFont) -> str:
    while pen.textlength(word, font=font) > WIDTH - 2 * MARGIN:
        word = word[:-2]
    return word


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)  # comes with Pillow, so that it is the same everywhere
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _digest(ctx: Context, title: str) -> str:
    theme = ctx.settings.site.theme
    shown = "\0".join(("1", title, ctx.settings.site.name, theme.accent, theme.background, theme.text))
    return hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()[:16]


def _keep(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    fresh.write_bytes(data)
    fresh.replace(file)
