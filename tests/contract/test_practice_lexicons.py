"""The Bluesky imitation against the published lexicons: what one accepts or refuses, so does the other.

The lexicons are not part of this repository. Where they lie beside it they are read; elsewhere the few facts
below stand in for them, and where both are there they must agree.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import regex

from scheduler.practice.networks.bluesky import records as rules
from scheduler.practice.networks.bluesky.fields import RecordRefused
from scheduler.practice.networks.bluesky.records import check_post, is_datetime, is_tid

Json = dict[str, Any]

BLOB: Json = {"$type": "blob", "ref": {"$link": "bafkreia"}, "mimeType": "image/jpeg", "size": 9}
CLIP = BLOB | {"mimeType": "video/mp4"}
CAPTION = BLOB | {"mimeType": "text/vtt"}
RATIO: Json = {"width": 4, "height": 3}
STRONG: Json = {"uri": "at://did:plc:abc/app.bsky.feed.post/3ke6kg3wk2222", "cid": "bafyreiabcdefgh"}
IMAGE: Json = {"image": BLOB, "alt": "A knee", "aspectRatio": RATIO}
EMBEDS: tuple[Json, ...] = (
    {"$type": "app.bsky.embed.images", "images": [IMAGE]},
    {"$type": "app.bsky.embed.gallery", "items": [{"$type": "app.bsky.embed.gallery#image", **IMAGE}]},
    {"$type": "app.bsky.embed.video", "video": CLIP, "alt": "x", "captions": [{"lang": "en", "file": CAPTION}]},
    {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://e.com", "title": "", "description": "", "thumb": BLOB, "associatedRefs": [STRONG]},
    },
    {"$type": "app.bsky.embed.record", "record": STRONG},
    {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"record": STRONG},
        "media": {"$type": "app.bsky.embed.images", "images": [IMAGE]},
    },
)
FACET: Json = {
    "index": {"byteStart": 0, "byteEnd": 3},
    "features": [
        {"$type": "app.bsky.richtext.facet#link", "uri": "https://e.com"},
        {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:abc"},
        {"$type": "app.bsky.richtext.facet#tag", "tag": "x"},
    ],
}
LABELS: Json = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]}


def records() -> Iterator[Json]:
    for embed in EMBEDS:
        yield {
            "$type": "app.bsky.feed.post",
            "text": "one two",
            "createdAt": "2026-11-23T09:00:00Z",
            "langs": ["en"],
            "tags": ["x"],
            "facets": [FACET],
            "labels": LABELS,
            "reply": {"root": STRONG, "parent": STRONG},
            "embed": embed,
        }


# What the lexicons require, as far as the product uses them: definition -> {property: what it holds}; `!` = required.
FACTS: dict[str, dict[str, str]] = {
    "app.bsky.feed.post#main": {
        "text!": "string",
        "createdAt!": "string",
        "facets": "[app.bsky.richtext.facet#main]",
        "reply": "app.bsky.feed.post#replyRef",
        "embed": "union",
        "labels": "union",
        "langs": "[string]",
        "tags": "[string]",
    },
    "app.bsky.feed.post#replyRef": {
        "root!": "com.atproto.repo.strongRef#main",
        "parent!": "com.atproto.repo.strongRef#main",
    },
    "com.atproto.repo.strongRef#main": {"uri!": "string", "cid!": "string"},
    "com.atproto.label.defs#selfLabels": {"values!": "[com.atproto.label.defs#selfLabel]"},
    "com.atproto.label.defs#selfLabel": {"val!": "string"},
    "app.bsky.richtext.facet#main": {"index!": "app.bsky.richtext.facet#byteSlice", "features!": "[union]"},
    "app.bsky.richtext.facet#byteSlice": {"byteStart!": "integer", "byteEnd!": "integer"},
    "app.bsky.richtext.facet#link": {"uri!": "string"},
    "app.bsky.richtext.facet#mention": {"did!": "string"},
    "app.bsky.richtext.facet#tag": {"tag!": "string"},
    "app.bsky.embed.images#main": {"images!": "[app.bsky.embed.images#image]"},
    "app.bsky.embed.images#image": {
        "image!": "blob",
        "alt!": "string",
        "aspectRatio": "app.bsky.embed.defs#aspectRatio",
    },
    "app.bsky.embed.gallery#main": {"items!": "[union]"},
    "app.bsky.embed.gallery#image": {
        "image!": "blob",
        "alt!": "string",
        "aspectRatio!": "app.bsky.embed.defs#aspectRatio",
    },
    "app.bsky.embed.video#main": {"video!": "blob", "alt": "string", "captions": "[app.bsky.embed.video#caption]"},
    "app.bsky.embed.video#caption": {"lang!": "string", "file!": "blob"},
    "app.bsky.embed.external#main": {"external!": "app.bsky.embed.external#external"},
    "app.bsky.embed.external#external": {
        "uri!": "string",
        "title!": "string",
        "description!": "string",
        "thumb": "blob",
        "associatedRefs": "[com.atproto.repo.strongRef#main]",
    },
    "app.bsky.embed.record#main": {"record!": "com.atproto.repo.strongRef#main"},
    "app.bsky.embed.recordWithMedia#main": {"record!": "app.bsky.embed.record#main", "media!": "union"},
    "app.bsky.embed.defs#aspectRatio": {"width!": "integer", "height!": "integer"},
}
LIMITS: dict[str, int] = {
    "app.bsky.feed.post#main/text/maxLength": rules.MAX_TEXT_BYTES,
    "app.bsky.feed.post#main/text/maxGraphemes": rules.MAX_GRAPHEMES,
    "app.bsky.feed.post#main/langs/maxLength": rules.MAX_LANGS,
    "app.bsky.feed.post#main/tags/maxLength": rules.MAX_TAGS,
    "app.bsky.embed.images#main/images/maxLength": rules.MAX_IMAGES,
    "app.bsky.embed.images#image/image/maxSize": rules.MAX_IMAGE_BYTES,
    "app.bsky.embed.gallery#main/items/maxLength": rules.MAX_GALLERY_ITEMS,
    "app.bsky.embed.gallery#image/image/maxSize": rules.MAX_IMAGE_BYTES,
    "app.bsky.embed.external#external/thumb/maxSize": rules.MAX_THUMB_BYTES,
    "app.bsky.embed.video#main/video/maxSize": rules.MAX_VIDEO_BYTES,
    "app.bsky.embed.video#caption/file/maxSize": rules.MAX_CAPTION_BYTES,
}
DOCUMENTED_LIMITS = (3000, 300, 3, 8, 4, 2_000_000, 20, 2_000_000, 1_000_000, 300_000_000, 20_000)


def spec_folder() -> Path | None:
    return next(
        (found for parent in Path(__file__).parents if (found := parent / "shared/specs/bluesky").is_dir()), None
    )


def load_definition(folder: Path, name: str) -> Json:
    nsid, _, part = name.partition("#")
    text = (folder / "lexicons" / f"{nsid.replace('.', '/')}.json").read_text("utf-8")
    found: Json = json.loads(text)["defs"][part]
    record: Json = found.get("record", found)
    return record


def held(schema: Json, nsid: str) -> str:
    """Say in the notation of FACTS what a lexicon property holds."""
    if schema["type"] == "array":
        return f"[{held(schema['items'], nsid)}]"
    if schema["type"] == "ref":
        ref = str(schema["ref"])
        ref = nsid + ref if ref.startswith("#") else ref
        return ref if "#" in ref else f"{ref}#main"
    return str(schema["type"])


def facts() -> dict[str, dict[str, str]]:
    """Return the facts of the published lexicons if they are at hand, else those above."""
    folder = spec_folder()
    if folder is None:
        return FACTS
    read: dict[str, dict[str, str]] = {}
    for name in FACTS:
        definition = load_definition(folder, name)
        required = definition.get("required", [])
        read[name] = {
            key + ("!" if key in required else ""): held(schema, name.partition("#")[0])
            for key, schema in definition["properties"].items()
        }
    return read


def problems(value: Any, kind: str, known: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield what a lexicon would object to in `value`; only shapes, as the limits are compared elsewhere."""
    if kind.startswith("["):
        if not isinstance(value, list):
            yield "not an array"
            return
        for item in value:
            yield from problems(item, kind[1:-1], known)
    elif kind in ("string", "integer"):
        if not isinstance(value, {"string": str, "integer": int}[kind]):
            yield f"not a {kind}"
    elif not isinstance(value, dict):
        yield "not an object"
    elif kind == "union":
        yield from _union_problems(value, known)
    elif kind == "blob":
        if value.get("$type") != "blob" or not {"ref", "mimeType", "size"} <= set(value) or not value["ref"]:
            yield "not a blob"
    else:
        yield from _object_problems(value, known[kind], known)


