"""The pages of the media library."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import insert

from scheduler.domain.asset import Asset
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.library.pictures import picture
from scheduler.storage.schema import teasers
from tests.support import pictures
from tests.support.house import Visitor

PAGES = ("/admin/media/", "/admin/media/pick", "/admin/media/{id}")
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


@pytest.fixture
def photo(context: Context, tmp_path: Path) -> Asset:
    """A photo without alt text."""
    (tmp_path / "p").write_bytes(pictures.camera_jpeg(300, 200))
    return library.add_asset(context, tmp_path / "p", "Beach <b>.jpg").asset


@pytest.fixture
def video(context: Context, tmp_path: Path) -> Asset:
    """A video with alt text."""
    return library.add_asset(context, pictures.video(tmp_path / "v.mp4"), "run.mp4", "A square moves").asset


def form(data: bytes, name: str, **fields: str) -> dict[str, object]:
    """Return the fields of a form with one file."""
    return {"file": (io.BytesIO(data), name), **fields}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_without_login(client: Visitor, photo: Asset, path: str) -> None:
    answer = client.get(path.format(id=photo.id))
    assert answer.status_code == 302
    assert "/admin/login" in answer.headers["Location"]


@pytest.mark.parametrize("path", PAGES)
def test_no_inline_script_or_style_and_every_text_escaped(owner_client: Visitor, photo: Asset, path: str) -> None:
    page = owner_client.get(path.format(id=photo.id)).text
    assert "Beach &lt;b&gt;.jpg" in page
    assert "Beach <b>" not in page
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_an_empty_library_says_what_will_be_here(owner_client: Visitor) -> None:
    assert "Your photos and videos will be here" in owner_client.get("/admin/media/").text


def test_upload_without_javascript_asks_for_the_alt_text(owner_client: Visitor, context: Context) -> None:
    answer = owner_client.post(
        "/admin/media/", data=form(pictures.camera_jpeg(300, 200), "a.jpg"), follow_redirects=True
    )
    (asset,), _ = library.find_assets(context)
    assert answer.status_code == 200
    assert f'action="/admin/media/{asset.id}"' in answer.text
    assert "Needs alt text" in answer.text


def test_a_large_upload_without_javascript_is_not_cut_off(owner_client: Visitor, context: Context) -> None:
    large = pictures.camera_jpeg(300, 200) + b"\0" * 3_000_000
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + large + b"\r\n--cut--\r\n"  # the test client itself would leave a temporary file open
    owner_client.post("/admin/media/", data=body, content_type="multipart/form-data; boundary=cut")
    assert library.find_assets(context)[0][0].bytes == len(large)


def test_several_files_at_once_and_a_bad_one_among_them(owner_client: Visitor, context: Context) -> None:
    files = [(io.BytesIO(pictures.camera_jpeg(n, 200)), f"{n}.jpg") for n in (300, 301)]
    bad = (io.BytesIO(b"<svg/>"), "bad.svg")
    page = owner_client.post("/admin/media/", data={"file": [*files, bad]}, follow_redirects=True)
    assert "bad.svg: This is an SVG drawing" in page.text
    assert library.find_assets(context)[1] == 2


def test_search_answers_with_the_grid_alone(owner_client: Visitor, photo: Asset, video: Asset) -> None:
    part = owner_client.get("/admin/media/?q=run&kind=", headers={"HX-Request": "true"}).text
    assert "run.mp4" in part
    assert "Beach" not in part
    assert "<html" not in part
    assert "Nothing found" in owner_client.get("/admin/media/?q=nowhere").text
    assert "Beach" not in owner_client.get("/admin/media/?kind=video").text
    assert owner_client.get("/admin/media/?kind=nonsense&page=-7").status_code == 200


def test_the_words_are_saved(owner_client: Visitor, context: Context, photo: Asset) -> None:
    fields = {"alt": "The sea", "caption": "At noon", "credit": "Ann", "version": str(photo.version)}
    page = owner_client.post(f"/admin/media/{photo.id}", data=fields, follow_redirects=True).text
    assert "Saved." in page
    asset = library.get_asset(context, photo.id)
    assert (asset.alt, asset.caption, asset.credit) == ("The sea", "At noon", "Ann")


def test_the_list_of_uploads_saves_the_alt_text_alone(owner_client: Visitor, context: Context, photo: Asset) -> None:
    library.change_asset(context, photo.id, {"caption": "stays"})
    fields = {"alt": "The sea", "version": "2"}
    answer = owner_client.post(f"/admin/media/{photo.id}", data=fields, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<li")
    assert "Ready to use" in answer.text
    assert library.get_asset(context, photo.id).caption == "stays"


def test_a_stale_save_changes_nothing_and_keeps_what_was_typed(
    owner_client: Visitor, context: Context, photo: Asset
) -> None:
    library.change_asset(context, photo.id, {"alt": "first"})
    fields = {"alt": "second", "caption": "", "credit": "", "version": "1"}
    answer = owner_client.post(f"/admin/media/{photo.id}", data=fields)
    assert answer.status_code == 409
    assert "meanwhile" in answer.text
    assert ">second</textarea>" in answer.text.replace("\r\n", "").replace("\n", "")
    assert library.get_asset(context, photo.id).alt == "first"


def test_too_long_texts_are_shown_beside_their_fields(owner_client: Visitor, photo: Asset) -> None:
    fields = {"alt": "a" * 1501, "caption": "", "credit": "c" * 201, "version": "1"}
    answer = owner_client.post(f"/admin/media/{photo.id}", data=fields)
    assert answer.status_code == 422
    assert 'id="alt-error"' in answer.text
    assert 'id="credit-error"' in answer.text


def test_captions_of_a_video(owner_client: Visitor, context: Context, video: Asset) -> None:
    def send(data: bytes) -> str:
        fields = {"captions": (io.BytesIO(data), "c.vtt"), "language": "en"}
        return owner_client.post(f"/admin/media/{video.id}/captions", data=fields, follow_redirects=True).text

    assert "must begin with the line" in send(b"hello")
    assert '<track kind="captions" srclang="en" label="English"' in send(VTT)
    owner_client.post(f"/admin/media/{video.id}/captions/en/delete")
    shown = picture(context, video.id)
    assert shown is not None
    assert shown.tracks == ()


def test_deleting(owner_client: Visitor, context: Context, photo: Asset) -> None:
    assert "<dialog" in owner_client.get(f"/admin/media/{photo.id}?delete").text
    page = owner_client.post(f"/admin/media/{photo.id}/delete", follow_redirects=True).text
    assert "is deleted" in page
    with pytest.raises(NotFound):
        library.get_asset(context, photo.id)
    assert owner_client.get(f"/admin/media/{photo.id}").status_code == 404


def test_deleting_a_used_one_shows_the_list(owner_client: Visitor, context: Context, photo: Asset) -> None:
    with context.database.writing() as tx:
        tx.execute(insert(teasers).values(text="Come and run", assets=f'["{photo.id}"]'))
    answer = owner_client.post(f"/admin/media/{photo.id}/delete")
    assert answer.status_code == 409
    assert "“Come and run”" in answer.text
    assert library.get_asset(context, photo.id)


def test_only_what_has_an_alt_text_can_be_chosen(owner_client: Visitor, photo: Asset, video: Asset) -> None:
    page = owner_client.get("/admin/media/pick?multiple=1").text
    assert page.count("data-asset=") == 1
    assert video.id in re.findall(r'data-asset="([^"]+)"', page)[0]
    assert "Needs alt text" in page
    assert "data-asset=" not in owner_client.get("/admin/media/pick?kind=photo").text


def test_every_change_needs_the_token_of_the_page(owner_client: Visitor, context: Context, photo: Asset) -> None:
    for path in ("", "/delete", "/captions"):
        assert owner_client.post(f"/admin/media/{photo.id}{path}", csrf=False).status_code == 400
    assert owner_client.post("/admin/media/", csrf=False).status_code == 400
    assert library.get_asset(context, photo.id) == photo
