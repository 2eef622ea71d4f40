"""What the editor of articles asks the server while somebody writes: how a block looks, and what a photo shows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from scheduler.content.blocks import DATA_KINDS
from scheduler.content.markdown import LARGEST_CHARACTERS
from scheduler.services.editorial.block_look import look_at
from scheduler.services.library.pictures import Picture, pictures
from scheduler.web.context import ctx

bp = Blueprint("writing", __name__, url_prefix="/admin/writing")

MOST_PICTURES = 100


@bp.get("/pictures")
def show_pictures() -> ResponseReturnValue:
    """Return those of the asked-for photos and videos (`id`, repeated) that are in the library, by id."""
    found = pictures(ctx(), request.args.getlist("id")[:MOST_PICTURES])
    return jsonify({key: _picture(picture) for key, picture in found.items()})


@bp.post("/block")
def show_block() -> ResponseReturnValue:
    """Return how a data block (`kind`, `text`) looks: its fields, what visitors get, and every problem."""
    given = request.get_json()
    kind, text = (given.get("kind"), given.get("text")) if isinstance(given, dict) else (None, None)
    if kind not in DATA_KINDS or not isinstance(text, str) or len(text) > LARGEST_CHARACTERS:
        raise BadRequest(f"Send kind (one of {', '.join(DATA_KINDS)}) and text (the YAML of the block).")
    look = look_at(ctx(), kind, text)
    return jsonify(
        fields=look.fields,
        data=look.data,
        problems=[{"line": problem.line, "reason": problem.reason} for problem in look.problems],
        pictures={key: _picture(picture) for key, picture in look.pictures.items()},
    )


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "kind": picture.kind.value,
        "filename": picture.filename,
        "alt": picture.alt,
        "caption": picture.caption,
        "src": picture.poster if picture.is_video else picture.src,
        "srcset": picture.srcset,
        "thumb": picture.thumb or picture.poster or picture.src,
        "width": picture.width,
        "height": picture.height,
        "duration_ms": picture.duration_ms,
        "poster": bool(picture.poster),
        "captions": [track.label for track in picture.tracks],
        "href": url_for("media.show", asset_id=picture.id),
    }
