"""The static export: the whole public site as files for any static host.

Every public page, feed and sitemap (the catalogue), the media and assets they use, a page for every old address and for
every short address, and 404.html. What has not changed since the last export is not touched: a page carries what it
asked, and only one that would get another answer is made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from scheduler.domain.problem import Conflict
from scheduler.reads import Question
from scheduler.services.context import Context
from scheduler.services.library.pictures import published_file
from scheduler.services.site import export_redirects
from scheduler.services.site.export_folder import Folder, Leaf, Other, Record, file_of, opened
from scheduler.services.site.freshness import Freshness

Write = Callable[[str, bytes, dict[Question, str] | None], Leaf]
"""Writes a page: its path, its bytes, and what it asked (None when that is not known)."""

NOT_FOUND = "/404.html"
_NEEDED = re.compile(rb"/((?:media|static)/[\w./%-]+\.\w+)")
_IN_STYLE = re.compile(rb"[\w-]+-[A-Z0-9]{8}\.\w+")
"""How files of the browser's side name one another: with the hash in the name."""
_TURNED = re.compile(rb'((?:href|content)="[^"?<>]*/|<loc>[^?<>]*/)\?page=(\d+)(?=["<])')


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is: `done` of `total` pages, and what it does now."""

    what: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What an export did, in files."""

    target: Path
    pages: int
    made: int
    written: int
    removed: int


