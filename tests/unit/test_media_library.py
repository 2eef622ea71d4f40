"""The media library on a real database and a real folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from scheduler.domain.asset import Asset, Kind, Purpose
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.library.pictures import card_item, media_item, picture, pictures
from scheduler.services.library.samples import ensure_samples
from scheduler.services.library.usage import InUse, UsedBy, uses_of
from scheduler.storage import assets as table
from scheduler.storage.schema import teasers
from tests.support import pictures as made
from tests.support.clock import StillClock
from tests.support.house import furnish

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


@pytest.fixture
def clock() -> StillClock:
    """Time stands still."""
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    """Return a fresh house."""
    with furnish(tmp_path / "house", clock=clock) as context:
        yield context


def add_photo(ctx: Context, folder: Path, width: int = 900, alt: str = "A colourful square") -> Asset:
    """Add a photo and return its asset."""
    source = folder / f"photo-{width}"
    source.write_bytes(made.camera_jpeg(width, width * 2 // 3))
    return library.add_asset(ctx, source, "Holiday in Rome.jpg", alt, "At noon", "Ann Example").asset


def add_video(ctx: Context, folder: Path) -> Asset:
    """Add a video and return its asset."""
    return library.add_asset(ctx, made.video(folder / "v.mp4"), "v.mp4", "A square moves").asset


def test_a_photo_is_kept_with_its_words_and_renditions(ctx: Context, tmp_path: Path) -> None:
    asset = add_photo(ctx, tmp_path)
    assert library.get_asset(ctx, asset.id) == asset
    assert (asset.kind, asset.width, asset.height, asset.version) == (Kind.PHOTO, 900, 600, 1)
    assert (asset.filename, asset.alt, asset.caption, asset.credit) == (
        "Holiday in Rome.jpg",
        "A colourful square",
        "At noon",
        "Ann Example",
    )
    with ctx.database.reading() as tx:
        files = table.renditions_of(tx, [asset.id])
    assert {file.purpose for file in files} == {Purpose.WIDTH, Purpose.POST, Purpose.CARD, Purpose.THUMB}
    assert all(len(ctx.blobs.read(file.key)) == file.bytes for file in files)
    assert made.SECRET.encode() in ctx.blobs.read(library.original_key(asset))


def test_the_same_bytes_twice_are_one_asset(ctx: Context, tmp_path: Path) -> None:
    first = add_photo(ctx, tmp_path)
    again = library.add_asset(ctx, tmp_path / "photo-900", "other name.jpg")
    assert again.asset == first
    assert not again.new
    assert "Holiday in Rome.jpg" in again.notes[0]
    assert library.find_assets(ctx)[1] == 1


def test_a_refused_file_leaves_nothing_behind(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(made.camera_jpeg()[:9000])
    with pytest.raises(Invalid):
        library.add_asset(ctx, tmp_path / "bad", "bad.jpg")
    assert library.find_assets(ctx) == ([], 0)
    assert [path.name for path in ctx.settings.data.iterdir() if path.is_dir()] == []


def test_every_too_long_text_is_named_at_once(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(made.camera_jpeg(60, 40))
    with pytest.raises(Invalid) as caught:
        library.add_asset(ctx, tmp_path / "p", "p.jpg", "a" * 1501, "b" * 2001, "c" * 201)
    assert [problem.field for problem in caught.value.problems] == ["alt", "caption", "credit"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.jpg", "b.jpg"), ("a\x00b\n.jpg", "a b .jpg"), ("", "photo.jpg")],
)
def test_a_file_name_is_only_a_name(ctx: Context, tmp_path: Path, given: str, kept: str) -> None:
    (tmp_path / "p").write_bytes(made.camera_jpeg(60, 40))
    assert library.add_asset(ctx, tmp_path / "p", given).asset.filename == kept


def test_a_very_long_file_name_keeps_its_ending(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(made.camera_jpeg(60, 40))
    name = library.add_asset(ctx, tmp_path / "p", "x" * 300 + ".jpg").asset.filename
    assert len(name) == 120
    assert name.endswith("x.jpg")


def test_search_looks_at_name_alt_and_caption(ctx: Context, tmp_path: Path, clock: StillClock) -> None:
    photo = add_photo(ctx, tmp_path)
    clock.move(minutes=1)
    video = add_video(ctx, tmp_path)
    assert library.find_assets(ctx) == ([video, photo], 2)
    assert library.find_assets(ctx, "rome SQUARE noon")[0] == [photo]
    assert library.find_assets(ctx, "square", Kind.VIDEO)[0] == [video]
    assert library.find_assets(ctx, "%")[0] == []
    assert library.find_assets(ctx, limit=1, offset=1) == ([photo], 2)


def test_changing_the_words(ctx: Context, tmp_path: Path, clock: StillClock) -> None:
    asset = add_photo(ctx, tmp_path)
    clock.move(minutes=1)
    changed = library.change_asset(ctx, asset.id, {"alt": "  Two\nlines ", "bytes": "0"}, asset.version)
    assert (changed.alt, changed.caption, changed.bytes) == ("Two lines", "At noon", asset.bytes)
    assert (changed.version, changed.updated_at) == (2, clock.now_ms())
    with pytest.raises(Conflict, match="meanwhile"):
        library.change_asset(ctx, asset.id, {"alt": "late"}, asset.version)
    assert library.get_asset(ctx, asset.id).alt == "Two lines"


def test_captions_are_put_replaced_and_removed(ctx: Context, tmp_path: Path) -> None:
    video = add_video(ctx, tmp_path)
    library.put_captions(ctx, video.id, VTT, "en")
    first = picture(ctx, video.id)
    library.put_captions(ctx, video.id, VTT.replace(b"Hello", b"Good day"), "EN")
    library.put_captions(ctx, video.id, VTT, "es")
    second = picture(ctx, video.id)
    assert first is not None
    assert second is not None
    assert [(track.lang, track.label) for track in second.tracks] == [("en", "English"), ("es", "Spanish")]
    assert first.tracks[0].url != second.tracks[0].url
    assert second.version > first.version
    library.remove_captions(ctx, video.id, "en")
    rest = picture(ctx, video.id)
    assert rest is not None
    assert [track.lang for track in rest.tracks] == ["es"]
    assert len(list((ctx.settings.data / "media/renditions" / video.id).glob("captions-*"))) == 1


def test_captions_belong_to_videos(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="photo"):
        library.put_captions(ctx, add_photo(ctx, tmp_path).id, VTT)


def test_a_photo_as_templates_get_it(ctx: Context, tmp_path: Path) -> None:
    asset = add_photo(ctx, tmp_path)
    found = picture(ctx, asset.id)
    assert found is not None
    assert (found.kind, found.width, found.height, found.mime) == ("photo", 900, 600, "image/jpeg")
    assert [part.split()[-1] for part in found.srcset.split(", ")] == ["480w", "800w", "900w"]
    assert found.webp_srcset.count(".webp") == 3
    assert found.src in found.srcset
    assert found.card is not None
    assert (found.card.width, found.card.height) == (1200, 630)
    assert found.src.startswith(f"/media/{asset.id}/width-900x600-")
    assert found.usable
    assert list(pictures(ctx, ["gone", asset.id, asset.id])) == [asset.id]
    assert picture(ctx, "gone") is None


def test_a_video_as_templates_get_it(ctx: Context, tmp_path: Path) -> None:
    found = picture(ctx, add_video(ctx, tmp_path).id)
    assert found is not None
    assert (found.kind, found.mime, found.width, found.height, found.tracks) == ("video", "video/mp4", 320, 180, ())
    assert found.poster.endswith(".jpg")
    assert found.src.endswith(".mp4")


def test_what_platforms_get(ctx: Context, tmp_path: Path) -> None:
    photo, video = add_photo(ctx, tmp_path), add_video(ctx, tmp_path)
    item = media_item(ctx, photo.id)
    assert (item.mime, item.width, item.alt, item.asset) == ("image/jpeg", 900, "A colourful square", photo.id)
    assert len(ctx.blobs.read(item.key)) == item.bytes
    film = media_item(ctx, video.id)
    assert (film.is_video, film.duration_ms) == (True, video.duration_ms)
    card = card_item(ctx, video.id)
    assert card is not None
    assert (card.width, card.height) == (1200, 630)
    assert card_item(ctx, "gone") is None
    with pytest.raises(NotFound):
        media_item(ctx, "gone")


def add_article(ctx: Context, asset_id: str) -> None:
    """Write an article whose lead photo is an asset."""
    folder = ctx.settings.posts / "my-article"
    folder.mkdir(parents=True)
    head = "id: 01JDB0000000000000000000AA\ntitle: My article\nslug: my-article\nstatus: draft\n"
    head += f"image:\n  asset: {asset_id}\n"
    (folder / "index.md").write_text(f"---\n{head}---\n\nWords.\n", "utf-8")


def add_teaser(ctx: Context, asset_id: str) -> int:
    """Store a teaser with an asset."""
    with ctx.database.writing() as tx:
        row = insert(teasers).values(text="Come and run with us", assets=f'["{asset_id}"]').returning(teasers.c.id)
        return int(tx.execute(row).scalar_one())


def test_a_used_asset_is_not_deleted_and_the_list_says_why(ctx: Context, tmp_path: Path) -> None:
    asset = add_photo(ctx, tmp_path)
    add_article(ctx, asset.id)
    teaser = add_teaser(ctx, asset.id)
    with pytest.raises(InUse, match="My article") as caught:
        library.delete_asset(ctx, asset.id)
    assert [(use.by, use.key, use.label) for use in caught.value.uses] == [
        (UsedBy.ARTICLE, "my-article", "My article"),
        (UsedBy.TEASER, str(teaser), "Come and run with us"),
    ]
    assert library.get_asset(ctx, asset.id)


def test_an_asset_with_a_similar_id_is_not_meant(ctx: Context, tmp_path: Path) -> None:
    asset = add_photo(ctx, tmp_path)
    add_teaser(ctx, asset.id + "0")
    assert uses_of(ctx, asset.id) == ()


def test_an_unused_asset_is_deleted_with_every_file(ctx: Context, tmp_path: Path) -> None:
    asset = add_photo(ctx, tmp_path)
    teaser = add_teaser(ctx, asset.id)
    with ctx.database.writing() as tx:
        tx.execute(update(teasers).where(teasers.c.id == teaser).values(assets="[]"))
    library.delete_asset(ctx, asset.id)
    with pytest.raises(NotFound):
        library.get_asset(ctx, asset.id)
    assert [path for path in (ctx.settings.data / "media").rglob("*") if path.is_file()] == []
    with pytest.raises(NotFound):
        library.delete_asset(ctx, asset.id)


def test_samples_come_once_and_a_deleted_one_stays_away(ctx: Context) -> None:
    ensure_samples(ctx)
    found = {asset.id: asset for asset in library.find_assets(ctx)[0]}
    assert set(found) == {"sample-runner", "sample-treatment-room", "sample-shoes", "sample-needling-video"}
    assert all(asset.alt and asset.caption and asset.credit == "Drawn by Drumbeat" for asset in found.values())
    assert (found["sample-runner"].width, found["sample-runner"].height) == (1600, 1067)
    film = picture(ctx, "sample-needling-video")
    assert film is not None
    assert (film.width, film.height, film.tracks[0].lang) == (1280, 720, "en")
    assert 6000 <= film.duration_ms <= 8000
    library.delete_asset(ctx, "sample-shoes")
    ensure_samples(ctx)
    assert library.find_assets(ctx)[1] == 3
