"""The files of a static export that are no pages: redirects, headers, 404.html, and the media and assets of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
COPIERS = 4
"""How many files are copied at the same time: while one waits for the disk another goes on."""
_NEEDED = re.compile(rb"/((?:media|static)/[\w./%-]+\.\w+)")
_IN_STYLE = re.compile(rb"[\w-]+-[A-Z0-9]{8}\.\w+")
"""How files of the browser's side name one another: with the hash in the name."""


class Source(Protocol):
    """Where the files come from: the web application."""

    def fetch(self, path: str) -> bytes | None:
        """Return the bytes of anything of the site, None when it is not there."""

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that every page has."""


def bring(ctx: Context, source: Source, folder: Folder, before: Record, after: Record) -> dict[str, Other]:
    """Lay out what is not there already; return everything that is no page, by its file."""
    missing = source.fetch(NOT_FOUND) or b""
    taken = {page.file for page in after.pages.values()}
    search = source.fetch(SEARCH) or b""
    written = {
        "404.html": missing,
        "search/index.html": search,
        "_headers": _headers(source),
        **export_redirects.files(ctx, taken),
    }
    found = {file: _laid_out(folder, file, page_numbers_as_folders(data), before) for file, data in written.items()}
    needed = after.needs() | {*needs(missing), *needs(search)}
    there = {file: known for file in needed if (known := before.others.get(file)) and folder.has(file, known[0])}
    found |= there | _copied(ctx, folder, needed - there.keys())
    waiting = {file for file in needed if file not in found} | _beside(folder, found)
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


def _copied(ctx: Context, folder: Folder, files: Iterable[str]) -> dict[str, Other]:
    """Copy those of the files that are renditions. A name holds the hash of the content: once there, it stays."""
    sources = _renditions(ctx, files)
    with ThreadPoolExecutor(COPIERS) as pool:
        sizes = pool.map(folder.copy, sources.values(), sources)
    return {file: (size, "") for file, size in zip(sources, sizes, strict=True)}


def _renditions(ctx: Context, files: Iterable[str]) -> dict[str, Path]:
    """Return where the bytes are of those files that are renditions and can be read."""
    names = {file: file.removeprefix("media/") for file in files if file.startswith("media/")}
    found = {}
    for file, rendition in published_files(ctx, names).items():
        try:
            found[file] = ctx.blobs.path(rendition.key)
        except (FileNotFoundError, ValueError):
            continue
    return found


def _fetched(source: Source, folder: Folder, file: str, before: Record) -> Other | None:
    known = before.others.get(file)
    if known and folder.has(file, known[0]):
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
