"""What a person typed into a search field, taken apart: words, phrases in quotes, and the beginning of a last word."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 200
MOST_TERMS = 12
LEAST = 4
"""Letters of a beginning before its endings are thought of."""
ENDINGS = (
    "able",
    "al",
    "ance",
    "ation",
    "ations",
    "ative",
    "ed",
    "ement",
    "ence",
    "ent",
    "er",
    "ful",
    "fully",
    "ible",
    "ical",
    "ing",
    "ings",
    "ion",
    "ions",
    "ism",
    "ities",
    "ity",
    "ive",
    "ize",
    "ization",
    "ly",
    "ment",
    "ments",
    "ness",
    "ous",
)
"""What Porter's stemmer, which the search file uses for English, takes off (tartarus.org/martin/PorterStemmer)."""
_PARTS = re.compile(r"[\"“”„«»]([^\"“”„«»]*)(?:[\"“”„«»]|$)|([^\s\"“”„«»]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or the words of a phrase. `prefix` says that it may be the beginning of a longer word.

    `wholes` are English words that it may be the beginning of and whose root is shorter than itself.
    """

    text: str
    prefix: bool = False
    wholes: tuple[str, ...] = ()


def search_terms(typed: str, english: bool = False) -> tuple[Term, ...]:
    """Return the terms of a search; every one must be found. Signs without a letter or digit are passed over.

    `english` says that words are looked for by their roots: "runnin" must be understood as the beginning of "running".
    What is longer than 200 characters or 12 terms is cut: nobody searches so, and programs must not make it slow.
    """
    terms: list[Term] = []
    for phrase, word in _PARTS.findall(typed[:LONGEST]):
        text = " ".join("".join(c if c.isprintable() else " " for c in phrase or word).split())
        if any(c.isalnum() for c in text):
            terms.append(Term(text, prefix=bool(word)))
    return tuple(_ready(t, t is terms[-1], english) for t in terms[:MOST_TERMS])


def _ready(term: Term, last: bool, english: bool) -> Term:
    """Return a term as it is looked for: only the last word may be a beginning."""
    prefix = term.prefix and last and len(term.text) > 1
    return Term(term.text, prefix, tuple(_wholes(term.text.lower())) if prefix and english else ())


def _wholes(beginning: str) -> list[str]:
    """Return the words that end in a way which English roots are without, and whose end is begun already.

    "needli" may become "needling", which is kept as "needl" and would not be found by a longer beginning. A doubled
    last letter ("runn") is the trace of an ending, too.
    """
    if len(beginning) < LEAST or not (beginning.isascii() and beginning.isalpha()):
        return []
    doubled = beginning[-1] == beginning[-2]
    begun = [
        beginning[:-letters] + ending
        for ending in ENDINGS
        for letters in range(1, len(ending))
        if beginning.endswith(ending[:letters])
    ]
    return [*begun, *(beginning + ending for ending in ("ing", "ed", "er") if doubled)]
