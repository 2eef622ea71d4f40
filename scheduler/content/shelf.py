"""Reading the `posts/` folder: which files there are, which changed, and what each one says.

A file is read again when its time, size or inode changed, or when it was so fresh at the last look that another
write could hide behind the same time. Nothing here raises: what cannot be read is a problem of that file.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scheduler.content import article_file, authors
from scheduler.content.shelved import shelved
from scheduler.content.yaml_tree import Broken, LineProblem
from scheduler.domain.article import Article, Author
from scheduler.domain.slug import slug_problem

log = logging.getLogger(__name__)

INDEX = "index.md"
FRESH_NS = 2_000_000_000
"""How long a file's time may stand still although it is written again: more than any file system's grain."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong with a file; `path` is below the posts folder, `line` counts from 1."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Volume:
    """One file as it was last read. `good` is what it said when it last could be read; it may be older than `hash`."""

    path: str
    name: str
    stamp: tuple[int, int, int]
    settled: bool
    hash: str
    good: Article | Author | None
    problems: tuple[LineProblem, ...] = ()


def look(root: str, known: Mapping[str, Volume], now_ns: int) -> tuple[dict[str, Volume], list[FileProblem]]:
    """Return every article's and author's file below `root` by its path, and the problems of unreadable folders.

    Paths are plain texts here: of ten thousand files, twenty times a minute, even their names are a cost.
    """
    problems: list[FileProblem] = []
    volumes = {}
    for path, name in (*_articles(root, problems), *_authors(root, problems)):
        volume = _volume(path, name, known.get(path), now_ns)
        if volume is not None:
            volumes[path] = volume
    return volumes, problems


def _articles(root: str, problems: list[FileProblem]) -> Iterator[tuple[str, str]]:
    for entry in _entries(root, ".", problems):
        name = entry.name
        if name.startswith(("_", ".")) or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            yield f"{root}{os.sep}{name}{os.sep}{INDEX}", name
        elif name.endswith(".md"):
            yield f"{root}{os.sep}{name}", name.removesuffix(".md")


def _authors(root: str, problems: list[FileProblem]) -> Iterator[tuple[str, str]]:
    folder = Path(root) / authors.FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return
    for entry in _entries(str(folder), authors.FOLDER, problems):
        if entry.name.startswith(".") or not entry.name.endswith(".yaml"):
            continue
        yield f"{folder}{os.sep}{entry.name}", entry.name.removesuffix(".yaml")


def _entries(folder: str, shown: str, problems: list[FileProblem]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        problems.append(FileProblem(shown, 1, f"the folder cannot be read: {error.strerror}"))
        return []


def _volume(path: str, name: str, known: Volume | None, now_ns: int) -> Volume | None:
    """Return the file as it is now; None when there is none (a symlink counts as none)."""
    try:
        info = os.lstat(path)
        if not stat.S_ISREG(info.st_mode):
            return None
        stamp = (info.st_mtime_ns, info.st_size, info.st_ino)
        if known and known.settled and known.stamp == stamp:
            return known
        data = read_bytes(path, article_file.LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = LineProblem(1, f"the file cannot be read: {error.strerror}")
        return Volume(path, name, (0, 0, 0), False, "", known.good if known else None, (problem,))
    settled = info.st_mtime_ns < now_ns - FRESH_NS
    digest = article_file.content_hash(data)
    if known and known.hash == digest:
        return Volume(path, name, stamp, settled, known.hash, known.good, known.problems)
    return _read_anew(Volume(path, name, stamp, settled, digest, known.good if known else None), data)


def _read_anew(volume: Volume, data: bytes) -> Volume:
    try:
        good = _read(Path(volume.path), volume.name, data)
    except Broken as error:
        return replace(volume, problems=error.problems)
    except Exception:  # one file must never take the site down, whatever it has found in us
        log.exception("%s cannot be read because of a fault in Drumbeat", volume.path)
        fault = LineProblem(1, "the file cannot be understood because of a fault in Drumbeat; its log says more")
        return replace(volume, problems=(fault,))
    return replace(volume, good=good, hash=good.content_hash if isinstance(good, Article) else volume.hash)


def read_bytes(path: str | Path, most: int = -1) -> bytes:
    """Return a file's bytes, at most `most`; a symlink is an error, never followed."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def _read(path: Path, name: str, data: bytes) -> Article | Author:
    if path.parent.name != authors.FOLDER:
        return shelved(article_file.read(data, name))
    if problem := slug_problem(name):
        raise Broken(LineProblem(1, f"the file's name is the author's key, and it {problem}"))
    return authors.read(data, name)
