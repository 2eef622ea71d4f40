"""How X counts, against the vectors that X publishes; they lie beside this repository, a few of them here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scheduler.platforms.connectors.x.text import cashtags_in, has_unusable, links_in, weighted_length

VECTORS = next(
    (found for folder in Path(__file__).parents if (found := folder / "shared/specs/x/twitter-text").is_dir()), None
)
COUNTED = {
    "": 0,
    "I am a post": 11,
    "の": 2,
    "café": 4,
    "cafe\u0301": 4,
    "🐱": 2,
    "👨‍👩‍👧‍👦": 2,
    "👍🏽": 2,
    "1️⃣": 2,
    "🇩🇪": 2,
    "©": 1,
    "☺️": 2,
    "“quoted”": 8,
    "See https://clinic.example.com/a/very/long/path?with=words#and-more now": 31,
    "clinic.com": 23,
    "clinic.invalidtld": 17,
    "(https://clinic.com/a_(b))": 25,
    "Read clinic.com.": 29,
    "me@clinic.com": 13,
    "http://clinic.com http://clinic.com": 47,
}


def vectors(file: str, *groups: str) -> list[dict[str, Any]]:
    if VECTORS is None:
        return []
    tests = YAML(typ="safe").load((VECTORS / file).read_text("utf-8"))["tests"]
    return [vector for group in groups for vector in tests[group]]


@pytest.mark.parametrize(("text", "length"), COUNTED.items())
def test_counting(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_every_published_vector_of_weighted_length() -> None:
    groups = ("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")
    wrong = [
        (vector["description"], weighted_length(vector["text"]), vector["expected"]["weightedLength"])
        for vector in vectors("validate.yml", *groups)
        if weighted_length(vector["text"]) != vector["expected"]["weightedLength"]
    ]
    assert wrong == []


def test_every_published_vector_of_links() -> None:
    wrong = [
        (vector["description"], found, vector["expected"])
        for vector in vectors("extract.yml", "urls")
        if (found := [vector["text"][start:end] for start, end in links_in(vector["text"])]) != vector["expected"]
    ]
    assert wrong == []


def test_a_hostile_text_is_counted_at_once() -> None:
    assert weighted_length("a." * 50_000) == 100_000
    assert weighted_length("https://" + "a-" * 50_000) == 100_008
    assert weighted_length("https://a.com/" + "(" * 50_000) > 0
    assert weighted_length("\u200d" * 20_000) > 0


def test_cashtags_and_characters_that_are_refused() -> None:
    assert (cashtags_in("$TWTR and $GOOG"), cashtags_in("costs $5 or US$"), cashtags_in("x$TWTR")) == (2, 0, 0)
    assert has_unusable("a\ufffe") and not has_unusable("a")
