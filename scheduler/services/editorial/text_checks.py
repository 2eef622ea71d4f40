"""Checks of the text itself: how it reads, how it is divided, and what it promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, normalize

from scheduler.content.markdown import WORDS_PER_MINUTE
from scheduler.content.outline import Outline
from scheduler.domain import readability
from scheduler.domain.article import Article, Kind
from scheduler.domain.check import Check, Place, State, line_places
from scheduler.domain.readability import Reading, reading, words_of
from scheduler.services.editorial.unfinished import Unfinished

FEW_WORDS = 300
"""An article of fewer words rarely answers a question; a longer one needs headings."""
FIRST_WORDS = 80

_EMPTY_WORDS = frozenset(
    (
        *("", "here", "click here", "click", "read more", "more", "learn more", "find out more", "this", "this link"),
        *("this page", "this article", "link", "see here", "go", "continue", "details"),
    )
)
_PROMISES = re.compile(
    r"\b(guarantee[ds]?|cure[ds]?|miracles?|miraculous|risk[- ]free|no side effects|clinically proven|"
    r"permanent(?:ly)? (?:relief|fix|cure)|instant (?:relief|results?)|"
    r"100 ?(?:%|percent) (?:safe|effective|success|pain[- ]free)|"
    r"the best (?:clinic|therapists?|doctors?|physical therapists?))\b",
    re.IGNORECASE,
)

_DENIED = re.compile(r"(?:\b(?:no|not|never|cannot|without)|n['’]t)(?:\s+\w+){0,2}\s+$", re.IGNORECASE)
"""Before such a word it is no promise: "not a cure"."""


def checks(text: Outline, article: Article, language: str) -> Iterator[Check]:
    """Yield the checks of a text; `language` is the site's, for an article that names none."""
    counted = reading([piece.text for piece in text.paragraphs])
    yield _length(counted, article)
    yield _beginning(text, article)
    yield _headings(text, counted)
    yield _lix(counted)
    yield _sentences(text, counted)
    yield _paragraphs(text)
    yield _link_words(text)
    if (article.lang or language).casefold().startswith("en"):
        yield _promises(text)


def todo_check(marks: list[Unfinished]) -> Check:
    """Return the check of the marks that something is still to come."""
    lines = line_places([(mark.line, mark.text) for mark in marks if mark.line])
    fields = [Place(mark.field, f"{mark.field.capitalize()}: {mark.text}") for mark in marks if not mark.line]
    found = f"{len(marks)} still to do." if marks else "No TODO, TK or [todo] is left."
    way = "Write what they stand for, or take them out." if marks else ""
    why = "Marks like TODO and TK are yours: an article with one of them is not published."
    state = State.BLOCKS if marks else State.GOOD
    return Check("todo", "Todo marks", state, found, why, way, (*lines, *fields))


def _length(counted: Reading, article: Article) -> Check:
    minutes = max(1, round(counted.words / WORDS_PER_MINUTE))
    short = counted.words < FEW_WORDS and article.kind is Kind.ARTICLE
    found = f"{counted.words} word{'s' if counted.words != 1 else ''}, {minutes} min read."
    why = "Very short articles seldom answer what people searched for, and are seldom found."
    way = f"From about {FEW_WORDS} words on there is room for a question and its answer." if short else ""
    return Check("length", "Reading time", _state(short), found, why, way, line_places([(1, "")]) if short else ())


def _beginning(text: Outline, article: Article) -> Check:
    first = text.paragraphs[0] if text.paragraphs else None
    why = "Readers decide by the first sentences whether to stay; networks and search engines show them too."
    if first is None:
        return _check(
            "beginning", "First words", "There is no text yet.", why, "Begin with what the reader wants to know."
        )
    long = len(words_of(first.text)) > FIRST_WORDS
    says = _names_subject(first.text, article.title)
    if not long and says:
        return _check("beginning", "First words", "The first paragraph is short and names the subject.", why)
    found = (
        f"The first paragraph has {len(words_of(first.text))} words."
        if long
        else "The first paragraph has no word of the title."
    )
    way = f"Say in at most {FIRST_WORDS} words, with a word of the title, what the reader will know at the end."
    return _check("beginning", "First words", found, why, way, [(first.line, "")])


