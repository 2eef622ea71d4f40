"""Every colour of a page from the three that somebody chose, so that words can be read on all of them."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.domain.colour import READABLE, contrast, mixed

CONTROL = 3.0
"""The least contrast of the border of a control (WCAG 2.2, 1.4.11)."""
WHITE, BLACK = "#ffffff", "#000000"
_STEPS = 24


def palette(accent: str, background: str, text: str) -> dict[str, str]:
    """Return the colour of every token of assets/css/site/00-tokens.css that depends on them.

    Given that `accent` and `text` can be read on `background`, they can be read on all the other surfaces too.
    """
    words, light = (accent, text), contrast(background, BLACK) > 10
    surface = _towards(background, WHITE, 0.75 if light else 0.05, words)
    raised = _towards(background, WHITE, 0.75 if light else 0.08, words)
    sunken = _towards(background, text, 0.045, words)
    soft = _towards(background, accent, 0.12, words)
    on_accent = max((WHITE, BLACK), key=lambda ink: contrast(ink, accent))
    return {
        "bg": background, "surface": surface, "raised": raised, "sunken": sunken, "text": text,
        "muted": _faded(text, background, 0.36, (background, surface, raised, sunken, soft), READABLE),
        "border": mixed(text, background, 0.13),
        "control-border": _faded(text, background, 0.6, (background, surface, raised), CONTROL),
        "accent": accent, "accent-strong": mixed(BLACK if on_accent == WHITE else WHITE, accent, 0.22),
        "on-accent": on_accent, "accent-text": accent, "accent-soft": soft,
    }  # fmt: skip


def _towards(colour: str, other: str, share: float, words: Sequence[str]) -> str:
    """Return `colour` with at most `share` of the other one in it: only as much as leaves the words readable."""
    for step in range(_STEPS, 0, -1):
        moved = mixed(other, colour, share * step / _STEPS)
        if all(contrast(word, moved) >= READABLE for word in words):
            return moved
    return colour


def _faded(text: str, background: str, share: float, backs: Sequence[str], least: float) -> str:
    """Return `text` with at most `share` of the background in it, and with at least that contrast on all of `backs`."""
    for step in range(_STEPS, 0, -1):
        faded = mixed(background, text, share * step / _STEPS)
        if all(contrast(faded, back) >= least for back in backs):
            return faded
    return text
