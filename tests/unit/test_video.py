"""Videos: what is accepted, the poster, and the copy that visitors play."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageStat

from scheduler.domain.asset import Purpose
from scheduler.domain.problem import Invalid
from scheduler.media.derived import Derivation
from scheduler.media.filetypes import HEAD_BYTES, recognise
from scheduler.media.video import derive_video
from tests.support import pictures


def derived(source: Path) -> Derivation:
    """Derive everything from the video `source` beside it, in this process."""
    filetype = recognise(source.read_bytes()[:HEAD_BYTES])
    assert filetype is not None
    return derive_video(source, filetype, source.parent)


def refused(source: Path) -> str:
    """Return the sentence with which the video is refused."""
    with pytest.raises(Invalid) as caught:
        derived(source)
    return caught.value.problems[0].message


@pytest.mark.parametrize(
    ("name", "options", "mime"),
    [
        ("a.mp4", {"audio": "aac"}, "video/mp4"),
        ("a.mp4", {}, "video/mp4"),
        ("a.mov", {"audio": "aac"}, "video/mp4"),
        ("a.webm", {"codec": "libvpx-vp9", "audio": "libopus"}, "video/webm"),
        ("a.webm", {"codec": "libvpx"}, "video/webm"),
    ],
)
def test_a_video_is_copied_with_poster_and_stills(tmp_path: Path, name: str, options: Any, mime: str) -> None:
    derivation = derived(pictures.video(tmp_path / name, **options))
    assert (derivation.width, derivation.height) == (320, 180)
    assert 1900 <= derivation.duration_ms <= 2100
    by_purpose = {file.purpose: file for file in derivation.files}
    assert set(by_purpose) == {Purpose.PLAY, Purpose.POSTER, Purpose.POST, Purpose.CARD, Purpose.THUMB}
    assert by_purpose[Purpose.PLAY].mime == mime
    with av.open(str(tmp_path / by_purpose[Purpose.PLAY].name)) as play:
        assert sum(1 for _ in play.decode(video=0)) == 50
        assert len(play.streams.audio) == (1 if "audio" in options else 0)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.webm", "libvpx")])
def test_place_and_title_are_left_behind(tmp_path: Path, name: str, codec: str) -> None:
    source = pictures.video(tmp_path / name, codec=codec)
    assert pictures.SECRET.encode() in source.read_bytes()
    derived(source)
    (play,) = tmp_path.glob("play.*")
    assert pictures.SECRET.encode() not in play.read_bytes()
    assert b"52.52" not in play.read_bytes()


def test_an_mp4_starts_to_play_before_it_is_loaded(tmp_path: Path) -> None:
    derived(pictures.video(tmp_path / "a.mp4"))
    play = (tmp_path / "play.mp4").read_bytes()
    assert play.index(b"moov") < play.index(b"mdat")


def test_the_poster_is_not_black(tmp_path: Path) -> None:
    derived(pictures.video(tmp_path / "a.mp4", black=1.0))
    with Image.open(next(tmp_path.glob("poster-*"))) as poster:
        assert ImageStat.Stat(poster.convert("L")).mean[0] > 50


def test_an_entirely_black_video_still_has_a_poster(tmp_path: Path) -> None:
    derivation = derived(pictures.video(tmp_path / "a.mp4", black=9.0))
    assert Purpose.POSTER in {file.purpose for file in derivation.files}


def test_a_video_taken_upright_stays_upright(tmp_path: Path) -> None:
    derivation = derived(pictures.video(tmp_path / "a.mp4", rotation=90))
    assert (derivation.width, derivation.height) == (180, 320)
    with Image.open(next(tmp_path.glob("poster-*"))) as poster:
        assert poster.size == (180, 320)
    with av.open(str(tmp_path / "play.mp4")) as play:
        assert next(play.decode(video=0)).rotation == 90


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.mp4", {"pixels": "yuv420p10le"}, "8 bits"),
        ("a.mp4", {"codec": "libvpx-vp9"}, "vp9"),
        ("a.mp4", {"codec": "mpeg4"}, "iPhone"),
        ("a.mov", {"audio": "pcm_s16le"}, "pcm_s16le"),
    ],
)
def test_a_video_that_browsers_do_not_play_is_refused(tmp_path: Path, name: str, options: Any, words: str) -> None:
    sentence = refused(pictures.video(tmp_path / name, **options))
    assert words in sentence
    assert "H.264" in sentence


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx")])
def test_a_video_cut_in_half_is_refused(tmp_path: Path, name: str, codec: str) -> None:
    whole = pictures.video(tmp_path / name, codec=codec, seconds=4).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    assert "incomplete" in refused(tmp_path / name)


def test_a_streaming_video_cut_in_half_is_refused(tmp_path: Path) -> None:
    derived(pictures.video(tmp_path / "a.mp4", seconds=4))
    whole = (tmp_path / "play.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) // 2])
    assert "incomplete" in refused(tmp_path / "b.mp4")


def test_a_playlist_in_disguise_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(pictures.video(tmp_path / "s.mp4").read_bytes())
    disguised = tmp_path / "a.mp4"
    disguised.write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 12 + b"#EXTM3U\n#EXTINF:1,\nsecret.mp4\n")
    assert "damaged" in refused(disguised)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        pictures.silence(container, container.add_stream("aac", rate=48000), 1.0)
    assert "no picture" in refused(tmp_path / "a.mp4")
