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
    if photos and videos and rules.photos and rules.videos and not rules.mixed_media:
        messages.append("Photos and a video cannot go into one post. Keep the photos or the video.")
    if photos > rules.photos == 0:
        messages.append("Photos are not accepted here. Take them out.")
    elif photos > rules.photos:
        messages.append(f"There are {photos} photos; at most {rules.photos} are allowed. Take some out.")
    if videos > rules.videos == 0:
        messages.append("Videos are not accepted here. Take it out.")
    elif videos > rules.videos:
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
    return messages + _side_messages(item, rules) + _ratio_messages("photo", item, rules.photo_ratio)


def _side_messages(item: MediaItem, rules: ContentRules) -> list[str]:
    shortest, longest = rules.photo_sides
    size = f"({item.width} x {item.height} pixels)"
    if 0 < min(item.width, item.height) < shortest:
        return [f"The photo is too small {size}: each side needs at least {shortest} pixels. Take a larger one."]
    if max(item.width, item.height) > longest:
        return [f"A side of the photo is too long {size}: at most {longest} pixels are allowed. Make it smaller."]
    return []


def _ratio_messages(name: str, item: MediaItem, ratio: tuple[float, float] | None) -> list[str]:
    if ratio is None or not item.width or not item.height:
        return []
    if item.width < ratio[0] * item.height:
        return [f"The {name} is too tall for its width ({item.width} x {item.height} pixels). Crop it."]
    if item.width > ratio[1] * item.height:
        return [f"The {name} is too wide for its height ({item.width} x {item.height} pixels). Crop it."]
    return []


def _video_messages(item: MediaItem, rules: ContentRules) -> list[str]:
    messages = []
    if item.mime not in rules.video_mimes:
        messages.append(f"Videos of the type {item.mime} are not accepted here. Use {_names(rules.video_mimes)}.")
    if item.bytes > rules.video_bytes:
        messages.append(f"The video has {_megabytes(item.bytes)}; at most {_megabytes(rules.video_bytes)} are allowed.")
    if item.duration_ms > rules.video_seconds * 1000:
        messages.append(f"The video is longer than {rules.video_seconds} seconds. Cut it.")
    if item.duration_ms < rules.video_min_seconds * 1000:
        messages.append(f"The video is shorter than {rules.video_min_seconds:g} seconds. Take a longer one.")
    return messages + _ratio_messages("video", item, rules.video_ratio)


def _names(mimes: tuple[str, ...]) -> str:
    return ", ".join(mime.partition("/")[2].upper() for mime in mimes)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
