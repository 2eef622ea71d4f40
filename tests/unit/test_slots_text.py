"""Posting times as people type them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.slots import WEEKDAYS, Slot, parse_slot
from scheduler.services.operations.configuration import slots_of

SLOTS = st.builds(Slot, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59))
SEPARATORS = st.sampled_from(["\n", "\r\n", ", ", ";", "\n\n  "])
TYPOS = st.text(alphabet=st.characters(exclude_characters="\r\n,;", exclude_categories=["Cs"]), min_size=1).filter(
    str.strip
)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[Slot, str]:
    """Draw a slot and one of the ways to write it."""
    slot = draw(SLOTS)
    day = WEEKDAYS[slot.weekday]
    word = draw(st.sampled_from([day, day.lower(), day.upper(), day + "day"]))
    hour = draw(st.sampled_from([f"{slot.hour:02}", str(slot.hour)]))
    return slot, f"{word}{draw(st.sampled_from([' ', '  ']))}{hour}:{slot.minute:02}"


@given(st.lists(st.tuples(spelled(), SEPARATORS)))
def test_every_spelling_becomes_the_same_list(typed: list[tuple[tuple[Slot, str], str]]) -> None:
    text = "".join(words + separator for (_, words), separator in typed)
    assert slots_of(text) == [str(slot) for slot in sorted({slot for (slot, _), _ in typed})]


@given(st.lists(SLOTS, unique=True))
def test_what_is_shown_is_read_back(slots: list[Slot]) -> None:
    shown = [str(slot) for slot in sorted(slots)]
    assert slots_of("\n".join(shown)) == shown
    assert [parse_slot(text) for text in shown] == sorted(slots)


@given(st.text())
def test_nothing_typed_is_lost_or_crashes(text: str) -> None:
    kept = "".join(slots_of(text))
    digits = {letter for letter in text if letter.isalpha() and letter.isascii()}
    assert {letter.lower() for letter in digits} <= {letter.lower() for letter in kept} | set("day")


@given(st.lists(SLOTS, max_size=3), TYPOS)
def test_what_is_no_slot_is_kept_for_the_error(slots: list[Slot], typo: str) -> None:
    try:
        parse_slot(typo)
    except ValueError:
        assert slots_of("\n".join([typo, *map(str, slots)]))[-1] == typo.strip()
