"""Three-way merge: what one side changed is in the result, whatever the other side did elsewhere."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.diff3 import Piece, clean, merge

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=10)


def test_changes_in_different_places_are_joined() -> None:
    base = ["one", "two", "three", "four", "five"]
    mine = ["ONE", "two", "three", "four", "five"]
    theirs = ["one", "two", "three", "five", "six"]
    assert clean(merge(base, mine, theirs)) == ["ONE", "two", "three", "five", "six"]


def test_different_changes_in_one_place_are_a_conflict_that_holds_both() -> None:
    pieces = merge(["a", "b", "c"], ["a", "mine", "c"], ["a", "theirs", "c"])
    assert pieces == [Piece(("a",)), Piece(("b",), True, ("mine",), ("theirs",)), Piece(("c",))]
    assert clean(pieces) is None


def test_both_from_nothing() -> None:
    assert clean(merge([], ["a"], ["a"])) == ["a"]
    assert clean(merge([], ["a"], [])) == ["a"]
    assert clean(merge(["a"], [], [])) == []
    assert clean(merge([], ["a"], ["b"])) is None


@given(LINES, LINES)
def test_if_only_one_side_changed_that_side_stands(base: list[str], other: list[str]) -> None:
    assert clean(merge(base, other, base)) == other
    assert clean(merge(base, base, other)) == other
    assert clean(merge(base, other, other)) == other


@given(LINES, LINES, LINES)
def test_no_line_that_only_one_side_added_is_dropped(base: list[str], mine: list[str], theirs: list[str]) -> None:
    """Numbers mark each side's own new lines, so that no line of one side can be taken for another's."""
    mine = [line if line in base else f"mine {n} {line}" for n, line in enumerate(mine)]
    theirs = [line if line in base else f"theirs {n} {line}" for n, line in enumerate(theirs)]
    pieces = merge(base, mine, theirs)
    there = Counter(line for piece in pieces for line in (*piece.lines, *piece.mine, *piece.theirs))
    added = [line for line in (*mine, *theirs) if line not in base]
    assert all(there[line] for line in added)


@given(st.integers(1, 12), st.data())
def test_changes_that_do_not_touch_are_all_in_the_result(length: int, data: st.DataObject) -> None:
    """Each side rewrites, removes or adds to lines of its own; between them stands a line that nobody changed."""
    base, sides, wanted = [], {"mine": list[str](), "theirs": list[str]()}, list[str]()
    for number in range(length):
        who, other = data.draw(st.sampled_from([("mine", "theirs"), ("theirs", "mine")]))
        way = data.draw(st.sampled_from(["rewritten", "removed", "added", "left"]))
        old, new, still = f"line {number}", f"{who} {number}", f"still {number}"
        theirs = {"rewritten": [new], "removed": [], "added": [old, new], "left": [old]}[way]
        base += [old, still]
        sides[who] += [*theirs, still]
        sides[other] += [old, still]
        wanted += [*theirs, still]
    assert clean(merge(base, sides["mine"], sides["theirs"])) == wanted


@given(LINES, LINES, LINES)
def test_each_side_can_be_read_out_of_the_pieces(base: list[str], mine: list[str], theirs: list[str]) -> None:
    """Nothing is invented and nothing vanishes: where both agree it stands once, in a conflict both stand whole."""
    pieces = merge(base, mine, theirs)
    result = Counter(line for piece in pieces for line in piece.lines if not piece.conflict)
    both = Counter(line for piece in pieces for line in (*piece.mine, *piece.theirs))
    kept_by_both = Counter(base) & Counter(mine) & Counter(theirs)
    assert not set(result + both) - set(base) - set(mine) - set(theirs)
    assert all((result + both)[line] for line in kept_by_both)
    if mine == theirs:
        assert clean(pieces) == mine
