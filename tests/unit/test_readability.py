"""LIX against numbers computed by hand, long sentences, todo marks, and where search engines cut."""

from __future__ import annotations

import pytest

from scheduler.domain import readability, search_result
from scheduler.domain.readability import level, reading, words_of
from scheduler.domain.todo_marks import marks

EASY = "The cat sat on the mat. It saw a dog. The dog ran off."
"""14 words, 3 periods, no long word."""


def test_words() -> None:
    assert words_of("Don't over-do it: 3.5 km at 7 o’clock, self-care!") == [
        "Don't", "over-do", "it", "3.5", "km", "at", "7", "o’clock", "self-care",
    ]  # fmt: skip
    assert words_of("– … 👋 !") == [] and words_of("Bäume für Zoë") == ["Bäume", "für", "Zoë"]


def test_lix_by_hand() -> None:
    """42 words / 9 periods = 4.67, no long words: 5. With 6 long of 48 words and 10 periods: 4.8 + 12.5 = 17.3."""
    easy = reading([EASY] * 3)
    assert (easy.words, easy.periods, easy.long_words, easy.lix) == (42, 9, 0, 5)
    harder = reading([EASY] * 3 + ["Physical therapists recommend strengthening exercises regularly."])
    assert (harder.words, harder.periods, harder.long_words, harder.lix) == (48, 10, 6, 17)


def test_a_colon_ends_a_period_but_no_sentence() -> None:
    found = reading(["Three things help: rest, ice and time."])
    assert (found.words, found.periods, found.sentences) == (7, 2, 1)
    assert reading(["At 10:30 we met."]).periods == 1


def test_exactly_seven_letters_are_long() -> None:
    assert reading(["muscle"]).long_words == 0 and reading(["muscles"]).long_words == 1
    assert reading(["a-b-c-d-e-f"]).long_words == 0 and reading(["1234567"]).long_words == 0


def test_a_short_text_has_no_lix() -> None:
    assert reading([EASY]).lix is None and reading([]).lix is None and reading([]).long_share == 0


def test_long_sentences() -> None:
    long = " ".join(["word"] * 21) + "."
    found = reading([f"Short one. {long}", " ".join(["word"] * 20)])
    assert (found.sentences, found.long_sentences, found.longest) == (3, 1, long)
    assert found.long_share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("lix", "words"), [(29, "very easy"), (30, "easy"), (49, "medium, like a newspaper"), (60, readability.HARDEST)]
)
def test_the_scale(lix: int, words: str) -> None:
    assert level(lix) == words


def test_marks_and_their_lines() -> None:
    text = "One TODO here\nTK and TKTK\n[todo: add a photo of Kim] x\n\nTODO: ask (TK)."
    assert [(mark.text, mark.line) for mark in marks(text)] == [
        ("TODO", 1), ("TK", 2), ("TKTK", 2), ("[todo: add a photo of Kim]", 3), ("TODO:", 5), ("TK", 5),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["todo list", "Todo", "ATK", "TKO", "TK-421", "MASTODON", "my-TODO", "tk", "[to do]"])
def test_what_is_no_mark(text: str) -> None:
    assert marks(text) == []


def test_letters_that_are_words_of_a_language() -> None:
    assert marks("TODO EL CUERPO", "es-MX") == [] and [m.text for m in marks("TODO: foto [todo x]", "es")] == [
        "TODO:", "[todo x]",
    ]  # fmt: skip
    assert marks("Die TK zahlt", "de") == [] and len(marks("The TK pays", "en-US")) == 1


def test_a_title_is_cut_where_google_cuts() -> None:
    assert search_result.title_pixels("Dry needling") == 112
    # by Arial's table: D 722, r 333, y 500, space 278, six of 556 (needng), l and i 222: 5613 thousandths of 20 px
    fits = "What dry needling is, and what it is not"
    assert search_result.shown_title(fits) == fits
    cut = search_result.shown_title(
        "How dry needling helps runners with stubborn calf pain to get back on the road again"
    )
    assert cut.endswith("…") and search_result.title_pixels(cut) <= search_result.TITLE_PIXELS
    assert 50 < len(cut) < 70 and not cut[:-1].endswith(" ")
    assert search_result.title_pixels(search_result.shown_title("W" * 300)) <= search_result.TITLE_PIXELS
    assert search_result.title_pixels("針治療") == 60


def test_hostile_texts_cost_little() -> None:
    for text in ("a" * 400_000, "[todo " * 60_000, "TK" * 200_000, "a: " * 100_000, "a-" * 200_000, "1." * 200_000):
        marks(text)
        reading([text])
        assert len(search_result.shown_title(text[:1000])) < 200
