"""Telegram: text, photos, videos and albums into a channel or a group, sent by a bot.

Telegram has no idempotency key and lets a bot list nothing, so a lost answer is put before a person. Files travel with
the one call that sends them. Source of every rule: the platform sheet of Telegram.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Forbidden, Outcome, Published
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.answers import Result
from scheduler.platforms.base import (
    Capabilities,
    Connection,
    ContentRules,
    Count,
    CredentialField,
    Credentials,
    Mark,
    Option,
    Platform,
    Prepared,
    Profile,
    Refused,
    Session,
)
from scheduler.platforms.connectors.telegram.api import (
    asked,
    call,
    is_gone,
    is_same,
    moved_to,
    outcome_of,
    reader_of,
    result_of,
)
from scheduler.platforms.http import Files
from scheduler.platforms.validation import media_problems, text_problems

WEB = "https://t.me"
TEXT_UNITS = 4096
CAPTION_UNITS = 1024
"""Both in UTF-16 code units, the safe side of Telegram's own counting."""
ALBUM_FILES = 10
PHOTO_BYTES = 10_000_000
PHOTO_SIDES_TOGETHER = 10_000
PHOTO_RATIO = 20
FILE_BYTES = 50_000_000
PREVIEWS = (("", "As Telegram chooses"), ("large", "Large picture"), ("small", "Small picture"), ("none", "No preview"))
GIF = "image/gif"

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,50}")
_CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|-?[0-9]{1,16}")
_POSTERS = ("creator", "administrator")


