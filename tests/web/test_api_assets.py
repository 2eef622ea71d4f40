"""/assets: photos go in by a form, and their words are changed with the tag of what was read."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from scheduler.services.context import Context
from tests.support.api import Program, errors
from tests.support.clock import StillClock
from tests.support.newsroom import write_article
from tests.support.pictures import SECRET, camera_jpeg


@pytest.fixture
def program(app: Flask, context: Context) -> Program:
    """A program that may read and write."""
    return Program(app, context, "read", "write")


def form(data: bytes = b"", name: str = "runner.jpg", **words: str) -> dict[str, object]:
    return {"file": (io.BytesIO(data or camera_jpeg(1300, 700)), name), **words}


def upload(program: Program, width: int = 1300, **words: str) -> str:
    """Upload a photo and return its id."""
    made = program.post("/assets", data=form(camera_jpeg(width, 300), **words)).json
    assert made
    return str(made["id"])


def test_a_photo_goes_in(program: Program, context: Context) -> None:
    made = program.post("/assets", data=form(alt="A runner", caption="At dawn", credit="Sam"))
    assert made.json
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/assets/{made.json['id']}"
    read = program.get(made.headers["Location"])
    assert read.json
    assert made.json == {**read.json, "notes": []}
    assert made.headers["ETag"] == read.headers["ETag"]
    assert [read.json[name] for name in ("kind", "filename", "poster")] == ["photo", "runner.jpg", None]
    assert [read.json[name] for name in ("alt", "caption", "credit")] == ["A runner", "At dawn", "Sam"]
    public = program.client.get(read.json["url"].removeprefix(context.settings.base_url))
    assert (public.status_code, public.content_type) == (200, read.json["type"])
    assert SECRET.encode() not in public.data
    public.close()


def test_the_same_bytes_again_add_nothing(program: Program) -> None:
    first = program.post("/assets", data=form(alt="A runner"))
    again = program.post("/assets", data=form(alt="Another text"))
    assert again.json
    assert first.json
    assert (again.status_code, again.json["id"], again.json["alt"]) == (200, first.json["id"], "A runner")
    assert "in the library already" in again.json["notes"][0]


def test_uploads_that_are_refused(program: Program) -> None:
    assert "missing" in errors(program.post("/assets", data={"alt": "x"}, content_type="multipart/form-data"))["file"]
    found = errors(program.post("/assets", data=form(b"<svg onload=alert(1)>", alt="x" * 20_000, place="y")))
    assert sorted(found) == ["alt", "place"]
    assert "file" in errors(program.post("/assets", data=form(b"<svg onload=alert(1)>", "x.jpg")))
    assert "alt" in errors(program.post("/assets", data=form(alt="x" * 2000)))
    two = {"file": [(io.BytesIO(b"a"), "a.jpg"), (io.BytesIO(b"b"), "b.jpg")]}
    assert "one file" in errors(program.post("/assets", data=two))["file"]
    wrong_place = {**form(), "alt": (io.BytesIO(b"a"), "a.jpg")}
    assert list(errors(program.post("/assets", data=wrong_place))) == ["alt"]
    assert program.get("/assets").json == {"items": [], "next": None}


def test_a_repeated_upload_is_answered_from_memory(program: Program) -> None:
    """A client draws a new boundary for each try; the request is the same all the same."""
    first = program.post("/assets", key="k1", data=form(alt="A runner"))
    again = program.post("/assets", key="k1", data=form(alt="A runner"))
    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    other = program.post("/assets", key="k1", data=form(camera_jpeg(200, 100), alt="A runner"))
    assert "another request" in errors(other)["Idempotency-Key"]


def test_words_are_changed_one_by_one(program: Program) -> None:
    path = f"/assets/{upload(program, alt='A runner', credit='Sam')}"
    tag = program.get(path).headers["ETag"]
    assert program.patch(path, {"alt": "New"}, tag=None).status_code == 428
    changed = program.patch(path, {"alt": "Two runners"}, tag)
    assert changed.json
    assert (changed.json["alt"], changed.json["credit"]) == ("Two runners", "Sam")
    assert program.patch(path, {"alt": "Three"}, tag).status_code == 412
    assert list(errors(program.patch(path, {"alt": "x" * 2000}))) == ["alt"]
    assert sorted(errors(program.patch(path, {"alt": 1, "filename": "x"}))) == ["alt", "filename"]
    assert program.get(path).json == changed.json


def test_what_is_used_is_not_deleted(program: Program, context: Context) -> None:
    used, free = upload(program, 1300, alt="A runner"), upload(program, 1200)
    write_article(context, "a", f"title: Knees\nimage:\n  asset: {used}\n")
    refused = program.delete(f"/assets/{used}")
    assert (refused.status_code, "used by the article “Knees”" in (refused.json or {})["detail"]) == (409, True)
    assert program.delete(f"/assets/{free}", tag=None).status_code == 428
    assert program.delete(f"/assets/{free}", program.get(f"/assets/{free}").headers["ETag"]).status_code == 204
    assert program.get(f"/assets/{free}").status_code == 404


def test_listing_finds_and_pages(program: Program, clock: StillClock) -> None:
    made = []
    for width in (300, 310, 320, 330, 340):
        made.append(upload(program, width, alt=f"Photo {width}"))
        clock.move(minutes=width % 20)  # two of them at the same moment
    seen, path = [], "/assets?limit=2"
    while path:
        page = program.get(path).json
        assert page
        seen += [each["id"] for each in page["items"]]
        path = page["next"]
    assert sorted(seen) == sorted(made)
    assert seen == [each["id"] for each in (program.get("/assets").json or {})["items"]]
    found = program.get("/assets?kind=photo&words=320").json
    assert found
    assert [each["id"] for each in found["items"]] == [made[2]]
    assert program.get("/assets?kind=video").json == {"items": [], "next": None}
