"""Mastodon and the servers that speak its API, signed in on the server's own pages or with an access token.

The one irreversible call carries the delivery's Idempotency-Key, which Mastodon remembers for an hour; a lost post is
found again among the account's own posts by the short code in its link. `scheduled_at` is never sent, because servers
ignore the key beside it. Source of every rule: the platform sheet of Mastodon, sections 3 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import regex

from scheduler.domain.outcome import Absent, CannotTell, Duplicate, Found, Outcome, Published, Rejected, Unknown
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader, Result, amounts, attempt, undecided
from scheduler.platforms.base import (
    Back,
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
    SignIn,
    TokenTimes,
    Way,
)
from scheduler.platforms.connectors.mastodon import sign_in
from scheduler.platforms.connectors.mastodon.media import upload
from scheduler.platforms.connectors.mastodon.search import made_at, search
from scheduler.platforms.connectors.mastodon.server import (
    IDEMPOTENCY_SECONDS,
    bearer,
    call,
    outcome_of,
    read_limits,
    reader_of,
    rules_of,
    safe,
)
from scheduler.platforms.connectors.mastodon.writing import (
    fields_of,
    option_problems,
    options_of,
    warning_length,
)
from scheduler.platforms.http import Answer
from scheduler.platforms.text import graphemes
from scheduler.platforms.validation import media_problems, text_problems

SECOND_LOOK = (3.0, 5.0)
"""Seconds to connect and to read: short, as the delivery's lease is running."""

_LONGEST_LINK = 2000
"""No server counts a link longer; one that says so means harm."""
_URL = regex.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)'\]]", regex.IGNORECASE)
_MENTION = regex.compile(r"(?<![\w/])(@[A-Za-z0-9_]+(?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)@[A-Za-z0-9.-]*[A-Za-z0-9]")


