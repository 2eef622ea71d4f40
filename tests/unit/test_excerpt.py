"""Sentences out of plain text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.excerpt import excerpt, first_question, first_sentence, sentences, shortened

TEXT = """Finding the spot

Dr. Lee puts one hand on the calf. "Does it hurt?" Most runners nod.

A knot, e.g. in the soleus, is easy to miss."""


def test_sentences_survive_abbreviations_quotes_and_headings() -> None:
    assert sentences(TEXT) == [
        "Finding the spot",
        "Dr. Lee puts one hand on the calf.",
        '"Does it hurt?"',
        "Most runners nod.",
        "A knot, e.g. in the soleus, is easy to miss.",
    ]


def test_first_sentence_passes_over_a_heading() -> None:
    assert first_sentence(TEXT) == "Dr. Lee puts one hand on the calf."
    assert first_sentence("Only a heading") == "Only a heading"
    assert first_sentence("") == ""


def test_first_question() -> None:
    assert first_question(TEXT) == '"Does it hurt?"'
    assert first_question("Nothing is asked.") == ""


def test_excerpt_prefers_whole_sentences_and_cuts_at_words() -> None:
    assert excerpt("One two. Three four. Five six.", 22) == "One two. Three four."
    assert excerpt("Alpha beta gamma delta.", 17) == "Alpha beta gamma…"
    assert excerpt(TEXT, 70) == 'Dr. Lee puts one hand on the calf. "Does it hurt?" Most runners nod.'
    assert shortened("Alpha, beta", 8) == "Alpha…"


@given(st.text(max_size=300), st.integers(2, 120))
def test_an_excerpt_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert len(excerpt(text, longest)) <= longest
