"""The media library: taking a file in, changing its words, giving it captions, deleting it."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem, refuse
from scheduler.media import captions as webvtt
from scheduler.media.derived import Derivation
from scheduler.media.ingest import Ingested, check_type, digest, ingest
from scheduler.services.context import Context
from scheduler.services.library.usage import InUse, uses_of
from scheduler.storage import assets as table

LIMITS = {"alt": 1500, "caption": 2000, "credit": 200}
"""Longest texts, in characters. Alt texts: what Mastodon takes by default."""
_NAME_LENGTH = 120
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Added:
    """An asset of the library; `notes` are sentences that the person should read, `new` is False for a known file."""

    asset: Asset
    notes: tuple[str, ...] = ()
    new: bool = True


def add_asset(ctx: Context, path: Path, filename: str, alt: str = "", caption: str = "", credit: str = "") -> Added:
    """Take the file at `path` into the library under the name `filename`. Raises `Invalid`.

    The same bytes twice give the asset that is there already. An asset without alt text may be kept, not used.
    """
    words = _checked_words({"alt": alt, "caption": caption, "credit": credit})
    return store(ctx, secrets.token_hex(8), path, filename, words)


def store(ctx: Context, asset_id: str, path: Path, filename: str, words: Mapping[str, str]) -> Added:
    """Take a file in under an id of the caller's choice; `words` are alt, caption and credit. Raises `Invalid`."""
    check_type(path)
    if known := _known(ctx, digest(path)):
        return known
    ctx.settings.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="derive-", dir=ctx.settings.data) as folder:
        ingested = ingest(path, Path(folder))
        now = ctx.clock.now_ms()
        asset = _asset(asset_id, ingested, filename, words, now)
        ctx.blobs.put_file(original_key(asset), path)
        files = tuple(_keep(ctx, asset.id, ingested.derivation, Path(folder)))
    with ctx.database.writing() as tx:
        twin = table.by_sha256(tx, asset.sha256)
        if twin is None:
            table.add(tx, asset, files)
    if twin is not None:  # two uploads of the same file at the same time
        _forget_bytes(ctx, asset, files)
        return _already_there(twin)
    return Added(asset, ingested.derivation.notes)


