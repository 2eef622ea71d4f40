"""The first comment below a video of our own (platform sheet of YouTube, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Absent, Found, Outcome, Published, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.youtube.answers import LABEL, ask, asked, items_of, meaning, table
from scheduler.platforms.connectors.youtube.channel import watch_url
from scheduler.platforms.connectors.youtube.search import CLOCK_SKEW_MS, PAGES, made_at
from scheduler.platforms.google import reader_of
from scheduler.platforms.http import Answer

COMMENT_CHARACTERS = 10_000


def problems_of(payload: Payload) -> list[Problem]:
    """Return everything that YouTube would refuse about a comment."""
    problems = []
    if not payload.text.strip():
        problems.append(Problem("text", "The comment is empty. Write something to post."))
    if len(payload.text) > COMMENT_CHARACTERS:
        message = f"The comment has {len(payload.text)} characters; at most {COMMENT_CHARACTERS} are allowed."
        problems.append(Problem("text", message))
    if payload.media:
        problems.append(Problem("media", "A comment on YouTube holds words only. Take the files out."))
    return problems


def warnings_of(payload: Payload) -> list[Problem]:
    """Return the warning of a video below which nobody can comment, and which is to get a comment."""
    closed = payload.options.get("privacy", "") == "private" or payload.options.get("made_for_kids", "") == "1"
    if not (payload.replies and closed):
        return []
    message = "YouTube takes no comments below private videos and videos made for kids: the first comment will fail."
    return [Problem("replies", message, "warning")]


def post(session: Session, payload: Payload) -> Outcome:
    """Post the comment; the video has to be processed and visible to others."""
    reader = reader_of(session, LABEL)
    words = {"videoId": payload.reply_to, "topLevelComment": {"snippet": {"textOriginal": payload.text}}}
    result = ask(session, "POST", "commentThreads", {"part": "snippet"}, {"snippet": words})
    if not isinstance(result, Answer) or not result.ok:
        return meaning(reader, result)
    made = table(table(result.object(), "snippet"), "topLevelComment").get("id") or result.object().get("id")
    if not isinstance(made, str) or not made:
        return reader.unreadable(result)
    url = f"{watch_url(session, payload.reply_to)}&lc={made}"
    return Published(
        sentence="The comment is live on YouTube.", evidence=reader.evidence(result), remote_id=made, url=url
    )


def find(session: Session, payload: Payload, mark: Mark) -> Found | Absent:
    """Look for our own comment with exactly these words. Raises `Refused`."""
    comment = _searched(session, payload, mark)
    if comment is None or not comment.get("id"):
        return Absent(sentence="The comment is not below the video on YouTube.")
    made, url = str(comment["id"]), watch_url(session, payload.reply_to)
    at = made_at(table(comment, "snippet"))
    return Found(sentence="The comment is live on YouTube.", remote_id=made, url=f"{url}&lc={made}", at=at)


def _searched(session: Session, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    token = ""
    for _ in range(PAGES):
        params = {"part": "snippet", "videoId": payload.reply_to, "maxResults": "100", "order": "time"}
        said = asked(session, "commentThreads", params | ({"pageToken": token} if token else {}))
        for thread in items_of(said):
            comment = table(table(thread, "snippet"), "topLevelComment")
            if _is_ours(session, comment, payload, mark):
                return dict(comment)
        token = str(said.get("nextPageToken") or "")
        if not token:
            return None
    raise Refused(Rejected(sentence="The video has too many comments to look through them all."))


def _is_ours(session: Session, comment: Mapping[str, Any], payload: Payload, mark: Mark) -> bool:
    snippet = table(comment, "snippet")
    author = table(snippet, "authorChannelId").get("value")
    same = str(snippet.get("textOriginal") or snippet.get("textDisplay") or "").split() == payload.text.split()
    return same and author == session.remote_id and made_at(snippet) >= mark.earliest - CLOCK_SKEW_MS
