"""How hard a text is to read: LIX, and the sentences and paragraphs that are too long.

LIX (läsbarhetsindex) is Carl-Hugo Björnsson's, from "Läsbarhet", Stockholm: Liber, 1968:

    LIX = words / periods + 100 * long words / words

A long word has more than six letters; a period ends at a full stop, a colon, a question or exclamation mark, or where
a paragraph ends. It needs no list of syllables, so it works for any language written with letters and spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.domain.excerpt import sentences

LONG_WORD_LETTERS = 7
LONG_SENTENCE_WORDS = 20
"""A sentence of more words is long; this and the next two are the usual thresholds of editors' tools."""
MOST_LONG_SENTENCES = 0.25
LONG_PARAGRAPH_WORDS = 150
FEWEST_WORDS = 40
"""Of fewer words nothing can be said."""

SCALE = ((30, "very easy"), (40, "easy"), (50, "medium, like a newspaper"), (60, "difficult, like an official letter"))
"""Björnsson's scale: below the number, the words; from 60 on it is `HARDEST`."""
HARDEST = "very difficult, like a textbook"
EASY_ENOUGH = 50
"""Below this, people read a text about their health without effort."""

_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?|\d[\w.,'’-]*")
_LETTER = re.compile(r"[^\W\d_]")
_COLON = re.compile(r":\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was counted. `lix` is None for a text that is too short to say; `longest` is the longest sentence."""

    words: int
    periods: int
    long_words: int
    sentences: int
    long_sentences: int
    longest: str
    lix: int | None

    @property
    def long_share(self) -> float:
        """Return the share of long sentences, 0 to 1."""
        return self.long_sentences / self.sentences if self.sentences else 0.0


def reading(paragraphs: Sequence[str]) -> Reading:
    """Count the words, periods and long words of some paragraphs of plain text."""
    found = [sentence for paragraph in paragraphs for sentence in sentences(paragraph) if words_of(sentence)]
    every = [word for sentence in found for word in words_of(sentence)]
    long_words = sum(len(_LETTER.findall(word)) >= LONG_WORD_LETTERS for word in every)
    periods = len(found) + sum(len(_COLON.findall(sentence)) for sentence in found)
    lengths = [len(words_of(sentence)) for sentence in found]
    lix = round(len(every) / periods + 100 * long_words / len(every)) if len(every) >= FEWEST_WORDS else None
    return Reading(
        words=len(every),
        periods=periods,
        long_words=long_words,
        sentences=len(found),
        long_sentences=sum(length > LONG_SENTENCE_WORDS for length in lengths),
        longest=max(found, key=lambda sentence: len(words_of(sentence)), default=""),
        lix=lix,
    )


def words_of(text: str) -> list[str]:
    """Return the words of plain text; a hyphen or an apostrophe inside makes no second one."""
    return _WORD.findall(text)


def level(lix: int) -> str:
    """Return what a LIX means, in words."""
    return next((words for below, words in SCALE if lix < below), HARDEST)
