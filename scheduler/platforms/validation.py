"""The checks that every platform shares: text length, alternative texts, and what files an account takes."""

from __future__ import annotations

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import ContentRules, Count, alt_text_problems


def text_problems(payload: Payload, count: Count, rules: ContentRules) -> list[Problem]:
    """Return the problems of an empty or too long text."""
    problems = []
    if count.used > count.limit:
        excess = f"{count.used} of at most {count.limit} {count.unit}"
        problems.append(Problem("text", f"The text is too long: {excess}. Shorten it by {count.used - count.limit}."))
    empty = not payload.text.strip()
    if empty and (rules.text_required or not (payload.media or payload.link)):
        problems.append(Problem("text", "The text is empty. Write something to post."))
    return problems


def media_problems(payload: Payload, rules: ContentRules) -> list[Problem]:
    """Return the problems of the set of files and of each single one."""
    videos = [item for item in payload.media if item.is_video]
    problems = _set_problems(len(payload.media) - len(videos), len(videos), rules)
    for index, item in enumerate(payload.media):
        problems += [Problem(f"media.{index}", message) for message in _item_messages(item, rules)]
    return problems + alt_text_problems(payload.media, rules.alt_limit)


def _set_problems(photos: int, videos: int, rules: ContentRules) -> list[Problem]:
    messages = []
    if photos and videos and not rules.mixed_media:
        messages.append("Photos and a video cannot go into one post. Keep the photos or the video.")
    if photos > rules.photos:
        messages.append(f"There are {photos} photos; at most {rules.photos} are allowed. Take some out.")
    if videos > rules.videos:
        messages.append(f"There are {videos} videos; at most {rules.videos} can go into one post.")
    if rules.media_required and not photos + videos:
        messages.append("This account posts photos and videos only. Add at least one.")
    return [Problem("media", message) for message in messages]


def _item_messages(item: MediaItem, rules: ContentRules) -> list[str]:
    if item.is_video:
        return _video_messages(item, rules)
    messages = []
    if item.mime not in rules.photo_mimes:
        messages.append(f"Photos of the type {item.mime} are not accepted here. Use {_names(rules.photo_mimes)}.")
    if item.bytes > rules.photo_bytes:
        messages.append(f"The photo has {_megabytes(item.bytes)}; at most {_megabytes(rules.photo_bytes)} are allowed.")
    if item.width * item.height > rules.photo_pixels:
        messages.append(f"The photo is too large ({item.width} x {item.height} pixels). Make it smaller.")
    return messages


def _video_messages(item: MediaItem, rules: ContentRules) -> list[str]:
    messages = []
    if item.mime not in rules.video_mimes:
        messages.append(f"Videos of the type {item.mime} are not accepted here. Use {_names(rules.video_mimes)}.")
    if item.bytes > rules.video_bytes:
        messages.append(f"The video has {_megabytes(item.bytes)}; at most {_megabytes(rules.video_bytes)} are allowed.")
    if item.duration_ms > rules.video_seconds * 1000:
        messages.append(f"The video is longer than {rules.video_seconds} seconds. Cut it.")
    return messages


def _names(mimes: tuple[str, ...]) -> str:
    return ", ".join(mime.partition("/")[2].upper() for mime in mimes)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
