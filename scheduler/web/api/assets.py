"""/assets: the photos and videos of the library."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, url_for
from werkzeug.datastructures import FileStorage

from scheduler.domain.asset import Asset, Kind
from scheduler.domain.problem import NotFound
from scheduler.media.filetypes import VIDEO_BYTES
from scheduler.services.library import assets as library
from scheduler.services.library.pictures import picture, pictures
from scheduler.web.api import fields, representations
from scheduler.web.api.answers import PAGE, after, answer, nothing, page, page_size, require_match
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import Choice, File, Listed, Many, Shape, Table, Text
from scheduler.web.api.parsing import form_body, json_body, query
from scheduler.web.context import ctx

bp = Blueprint("assets", __name__, url_prefix="/assets")

FORM_SPARE_BYTES = 1_000_000
WORDS: dict[str, fields.Kind] = {
    "alt": Text("What it shows, for people who cannot see it. Needed before it can be used.", longest=10_000),
    "caption": Text("Shown below it on the site.", longest=10_000),
    "credit": Text("Who made it.", longest=10_000),
}
FORM: dict[str, fields.Kind] = {"file": File("A photo or video; its content decides the type, not its name."), **WORDS}
FILTERS: dict[str, fields.Kind] = {
    "kind": Choice(tuple(Kind), "Only photos, or only videos."),
    "words": Text("Only those with all these words in file name, alt text or caption.", longest=200),
    **PAGE,
}
LIST = Listed("AssetList", "A page of the library, the newest first.", {}, of="Asset")
ADDED = Shape(
    "AddedAsset",
    "What the library has after an upload.",
    {**representations.ASSET.fields, "notes": Many(Text(), "What the person should know, in sentences.")},
)


@bp.get("")
@call(Call("List photos and videos", "read", LIST, query=FILTERS))
def index() -> Response:
    """List assets."""
    asked = query(FILTERS)
    asked.require()
    last = after(asked, int, str)
    found, _ = library.find_assets(
        ctx(),
        asked.get("words", ""),
        Kind(asked.get("kind")) if asked.get("kind") else None,
        limit=page_size(asked) + 1,
        after=(last[0], last[1]) if last else None,
    )
    shown = pictures(ctx(), [asset.id for asset in found])
    return page(asked, found, _key, lambda asset: representations.asset(ctx(), shown[asset.id]))


@bp.post("")
@call(
    Call(
        "Upload a photo or video",
        "write",
        ADDED,
        status=(201, 200),
        form=FORM,
        most_bytes=VIDEO_BYTES + FORM_SPARE_BYTES,
        note="200 instead of 201: these very bytes are in the library already, and nothing was added.",
    )
)
def upload() -> Response:
    """Take a file into the library."""
    read = form_body(FORM)
    read.require()
    added = _taken(read.get("file"), {name: read.get(name, "") for name in WORDS})
    where = url_for("api.assets.show", asset_id=added.asset.id)
    return answer(_shown(added.asset), 201 if added.new else 200, location=where, extra={"notes": list(added.notes)})


def _taken(file: FileStorage, words: dict[str, str]) -> library.Added:
    with tempfile.TemporaryDirectory(prefix="api-", dir=ctx().settings.data) as folder:
        path = Path(folder) / "file"
        file.save(path)
        return library.add_asset(ctx(), path, file.filename or "", **words)


@bp.get("/<asset_id>")
@call(Call("Read a photo or video", "read", representations.ASSET, refusals=(404,)))
def show(asset_id: str) -> Response:
    """Send one asset."""
    return answer(_shown(library.get_asset(ctx(), asset_id)))


@bp.patch("/<asset_id>")
@call(
    Call(
        "Change what is said about a photo or video",
        "write",
        representations.ASSET,
        body=Table(WORDS),
        matched=True,
        refusals=(404, 409),
        note="Fields that are not given stay as they are.",
    )
)
def change(asset_id: str) -> Response:
    """Change alt text, caption or credit."""
    asset = library.get_asset(ctx(), asset_id)
    require_match(_shown(asset))
    read = json_body(Table(WORDS))
    read.require()
    return answer(_shown(library.change_asset(ctx(), asset_id, read.values, asset.version)))


@bp.delete("/<asset_id>")
@call(
    Call(
        "Delete a photo or video",
        "write",
        status=(204,),
        matched=True,
        refusals=(404, 409),
        note="Refused with 409 and the list of places while something uses it.",
    )
)
def delete(asset_id: str) -> Response:
    """Delete an asset that nothing uses."""
    require_match(_shown(library.get_asset(ctx(), asset_id)))
    library.delete_asset(ctx(), asset_id)
    return nothing()


def _shown(asset: Asset) -> dict[str, Any]:
    found = picture(ctx(), asset.id)
    if found is None:
        raise NotFound("This photo or video is not in the library any more.")
    return representations.asset(ctx(), found)


def _key(asset: Asset) -> list[Any]:
    return [asset.created_at, asset.id]
