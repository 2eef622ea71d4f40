"""One edited word in a list, a table, a quote or a note changes its own line of the file and no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.round_trip.codec import Codec, running_codec
from tests.round_trip.documents import documents
from tests.round_trip.rendering import shown

KEPT = {
    "list": "*   one __bold__\n*   two WORD\n    *   deep\n*   three_four\n",
    "numbers": "1. one\n1. two WORD\n1. *three*\n",
    "loose list": "-  one\n\n   more\n\n-  two WORD\n\n\n-  three\n",
    "quote": ">one\n>two WORD\n>\n>  * three\n",
    "note": ":::note{title=Mine}\nOne __two__ WORD.\n\n* three\n* four\n:::\n",
    "paragraph": "One __two__\nthree WORD\nfour *five*\n",
    "code in a list": "* one\n\n  ~~~\n  a\n\n  b\n  ~~~\n* two WORD\n",
}


@pytest.fixture(scope="module")
def codec() -> Iterator[Codec]:
    with running_codec() as running:
        yield running


@pytest.mark.parametrize("name", KEPT)
def test_every_line_but_the_edited_one_stays_to_the_byte(codec: Codec, name: str) -> None:
    assert codec.edited(KEPT[name], "WORD", "other words") == KEPT[name].replace("WORD", "other words")


def test_a_row_of_a_table_is_written_anew_and_the_others_stay(codec: Codec) -> None:
    table = "|a   |b|\n|:--|--:|\n|one |two|\n|WORD|four|\n"
    assert codec.edited(table, "WORD", "three") == table.replace("|WORD|four|", "| three | four |")


def test_what_stands_around_an_edited_line_says_the_same_as_before(codec: Codec) -> None:
    assert codec.edited("> one WORD\ntwo\n", "one WORD", "# one") == "> \\# one\ntwo\n"
    lists = "- one\n- two\n\n* three WORD\n"
    assert codec.edited(lists, "WORD", "x") == lists.replace("WORD", "x")
    code = "* one WORD\n\n  ```\n  never closed"
    assert shown(codec.edited(code, "WORD", "x")) == shown(code.replace("WORD", "x"))


def test_texts_by_chance_say_what_was_written_into_them(codec: Codec) -> None:
    for text in (f"{one}\n\n1) first WORD\n   - second\n\n{other}" for one, other in _pairs()):
        assert shown(codec.edited(text, "WORD", "end")) == shown(text.replace("WORD", "end")), text


def _pairs() -> Iterator[tuple[str, str]]:
    texts = [text for text in documents(120, 7) if "WORD" not in text and "](" not in text]
    return zip(texts[::2], texts[1::2], strict=False)


def test_a_block_that_stood_indented_does_not_slip_into_the_list_above(codec: Codec) -> None:
    text = "first WORD\n\n  + one\n\n  two\n"
    assert codec.edited(text.replace("\n\n", "\n", 1), "WORD", "x") == "first x\n\n+ one\n\ntwo\n"
    assert codec.edited(text, "one", "1") == "first WORD\n\n+ 1\n\ntwo\n"
