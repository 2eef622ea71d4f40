"""What YouTube refuses in the description of a video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from scheduler.practice.google_answers import GoogleRefusal, bad_fields
from scheduler.practice.networks.youtube.wire import Json, bad, instant_of

MAX_TITLE = 100
MAX_DESCRIPTION_BYTES = 5000
MAX_TAGS = 500
CATEGORIES: Mapping[str, tuple[str, bool]] = {
    "1": ("Film & Animation", True),
    "2": ("Autos & Vehicles", True),
    "10": ("Music", True),
    "15": ("Pets & Animals", True),
    "17": ("Sports", True),
    "18": ("Short Movies", False),
    "19": ("Travel & Events", True),
    "20": ("Gaming", True),
    "21": ("Videoblogging", False),
    "22": ("People & Blogs", True),
    "23": ("Comedy", True),
    "24": ("Entertainment", True),
    "25": ("News & Politics", True),
    "26": ("Howto & Style", True),
    "27": ("Education", True),
    "28": ("Science & Technology", True),
    "29": ("Nonprofits & Activism", True),
    "30": ("Movies", False),
}
"""Category -> title, and whether a video can be put into it."""
WRITABLE: Mapping[str, Mapping[str, type]] = {
    "snippet": {
        "title": str,
        "description": str,
        "tags": list,
        "categoryId": str,
        "defaultLanguage": str,
        "defaultAudioLanguage": str,
    },
    "status": {
        "privacyStatus": str,
        "publishAt": str,
        "license": str,
        "embeddable": bool,
        "publicStatsViewable": bool,
        "selfDeclaredMadeForKids": bool,
        "containsSyntheticMedia": bool,
    },
}
READ_ONLY = {
    "snippet": ("publishedAt", "channelId", "channelTitle", "thumbnails", "liveBroadcastContent", "localized"),
    "status": ("uploadStatus", "failureReason", "rejectionReason", "madeForKids"),
}
INPUT_PARTS = ("snippet", "status", "localizations", "recordingDetails", "paidProductPlacementDetails")
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def check_parts(video: Json, named: list[str]) -> None:
    """Raise for a part that was sent but not named, and for fields that a part has not."""
    for part in video:
        if part in INPUT_PARTS and part not in named:
            raise GoogleRefusal(400, "INVALID_ARGUMENT", f"'{part}'", "unexpectedPart", "youtube.part")
    wrong: dict[str, str] = {}
    for part, fields in WRITABLE.items():
        sent = video.get(part, {})
        if not isinstance(sent, dict):
            wrong[f"video.{part}"] = f"Invalid value at 'video.{part}'"
            continue
        for name, value in sent.items():
            if name not in fields and name not in READ_ONLY[part]:
                wrong[f"video.{part}"] = (
                    f"Invalid JSON payload received. Unknown name \"{name}\" at 'video.{part}': Cannot find field."
                )
            elif name in fields and not isinstance(value, fields[name]):
                wrong[f"video.{part}.{name}"] = f"Invalid value at 'video.{part}.{name}'"
    if wrong:
        raise bad_fields(wrong)


def check_snippet(snippet: Json) -> None:
    """Raise for a title, description, tags or category that YouTube refuses."""
    title = snippet.get("title", "")
    if not title.strip() or len(title) > MAX_TITLE or _has_brackets(title):
        raise bad("invalidTitle", "The request metadata specifies an invalid or empty video title.")
    description = snippet.get("description", "")
    if len(description.encode()) > MAX_DESCRIPTION_BYTES or _has_brackets(description):
        raise bad("invalidDescription", "The request metadata specifies an invalid video description.")
    tags = snippet.get("tags", [])
    if not all(isinstance(tag, str) and tag and not _has_brackets(tag) for tag in tags) or tags_length(tags) > MAX_TAGS:
        raise bad("invalidTags", "The request metadata specifies invalid video keywords.")
    if not CATEGORIES.get(snippet.get("categoryId", ""), ("", False))[1]:
        raise bad("invalidCategoryId", "The request metadata specifies an invalid video category.")
    language = snippet.get("defaultLanguage", "en")
    if not _LANGUAGE.fullmatch(language):
        raise bad("invalidVideoMetadata", "The request metadata is invalid.")


def check_status(status: Json, now_ms: int, published: bool = False) -> None:
    """Raise for a privacy, licence or publishing time that YouTube refuses."""
    privacy = status.get("privacyStatus", "public")
    if privacy not in ("public", "unlisted", "private") or status.get("license", "youtube") not in (
        "youtube",
        "creativeCommon",
    ):
        raise bad("invalidVideoMetadata", "The request metadata is invalid.")
    if "publishAt" in status:
        instant = instant_of(status["publishAt"])
        if instant is None or instant <= now_ms or privacy != "private" or published:
            raise bad("invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.")


def check_localizations(video: Json) -> None:
    """Raise for translations without a default language."""
    if video.get("localizations") and not video.get("snippet", {}).get("defaultLanguage"):
        raise bad("defaultLanguageNotSet", "The request is trying to add localized video details without a default.")


def tags_length(tags: list[Any]) -> int:
    """Return what the tags count: the commas between them too, and two quotes around a tag with a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def _has_brackets(text: str) -> bool:
    return "<" in text or ">" in text
