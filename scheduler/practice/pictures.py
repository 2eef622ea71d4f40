"""Serves the uploads and the drawn profile pictures of the practice networks."""

from __future__ import annotations

import io

from flask import Blueprint, Response, abort, redirect, send_file
from PIL import Image, ImageDraw, ImageFont
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.store import PracticeStore

SHOWN_TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/avif",
        "video/mp4",
        "video/webm",
        "video/quicktime",
    }
)
_AVATAR_SIZE = 256
_AVATAR_COLOURS = ((67, 64, 210), (20, 108, 63), (138, 75, 6), (27, 95, 184), (122, 40, 138), (160, 40, 70))


def serve_pictures(blueprint: Blueprint, store: PracticeStore, network: str) -> None:
    """Add `/media/<id>` and `/avatar/<handle>.png` to a network's blueprint."""

    def media(media_id: str) -> Response:
        found = store.media.by_id(network, media_id)
        if found is None:
            abort(404)
        shown = found.media_type in SHOWN_TYPES
        answer = send_file(
            store.media.file_of(found),
            mimetype=found.media_type if shown else "application/octet-stream",
            as_attachment=not shown,
            download_name=found.id,
            conditional=True,
        )
        return _locked(answer)

    def avatar(handle: str) -> Response:
        account = store.accounts.find(network, handle)
        if account is None:
            abort(404)
        return _locked(Response(_draw_avatar(account.initial, account.id), mimetype="image/png"))

    blueprint.add_url_rule("/media/<media_id>", "media", media)
    blueprint.add_url_rule("/avatar/<handle>.png", "avatar", avatar)


def to_feed(network: str, post_id: int) -> AnyResponse:
    """Send a visitor of a post's own address to its place on the feed page."""
    return redirect(f"/admin/practice/{network}#post-{post_id}")


def _locked(answer: Response) -> Response:
    # These bytes came from outside: never sniffed, never run, whatever they are.
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _draw_avatar(initial: str, number: int) -> bytes:
    picture = Image.new("RGB", (_AVATAR_SIZE, _AVATAR_SIZE), _AVATAR_COLOURS[number % len(_AVATAR_COLOURS)])
    middle = (_AVATAR_SIZE / 2, _AVATAR_SIZE / 2)
    ImageDraw.Draw(picture).text(middle, initial, "white", ImageFont.load_default(128), anchor="mm")
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return drawn.getvalue()
