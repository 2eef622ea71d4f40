"""What every connector says of a photo or a video whose shape its platform does not take."""

from __future__ import annotations

import pytest

from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import ContentRules
from scheduler.platforms.validation import media_problems

RULES = ContentRules(
    500,
    photo_sides=(100, 2000),
    photo_ratio=(0.8, 1.91),
    video_min_seconds=4,
    video_seconds=60,
    video_ratio=(0.5, 2),
)


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (1000, 1000, ""),
        (800, 1000, ""),
        (1910, 1000, ""),
        (99, 100, "too small"),
        (2001, 2000, "too long"),
        (799, 1000, "too tall"),
        (1911, 1000, "too wide"),
        (0, 0, ""),
    ],
)
def test_a_photo_has_to_fit(width: int, height: int, said: str) -> None:
    item = MediaItem("one", "image/jpeg", width, height, 9, alt="A knee")
    problems = media_problems(Payload("x", media=(item,)), RULES)
    assert [problem.field for problem in problems] == (["media.0"] if said else [])
    assert all(said in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("width", "height", "seconds", "said"),
    [
        (640, 360, 4, ""),
        (640, 360, 3.9, "shorter than 4 seconds"),
        (640, 360, 61, "longer than 60 seconds"),
        (300, 640, 10, "too tall"),
        (1300, 640, 10, "too wide"),
    ],
)
def test_a_video_has_to_fit(width: int, height: int, seconds: float, said: str) -> None:
    item = MediaItem("one", "video/mp4", width, height, 9, alt="A knee", duration_ms=round(seconds * 1000))
    problems = media_problems(Payload("x", media=(item,)), RULES)
    assert [problem.field for problem in problems] == (["media.0"] if said else [])
    assert all(said in problem.message for problem in problems)
