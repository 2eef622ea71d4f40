"""The picture of a link card for an article without a photo: its title on the site's colours, 1200 by 630 pixels.

Drawn when it is asked for, and kept in the data folder under a name that says all that it shows.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from pathlib import Path

from PIL import Image, ImageDraw

from scheduler.domain.article import is_public
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.site.lettering import Hand
from scheduler.theme_rules import Theme

WIDTH, HEIGHT = 1200, 630
"""What Facebook, LinkedIn, X and the others show whole."""
MARGIN = 80
LINES = 5
SIZES = (84, 72, 62, 54, 46)
"""The title is set in the largest of these that fits."""
NAME_SIZE = 34
_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})-([0-9a-f]{16})\.png")


def path(ctx: Context, article_id: str, title: str) -> str:
    """Return the path of an article's card."""
    return f"/media/cards/{article_id}-{_digest(ctx, title)}.png"


def card(ctx: Context, name: str) -> bytes:
    """Return the PNG of a card by its file name. Raises `NotFound` unless it is the card of a public article now."""
    match = _NAME.fullmatch(name)
    article = ctx.articles.by_id(match[1]) if match else None
    title = (article.card.title or article.title) if article else ""
    public = article is not None and is_public(article, ctx.clock.now_ms())
    if match is None or not public or match[2] != _digest(ctx, title):
        raise NotFound("There is no picture at this address.")
    file = ctx.settings.data / "cards" / name
    if not file.exists():
        _keep(file, draw(title, ctx.settings.site.name, ctx.settings.site.theme))
    return file.read_bytes()


def draw(title: str, site: str, theme: Theme) -> bytes:
    """Return the PNG of a card: the title and the site's name, without what our fonts have no letters for."""
    image = Image.new("RGB", (WIDTH, HEIGHT), theme.background)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 24, HEIGHT), fill=theme.accent)
    small = Hand(theme.font, NAME_SIZE, 500)
    names = [words for words in (title, site) if small.knows(words)]
    if names:
        _write_title(pen, names[0], theme)
    if len(set(names)) == 2:
        small.write(pen, (MARGIN, HEIGHT - MARGIN), _cut(site, small), theme.accent)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _write_title(pen: ImageDraw.ImageDraw, title: str, theme: Theme) -> None:
    letters, lines = _fitting(title, theme.font)
    step = round(letters.size * 1.2)
    top = max(MARGIN, (HEIGHT - MARGIN - step * len(lines)) // 2 - 20)
    for number, line in enumerate(lines):
        letters.write(pen, (MARGIN, top + letters.size + number * step), line, theme.text)


def _fitting(title: str, font: str) -> tuple[Hand, list[str]]:
    """Return the largest letters in which the title fits, and its lines; a title that never fits is cut."""
    words = title.split() or ["Untitled"]
    for size in SIZES:
        letters = Hand(font, size, 700)
        lines = _broken(words, letters)
        if len(lines) <= LINES:
            return letters, lines
    return letters, [*lines[: LINES - 1], _cut(lines[LINES - 1] + " ", letters, "…")]


def _broken(words: list[str], letters: Hand) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if letters.width(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(_cut(word, letters))
    return [line for line in lines if line] or [""]


def _cut(words: str, letters: Hand, end: str = "") -> str:
    """Return what fits on a line with `end` after it; a text that fits is whole."""
    while letters.width(words + end) > WIDTH - 2 * MARGIN:
        words = words[:-1]
    return words + end


def _digest(ctx: Context, title: str) -> str:
    theme = ctx.settings.site.theme
    colours = theme.accent, theme.background, theme.text
    shown = "\0".join(("2", title, ctx.settings.site.name, theme.font, *colours))
    return hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()[:16]


def _keep(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    fresh.write_bytes(data)
    fresh.replace(file)
