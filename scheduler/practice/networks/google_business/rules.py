"""What Google refuses in a local post, and what its reviewers take down afterwards."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import regex
from PIL import Image, UnidentifiedImageError

from scheduler.practice.google_answers import GoogleRefusal, bad_fields

Json = dict[str, Any]

MAX_SUMMARY = 1500
MAX_TITLE = 58
MAX_PHOTOS = 1
PHOTO_FORMATS = ("JPEG", "PNG")
PHOTO_BYTES = (10 * 1024, 5 * 1024 * 1024)
PHOTO_SIDE = 250
TOPICS = ("STANDARD", "EVENT", "OFFER", "ALERT")
ACTIONS = ("BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL")
OUTPUT_ONLY = ("name", "createTime", "updateTime", "state", "searchUrl")
FIELDS: Mapping[str, type] = {
    "languageCode": str,
    "summary": str,
    "callToAction": dict,
    "event": dict,
    "media": list,
    "topicType": str,
    "alertType": str,
    "offer": dict,
    "recurrenceInfo": dict,
}
OFFER_FIELDS = ("couponCode", "redeemOnlineUrl", "termsConditions")
MEDIA_FIELDS = ("mediaFormat", "sourceUrl", "dataRef", "description", "locationAssociation")

# Codes of google.mybusiness.v4.ErrorCode.
MISSING_VALUE = 1
INVALID_VALUE = 2
TOO_MANY_ITEMS = 4
INVERTED_RANGE = 7
PHOTO_FETCH_FAILED = 1000

_URL = regex.compile(r"https?://|www\.", regex.IGNORECASE)
_PHONE = regex.compile(r"(?<![\w/])\+?\(?\d[\d\s().-]{7,}\d")
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


@dataclass
class Findings:
    """What is wrong with a post, collected so that all of it is said at once."""

    details: list[Json] = field(default_factory=list)

    def add(self, code: int, where: str, message: str, value: object = "") -> None:
        """Note one fault."""
        self.details.append({"code": code, "field": where, "message": message, "value": str(value)})

    def refuse(self) -> None:
        """Raise the refusal when anything was found."""
        if self.details:
            raise validation_error(self.details)


def validation_error(details: list[Json], status: str = "INVALID_ARGUMENT") -> GoogleRefusal:
    """Return the v4 API's own form of a refused content."""
    kind = "type.googleapis.com/google.mybusiness.v4.ValidationError"
    message = "Request contains an invalid argument." if status == "INVALID_ARGUMENT" else "Precondition check failed."
    return GoogleRefusal(400, status, message, details=[{"@type": kind, "errorDetails": details}])


def check_shape(body: Any) -> Json:
    """Return the input fields of a LocalPost; raise when the JSON does not fit the type at all."""
    if not isinstance(body, dict):
        raise bad_fields({"local_post": "Invalid JSON payload received. Root element must be a message."})
    wrong = {}
    for name, value in body.items():
        if name in OUTPUT_ONLY:
            continue
        if name not in FIELDS:
            wrong[name] = f"Invalid JSON payload received. Unknown name \"{name}\" at 'local_post': Cannot find field."
        elif not isinstance(value, FIELDS[name]):
            wrong[name] = f"Invalid value at 'local_post.{name}'"
    if wrong:
        raise bad_fields(wrong)
    return {name: value for name, value in body.items() if name in FIELDS}


def check_post(post: Json) -> None:
    """Raise for everything in a post that Google refuses at once."""
    found = Findings()
    topic = post.get("topicType", "")
    if topic not in TOPICS:
        code = INVALID_VALUE if topic else MISSING_VALUE
        found.add(code, "topic_type", "topic_type must be one of STANDARD, EVENT, OFFER, ALERT.", topic)
    if topic == "ALERT" and post.get("alertType") != "COVID_19":
        found.add(MISSING_VALUE, "alert_type", "alert_type is required for an ALERT.")
    _check_words(post, found)
    _check_action(post.get("callToAction"), topic, found)
    if topic in ("EVENT", "OFFER"):
        _check_event(post.get("event"), found)
    _check_offer(post.get("offer"), topic, found)
    _check_media(post.get("media", []), found)
    found.refuse()


def _check_words(post: Json, found: Findings) -> None:
    summary = post.get("summary", "")
    if len(summary) > MAX_SUMMARY:
        found.add(INVALID_VALUE, "summary", f"summary is too long: at most {MAX_SUMMARY} characters.", len(summary))
    if post.get("topicType") == "STANDARD" and not summary.strip() and not post.get("media"):
        found.add(MISSING_VALUE, "summary", "A post needs a summary or a photo.")
    language = post.get("languageCode", "")
    if language and not _LANGUAGE.fullmatch(language):
        found.add(INVALID_VALUE, "language_code", "language_code is not a language.", language)


