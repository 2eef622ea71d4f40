"""Slack: messages with links, photos and videos into a channel, through a webhook or a bot.

A webhook takes text alone and tells nothing about it; a bot can share files, answer in threads, and find a lost post
by the id in its metadata. Source of every rule: the platform sheet of Slack.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, Outcome, Published
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import amount, instant, undecided
from scheduler.platforms.base import (
    AppSetup,
    Back,
    Capabilities,
    Connection,
    ContentRules,
    Count,
    CredentialField,
    Mark,
    Option,
    Platform,
    Prepared,
    Refused,
    Session,
    SignIn,
    Way,
)
from scheduler.platforms.connectors.slack.api import (
    asked,
    call,
    error_of,
    execute,
    hook_outcome,
    is_webhook,
    outcome_of,
    reader_of,
    succeeded,
)
from scheduler.platforms.connectors.slack.connecting import (
    SCOPES,
    as_slack_means_it,
    channels,
    connection_of,
    hook_connection,
    provider,
    read_bot,
    read_webhook,
)
from scheduler.platforms.connectors.slack.files import awaited_id, share, ts_of, upload
from scheduler.platforms.connectors.slack.message import escaped, message_of, words_of
from scheduler.platforms.connectors.slack.search import search
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, credentials_of, redeem, renew
from scheduler.platforms.validation import media_problems, text_problems

TEXT_UNITS = 4000
FILES = 10
FILE_BYTES = 100_000_000
"""Slack itself takes 1 GB; more than this is no teaser."""
ALT_CHARACTERS = 1000
PREVIEWS = (("", "As Slack makes it"), ("none", "No card"))


class Slack(Platform):
    """A channel on Slack."""

    name = "slack"
    label = "Slack"
    icon = "message-circle"
    post_text_hint = "4000 characters. The link goes into the text and Slack makes the card from it."
    connect_help = (
        "At api.slack.com/apps make an app for your workspace, switch on Incoming Webhooks, add one to a channel and "
        "copy its address. A webhook takes text only."
    )
    capabilities = Capabilities(lookup=True, settle_seconds=20, threads=True, edit=True, delete=True, metrics=True)
    practice = True
    hosts = ("api", "login", "hooks")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the webhook, the bot by its token, and the sign-in for whoever registers an app."""
        address = CredentialField(
            "url",
            "Webhook address",
            "Begins with https://hooks.slack.com/services/.",
            secret=True,
            placeholder="https://hooks.slack.com/services/...",
        )
        token = CredentialField("bot_token", "Bot token", "From OAuth & Permissions.", True, placeholder="xoxb-...")
        channel = CredentialField(
            "channel", "Channel ID", "At the end of the channel's details.", placeholder="C0123AB"
        )
        rights = f"Give your app the bot scopes {', '.join(SCOPES)}"
        app = AppSetup(
            "slack",
            "https://api.slack.com/apps",
            (
                "Create an app from scratch, for your workspace.",
                "Under OAuth & Permissions, add this redirect URL: {redirect_uri}",
                f"{rights}.",
                "Copy Client ID and Client Secret from Basic Information.",
            ),
        )
        return (
            Way("webhook", "Webhook", self.connect_help, (address,)),
            Way(
                "bot", "Bot token", f"{rights}, install it, copy the bot token and the channel's ID.", (token, channel)
            ),
            Way("oauth", "Sign in", "Choose the channel after signing in.", redirects=True, app=app, scopes=SCOPES),
        )

    def capable(self, limits: Mapping[str, Any]) -> Capabilities:
        """Return what a webhook cannot do: it may write, and not read what it wrote."""
        webhook = limits.get("kind") == "webhook"
        return (
            replace(self.capabilities, lookup=False, edit=False, delete=False, metrics=False)
            if webhook
            else self.capabilities
        )

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of a bot; a webhook takes no files at all."""
        files = 0 if limits.get("kind") == "webhook" else FILES
        return ContentRules(
            text_limit=TEXT_UNITS,
            photos=files,
            videos=files,
            photo_bytes=FILE_BYTES,
            video_mimes=("video/mp4", "video/quicktime", "video/webm"),
            video_bytes=FILE_BYTES,
            video_seconds=24 * 3600,
            alt_limit=ALT_CHARACTERS,
            mixed_media=True,
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return what Slack lets a message choose."""
        return (Option("preview", "Link card", "choice", "Slack reads the page of the link itself.", PREVIEWS),)

    def wire_text(self, payload: Payload) -> str:
        """Return the text with the link in it."""
        return words_of(payload)

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of UTF-16 code units as they are sent: &, < and > are written out."""
        return Count(len(escaped(text).encode("utf-16-le", "surrogatepass")) // 2, rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Ask whose bot this is and which channel is meant; a webhook cannot be asked without posting."""
        is_bot = bool(form.get("bot_token", "").strip() or form.get("channel", "").strip())
        session.credentials = read_bot(form) if is_bot else read_webhook(session, form)
        return self.check(session)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Slack's own page."""
        return begin(provider(session), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return every channel that the bot can post in; a public one it joins before the first post."""
        try:
            said = redeem(provider(session), session, answer, kept)
        except Refused as refused:
            raise as_slack_means_it(refused, session) from refused
        session.credentials = credentials_of(said, session.clock.now_ms())
        team = asked(session, "auth.test", {})
        found = [one for one in channels(session) if not one.get("is_archived")]
        if not found:
            raise Refused(Forbidden(sentence="The workspace has no channel that the bot can post in."))
        return [connection_of(session, team, one) for one in found]

    def check(self, session: Session) -> Connection:
        """Ask again."""
        if is_webhook(session.credentials):
            return hook_connection(session)
        team = asked(session, "auth.test", {})
        channel = asked(session, "conversations.info", {"channel": session.credentials["channel"]}).get("channel")
        if not isinstance(channel, dict) or channel.get("id") != session.credentials["channel"]:
            raise Refused(Forbidden(sentence="Slack did not say which channel this is. Enter its ID again."))
        if channel.get("is_archived"):
            raise Refused(Forbidden(sentence=f"#{channel.get('name')} is archived. Choose another channel."))
        return connection_of(session, team, channel)

    def refresh(self, session: Session) -> None:
        """Renew a token that ends, where the app has token rotation switched on."""
        if not session.credentials.get("refresh_token"):
            raise Refused(self.reconnect())
        try:
            renew(provider(session), session)
        except Refused as refused:
            raise as_slack_means_it(refused, session) from refused

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Slack would refuse."""
        problems = text_problems(payload, self.count(words_of(payload), rules), rules)
        if payload.options.get("preview", "") not in dict(PREVIEWS):
            problems.append(Problem("options.preview", "Choose none, or nothing."))
        if payload.media and not rules.photos:
            message = "A Slack webhook takes no photos and videos. Take them out, or connect the channel with a bot."
            return [*problems, Problem("media", message)]
        if len(payload.media) > FILES and sum(not item.is_video for item in payload.media) <= FILES:
            problems.append(Problem("media", f"There are {len(payload.media)} files; at most {FILES} are allowed."))
        return problems + media_problems(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Join the channel where the bot is not in it yet, and upload the files; nobody sees them yet."""
        if session.limits.get("member") is False:
            asked(session, "conversations.join", {"channel": session.credentials["channel"]})
        files = [upload(session, item, place) for place, item in enumerate(payload.media)]
        return Prepared(payload, mark, {"files": files})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Send the message, or share the files with it."""
        payload, mark = prepared.payload, prepared.mark
        try:
            if is_webhook(session.credentials):
                return _by_webhook(session, payload, mark)
            if prepared.data.get("files"):
                return _with_files(session, payload, list(prepared.data["files"]))
            return _by_bot(session, payload, mark)
        except Refused as refused:  # of a question before the call: nothing was sent
            return refused.outcome

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the channel since the attempt."""
        if is_webhook(session.credentials):
            sentence = "A Slack webhook tells nothing about what it posted. Look into the channel."
            return CannotTell(sentence=sentence, passing=False)
        try:
            message = search(session, payload, mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if message is None:
            return Absent(sentence="The post is not among the messages of the channel.")
        ts = str(message["ts"])
        url, at = _permalink(session, ts), instant(_ms(ts))
        return Found(sentence="The post is live on Slack.", remote_id=ts, url=url, at=at)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the words of a message."""
        _require_bot(session)
        fields = {name: value for name, value in message_of(payload, None).items() if name in ("text", "blocks")}
        asked(session, "chat.update", {**_message(session, remote_id), **fields})

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a message down."""
        _require_bot(session)
        result = call(session, "chat.delete", _message(session, remote_id))
        if not succeeded(result) and error_of(result) != "message_not_found":
            raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return reactions, as likes, and replies."""
        _require_bot(session)
        said = asked(session, "conversations.replies", {**_message(session, remote_id), "limit": "1"})
        messages = said.get("messages")
        message = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
        reactions = message.get("reactions")
        listed = reactions if isinstance(reactions, list) else []
        likes = sum(amount(one.get("count")) or 0 for one in listed if isinstance(one, dict))
        return {"likes": likes, "replies": amount(message.get("reply_count")) or 0}


def _ms(ts: str) -> int | None:
    """Return the instant that the number of a message holds: seconds, a point, and a counter."""
    seconds, _, counter = ts.partition(".")
    return round(float(ts) * 1000) if re.fullmatch(r"[0-9]{1,11}", seconds) and counter.isascii() else None


def _by_webhook(session: Session, payload: Payload, mark: Mark) -> Outcome:
    reader, result = reader_of(session), execute(session, message_of(payload, None))
    if isinstance(result, Answer) and result.ok and result.text().strip() == "ok":
        # Slack names no id: the delivery's own key stands for it.
        evidence = reader.evidence(result)
        return Published(sentence="It is live on Slack.", evidence=evidence, remote_id=mark.idempotency_key)
    return hook_outcome(reader, result)


def _by_bot(session: Session, payload: Payload, mark: Mark) -> Outcome:
    fields = {"channel": session.credentials["channel"], **message_of(payload, mark)}
    if payload.reply_to:
        fields["thread_ts"] = ts_of(session, payload.reply_to)
    reader, result = reader_of(session), call(session, "chat.postMessage", fields)
    if not isinstance(result, Answer) or not succeeded(result):
        return outcome_of(reader, result)
    ts = result.object().get("ts")
    if not isinstance(ts, str) or not ts:
        return reader.unreadable(result)
    evidence = reader.evidence(result)
    return Published(sentence="It is live on Slack.", evidence=evidence, remote_id=ts, url=_permalink(session, ts))


def _with_files(session: Session, payload: Payload, files: list[dict[str, str]]) -> Outcome:
    reader, result = reader_of(session), share(session, payload, files)
    if not succeeded(result):
        return outcome_of(reader, result)
    remote_id = awaited_id(session, files[0]["id"])
    url = "" if remote_id.startswith("file:") else _permalink(session, remote_id)
    evidence = reader.evidence(result)
    return Published(sentence="It is live on Slack.", evidence=evidence, remote_id=remote_id, url=url)


def _message(session: Session, remote_id: str) -> dict[str, str]:
    return {"channel": session.credentials["channel"], "ts": ts_of(session, remote_id)}


def _require_bot(session: Session) -> None:
    if is_webhook(session.credentials):
        sentence = "A Slack webhook can only post. Change or delete the message in Slack, or connect with a bot."
        raise Refused(Forbidden(sentence=sentence))


def _permalink(session: Session, ts: str) -> str:
    address = str(session.limits.get("team_url") or "")
    return f"{address}archives/{session.credentials['channel']}/p{ts.replace('.', '')}" if address else ""
