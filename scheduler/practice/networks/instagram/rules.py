"""What Instagram takes and refuses: captions, pictures, videos, with the codes of its error page (June 2026)."""

from __future__ import annotations

import re

from scheduler.practice.meta.wire import GraphRefusal, bad_parameter
from scheduler.practice.probing import Clip, Picture, look_at_picture, look_at_video

MAX_CAPTION = 2200
MAX_HASHTAGS = 30
MAX_MENTIONS = 20
MAX_ALT = 1000
MAX_PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_RATIO = (0.8, 1.91)
RATIO_SLACK = 0.005
REEL_SECONDS, REEL_BYTES = (3, 900), 300_000_000
STORY_SECONDS, STORY_BYTES = (3, 60), 100_000_000
VIDEO_CODECS = ("h264", "hevc")
MAX_VIDEO_WIDTH = 1920
FRAME_RATES = (23, 60)
CAROUSEL = (2, 10)

_HASHTAG = re.compile(r"#\w+")
_MENTION = re.compile(r"(?<![\w.])@[\w.]+")


def check_caption(caption: str) -> None:
    """Raise the refusal of a caption that is too long or holds too many tags."""
    crowded = len(_HASHTAG.findall(caption)) > MAX_HASHTAGS or len(_MENTION.findall(caption)) > MAX_MENTIONS
    if len(caption) > MAX_CAPTION or crowded:
        hint = f"The caption may have {MAX_CAPTION} characters, {MAX_HASHTAGS} hashtags and {MAX_MENTIONS} @ tags."
        raise GraphRefusal(36004, "The caption is too long", 2207010, title="Caption too long", hint=hint)


def check_alt(alt: str, kind: str) -> None:
    """Raise the refusal of an alt text that is too long, or on something other than a photo."""
    if alt and kind != "IMAGE":
        raise bad_parameter("alt_text is only supported on photos", 2207023)
    if len(alt) > MAX_ALT:
        raise bad_parameter(f"alt_text may have {MAX_ALT} characters", 2207023)


def checked_picture(data: bytes, story: bool) -> Picture:
    """Return what a photo is. Raises the refusal of its size, its format (JPEG alone is taken) or its ratio."""
    if len(data) > MAX_PICTURE_BYTES:
        hint = "The image is too large to download. It should be less than 8 MiB."
        raise GraphRefusal(36000, "The image size is too large.", 2207004, title="Image size too large", hint=hint)
    picture = look_at_picture(data)
    if picture is None or picture.media_type != "image/jpeg":
        hint = "The image format is not supported. Supported formats are: JPEG."
        raise GraphRefusal(36001, "The image format is not supported.", 2207005, title="Unsupported format", hint=hint)
    low, high = PICTURE_RATIO
    if not story and not low - RATIO_SLACK <= picture.ratio <= high + RATIO_SLACK:
        hint = f"The submitted image with aspect ratio {picture.width}/{picture.height} cannot be published."
        raise GraphRefusal(36003, hint, 2207009, title="Invalid aspect ratio", hint=hint)
    return picture


def video_problem(data: bytes, story: bool) -> tuple[Clip | None, str]:
    """Return what a video is and what is wrong with it, as the `status` of its container words it ("" when fine)."""
    clip = look_at_video(data)
    if clip is None:
        return None, "Error: Media upload has failed with error code 2207026"
    seconds, largest = (STORY_SECONDS, STORY_BYTES) if story else (REEL_SECONDS, REEL_BYTES)
    fits = (
        bool(clip.containers & {"mp4", "mov"}),
        clip.codec in VIDEO_CODECS,
        clip.audio in ("", "aac"),
        clip.width <= MAX_VIDEO_WIDTH,
        FRAME_RATES[0] <= clip.frame_rate <= FRAME_RATES[1],
        # Encoders round to whole frames; the real limit is not exact to the millisecond either.
        seconds[0] - 0.1 <= clip.seconds <= seconds[1] + 0.1,
        len(data) <= largest,
    )
    return clip, "" if all(fits) else "Error: Media upload has failed with error code 2207026"