def _union_problems(value: Json, known: dict[str, dict[str, str]]) -> Iterator[str]:
    if "$type" not in value:
        yield "no $type"
        return
    name = value["$type"] if "#" in value["$type"] else f"{value['$type']}#main"
    if name in known:
        yield from problems(value, name, known)


def _object_problems(value: Json, fields: dict[str, str], known: dict[str, dict[str, str]]) -> Iterator[str]:
    for key, kind in fields.items():
        name = key.rstrip("!")
        if name in value:
            yield from problems(value[name], kind, known)
        elif key.endswith("!"):
            yield f"{name} is missing"


def accepted(record: Json) -> bool:
    try:
        check_post(record)
    except RecordRefused:
        return False
    return True


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(record: Json, path: tuple[Any, ...], new: Any) -> Json:
    """Return a copy with the thing at `path` replaced, or removed when `new` is `...`."""
    result = copy.deepcopy(record)
    holder: Any = result
    for key in path[:-1]:
        holder = holder[key]
    if new is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return result


def test_the_facts_are_those_of_the_lexicons() -> None:
    read = facts()
    for name, fields in FACTS.items():
        for key, kind in fields.items():
            assert read[name].get(key) == kind, f"{name} {key}"
        required = {key for key in read[name] if key.endswith("!")}
        assert required == {key for key in fields if key.endswith("!")}, name