class Telegram(Platform):
    """A channel or a group on Telegram."""

    name = "telegram"
    label = "Telegram"
    icon = "send"
    post_text_hint = (
        "4096 characters, 1024 under photos and videos. The link goes into the text and Telegram makes the card. "
        "Telegram shows no alternative texts."
    )
    connect_help = (
        "In Telegram, write /newbot to @BotFather and copy the token it gives you. Then add the bot to your channel "
        "as an administrator that may post messages, or to your group as a member."
    )
    credential_fields = (
        CredentialField("bot_token", "Bot token", "From @BotFather.", secret=True, placeholder="123456:ABC-DEF..."),
        CredentialField("chat", "Channel or group", "Its public name or its number.", placeholder="@clinic_news"),
    )
    capabilities = Capabilities(threads=True, edit=True, delete=True)
    practice = True
    hosts = ("api", "web")

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the fixed rules of the Bot API; a text under files is shorter (see `validate`)."""
        return ContentRules(
            text_limit=TEXT_UNITS,
            photos=ALBUM_FILES,
            videos=ALBUM_FILES,
            photo_bytes=PHOTO_BYTES,
            video_bytes=FILE_BYTES,
            video_seconds=24 * 3600,
            mixed_media=True,
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return what Telegram lets a bot choose for a message."""
        return (
            Option("silent", "Send without sound", "flag", "Readers get the message without a notification sound."),
            Option("preview", "Link preview", "choice", "Only for posts without photos.", PREVIEWS),
            Option("preview_above", "Preview above the text", "flag"),
            Option("spoiler", "Hide photos and videos until tapped", "flag"),
            Option("protect", "Do not allow forwarding and saving", "flag"),
        )

    def wire_text(self, payload: Payload) -> str:
        """Return the text with the link at its end, unless it is in the text already."""
        if payload.link is None or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of UTF-16 code units; links count in full."""
        return Count(len(text.encode("utf-16-le", "surrogatepass")) // 2, rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Ask who the bot is, which chat is meant, and whether the bot may post there."""
        session.credentials = _read_form(form)
        return self.check(session)

    def check(self, session: Session) -> Connection:
        """Ask again; the chat is kept by its number, because names change."""
        bot = asked(session, "getMe", {})
        chat = asked(session, "getChat", {"chat_id": session.credentials["chat"]})
        if not isinstance(bot.get("id"), int) or not isinstance(chat.get("id"), int):
            reader = reader_of(session).harmless()
            raise Refused(Forbidden(sentence=f"{reader.label} did not say who the bot or the chat is."))
        member = asked(session, "getChatMember", {"chat_id": chat["id"], "user_id": bot["id"]})
        _require_right(chat, member)
        kept = {**session.credentials, "chat": str(chat["id"])}
        return Connection(_profile(session, chat), kept, session.settings, {"kind": str(chat.get("type", ""))})

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Telegram would refuse."""
        used = self.count(self.wire_text(payload), rules)
        problems = text_problems(payload, used, rules)
        if payload.media and CAPTION_UNITS < used.used <= rules.text_limit:
            problems += text_problems(payload, Count(used.used, CAPTION_UNITS), rules)
        if payload.options.get("preview", "") not in dict(PREVIEWS):
            choices = ", ".join(name for name, _ in PREVIEWS if name)
            problems.append(Problem("options.preview", f"Choose one of {choices}, or nothing."))
        return problems + media_problems(payload, rules) + _shape_problems(payload.media)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Make sure that the files are there. They travel with the message, and then it is too late to miss one."""
        for item in payload.media:
            session.read_media(item.key)
        return Prepared(payload, mark)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Send the message, or the album, with its files."""
        reader, payload = reader_of(session), prepared.payload
        result = self._send(session, payload)
        messages = _messages(result_of(result))
        if not messages:
            if new := moved_to(result):
                # 400: certainly not sent. The next attempt goes to the group's new number.
                session.remember({**session.credentials, "chat": new})
            return outcome_of(reader, result)
        return Published(
            sentence="It is live on Telegram.",
            evidence=reader.evidence(result),
            remote_id=",".join(str(message["message_id"]) for message in messages),
            url=_permalink(session, messages[0]),
        )

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the text, or the caption of the first file."""
        words = {"caption" if payload.media else "text": self.wire_text(payload)}
        method = "editMessageCaption" if payload.media else "editMessageText"
        preview = {} if payload.media else _preview(payload.options)
        fields = {**_place(session), "message_id": _ids(remote_id)[0], **words, **preview}
        result = call(session, method, fields)
        if result_of(result) is None and not is_same(result):
            raise Refused(outcome_of(reader_of(session).harmless(), result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take every message of the post down; what is gone already is passed over by Telegram itself."""
        result = call(session, "deleteMessages", {**_place(session), "message_ids": _ids(remote_id)})
        if result_of(result) is not True and not is_gone(result):
            raise Refused(outcome_of(reader_of(session).harmless(), result))

    def _send(self, session: Session, payload: Payload) -> Result:
        fields = {**_place(session), **_manners(payload)}
        words = self.wire_text(payload)
        if not payload.media:
            return call(session, "sendMessage", {**fields, "text": words, **_preview(payload.options)})
        caption = {"caption": words} if words else {}
        if len(payload.media) > 1:
            album = [
                {"type": _kind(item), "media": f"attach://file{place}", **_looks(item, payload)}
                for place, item in enumerate(payload.media)
            ]
            album[0] |= caption
            return call(session, "sendMediaGroup", _as_form({**fields, "media": album}), _files(session, payload))
        item, files = payload.media[0], _files(session, payload)
        kind = _kind(item)
        method, sent = f"send{kind.capitalize()}", {**fields, **caption, **_looks(item, payload)}
        return call(session, method, _as_form(sent), {kind: files["file0"]})


def _read_form(form: Mapping[str, str]) -> Credentials:
    """Return the credentials of the form. Raises `Invalid` with every problem."""
    token, chat, problems = form.get("bot_token", "").strip(), form.get("chat", "").strip(), []
    # People paste the address of the channel.
    chat = re.sub(r"^(https?://)?t\.me/", "@", chat).rstrip("/")
    if not _TOKEN.fullmatch(token):
        message = "This is not a bot token. It looks like 123456:ABC-DEF and comes from @BotFather."
        problems.append(Problem("bot_token", message))
    if not _CHAT.fullmatch(chat):
        message = "Enter the channel's public name, like @clinic_news, or its number, like -1001234567890."
        problems.append(Problem("chat", message))
    if problems:
        raise Invalid(problems)
    return {"bot_token": token, "chat": chat}


def _require_right(chat: Mapping[str, Any], member: Mapping[str, Any]) -> None:
    """Refuse a chat in which the bot may not post: in a channel that takes an administrator, in a group a member."""
    status = member.get("status")
    if chat.get("type") == "channel":
        may = status == "creator" or (status == "administrator" and member.get("can_post_messages") is True)
    else:
        may = status in (*_POSTERS, "member") or (status == "restricted" and member.get("can_send_messages") is True)
    if not may:
        sentence = (
            f"The bot may not post in {chat.get('title') or 'this chat'}. Add it there, in a channel as an "
            "administrator with the right to post messages, and connect again."
        )
        raise Refused(Forbidden(sentence=sentence))


def _profile(session: Session, chat: Mapping[str, Any]) -> Profile:
    public = str(chat.get("username") or "")
    name = str(chat.get("title") or chat.get("first_name") or public or chat["id"])
    url = f"{_web(session)}/{public}" if public else ""
    return Profile(str(chat["id"]), name, f"@{public}" if public else name, url)


def _place(session: Session) -> dict[str, Any]:
    chat = session.credentials["chat"]
    return {"chat_id": int(chat) if chat.lstrip("-").isdigit() else chat}


def _manners(payload: Payload) -> dict[str, Any]:
    options = payload.options
    fields: dict[str, Any] = {}
    if options.get("silent"):
        fields["disable_notification"] = True
    if options.get("protect"):
        fields["protect_content"] = True
    if payload.reply_to:
        fields["reply_parameters"] = {"message_id": _ids(payload.reply_to)[0]}
    return fields


def _preview(options: Mapping[str, str]) -> dict[str, Any]:
    wish = options.get("preview", "")
    named: dict[str, Any] = {
        "none": {"is_disabled": True},
        "large": {"prefer_large_media": True},
        "small": {"prefer_small_media": True},
    }.get(wish, {})
    above = {"show_above_text": True} if options.get("preview_above") and wish != "none" else {}
    return {"link_preview_options": {**named, **above}} if named or above else {}


def _kind(item: MediaItem) -> str:
    return "video" if item.is_video else "animation" if item.mime == GIF else "photo"


def _looks(item: MediaItem, payload: Payload) -> dict[str, Any]:
    """Return how one file is shown; Telegram needs the sides of a video to lay it out before it is loaded."""
    looks: dict[str, Any] = {"has_spoiler": True} if payload.options.get("spoiler") else {}
    if item.is_video:
        looks |= {"supports_streaming": True, "width": item.width, "height": item.height}
        looks |= {"duration": item.duration_ms // 1000} if item.duration_ms else {}
    return looks


def _files(session: Session, payload: Payload) -> Files:
    return {
        f"file{place}": (f"file{place}.{item.mime.partition('/')[2]}", session.read_media(item.key), item.mime)
        for place, item in enumerate(payload.media)
    }


def _as_form(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return fields for a form, in which everything that is no text is written as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _messages(result: Any) -> list[dict[str, Any]]:
    """Return the messages that were sent: one, or those of an album; none when the answer does not hold them."""
    found = result if isinstance(result, list) else [result]
    good = [one for one in found if isinstance(one, dict) and isinstance(one.get("message_id"), int)]
    return good if len(good) == len(found) else []


def _permalink(session: Session, message: Mapping[str, Any]) -> str:
    """Return a message's address: of a public chat for everybody, of a private one for its members."""
    raw = message.get("chat")
    chat = raw if isinstance(raw, dict) else {}
    public, number = str(chat.get("username") or ""), str(chat.get("id") or session.credentials["chat"])
    if public:
        return f"{_web(session)}/{public}/{message['message_id']}"
    return f"{_web(session)}/c/{number[4:]}/{message['message_id']}" if number.startswith("-100") else ""


def _web(session: Session) -> str:
    return str(session.config.get("web", WEB))


def _ids(remote_id: str) -> list[int]:
    return [int(one) for one in remote_id.split(",") if one.isascii() and one.isdigit()] or [0]


def _shape_problems(media: tuple[MediaItem, ...]) -> list[Problem]:
    """Return the problems that only Telegram has with files: the album as a whole, and the shape of photos."""
    problems = []
    if len(media) > ALBUM_FILES and all(sum(one.is_video is kind for one in media) <= ALBUM_FILES for kind in (0, 1)):
        problems.append(Problem("media", f"There are {len(media)} files; an album takes at most {ALBUM_FILES}."))
    if len(media) > 1 and sum(item.bytes for item in media) > FILE_BYTES:
        problems.append(Problem("media", "All files of an album together may have 50 MB. Take some out."))
    if len(media) > 1 and any(item.mime == GIF for item in media):
        problems.append(Problem("media", "An animated GIF cannot go into an album. Post it alone."))
    for place, item in enumerate(media):
        if item.is_video or item.mime == GIF:
            continue
        short, long = sorted((item.width, item.height))
        if short + long > PHOTO_SIDES_TOGETHER or long > PHOTO_RATIO * max(short, 1):
            message = f"The photo is too large or too narrow for Telegram ({item.width} x {item.height}). Crop it."
            problems.append(Problem(f"media.{place}", message))
    return problems