def get_asset(ctx: Context, asset_id: str) -> Asset:
    """Return an asset. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        asset = table.get(tx, asset_id)
    if asset is None:
        raise NotFound("This photo or video is not in the library any more.")
    return asset


def find_assets(
    ctx: Context,
    words: str = "",
    kind: Kind | None = None,
    *,
    limit: int = 60,
    offset: int = 0,
    after: tuple[int, str] | None = None,
) -> tuple[list[Asset], int]:
    """Return one page of the assets with `words` in file name, alt text or caption, and how many there are in all.

    The page begins at `offset`, or after the asset with this (created_at, id).
    """
    with ctx.database.reading() as tx:
        found = table.search(tx, words, kind, limit=limit, offset=offset, after=after)
        return found, table.count(tx, words, kind)


def change_asset(ctx: Context, asset_id: str, changes: Mapping[str, str], version: int | None = None) -> Asset:
    """Change some of alt, caption and credit; `version` is the one that was read. Raises `Invalid`, `Conflict`."""
    asset = get_asset(ctx, asset_id)
    words = _checked_words(changes)
    if not words:
        return asset
    _bump(ctx, asset, version, words)
    return get_asset(ctx, asset_id)


def put_captions(ctx: Context, asset_id: str, data: bytes, language: str = "en") -> Asset:
    """Give a video captions in one language (a WebVTT file), in place of earlier ones. Raises `Invalid`."""
    asset = get_asset(ctx, asset_id)
    if asset.kind is not Kind.VIDEO:
        raise refuse("captions", "Captions belong to videos; this is a photo.")
    tag, text = webvtt.check_language(language), webvtt.check_captions(data)
    key = f"renditions/{asset.id}/captions-{tag.lower()}-{_short_hash(text)}.vtt"
    ctx.blobs.put_bytes(key, text)
    rendition = Rendition(asset.id, Purpose.CAPTIONS, webvtt.MIME, 0, 0, len(text), key, tag)
    _replace_captions(ctx, asset, tag, rendition)
    return get_asset(ctx, asset_id)


def remove_captions(ctx: Context, asset_id: str, language: str) -> Asset:
    """Take the captions in one language away."""
    asset = get_asset(ctx, asset_id)
    _replace_captions(ctx, asset, language, None)
    return get_asset(ctx, asset_id)


def delete_asset(ctx: Context, asset_id: str) -> None:
    """Delete an asset and every file of it. Raises `InUse` with the list while something uses it."""
    asset = get_asset(ctx, asset_id)
    if uses := uses_of(ctx, asset_id):
        raise InUse(asset, uses)
    with ctx.database.writing() as tx:
        files = table.renditions_of(tx, [asset_id])
        table.remove(tx, asset_id)
    _forget_bytes(ctx, asset, files)


def original_key(asset: Asset) -> str:
    """Return the key of the file as it was uploaded. It may hold a place and a name: it is never public."""
    return f"originals/{asset.id}/{asset.sha256}"


def _known(ctx: Context, sha256: str) -> Added | None:
    with ctx.database.reading() as tx:
        twin = table.by_sha256(tx, sha256)
    return _already_there(twin) if twin else None


def _already_there(twin: Asset) -> Added:
    note = f"This {twin.kind} was in the library already, as {twin.filename}. Nothing was added."
    return Added(twin, (note,), new=False)


def _checked_words(words: Mapping[str, str]) -> dict[str, str]:
    clean = {field: _one_paragraph(text) for field, text in words.items() if field in LIMITS}
    problems = [
        Problem(field, f"This text has {len(text):,} characters; at most {LIMITS[field]:,} are allowed. Shorten it.")
        for field, text in clean.items()
        if len(text) > LIMITS[field]
    ]
    if problems:
        raise Invalid(problems)
    return clean


def _one_paragraph(text: str) -> str:
    printable = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", printable)).strip()


def _asset(asset_id: str, ingested: Ingested, filename: str, words: Mapping[str, str], now: int) -> Asset:
    derivation = ingested.derivation
    return Asset(
        id=asset_id,
        kind=ingested.filetype.kind,
        filename=_plain_name(filename) or f"{ingested.filetype.kind}.{ingested.filetype.extension}",
        mime=ingested.filetype.mime,
        sha256=ingested.sha256,
        bytes=ingested.bytes,
        width=derivation.width,
        height=derivation.height,
        duration_ms=derivation.duration_ms,
        alt=words.get("alt", ""),
        caption=words.get("caption", ""),
        credit=words.get("credit", ""),
        created_at=now,
        updated_at=now,
    )


def _plain_name(filename: str) -> str:
    # Only ever shown; no path is made of it.
    name = PurePosixPath(_one_paragraph(filename).replace("\\", "/")).name
    if len(name) <= _NAME_LENGTH:
        return name
    ending = PurePosixPath(name).suffix[:10]
    return name[: _NAME_LENGTH - len(ending)] + ending


def _keep(ctx: Context, asset_id: str, derivation: Derivation, folder: Path) -> Iterator[Rendition]:
    for file in derivation.files:
        path = folder / file.name
        stem, extension = file.name.rsplit(".", 1)
        # The hash makes the address unguessable, and lets a browser keep the file for ever.
        key = f"renditions/{asset_id}/{stem}-{digest(path)[:_HASH_LENGTH]}.{extension}"
        ctx.blobs.put_file(key, path)
        yield Rendition(asset_id, file.purpose, file.mime, file.width, file.height, path.stat().st_size, key)


def _short_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HASH_LENGTH]


def _replace_captions(ctx: Context, asset: Asset, language: str, new: Rendition | None) -> None:
    with ctx.database.writing() as tx:
        old = [r for r in table.renditions_of(tx, [asset.id], Purpose.CAPTIONS) if r.label == language]
        for rendition in old:
            table.remove_rendition(tx, rendition.key)
        if new is not None:
            table.add_rendition(tx, new)
        current = table.get(tx, asset.id)
        if current is not None:
            table.change(tx, asset.id, current.version, {"updated_at": ctx.clock.now_ms()})
    for rendition in old:
        if new is None or rendition.key != new.key:
            ctx.blobs.delete(rendition.key)


def _bump(ctx: Context, asset: Asset, version: int | None, values: Mapping[str, str]) -> None:
    with ctx.database.writing() as tx:
        expected = asset.version if version is None else version
        if not table.change(tx, asset.id, expected, {**values, "updated_at": ctx.clock.now_ms()}):
            raise Conflict(
                f"Somebody else changed this {asset.kind} meanwhile. Look at it as it is now, then change it again."
            )


def _forget_bytes(ctx: Context, asset: Asset, files: tuple[Rendition, ...] | list[Rendition]) -> None:
    for file in files:
        ctx.blobs.delete(file.key)
    ctx.blobs.delete(original_key(asset))
