"""X by its API v2, signed in by OAuth 2 with PKCE; a post, a thread of replies to our own posts.

The one irreversible call is `POST /2/tweets`. X knows no idempotency key: a lost post is found again among the
account's own by the short code in its link, or by its whole text. Quote posts, polls and edits are not offered: the
first are closed to most applications, an edit gives a new id. Source of every rule: the platform sheet of X, 1 to 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Absent, CannotTell, Found, Outcome, Published, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import amount, attempt, instant, undecided
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
    Profile,
    Refused,
    Session,
    SignIn,
    Way,
)
from scheduler.platforms.connectors.x.media import upload
from scheduler.platforms.connectors.x.search import made_at, search
from scheduler.platforms.connectors.x.server import API, call, outcome_of, reader_of, safe
from scheduler.platforms.connectors.x.text import LINK_WEIGHT, cashtags_in, has_unusable, weighted_length
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import Provider, begin, credentials_of, redeem, renew
from scheduler.platforms.validation import media_problems, text_problems

LOGIN = "https://x.com"
WEB = "https://x.com"
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
CHARACTERS, PREMIUM_CHARACTERS = 280, 25_000
"""Weighted characters of an account without and with X Premium."""
PHOTO_BYTES, GIF_BYTES = 5_242_880, 15_728_640
VIDEO_BYTES, PREMIUM_VIDEO_BYTES = 8_000_000_000, 16_000_000_000
VIDEO_SECONDS, PREMIUM_VIDEO_SECONDS = 20 * 60, 125 * 60
ALT_CHARACTERS = 1000
USER_FIELDS = "profile_image_url,username,name,verified_type,subscription_type"
REPLY_SETTINGS = (
    ("", "Everyone"),
    ("following", "Accounts you follow"),
    ("verified", "Verified accounts"),
    ("subscribers", "Your subscribers"),
    ("mentionedUsers", "Only accounts you mention"),
)
NUMBERS = {
    "likes": ("like_count",),
    "reposts": ("repost_count", "retweet_count"),
    "replies": ("reply_count",),
    "quotes": ("quote_count",),
    "saves": ("bookmark_count",),
    "impressions": ("impression_count",),
}


class X(Platform):
    """X, formerly Twitter."""

    name = "x"
    label = "X"
    icon = "x"
    post_text_hint = "A link counts 23 characters, an emoji 2; X makes the card from the link, and charges more for it."
    capabilities = Capabilities(lookup=True, settle_seconds=30, threads=True, delete=True, metrics=True)
    practice = True
    hosts = ("api", "login", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in on X's own pages."""
        app = AppSetup(
            "x",
            "https://console.x.com",
            (
                "Create a project and an app. Posting costs credits: buy some and set a spending limit.",
                "Open User authentication settings and choose Read and write, and Web App, Automated App or Bot.",
                "Enter {redirect_uri} as the callback address, exactly as it stands here.",
                "Save, then copy Client ID and Client Secret of OAuth 2.0 (not the API key).",
            ),
            fields=(
                CredentialField("client_id", "Client ID", "Of OAuth 2.0."),
                CredentialField("client_secret", "Client secret", "Of OAuth 2.0; X shows it once.", secret=True),
            ),
        )
        text = "You sign in at X and allow this installation to post. X charges its owner for each post."
        return (Way("oauth", "Sign in with X", text, redirects=True, app=app, scopes=SCOPES),)

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return who may reply, and the labels that X asks for."""
        return (
            Option("reply_settings", "Who can reply?", "choice", choices=REPLY_SETTINGS),
            Option("made_with_ai", "Made with AI", "flag", "Labels the post as holding AI-made media."),
            Option("paid_partnership", "Paid partnership", "flag", "Labels the post as advertising for somebody."),
        )

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of the account: X Premium posts more."""
        premium = bool(limits.get("premium"))
        return ContentRules(
            text_limit=int(limits.get("characters", PREMIUM_CHARACTERS if premium else CHARACTERS)),
            photo_bytes=PHOTO_BYTES,
            video_mimes=("video/mp4", "video/quicktime"),
            video_bytes=PREMIUM_VIDEO_BYTES if premium else VIDEO_BYTES,
            video_seconds=PREMIUM_VIDEO_SECONDS if premium else VIDEO_SECONDS,
            video_min_seconds=0.5,
            video_ratio=(1 / 3, 3.0),
            alt_limit=ALT_CHARACTERS,
            link_length=LINK_WEIGHT,
        )

    def wire_text(self, payload: Payload) -> str:
        """Return the text with the link at its end, unless it is in the text already: the card is made from it."""
        if payload.link is None or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the weighted length."""
        return Count(weighted_length(text), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to X."""
        return begin(_provider(session), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Redeem the code (X takes it for 30 seconds) and ask who it is."""
        said = redeem(_provider(session), session, answer, kept)
        session.credentials = credentials_of(said, session.clock.now_ms())
        return [self.check(session)]

    def check(self, session: Session) -> Connection:
        """Ask X who this is now, and whether it has X Premium."""
        reader = reader_of(session).harmless()
        result = attempt(lambda: call(session, "GET", "/2/users/me", params={"user.fields": USER_FIELDS}))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        user = result.object().get("data")
        if not isinstance(user, dict) or not str(user.get("id") or "").isdecimal():
            raise Refused(reader.unreadable(result))
        subscription = str(user.get("subscription_type") or "None")
        limits = {"premium": subscription not in ("None", "Basic"), "subscription": subscription[:30]}
        return Connection(_profile(session, user), session.credentials, session.settings, limits)

    def refresh(self, session: Session) -> None:
        """Renew the sign-in; X calls a refresh token that is spent an invalid request."""
        try:
            renew(_provider(session), session)
        except Refused as refused:
            if isinstance(refused.outcome, Rejected):
                raise Refused(replace(self.reconnect(), evidence=refused.outcome.evidence)) from None
            raise

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that X would refuse."""
        text = self.wire_text(payload)
        problems = text_problems(payload, self.count(text, rules), rules)
        if cashtags_in(text) > 1:
            problems.append(Problem("text", "X takes one cashtag ($ABC) in a post. Take the others out."))
        if has_unusable(text):
            problems.append(Problem("text", "The text holds a character that X does not take (U+FFFE, U+FEFF)."))
        settings = payload.options.get("reply_settings", "")
        if settings not in dict(REPLY_SETTINGS):
            known = ", ".join(value for value, _ in REPLY_SETTINGS if value)
            problems.append(Problem("options.reply_settings", f"“{settings}” is none of {known}."))
        return problems + _file_problems(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Upload the files with their alternative texts and wait until X has processed them."""
        return Prepared(payload, mark, {"media_ids": [upload(session, item) for item in payload.media]})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Create the post."""
        reader, payload = reader_of(session), prepared.payload
        body = _body(payload, self.wire_text(payload), prepared.data["media_ids"])
        result = attempt(lambda: call(session, "POST", "/2/tweets", body))
        if not isinstance(result, Answer) or not result.ok:
            return outcome_of(reader, result, reply=bool(payload.reply_to))
        data = result.object().get("data")
        post_id = str(data.get("id") or "") if isinstance(data, dict) else ""
        if not post_id.isdecimal() or len(post_id) > 20:
            return reader.unreadable(result)
        url = _permalink(session, post_id)
        return Published(sentence="It is live on X.", evidence=reader.evidence(result), remote_id=post_id, url=url)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the account's own posts since the attempt."""
        try:
            post = search(session, self.wire_text(payload), payload, mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if post is None:
            return Absent(sentence="The post is not among the account's posts on X.")
        post_id = str(post["id"])
        url, at = _permalink(session, post_id), instant(made_at(post_id))
        return Found(sentence="The post is live on X.", remote_id=post_id, url=url, at=at)

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down; 404 means that it is down already."""
        reader = reader_of(session).harmless()
        result = attempt(lambda: call(session, "DELETE", f"/2/tweets/{safe(remote_id)}"))
        if isinstance(result, Answer) and result.status == 404:
            return
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        data = result.object().get("data")
        if not isinstance(data, dict) or data.get("deleted") is not True:
            raise Refused(reader.unreadable(result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return the public numbers of a post. Each reading costs the owner a fraction of a cent."""
        reader, params = reader_of(session).harmless(), {"ids": remote_id, "tweet.fields": "public_metrics"}
        result = attempt(lambda: call(session, "GET", "/2/tweets", params=params))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        posts = result.object().get("data")
        first = posts[0] if isinstance(posts, list) and posts else None
        found = first.get("public_metrics") if isinstance(first, dict) else None
        if not isinstance(found, dict):
            raise Refused(Rejected(sentence="X does not show this post any more.", evidence=reader.evidence(result)))
        return _numbers(found)


def _provider(session: Session) -> Provider:
    login, api = (str(session.config.get(key, usual)).rstrip("/") for key, usual in (("login", LOGIN), ("api", API)))
    return Provider(
        "X", f"{login}/i/oauth2/authorize", f"{api}/2/oauth2/token", SCOPES, auth_method="client_secret_basic"
    )


def _profile(session: Session, user: Mapping[str, Any]) -> Profile:
    handle = str(user.get("username") or user["id"])
    web = str(session.config.get("web", WEB)).rstrip("/")
    return Profile(
        remote_id=str(user["id"]),
        name=str(user.get("name") or handle),
        handle=f"@{handle}",
        profile_url=f"{web}/{safe(handle)}",
        avatar_url=str(user.get("profile_image_url") or ""),
    )


def _numbers(found: Mapping[str, Any]) -> dict[str, int]:
    """Return X's numbers under our names; X has been renaming them."""
    numbers = {}
    for ours, theirs in NUMBERS.items():
        known = [number for name in theirs if (number := amount(found.get(name))) is not None]
        if known:
            numbers[ours] = known[0]
    return numbers


def _permalink(session: Session, post_id: str) -> str:
    # This form needs no username, which its owner may change at any time.
    return f"{str(session.config.get('web', WEB)).rstrip('/')}/i/web/status/{post_id}"


def _body(payload: Payload, text: str, media_ids: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text} if text.strip() else {}
    if media_ids:
        body["media"] = {"media_ids": list(media_ids)}
    if payload.reply_to:
        body["reply"] = {"in_reply_to_tweet_id": payload.reply_to}
    elif payload.options.get("reply_settings"):
        body["reply_settings"] = payload.options["reply_settings"]
    flags = ("made_with_ai", "paid_partnership")
    return body | {name: True for name in flags if payload.options.get(name) == "1"}


def _file_problems(payload: Payload, rules: ContentRules) -> list[Problem]:
    """Return the problems of the files; a GIF stands alone and may be larger than a photo."""
    gifs = [item for item in payload.media if item.mime == "image/gif"]
    if gifs and len(payload.media) == 1:
        return media_problems(payload, replace(rules, photo_bytes=GIF_BYTES))
    problems = media_problems(payload, rules)
    if gifs:
        problems.append(Problem("media", "A GIF stands alone in a post on X. Take the other files out."))
    return problems
