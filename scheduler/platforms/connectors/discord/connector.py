"""Discord: messages with a link card or files into a channel, through a webhook or a bot.

A webhook is the simplest and can list nothing: a lost answer is put before a person. A bot can reply, and its channel
is read to find a lost post. A forum channel gets a post with a title. Source of every rule: the sheet of Discord.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, Outcome, Published
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import Result, amount, instant, undecided
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
    Way,
)
from scheduler.platforms.connectors.discord.api import (
    API,
    HOSTS,
    UNKNOWN_MESSAGE,
    asked,
    call,
    code_of,
    is_webhook,
    outcome_of,
    own_path,
    reader_of,
    webhook_parts,
)
from scheduler.platforms.connectors.discord.message import (
    THREAD_NAME,
    content,
    fields_of,
    files_of,
    parts_of,
    readable,
    thread_name,
)
from scheduler.platforms.connectors.discord.search import made_at, search
from scheduler.platforms.http import Answer
from scheduler.platforms.validation import media_problems, text_problems

WEB = "https://discord.com"
TEXT_UNITS = 2000
FILES = 10
FILE_BYTES = 10 * 1024 * 1024
REQUEST_BYTES = 25 * 1024 * 1024
ALT_CHARACTERS = 1024
PHOTOS = ("image/jpeg", "image/png", "image/webp", "image/gif")
VIDEOS = ("video/mp4", "video/webm", "video/quicktime")
PREVIEWS = (("", "Card of the article"), ("auto", "As Discord makes it"), ("none", "No card"))
FORUMS = (15, 16)
_TEXT_CHANNELS = (0, 5, 10, 11, 12, *FORUMS)
_BOT_TOKEN = re.compile(r"[A-Za-z0-9_.-]{20,120}")
_NUMBER = re.compile(r"\d{5,25}")


class Discord(Platform):
    """A channel on Discord."""

    name = "discord"
    label = "Discord"
    icon = "hash"
    post_text_hint = "2000 characters. Without photos, the link is shown as a card and need not be in the text."
    connect_help = (
        "In Discord, open the channel's settings, Integrations, Webhooks, make a new webhook and copy its address."
    )
    capabilities = Capabilities(lookup=True, settle_seconds=15, threads=True, edit=True, delete=True, metrics=True)
    practice = True
    hosts = ("api", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the webhook, and the bot for those who want replies and look-ups."""
        channel = CredentialField("channel", "Channel ID", "Right click on the channel, Copy Channel ID.")
        token = CredentialField("bot_token", "Bot token", "From the bot's page of your application.", secret=True)
        address = CredentialField(
            "url",
            "Webhook address",
            "Begins with https://discord.com/api/webhooks/.",
            secret=True,
            placeholder="https://discord.com/api/webhooks/...",
        )
        bot_help = (
            "At discord.com/developers make an application with a bot, invite it to your server with the rights to "
            "view channels, send messages, embed links, attach files and read the message history, and copy its token."
        )
        return (
            Way("webhook", "Webhook", self.connect_help, (address,)),
            Way("bot", "Bot", bot_help, (token, channel)),
        )

    def capable(self, limits: Mapping[str, Any]) -> Capabilities:
        """Return what a webhook cannot do: it may write, and not read what it wrote."""
        webhook = limits.get("kind") == "webhook"
        return replace(self.capabilities, lookup=False) if webhook else self.capabilities

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of a server without boosts."""
        return ContentRules(
            text_limit=TEXT_UNITS,
            photos=FILES,
            videos=FILES,
            photo_mimes=PHOTOS,
            photo_bytes=FILE_BYTES,
            video_mimes=VIDEOS,
            video_bytes=FILE_BYTES,
            video_seconds=24 * 3600,
            alt_limit=ALT_CHARACTERS,
            mixed_media=True,
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return what Discord lets a message choose."""
        title = "Forum and media channels need one; without it the article's title is taken."
        named = limits.get("kind") != "bot" or limits.get("channel_type") in FORUMS
        forum = (Option("thread_name", "Title of the forum post", hint=title),) if named else ()
        return (
            Option("preview", "Link card", "choice", "Only for posts without photos.", PREVIEWS),
            Option("silent", "Send without notifying", "flag"),
            Option("spoiler", "Blur photos and videos until clicked", "flag"),
            Option("markdown", "The text uses Discord's Markdown", "flag", "Otherwise * and _ are shown as they are."),
            *forum,
        )

    def wire_text(self, payload: Payload) -> str:
        """Return the text with the link at its end where no card of ours shows it."""
        return readable(payload)

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of UTF-16 code units, the safe side of Discord's counting; links count in full."""
        return Count(len(text.encode("utf-16-le", "surrogatepass")) // 2, rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Ask whose webhook or bot this is, and where it posts."""
        api = str(session.config.get("api", API))
        is_bot = bool(form.get("bot_token", "").strip() or form.get("channel", "").strip())
        session.credentials = _read_bot(form) if is_bot else _read_webhook(form, api)
        return self.check(session)

    def check(self, session: Session) -> Connection:
        """Ask again."""
        if is_webhook(session.credentials):
            hook = asked(session, own_path(session))
            name, channel = str(hook.get("name") or "Webhook"), str(hook.get("channel_id") or "")
            limits = {"kind": "webhook", "guild_id": str(hook.get("guild_id") or "")}
        else:
            asked(session, "/users/@me")
            found = asked(session, f"/channels/{session.credentials['channel']}")
            if found.get("type") not in _TEXT_CHANNELS:
                sentence = "This is no channel that takes messages. Choose a text, announcement or forum channel."
                raise Refused(Forbidden(sentence=sentence))
            channel = session.credentials["channel"]
            name = f"#{found.get('name') or channel}"
            limits = {"kind": "bot", "guild_id": str(found.get("guild_id") or ""), "channel_type": found["type"]}
        url = f"{_web(session)}/channels/{limits['guild_id']}/{channel}"
        return Connection(Profile(channel, name, name, url), session.credentials, session.settings, limits)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Discord would refuse; what is escaped counts as it is sent."""
        problems = text_problems(payload, self.count(content(payload), rules), rules) + media_problems(payload, rules)
        if payload.options.get("preview", "") not in dict(PREVIEWS):
            problems.append(Problem("options.preview", "Choose one of auto, none, or nothing."))
        if len(payload.options.get("thread_name", "")) > THREAD_NAME:
            message = f"The title of a forum post may have {THREAD_NAME} characters. Shorten it."
            problems.append(Problem("options.thread_name", message))
        if len(payload.media) > FILES and sum(item.is_video for item in payload.media) <= FILES:
            problems += [] if _has(problems, "media") else [Problem("media", f"At most {FILES} files are allowed.")]
        if sum(item.bytes for item in files_of(payload)) > REQUEST_BYTES and not _has(problems, "media"):
            problems.append(Problem("media", "All files together may have 25 MB. Take some out."))
        return problems

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Make sure that the files are there. They travel with the message, and then it is too late to miss one."""
        for item in files_of(payload):
            session.read_media(item.key)
        return Prepared(payload, mark)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Send the message."""
        reader, payload = reader_of(session), prepared.payload
        try:
            result = self._send(session, payload, prepared.mark)
        except Refused as refused:
            return refused.outcome
        if not isinstance(result, Answer) or not result.ok:
            return outcome_of(reader, result)
        said = result.object()
        message = said["message"] if isinstance(said.get("message"), dict) else said
        if not isinstance(message.get("id"), str) or not isinstance(message.get("channel_id"), str):
            return reader.unreadable(result)
        return Published(
            sentence="It is live on Discord.",
            evidence=reader.evidence(result),
            remote_id=f"{message['channel_id']}/{message['id']}",
            url=_permalink(session, message),
        )

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the channel since the attempt; a webhook and a forum cannot be looked through."""
        if is_webhook(session.credentials) or session.limits.get("channel_type") in FORUMS:
            sentence = "Discord lets nobody list this channel's posts for us. Look there whether the post is live."
            return CannotTell(sentence=sentence, passing=False)
        try:
            message = search(session, payload, mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if message is None:
            return Absent(sentence="The post is not among the messages of the channel.")
        remote_id = f"{message.get('channel_id') or session.credentials['channel']}/{message['id']}"
        url, at = _permalink(session, message), instant(made_at(message))
        return Found(sentence="The post is live on Discord.", remote_id=remote_id, url=url, at=at)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the words; card and files stay."""
        fields = {"content": content(payload), "allowed_mentions": {"parse": []}}
        path, params = _message_path(session, remote_id)
        result = call(session, "PATCH", path, fields, params=params)
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader_of(session).harmless(), result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take the message down."""
        path, params = _message_path(session, remote_id)
        result = call(session, "DELETE", path, params=params)
        if (isinstance(result, Answer) and result.ok) or code_of(result) == UNKNOWN_MESSAGE:
            return
        raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return the reactions, as likes; a webhook is told of them only sometimes."""
        path, params = _message_path(session, remote_id)
        result = call(session, "GET", path, params=params)
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader_of(session).harmless(), result))
        reactions = result.object().get("reactions")
        if not isinstance(reactions, list):
            return {} if is_webhook(session.credentials) else {"likes": 0}
        return {"likes": sum(amount(one.get("count")) or 0 for one in reactions if isinstance(one, dict))}

    def _send(self, session: Session, payload: Payload, mark: Mark) -> Result:
        files = parts_of(session, payload)
        if is_webhook(session.credentials):
            return _by_webhook(session, payload, fields_of(payload, None))
        channel, parent = session.credentials["channel"], payload.reply_to.partition("/")
        if session.limits.get("channel_type") in FORUMS and not payload.reply_to:
            fields = {"name": thread_name(payload), "message": fields_of(payload, None)}
            return call(session, "POST", f"/channels/{channel}/threads", fields, files=files)
        fields = fields_of(payload, mark)
        if payload.reply_to:
            # A parent that was taken down meanwhile must not keep the post from going out.
            fields["message_reference"] = {"message_id": parent[2], "fail_if_not_exists": False}
            channel = parent[0]
        return call(session, "POST", f"/channels/{channel}/messages", fields, files=files)


def _by_webhook(session: Session, payload: Payload, fields: dict[str, Any]) -> Result:
    """Execute the webhook and wait for the message; without `wait` a message that fails leaves no trace."""
    params, name = {"wait": "true"}, payload.options.get("thread_name", "").strip()
    place = payload.reply_to.partition("/")[0]
    if place and place != session.remote_id:
        params["thread_id"] = place  # a forum post goes on in its own thread
    elif name and not payload.reply_to:
        fields["thread_name"] = name
    return call(session, "POST", own_path(session), fields, files=parts_of(session, payload), params=params)


def _read_webhook(form: Mapping[str, str], api: str) -> Credentials:
    """Return the credentials of a webhook's address. Raises `Invalid`."""
    url = form.get("url", "").strip()
    try:
        host, parts = urlsplit(url).netloc.lower(), webhook_parts(url)
    except ValueError:
        host, parts = "", None
    if parts is None or host not in (*HOSTS, urlsplit(api).netloc):
        message = "This is not the address of a Discord webhook. It begins with https://discord.com/api/webhooks/."
        raise Invalid([Problem("url", message)])
    return {"url": f"{api}/webhooks/{parts[0]}/{parts[1]}"}


def _read_bot(form: Mapping[str, str]) -> Credentials:
    """Return the credentials of a bot. Raises `Invalid` with every problem."""
    token, channel = form.get("bot_token", "").strip().removeprefix("Bot "), form.get("channel", "").strip()
    channel, problems = channel.rstrip("/").rpartition("/")[2], []
    if not _BOT_TOKEN.fullmatch(token):
        problems.append(Problem("bot_token", "This is not a bot token. Copy it from the bot's page again."))
    if not _NUMBER.fullmatch(channel):
        message = "This is not the ID of a channel: it is a long number. Right click on the channel, Copy Channel ID."
        problems.append(Problem("channel", message))
    if problems:
        raise Invalid(problems)
    return {"bot_token": token, "channel": channel}


def _message_path(session: Session, remote_id: str) -> tuple[str, dict[str, str]]:
    channel, _, message = remote_id.partition("/")
    if not is_webhook(session.credentials):
        return f"/channels/{channel}/messages/{message}", {}
    thread = {"thread_id": channel} if channel != session.remote_id else {}
    return f"{own_path(session)}/messages/{message}", thread


def _permalink(session: Session, message: Mapping[str, Any]) -> str:
    guild = session.limits.get("guild_id") or "@me"
    return f"{_web(session)}/channels/{guild}/{message['channel_id']}/{message['id']}"


def _web(session: Session) -> str:
    return str(session.config.get("web", WEB))


def _has(problems: list[Problem], field: str) -> bool:
    return any(problem.field == field for problem in problems)