class Maker(Protocol):
    """Who makes pages: the web application."""

    @property
    def fresh(self) -> Freshness:
        """Return what knows whether a page still holds."""

    def paths(self) -> list[str]:
        """Return every public path."""

    def make(self, paths: list[str], write: Write) -> Iterator[tuple[str, Leaf | None]]:
        """Make pages in any order, perhaps in several processes; `write` is called where a page is made.

        None stands for a page that could not be made.
        """

    def fetch(self, path: str) -> bytes | None:
        """Return the bytes of anything else of the site, None when it is not there."""

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that every page has."""


def export(ctx: Context, maker: Maker, target: Path, progress: Callable[[Progress], None] = lambda _: None) -> Result:
    """Bring the folder `target` in step with the site.

    Raises `Invalid` for a folder that cannot be used, `Conflict` when another export works there or a page fails.
    """
    with opened(ctx.settings, target) as folder:
        progress(Progress("looking at what has changed"))
        before, frame = folder.record(), maker.fresh.frame()
        paths = maker.paths()
        kept = _kept(maker.fresh, folder, before, paths) if before.frame == frame else {}
        missing = [path for path in paths if path not in kept]
        made, failed = _made(maker, folder, before, missing, progress)
        if failed:
            raise Conflict(f"Nothing was changed in {folder.target}: {len(failed)} pages fail, such as {failed[0]}.")
        leaves = kept | made
        progress(Progress("bringing media and redirects", len(made), len(missing)))
        others = _others(ctx, maker, folder, leaves, before)
        return _put_in_place(folder, before, Record(frame, {path: leaves[path] for path in paths}, others), len(made))


def _kept(fresh: Freshness, folder: Folder, before: Record, paths: Iterable[str]) -> dict[str, Leaf]:
    """Return the pages that would come out the same and whose files are there."""
    known: dict[tuple[Question, str], bool] = {}

    def holds(item: tuple[Question, str]) -> bool:
        right = known.get(item)
        if right is None:
            right = known[item] = fresh.answer(item[0]) == item[1]
        return right

    found = {}
    for path in paths:
        leaf = before.leaves.get(path)
        right = leaf and leaf.answers is not None and all(map(holds, leaf.answers.items()))
        if leaf and right and folder.has(leaf.file, leaf.size):
            found[path] = leaf
    return found


def _made(
    maker: Maker, folder: Folder, before: Record, paths: list[str], progress: Callable[[Progress], None]
) -> tuple[dict[str, Leaf], list[str]]:
    made, failed = dict[str, Leaf](), list[str]()

    def write(path: str, body: bytes, answers: dict[Question, str] | None) -> Leaf:
        data, file, old = page_numbers_as_folders(body), file_of(path), before.leaves.get(path)
        digest = blake2b(data, digest_size=12).hexdigest()
        waits = old is None or (old.file, old.digest) != (file, digest) or not folder.has(file, len(data))
        if waits:
            folder.lay_out(file, data)
        return Leaf(file, len(data), digest, answers, tuple(sorted(set(_needs(data)))), waits)

    for path, leaf in maker.make(paths, write):
        if leaf is None:
            failed.append(path)
        else:
            made[path] = leaf
        progress(Progress("making pages", len(made) + len(failed), len(paths)))
    return made, failed


def page_numbers_as_folders(html: bytes) -> bytes:
    """Return a page whose links turn pages by folders: a static host does not look at `?page=2`."""
    return _TURNED.sub(rb"\1page/\2/", html) if b"?page=" in html else html


def _others(ctx: Context, maker: Maker, folder: Folder, leaves: dict[str, Leaf], before: Record) -> dict[str, Other]:
    """Lay out what is no page, where it is not there already, and return it by its file."""
    written = {
        "404.html": maker.fetch(NOT_FOUND) or b"",
        "_headers": _headers(maker),
        **export_redirects.files(ctx, taken={leaf.file for leaf in leaves.values()}),
    }
    found = {file: _laid_out(folder, file, page_numbers_as_folders(data), before) for file, data in written.items()}
    waiting = {need for leaf in leaves.values() for need in leaf.needs} | set(_needs(written["404.html"]))
    while waiting:
        file = waiting.pop()
        other = _brought(ctx, maker, folder, file, before)
        if other is not None:
            found[file] = other
            waiting |= {need for need in _in_style(folder, file) if need not in found}
    return found


def _laid_out(folder: Folder, file: str, data: bytes, before: Record) -> Other:
    other = (len(data), blake2b(data, digest_size=12).hexdigest())
    if before.others.get(file) != other or not folder.has(file, len(data)):
        folder.lay_out(file, data)
    return other


def _brought(ctx: Context, maker: Maker, folder: Folder, file: str, before: Record) -> Other | None:
    """Lay out a file of the media or the assets. Its name holds the hash of its content: once there, it stays."""
    known = before.others.get(file)
    if known and folder.has(file, known[0]):
        return known
    source = _rendition(ctx, file)
    if source is not None:
        return (folder.copy(source, file), "")
    data = maker.fetch(f"/{file}")
    if data is None:
        return None
    folder.lay_out(file, data)
    return (len(data), "")


def _rendition(ctx: Context, file: str) -> Path | None:
    place, _, name = file.removeprefix("media/").rpartition("/")
    rendition = published_file(ctx, place, name) if file.startswith("media/") else None
    try:
        return ctx.blobs.path(rendition.key) if rendition else None
    except (FileNotFoundError, ValueError):
        return None


def _in_style(folder: Folder, file: str) -> set[str]:
    """Return what a style sheet or a script needs: files that stand beside it."""
    if not file.endswith((".css", ".js")):
        return set()
    beside = file.rpartition("/")[0]
    return {f"{beside}/{name.decode()}" for name in _IN_STYLE.findall(folder.read(file))}


def _needs(body: bytes) -> Iterator[str]:
    return (name.decode() for name in _NEEDED.findall(body))


def _headers(maker: Maker) -> bytes:
    """Return the headers of every page, in the form that several static hosts read."""
    lines = ["/*", *(f"  {name}: {value}" for name, value in maker.headers())]
    for folder in ("/static/*", "/media/*"):
        lines += [folder, "  Cache-Control: public, max-age=31536000, immutable"]
    return "\n".join([*lines, ""]).encode()


def _put_in_place(folder: Folder, before: Record, after: Record, made: int) -> Result:
    fresh = sorted({*folder.laid, *(leaf.file for leaf in after.leaves.values() if leaf.waits)}, key=_order)
    gone = before.files() - after.files()
    if fresh or gone:
        # Whoever ends us now leaves files of both: the next export must know that all of them are ours.
        folder.keep(Record("", {}, dict.fromkeys(before.files() | after.files(), (-1, ""))))
        folder.publish(fresh)
        folder.remove(gone)
    folder.keep(after)
    return Result(folder.target, len(after.leaves), made, len(fresh), len(gone))


def _order(file: str) -> tuple[bool, str]:
    """What pages need is there before them."""
    return file.endswith(".html"), file