def _check_action(action: Json | None, topic: str, found: Findings) -> None:
    if action is None or topic == "OFFER":  # ignored on offers
        return
    kind, url = action.get("actionType", ""), action.get("url", "")
    if kind not in ACTIONS:
        found.add(INVALID_VALUE if kind else MISSING_VALUE, "call_to_action.action_type", "Unknown action type.", kind)
    elif kind == "CALL" and url:
        found.add(INVALID_VALUE, "call_to_action.url", "url must be unset for CALL.", url)
    elif kind != "CALL" and not _is_web(url):
        code = INVALID_VALUE if url else MISSING_VALUE
        found.add(code, "call_to_action.url", "url must be a valid web address.", url)


def _check_event(event: Json | None, found: Findings) -> None:
    if event is None:
        found.add(MISSING_VALUE, "event", "event is required for EVENT and OFFER.")
        return
    title = event.get("title", "")
    if not isinstance(title, str) or not title.strip():
        found.add(MISSING_VALUE, "event.title", "title is required.")
    elif len(title) > MAX_TITLE:
        found.add(INVALID_VALUE, "event.title", f"title is too long: at most {MAX_TITLE} characters.", len(title))
    schedule = event.get("schedule")
    if not isinstance(schedule, dict):
        found.add(MISSING_VALUE, "event.schedule", "schedule is required.")
        return
    starts, ends = (_moment(schedule, side, found) for side in ("start", "end"))
    if starts and ends and ends < starts:
        found.add(INVERTED_RANGE, "event.schedule", "The end is before the start.")


def _moment(schedule: Json, side: str, found: Findings) -> datetime | None:
    """Return the instant of one side as a wall time; an end without a time of day is the end of its day."""
    date, time = schedule.get(f"{side}Date"), schedule.get(f"{side}Time")
    if not isinstance(date, dict):
        found.add(MISSING_VALUE, f"event.schedule.{side}_date", f"{side}_date is required.")
        return None
    if not isinstance(time, dict):
        time = {"hours": 23, "minutes": 59} if side == "end" else {}
    try:
        clock = (int(time.get("hours", 0)), int(time.get("minutes", 0)), int(time.get("seconds", 0)))
        return datetime(int(date["year"]), int(date["month"]), int(date["day"]), *clock)  # noqa: DTZ001 - a wall time
    except (KeyError, TypeError, ValueError):
        found.add(INVALID_VALUE, f"event.schedule.{side}_date", f"{side} is no date and time.", date)
        return None


def _check_offer(offer: Json | None, topic: str, found: Findings) -> None:
    if offer is None:
        return
    if topic != "OFFER":
        found.add(INVALID_VALUE, "offer", "offer is only for the topic OFFER.")
    for name, value in offer.items():
        if name not in OFFER_FIELDS or not isinstance(value, str):
            found.add(INVALID_VALUE, f"offer.{name}", "Unknown field or no text.", name)
    url = offer.get("redeemOnlineUrl", "")
    if url and not _is_web(url):
        found.add(INVALID_VALUE, "offer.redeem_online_url", "redeem_online_url must be a valid web address.", url)


def _check_media(media: list[Any], found: Findings) -> None:
    if len(media) > MAX_PHOTOS:
        found.add(TOO_MANY_ITEMS, "media", f"A post has at most {MAX_PHOTOS} photo.", len(media))
    for item in media:
        if not isinstance(item, dict) or set(item) - set(MEDIA_FIELDS):
            found.add(INVALID_VALUE, "media", "Not a media item.", item)
            continue
        if item.get("mediaFormat") != "PHOTO":
            code = INVALID_VALUE if item.get("mediaFormat") else MISSING_VALUE
            found.add(code, "media.media_format", "Only PHOTO is supported.", item.get("mediaFormat", ""))
        if "dataRef" in item or not _is_web(item.get("sourceUrl", "")):
            found.add(INVALID_VALUE, "media.source_url", "A post's photo comes from source_url.")
        if "locationAssociation" in item:
            found.add(INVALID_VALUE, "media.location_association", "Not for the photo of a post.")


def is_against_policy(post: Json) -> bool:
    """Tell whether reviewers take the words down: an address or a phone number stands in them."""
    summary = post.get("summary", "")
    return bool(_URL.search(summary) or _PHONE.search(summary))


def is_acceptable_photo(data: bytes) -> bool:
    """Tell whether a photo is a JPEG or PNG of 10 KB to 5 MB and at least 250 by 250 pixels."""
    if not PHOTO_BYTES[0] <= len(data) <= PHOTO_BYTES[1]:
        return False
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.format in PHOTO_FORMATS and min(image.size) >= PHOTO_SIDE
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False


def _is_web(url: object) -> bool:
    return isinstance(url, str) and bool(regex.fullmatch(r"https?://[^\s/]+\S*", url, regex.IGNORECASE))
