"""The rules of `app.bsky.feed.post` records, from the lexicons: what a real server refuses is refused here.

Stricter than a real server in what a careful client never sends: a facet that leaves the text, cuts a character
or overlaps another one (real servers store it, apps show it wrongly), a blob that says a wrong size or type of
itself, half a surrogate pair, and `validate: false`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from scheduler.practice.identifiers import TID_ALPHABET
from scheduler.practice.networks.bluesky.fields import (
    RecordRefused,
    as_object,
    integer_of,
    list_of,
    object_of,
    string_of,
    typed,
)
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
    text = string_of(record, "text", "Record")
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
    if not _AT_URI.fullmatch(string_of(record, "post", "Record")):
        raise RecordRefused("Record/post must be a valid at-uri")
    check_created_at(record)
    return []


def check_document(record: dict[str, Any]) -> list[BlobUse]:
    """Check what a `site.standard.document` must have."""
    for name in ("site", "title", "publishedAt"):
        string_of(record, name, "Record")
    if not is_datetime(record["publishedAt"]):
        raise RecordRefused("Record/publishedAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)")
    return []


def check_created_at(record: dict[str, Any]) -> None:
    """Check the time of a record."""
    string_of(record, "createdAt", "Record")
    if not is_datetime(record["createdAt"]):
        raise RecordRefused("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)")


CHECKS: dict[str, Callable[[dict[str, Any]], list[BlobUse]]] = {
    POST: check_post,
    "app.bsky.feed.threadgate": check_gate,
    "app.bsky.feed.postgate": check_gate,
    "site.standard.document": check_document,
}


def _check_facets(record: dict[str, Any], text: str) -> None:
    raw, ranges = text.encode(), []
    for number, facet in enumerate(list_of(record, "facets", "Record")):
        path = f"Record/facets/{number}"
        index = object_of(as_object(facet, path), "index", path)
        start, end = (integer_of(index, name, f"{path}/index", 0) for name in ("byteStart", "byteEnd"))
        _check_range(raw, (start, end), f"{path}/index")
        ranges.append((start, end))
        for place, feature in enumerate(list_of(facet, "features", path, required=True)):
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
    kind = typed(feature, path)
    if kind == "app.bsky.richtext.facet#link" and not _URI.fullmatch(string_of(feature, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a uri")
    if kind == "app.bsky.richtext.facet#mention" and not _DID.fullmatch(string_of(feature, "did", path)):
        raise RecordRefused(f"{path}/did must be a valid did")
    if kind == "app.bsky.richtext.facet#tag":
        _check_tag(string_of(feature, "tag", path), f"{path}/tag")


def _check_tag(tag: Any, path: str) -> None:
    if not isinstance(tag, str):
        raise RecordRefused(f"{path} must be a string")
    if len(tag.encode()) > 640 or graphemes(tag) > 64:
        raise RecordRefused(f"{path} must not be longer than 64 graphemes")


def _check_lists(record: dict[str, Any]) -> None:
    langs, tags = list_of(record, "langs", "Record"), list_of(record, "tags", "Record")
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
    reply = object_of(record, "reply", "Record")
    for name in ("root", "parent"):
        _check_strong_ref(object_of(reply, name, "Record/reply"), f"Record/reply/{name}")


def _check_strong_ref(ref: dict[str, Any], path: str) -> None:
    if not _AT_URI.fullmatch(string_of(ref, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a valid at-uri")
    if not _CID.fullmatch(string_of(ref, "cid", path)):
        raise RecordRefused(f"{path}/cid must be a cid string")


def _check_labels(record: dict[str, Any]) -> None:
    if "labels" not in record:
        return
    if typed(record["labels"], "Record/labels") == "com.atproto.label.defs#selfLabels":
        for number, label in enumerate(list_of(record["labels"], "values", "Record/labels", required=True)):
            string_of(as_object(label, f"Record/labels/values/{number}"), "val", f"Record/labels/values/{number}")


def _embed_blobs(record: dict[str, Any]) -> list[BlobUse]:
    if "embed" not in record:
        return []
    embed = record["embed"]
    read = _EMBEDS.get(typed(embed, "Record/embed"))
    return read(embed, "Record/embed") if read else []  # an open union: unknown embeds pass, as on a real server


def _images(embed: dict[str, Any], path: str) -> list[BlobUse]:
    images = list_of(embed, "images", path, required=True)
    if len(images) > MAX_IMAGES:
        raise RecordRefused(f"{path}/images must not have more than {MAX_IMAGES} elements")
    return [_image(one, f"{path}/images/{number}") for number, one in enumerate(images)]


def _gallery(embed: dict[str, Any], path: str) -> list[BlobUse]:
    items = list_of(embed, "items", path, required=True)
    if len(items) > MAX_GALLERY_ITEMS:
        raise RecordRefused(f"{path}/items must not have more than {MAX_GALLERY_ITEMS} elements")
    for number, item in enumerate(items):
        typed(item, f"{path}/items/{number}")
        object_of(item, "aspectRatio", f"{path}/items/{number}")
    return [_image(one, f"{path}/items/{number}") for number, one in enumerate(items)]


def _image(image: Any, path: str) -> BlobUse:
    use = _blob(as_object(image, path), "image", path, ("image/*", MAX_IMAGE_BYTES))
    string_of(image, "alt", path)
    _check_aspect_ratio(image, path)
    return use


def _video(embed: dict[str, Any], path: str) -> list[BlobUse]:
    uses = [_blob(embed, "video", path, ("video/mp4", MAX_VIDEO_BYTES))]
    if "alt" in embed:
        string_of(embed, "alt", path)
    _check_aspect_ratio(embed, path)
    for number, caption in enumerate(list_of(embed, "captions", path)):
        place = f"{path}/captions/{number}"
        string_of(as_object(caption, place), "lang", place)
        uses.append(_blob(caption, "file", place, ("text/vtt", MAX_CAPTION_BYTES)))
    return uses


def _external(embed: dict[str, Any], path: str) -> list[BlobUse]:
    external, path = object_of(embed, "external", path), f"{path}/external"
    if not _URI.fullmatch(string_of(external, "uri", path)):
        raise RecordRefused(f"{path}/uri must be a uri")
    for name in ("title", "description"):
        string_of(external, name, path)
    for number, ref in enumerate(list_of(external, "associatedRefs", path)):
        place = f"{path}/associatedRefs/{number}"
        _check_strong_ref(as_object(ref, place), place)
    return [_blob(external, "thumb", path, ("image/*", MAX_THUMB_BYTES))] if "thumb" in external else []


def _quote(embed: dict[str, Any], path: str) -> list[BlobUse]:
    _check_strong_ref(object_of(embed, "record", path), f"{path}/record")
    return []


def _quote_with_media(embed: dict[str, Any], path: str) -> list[BlobUse]:
    _quote(object_of(embed, "record", path), f"{path}/record")
    media = object_of(embed, "media", path)
    read = _EMBEDS.get(typed(media, f"{path}/media"))
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
        ratio = object_of(holder, "aspectRatio", path)
        for name in ("width", "height"):
            integer_of(ratio, name, f"{path}/aspectRatio", 1)


def _blob(holder: dict[str, Any], name: str, path: str, allowed: tuple[str, int]) -> BlobUse:
    blob, path = object_of(holder, name, path), f"{path}/{name}"
    if blob.get("$type") != "blob":
        raise RecordRefused(f"{path} should be a blob ref")
    cid = string_of(object_of(blob, "ref", path), "$link", f"{path}/ref")
    use = BlobUse(cid, string_of(blob, "mimeType", path), integer_of(blob, "size", path, 0), *allowed)
    if not use.media_type.startswith(use.accepted.removesuffix("*")):
        raise RecordRefused(f'Expected "{use.accepted}" (got "{use.media_type}") at {path}/mimeType')
    if use.size > use.largest:
        raise RecordRefused(f"blob too big (maximum {use.largest}, got {use.size}) at {path}")
    return use
