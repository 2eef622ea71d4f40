"""Photos: everything that is derived from one. Runs only in the decoding process.

Orientation is applied, colours become sRGB, and a rendition carries pixels only: no EXIF, GPS, XMP, IPTC, comment
or colour profile of the original survives.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from scheduler.domain.asset import Purpose
from scheduler.domain.problem import refuse
from scheduler.media.derived import Derivation, DerivedFile
from scheduler.media.filetypes import GIF, HEIC, JPEG, PNG, WEBP, FileType

PIXELS = 60_000_000
SIDE = 16_000
"""WebP ends at 16,383 pixels a side."""
FRAMES = 1000
WIDTHS = (480, 800, 1200, 1600)
POST_SIDE = 2048
POST_BYTES = 1_900_000
"""Bluesky takes 2,000,000 bytes a picture, the least of all platforms."""
CARD_SIZE = (1200, 630)
THUMB_SIDE = 480
WEBP_QUALITY, WEBP_METHOD = 80, 3
JPEG_QUALITIES = (86, 80, 72, 64, 56, 48)

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


def derive_photo(source: Path, filetype: FileType, folder: Path) -> Derivation:
    """Write every rendition of the photo `source` into `folder`. Raises `Invalid`."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    pillow_heif.register_heif_opener()
    try:
        image, size, notes = _load(source, filetype)
    except (Image.DecompressionBombError, MemoryError):
        raise refuse("file", _too_many_pixels("far more")) from None
    except (OSError, SyntaxError, ValueError, RuntimeError, EOFError) as error:
        raise refuse("file", _damaged(error)) from error
    if filetype in (GIF, HEIC):
        image = flattened(image)
    fallback = filetype if filetype in (PNG, WEBP) else JPEG
    files = [*_widths(image, fallback, folder), *stills(image, folder)]
    return Derivation(*size, tuple(files), notes=notes)


def stills(image: Image.Image, folder: Path) -> Iterator[DerivedFile]:
    """Write what the product itself needs of any picture: for posts, for link cards, for the grid."""
    opaque = flattened(image)
    yield _save_jpeg(_within(opaque, POST_SIDE), Purpose.POST, folder, POST_BYTES)
    yield _save_jpeg(ImageOps.fit(opaque, CARD_SIZE, Image.Resampling.LANCZOS), Purpose.CARD, folder, 1_000_000)
    yield _save_webp(_within(image, THUMB_SIDE), Purpose.THUMB, folder)


def save_poster(image: Image.Image, folder: Path) -> DerivedFile:
    """Write a video's poster, full size."""
    return _save_jpeg(image, Purpose.POSTER, folder, POST_BYTES)


