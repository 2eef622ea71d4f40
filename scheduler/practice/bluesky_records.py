"""The rules of `app.bsky.feed.post` records, from the lexicons: what a real server refuses is refused here.

Stricter than a real server in three things a client should never send: a facet that leaves the text, cuts a
character or overlaps another one (real servers store it and apps show it wrongly), and `validate: false`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from scheduler.practice.identifiers import TID_ALPHABET
from scheduler.practice.richtext import graphemes

POST = "app.bsky.feed.post"
MAX_GRAPHEMES = 300
MAX_TEXT_BYTES = 3000
MAX_IMAGES = 4
MAX_GALLERY_ITEMS = 20
MAX_IMAGE_BYTES = 2_000_000
MAX_THUMB_BYTES = 1_000_000
MAX_VIDEO_BYTES = 300_000_000
MAX_CAPTION_BYTES = 20_000
MAX_LANGS = 3
MAX_TAGS = 8

_DATETIME = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,20})?(Z|[+-][0-2][0-9]:[0-5][0-9])"
)
_TID = re.compile(f"[234567abcdefghij][{TID_ALPHABET}]{{12}}")
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_URI = re.compile(r"\w+:(?://)?[^\s/]\S*")
_AT_URI = re.compile(r"at://[^/\s]+/[a-zA-Z0-9.-]+/[a-zA-Z0-9._:~-]+")
_CID = re.compile(r"[a-zA-Z0-9+=]{8,256}")
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[a-zA-Z0-9]+)*")


class RecordRefused(ValueError):
    """A record that breaks its lexicon; the text says where and why, as the real server does."""


@dataclass(frozen=True)
class BlobUse:
    """A blob a record refers to, with what its place in the record allows (sizes in bytes)."""

    cid: str
    media_type: str
    size: int
    accepted: str
    largest: int


def is_tid(key: str) -> bool:
    """Tell whether a record key is a valid TID."""
    return _TID.fullmatch(key) is not None


def is_datetime(value: object) -> bool:
    """Tell whether a value is an RFC 3339 date and time with a zone, as the lexicons demand."""
    if not isinstance(value, str) or not _DATETIME.fullmatch(value) or value.endswith("-00:00"):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.(\d+)", lambda match: "." + match[1][:6].ljust(6, "0"), value))
    except ValueError:
        return False
    return not value.startswith("000")


def check_post(record: dict[str, Any]) -> list[BlobUse]:
    """Return the blobs a post uses; raise RecordRefused for the first rule it breaks."""
    text = _string(record, "text", "Record")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise RecordRefused(f"Record/text must not be longer than {MAX_TEXT_BYTES} characters")
    if graphemes(text) > MAX_GRAPHEMES:
        raise RecordRefused(f"Record/text must not be longer than {MAX_GRAPHEMES} graphemes")
    check_created_at(record)
    _check_facets(record, text)
    _check_lists(record)
    _check_reply(record)
    _check_labels(record)
    return _embed_blobs(record)


def check_gate(record: dict[str, Any]) -> list[BlobUse]:
    """Check a threadgate or postgate, which name the post they guard and use no blobs."""
    if not _AT_URI.fullmatch(_string(record, "post", "Record")):
        raise RecordRefused("Record/post must be a valid at-uri")
    check_created_at(record)
    return []


def check_created_at(record: dict[str, Any]) -> None:
    """Check the time of a record."""
    _string(record, "createdAt", "Record")
    if not is_datetime(record["createdAt"]):
        raise RecordRefused("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)")


CHECKS: dict[str, Callable[[dict[str, Any]], list[BlobUse]]] = {
    POST: check_post,
    "app.bsky.feed.threadgate": check_gate,
    "app.bsky.feed.postgate": check_gate,
}


def _check_facets(record: dict[str, Any], text: str) -> None:
    raw, ranges = text.encode(), []
    for number, facet in enumerate(_list(record, "facets", "Record")):
        path = f"Record/facets/{number}"
        index = _object(_as_object(facet, path), "index", path)
        start, end = (_integer(index, name, f"{path}/index", 0) for name in ("byteStart", "byteEnd"))
        _check_range(raw, (start, end), f"{path}/index")
        ranges.append((start, end))
        for place, feature in enumerate(_list(facet, "features", path, required=True)):
            _check_feature(feature, f"{path}/features/{place}")
    ranges.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(ranges)):
        raise RecordRefused("Record/facets must not overlap")


def _check_range(raw: bytes, place: tuple[int, int], path: str) -> None:
    start, end = place
    if not start < end <= len(raw):
        raise RecordRefused(f"{path} must lie inside the text, which has {len(raw)} bytes")
    for edge in (start, end):
        if edge < len(raw) and raw[edge] & 0xC0 == 0x80:
            raise RecordRefused(f"{path} must not cut a character: byte {edge} is inside one")


def _check_feature(feature: Any, path: str) -> None:
    kind = _typed(feature, path)
    if kind == "app.bsky.richtext.facet#link" and not _URI.fullmatch(_string(feature, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a uri")
    if kind == "app.bsky.richtext.facet#mention" and not _DID.fullmatch(_string(feature, "did", path)):
        raise RecordRefused(f"{path}/did must be a valid did")
    if kind == "app.bsky.richtext.facet#tag":
        _check_tag(_string(feature, "tag", path), f"{path}/tag")


def _check_tag(tag: Any, path: str) -> None:
    if not isinstance(tag, str):
        raise RecordRefused(f"{path} must be a string")
    if len(tag.encode()) > 640 or graphemes(tag) > 64:
        raise RecordRefused(f"{path} must not be longer than 64 graphemes")


def _check_lists(record: dict[str, Any]) -> None:
    langs, tags = _list(record, "langs", "Record"), _list(record, "tags", "Record")
    if len(langs) > MAX_LANGS:
        raise RecordRefused(f"Record/langs must not have more than {MAX_LANGS} elements")
    if len(tags) > MAX_TAGS:
        raise RecordRefused(f"Record/tags must not have more than {MAX_TAGS} elements")
    for number, lang in enumerate(langs):
        if not isinstance(lang, str) or not _LANGUAGE.fullmatch(lang):
            raise RecordRefused(f"Record/langs/{number} must be a well-formed BCP 47 language tag")
    for number, tag in enumerate(tags):
        _check_tag(tag, f"Record/tags/{number}")


def _check_reply(record: dict[str, Any]) -> None:
    if "reply" not in record:
        return
    reply = _object(record, "reply", "Record")
    for name in ("root", "parent"):
        _check_strong_ref(_object(reply, name, "Record/reply"), f"Record/reply/{name}")


def _check_strong_ref(ref: dict[str, Any], path: str) -> None:
    if not _AT_URI.fullmatch(_string(ref, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a valid at-uri")
    if not _CID.fullmatch(_string(ref, "cid", path)):
        raise RecordRefused(f"{path}/cid must be a cid string")


def _check_labels(record: dict[str, Any]) -> None:
    if "labels" not in record:
        return
    if _typed(record["labels"], "Record/labels") == "com.atproto.label.defs#selfLabels":
        for number, label in enumerate(_list(record["labels"], "values", "Record/labels", required=True)):
            _string(_as_object(label, f"Record/labels/values/{number}"), "val", f"Record/labels/values/{number}")


def _embed_blobs(record: dict[str, Any]) -> list[BlobUse]:
    if "embed" not in record:
        return []
    embed = record["embed"]
    read = _EMBEDS.get(_typed(embed, "Record/embed"))
    return read(embed, "Record/embed") if read else []  # an open union: unknown embeds pass, as on a real server


def _images(embed: dict[str, Any], path: str) -> list[BlobUse]:
    images = _list(embed, "images", path, required=True)
    if len(images) > MAX_IMAGES:
        raise RecordRefused(f"{path}/images must not have more than {MAX_IMAGES} elements")
    return [_image(one, f"{path}/images/{number}") for number, one in enumerate(images)]


def _gallery(embed: dict[str, Any], path: str) -> list[BlobUse]:
    items = _list(embed, "items", path, required=True)
    if len(items) > MAX_GALLERY_ITEMS:
        raise RecordRefused(f"{path}/items must not have more than {MAX_GALLERY_ITEMS} elements")
    for number, item in enumerate(items):
        _typed(item, f"{path}/items/{number}")
        _object(item, "aspectRatio", f"{path}/items/{number}")
    return [_image(one, f"{path}/items/{number}") for number, one in enumerate(items)]


def _image(image: Any, path: str) -> BlobUse:
    use = _blob(_as_object(image, path), "image", path, ("image/*", MAX_IMAGE_BYTES))
    _string(image, "alt", path)
    _check_aspect_ratio(image, path)
    return use


def _video(embed: dict[str, Any], path: str) -> list[BlobUse]:
    uses = [_blob(embed, "video", path, ("video/mp4", MAX_VIDEO_BYTES))]
    if "alt" in embed:
        _string(embed, "alt", path)
    _check_aspect_ratio(embed, path)
    for number, caption in enumerate(_list(embed, "captions", path)):
        place = f"{path}/captions/{number}"
        _string(_as_object(caption, place), "lang", place)
        uses.append(_blob(caption, "file", place, ("text/vtt", MAX_CAPTION_BYTES)))
    return uses


def _external(embed: dict[str, Any], path: str) -> list[BlobUse]:
    external, path = _object(embed, "external", path), f"{path}/external"
    if not _URI.fullmatch(_string(external, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a uri")
    for name in ("title", "description"):
        _string(external, name, path)
    for number, ref in enumerate(_list(external, "associatedRefs", path)):
        place = f"{path}/associatedRefs/{number}"
        _check_strong_ref(_as_object(ref, place), place)
    return [_blob(external, "thumb", path, ("image/*", MAX_THUMB_BYTES))] if "thumb" in external else []


def _quote(embed: dict[str, Any], path: str) -> list[BlobUse]:
    _check_strong_ref(_object(embed, "record", path), f"{path}/record")
    return []


def _quote_with_media(embed: dict[str, Any], path: str) -> list[BlobUse]:
    _quote(_object(embed, "record", path), f"{path}/record")
    media = _object(embed, "media", path)
    read = _EMBEDS.get(_typed(media, f"{path}/media"))
    return read(media, f"{path}/media") if read else []


_EMBEDS: dict[str, Callable[[dict[str, Any], str], list[BlobUse]]] = {
    "app.bsky.embed.images": _images,
    "app.bsky.embed.gallery": _gallery,
    "app.bsky.embed.video": _video,
    "app.bsky.embed.external": _external,
    "app.bsky.embed.record": _quote,
    "app.bsky.embed.recordWithMedia": _quote_with_media,
}


def _check_aspect_ratio(holder: dict[str, Any], path: str) -> None:
    if "aspectRatio" in holder:
        ratio = _object(holder, "aspectRatio", path)
        for name in ("width", "height"):
            _integer(ratio, name, f"{path}/aspectRatio", 1)


def _blob(holder: dict[str, Any], name: str, path: str, allowed: tuple[str, int]) -> BlobUse:
    blob, path = _object(holder, name, path), f"{path}/{name}"
    if blob.get("$type") != "blob":
        raise RecordRefused(f"{path} should be a blob ref")
    cid = _string(_object(blob, "ref", path), "$link", f"{path}/ref")
    size = _integer(blob, "size", path, 0)
    return BlobUse(cid, _string(blob, "mimeType", path), size, *allowed)


def _typed(value: Any, path: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
        raise RecordRefused(f'{path} must be an object which includes the "$type" property')
    return str(value["$type"])


def _object(holder: dict[str, Any], name: str, path: str) -> dict[str, Any]:
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    return _as_object(holder[name], f"{path}/{name}")


def _as_object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RecordRefused(f"{path} must be an object")
    return value


def _list(holder: dict[str, Any], name: str, path: str, required: bool = False) -> list[Any]:
    if required and name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    value = holder.get(name, [])
    if not isinstance(value, list):
        raise RecordRefused(f"{path}/{name} must be an array")
    return value


def _string(holder: dict[str, Any], name: str, path: str) -> str:
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    if not isinstance(holder[name], str):
        raise RecordRefused(f"{path}/{name} must be a string")
    return str(holder[name])


def _integer(holder: dict[str, Any], name: str, path: str, least: int) -> int:
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    value = holder[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordRefused(f"{path}/{name} must be an integer")
    if value < least:
        raise RecordRefused(f"{path}/{name} can not be less than {least}")
    return value
