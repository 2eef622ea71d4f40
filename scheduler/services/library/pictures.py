"""Assets as pages and payloads need them: addresses, sizes and words in one piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from scheduler import reads
from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.domain.problem import NotFound
from scheduler.domain.teaser import MediaItem
from scheduler.media.captions import language_name
from scheduler.reads import Question
from scheduler.services.context import Context
from scheduler.storage import assets as table

AT_ONCE = 500
"""How many assets one query names; a database allows only so many."""
_WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Image:
    """One published image: its path on this site and its size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Track:
    """The captions of a video in one language."""

    lang: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An asset for a template. Every address is a path on this site ("/media/...").

    For a photo, `src` is the largest image that every browser shows and `srcset`, `webp_srcset` are all widths.
    For a video, `src` is the file to play (of type `mime`), `poster` its still and `tracks` its captions.
    `width` and `height` are those of `src`. `version` grows with every change of the words or the captions.
    """

    id: str
    kind: Kind
    src: str
    mime: str
    width: int
    height: int
    alt: str
    caption: str
    credit: str
    version: int
    filename: str = ""
    thumb: str = ""
    thumb_width: int = 0
    thumb_height: int = 0
    card: Image | None = None
    srcset: str = ""
    webp_srcset: str = ""
    poster: str = ""
    tracks: tuple[Track, ...] = ()
    duration_ms: int = 0

    @property
    def is_video(self) -> bool:
        """Return whether this is a video."""
        return self.kind is Kind.VIDEO

    @property
    def usable(self) -> bool:
        """Return whether it may be chosen: it has an alt text."""
        return bool(self.alt)


def picture(ctx: Context, asset_id: str) -> Picture | None:
    """Return an asset for a template, or None when it is not in the library."""
    return pictures(ctx, (asset_id,)).get(asset_id)


def pictures(ctx: Context, asset_ids: Iterable[str]) -> dict[str, Picture]:
    """Return those of the assets that are in the library, by id and in the order asked for."""
    page = reads.current()
    if page is None:
        return _fetched(ctx, list(dict.fromkeys(asset_ids)))
    known = remembered(ctx, asset_ids, page.memory)
    for key, (_, name) in known.items():
        reads.note(picture_question(key), name)
    return {key: found for key, (found, _) in known.items() if found}


def picture_question(asset_id: str) -> Question:
    """Return what a page asks when it shows an asset."""
    return ("picture", asset_id)


def remembered(
    ctx: Context, ids: Iterable[str], memory: MutableMapping[Any, Any]
) -> dict[str, tuple[Picture | None, str]]:
    """Return each asset, or None, with the name of what is known of it; `memory` keeps it for the next page."""
    keys = list(dict.fromkeys(ids))
    if missing := [key for key in keys if ("picture", key) not in memory]:
        with reads.named():
            fetched = _fetched(ctx, missing)
        for key in missing:
            memory["picture", key] = (fetched.get(key), reads.name_of([repr(fetched.get(key))]))
    return {key: memory["picture", key] for key in keys}


def _fetched(ctx: Context, ids: list[str]) -> dict[str, Picture]:
    fetched: dict[str, Picture] = {}
    with ctx.database.reading() as tx:
        for start in range(0, len(ids), AT_ONCE):
            found = table.by_ids(tx, ids[start : start + AT_ONCE])
            files: dict[str, list[Rendition]] = {}
            for file in table.renditions_of(tx, found):
                files.setdefault(file.asset_id, []).append(file)
            fetched |= {key: as_picture(asset, files.get(key, [])) for key, asset in found.items()}
    return {key: fetched[key] for key in ids if key in fetched}


def media_item(ctx: Context, asset_id: str) -> MediaItem:
    """Return the file of an asset that platforms get: a photo's POST or a video's PLAY. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        asset = table.get(tx, asset_id)
        purpose = Purpose.PLAY if asset and asset.kind is Kind.VIDEO else Purpose.POST
        files = table.renditions_of(tx, [asset_id], purpose)
    if asset is None or not files:
        raise NotFound("A photo or video of this teaser is not in the library any more. Choose another one.")
    return _item(asset, files[-1])


def card_item(ctx: Context, asset_id: str) -> MediaItem | None:
    """Return the 1200x630 JPEG of an asset for link cards, or None when it is not in the library."""
    with ctx.database.reading() as tx:
        asset = table.get(tx, asset_id)
        files = table.renditions_of(tx, [asset_id], Purpose.CARD)
    return _item(asset, files[-1]) if asset and files else None


def published_file(ctx: Context, asset_id: str, name: str) -> Rendition | None:
    """Return the rendition behind the path /media/<asset_id>/<name>, or None."""
    with ctx.database.reading() as tx:
        return table.rendition(tx, f"renditions/{asset_id}/{name}")


def published_files(ctx: Context, names: Mapping[str, str]) -> dict[str, Rendition]:
    """Return many renditions at once by a key of the caller's; a name is `<asset_id>/<name>`, others are left out."""
    keys = {f"renditions/{name}": file for file, name in names.items()}
    with ctx.database.reading() as tx:
        return {keys[found.key]: found for found in table.renditions_by_key(tx, keys)}


def as_picture(asset: Asset, files: list[Rendition]) -> Picture:
    """Return an asset and its renditions (narrow before wide) as a picture."""
    by_purpose = {file.purpose: file for file in files}
    widths = [file for file in files if file.purpose is Purpose.WIDTH]
    own = [file for file in widths if file.mime != _WEBP] or widths
    main = by_purpose[Purpose.PLAY] if asset.kind is Kind.VIDEO else own[-1]
    thumb, card = by_purpose.get(Purpose.THUMB), by_purpose.get(Purpose.CARD)
    return Picture(
        id=asset.id,
        kind=asset.kind,
        src=url(main),
        mime=main.mime,
        width=main.width,
        height=main.height,
        alt=asset.alt,
        caption=asset.caption,
        credit=asset.credit,
        version=asset.version,
        filename=asset.filename,
        thumb=url(thumb) if thumb else "",
        thumb_width=thumb.width if thumb else 0,
        thumb_height=thumb.height if thumb else 0,
        card=Image(url(card), card.width, card.height) if card else None,
        srcset=_srcset(own),
        webp_srcset=_srcset([file for file in widths if file.mime == _WEBP]),
        poster=url(by_purpose[Purpose.POSTER]) if Purpose.POSTER in by_purpose else "",
        tracks=tuple(_track(file) for file in files if file.purpose is Purpose.CAPTIONS),
        duration_ms=asset.duration_ms,
    )


def url(rendition: Rendition) -> str:
    """Return the path of a rendition on this site."""
    return "/media/" + rendition.key.removeprefix("renditions/")


def key_of(path: str) -> str:
    """Return the key in the media store of what `url` gave a path."""
    return "renditions/" + path.removeprefix("/media/")


def _srcset(files: list[Rendition]) -> str:
    return ", ".join(f"{url(file)} {file.width}w" for file in files)


def _track(file: Rendition) -> Track:
    return Track(file.label, language_name(file.label), url(file))


def _item(asset: Asset, file: Rendition) -> MediaItem:
    return MediaItem(
        key=file.key,
        mime=file.mime,
        width=file.width,
        height=file.height,
        bytes=file.bytes,
        alt=asset.alt,
        asset=asset.id,
        duration_ms=asset.duration_ms,
    )
