"""First comments of a page (platform sheet, section 4): plain text, no escapes, an irreversible call of their own."""

from __future__ import annotations

import re
from urllib.parse import quote

from scheduler.domain.outcome import Outcome, Published
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.linkedin.server import author_of, call, outcome_of, reader_of, safe
from scheduler.platforms.http import Answer

_COMMENT = re.compile(r"urn:li:comment:\((urn:li:[^,()]+),(\d+)\)")


def add_comment(session: Session, payload: Payload, url: str) -> Outcome:
    """Write a comment under a post of ours and say how it ended."""
    reader, post = reader_of(session), payload.reply_to
    body = {"actor": author_of(session), "object": post, "message": {"text": payload.text}}
    result = attempt(lambda: call(session, "POST", f"/rest/socialActions/{safe(post)}/comments", body))
    if not isinstance(result, Answer) or not result.ok:
        return outcome_of(reader, result)
    urn = str(result.object().get("commentUrn") or "")
    number = str(result.object().get("id") or result.header("x-restli-id"))
    if not urn and number.isdecimal():
        urn = f"urn:li:comment:({post},{number})"
    if not urn:
        return reader.unreadable(result)
    evidence = reader.evidence(result)
    return Published(sentence="The comment is live on LinkedIn.", evidence=evidence, remote_id=urn, url=url)


def remove_comment(session: Session, urn: str) -> None:
    """Take a comment down; 404 means that it is down already. Raises `Refused`."""
    found = _COMMENT.fullmatch(urn)
    if found is None:
        return
    path = f"/rest/socialActions/{safe(found[1])}/comments/{found[2]}?actor={quote(author_of(session), safe='')}"
    result = attempt(lambda: call(session, "DELETE", path))
    if isinstance(result, Answer) and (result.ok or result.status == 404):
        return
    raise Refused(outcome_of(reader_of(session).harmless(), result))
