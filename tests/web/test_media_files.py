"""How visitors get the files of the library."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.library.pictures import Picture, picture
from tests.support import pictures as made
from tests.support.house import Visitor


def fetch(client: Visitor, path: str, **headers: str) -> TestResponse:
    """Return an answer whose file is closed."""
    return client.get(path, headers=headers, buffered=True)


def shown(context: Context, asset_id: str) -> Picture:
    """Return an asset that is in the library."""
    found = picture(context, asset_id)
    assert found is not None
    return found


@pytest.fixture
def photo(context: Context, tmp_path: Path) -> Picture:
    """A photo in the library."""
    (tmp_path / "p").write_bytes(made.camera_jpeg(900, 600))
    return shown(context, library.add_asset(context, tmp_path / "p", "p.jpg", "A photo").asset.id)


@pytest.fixture
def video(context: Context, tmp_path: Path) -> Picture:
    """A video with captions in the library."""
    asset = library.add_asset(context, made.video(tmp_path / "v.mp4"), "v.mp4", "A video").asset
    library.put_captions(context, asset.id, b"WEBVTT\n\n00:00.000 --> 00:01.000\nGr\xc3\xbc\xc3\x9fe\n")
    return shown(context, asset.id)


def test_a_rendition_may_be_kept_for_ever_and_can_do_no_harm(client: Visitor, photo: Picture) -> None:
    for path in (photo.src, photo.thumb, photo.webp_srcset.split()[0]):
        answer = fetch(client, path)
        assert answer.status_code == 200
        assert answer.mimetype in ("image/jpeg", "image/webp")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.cache_control.immutable
        assert answer.cache_control.public
        assert answer.cache_control.max_age == 31_536_000
        assert "Set-Cookie" not in answer.headers


def test_the_original_is_never_public(client: Visitor, context: Context, photo: Picture) -> None:
    asset = library.get_asset(context, photo.id)
    for path in (
        f"/media/{asset.id}/{asset.sha256}",
        f"/media/originals/{asset.id}/{asset.sha256}",
        f"/media/..%2foriginals%2f{asset.id}/{asset.sha256}",
        f"/media/{asset.id}/..%2f..%2foriginals%2f{asset.id}%2f{asset.sha256}",
        f"/media/{asset.id}/../../originals/{asset.id}/{asset.sha256}",
    ):
        assert fetch(client, path).status_code == 404


@pytest.mark.parametrize("name", ["width-900x600.jpg", "width-1-000000000000.jpg", "%00", ".", "a%5cb", "x" * 500])
def test_names_that_are_not_there_are_404(client: Visitor, photo: Picture, name: str) -> None:
    assert fetch(client, f"/media/{photo.id}/{name}").status_code == 404


def test_a_deleted_file_is_gone(client: Visitor, context: Context, photo: Picture) -> None:
    library.delete_asset(context, photo.id)
    assert fetch(client, photo.src).status_code == 404


def test_bytes_that_are_missing_on_the_disk_are_404(client: Visitor, context: Context, photo: Picture) -> None:
    context.blobs.delete("renditions/" + photo.src.removeprefix("/media/"))
    assert fetch(client, photo.src).status_code == 404


def test_a_video_is_sent_in_parts(client: Visitor, video: Picture) -> None:
    whole = fetch(client, video.src)
    assert (whole.status_code, whole.mimetype) == (200, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = fetch(client, video.src, Range="bytes=100-199")
    assert part.status_code == 206
    assert part.data == whole.data[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"
    assert fetch(client, video.src, Range="bytes=99999999-").status_code == 416


def test_captions_are_utf8_text(client: Visitor, video: Picture) -> None:
    answer = fetch(client, video.tracks[0].url)
    assert answer.content_type == "text/vtt; charset=utf-8"
    assert "Grüße" in answer.get_data(as_text=True)
