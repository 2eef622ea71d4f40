"""The static export: the whole public site as files for any static host.

Every public page, feed and sitemap (the catalogue), the media and assets they use, a page for every old address and for
every short address, and 404.html. What has not changed since the last export is not touched: a page carries what it
asked, and only one that would get another answer is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from scheduler.domain.problem import Conflict
from scheduler.reads import Question
from scheduler.services.context import Context
from scheduler.services.site import export_files
from scheduler.services.site.export_folder import Folder, file_of, opened, page_numbers_as_folders
from scheduler.services.site.export_record import Kept, Leaf, Record
from scheduler.services.site.freshness import Freshness

Write = Callable[[str, bytes, Mapping[Question, str] | None], Leaf]
"""Writes a page: its path, its bytes, and what it asked (None when that is not known)."""


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


class Maker(export_files.Source, Protocol):
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


def export(ctx: Context, maker: Maker, target: Path, progress: Callable[[Progress], None] = lambda _: None) -> Result:
    """Bring the folder `target` in step with the site.

    Raises `Invalid` for a folder that cannot be used, `Conflict` when another export works there or a page fails.
    """
    with opened(ctx.settings, target) as folder:
        progress(Progress("looking at what has changed"))
        before, frame = folder.record(), maker.fresh.frame()
        paths = maker.paths()
        after = before.next(frame, _kept(maker.fresh, folder, before, paths))
        missing = [path for path in paths if path not in after.pages]
        media = export_files.Media(ctx, folder, before)
        leaves = _leaves(maker, folder, before, missing)
        waiting = _gathered(leaves, len(missing), after, media, progress)
        progress(Progress("bringing media and redirects", len(missing), len(missing)))
        after.others = export_files.bring(ctx, maker, folder, before, after, media)
        return _put_in_place(folder, before, after, waiting | set(folder.laid), len(missing))


def _kept(fresh: Freshness, folder: Folder, before: Record, paths: Iterable[str]) -> dict[str, Kept]:
    """Return the pages that would come out the same and whose files are there."""
    wanted = set(paths)
    holding = before.holding(fresh.frame(), fresh.right)
    return {path: page for path, page in holding if path in wanted and folder.has(page.file, page.size)}


def _leaves(maker: Maker, folder: Folder, before: Record, paths: list[str]) -> Iterator[tuple[str, Leaf | None]]:
    """Make pages and lay out those that are not in their place already, each where it is made."""

    def write(path: str, body: bytes, answers: Mapping[Question, str] | None) -> Leaf:
        data, file, old = page_numbers_as_folders(body), file_of(path), before.pages.get(path)
        digest = blake2b(data, digest_size=12).hexdigest()
        waits = old is None or (old.file, old.digest) != (file, digest) or not folder.has(file, len(data))
        if waits:
            folder.lay_out(file, data)
        return Leaf(file, len(data), digest, answers, frozenset(export_files.needs(data)), waits)

    return maker.make(paths, write)


def _gathered(
    leaves: Iterable[tuple[str, Leaf | None]], total: int, after: Record, media: export_files.Media,
    progress: Callable[[Progress], None],
) -> set[str]:  # fmt: skip
    """Put the pages into the record `after`, bring their media meanwhile, and return the files of pages that wait.

    Raises `Conflict` when a page could not be made.
    """
    failed, waiting = list[str](), set[str]()
    for number, (path, leaf) in enumerate(leaves, 1):
        if leaf is None:
            failed.append(path)
        else:
            after.put(path, leaf)
            media.bring(leaf.needs)
            waiting |= {leaf.file} if leaf.waits else set()
        progress(Progress("making pages", number, total))
    if failed:
        raise Conflict(f"Nothing was changed: {len(failed)} pages fail, such as {failed[0]}.")
    return waiting


def _put_in_place(folder: Folder, before: Record, after: Record, waiting: set[str], made: int) -> Result:
    fresh, gone = sorted(waiting, key=_order), before.files() - after.files()
    if fresh or gone:
        folder.begin({*fresh, *gone})
        folder.publish(fresh)
        folder.remove(gone)
    folder.keep(after)
    return Result(folder.target, len(after.pages), made, len(fresh), len(gone))


def _order(file: str) -> tuple[bool, str]:
    """What pages need is there before them."""
    return file.endswith(".html"), file
