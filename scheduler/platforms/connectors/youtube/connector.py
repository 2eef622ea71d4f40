"""YouTube: a video of one channel, with a thumbnail and a first comment.

Everything but the video's last piece is uploaded ahead of time; the last piece is the one irreversible call, because
nothing becomes a video before it. A lost answer is settled by the channel's own list of uploads. Afterwards YouTube
processes the video: it is asked about until that is over. Source of every rule: the platform sheet of YouTube.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import (
    Absent,
    CannotTell,
    Found,
    NotSent,
    Outcome,
    Rejected,
    Unauthorized,
)
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import Reader, Result, amount, instant, undecided
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
    Refused,
    Session,
    SignIn,
    Way,
)
from scheduler.platforms.connectors.youtube import additions, channel, comments, upload
from scheduler.platforms.connectors.youtube.answers import LABEL, ask, asked, items_of, meaning, table
from scheduler.platforms.connectors.youtube.processing import standing
from scheduler.platforms.connectors.youtube.search import made_at, search_video, video_id
from scheduler.platforms.connectors.youtube.videos import (
    DESCRIPTION_BYTES,
    PEOPLE_AND_BLOGS,
    description_of,
    option_problems,
    options_of,
    resource_of,
    title_of,
    video_of,
)
from scheduler.platforms.google import app_setup, provider, reader_of, signed_in
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, renew
from scheduler.platforms.validation import media_problems, text_problems

SCOPES = (
    "https://www.googleapis.com/auth/youtube.upload",
    "https://www.googleapis.com/auth/youtube.readonly",
    "https://www.googleapis.com/auth/youtube.force-ssl",
)
REVIEW = (
    "Until Google has audited your project (the form “YouTube API Services – Audit and Quota Extension”), every video "
    "that it uploads is locked to private. With more than 100 users Google verifies the application too."
)
THUMBNAIL_BYTES = 2 * 1024 * 1024
VIDEO_BYTES = 256 * 10**9
SHORT_SECONDS, LONG_SECONDS = 15 * 60, 12 * 3600
"""How long a video of an unverified and of a verified channel may last."""
_AMOUNT_DIGITS = 17
_VIDEO_ID = 11
"""Letters of a video's id; that of a comment is longer."""


