"""What only Pinterest minds about a pin: its title, its link, the shape of its photos (platform sheet, section 5)."""

from __future__ import annotations

from urllib.parse import urlsplit

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.connectors.pinterest.pins import ALT_CHARACTERS, TITLE_CHARACTERS, alt_of, title_of

LINK_CHARACTERS = 2048
PHOTO_HEIGHT = 200
SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly"}
)
"""Pinterest takes links of shorteners for spam."""
_RATIO_TOLERANCE = 0.005


def option_problems(payload: Payload) -> list[Problem]:
    """Return what is wrong with the title and the cover of a video."""
    problems = []
    title, cover = title_of(payload), payload.options.get("cover_second", "").strip()
    if len(title) > TITLE_CHARACTERS:
        message = f"The title has {len(title)} characters; at most {TITLE_CHARACTERS} are allowed."
        problems.append(Problem("options.title", message))
    if cover and not (cover.isascii() and cover.isdigit() and len(cover) < 5):
        message = "The cover is a whole number of seconds, 3 for example."
        problems.append(Problem("options.cover_second", message))
    return problems


def link_problems(payload: Payload) -> list[Problem]:
    """Return what is wrong with the link: too long, or a shortener's."""
    if payload.link is None:
        return []
    if len(payload.link.url) > LINK_CHARACTERS:
        return [Problem("link", f"The link is longer than the {LINK_CHARACTERS} characters that Pinterest takes.")]
    host = (urlsplit(payload.link.url).hostname or "").removeprefix("www.")
    if host in SHORTENERS:
        return [Problem("link", f"Pinterest takes links of {host} for spam. Use the address of the page itself.")]
    return []


def picture_problems(payload: Payload) -> list[Problem]:
    """Return what is wrong with photos that only Pinterest minds: a low one, and several of different shapes."""
    photos = [(index, item) for index, item in enumerate(payload.media) if not item.is_video]
    problems = [
        Problem(
            f"media.{index}", f"The photo is too low ({item.width} x {item.height} pixels): {PHOTO_HEIGHT} at least."
        )
        for index, item in photos
        if 0 < item.height < PHOTO_HEIGHT
    ]
    ratios = [item.width / item.height for _, item in photos if item.height]
    if ratios and max(ratios) - min(ratios) > _RATIO_TOLERANCE * max(ratios):
        message = "The photos of one pin need the same shape. Crop them alike, or make a pin of each."
        problems.append(Problem("media", message))
    if len(photos) > 1 and len(alt_of(payload)) > ALT_CHARACTERS:
        message = (
            f"The alternative texts of the photos have more than {ALT_CHARACTERS} characters together. Shorten them."
        )
        problems.append(Problem("media", message))
    return problems
