"""Google Business Profile: updates, events and offers of one verified location, with a button and a photo.

A photo is fetched by Google from our signed public address. An accepted post is reviewed first: it is asked about
until it is live or rejected. A lost answer is settled by the location's own list of posts. Google publishes no numbers
of single posts any more, so there are none. Source of every rule: the platform sheet of Google Business Profile,
sections 2 to 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from scheduler.domain.outcome import (
    Absent,
    CannotTell,
    Forbidden,
    Found,
    Outcome,
    Pending,
    Published,
    Rejected,
    Unauthorized,
)
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader, Result, attempt, undecided
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
from scheduler.platforms.connectors.google_business import places
from scheduler.platforms.connectors.google_business.places import LABEL
from scheduler.platforms.connectors.google_business.posts import (
    OPTIONS,
    SUMMARY_CHARACTERS,
    local_post,
    option_problems,
    photo_problems,
    summary_of,
    word_problems,
)
from scheduler.platforms.connectors.google_business.search import made_at, search
from scheduler.platforms.google import SIGN_IN, app_setup, bearer, fault_of, outcome_of, provider, reader_of, signed_in
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, renew
from scheduler.platforms.validation import media_problems, text_problems

API = "https://mybusiness.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/business.manage",)
SERVICES = (
    "My Business Account Management API",
    "My Business Business Information API",
    "Google My Business API",
)
REVIEW = (
    "Google gives a project access only after its form “Application for Basic API Access”: it wants a business profile "
    "that has been verified for 60 days, and a website. Until then every call is refused with a quota of 0."
)
PHOTO_BYTES = 5_000_000
PHOTO_SIDES = (250, 10_000)
_MINUTE_MS = 60_000
_PAUSES = ((2, 1), (10, 5), (60, 15))
"""How often a post under review is asked about: younger than so many minutes, every so many; later once an hour."""


class GoogleBusiness(Platform):
    """One location of a business on Google Maps and Search."""

    name = "google_business"
    label = LABEL
    icon = "map-pin"
    post_text_hint = (
        "The link becomes a button below the post; Google tends to reject an address or number in the text."
    )
    capabilities = Capabilities(
        lookup=True,
        settle_seconds=45,
        prepared_seconds=3600,
        asynchronous=True,
        needs_public_media=True,
        edit=True,
        delete=True,
    )
    practice = True
    hosts = ("login", "token", "accounts", "information", "api")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in with Google."""
        help_ = "You sign in with the Google account that owns or manages the business, then choose its location."
        setup = app_setup(self.name, SERVICES, SCOPES, REVIEW)
        return (Way("google", LABEL, help_, redirects=True, app=setup, scopes=SCOPES),)

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return kind of post, button, and what events and offers need."""
        return OPTIONS

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return Google's rules; they are the same for every location."""
        return ContentRules(
            text_limit=SUMMARY_CHARACTERS,
            photos=1,
            videos=0,
            photo_mimes=("image/jpeg", "image/png"),
            photo_bytes=PHOTO_BYTES,
            photo_sides=PHOTO_SIDES,
        )

    def host(self, credentials: Mapping[str, str]) -> str:
        """Return Google's one host: all locations share its circuit breaker."""
        return "mybusiness.googleapis.com"

    def wire_text(self, payload: Payload) -> str:
        """Return the text without its own link at the end, which the button opens."""
        return summary_of(payload)

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of characters."""
        return Count(len(text), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Google."""
        return begin(provider(session, LABEL, SCOPES), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return every verified location that the person may post for."""
        session.credentials = signed_in(provider(session, LABEL, SCOPES), session, answer, kept)
        found = [
            _connection(session, account, location)
            for account in places.all_accounts(session)
            for location in places.locations_of(session, account)
            if places.may_post(location)
        ]
        if not found:
            raise places.unverified()
        return found

    def check(self, session: Session) -> Connection:
        """Ask Google whether the person may still post for this location."""
        account, wanted = session.credentials.get("account", ""), session.credentials.get("location", "")
        for location in places.locations_of(session, account):
            if location["name"] == wanted:
                if not places.may_post(location):
                    raise places.unverified()
                return _connection(session, account, location)
        raise places.gone()

    def refresh(self, session: Session) -> None:
        """Renew the access token; Google's refresh token stays the same."""
        renew(provider(session, LABEL, SCOPES), session)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Google would refuse, and warnings about what its reviewers take down."""
        problems = text_problems(payload, self.count(summary_of(payload), rules), rules)
        problems += [*word_problems(payload), *option_problems(payload)]
        return problems + media_problems(payload, rules) + photo_problems(payload)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Sign the address at which Google fetches the photo."""
        photo = session.media_address(payload.media[0]) if payload.media else ""
        return Prepared(payload, mark, {"photo": photo})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Make the post; Google reviews it before it shows it."""
        post = local_post(prepared.payload, str(prepared.data.get("photo", "")))
        reader = reader_of(session, LABEL)
        url = _posts_url(session)
        result = attempt(partial(session.http.request, "POST", url, headers=bearer(session), json=post))
        if not isinstance(result, Answer) or not result.ok:
            return _refused(reader, result)
        made = result.object()
        if not _is_post(made):
            return reader.unreadable(result)
        return _standing(session, made, reader, result)

    def poll(self, session: Session, remote_id: str) -> Outcome:
        """Ask how the review went. Raises `Refused` for a sign-in that has ended."""
        reader = reader_of(session, LABEL).harmless()
        result = attempt(partial(session.http.request, "GET", _post_url(session, remote_id), headers=bearer(session)))
        if isinstance(result, Answer) and result.status == 404 and fault_of(result).status == "NOT_FOUND":
            sentence = f"{LABEL} took the post down while it was reviewed. Change it and send it again."
            return Rejected(sentence=sentence, evidence=reader.evidence(result))
        if not isinstance(result, Answer) or not result.ok:
            outcome = _refused(reader, result)
            if isinstance(outcome, Unauthorized):
                raise Refused(outcome)
            return outcome
        made = result.object()
        return _standing(session, made, reader, result) if _is_post(made) else reader.unreadable(result)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the location's posts since the attempt. Raises `Refused` for a sign-in that has ended."""
        try:
            post = search(session, _posts_url(session), payload, mark)
        except Refused as refused:
            if isinstance(refused.outcome, Unauthorized):
                raise
            return undecided(refused.outcome)
        if post is None:
            return Absent(sentence=f"The post is not among the location's posts on {LABEL}.")
        url = web_address(post.get("searchUrl"))
        return Found(sentence=f"The post is on {LABEL}.", remote_id=str(post["name"]), url=url, at=made_at(post))

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the words of a post; it is reviewed again."""
        url, words = _post_url(session, remote_id), {"summary": summary_of(payload)}
        mask = {"updateMask": "summary"}
        ask = partial(session.http.request, "PATCH", url, headers=bearer(session), json=words, params=mask)
        result = attempt(ask)
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(_refused(reader_of(session, LABEL).harmless(), result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down; 404 means that it is down already."""
        url = _post_url(session, remote_id)
        result = attempt(partial(session.http.request, "DELETE", url, headers=bearer(session)))
        if isinstance(result, Answer) and (result.ok or result.status == 404):
            return
        raise Refused(_refused(reader_of(session, LABEL).harmless(), result))


def _connection(session: Session, account: str, location: Mapping[str, Any]) -> Connection:
    place = {"account": account, "location": str(location["name"])}
    kept = {name: session.credentials[name] for name in SIGN_IN if session.credentials.get(name)}
    return Connection(places.profile_of(account, location), kept | place, session.settings, session.limits)


def _posts_url(session: Session) -> str:
    place = f"{session.credentials.get('account', '')}/{session.credentials.get('location', '')}"
    return f"{session.config.get('api', API)}/v4/{place}/localPosts"


def _post_url(session: Session, remote_id: str) -> str:
    """Return the address of a post; its id is the last part of its name, which begins with our own location."""
    return f"{_posts_url(session)}/{remote_id.rpartition('/')[2]}"


def _is_post(made: Mapping[str, Any]) -> bool:
    return isinstance(made.get("name"), str) and "/localPosts/" in made["name"]


def _refused(reader: Reader, result: Result) -> Outcome:
    """Return what a refusal means; 404 says that the location is not this person's any more."""
    if isinstance(result, Answer) and result.status == 404 and fault_of(result).status == "NOT_FOUND":
        sentence = f"{LABEL} no longer lets this person post here. Check who manages the location, or connect again."
        return Forbidden(sentence=sentence, evidence=reader.evidence(result))
    return outcome_of(reader, result)


def _standing(session: Session, made: Mapping[str, Any], reader: Reader, result: Answer) -> Outcome:
    """Return where an accepted post stands: only `LIVE` can be seen by anybody."""
    remote_id, url, evidence = str(made["name"]), web_address(made.get("searchUrl")), reader.evidence(result)
    if made.get("state") == "LIVE":
        return Published(sentence=f"It is live on {LABEL}.", evidence=evidence, remote_id=remote_id, url=url)
    if made.get("state") == "REJECTED":
        sentence = (
            f"{LABEL} took the post down in its review. Common reasons are an address or phone number in the text, or "
            "a photo that is small or not your own. Change it and send it again."
        )
        return Rejected(sentence=sentence, evidence=evidence)
    sentence = f"{LABEL} is reviewing the post."
    ask_again_at = session.clock.now_ms() + _pause_ms(session.clock.now_ms() - made_at(made))
    return Pending(sentence=sentence, evidence=evidence, remote_id=remote_id, ask_again_at=ask_again_at)


def _pause_ms(age_ms: int) -> int:
    return next((pause for limit, pause in _PAUSES if age_ms < limit * _MINUTE_MS), 60) * _MINUTE_MS
