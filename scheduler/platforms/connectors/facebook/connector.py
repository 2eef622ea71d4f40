"""Facebook Pages, by the Graph API: posts with text, link and photos, videos, reels, stories, first comments.

Everything is uploaded without being seen; the one irreversible call is the last. Facebook has no idempotency key: a
lost post is looked up among the Page's own. Native scheduling is not used: the queue here is the only clock. Source of
every rule: the platform sheet of Facebook Pages, sections 1 to 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Absent, CannotTell, Found, Outcome, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import amount, undecided
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
from scheduler.platforms.connectors.facebook import page, posting
from scheduler.platforms.connectors.facebook.rules import OPTIONS, POST, RULES, STORY, kind_of, problems_of
from scheduler.platforms.connectors.facebook.search import search
from scheduler.platforms.http import Answer
from scheduler.platforms.meta import error_of, is_missing, number_of, safe
from scheduler.platforms.validation import text_problems

_INSIGHTS = {
    "views": "post_media_view",
    "reach": "post_total_media_view_unique",
    "clicks": "post_clicks",
}


class Facebook(Platform):
    """Pages on Facebook; people's own profiles and groups cannot be posted to."""

    name = "facebook"
    label = page.LABEL
    icon = "users"
    post_text_hint = "The link becomes a card under the text; beside photos or a video it goes into the text."
    connect_help = page.WAY.help
    capabilities = Capabilities(
        lookup=True,
        settle_seconds=60,
        prepared_seconds=6 * 3600,
        first_comment=True,
        edit=True,
        delete=True,
        metrics=True,
    )
    practice = True
    hosts = ("api", "video", "upload", "login", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in with Facebook."""
        return (page.WAY,)

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return post, reel or story, and the title of a video."""
        return OPTIONS

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of an ordinary post."""
        return RULES

    def wire_text(self, payload: Payload) -> str:
        """Return the text; a link that gets no card, because there are files, goes to its end."""
        carded = kind_of(payload) == POST and not payload.media and not payload.reply_to
        if payload.link is None or carded or payload.reply_to or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return plain characters."""
        return Count(len(text), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Facebook."""
        return page.login_of(session).begin(session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return the Pages on which the person may post, each with its own token."""
        user, scopes = page.login_of(session).user_graph(session, answer, kept)
        return page.pages_of(user, scopes)

    def check(self, session: Session) -> Connection:
        """Ask Facebook who the Page is now."""
        return Connection(page.read_page(session), session.credentials, session.settings, session.limits)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Facebook would refuse."""
        text = self.wire_text(payload)
        problems = text_problems(payload, self.count(text, rules), rules) if kind_of(payload) != STORY else []
        return problems + problems_of(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Upload the files where nobody sees them."""
        return Prepared(payload, mark, posting.upload(session, payload))

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Make the post, or the comment under one."""
        return posting.post(session, prepared, self.wire_text(prepared.payload))

    def poll(self, session: Session, remote_id: str) -> Outcome:
        """Ask whether a video has been processed."""
        return posting.look_at_video(session, remote_id)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through what the Page has published since the attempt."""
        try:
            return search(session, payload, self.wire_text(payload), mark)
        except Refused as refused:
            return undecided(refused.outcome)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the text of a post."""
        graph = page.graph_of(session)
        said = graph.ask("POST", safe(remote_id), {"message": self.wire_text(payload)})
        if said.get("success") is False:
            raise Refused(Rejected(sentence="Facebook did not change the post. Change it on Facebook itself."))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down; what is not there counts as done."""
        graph = page.graph_of(session)
        result = graph.call("DELETE", safe(remote_id), {})
        if is_missing(result) or (isinstance(result, Answer) and result.ok and not error_of(result)):
            return
        raise Refused(graph.outcome_of(graph.reader.harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return reactions, comments and shares, and how often it was seen where the right to read that is there."""
        graph = page.graph_of(session)
        fields = "shares,comments.limit(0).summary(true),reactions.limit(0).summary(true)"
        said = graph.ask("GET", safe(remote_id), {"fields": fields})
        shares = said.get("shares")
        numbers = {"likes": _total(said.get("reactions")), "replies": _total(said.get("comments"))}
        numbers["shares"] = number_of(shares.get("count")) if isinstance(shares, dict) else 0
        return numbers | self._seen(session, remote_id)

    def _seen(self, session: Session, remote_id: str) -> dict[str, int]:
        """Return what insights say, nothing when they say nothing: they retire names, and need a right of their own."""
        graph = page.graph_of(session)
        result = graph.call("GET", f"{safe(remote_id)}/insights", {"metric": ",".join(_INSIGHTS.values())})
        entries = result.object().get("data") if isinstance(result, Answer) and result.ok else None
        found = {
            str(entry.get("name")): entry.get("values")
            for entry in (entries if isinstance(entries, list) else [])
            if isinstance(entry, dict)
        }
        values = {ours: found.get(theirs) for ours, theirs in _INSIGHTS.items()}
        return {
            ours: number
            for ours, value in values.items()
            if isinstance(value, list)
            and value
            and isinstance(value[0], dict)
            and (number := amount(value[0].get("value"))) is not None
        }


def _total(listed: object) -> int:
    summary = listed.get("summary") if isinstance(listed, dict) else None
    return number_of(summary.get("total_count")) if isinstance(summary, dict) else 0
