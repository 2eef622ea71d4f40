"""What a network finds out about an uploaded file by looking into it; a name or a declared type proves nothing."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

PICTURE_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "MPO": "image/mpo",
}


@dataclass(frozen=True)
class Picture:
    """A readable picture, in pixels."""

    media_type: str
    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height


@dataclass(frozen=True)
class Clip:
    """A readable video. `containers` are the names the demuxer answers to ("mp4", "mov"), `audio` "" when silent."""

    containers: frozenset[str]
    codec: str
    audio: str
    width: int
    height: int
    seconds: float
    frame_rate: float

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height

    @property
    def media_type(self) -> str:
        """The media type it is shown with."""
        return "video/mp4" if "mp4" in self.containers else "video/webm"


def look_at_picture(data: bytes) -> Picture | None:
    """Return what the picture is, or None when it cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            return Picture(PICTURE_TYPES.get(str(image.format), f"image/{image.format}"), *image.size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError, ValueError):
        return None


def look_at_video(data: bytes) -> Clip | None:
    """Return what the video is, or None when it cannot be read."""
    import av  # 17 MB of memory, for the rare process that is shown a video

    try:
        with av.open(io.BytesIO(data), "r") as container:
            picture = container.streams.video[0]
            sound = container.streams.audio
            return Clip(
                containers=frozenset(container.format.name.split(",")),
                codec=picture.codec_context.name,
                audio=sound[0].codec_context.name if sound else "",
                width=picture.width,
                height=picture.height,
                seconds=(container.duration or 0) / av.time_base,
                frame_rate=float(picture.average_rate or 0),
            )
    except (av.FFmpegError, IndexError, ValueError):
        return None