def flattened(image: Image.Image) -> Image.Image:
    """Return `image` without transparency, on white."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _load(source: Path, filetype: FileType) -> tuple[Image.Image, tuple[int, int], tuple[str, ...]]:
    with Image.open(source, formats=[filetype.format]) as image:
        _check_pixels(*image.size)
        notes = _animation_notes(image)
        orientation = image.getexif().get(_ORIENTATION, 1)
        sideways = orientation in _SIDEWAYS
        size = image.size[::-1] if sideways else image.size
        target = _working_size(size)
        image.draft("RGB", target[::-1] if sideways else target)  # lets the JPEG decoder do a part of the shrinking
        image.load()
        _check_pixels(*image.size)
        pixels = _as_srgb(image)
    if orientation in _TURNS:
        pixels = pixels.transpose(_TURNS[orientation])
    if pixels.size != target:
        pixels = pixels.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    pixels.info = {}  # Pillow writes some of it into new files unasked
    return pixels, size, notes


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    # Nothing derived is wider than this, so nothing larger is worth keeping in memory.
    width, height = size
    if width <= POST_SIDE:
        return size
    return POST_SIDE, max(1, round(height * POST_SIDE / width))


def _check_pixels(width: int, height: int) -> None:
    if width * height > PIXELS:
        raise refuse("file", _too_many_pixels(f"{width * height / 1e6:.0f} million"))
    if max(width, height) > SIDE:
        raise refuse(
            "file",
            f"This photo is {width} x {height} pixels; no side may be longer than {SIDE:,}. "
            "Make it smaller and try again.",
        )


def _too_many_pixels(count: str) -> str:
    return (
        f"This photo has {count} pixels; at most {PIXELS / 1e6:.0f} million are allowed. Make it smaller and try again."
    )


def _animation_notes(image: Image.Image) -> tuple[str, ...]:
    frames = getattr(image, "n_frames", 1)
    if frames > FRAMES:
        raise refuse(
            "file",
            f"This animation has {frames:,} pictures; at most {FRAMES:,} are allowed. Upload it as an MP4 video.",
        )
    if frames > 1 and image.format != "HEIF":
        return ("Only the first picture of this animation is used. To show the motion, upload it as an MP4 video.",)
    return ()


def _damaged(error: Exception) -> str:
    if "truncated" in str(error).lower():
        return "This photo is incomplete: its end is missing. Copy it again from where it comes from and try once more."
    return "This photo is damaged and cannot be read. Open and save it in a photo program, then try once more."


def _as_srgb(image: Image.Image) -> Image.Image:
    """Return the pixels as 8-bit RGB (or RGBA where something is transparent) in the sRGB colour space."""
    profile = image.info.get("icc_profile")
    plain = _eight_bit(image)
    if profile:
        plain = _converted(plain, profile)
    if "A" not in plain.getbands() and "transparency" not in plain.info:
        return plain.convert("RGB")
    rgba = plain.convert("RGBA")
    return rgba if rgba.getchannel("A").getextrema() != (255, 255) else rgba.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip instead of scaling
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    return image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken or unfitting profile: the numbers are taken as sRGB, as browsers do
    return converted or image


def _widths(image: Image.Image, fallback: FileType, folder: Path) -> Iterator[DerivedFile]:
    """Write the srcset: every width that the photo can fill, and its own if it is smaller than the largest."""
    widths = [width for width in WIDTHS if width < image.width] + [min(image.width, WIDTHS[-1])]
    for width in dict.fromkeys(widths):
        resized = _to_width(image, width)
        yield _save_webp(resized, Purpose.WIDTH, folder)
        if fallback is PNG:
            yield _save_png(resized, folder)
        elif fallback is JPEG:
            yield _save_jpeg(flattened(resized), Purpose.WIDTH, folder)


def _to_width(image: Image.Image, width: int) -> Image.Image:
    if width == image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _within(image: Image.Image, side: int) -> Image.Image:
    scale = side / max(image.size)
    return image if scale >= 1 else _to_width(image, max(1, round(image.width * scale)))


def _save_webp(image: Image.Image, purpose: Purpose, folder: Path) -> DerivedFile:
    file = _file(image, purpose, WEBP)
    image.save(folder / file.name, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return file


def _save_png(image: Image.Image, folder: Path) -> DerivedFile:
    file = _file(image, Purpose.WIDTH, PNG)
    image.save(folder / file.name, "PNG", compress_level=6)
    return file


def _save_jpeg(image: Image.Image, purpose: Purpose, folder: Path, limit: int | None = None) -> DerivedFile:
    file = _file(image, purpose, JPEG)
    for quality in JPEG_QUALITIES:
        image.save(folder / file.name, "JPEG", quality=quality, progressive=True, optimize=True)
        if limit is None or (folder / file.name).stat().st_size <= limit:
            break
    return file


def _file(image: Image.Image, purpose: Purpose, filetype: FileType) -> DerivedFile:
    name = f"{purpose}-{image.width}x{image.height}.{filetype.extension}"
    return DerivedFile(purpose, filetype.mime, image.width, image.height, name)