class YouTube(Platform):
    """One channel."""

    name = "youtube"
    label = LABEL
    icon = "video"
    post_text_hint = (
        "The text is the description below the video, the link stands in it; a photo becomes the thumbnail."
    )
    capabilities = Capabilities(
        lookup=True,
        settle_seconds=60,
        prepared_seconds=6 * 3600,
        asynchronous=True,
        first_comment=True,
        edit=True,
        delete=True,
        metrics=True,
    )
    practice = True
    hosts = ("login", "token", "api", "upload", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in with Google."""
        help_ = "You sign in with Google and choose the channel on Google's own page; one sign-in is one channel."
        setup = app_setup(self.name, ("YouTube Data API v3",), SCOPES, REVIEW)
        return (Way("google", LABEL, help_, redirects=True, app=setup, scopes=SCOPES),)

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return title, visibility, category, tags and what the law and YouTube ask about a video."""
        return options_of(limits)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of the channel; one photo beside the video is its thumbnail."""
        return ContentRules(
            text_limit=DESCRIPTION_BYTES,
            text_bytes=DESCRIPTION_BYTES,
            photos=1,
            videos=1,
            photo_mimes=("image/jpeg", "image/png"),
            photo_bytes=THUMBNAIL_BYTES,
            video_mimes=("video/mp4", "video/quicktime", "video/webm"),
            video_bytes=VIDEO_BYTES,
            video_seconds=LONG_SECONDS if limits.get("long_videos") else SHORT_SECONDS,
            mixed_media=True,
        )

    def host(self, credentials: Mapping[str, str]) -> str:
        """Return YouTube's one host: all channels share its circuit breaker."""
        return "www.googleapis.com"

    def wire_text(self, payload: Payload) -> str:
        """Return the description, with the link at its end; a comment is sent as it is."""
        return payload.text if payload.reply_to else description_of(payload)

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the size in bytes, which is what YouTube limits."""
        return Count(len(text.encode()), rules.text_limit, "bytes")

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Google."""
        return begin(provider(session, LABEL, SCOPES), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return the channel that the person chose on Google's page."""
        session.credentials = signed_in(provider(session, LABEL, SCOPES), session, answer, kept)
        return [channel.read(session)]

    def check(self, session: Session) -> Connection:
        """Ask YouTube which channel this is, and what it may do."""
        return channel.read(session)

    def refresh(self, session: Session) -> None:
        """Renew the access token; Google's refresh token stays the same."""
        renew(provider(session, LABEL, SCOPES), session)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that YouTube would refuse."""
        if payload.reply_to:
            return comments.problems_of(payload)
        text = self.wire_text(payload)
        problems = text_problems(payload, self.count(text, rules), rules)
        if "<" in text or ">" in text:
            problems.append(Problem("text", "YouTube takes no < and > in a description. Leave them out."))
        if not any(item.is_video for item in payload.media):
            message = "YouTube posts videos only. Add a video; a photo beside it becomes its thumbnail."
            problems.append(Problem("media", message))
        problems += comments.warnings_of(payload)
        return problems + option_problems(payload) + media_problems(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Open an upload session and send all but the last piece of the video."""
        if payload.reply_to:
            return Prepared(payload, mark)
        video, data = resource_of(payload), session.read_media(video_of(payload).key)
        notify = "false" if payload.options.get("notify", "") == "0" else "true"
        address = upload.begin(session, video, len(data), {"notifySubscribers": notify})
        return Prepared(payload, mark, {"session": address, "at": upload.fill(session, address, data)})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Send the last piece, which makes the video; or post the comment."""
        if prepared.payload.reply_to:
            return comments.post(session, prepared.payload)
        address, at = str(prepared.data["session"]), int(prepared.data["at"])
        reader = reader_of(session, LABEL, address)
        result = _finish(session, address, session.read_media(video_of(prepared.payload).key), at)
        if not isinstance(result, Answer) or not result.ok:
            return _not_made(reader, result)
        video = result.object()
        if not isinstance(video.get("id"), str) or not video["id"]:
            return reader.unreadable(result)
        note = additions.add(session, prepared.payload, video["id"])
        return standing(session, video, reader.evidence(result), note)

    def poll(self, session: Session, remote_id: str) -> Outcome:
        """Ask how far the processing is. Raises `Refused` for a sign-in that has ended."""
        try:
            said = asked(session, "videos", {"part": "status,processingDetails,snippet", "id": remote_id})
        except Refused as refused:
            if isinstance(refused.outcome, Unauthorized):
                raise
            return refused.outcome
        found = items_of(said)
        if not found:
            return NotSent(sentence="YouTube does not show the video yet. It will be asked again.")
        return standing(session, {**found[0], "id": remote_id})

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the channel's uploads, or the video's comments. Raises `Refused` for an ended sign-in."""
        try:
            return (comments.find if payload.reply_to else _found_video)(session, payload, mark)
        except Refused as refused:
            if isinstance(refused.outcome, Unauthorized):
                raise
            return undecided(refused.outcome)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the description, and the title when one is chosen; what is not sent again YouTube would clear."""
        found = items_of(asked(session, "videos", {"part": "snippet", "id": remote_id}))
        if not found:
            raise Refused(Rejected(sentence="YouTube no longer has the video."))
        before = table(found[0], "snippet")
        kept = {name: before[name] for name in ("tags", "defaultLanguage", "defaultAudioLanguage") if name in before}
        title = title_of(payload) if payload.options.get("title") else str(before.get("title") or title_of(payload))
        words = {"title": title, "description": description_of(payload)}
        snippet = {**kept, **words, "categoryId": str(before.get("categoryId") or PEOPLE_AND_BLOGS)}
        result = ask(session, "PUT", "videos", {"part": "snippet"}, {"id": remote_id, "snippet": snippet})
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(meaning(reader_of(session, LABEL).harmless(), result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a video or a comment down; 404 means that it is down already."""
        kind = "videos" if len(remote_id) == _VIDEO_ID else "comments"
        result = ask(session, "DELETE", kind, {"id": remote_id})
        if isinstance(result, Answer) and (result.ok or result.status == 404):
            return
        raise Refused(meaning(reader_of(session, LABEL).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return views, likes and comments of a video; YouTube writes them as text."""
        if len(remote_id) != _VIDEO_ID:
            return {}
        found = items_of(asked(session, "videos", {"part": "statistics", "id": remote_id}))
        numbers = table(found[0], "statistics") if found else {}
        names = {"views": "viewCount", "likes": "likeCount", "replies": "commentCount"}
        return {ours: number for ours, theirs in names.items() if (number := _number(numbers.get(theirs))) is not None}


def _said_by_session(session: Session, payload: Payload) -> Found | Absent | None:
    """Ask the upload session itself, where it is known and still there: nobody knows better what it became."""
    address = str(session.prepared.get("session") or "")
    if not address:
        return None
    result = upload.what_became_of(session, address, video_of(payload).bytes)
    if isinstance(result, Answer) and result.status == upload.STATUS_MORE:
        return Absent(sentence="YouTube still waits for the end of the upload, so there is no video.")
    made = result.object().get("id") if isinstance(result, Answer) and result.ok else None
    if not isinstance(made, str) or not made:
        return None
    return Found(sentence="The video is on YouTube.", remote_id=made, url=channel.watch_url(session, made))


def _finish(session: Session, address: str, data: bytes, at: int) -> Result:
    """Send the rest of a video. An answer of 308 proves that nothing was made yet and says from where to go on."""
    while True:
        result = upload.send(session, address, data[at:], (at, len(data)))
        more = upload.received(result) if isinstance(result, Answer) and result.status == upload.STATUS_MORE else 0
        if not at < more < len(data):
            return result
        at = more


def _not_made(reader: Reader, result: Result) -> Outcome:
    """Return the outcome of a video that was not finished; of a session that is gone nothing was published."""
    if isinstance(result, Answer) and result.status in (404, 410):
        sentence = "YouTube has dropped the upload that was begun; nothing was published."
        return Rejected(sentence=sentence, evidence=reader.evidence(result))
    if isinstance(result, Answer) and result.status == upload.STATUS_MORE:
        sentence = "YouTube did not take the end of the video; nothing was published. It will be tried again."
        return NotSent(sentence=sentence, evidence=reader.evidence(result))
    return meaning(reader, result)


def _number(value: object) -> int | None:
    text = str(value)
    return amount(int(text)) if text.isascii() and text.isdigit() and len(text) < _AMOUNT_DIGITS else None


def _found_video(session: Session, payload: Payload, mark: Mark) -> Found | Absent:
    if (said := _said_by_session(session, payload)) is not None:
        return said
    item = search_video(session, payload, mark)
    if item is None:
        return Absent(sentence="The video is not among the channel's uploads on YouTube.")
    made, at = video_id(item), instant(made_at(table(item, "snippet")))
    if not made:
        raise Refused(NotSent(sentence="YouTube gave a list of uploads that cannot be read."))
    return Found(sentence="The video is on YouTube.", remote_id=made, url=channel.watch_url(session, made), at=at)
