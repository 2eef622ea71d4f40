"""What Instagram takes (platform sheet, section 4), and the choices of a post."""

from __future__ import annotations

import re
from dataclasses import replace

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import ContentRules, Option
from scheduler.platforms.validation import media_problems

POST, STORY = "post", "story"
KINDS = ((POST, "Post or reel"), (STORY, "Story"))
CAPTION = 2200
CAROUSEL = 10
PHOTO_WIDTH, VIDEO_WIDTH = 320, 1920
HASHTAGS, MENTIONS, HASHTAGS_SHOWN, COLLABORATORS = 30, 20, 5, 3
RULES = ContentRules(
    text_limit=CAPTION,
    photos=CAROUSEL,
    videos=CAROUSEL,
    photo_mimes=("image/jpeg",),
    photo_bytes=8_000_000,
    photo_ratio=(0.8, 1.91),
    video_mimes=("video/mp4", "video/quicktime"),
    video_bytes=300_000_000,
    video_seconds=15 * 60,
    video_min_seconds=3,
    video_ratio=(0.01, 10),
    alt_limit=1000,
    media_required=True,
    mixed_media=True,
)
STORY_RULES = replace(
    RULES, photos=1, videos=1, mixed_media=False, photo_ratio=None, video_bytes=100_000_000, video_seconds=60
)
OPTIONS = (
    Option("kind", "Post as", "choice", "A video in a post of its own is a reel. A story lasts a day.", KINDS, POST),
    Option("reel_only", "Show the reel among reels only, not in the feed", "flag", when=("kind", (POST,))),
    Option(
        "collaborators",
        "Invite as co-authors",
        "text",
        "Up to 3 names of accounts, with spaces between them. They are asked whether they want it.",
        when=("kind", (POST,)),
    ),
)
_HASHTAG = re.compile(r"(?<![\w&])#\w+")
_MENTION = re.compile(r"(?<![\w.@])@[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?")
_NAME = re.compile(r"[A-Za-z0-9_.]{1,30}")


def is_story(payload: Payload) -> bool:
    """Return whether the payload is posted as a story."""
    return payload.options.get("kind") == STORY


def collaborators_of(payload: Payload) -> list[str]:
    """Return the accounts that are invited as co-authors."""
    return [name.removeprefix("@") for name in payload.options.get("collaborators", "").replace(",", " ").split()]


def problems_of(payload: Payload, rules: ContentRules) -> list[Problem]:
    """Return what is wrong with the caption's tags, the options and the files, all of it."""
    if payload.reply_to:
        return _tag_problems(payload)
    kind = payload.options.get("kind", "") or POST
    problems = _option_problems(payload, kind)
    if kind == STORY:
        return problems + media_problems(payload, STORY_RULES) + _side_problems(payload) + _story_problems(payload)
    problems += media_problems(payload, rules) + _side_problems(payload) + _tag_problems(payload)
    if len(payload.media) > CAROUSEL and not _too_many_of_one(payload):
        message = f"There are {len(payload.media)} photos and videos; at most {CAROUSEL} go into one post."
        problems.append(Problem("media", message))
    if payload.link and payload.link.url not in payload.text:
        message = "Instagram has no links under a post, so the link is left out. Say in the text where to find it."
        problems.append(Problem("link", message, "warning"))
    return problems


def _option_problems(payload: Payload, kind: str) -> list[Problem]:
    problems = []
    if kind not in dict(KINDS):
        problems.append(Problem("options.kind", f"“{kind}” is nothing that Instagram posts. Choose post or story."))
    names = collaborators_of(payload)
    if len(names) > COLLABORATORS:
        message = f"{len(names)} co-authors are named; Instagram takes at most {COLLABORATORS}."
        problems.append(Problem("options.collaborators", message))
    problems += [
        Problem("options.collaborators", f"“{name}” is no name of an account. Leave out everything else.")
        for name in names
        if not _NAME.fullmatch(name)
    ]
    return problems


def _tag_problems(payload: Payload) -> list[Problem]:
    tags, names = len(_HASHTAG.findall(payload.text)), len(_MENTION.findall(payload.text))
    problems = []
    if tags > HASHTAGS:
        problems.append(Problem("text", f"There are {tags} hashtags; Instagram takes at most {HASHTAGS}."))
    elif tags > HASHTAGS_SHOWN:
        message = f"There are {tags} hashtags. Instagram has made {HASHTAGS_SHOWN} the most that count."
        problems.append(Problem("text", message, "warning"))
    if names > MENTIONS:
        problems.append(Problem("text", f"{names} accounts are mentioned; Instagram takes at most {MENTIONS}."))
    return problems


def _side_problems(payload: Payload) -> list[Problem]:
    found = ((f"media.{index}", _width_message(item)) for index, item in enumerate(payload.media))
    return [Problem(field, message) for field, message in found if message]


def _width_message(item: MediaItem) -> str:
    size = f"{item.width} x {item.height}"
    if item.is_video and item.width > VIDEO_WIDTH:
        return f"The video is too wide ({size} pixels); Instagram takes at most {VIDEO_WIDTH} pixels."
    if not item.is_video and 0 < item.width < PHOTO_WIDTH:
        return f"The photo is too small ({size} pixels); Instagram needs a width of {PHOTO_WIDTH} pixels."
    return ""


def _story_problems(payload: Payload) -> list[Problem]:
    if not (payload.text.strip() or payload.link):
        return []
    message = "Instagram shows neither the text nor the link of a story. Write it into the photo if it matters."
    return [Problem("text", message, "warning")]


def _too_many_of_one(payload: Payload) -> bool:
    videos = sum(item.is_video for item in payload.media)
    return max(videos, len(payload.media) - videos) > CAROUSEL
