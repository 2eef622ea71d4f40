"""What Discord takes for a message: lengths, embeds, mentions and files; every problem is named at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.networks.discord.wire import DiscordRefusal, invalid_form

MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_EMBED_TEXT = 6000
MAX_FIELDS = 25
MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_DESCRIPTION = 1024
MAX_USERNAME = 80
MAX_NONCE = 25
EMBED_LENGTHS = {"title": 256, "description": 4096, "footer.text": 2048, "author.name": 256}
FIELD_LENGTHS = {"name": 256, "value": 1024}
MENTION_TYPES = ("roles", "users", "everyone")

Json = dict[str, Any]
Errors = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class File:
    """One uploaded file with its name and alt text."""

    number: str
    name: str
    description: str
    spoiler: bool
    upload: Upload


def check_content(fields: Json, has_files: bool, forum: bool = False) -> None:
    """Raise the refusal for what breaks a rule in a message's own fields."""
    errors: Errors = {}
    _check_length(errors, "content", fields.get("content"), MAX_CONTENT)
    _check_embeds(errors, fields.get("embeds"))
    _check_mentions(errors, fields.get("allowed_mentions"))
    _check_username(errors, fields.get("username"))
    nonce = fields.get("nonce")
    if isinstance(nonce, str) and len(nonce) > MAX_NONCE:
        errors["nonce"] = ("NONCE_TYPE_TOO_LONG", "Must be 25 or fewer characters long.")
    if forum:
        _check_length(errors, "thread_name", fields.get("thread_name"), 100)
    if errors:
        raise invalid_form(errors)
    if not (_has_text(fields) or fields.get("embeds") or fields.get("poll") or has_files):
        raise DiscordRefusal(400, 50006, "Cannot send an empty message")


