"""Letters in drawn pictures: every sign in a font that has it, and none where no font has."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from scheduler.services.site.card_image import draw
from scheduler.services.site.lettering import Hand
from scheduler.theme_rules import FONTS, Theme

KNOWN = "Ferry – “Łódź” für éñçøßğő €, Ελλάδα, Привет"


@pytest.mark.parametrize("font", FONTS)
def test_every_font_writes_the_alphabets_of_the_site(font: str) -> None:
    letters = Hand(font, 40, 700)
    assert letters.knows(KNOWN)
    assert not letters.knows("膝の痛み")
    assert drawn(letters, "é") not in (drawn(letters, "e"), drawn(letters, "\U0010ffff"))


def drawn(letters: Hand, text: str) -> bytes:
    """Return the picture of a text."""
    image = Image.new("L", (200, 60))
    letters.write(ImageDraw.Draw(image), (0, 50), text, "white")
    return image.tobytes()


def test_a_text_is_as_wide_as_its_runs() -> None:
    letters = Hand("lora", 30)
    assert letters.width("Ab Привет") == pytest.approx(letters.width("Ab ") + letters.width("Привет"))


def test_a_title_without_letters_leaves_the_name_of_the_site() -> None:
    theme = Theme()
    assert draw("膝の痛み", "Ferry Street", theme) == draw("Ferry Street", "Ferry Street", theme)
    assert draw("膝の痛み", "東京", theme) == draw("診療", "東京", theme)
    assert draw("Knees", "Ferry Street", theme) != draw("Knees", "東京", theme)
