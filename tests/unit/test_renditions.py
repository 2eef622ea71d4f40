"""Photos: orientation, colours, sizes, and that nothing but pixels is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from scheduler.domain.asset import Purpose
from scheduler.media.derived import Derivation
from scheduler.media.filetypes import HEAD_BYTES, recognise
from scheduler.media.renditions import POST_BYTES, derive_photo
from tests.support import pictures


def derived(folder: Path, data: bytes) -> Derivation:
    """Derive everything from `data` into `folder`, in this process."""
    source = folder / "source"
    source.write_bytes(data)
    filetype = recognise(data[:HEAD_BYTES])
    assert filetype is not None
    return derive_photo(source, filetype, folder)


def opened(folder: Path, derivation: Derivation, purpose: Purpose, mime: str = "") -> Image.Image:
    """Return the largest rendition of a purpose."""
    files = [f for f in derivation.files if f.purpose is purpose and mime in f.mime]
    with Image.open(folder / files[-1].name) as image:
        image.load()
        return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    """Return whether a pixel is that colour, as far as lossy formats keep it."""
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=False))


@pytest.mark.parametrize("data", [pictures.camera_jpeg(1800, 1200, 6), pictures.heic()])
def test_nothing_of_the_metadata_is_published(tmp_path: Path, data: bytes) -> None:
    assert pictures.SECRET.encode() in data  # the test would prove nothing otherwise
    for file in derived(tmp_path, data).files:
        published = (tmp_path / file.name).read_bytes()
        with Image.open(tmp_path / file.name) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(image.info)
        assert pictures.SECRET.encode() not in published
        assert b"Exif" not in published


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    upright = pictures.photo(900, 600)
    undo = {
        1: (), 2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (2,), 7: (6,), 8: (4,),
    }[orientation]  # fmt: skip
    stored = upright
    for turn in undo:
        stored = stored.transpose(Image.Transpose(turn))
    derivation = derived(tmp_path, pictures.encoded(stored, "JPEG", exif=pictures.exif(orientation), quality=95))
    assert (derivation.width, derivation.height) == (900, 600)
    image = opened(tmp_path, derivation, Purpose.POST)
    assert image.size == (900, 600)
    assert near(image.getpixel((5, 5)), (255, 0, 0))
    assert near(image.getpixel((895, 5)), (0, 255, 0))
    assert near(image.getpixel((5, 595)), (0, 0, 255))


def test_widths_in_webp_and_the_original_format(tmp_path: Path) -> None:
    derivation = derived(tmp_path, pictures.camera_jpeg(1800, 1200))
    widths = [(f.mime, f.width, f.height) for f in derivation.files if f.purpose is Purpose.WIDTH]
    sizes = [(480, 320), (800, 533), (1200, 800), (1600, 1067)]
    assert widths == [(mime, *size) for size in sizes for mime in ("image/webp", "image/jpeg")]


def test_a_small_photo_is_never_enlarged(tmp_path: Path) -> None:
    derivation = derived(tmp_path, pictures.encoded(pictures.photo(600, 400), "PNG"))
    widths = {(f.mime, f.width) for f in derivation.files if f.purpose is Purpose.WIDTH}
    assert widths == {(mime, width) for mime in ("image/webp", "image/png") for width in (480, 600)}


def test_one_pixel_is_enough(tmp_path: Path) -> None:
    derivation = derived(tmp_path, pictures.encoded(Image.new("RGB", (1, 1), "red"), "PNG"))
    assert (derivation.width, derivation.height) == (1, 1)
    assert opened(tmp_path, derivation, Purpose.CARD).size == (1200, 630)


def test_post_is_a_jpeg_that_every_platform_takes(tmp_path: Path) -> None:
    noise = Image.effect_noise((3000, 3000), 120).convert("RGB")
    derivation = derived(tmp_path, pictures.encoded(noise, "JPEG", quality=90))
    (post,) = [f for f in derivation.files if f.purpose is Purpose.POST]
    assert (post.mime, post.width, post.height) == ("image/jpeg", 2048, 2048)
    assert (tmp_path / post.name).stat().st_size <= POST_BYTES


def test_transparency_stays_in_widths_and_is_white_in_posts(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    derivation = derived(tmp_path, pictures.encoded(clear, "PNG"))
    assert opened(tmp_path, derivation, Purpose.WIDTH, "png").getpixel((3, 3)) == (0, 0, 0, 0)
    assert near(opened(tmp_path, derivation, Purpose.POST).getpixel((3, 3)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "RGBA", "1"])
def test_every_way_to_store_colours(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGB", (64, 64), (200, 200, 200)).convert(mode, dither=Image.Dither.NONE)
    name = "JPEG" if mode == "CMYK" else "PNG"
    derivation = derived(tmp_path, pictures.encoded(image, name))
    expected = (255,) * 3 if mode == "1" else (200,) * 3
    assert near(opened(tmp_path, derivation, Purpose.POST).getpixel((32, 32)), expected)


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path) -> None:
    derivation = derived(tmp_path, pictures.encoded(Image.new("I;16", (60, 40), 128 * 257), "PNG"))
    assert near(opened(tmp_path, derivation, Purpose.POST).getpixel((20, 20)), (128, 128, 128))


def test_colours_are_converted_to_srgb(tmp_path: Path) -> None:
    red_numbers = Image.new("RGB", (64, 64), (250, 0, 0))
    profile = pictures.reddish_profile()
    derivation = derived(tmp_path, pictures.encoded(red_numbers, "PNG", icc_profile=profile))
    pixel = opened(tmp_path, derivation, Purpose.POST).getpixel((32, 32))
    assert isinstance(pixel, tuple)
    assert pixel[1] > 200 > 60 > pixel[0]


def test_a_broken_colour_profile_is_left_out(tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    derivation = derived(tmp_path, pictures.encoded(image, "PNG", icc_profile=b"nonsense" * 40))
    assert near(opened(tmp_path, derivation, Purpose.POST).getpixel((9, 9)), (200, 100, 50))


def test_ten_bit_heic(tmp_path: Path) -> None:
    derivation = derived(tmp_path, pictures.ten_bit_heic())
    assert near(opened(tmp_path, derivation, Purpose.POST).getpixel((20, 20)), (128, 128, 128))
