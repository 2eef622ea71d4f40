"""Whether words can be read on a colour (WCAG 2.2, 1.4.3), and which colours follow from the few that somebody chose.

Colours are "#rrggbb" in lower case.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

TEXT, CONTROL = 4.5, 3.0
"""The least contrast of words, and of the border of a control."""
WHITE, INK = "#ffffff", "#101414"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """Return whether a text is a colour as we write it."""
    return _COLOUR.fullmatch(text) is not None


def ratio(front: str, back: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(front), _luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def reads(front: str, backs: Sequence[str], least: float = TEXT) -> bool:
    """Return whether a colour has enough contrast on every one of `backs`."""
    return all(ratio(front, back) >= least for back in backs)


def mixed(colour: str, other: str, part: float) -> str:
    """Return `colour` with `part` (0 to 1) of `other` in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * part):02x}" for one, two in pairs)


def nearest(colour: str, back: str, least: float = TEXT) -> str:
    """Return the colour of the same hue, as little lighter or darker as it takes to have the contrast on `back`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    for step in range(256):
        for way in (-step, step):
            tried = _from_hls(hue, lightness + way / 255, saturation)
            if 0 <= lightness + way / 255 <= 1 and ratio(tried, back) >= least:
                return tried
    return max((WHITE, "#000000"), key=lambda end: ratio(end, back))


def scheme(accent: str, background: str, text: str) -> dict[str, str]:
    """Return every colour of a page by the name of its token. Words can be read on all of them, given that `accent`
    and `text` can be read on `background`."""
    words = (accent, text)
    light = _luminance(background) > 0.4
    surface = _as_far(background, WHITE, 0.75 if light else 0.05, words)
    raised = _as_far(background, WHITE, 0.75 if light else 0.08, words)
    sunken = _as_far(background, text, 0.045, words)
    soft = _as_far(background, accent, 0.12, words)
    backs = (background, surface, raised, sunken, soft)
    on_accent = max((WHITE, INK), key=lambda ink: ratio(ink, accent))
    return {
        "--bg": background, "--surface": surface, "--raised": raised, "--sunken": sunken, "--text": text,
        "--muted": _fading(text, background, 0.36, backs), "--border": mixed(background, text, 0.13),
        "--control-border": _fading(text, background, 0.6, (background, surface, raised), CONTROL),
        "--accent": accent, "--accent-strong": mixed(accent, "#000000" if on_accent == WHITE else WHITE, 0.22),
        "--on-accent": on_accent, "--accent-text": accent, "--accent-soft": soft,
    }  # fmt: skip


def _as_far(colour: str, towards: str, part: float, words: Sequence[str]) -> str:
    """Return `colour` moved towards another one, at most by `part`, and only as far as the words can be read on it."""
    for share in range(8, 0, -1):
        moved = mixed(colour, towards, part * share / 8)
        if all(ratio(word, moved) >= TEXT for word in words):
            return moved
    return colour


def _fading(text: str, background: str, part: float, backs: Sequence[str], least: float = TEXT) -> str:
    """Return `text` faded into the background, at most by `part`, so that it keeps its contrast."""
    for share in range(24, 0, -1):
        faded = mixed(text, background, part * share / 24)
        if reads(faded, backs, least):
            return faded
    return text


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _from_hls(hue: float, lightness: float, saturation: float) -> str:
    made = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness)), saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in made)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
