"""Real photo and video bytes, made for one test each."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pillow_heif
from PIL import Image, ImageCms, ImageDraw

GPS_IFD = 0x8825
SECRET = "Secret Camera 9000"


def photo(width: int = 1800, height: int = 1200, mode: str = "RGB") -> Image.Image:
    """Return a picture whose four corners are red, green, blue and white: its orientation can be read off."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(image)
    half_width, half_height = max(1, width // 4), max(1, height // 4)
    for (x, y), colour in {(0, 0): "red", (1, 0): "lime", (0, 1): "blue", (1, 1): "white"}.items():
        left, top = x * (width - half_width), y * (height - half_height)
        draw.rectangle((left, top, left + half_width, top + half_height), fill=colour)
    return image.convert(mode)


def encoded(image: Image.Image, name: str = "JPEG", **options: Any) -> bytes:
    """Return `image` as a file in the format `name`."""
    target = io.BytesIO()
    image.save(target, name, **options)
    return target.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """Return EXIF with a place, a camera's name and an orientation."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = SECRET
    data[GPS_IFD] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}
    return data


def camera_jpeg(width: int = 1800, height: int = 1200, orientation: int = 1) -> bytes:
    """Return a JPEG as a phone makes it: with a place, a comment, XMP and an orientation."""
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET.encode() + b"</x:xmpmeta>"
    return encoded(photo(width, height), "JPEG", exif=exif(orientation), comment=SECRET.encode(), xmp=xmp, quality=90)


def heic(width: int = 900, height: int = 600, **options: Any) -> bytes:
    """Return a HEIC photo with a place."""
    target = io.BytesIO()
    pillow_heif.from_pillow(photo(width, height)).save(target, quality=60, exif=exif().tobytes(), **options)
    return target.getvalue()


def ten_bit_heic() -> bytes:
    """Return a grey HEIC photo with ten bits a colour."""
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    grey = (32896).to_bytes(2, "little") * (96 * 64)
    target = io.BytesIO()
    pillow_heif.encode("RGB;16", (96, 64), b"".join(grey[n : n + 2] * 3 for n in range(0, len(grey), 2)), target)
    return target.getvalue()


def animation(frames: int = 4, size: tuple[int, int] = (60, 40)) -> bytes:
    """Return an animated GIF."""
    pictures = [Image.new("P", size, n % 250) for n in range(frames)]
    for n, picture in enumerate(pictures):
        picture.putpixel((n % size[0], n % size[1]), 255)
    return encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=40)


def reddish_profile() -> bytes:
    """Return a colour profile in which the numbers mean other colours than in sRGB: red and green are swapped."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for n in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * n
        places[bytes(profile[entry : entry + 4])] = entry + 4
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 8], profile[green : green + 8] = profile[green : green + 8], profile[red : red + 8]
    return bytes(profile)


def video(path: Path, seconds: float = 2.0, **wanted: Any) -> Path:
    """Write a video with sound to `path`: a black beginning, then a moving square, with a place in its tags.

    `wanted` may hold `codec`, `audio` ("" for none), `size`, `pixels`, `rotation`, `format`, `black` (seconds).
    """
    width, height = wanted.get("size", (320, 180))
    options = {} if path.suffix == ".webm" else {"movflags": "use_metadata_tags"}
    with av.open(str(path), "w", format=wanted.get("format"), options=options) as container:
        container.metadata.update({"location": "+52.52+013.41/", "title": SECRET, "comment": SECRET})
        picture = container.add_stream(wanted.get("codec", "libx264"), rate=25)
        picture.width, picture.height, picture.pix_fmt = width, height, wanted.get("pixels", "yuv420p")
        if wanted.get("rotation"):
            picture.set_display_rotation(wanted["rotation"])
        sound = container.add_stream(wanted["audio"], rate=48000) if wanted.get("audio") else None
        for n in range(round(seconds * 25)):
            container.mux(picture.encode(_frame(n, (width, height), wanted.get("black", 0.0))))
        container.mux(picture.encode(None))
        if sound is not None:
            silence(container, sound, seconds)
    return path


def _frame(n: int, size: tuple[int, int], black: float) -> Any:
    image = Image.new("RGB", size, "black" if n / 25 < black else "teal")
    if n / 25 >= black:
        x = n * 3 % size[0]
        ImageDraw.Draw(image).rectangle((x, 20, x + 40, 90), fill="orange")
    return av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]


def silence(container: Any, sound: Any, seconds: float) -> None:
    """Add `seconds` of silence to an open container."""
    for n in range(int(seconds * 48000 / 960)):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 48000, n * 960, Fraction(1, 48000)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))
