"""The files of the Threads imitation: fetched from their address, then looked at as Threads does."""

from __future__ import annotations

from dataclasses import replace

from scheduler.practice.media import Upload
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.threads.wire import ThreadsRefusal, not_fetched
from scheduler.practice.probing import Clip, look_at_picture, look_at_video

IMAGE_TYPES = ("image/jpeg", "image/png")
VIDEO_CODECS = ("h264", "hevc")
MAX_IMAGE_BYTES = 8 * 1024 * 1024
MAX_IMAGE_RATIO = 10
MAX_VIDEO_BYTES = 1024**3
MAX_VIDEO_SECONDS = 300
MAX_VIDEO_WIDTH = 1920
FRAME_RATES = (23, 60)
VIDEO_RATIOS = (0.01, 10)
MAX_BITS_PER_SECOND = 100_000_000


class ProcessingFailed(Exception):
    """A file that Threads fetched and could not use; its text is the container's error_message."""


def fetched_image(fetch: FetchMedia, url: str, alt_text: str) -> Upload:
    """Return the photo behind `url`. Raises ThreadsRefusal when it cannot be fetched or is not a usable photo."""
    data = fetch(url)
    if data is None:
        raise not_fetched(url)
    if len(data) > MAX_IMAGE_BYTES:
        raise _bad_image("Image size too large", "The image is too large to download. It should be less than 8 MiB.")
    picture = look_at_picture(data)
    if picture is None or picture.media_type not in IMAGE_TYPES:
        raise _bad_image("Unsupported format", "Only photos in JPEG or PNG can be posted.")
    if not 1 / MAX_IMAGE_RATIO <= picture.ratio <= MAX_IMAGE_RATIO:
        raise _bad_image("Invalid aspect ratio", f"The ratio of the sides is at most {MAX_IMAGE_RATIO}:1.")
    upload = Upload(data, picture.media_type, "image", width=picture.width, height=picture.height)
    return replace(upload, description=alt_text or None)


def fetched_video(fetch: FetchMedia, url: str, alt_text: str) -> Upload:
    """Return the video behind `url`. Raises ProcessingFailed with the container's error_message."""
    data = fetch(url)
    if data is None:
        raise ProcessingFailed("FAILED_DOWNLOADING_VIDEO")
    clip = look_at_video(data)
    if clip is None:
        raise ProcessingFailed("FAILED_PROCESSING_VIDEO")
    _check_clip(clip, len(data))
    upload = Upload(data, clip.media_type, "video", width=clip.width, height=clip.height)
    return replace(upload, description=alt_text or None)


def _bad_image(title: str, reason: str) -> ThreadsRefusal:
    return ThreadsRefusal(400, 100, "Invalid parameter", 2207004, title, reason)


def _check_clip(clip: Clip, size: int) -> None:
    unusable = not clip.containers & {"mp4", "mov"} or clip.codec not in VIDEO_CODECS or clip.width > MAX_VIDEO_WIDTH
    problems = {
        "FAILED_PROCESSING_VIDEO": unusable or size > MAX_VIDEO_BYTES,
        "FAILED_PROCESSING_AUDIO": clip.audio not in ("", "aac"),
        "INVALID_DURATION": clip.seconds > MAX_VIDEO_SECONDS,
        "INVALID_FRAME_RATE": not FRAME_RATES[0] <= clip.frame_rate <= FRAME_RATES[1],
        "INVALID_ASPEC_RATIO": not VIDEO_RATIOS[0] <= clip.ratio <= VIDEO_RATIOS[1],
        "INVALID_BIT_RATE": size * 8 > MAX_BITS_PER_SECOND * clip.seconds,
    }
    found = next((name for name, wrong in problems.items() if wrong), "")
    if found:
        raise ProcessingFailed(found)