class Mastodon(Platform):
    """Mastodon, GoToSocial, Pixelfed, Friendica, Pleroma and their kin."""

    name = "mastodon"
    label = "Mastodon"
    icon = "mastodon"
    post_text_hint = "The link goes into the text and counts 23 characters; Mastodon makes the card from it."
    connect_help = (
        "On your server, open Preferences, Development, New application. "
        "Tick read, write:statuses and write:media, save, open the application and copy its access token."
    )
    credential_fields = (
        CredentialField("instance", "Server", "Where you sign in.", placeholder="mastodon.social"),
        CredentialField("access_token", "Access token", "From Preferences, Development.", secret=True),
    )
    capabilities = Capabilities(
        idempotency_seconds=IDEMPOTENCY_SECONDS,
        lookup=True,
        settle_seconds=20,
        threads=True,
        edit=True,
        delete=True,
        metrics=True,
    )
    practice = True
    hosts = ("server",)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in on the server's own pages, and the form for a token made by hand."""
        help_text = "Enter your server. You sign in there and say yes; nothing has to be registered before."
        return (
            Way("oauth", "Sign in at your server", help_text, self.credential_fields[:1], True, None, sign_in.SCOPES),
            Way("form", "Access token", self.connect_help, self.credential_fields),
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return visibility, content warning, poll and quotation, as far as the account's server knows them."""
        return options_of(limits)

    def token_times(self, credentials: Credentials) -> TokenTimes:
        """Return how long the sign-in lasts; one that cannot be renewed ends for good."""
        times = super().token_times(credentials)
        return times if credentials.get("refresh_token") else TokenTimes(times.expires_at, 0, times.expires_at)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules of the account's own server."""
        return rules_of(limits)

    def wire_text(self, payload: Payload) -> str:
        """Return the text with the link at its end, unless it is in the text already: the card is made from it."""
        if payload.link is None or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return grapheme clusters; a link counts a fixed length, `@name@server` only its `@name`."""
        if rules.link_length is not None:
            text = _URL.sub("x" * min(rules.link_length, _LONGEST_LINK), text)
        return Count(graphemes(_MENTION.sub(r"\1", text)), rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Ask the server whose token this is, and its limits."""
        session.credentials = _read_form(form)
        return self.check(session)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Register us with the person's server and return its page."""
        # Only the practice network has a server for those who name none.
        typed = form.get("instance", "").strip() or str(session.config.get("server", ""))
        return sign_in.begin(session, sign_in.read_instance({"instance": typed}), back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return the one account that the person signed in with."""
        session.credentials = sign_in.redeem(session, answer, kept)
        return [self.check(session)]

    def refresh(self, session: Session) -> None:
        """Renew a sign-in that ends; most servers' never do."""
        if not session.credentials.get("refresh_token"):
            raise Refused(self.reconnect())
        sign_in.renew(session)

    def check(self, session: Session) -> Connection:
        """Ask the server who this is now, and its limits."""
        reader = reader_of(session).harmless()
        result = attempt(lambda: call(session, "GET", "/api/v1/accounts/verify_credentials"))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        account = result.object()
        if not isinstance(account.get("id"), str) or not account["id"]:
            raise Refused(reader.unreadable(result))
        limits = read_limits(session, session.credentials["instance"])
        kept = sign_in.kept_of(session.credentials)
        return Connection(_profile(session, account), kept, session.settings, limits)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that the server would refuse."""
        count = self.count(self.wire_text(payload), rules)
        problems = text_problems(payload, replace(count, used=count.used + warning_length(payload)), rules)
        # An answer needs no photo, not even on Pixelfed.
        rules = replace(rules, media_required=False) if payload.reply_to else rules
        return problems + option_problems(payload) + media_problems(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Upload the files with their alternative texts and wait until the server has processed them."""
        return Prepared(payload, mark, {"media_ids": [upload(session, item) for item in payload.media]})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Post the status, then make sure that it exists."""
        reader, payload = reader_of(session), prepared.payload
        status: dict[str, Any] = {
            "status": self.wire_text(payload),
            "language": payload.language,
            **fields_of(payload),
        }
        if payload.reply_to:
            status["in_reply_to_id"] = payload.reply_to
        if prepared.data["media_ids"]:
            status["media_ids"] = list(prepared.data["media_ids"])
        result = attempt(lambda: call(session, "POST", "/api/v1/statuses", status, _key(session, prepared.mark)))
        if not isinstance(result, Answer) or not result.ok:
            return _not_posted(session, payload, result)
        post = result.object()
        # A scheduled post has an id of another kind. We never ask for one; a server that makes one is not understood.
        if not isinstance(post.get("id"), str) or not post["id"] or post.get("scheduled_at"):
            return reader.unreadable(result)
        if _vanished(session, post["id"]):
            return _swallowed(reader, result)
        evidence, url = reader.evidence(result), web_address(post.get("url"))
        return Published(sentence="It is live on Mastodon.", evidence=evidence, remote_id=post["id"], url=url)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the account's own posts since the attempt, by the short code in a link or by the whole text."""
        try:
            post = search(session, self.wire_text(payload), mark, payload.reply_to)
        except Refused as refused:
            return undecided(refused.outcome)
        if post is None:
            return Absent(sentence="The post is not among the account's posts on Mastodon.")
        url, at = web_address(post.get("url")), made_at(post)
        return Found(sentence="The post is live on Mastodon.", remote_id=str(post["id"]), url=url, at=at)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the text and the options of a status; its files stay, because leaving them out would remove them."""
        reader, path = reader_of(session).harmless(), f"/api/v1/statuses/{safe(remote_id)}"
        present = attempt(lambda: call(session, "GET", path))
        attached = present.object().get("media_attachments") if isinstance(present, Answer) and present.ok else None
        if not isinstance(attached, list):
            raise Refused(outcome_of(reader, present))
        changed = {"status": self.wire_text(payload), "language": payload.language, **fields_of(payload)}
        for fixed in ("visibility", "quote_approval_policy"):
            changed.pop(fixed, None)
        kept = [str(one["id"]) for one in attached if isinstance(one, dict) and one.get("id")]
        result = attempt(lambda: call(session, "PUT", path, {**changed, "media_ids": kept}))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a status down; 404 means that it is down already."""
        result = attempt(lambda: call(session, "DELETE", f"/api/v1/statuses/{safe(remote_id)}"))
        if isinstance(result, Answer) and (result.ok or result.status == 404):
            return
        raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return favourites, boosts, replies and quotes as the account's own server knows them."""
        result = attempt(lambda: call(session, "GET", f"/api/v1/statuses/{safe(remote_id)}"))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader_of(session).harmless(), result))
        post = result.object()
        names = {"likes": "favourites_count", "reposts": "reblogs_count", "replies": "replies_count"}
        names["quotes"] = "quotes_count"
        return amounts(post, names)


