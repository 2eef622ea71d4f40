"""Instagram, by the API with Instagram Login and by the one with Facebook Login: photos, carousels, reels, stories.

A post is a container that is made and processed out of sight; `media_publish` is the one irreversible call. Source of
every rule: the platform sheet of Instagram, sections 1 to 9. Not built: product and user tags, places, trial reels,
covers of reels (the first picture is taken). Captions cannot be edited by the API; posts can be deleted only by
accounts that signed in with Facebook, so `delete` is no capability of the platform as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, Outcome, Published, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms import oauth
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Result, undecided
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
from scheduler.platforms.connectors.instagram import account
from scheduler.platforms.connectors.instagram.account import by_facebook, graph_of
from scheduler.platforms.connectors.instagram.containers import is_waiting, make_container, quota_of
from scheduler.platforms.connectors.instagram.rules import OPTIONS, RULES, is_story, problems_of
from scheduler.platforms.connectors.instagram.search import search
from scheduler.platforms.http import Answer
from scheduler.platforms.meta import error_of, is_missing, number_of, safe
from scheduler.platforms.validation import text_problems

_INSIGHTS = {"likes": "likes", "replies": "comments", "shares": "shares", "saves": "saved", "views": "views"}
_INSIGHTS["reach"] = "reach"


class Instagram(Platform):
    """Professional accounts on Instagram; personal ones have no API."""

    name = "instagram"
    label = account.LABEL
    icon = "image"
    post_text_hint = "Instagram needs a photo or video, and a link in the text cannot be opened there."
    connect_help = account.INSTAGRAM_WAY.help
    capabilities = Capabilities(
        lookup=True,
        settle_seconds=60,
        prepared_seconds=20 * 3600,
        needs_public_media=True,
        first_comment=True,
        metrics=True,
    )
    practice = True
    hosts = ("api", "token", "login", "facebook_api", "facebook_login", "upload")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return both sign-ins."""
        return (account.INSTAGRAM_WAY, account.FACEBOOK_WAY)

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return post or story, where a reel is shown, and co-authors."""
        return OPTIONS

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of an ordinary post."""
        return RULES

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return plain characters."""
        return Count(len(text), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Instagram or to Facebook."""
        if way == account.FACEBOOK:
            return account.facebook_login(session).begin(session, back)
        return oauth.begin(account.provider_of(session), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return the account that signed in, or every account that is linked to a Page of the person."""
        if way == account.FACEBOOK:
            user, scopes = account.facebook_login(session).user_graph(session, answer, kept)
            return account.linked_accounts(user, scopes)
        return [account.signed_in_account(session, answer, kept)]

    def check(self, session: Session) -> Connection:
        """Ask Instagram who the account is now, and how many posts a day it takes."""
        profile = account.read_account(session)
        try:
            _, total = quota_of(session)
        except Refused:
            total = 0  # worth knowing, but nothing to fail for
        limits = {**session.limits, "posts_a_day": total} if total else session.limits
        return Connection(profile, session.credentials, session.settings, limits)

    def refresh(self, session: Session) -> None:
        """Renew the token of 60 days; a Page's token has no end and cannot be renewed."""
        kept = session.credentials
        if by_facebook(kept):
            raise Refused(self.reconnect())
        try:
            wish = {"grant_type": "ig_refresh_token"}
            renewed = account.lasting_token(session, "refresh_access_token", wish, kept.get("access_token", ""))
        except Refused as refused:
            # A token that is not a day old cannot be renewed: if it is not accepted any more, it is dead.
            if isinstance(refused.outcome, Rejected | Forbidden):
                raise Refused(self.reconnect()) from None
            raise
        session.remember({**kept, **renewed})
        session.credentials = {**kept, **renewed}

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Instagram would refuse."""
        counted = self.count(self.wire_text(payload), rules)
        problems = [] if is_story(payload) else text_problems(payload, counted, rules)
        return problems + problems_of(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Make the container, hand it its files, and wait until it is ready."""
        if payload.reply_to:
            return Prepared(payload, mark)
        return Prepared(payload, mark, {"container": make_container(session, payload, self.wire_text(payload))})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Publish the container, or the comment."""
        payload, graph = prepared.payload, graph_of(session)
        if payload.reply_to:
            result = graph.call("POST", f"{safe(payload.reply_to)}/comments", {"message": self.wire_text(payload)})
            return self._published(session, result, "")
        path = f"{safe(session.credentials['user_id'])}/media_publish"
        result = graph.call("POST", path, {"creation_id": str(prepared.data["container"])})
        return self._published(session, result, "permalink")

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through what the account has published since the attempt."""
        try:
            if is_waiting(session):
                return Absent(sentence="Instagram has the post ready and has not published it.")
            return search(session, payload, self.wire_text(payload), mark)
        except Refused as refused:
            return undecided(refused.outcome)

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down, which Instagram only allows to accounts that signed in with Facebook."""
        if not by_facebook(session.credentials):
            sentence = "Instagram lets nobody delete posts with this sign-in. Delete it in Instagram itself."
            raise Refused(Rejected(sentence=sentence))
        graph = graph_of(session)
        result = graph.call("DELETE", safe(remote_id), {})
        if is_missing(result) or (isinstance(result, Answer) and result.ok and not error_of(result)):
            return
        raise Refused(graph.outcome_of(graph.reader.harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return insights; likes and comments alone where the right to read insights is missing."""
        graph = graph_of(session)
        metric = {"metric": ",".join(_INSIGHTS.values())}
        try:
            entries = graph.ask("GET", f"{safe(remote_id)}/insights", metric).get("data")
        except Refused as refused:
            if not isinstance(refused.outcome, Forbidden | Rejected):
                raise
            said = graph.ask("GET", safe(remote_id), {"fields": "like_count,comments_count"})
            return {"likes": number_of(said.get("like_count")), "replies": number_of(said.get("comments_count"))}
        listed = entries if isinstance(entries, list) else []
        found = {str(entry.get("name")): _value(entry) for entry in listed if isinstance(entry, dict)}
        return {ours: found[theirs] for ours, theirs in _INSIGHTS.items() if theirs in found}

    def _published(self, session: Session, result: Result, link: str) -> Outcome:
        graph = graph_of(session)
        if not isinstance(result, Answer) or not result.ok or error_of(result):
            return graph.outcome_of(graph.reader, result)
        number = result.object().get("id")
        if not isinstance(number, str | int) or isinstance(number, bool) or not number:
            return graph.reader.unreadable(result)
        url = self._permalink(session, str(number)) if link else ""
        evidence = graph.reader.evidence(result)
        return Published(sentence="It is live on Instagram.", evidence=evidence, remote_id=str(number), url=url)

    def _permalink(self, session: Session, remote_id: str) -> str:
        """Return the address of a post, "" when Instagram does not tell it just now: the post is live all the same."""
        try:
            said = graph_of(session).ask("GET", safe(remote_id), {"fields": "permalink"})
        except Refused:
            return ""
        return web_address(said.get("permalink"))


def _value(entry: Mapping[str, Any]) -> int:
    values = entry.get("values")
    first = values[0] if isinstance(values, list) and values else entry.get("total_value")
    return number_of(first.get("value")) if isinstance(first, dict) else 0