def read_files(fields: Json) -> list[File]:
    """Return the uploaded files with what `attachments` says of them; raise the refusal for too much or too many."""
    described = fields.get("attachments") or []
    if not isinstance(described, list) or any(not isinstance(one, dict) for one in described):
        raise invalid_form({"attachments": ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")})
    _check_attachments(described)
    by_id = {str(one.get("id")): one for one in described}
    files = [_file(name, by_id) for name in request.files if name.startswith("files[") or name == "file"]
    if len(files) > MAX_FILES:
        raise DiscordRefusal(400, 30015, "Maximum number of attachments in a message reached (10)")
    return files


def new_attachment_ids(fields: Json) -> set[str]:
    """Return the ids in `attachments` that name an upload of this request."""
    sent = {name.removeprefix("files[").removesuffix("]") for name in request.files}
    return {str(one["id"]) for one in fields.get("attachments") or [] if str(one["id"]) in sent}


def _check_attachments(described: list[Json]) -> None:
    errors: Errors = {}
    for place, one in enumerate(described):
        if "id" not in one:
            errors[f"attachments.{place}.id"] = _REQUIRED
        _check_length(errors, f"attachments.{place}.description", one.get("description"), MAX_DESCRIPTION)
    if errors:
        raise invalid_form(errors)


def _file(part: str, by_id: dict[str, Json]) -> File:
    number = part.removeprefix("files[").removesuffix("]")
    said, file = by_id.get(number, {}), request.files[part]
    data = file.read()
    if len(data) > MAX_FILE_BYTES:
        raise DiscordRefusal(413, 40005, "Request entity too large")
    name = str(said.get("filename") or file.filename or "unknown")
    spoiler = name.startswith("SPOILER_") or said.get("is_spoiler") is True
    media_type = sniff_media_type(data) or file.mimetype or "application/octet-stream"
    description = str(said.get("description") or "")
    upload = Upload(data, media_type, _kind(media_type), description=description or None)
    return File(number, name, description, spoiler, upload)


def _kind(media_type: str) -> str:
    main = media_type.partition("/")[0]
    return main if main in ("image", "video") else "document"


def _has_text(fields: Json) -> bool:
    return bool(str(fields.get("content") or "").strip())


def _check_length(errors: Errors, name: str, value: object, limit: int) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        errors[name] = ("STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif len(value) > limit:
        errors[name] = ("BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def _check_embeds(errors: Errors, embeds: object) -> None:
    if embeds is None:
        return
    if not isinstance(embeds, list) or any(not isinstance(one, dict) for one in embeds):
        errors["embeds"] = ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    if len(embeds) > MAX_EMBEDS:
        errors["embeds"] = ("BASE_TYPE_MAX_LENGTH", f"Must be {MAX_EMBEDS} or fewer in length.")
    for place, embed in enumerate(embeds):
        _check_embed(errors, f"embeds.{place}", embed)
    if sum(_text_of(embed) for embed in embeds) > MAX_EMBED_TEXT:
        errors["embeds"] = ("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}")


def _check_embed(errors: Errors, place: str, embed: Json) -> None:
    for name, limit in EMBED_LENGTHS.items():
        _check_length(errors, f"{place}.{name}", _at(embed, name), limit)
    for name in ("url", "image.url", "thumbnail.url", "author.url", "author.icon_url", "footer.icon_url"):
        _check_address(errors, f"{place}.{name}", _at(embed, name), attached=name in ("image.url", "thumbnail.url"))
    fields = embed.get("fields") or []
    if len(fields) > MAX_FIELDS:
        errors[f"{place}.fields"] = ("BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FIELDS} or fewer in length.")
    for number, one in enumerate(fields):
        for name, limit in FIELD_LENGTHS.items():
            if not one.get(name):
                errors[f"{place}.fields.{number}.{name}"] = _REQUIRED
            _check_length(errors, f"{place}.fields.{number}.{name}", one.get(name), limit)
    colour = embed.get("color")
    if colour is not None and (not isinstance(colour, int) or not 0 <= colour <= 0xFFFFFF):
        errors[f"{place}.color"] = ("NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    if embed.get("timestamp") is not None and not _is_timestamp(str(embed["timestamp"])):
        errors[f"{place}.timestamp"] = ("DATE_TIME_TYPE_PARSE", f"Could not parse {embed['timestamp']}.")


def _check_address(errors: Errors, name: str, value: object, attached: bool) -> None:
    if not value:
        return
    schemes = ("http://", "https://", *(("attachment://",) if attached else ()))
    if not isinstance(value, str) or not value.startswith(schemes):
        allowed = "('http', 'https')" if not attached else "('http', 'https', 'attachment')"
        words = f'Scheme "{str(value).partition(":")[0]}" is not supported. Scheme must be one of {allowed}.'
        errors[name] = ("URL_TYPE_INVALID_SCHEME", words)
    elif len(value) > 2048 or value.rstrip("/").endswith(":"):
        errors[name] = ("URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _check_mentions(errors: Errors, mentions: object) -> None:
    if not isinstance(mentions, dict):
        return
    parse = mentions.get("parse") or []
    for place, one in enumerate(parse):
        if one not in MENTION_TYPES:
            words = f"Value must be one of {MENTION_TYPES}."
            errors[f"allowed_mentions.parse.{place}"] = ("BASE_TYPE_CHOICES", words)
    for name in ("users", "roles"):
        if name in parse and mentions.get(name):
            words = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            errors["allowed_mentions"] = ("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)


def _check_username(errors: Errors, username: object) -> None:
    _check_length(errors, "username", username, MAX_USERNAME)
    for word in ("discord", "clyde"):
        if isinstance(username, str) and word in username.lower():
            errors["username"] = ("USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')


def _text_of(embed: Json) -> int:
    own = sum(len(str(_at(embed, name) or "")) for name in EMBED_LENGTHS)
    return own + sum(len(str(one.get(name) or "")) for one in embed.get("fields") or [] for name in FIELD_LENGTHS)


def _at(embed: Json, name: str) -> Any:
    outer, _, inner = name.partition(".")
    value = embed.get(outer)
    return value if not inner else value.get(inner) if isinstance(value, dict) else None


def _is_timestamp(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")
