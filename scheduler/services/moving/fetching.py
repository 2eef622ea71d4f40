"""The photos and videos of what is brought over: out of a zip or folder that was given along, or from the old site."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scheduler.domain.problem import Invalid, refuse
from scheduler.media.filetypes import PHOTO_BYTES, VIDEO_BYTES
from scheduler.platforms.http import TransportError
from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.moving.archives import Archive
from scheduler.services.moving.converting import bare_address
from scheduler.services.moving.inline import Picture
from scheduler.storage import assets as asset_table
from scheduler.storage import imports
from scheduler.storage.imports import Brought

FETCHED_BYTES = 100_000_000
"""Largest file that is fetched from another site; larger ones come by zip or by hand."""
_STATIC = ("", "static/", "assets/", "source/", "public/", "content/", "content/images/")


@dataclass(slots=True)
class Sources:
    """Where files may come from, before the old site is asked."""

    given: Archive | None = None
    """The zip or folder of uploads that was handed over with the file."""
    package: Archive | None = None
    """The folder or zip that is being imported itself."""
    endings: dict[str, str] = field(default_factory=dict)

    def find(self, address: str) -> tuple[Archive, str] | None:
        """Return where the file of an address lies, None when it was not given along."""
        path = unquote(urlsplit(address).path).lstrip("/")
        if address.startswith("file://"):
            return self._packaged(path)
        if not self.given:
            return None
        if not self.endings:
            self.endings = {_after_uploads(name): name for name in self.given.names}
        name = self.endings.get(_after_uploads(path))
        return (self.given, name) if name else None

    def _packaged(self, path: str) -> tuple[Archive, str] | None:
        package = self.package
        if package is None:
            return None
        known = set(package.names)
        tops = {name.split("/")[0] + "/" for name in known} if len({n.split("/")[0] for n in known}) == 1 else set()
        for prefix in (*_STATIC, *(f"{top}{static}" for top in tops for static in _STATIC)):
            if prefix + path in known:
                return package, prefix + path
        return None


def take(ctx: Context, asset_id: str, picture: Picture, sources: Sources) -> str:
    """Return the asset of a photo or video, taken into the library if it is not there yet. Raises `Invalid`."""
    origin = f"media {bare_address(picture.address)}"[:1000]
    with ctx.database.reading() as tx:
        known = imports.brought(tx, [origin]).get(origin)
        for there in filter(None, (known.ours if known else "", asset_id)):
            if asset_table.get(tx, there):
                return there
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=ctx.settings.data) as folder:
        path = Path(folder) / "file"
        _bring(ctx, picture.address, sources, path)
        words = {"alt": picture.alt[: library.LIMITS["alt"]], "caption": picture.caption[: library.LIMITS["caption"]]}
        added = library.store(ctx, asset_id, path, _filename(picture.address), words)
    with ctx.database.writing() as tx:
        imports.note_brought(tx, Brought(origin, added.asset.id), ctx.clock.now_ms())
    return added.asset.id


def _bring(ctx: Context, address: str, sources: Sources, to: Path) -> None:
    if found := sources.find(address):
        archive, name = found
        archive.copy(name, to, VIDEO_BYTES if re.search(r"\.(mp4|mov|webm)$", name, re.I) else PHOTO_BYTES)
        return
    if address.startswith("file://"):
        raise _missing(address, "it is not among the files")
    if address.startswith("http://") and not ctx.settings.allow_private_network:
        address = f"https://{address[7:]}"
    try:
        answer = ctx.http.fetch(address, max_bytes=FETCHED_BYTES)
    except TransportError as error:
        raise _missing(address, str(error).rstrip(".")) from error
    if answer.status != 200:
        raise _missing(address, f"the server answered {answer.status}")
    to.write_bytes(answer.body)


def _missing(address: str, reason: str) -> Invalid:
    return refuse("file", f"{_filename(address)} could not be had: {reason}.")


def _filename(address: str) -> str:
    return unquote(urlsplit(address).path).rsplit("/", 1)[-1] or "photo"


def _after_uploads(path: str) -> str:
    """Return what tells one upload from another: its path below wp-content/uploads, or year, month and name."""
    plain = path.replace("\\", "/")
    if "uploads/" in plain:
        return plain.rsplit("uploads/", 1)[1]
    if "content/images/" in plain:
        return plain.rsplit("content/images/", 1)[1]
    dated = re.search(r"(\d{4}/\d\d/[^/]+)$", plain)
    return dated[1] if dated else plain.rsplit("/", 1)[-1]
