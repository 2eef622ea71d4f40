"""What a person typed into a search field, taken apart: words, phrases in quotes, and the beginning of a last word."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 200
MOST_TERMS = 12
_PARTS = re.compile(r"[\"“”„«»]([^\"“”„«»]*)(?:[\"“”„«»]|$)|([^\s\"“”„«»]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or the words of a phrase. `prefix` says that it may be the beginning of a longer word."""

    text: str
    prefix: bool = False


def search_terms(typed: str) -> tuple[Term, ...]:
    """Return the terms of a search; every one must be found. Signs without a letter or digit are passed over.

    What is longer than 200 characters or 12 terms is cut: nobody searches so, and programs must not make it slow.
    """
    terms: list[Term] = []
    for phrase, word in _PARTS.findall(typed[:LONGEST]):
        text = " ".join("".join(c if c.isprintable() else " " for c in phrase or word).split())
        if any(c.isalnum() for c in text):
            terms.append(Term(text, prefix=bool(word)))
    return tuple(Term(t.text, t.prefix and t is terms[-1] and len(t.text) > 1) for t in terms[:MOST_TERMS])