def test_the_limits_are_those_of_the_lexicons() -> None:
    assert tuple(LIMITS.values()) == DOCUMENTED_LIMITS
    folder = spec_folder()
    for path, limit in LIMITS.items() if folder else ():
        name, key, rule = path.split("/")
        assert folder is not None
        assert load_definition(folder, name)["properties"][key][rule] == limit, path


@pytest.mark.parametrize("record", list(records()), ids=lambda record: str(record["embed"]["$type"]))
def test_removing_or_spoiling_anything_is_judged_as_the_lexicons_judge_it(record: Json) -> None:
    known = facts()
    assert accepted(record)
    assert list(problems(record, "app.bsky.feed.post#main", known)) == []
    judged = {True: 0, False: 0}
    for path in places(record):
        if path == ("$type",):
            continue  # the server fills the record's own type in
        news = (...,) if _is_lax(path) else (..., None, 7.5)
        for new in news:
            spoiled = changed(record, path, new)
            expected = not list(problems(spoiled, "app.bsky.feed.post#main", known))
            assert accepted(spoiled) is expected, (path, new)
            judged[expected] += 1
    assert judged[True] > 3
    assert judged[False] > 20


def _is_lax(path: tuple[Any, ...]) -> bool:
    # Inside a blob and of a `$type`, only presence is compared: the imitation looks closer than this test's reader.
    return bool({"ref", "mimeType", "size", "$type"} & set(path))


@pytest.mark.parametrize(
    ("file", "judge", "inline"),
    [
        ("datetime_syntax_valid", is_datetime, ["1985-04-12T23:20:50.123Z", "1985-04-12T23:20:50.1+01:45"]),
        ("tid_syntax_valid", is_tid, ["3jzfcijpj2z2a", "7777777777777"]),
    ],
)
def test_valid_vectors(file: str, judge: Any, inline: list[str]) -> None:
    for vector in inline + vectors(file):
        assert judge(vector), vector


@pytest.mark.parametrize(
    ("file", "judge", "inline"),
    [
        ("datetime_syntax_invalid", is_datetime, ["1985-04-12", "1985-04-12T23:20:50.123z", "1985-04-12T23:20Z"]),
        ("datetime_parse_invalid", is_datetime, ["1985-04-12T23:99:50.123Z", "1985-00-12T23:20:50.123Z"]),
        ("tid_syntax_invalid", is_tid, ["3jzfcijpj2z21", "3jzfcijpj2z2aa", "zzzzzzzzzzzzz"]),
    ],
)
def test_invalid_vectors(file: str, judge: Any, inline: list[str]) -> None:
    for vector in inline + vectors(file):
        assert not judge(vector), vector


def vectors(name: str) -> list[str]:
    folder = spec_folder()
    if folder is None:
        return []
    text = (folder / "conformance/interop-test-files/syntax" / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not regex.match(r"#( |$)", line)]