def _read_form(form: Mapping[str, str]) -> Credentials:
    """Return the credentials of the form. Raises `Invalid` with every problem."""
    instance, problems = "", []
    try:
        instance = sign_in.read_instance(form)
    except Invalid as invalid:
        problems = list(invalid.problems)
    token = form.get("access_token", "").strip()
    if not token:
        problems.append(Problem("access_token", "The access token is missing. Copy it from Preferences, Development."))
    elif not token.isascii() or not token.isprintable() or " " in token:
        message = "This is not an access token: it holds characters that none has. Copy it again."
        problems.append(Problem("access_token", message))
    if problems:
        raise Invalid(problems)
    return {"instance": instance, "access_token": token}


def _profile(session: Session, account: Mapping[str, Any]) -> Profile:
    """Return who the account is; ids are only unique on one server, so the server is part of ours."""
    server = urlsplit(session.credentials["instance"]).netloc
    acct = str(account.get("acct") or account.get("username") or "")
    return Profile(
        remote_id=f"{account['id']}@{server}",
        name=str(account.get("display_name") or acct),
        handle=f"@{acct}" if "@" in acct else f"@{acct}@{server}",
        profile_url=web_address(account.get("url")),
        avatar_url=web_address(account.get("avatar")),
    )


def _key(session: Session, mark: Mark) -> dict[str, str]:
    """Return the idempotency header. Pixelfed refuses a key for an hour even after a failed try: it gets none."""
    return {} if session.limits.get("software") == "pixelfed" else {"Idempotency-Key": mark.idempotency_key}


def _not_posted(session: Session, payload: Payload, result: Result) -> Outcome:
    """Return the outcome of a refused post.

    404 says that this key's post was there already and is gone, and then we look; or that what it answers is gone.
    """
    reader = reader_of(session)
    if not (isinstance(result, Answer) and result.status == 404 and result.object()):
        return outcome_of(reader, result)
    if payload.reply_to and _missing(session, payload.reply_to):
        sentence = "The post that this one answers is no longer on Mastodon, so it was not sent."
        return Rejected(sentence=sentence, evidence=reader.evidence(result))
    sentence = "Mastodon says that it had this post already and that it was deleted. It will be looked up."
    return Duplicate(sentence=sentence, evidence=reader.evidence(result))


def _vanished(session: Session, status_id: str) -> bool:
    """Return whether a status that was just accepted does not exist, asked twice as a server's copies may lag.

    Any answer but 404 counts as existing: the post was accepted with an id, and this is a second look only.
    """
    if not _missing(session, status_id):
        return False
    session.clock.sleep(1)
    return _missing(session, status_id)


def _missing(session: Session, status_id: str) -> bool:
    url = f"{session.credentials['instance']}/api/v1/statuses/{safe(status_id)}"
    result = attempt(lambda: session.http.request("GET", url, headers=bearer(session), timeout=SECOND_LOOK))
    return isinstance(result, Answer) and result.status == 404


def _swallowed(reader: Reader, result: Answer) -> Outcome:
    """Return the outcome of a post that was accepted and is not there.

    It is unknown and not rejected: the usual cause is a spam filter that drops in silence, but a lagging copy of the
    server's database answers just the same, and the look-up after the settling time tells them apart.
    """
    sentence = (
        "Mastodon accepted the post but does not show it; its spam filter may have dropped it. "
        "It will be looked up. If this happens again, ask the people who run the server."
    )
    return Unknown(sentence=sentence, evidence=reader.evidence(result))
