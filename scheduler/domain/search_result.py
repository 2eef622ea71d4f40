"""How a search engine shows a page: where it cuts title and description.

Google cuts by width, not by characters: a title at about 580 px of 20 px Arial, a description at about 160 characters
on a desktop and 120 on a phone. These are observations, not promises; Google may show other words altogether
(developers.google.com/search/docs/appearance/title-link, .../snippet: "no limit", "truncated as needed").
"""

from __future__ import annotations

from scheduler.domain.excerpt import shortened

TITLE_PIXELS = 580
SHORT_TITLE_PIXELS = 200
FONT_PIXELS = 20
DESCRIPTION_CHARACTERS = 160
SHORT_DESCRIPTION_CHARACTERS = 70

# Advance widths of Arial in thousandths of the size, as its metrics table gives them (the same as Helvetica's).
_WIDTHS = (
    {chr(code): 556 for code in range(32, 127)}
    | dict.fromkeys("ijl'`|", 222)
    | dict.fromkeys(" !,./:;I[\\]ft", 278)
    | dict.fromkeys("()-r`{}", 333)
    | dict.fromkeys("ckszvxyJ", 500)
    | dict.fromkeys("<=>+~", 584)
    | dict.fromkeys("FTZ", 611)
    | dict.fromkeys("ABEKPSVXY&", 667)
    | dict.fromkeys("CDHNRUw", 722)
    | dict.fromkeys("GOQ", 778)
    | {'"': 355, "*": 389, "%": 889, "M": 833, "m": 833, "W": 944, "@": 1015, "^": 469, "…": 1000, "—": 1000}
)
_UNKNOWN = 556
_WIDE = 1000
"""A letter of a script whose letters are as wide as high."""


def title_pixels(title: str) -> int:
    """Return how wide a title is in a list of results, in pixels."""
    return round(sum(_width(letter) for letter in title) * FONT_PIXELS / 1000)


def shown_title(title: str) -> str:
    """Return a title as a list of results shows it: whole, or cut at a word with an ellipsis."""
    if title_pixels(title) <= TITLE_PIXELS:
        return title
    end = len(title)
    while end > 1 and title_pixels(f"{title[:end]}…") > TITLE_PIXELS:
        end -= max(1, (title_pixels(title[:end]) - TITLE_PIXELS) // FONT_PIXELS)
    head = title[:end]
    if " " in head.strip() and not title[end : end + 1].isspace():
        head = head.rsplit(" ", 1)[0]
    return f"{head.rstrip(' ,;:.–-')}…"


def shown_description(description: str) -> str:
    """Return a description as a list of results shows it on a desktop."""
    return shortened(description, DESCRIPTION_CHARACTERS)


def _width(letter: str) -> int:
    return _WIDTHS.get(letter) or (_WIDE if ord(letter) >= 0x1100 else _UNKNOWN)
