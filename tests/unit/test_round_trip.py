"""What the visual editor does to a text: nothing that a reader could see, and nothing at all to what is not edited.

A thousand texts by chance; `python -m tests.round_trip --documents 20000 --seed 7` takes as many as one has time for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.content.blocks import DATA_KINDS, PROSE_KINDS
from scheduler.content.markdown import CALLOUTS, LARGEST_CHARACTERS
from tests.round_trip.codec import Codec, faults, running_codec
from tests.round_trip.corpus import CONSTRUCTS, HOSTILE, long_article, samples
from tests.round_trip.documents import documents
from tests.round_trip.made import MADE

GRAMMAR = Path(__file__).parents[2] / "assets/js/editor/grammar.js"


@pytest.fixture(scope="module")
def codec() -> Iterator[Codec]:
    with running_codec() as running:
        yield running


def test_every_construct_survives(codec: Codec) -> None:
    texts = [*CONSTRUCTS.values(), *samples().values(), long_article()]
    changed = {
        text[:80]: found
        for text, answer in codec.answers(texts, thorough=lambda _: True)
        if (found := faults(text, answer))
    }
    assert changed == {}


def test_only_what_the_editor_cannot_hold_is_opened_raw(codec: Codec) -> None:
    texts = [*CONSTRUCTS.values(), *samples().values()]
    refused = {
        text: answer["refused"] for text, answer in codec.answers(texts, thorough=lambda _: False) if answer["refused"]
    }
    assert refused == {}


def test_a_thousand_texts_by_chance_survive(codec: Codec) -> None:
    texts = list(documents(1000, 2026))
    asked = codec.answers(texts, thorough=lambda index: index % 10 == 0)
    changed = {text: found for text, answer in asked if (found := faults(text, answer))}
    assert changed == {}


def test_what_only_an_editor_makes_is_written_so_that_it_says_the_same(codec: Codec) -> None:
    written = {name: codec.written(block) for name, (block, _) in MADE.items()}
    assert written == {name: markdown for name, (_, markdown) in MADE.items()}


def test_hostile_texts_are_kept_or_opened_raw_with_a_reason(codec: Codec) -> None:
    texts = list(HOSTILE.values())
    for name, (text, answer) in zip(HOSTILE, codec.answers(texts, thorough=lambda _: False), strict=True):
        assert answer.get("kept") == text, name
        assert not answer["refused"] or re.match(r"(Line \d|The text has )", answer["refused"]), name


def test_deep_nesting_is_named_with_its_line(codec: Codec) -> None:
    ((_, answer),) = codec.answers(["fine\n\n" + ">" * 30 + " a"], thorough=lambda _: False)
    assert answer["refused"] == "Line 3 is nested deeper than pages show: its lists and quotes hold one another."


def test_the_browser_knows_the_blocks_of_the_server() -> None:
    source = GRAMMAR.read_text("utf-8")
    for name, kinds in (("DATA_KINDS", DATA_KINDS), ("PROSE_KINDS", PROSE_KINDS), ("CALLOUTS", CALLOUTS)):
        (listed,) = re.findall(rf"export const {name} = \[(.*)\];", source)
        assert re.findall(r'"([a-z]+)"', listed) == list(kinds)
    assert f"LARGEST_CHARACTERS = {LARGEST_CHARACTERS:_}" in source