def _headings(text: Outline, counted: Reading) -> Check:
    wrong, before = [], 1
    for heading in text.headings:
        if heading.level == 1:
            wrong.append((heading.line, f"“{heading.text[:50]}” is a second title (#); write ##"))
        elif heading.level > before + 1:
            wrong.append((heading.line, f"“{heading.text[:50]}” jumps from level {before} to level {heading.level}"))
        before = max(2, heading.level)
    why = "People skim headings, and with a screen reader they jump from one to the next; a gap looks like a lost page."
    if wrong:
        way = "Use ## for the parts of the text and ### for parts of a part."
        return _check("headings", "Headings", f"{len(wrong)} out of order.", why, way, wrong)
    if not text.headings and counted.words > FEW_WORDS:
        way = f"Put a heading (##) above each part, about every {FEW_WORDS} words."
        return _check("headings", "Headings", f"{counted.words} words without any heading.", why, way, [(1, "")])
    return _check("headings", "Headings", f"{len(text.headings)}, in order.", why)


def _lix(counted: Reading) -> Check:
    why = "Most people read a text about their health in a hurry or in pain; below 50 (LIX) it takes no effort."
    if counted.lix is None:
        return _check("lix", "Readability", "Too short to say.", why)
    found = f"LIX {counted.lix}: {readability.level(counted.lix)}."
    if counted.lix < readability.EASY_ENOUGH:
        return _check("lix", "Readability", found, why)
    way = "Shorter sentences and shorter words bring it down; explain a term once, then use everyday words."
    return _check("lix", "Readability", found, why, way, [(1, "")])


def _sentences(text: Outline, counted: Reading) -> Check:
    share = round(100 * counted.long_share)
    limit = round(100 * readability.MOST_LONG_SENTENCES)
    found = f"{share} % have more than {readability.LONG_SENTENCE_WORDS} words."
    why = "A long sentence must be read twice; one in four does no harm."
    if share <= limit:
        return _check("sentences", "Sentences", found, why)
    lines = [
        (piece.line, f"{len(words_of(part.longest))} words: “{part.longest[:50]}…”")
        for piece in text.paragraphs
        if (part := reading([piece.text])).long_sentences
    ]
    return _check("sentences", "Sentences", found, why, "Make two of one where you find an “and” or a comma.", lines)


def _paragraphs(text: Outline) -> Check:
    most = readability.LONG_PARAGRAPH_WORDS
    lines = [(p.line, f"{n} words") for p in text.paragraphs if (n := len(words_of(p.text))) > most]
    why = "On a phone a long paragraph fills the whole screen, and looks like work."
    if not lines:
        return _check("paragraphs", "Paragraphs", f"None is longer than {most} words.", why)
    found = f"{len(lines)} longer than {most} words."
    return _check("paragraphs", "Paragraphs", found, why, "Break it where a new thought begins.", lines)


def _link_words(text: Outline) -> Check:
    lines = [
        (link.line, f"“{link.words[:60]}”" if link.words else "a link without words")
        for link in text.links
        if (link.words.casefold().strip(" .…!»›→>") in _EMPTY_WORDS or link.words == link.href)
        and not (link.href.startswith("article:") and link.words in ("", link.href))  # that one shows the title
    ]
    why = "Whoever hears or skims only the links must know where each one leads; so must search engines."
    if not lines:
        return _check("link-words", "Words of links", "Each link says where it leads.", why)
    way = "Link the words that name the page: “how dry needling works”, not “click here”."
    return _check("link-words", "Words of links", f"{len(lines)} do not say where they lead.", why, way, lines)


def _promises(text: Outline) -> Check:
    lines = [
        (piece.line, f"“{match[0]}”")
        for piece in text.words
        for match in _PROMISES.finditer(piece.text)
        if not _DENIED.search(piece.text[max(0, match.start() - 30) : match.start()])
    ]
    why = "Advertising rules for health care forbid promises of success in most places, and readers doubt them."
    if not lines:
        return _check("promises", "Promises", "No word promises a cure.", why)
    way = "Say what usually happens, for whom, and where you know it from. This is a hint: you know your rules."
    return _check("promises", "Promises", f"{len(lines)} word{'s' * (len(lines) > 1)} to look at.", why, way, lines)


def _check(
    key: str, name: str, found: str, why: str, way: str = "", lines: list[tuple[int, str]] | None = None
) -> Check:
    return Check(key, name, _state(bool(way)), found, why, way, line_places(lines or []))


def _state(better: bool) -> State:
    return State.BETTER if better else State.GOOD


def _names_subject(text: str, title: str) -> bool:
    """Return whether a text has a word that begins as a longer word of the title does; Chinese or Thai has no gaps."""
    stems = {word[:5] for word in words_of(_letters(title)) if len(word) > 3}
    found = _letters(text[:2000])
    words = words_of(found)
    return not stems or any(
        any(word.startswith(stem) for word in words) or (not stem.isascii() and stem in found) for stem in stems
    )


def _letters(text: str) -> str:
    """Return a text in small letters without accents."""
    return "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))
