"""Threads, signed in at Meta: containers are prepared, and one call publishes them.

Even a text goes by way of a container, so that what was prepared is known before the irreversible call. A token lasts
60 days and is renewed long before its end; Meta wants it, and the app secret, in the address of those two calls and
nowhere else. Source of every rule: the platform sheet of Threads (scopes and sign-in sections 2 and 3, publishing 4,
content 5, quotas 6, errors 7, finding 8, deleting and numbers 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from scheduler.domain.outcome import (
    Absent,
    CannotTell,
    Duplicate,
    Found,
    NotSent,
    Outcome,
    Published,
    Rejected,
)
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Result, amount, undecided
from scheduler.platforms.base import (
    Back,
    Capabilities,
    Connection,
    ContentRules,
    Count,
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
from scheduler.platforms.connectors.threads.containers import (
    FINISHED,
    IN_PROGRESS,
    PUBLISHED,
    make_container,
    standing_of,
    status_of,
)
from scheduler.platforms.connectors.threads.graph import (
    NOT_THERE,
    ask,
    call,
    error_of,
    is_gone,
    outcome_of,
    reader_of,
    safe,
)
from scheduler.platforms.connectors.threads.quota import read_quota, require_quota
from scheduler.platforms.connectors.threads.search import made_at, search
from scheduler.platforms.connectors.threads.sign_in import APP, SCOPES, granted, long_lived, provider
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, redeem
from scheduler.platforms.validation import media_problems, text_problems

WEB = "https://www.threads.net"
TEXT_CHARACTERS = 500
ALT_CHARACTERS = 1000
FILES = 20
LINKS = 5
"""Different links in the text and the attached link together; one more and Threads refuses the post."""
TOPIC_CHARACTERS = 50
PHOTO_BYTES = 8_000_000
VIDEO_BYTES = 1_000_000_000
VIDEO_SECONDS = 300
PHOTO_RATIO = (0.1, 10.0)
VIDEO_RATIO = (0.01, 10.0)
CONTAINER_SECONDS = 20 * 3600
"""A container dies after 24 hours."""
REPLY_CONTROLS = (
    ("", "Anyone"),
    ("accounts_you_follow", "Profiles you follow"),
    ("followers_only", "Your followers"),
    ("mentioned_only", "Profiles mentioned only"),
)
METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
_EMOJI = regex.compile(
    r"\p{Emoji_Presentation}|\N{VARIATION SELECTOR-16}|\p{Extended_Pictographic}\N{ZERO WIDTH JOINER}"
)
_CLUSTER = regex.compile(r"\X")
_URL = regex.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)'\]]", regex.IGNORECASE)


class Threads(Platform):
    """One profile on Threads."""

    name = "threads"
    label = "Threads"
    icon = "at-sign"
    post_text_hint = "The link becomes a card below the text; with photos or a video it goes into the text."
    capabilities = Capabilities(
        lookup=True,
        prepared_seconds=CONTAINER_SECONDS,
        needs_public_media=True,
        first_comment=True,
        threads=True,
        delete=True,
        metrics=True,
    )
    practice = True
    hosts = ("api", "login", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the one way: signing in at Threads, through an app of the owner's own."""
        return (
            Way(
                "threads",
                "Threads profile",
                "You sign in at Threads and allow this site to post for your profile.",
                redirects=True,
                app=APP,
                scopes=SCOPES,
            ),
        )

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules, which are the same for every profile."""
        return ContentRules(
            text_limit=TEXT_CHARACTERS,
            photos=FILES,
            videos=FILES,
            photo_mimes=("image/jpeg", "image/png"),
            photo_bytes=PHOTO_BYTES,
            video_mimes=("video/mp4", "video/quicktime"),
            video_bytes=VIDEO_BYTES,
            video_seconds=VIDEO_SECONDS,
            alt_limit=ALT_CHARACTERS,
            mixed_media=True,
            photo_ratio=PHOTO_RATIO,
            video_ratio=VIDEO_RATIO,
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return who may reply, the topic, and the spoiler cover."""
        return (
            Option("reply_control", "Who can reply", "choice", choices=REPLY_CONTROLS),
            Option("topic_tag", "Topic", hint="One topic for the post, without #, “.” and “&”."),
            Option("spoiler", "Mark media as spoiler", "flag"),
        )

    def wire_text(self, payload: Payload) -> str:
        """Return the text; beside photos and videos the link has to be in it, because only texts have link cards."""
        if not payload.media or payload.link is None or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the length: an emoji counts as many as it has bytes in UTF-8, everything else by code points."""
        clusters = _CLUSTER.findall(text)
        used = sum(len(one.encode()) if _EMOJI.search(one) else len(one) for one in clusters)
        return Count(used, rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Threads."""
        return begin(provider(session), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Trade the code for a token of an hour, that for one of 60 days, and ask whose it is."""
        # Meta appends "#_" to what it sends back.
        given = {**answer, "code": answer.get("code", "").removesuffix("#_")}
        said = redeem(provider(session), session, given, kept)
        session.credentials = {"access_token": str(said["access_token"])}
        fields = {"grant_type": "th_exchange_token", "client_secret": session.app.get("client_secret", "")}
        session.credentials = long_lived(session, "access_token", fields)
        session.credentials["scopes"] = granted(session)
        return [self.check(session)]

    def check(self, session: Session) -> Connection:
        """Ask whose profile this is, and how much of the day's quota is left."""
        said = ask(session, "GET", "me", {"fields": "id,username,name,threads_profile_picture_url"})
        user_id, handle = str(said.get("id") or ""), str(said.get("username") or "")
        if not user_id:
            sentence = "Threads did not say whose profile this is. It will be tried again."
            raise Refused(NotSent(sentence=sentence))
        credentials = {**session.credentials, "user_id": user_id}
        profile = Profile(
            user_id,
            str(said.get("name") or handle),
            f"@{handle}",
            f"{session.config.get('web', WEB)}/@{handle}",
            web_address(said.get("threads_profile_picture_url")),
        )
        return Connection(profile, credentials, session.settings, {**session.limits, **read_quota(session)})

    def refresh(self, session: Session) -> None:
        """Renew the token for another 60 days, while it still lives."""
        if 0 < self.token_times(session.credentials).expires_at <= session.clock.now_ms():
            raise Refused(self.reconnect())
        fields = {"grant_type": "th_refresh_token"}
        renewed = session.credentials | long_lived(session, "refresh_access_token", fields)
        session.remember(renewed)
        session.credentials = renewed

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Threads would refuse."""
        text = self.wire_text(payload)
        problems = text_problems(payload, self.count(text, rules), rules) + _option_problems(payload)
        links = {*_URL.findall(text), *([payload.link.url] if payload.link else [])}
        if len(links) > LINKS:
            problems.append(Problem("text", f"There are {len(links)} links; at most {LINKS} are allowed."))
        found = media_problems(payload, rules)
        if len(payload.media) > FILES and not any(problem.field == "media" for problem in found):
            message = f"There are {len(payload.media)} photos and videos; at most {FILES} are allowed."
            found.append(Problem("media", message))
        return problems + found

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Make the container, and wait until Threads has fetched and processed the files."""
        require_quota(session, "replies" if payload.reply_to else "posts")
        return Prepared(payload, mark, {"container": make_container(session, payload, self.wire_text(payload))})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Publish the container, then ask for the post's address."""
        reader, container = reader_of(session), str(prepared.data["container"])
        user = safe(session.credentials["user_id"])
        result = call(session, "POST", f"{user}/threads_publish", {"creation_id": container})
        if not isinstance(result, Answer) or not result.ok or error_of(result):
            return _not_published(session, result, container)
        post = result.object().get("id")
        if not isinstance(post, str | int) or not post:
            return reader.unreadable(result)
        evidence, url = reader.evidence(result), _permalink(session, str(post))
        return Published(sentence="It is live on Threads.", evidence=evidence, remote_id=str(post), url=url)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the profile's own posts since the attempt, by the short code in a link or by the whole text."""
        try:
            status = standing_of(session)
            if status == FINISHED:
                return Absent(sentence="Threads has the post ready and has not published it.")
            post = search(session, payload, self.wire_text(payload), mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if post is None and status == PUBLISHED:
            return CannotTell(sentence="Threads says that it published the post, and does not list it yet.")
        if post is None:
            return Absent(sentence="The post is not among the profile's posts on Threads.")
        url, at = web_address(post.get("permalink")), made_at(post)
        return Found(sentence="The post is live on Threads.", remote_id=str(post["id"]), url=url, at=at)

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down; one that is not there is down already."""
        result = call(session, "DELETE", safe(remote_id))
        if is_gone(result) or (isinstance(result, Answer) and result.ok and result.object().get("success") is True):
            return
        raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return views, likes, replies, reposts, quotes and shares."""
        said = ask(session, "GET", f"{safe(remote_id)}/insights", {"metric": ",".join(METRICS)})
        entries = said.get("data")
        listed = entries if isinstance(entries, list) else []
        found = {str(entry.get("name")): _value(entry) for entry in listed if isinstance(entry, dict)}
        return {name: value for name in METRICS if (value := found.get(name)) is not None}


def _option_problems(payload: Payload) -> list[Problem]:
    problems = []
    topic = payload.options.get("topic_tag", "").strip().removeprefix("#")
    if len(topic) > TOPIC_CHARACTERS or "." in topic or "&" in topic:
        message = f"The topic may have {TOPIC_CHARACTERS} characters and neither “.” nor “&”."
        problems.append(Problem("options.topic_tag", message))
    audience = payload.options.get("reply_control", "")
    if audience not in dict(REPLY_CONTROLS):
        message = f"“{audience}” is no choice of who can reply. Choose one of the list."
        problems.append(Problem("options.reply_control", message))
    return problems


def _not_published(session: Session, result: Result, container: str) -> Outcome:
    """Return the outcome of a refused publish call. A container that is not there any more may be a post already."""
    reader = reader_of(session)
    if error_of(result).get("code") != NOT_THERE:
        return outcome_of(reader, result)
    evidence = reader.evidence(result)
    try:
        status, _ = status_of(session, container)
    except Refused:
        return reader.unreadable(result)
    if status == PUBLISHED:
        sentence = "Threads says that this was published already. It will be looked up."
        return Duplicate(sentence=sentence, evidence=evidence)
    if status in (FINISHED, IN_PROGRESS):
        return NotSent(sentence="Threads is not ready to publish it yet. It will be tried again.", evidence=evidence)
    sentence = "What was prepared at Threads has expired or failed. Send it again."
    return Rejected(sentence=sentence, evidence=evidence)


def _permalink(session: Session, post: str) -> str:
    """Return a post's address as Threads itself gives it, "" when it cannot be had now."""
    try:
        said = ask(session, "GET", safe(post), {"fields": "id,permalink"})
    except Refused:
        return ""
    return web_address(said.get("permalink"))


def _value(entry: Mapping[str, Any]) -> int | None:
    """Return the number of a metric: Meta puts it into `values` or into `total_value`."""
    values, total = entry.get("values"), entry.get("total_value")
    first = values[0] if isinstance(values, list) and values else total
    number = first.get("value") if isinstance(first, dict) else None
    return amount(number)
