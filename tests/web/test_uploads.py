"""The tus server: pieces, a cut and its resumption, and who may touch what."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask import Flask

from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.library import uploads
from scheduler.storage import users
from tests.support import pictures
from tests.support.clock import StillClock
from tests.support.house import Visitor

TUS = {"Tus-Resumable": "1.0.0"}
PHOTO = pictures.camera_jpeg(900, 600)


def begin(client: Visitor, length: int = len(PHOTO), name: str = "Seaside.jpg") -> str:
    """Announce an upload and return its address."""
    metadata = "filename " + base64.b64encode(name.encode()).decode()
    headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": metadata}
    answer = client.post("/admin/uploads/", headers=headers)
    assert answer.status_code == 201, answer.data
    return str(answer.headers["Location"])


def send(client: Visitor, address: str, offset: int, data: bytes, **extra: Any) -> Any:
    """Send one piece."""
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"} | extra
    return client.patch(address, data=data, headers=headers)


def test_a_photo_arrives_in_pieces_and_asks_for_its_alt_text(owner_client: Visitor, context: Context) -> None:
    address = begin(owner_client)
    for start in range(0, len(PHOTO), 10_000):
        answer = send(owner_client, address, start, PHOTO[start : start + 10_000])
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(min(start + 10_000, len(PHOTO)))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    page = owner_client.post(f"{address}/finish")
    assert page.status_code == 200
    assert "Needs alt text" in page.text
    assert "Seaside.jpg" in page.text
    (asset,), _ = library.find_assets(context)
    assert 'name="alt" rows="2" required></textarea>' in page.text
    assert (asset.filename, asset.bytes) == ("Seaside.jpg", len(PHOTO))
    assert owner_client.head(address, headers=TUS).status_code == 404


def test_an_upload_goes_on_after_a_cut(owner_client: Visitor, context: Context, owner: users.User) -> None:
    address = begin(owner_client)
    upload = uploads.get(context, owner.id, address.rsplit("/", 1)[1])

    class BrokenLine:
        """Gives some bytes, then the connection is gone."""

        def __init__(self) -> None:
            self.pieces = [PHOTO[:5000], PHOTO[5000:7000]]

        def read(self, _size: int) -> bytes:
            if not self.pieces:
                raise ConnectionResetError
            return self.pieces.pop(0)

    with pytest.raises(ConnectionResetError):
        uploads.append(context, upload, 0, BrokenLine())
    head = owner_client.head(address, headers=TUS)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("7000", str(len(PHOTO)))
    assert head.headers["Cache-Control"] == "no-store"
    assert owner_client.post(f"{address}/finish").status_code == 422
    assert send(owner_client, address, 0, PHOTO).status_code == 409
    assert send(owner_client, address, 7000, PHOTO[7000:]).status_code == 204
    assert owner_client.post(f"{address}/finish").status_code == 200
    assert library.find_assets(context)[0][0].bytes == len(PHOTO)


def test_a_refused_file_says_why_and_is_forgotten(owner_client: Visitor, context: Context) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    address = begin(owner_client, len(page), "<img src=x onerror=alert(1)>.jpg")
    send(owner_client, address, 0, page)
    answer = owner_client.post(f"{address}/finish")
    assert answer.status_code == 422
    assert "web page" in answer.text
    assert "<img src=x" not in answer.text
    assert list((context.settings.data / "uploads").iterdir()) == []


def test_the_server_says_what_it_can_do(owner_client: Visitor) -> None:
    answer = owner_client.options("/admin/uploads/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Extension"] == "creation,termination"
    assert answer.headers["Tus-Max-Size"] == "500000000"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "10"}, 412),
        (TUS, 400),
        (TUS | {"Upload-Length": "-1"}, 400),
        (TUS | {"Upload-Length": "٣"}, 400),
        (TUS | {"Upload-Length": "500000001"}, 413),
    ],
)
def test_announcements_that_are_refused(owner_client: Visitor, headers: dict[str, str], status: int) -> None:
    assert owner_client.post("/admin/uploads/", headers=headers).status_code == status


def test_pieces_that_are_refused(owner_client: Visitor) -> None:
    address = begin(owner_client, 10)
    assert send(owner_client, address, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    assert send(owner_client, address, 0, b"x", **{"Upload-Offset": "x"}).status_code == 400
    assert send(owner_client, address, 0, b"x" * 11).status_code == 413
    assert send(owner_client, address, 0, b"x", **{"Tus-Resumable": "0.2.0"}).status_code == 412
    assert send(owner_client, address, 0, b"x" * (uploads_limit() + 1)).status_code == 413


def uploads_limit() -> int:
    """Return the largest body of one PATCH."""
    from scheduler.web.admin.uploads import PIECE_BYTES

    return PIECE_BYTES


def test_a_stranger_can_do_nothing(client: Visitor, app: Flask, owner_client: Visitor) -> None:
    address = begin(owner_client, 10)
    stranger = app.test_client()
    assert isinstance(stranger, Visitor)
    assert stranger.post("/admin/uploads/", headers=TUS | {"Upload-Length": "10"}).status_code == 401
    assert send(stranger, address, 0, b"x").status_code == 401
    assert stranger.delete(address, headers=TUS).status_code == 401


def test_another_person_sees_nothing_of_it(app: Flask, context: Context, owner_client: Visitor) -> None:
    address = begin(owner_client, 10)
    with context.database.writing() as tx:
        other = users.add(tx, email="b@example.org", name="B", role="editor", password_hash="x", now=1)
        user = users.get(tx, other)
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert user is not None
    visitor.log_in(user)
    assert visitor.head(address, headers=TUS).status_code == 404
    assert send(visitor, address, 0, b"x").status_code == 404
    assert visitor.post(f"{address}/finish").status_code == 404
    assert visitor.delete(address, headers=TUS).status_code == 404
    assert owner_client.head(address, headers=TUS).status_code == 200


def test_without_the_token_of_the_page_nothing_is_taken(owner_client: Visitor) -> None:
    address = begin(owner_client, 10)
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert owner_client.patch(address, data=b"x", headers=headers, csrf=False).status_code == 400
    assert owner_client.head(address, headers=TUS).headers["Upload-Offset"] == "0"


def test_an_upload_can_be_cancelled_and_expires(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    first, second = begin(owner_client, 10), begin(owner_client, 10)
    assert owner_client.delete(first, headers=TUS).status_code == 204
    assert owner_client.head(first, headers=TUS).status_code == 404
    clock.move(hours=25)
    assert owner_client.head(second, headers=TUS).status_code == 404
    uploads.sweep(context)
    assert list((context.settings.data / "uploads").iterdir()) == []


@pytest.mark.parametrize("upload_id", ["0" * 32, "..", "x", "%2e%2e%2fdrumbeat.db", "0" * 31 + "%0a"])
def test_ids_that_are_not_there(owner_client: Visitor, upload_id: str) -> None:
    assert owner_client.head(f"/admin/uploads/{upload_id}", headers=TUS).status_code in (308, 404)


def test_two_writers_at_once_do_not_mix(owner_client: Visitor, context: Context, owner: users.User) -> None:
    address = begin(owner_client, 10)
    upload = uploads.get(context, owner.id, address.rsplit("/", 1)[1])
    answers: list[int] = []

    class Slow:
        """While this one writes, another one tries."""

        def __init__(self) -> None:
            self.pieces = [b"12345", b""]

        def read(self, _size: int) -> bytes:
            answers.append(send(owner_client, address, 0, b"abcde").status_code)
            return self.pieces.pop(0)

    assert uploads.append(context, upload, 0, Slow()) == 5
    assert answers == [423, 423]
