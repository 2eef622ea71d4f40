"""What a Page may post, by the kind of post (platform sheet, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import ContentRules, Option
from scheduler.platforms.validation import media_problems

POST, REEL, STORY = "post", "reel", "story"
KINDS = ((POST, "Post"), (REEL, "Reel"), (STORY, "Story"))
RULES = ContentRules(
    text_limit=63_206,
    photos=10,
    photo_mimes=("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"),
    photo_bytes=4_000_000,
    video_mimes=("video/mp4", "video/quicktime"),
    video_bytes=1_000_000_000,
    video_seconds=20 * 60,
    video_min_seconds=1,
    alt_limit=1000,
)
REEL_RULES = replace(RULES, photos=0, video_min_seconds=3, video_seconds=90, video_ratio=(0.55, 0.575))
STORY_RULES = replace(RULES, photos=1, video_seconds=60)
REEL_SIDES = (540, 960)
TITLE_CHARACTERS = 255
OPTIONS = (
    Option("kind", "Post as", "choice", "A reel is one upright video; a story lasts a day.", KINDS, POST),
    Option("title", "Title of the video", "text", "Shown above a video or reel.", when=("kind", (POST, REEL))),
)


def kind_of(payload: Payload) -> str:
    """Return what the payload is posted as: "post", "reel" or "story"."""
    return payload.options.get("kind", "") or POST


def rules_for(payload: Payload, rules: ContentRules) -> ContentRules:
    """Return the rules of the kind of post."""
    return {REEL: REEL_RULES, STORY: STORY_RULES}.get(kind_of(payload), rules)


def problems_of(payload: Payload, rules: ContentRules) -> list[Problem]:
    """Return what is wrong with the options and the files, all of it."""
    kind = kind_of(payload)
    if kind not in dict(KINDS):
        message = f"“{kind}” is nothing that Facebook posts. Choose a post, a reel or a story."
        return [Problem("options.kind", message), *media_problems(payload, rules)]
    problems = media_problems(payload, rules_for(payload, rules)) + _title_problems(payload)
    if kind == REEL:
        problems += _reel_problems(payload.media)
    if kind == STORY:
        problems += _story_problems(payload)
    return problems


def _title_problems(payload: Payload) -> list[Problem]:
    used = len(payload.options.get("title", ""))
    if used <= TITLE_CHARACTERS:
        return []
    return [Problem("options.title", f"The title is too long: {used} of at most {TITLE_CHARACTERS} characters.")]


def _reel_problems(media: Sequence[MediaItem]) -> list[Problem]:
    videos = [item for item in media if item.is_video]
    problems = [] if videos else [Problem("media", "A reel is one upright video. Add it.")]
    for index, item in enumerate(media):
        if item.is_video and 0 < min(item.width / REEL_SIDES[0], item.height / REEL_SIDES[1]) < 1:
            size = f"{item.width} x {item.height}"
            message = f"The video is too small for a reel ({size} pixels). It needs at least 540 x 960."
            problems.append(Problem(f"media.{index}", message))
    return problems


def _story_problems(payload: Payload) -> list[Problem]:
    problems = []
    if not payload.media:
        problems.append(Problem("media", "A story is one photo or one video. Add it."))
    if payload.text.strip() or payload.link:
        message = "Facebook shows neither the text nor the link of a story. Write it into the photo if it matters."
        problems.append(Problem("text", message, "warning"))
    return problems
