"""What is typed into a search, and Markdown without its signs."""

from __future__ import annotations

import pytest

from scheduler.content.plain_text import plain_text
from scheduler.domain.search_words import MOST_TERMS, Term, search_terms


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", ()),
        (" \t ", ()),
        ("knee", (Term("knee", True),)),
        ("knee pain", (Term("knee"), Term("pain", True))),
        ('"dry needling" run', (Term("dry needling"), Term("run", True))),
        ("run “dry needling”", (Term("run"), Term("dry needling"))),
        ('"never closed', (Term("never closed"),)),
        ("- + * ( ) ^ : & ...", ()),
        ("NEAR(a b) OR NOT", (Term("NEAR(a"), Term("b)"), Term("OR"), Term("NOT", True))),
        ("knee \x00\x02 pain", (Term("knee"), Term("pain", True))),
        ("x", (Term("x"),)),
    ],
)
def test_what_is_typed_becomes_words_and_phrases(typed: str, terms: tuple[Term, ...]) -> None:
    assert search_terms(typed) == terms


def test_what_nobody_types_is_cut() -> None:
    assert len(search_terms("a " * 100)) == MOST_TERMS
    assert len(search_terms("a" * 5000)[0].text) == 200


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("## What *is* it?\n\nA **thin** `needle`.", "What is it? A thin needle."),
        ("what *your* knee\nneeds", "what your knee needs"),
        ("- one\n- two\n\n1. three\n\n> four", "one two three four"),
        ('[words](/blog/x/) and ![alt words](asset:a "A caption")', "words and alt words A caption"),
        ("[words][1]\n\n[1]: https://example.org/secret", "words"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a b 1 2"),
        (':::note{title="Author’s Note"}\n\nMine.\n\n:::', "Author’s Note Mine."),
        ("```video\nasset: secret-id\ntitle: A film\ntranscript: |\n  Said here\n```\nAfter", "A film Said here After"),
        ("```faq\nquestions:\n  - question: Will it hurt?\n    answer: A little.\n```", "Will it hurt? A little."),
        ("```gallery\nphotos:\n  - one\n  - asset: two\n    caption: Two shoes\n```", "Two shoes"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("snake_case and _em_ and a\\*b", "snake_case and em and a*b"),
        ("tab\there\x02\x00", "tab here"),
    ],
)
def test_plain_words_of_markdown(markdown: str, words: str) -> None:
    assert plain_text(markdown) == words


@pytest.mark.parametrize(
    "odd", ["[" * 20000, "![" * 20000, "](" * 20000, "```video\n" * 20000, "_*" * 20000, "|" * 20000]
)
def test_odd_texts_take_no_time(odd: str) -> None:
    """A pattern that goes back and forth would need hours for one of these."""
    assert len(plain_text(odd)) <= len(odd)
