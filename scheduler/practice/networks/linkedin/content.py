"""What a LinkedIn post may hold beside its text: one photo, several, a video, a document, an article, a poll."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.practice.networks.linkedin.assets import Asset
from scheduler.practice.networks.linkedin.wire import LinkedInRefusal, bad_field

LONGEST_ALT, LONGEST_TITLE = 4086, 400
DURATIONS = ("ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS")
LookUp = Callable[[str], Asset | None]


@dataclass(frozen=True)
class Content:
    """A checked content: its assets with alt text, in order, and the article."""

    kind: str
    assets: list[tuple[str, str]] = field(default_factory=list)
    article: dict[str, str] | None = None

    @property
    def urns(self) -> list[str]:
        """Return the assets to attach, an article's thumbnail included."""
        thumbnail = self.article.get("thumbnail", "") if self.article else ""
        return [urn for urn, _ in self.assets] + ([thumbnail] if thumbnail else [])


def read_content(content: object, look_up: LookUp, author: str) -> Content:
    """Return the content of a post. Raises LinkedInRefusal for what LinkedIn does not take."""
    if content is None:
        return Content("text")
    if not isinstance(content, dict) or len(content) != 1:
        raise bad_field("/content", "INVALID_VALUE_FOR_FIELD", "content holds exactly one of its kinds", 422)
    kind, value = next(iter(content.items()))
    reader = {"media": _media, "multiImage": _several, "article": _article, "poll": _poll}.get(kind)
    if reader is None or not isinstance(value, dict):
        raise bad_field(f"/content/{kind}", "INVALID_VALUE_FOR_FIELD", "This kind of content cannot be posted", 422)
    return reader(value, lambda urn, path, kinds: _ready(look_up(urn), (urn, author), path, kinds))


Take = Callable[[str, str, tuple[str, ...]], Asset]


def _media(value: Mapping[str, Any], take: Take) -> Content:
    asset = take(str(value.get("id", "")), "/content/media/id", ("image", "video", "document"))
    if asset.kind == "document" and not _text(value, "title", "/content/media", LONGEST_TITLE):
        raise bad_field("/content/media/title", "MISSING_FIELD", "A document needs a title", 422)
    return Content(asset.kind, [(asset.urn, _text(value, "altText", "/content/media", LONGEST_ALT))])


def _several(value: Mapping[str, Any], take: Take) -> Content:
    images = value.get("images")
    if not isinstance(images, list) or not 2 <= len(images) <= 20:
        path = "/content/multiImage/images"
        raise bad_field(path, "INVALID_VALUE_FOR_FIELD", "multiImage takes 2 to 20 images", 422)
    path = "/content/multiImage/images"
    found = [
        (take(str(one.get("id", "")), path, ("image",)).urn, _text(one, "altText", path, LONGEST_ALT)) for one in images
    ]
    return Content("multiImage", found)


def _article(value: Mapping[str, Any], take: Take) -> Content:
    path = "/content/article"
    source = _text(value, "source", path, 4000)
    if not source.startswith(("http://", "https://")):
        raise bad_field(f"{path}/source", "INVALID_VALUE_FOR_FIELD", "source must be a web address")
    article = {
        "source": source,
        "title": _text(value, "title", path, LONGEST_TITLE - 1),
        "description": _text(value, "description", path, LONGEST_ALT - 1),
    }
    if thumbnail := value.get("thumbnail"):
        article["thumbnail"] = take(str(thumbnail), f"{path}/thumbnail", ("image",)).urn
    return Content("article", article=article)


def _poll(value: Mapping[str, Any], _take: Take) -> Content:
    path = "/content/poll"
    options, settings = value.get("options"), value.get("settings")
    _text(value, "question", path, 140, required=True)
    if not isinstance(options, list) or not 2 <= len(options) <= 4:
        raise bad_field(f"{path}/options", "INVALID_VALUE_FOR_FIELD", "A poll has 2 to 4 options", 422)
    for option in options:
        _text(option, "text", f"{path}/options", 30, required=True)
    if not isinstance(settings, dict) or settings.get("duration") not in DURATIONS:
        raise bad_field(f"{path}/settings/duration", "INVALID_VALUE_FOR_FIELD", "duration is not one of those known")
    return Content("poll")


def _ready(asset: Asset | None, wanted: tuple[str, str], path: str, kinds: tuple[str, ...]) -> Asset:
    urn, author = wanted
    if not urn.startswith(tuple(f"urn:li:{kind}:" for kind in kinds)):
        raise bad_field(path, "INVALID_URN_TYPE", f"{urn} is not of the type that is needed here")
    if asset is None or asset.owner != author:
        raise bad_field(path, "INVALID_URN_ID", f"{urn} does not exist or belongs to another author")
    if asset.state in ("WAITING_UPLOAD", "PROCESSING"):
        raise LinkedInRefusal(400, "MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {urn} is not ready: {asset.state}")
    if asset.state == "PROCESSING_FAILED":
        raise LinkedInRefusal(400, "MEDIA_ASSET_PROCESSING_FAILED", f"Media asset {urn} failed to process")
    return asset


def _text(value: object, name: str, path: str, longest: int, required: bool = False) -> str:
    text = value.get(name, "") if isinstance(value, dict) else None
    if not isinstance(text, str) or (required and not text.strip()):
        raise bad_field(f"{path}/{name}", "INVALID_VALUE_FOR_FIELD", f"{name} must be a string", 422)
    if len(text) > longest:
        raise bad_field(f"{path}/{name}", "FIELD_LENGTH_TOO_LONG", f"{name} exceeds {longest} characters")
    return text
