"""Taking files in: what is accepted, what is refused, and with which words."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from scheduler.domain.problem import Invalid
from scheduler.media import filetypes
from scheduler.media.ingest import Ingested, ingest
from tests.support import pictures

Take = Callable[[bytes | Path], Ingested]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Return a function that takes in bytes or a file."""

    def _take(data: bytes | Path) -> Ingested:
        source = data if isinstance(data, Path) else tmp_path / "photo.jpg"
        if isinstance(data, bytes):
            source.write_bytes(data)
        folder = tmp_path / "derived"
        folder.mkdir()
        return ingest(source, folder)

    return _take


def refusal(take: Take, data: bytes | Path) -> str:
    """Return the one sentence with which `data` is refused."""
    with pytest.raises(Invalid) as caught:
        take(data)
    assert [problem.field for problem in caught.value.problems] == ["file"]
    return caught.value.problems[0].message


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (pictures.camera_jpeg(90, 60), "image/jpeg"),
        (pictures.encoded(pictures.photo(90, 60), "PNG"), "image/png"),
        (pictures.encoded(pictures.photo(90, 60), "WEBP"), "image/webp"),
        (pictures.animation(1), "image/gif"),
        (pictures.heic(96, 64), "image/heic"),
    ],
)
def test_the_content_decides_the_type_whatever_the_name(take: Take, data: bytes, mime: str) -> None:
    assert take(data).filetype.mime == mime


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        (b"<?xml version='1.0'?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC ''>\n<svg/>", "SVG"),
        (b"\n <!doctype HTML><script>alert(1)</script>", "web page"),
        (b"<?php system('id'); ?>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"BM\0\0\0\0", "bitmap"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x88matroska", "Matroska"),
        (b"PK\x03\x04", "ZIP"),
        (b"just some words", "not a photo or video"),
        (b"\0" * 9000, "not a photo or video"),
    ],
)
def test_strangers_are_refused_by_name(take: Take, data: bytes, words: str) -> None:
    assert words in refusal(take, data)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_photo_cut_in_half_is_refused(take: Take, name: str) -> None:
    whole = pictures.encoded(pictures.photo(), name)
    sentence = refusal(take, whole[: len(whole) // 2])
    assert "incomplete" in sentence or "damaged" in sentence


def test_a_heic_cut_in_half_is_refused(take: Take) -> None:
    whole = pictures.heic()
    assert "damaged" in refusal(take, whole[: len(whole) // 2])


def test_bytes_that_only_begin_like_a_photo_are_refused(take: Take) -> None:
    assert "cannot be read" in refusal(take, b"\xff\xd8\xff\xe0\x00\x10" + b"<?php evil(); ?>" * 50 + b"\xff\xd9")


def png_of_size(width: int, height: int) -> bytes:
    """Return a valid PNG of a few kB that unpacks to `width` times `height` grey pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * (width + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_size(take: Take) -> None:
    bomb = png_of_size(12_000, 9_000)
    assert len(bomb) < 200_000
    assert "108 million pixels" in refusal(take, bomb)


def test_a_bomb_far_beyond_the_limit_is_refused(take: Take) -> None:
    small = png_of_size(10, 10)
    sides = struct.pack(">II", 50_000, 50_000)
    header = b"IHDR" + sides + small[24:29]
    bomb = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    assert "pixels" in refusal(take, bomb)


def test_a_very_long_photo_is_refused(take: Take) -> None:
    assert "16,000" in refusal(take, pictures.encoded(Image.new("L", (20, 16_001)), "PNG"))


def test_an_animation_of_too_many_pictures_is_refused(take: Take) -> None:
    assert "1,001 pictures" in refusal(take, pictures.animation(1001, (8, 8)))


def test_an_animation_is_used_as_a_still_and_says_so(take: Take) -> None:
    assert "first picture" in take(pictures.animation(4)).derivation.notes[0]


@pytest.mark.parametrize(("data", "limit"), [(b"\xff\xd8\xff", 40), (b"\0\0\0\x18ftypisom", 500)])
def test_too_many_bytes_are_refused_before_decoding(take: Take, tmp_path: Path, data: bytes, limit: int) -> None:
    source = tmp_path / "large"
    with source.open("wb") as file:
        file.write(data)
        file.truncate(limit * 1_000_000 + 1)
    assert f"at most {limit} MB" in refusal(take, source)


def test_the_decoder_sees_no_secret_of_ours(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    from scheduler.media import ingest as room

    monkeypatch.setenv("DRUMBEAT_SECRET_KEY", "very secret")
    assert "very secret" not in room._environment().values()


def test_a_decoder_that_never_ends_is_stopped(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    from scheduler.media import ingest as room

    monkeypatch.setattr(room, "PHOTO_SECONDS", 0.001)
    assert "too long" in refusal(take, pictures.camera_jpeg(60, 40))


def test_the_decoding_process_cannot_take_more_than_its_share(tmp_path: Path) -> None:
    program = """
import sys
from scheduler.media import decode
decode._limit_this_process()
open('small', 'wb').write(b'fine')
try:
    bytearray(decode.MEMORY_BYTES)
except MemoryError:
    sys.exit(17)
"""
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 17


def test_a_decoder_that_dies_is_a_refusal(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "damaged" in refusal(take, pictures.camera_jpeg(60, 40))


def test_the_accept_list_names_every_type() -> None:
    assert all(filetype.mime in filetypes.UPLOAD_MIMES for filetype in filetypes.TYPES)
