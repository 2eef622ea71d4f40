"""Sentences out of plain text: the first one, the first question, and an excerpt of a given length."""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset({"dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "e.g", "i.e", "approx", "no", "fig"})
_LONGEST_END = 60
"""Characters at the end of a sentence that are looked through for an abbreviation."""
_BREAK = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]*[^\W_])|\n\s*\n+")


def sentences(text: str) -> list[str]:
    """Return the sentences of plain text, in order; a blank line ends one too."""
    found: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        # Only the end is looked at here: a text of nothing but "dr. dr. dr." would else be read over and over.
        if "\n\n" not in match[0] and _ends_in_abbreviation(text[max(start, match.end() - _LONGEST_END) : match.end()]):
            continue
        candidate = _one_line(text[start : match.end()])
        start = match.end()
        if candidate:
            found.append(candidate)
    rest = _one_line(text[start:])
    return [*found, rest] if rest else found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _ends_in_abbreviation(sentence: str) -> bool:
    words = sentence.split()
    last = words[-1].lower().lstrip("(\"'“‘") if words else ""
    return last.endswith(".") and (last[:-1] in _ABBREVIATIONS or re.fullmatch(r"[a-z]\.", last) is not None)


def first_sentence(text: str) -> str:
    """Return the first whole sentence of plain text, passing over lines that end without a full stop (headings)."""
    found = sentences(text)
    return next((sentence for sentence in found if _is_whole(sentence)), found[0] if found else "")


def _is_whole(sentence: str) -> bool:
    return sentence.rstrip("\"'”’)").endswith((".", "!", "?", "…"))


def first_question(text: str) -> str:
    """Return the first question of plain text, or ""."""
    return next((sentence for sentence in sentences(text) if sentence.rstrip("\"'”’)").endswith("?")), "")


def excerpt(text: str, longest: int) -> str:
    """Return the beginning of plain text: whole sentences if they fit, else whole words and an ellipsis.

    Headings are left out: between two sentences they read like a slip.
    """
    found = sentences(text)
    taken = ""
    for sentence in [sentence for sentence in found if _is_whole(sentence)] or found:
        longer = f"{taken} {sentence}".strip()
        if len(longer) > longest:
            break
        taken = longer
    return taken or shortened(_one_line(text), longest)


def shortened(text: str, longest: int) -> str:
    """Return `text` cut at a word, with an ellipsis, when it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    if " " in head and text[longest - 1] != " ":
        head = head.rsplit(" ", 1)[0]
    return f"{head.rstrip(' ,;:.–-')}…"
