"""The files of a static export that are no pages: redirects, headers, 404.html, and the media and assets of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from scheduler.services.context import Context
from scheduler.services.library.pictures import published_files
from scheduler.services.site import export_redirects
from scheduler.services.site.export_folder import Folder, page_numbers_as_folders
from scheduler.services.site.export_record import Other, Record

NOT_FOUND, SEARCH = "/404.html", "/search/"
"""Pages that no list of public pages has. The browser itself searches, there is no server (found-articles.js)."""
_NEEDED = re.compile(rb"/((?:media|static)/[\w./%-]+\.\w+)")
_IN_STYLE = re.compile(rb"[\w-]+-[A-Z0-9]{8}\.\w+")
"""How files of the browser's side name one another: with the hash in the name."""


class Source(Protocol):
    """Where the files come from: the web application."""

    def fetch(self, path: str) -> bytes | None:
        """Return the bytes of anything of the site, None when it is not there."""

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that every page has."""


class Media:
    """Brings the photos and videos of pages, each once, while other pages are still being made.

    The name of such a file holds the hash of its content: once it is there, it stays.
    """

    def __init__(self, ctx: Context, folder: Folder, before: Record) -> None:
        self.found: dict[str, Other] = {}
        self._ctx, self._folder, self._before = ctx, folder, before
        self._asked = set[str]()

    def bring(self, files: Iterable[str]) -> None:
        """Copy those of the files that are renditions and are not there yet."""
        fresh = {file for file in files if file.startswith("media/")} - self._asked
        self._asked |= fresh
        there = {file: other for file in fresh if (other := _there(self._folder, self._before, file))}
        self.found |= there
        for file, source in _renditions(self._ctx, fresh - there.keys()).items():
            self.found[file] = (self._folder.copy(source, file), "")


def bring(
    ctx: Context, source: Source, folder: Folder, before: Record, after: Record, media: Media
) -> dict[str, Other]:
    """Lay out what is not there already; return everything that is no page, by its file."""
    missing, search = source.fetch(NOT_FOUND) or b"", source.fetch(SEARCH) or b""
    taken = {page.file for page in after.pages.values()}
    written = {
        "404.html": missing,
        "search/index.html": search,
        "_headers": _headers(source),
        **export_redirects.files(ctx, taken),
    }
    found = {file: _laid_out(folder, file, page_numbers_as_folders(data), before) for file, data in written.items()}
    needed = after.needs() | {*needs(missing), *needs(search)}
    media.bring(needed)
    found |= media.found
    waiting = needed - found.keys()
    while waiting:
        fresh = {file: other for file in waiting if (other := _fetched(source, folder, file, before))}
        found |= fresh
        waiting = _beside(folder, fresh) - found.keys()
    return found


def needs(body: bytes) -> Iterator[str]:
    """Yield the files of the site that a page names."""
    return (name.decode() for name in _NEEDED.findall(body))


def _laid_out(folder: Folder, file: str, data: bytes, before: Record) -> Other:
    other = (len(data), blake2b(data, digest_size=12).hexdigest())
    if before.others.get(file) != other or not folder.has(file, len(data)):
        folder.lay_out(file, data)
    return other


def _there(folder: Folder, before: Record, file: str) -> Other | None:
    """Return what is known of a file that is in its place already."""
    known = before.others.get(file)
    return known if known and folder.has(file, known[0]) else None


def _renditions(ctx: Context, files: Iterable[str]) -> dict[str, Path]:
    """Return where the bytes are of those files that are renditions and can be read."""
    names = {file: file.removeprefix("media/") for file in files}
    found = {}
    for file, rendition in published_files(ctx, names).items() if names else ():
        try:
            found[file] = ctx.blobs.path(rendition.key)
        except (FileNotFoundError, ValueError):
            continue
    return found


def _fetched(source: Source, folder: Folder, file: str, before: Record) -> Other | None:
    if known := _there(folder, before, file):
        return known
    data = source.fetch(f"/{file}")
    if data is None:
        return None
    folder.lay_out(file, data)
    return (len(data), "")


def _beside(folder: Folder, files: Iterable[str]) -> set[str]:
    """Return what style sheets and scripts need: files that stand beside them."""
    found = set()
    for file in files:
        if file.endswith((".css", ".js")):
            beside = file.rpartition("/")[0]
            found |= {f"{beside}/{name.decode()}" for name in _IN_STYLE.findall(folder.read(file))}
    return found


def _headers(source: Source) -> bytes:
    """Return the headers of every page, in the form that several static hosts read."""
    lines = ["/*", *(f"  {name}: {value}" for name, value in source.headers())]
    for folder in ("/static/*", "/media/*"):
        lines += [folder, "  Cache-Control: public, max-age=31536000, immutable"]
    return "\n".join([*lines, ""]).encode()
