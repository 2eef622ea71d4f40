"""Three-way merge of lines: what one side changed is taken, what both changed in the same place is left to a person.

(The merge libraries of the package index carry the GPL; the algorithm is short.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of lines. A conflict has what `mine` and `theirs` say instead of `base`; else `lines` is the result."""

    lines: tuple[str, ...]
    conflict: bool = False
    mine: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


def merge(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[Piece]:
    """Return the merged text as pieces, in order. In a conflict `lines` is what the base says there.

    A line that only one side added, changed or removed is so in the result; neither side's lines vanish.
    """
    pieces: list[Piece] = []
    at = at_mine = at_theirs = 0
    for start, mine_start, theirs_start, length in _unchanged(base, mine, theirs):
        between = (base[at:start], mine[at_mine:mine_start], theirs[at_theirs:theirs_start])
        pieces += _changed(*between)
        if length:
            pieces.append(Piece(tuple(base[start : start + length])))
        at, at_mine, at_theirs = start + length, mine_start + length, theirs_start + length
    return pieces


def clean(pieces: Sequence[Piece]) -> list[str] | None:
    """Return the merged lines, or None when there is a conflict."""
    if any(piece.conflict for piece in pieces):
        return None
    return [line for piece in pieces for line in piece.lines]


def _unchanged(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start in base, in mine, in theirs, length) of what all three share, and an empty one at the end."""
    with_mine = _matches(base, mine)
    with_theirs = _matches(base, theirs)
    one = two = 0
    while one < len(with_mine) and two < len(with_theirs):
        base_one, in_mine, length_one = with_mine[one]
        base_two, in_theirs, length_two = with_theirs[two]
        start, end = max(base_one, base_two), min(base_one + length_one, base_two + length_two)
        if start < end:
            yield start, in_mine + start - base_one, in_theirs + start - base_two, end - start
        if base_one + length_one < base_two + length_two:
            one += 1
        else:
            two += 1
    yield len(base), len(mine), len(theirs), 0


def _matches(base: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks]


def _changed(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Piece]:
    old, one, two = tuple(base), tuple(mine), tuple(theirs)
    if one in (two, old):
        result = two
    elif two == old:
        result = one
    else:
        yield Piece(old, True, one, two)
        return
    if result:
        yield Piece(result)
