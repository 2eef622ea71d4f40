"""What the last export left behind: the file of each page, what the page asked, and every file that is ours.

Ten thousand articles have a quarter of a million answers, most of them the same for many pages. So each answer is held
once, and a page holds their numbers; so do the names of the files that pages need.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple, TypeVar

from scheduler.reads import Question

FORMAT = 2
WASTE = 2
"""How many answers there may be for one that a page has, before the others are thrown away."""
_SIGN_BYTES = 32

Answer = tuple[Question, str]
Other = tuple[int, str]
"""A file that is no page: its size, and the name of its content unless that is in the name of the file."""
UNKNOWN: Other = (-1, "")
_Each = TypeVar("_Each")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page as it was just made: its file, what it asked (None: not known), the other files of the site it needs."""

    file: str
    size: int
    digest: str
    answers: Mapping[Question, str] | None
    needs: frozenset[str]
    waits: bool
    """Whether it was laid out to be put in place; otherwise the file that is there is the same."""


class Kept(NamedTuple):
    """One page as the record holds it; `answers` and `needs` are numbers in its lists, four bytes each."""

    file: str
    size: int
    digest: str
    answers: bytes | None
    needs: bytes


@dataclass(slots=True)
class Record:
    """The pages of an export by their paths; `others` are the files that are no pages."""

    frame: str = ""
    pages: dict[str, Kept] = field(default_factory=dict)
    others: dict[str, Other] = field(default_factory=dict)
    _answers: dict[Answer, int] = field(default_factory=dict)
    _needs: dict[str, int] = field(default_factory=dict)

    def files(self) -> set[str]:
        """Return every file that is ours."""
        return {page.file for page in self.pages.values()} | self.others.keys()

    def holding(self, frame: str, right: Callable[[Iterable[Answer]], Iterable[bool]]) -> Iterator[tuple[str, Kept]]:
        """Yield path and page of those that would come out the same: `right` says which answers still hold."""
        if frame != self.frame:
            return
        holds = list(right(self._answers))
        for path, page in self.pages.items():
            if page.answers is not None and all(map(holds.__getitem__, _numbers(page.answers))):
                yield path, page

    def next(self, frame: str, pages: Mapping[str, Kept]) -> Record:
        """Return the record that follows this one, with those of its pages that stay."""
        return Record(frame, dict(pages), {}, self._answers, self._needs)

    def put(self, path: str, leaf: Leaf) -> None:
        """Add a page."""
        answers = None if leaf.answers is None else _numbered(self._answers, leaf.answers.items())
        needs = _numbered(self._needs, leaf.needs)
        self.pages[path] = Kept(leaf.file, leaf.size, leaf.digest, answers, needs)

    def needs(self) -> set[str]:
        """Return every file that a page needs."""
        needed = set(chain.from_iterable(map(_numbers, {page.needs for page in self.pages.values()})))
        return {file for file, number in self._needs.items() if number in needed}

    def without(self, files: Iterable[str]) -> None:
        """Forget what is known of some files, but not that they are ours."""
        gone = set(files)
        self.pages = {path: page for path, page in self.pages.items() if page.file not in gone}
        self.others |= dict.fromkeys(gone, UNKNOWN)

    def packed(self) -> bytes:
        """Return the record as bytes, with a sign by which damage is seen."""
        whole = self._compacted() if self._is_wasteful() else self
        pages = [(path, p.file, p.size, p.digest, p.answers, p.needs) for path, p in whole.pages.items()]
        data = marshal.dumps((FORMAT, whole.frame, pages, whole.others, list(whole._answers), list(whole._needs)))
        return blake2b(data, digest_size=_SIGN_BYTES).digest() + data

    def _is_wasteful(self) -> bool:
        used = set(chain.from_iterable(_numbers(page.answers or b"") for page in self.pages.values()))
        return len(self._answers) > WASTE * (len(used) + WASTE)

    def _compacted(self) -> Record:
        """Return the same record without the answers that no page has any more."""
        answers, needs, fresh = list(self._answers), list(self._needs), Record(self.frame, others=self.others)
        for path, page in self.pages.items():
            asked = None if page.answers is None else dict(answers[number] for number in _numbers(page.answers))
            needed = frozenset(needs[number] for number in _numbers(page.needs))
            fresh.put(path, Leaf(page.file, page.size, page.digest, asked, needed, waits=False))
        return fresh


def unpacked(data: bytes) -> Record:
    """Return a record from its bytes, an empty one when they are damaged or of another version."""
    sign, rest = data[:_SIGN_BYTES], data[_SIGN_BYTES:]
    if sign != blake2b(rest, digest_size=_SIGN_BYTES).digest():
        return Record()
    said = marshal.loads(rest)  # noqa: S302  # ours: the data folder holds the secrets, too
    if said[0] != FORMAT:
        return Record()
    _, frame, pages, others, answers, needs = said
    known = {path: Kept(*page) for path, *page in pages}
    numbered = ({each: number for number, each in enumerate(found)} for found in (answers, needs))
    return Record(frame, known, others, *numbered)


def _numbered(known: dict[_Each, int], found: Iterable[_Each]) -> bytes:
    """Return the numbers of what was found, new numbers for what was not known."""
    return array("I", [known.setdefault(each, len(known)) for each in found]).tobytes()


def _numbers(data: bytes) -> array[int]:
    return array("I", data)
