"""Bluesky (AT Protocol), signed in with an app password or by OAuth.

The post gets a record key of our own, derived from the mark, and is written with `putRecord`: repeating it can never
make a second post, and `getRecord` tells whether it is live. `createRecord` is not used, because it answers a repeat
with 500. Source of every rule: the platform sheet of Bluesky, sections 2 to 8.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.clock import to_datetime
from scheduler.domain.outcome import Absent, CannotTell, Found, Outcome, Published
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import server_address, web_address
from scheduler.platforms.answers import amounts, attempt, secrets_of, undecided
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
    Way,
)
from scheduler.platforms.connectors.bluesky import sign_in
from scheduler.platforms.connectors.bluesky.atproto import Pds, outcome_of
from scheduler.platforms.connectors.bluesky.identity import SERVICE
from scheduler.platforms.connectors.bluesky.record import (
    COLLECTION,
    LABELS,
    UPLOAD_BYTES,
    label_problems,
    link_warnings,
    record_of,
    reply_of,
)
from scheduler.platforms.connectors.bluesky.search import search
from scheduler.platforms.http import Answer
from scheduler.platforms.text import graphemes
from scheduler.platforms.validation import media_problems, text_problems

APPVIEW = "https://public.api.bsky.app"
WEB = "https://bsky.app"

TEXT_GRAPHEMES = 300
TEXT_BYTES = 3000
PHOTO_BYTES = 2_000_000
VIDEO_BYTES = 300_000_000
VIDEO_SECONDS = 600
ALT_CHARACTERS = 2000
PHOTOS = 10
"""More than `PHOTOS_IN_A_ROW` go out as a gallery, of which clients are told to stop at 10 (sheet, 4.4)."""

_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")


class Bluesky(Platform):
    """Bluesky, on bsky.social or on any other server."""

    name = "bluesky"
    label = "Bluesky"
    icon = "bluesky"
    post_text_hint = "300 characters. Without photos, the link is shown as a card and need not be in the text."
    connect_help = "In Bluesky, open Settings, Privacy and security, App passwords, and make one for this site."
    credential_fields = (
        CredentialField(
            "identifier", "Handle", "Your name on Bluesky, without the @.", placeholder="clinic.bsky.social"
        ),
        CredentialField(
            "password", "App password", "Not your own password.", secret=True, placeholder="xxxx-xxxx-xxxx-xxxx"
        ),
        CredentialField(
            "service", "Server", "Leave it unless you use another server.", required=False, placeholder=SERVICE
        ),
    )
    capabilities = Capabilities(lookup=True, settle_seconds=10, threads=True, delete=True, metrics=True)
    practice = True
    hosts = ("service", "appview", "directory", "video", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the form for an app password, and the sign-in on Bluesky's own pages."""
        help_text = (
            "You sign in at Bluesky and say yes; no password is kept here. Bluesky ends such a sign-in after two "
            "weeks: then connect again. An app password lasts."
        )
        hint = "Without the @. Leave it empty to say on Bluesky's page who you are."
        handle = (CredentialField("identifier", "Handle", hint, required=False, placeholder="clinic.bsky.social"),)
        return (
            Way("form", "App password", self.connect_help, self.credential_fields),
            Way("oauth", "Sign in at Bluesky", help_text, handle, True, None, sign_in.SCOPES),
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return the content warning."""
        hint = "Only for pictures and videos that some people want to be warned of."
        return (Option("label", "Content warning", "choice", hint, (("", "None"), *LABELS)),)

    def client_document(self, address: str, redirect_uri: str) -> Mapping[str, Any] | None:
        """Return the document by which Bluesky knows this installation."""
        return sign_in.client_document(address, redirect_uri)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the fixed rules of the schema; only the size of files differs from server to server."""
        blob_bytes = int(limits.get("blob_bytes", UPLOAD_BYTES))
        return ContentRules(
            text_limit=TEXT_GRAPHEMES,
            text_bytes=TEXT_BYTES,
            photos=PHOTOS,
            photo_bytes=min(PHOTO_BYTES, blob_bytes),
            # The video service puts the file onto the account's server too: a small one takes no more than it says.
            video_bytes=VIDEO_BYTES if blob_bytes >= UPLOAD_BYTES else blob_bytes,
            video_seconds=VIDEO_SECONDS,
            alt_limit=ALT_CHARACTERS,
        )

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of grapheme clusters; links count in full."""
        return Count(graphemes(text), rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Sign in with the app password and keep the session's tokens."""
        account = _read_form(form, str(session.config.get("service", SERVICE)))
        pds = Pds(session, secrets_of(form.values()))
        signed_in = pds.sign_in(account)
        return self._connection(pds, signed_in)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Find the server of the person's account and return its page."""
        return sign_in.begin(session, form.get("identifier", ""), back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Return the one account that the person signed in with."""
        session.credentials = sign_in.redeem(session, answer, kept)
        return [self.check(session)]

    def check(self, session: Session) -> Connection:
        """Ask the server whose session this is."""
        pds = Pds(session)
        answer = pds.authorised(lambda: pds.get("com.atproto.server.getSession"))
        if not isinstance(answer, Answer) or not answer.ok:
            raise pds.refused(answer)
        return self._connection(pds, answer)

    def refresh(self, session: Session) -> None:
        """Exchange the refresh token; the new pair is remembered before anything uses it."""
        Pds(session).refresh()

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Bluesky would refuse, and warn of a link that nobody would see."""
        problems = text_problems(payload, self.count(payload.text, rules), rules)
        size = len(payload.text.encode())
        if rules.text_bytes and size > rules.text_bytes:
            message = f"The text takes {size} bytes; Bluesky takes at most {rules.text_bytes}. Shorten it."
            problems.append(Problem("text", message))
        return problems + label_problems(payload) + media_problems(payload, rules) + link_warnings(payload)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Make sure of the sign-in, upload the files, and write the record down."""
        pds = Pds(session)
        answer = pds.authorised(lambda: pds.get("com.atproto.server.getSession"))
        if not isinstance(answer, Answer) or not answer.ok:
            raise pds.refused(answer)
        pds.require_active(answer)
        reply = {"reply": reply_of(pds, payload.reply_to)} if payload.reply_to else {}
        return Prepared(payload, mark, {"record": {**record_of(pds, payload), **reply}})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Write the record under our own key; "must not exist" keeps a repeat from changing a live post."""
        pds = Pds(session)
        rkey = record_key(prepared.mark)
        body = {
            "repo": session.remote_id,
            "collection": COLLECTION,
            "rkey": rkey,
            "swapRecord": None,
            "record": {**prepared.data["record"], "createdAt": _created_at(prepared.mark)},
        }
        result = attempt(lambda: pds.post("com.atproto.repo.putRecord", body))
        if not isinstance(result, Answer) or not result.ok:
            return outcome_of(pds.reader, result)
        uri = _uri(session, rkey)
        if result.object().get("uri") != uri:
            return pds.reader.unreadable(result)
        url = _permalink(session, rkey)
        return Published(
            sentence="It is live on Bluesky.", evidence=pds.reader.evidence(result), remote_id=uri, url=url
        )

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look for the record under our own key, on the account's server itself, which has no delay.

        Without the moment of the send there is no key: then the account's records are searched.
        """
        pds = Pds(session)
        if not mark.stamp_at:
            return self._search(pds, payload, mark)
        rkey = record_key(mark)
        params = {"repo": session.remote_id, "collection": COLLECTION, "rkey": rkey}
        result = attempt(lambda: pds.get("com.atproto.repo.getRecord", params, open_to_all=True))
        evidence = pds.reader.evidence(result)
        if isinstance(result, Answer):
            if result.status == 200 and result.object().get("uri") == _uri(session, rkey):
                url = _permalink(session, rkey)
                return Found(
                    sentence="The post is live on Bluesky.", evidence=evidence, remote_id=_uri(session, rkey), url=url
                )
            if result.status == 400 and result.object().get("error") == "RecordNotFound":
                return Absent(sentence="The post is not on Bluesky.", evidence=evidence)
        return undecided(outcome_of(pds.reader, result))

    def _search(self, pds: Pds, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        try:
            record = search(pds, COLLECTION, payload, mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if record is None:
            return Absent(sentence="The post is not among the account's posts on Bluesky.")
        url = _permalink(pds.session, record.rkey)
        return Found(sentence="The post is live on Bluesky.", remote_id=record.uri, url=url, at=record.at)

    def delete(self, session: Session, remote_id: str) -> None:
        """Take the record out; Bluesky answers 200 for an absent one too."""
        pds = Pds(session)
        body = {"repo": session.remote_id, "collection": COLLECTION, "rkey": remote_id.rpartition("/")[2]}
        answer = pds.authorised(lambda: pds.post("com.atproto.repo.deleteRecord", body))
        if not isinstance(answer, Answer) or not answer.ok:
            raise pds.refused(answer)

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return likes, reposts, replies and quotes from the public read service; none while it is not indexed."""
        pds = Pds(session)
        url = f"{_place(session, 'appview', APPVIEW)}/xrpc/app.bsky.feed.getPosts"
        answer = attempt(lambda: session.http.request("GET", url, params={"uris": [remote_id]}))
        if not isinstance(answer, Answer) or not answer.ok:
            raise pds.refused(answer)
        posts = answer.object().get("posts")
        post = posts[0] if isinstance(posts, list) and posts and isinstance(posts[0], dict) else {}
        names = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
        return amounts(post, names)

    def _connection(self, pds: Pds, answer: Answer) -> Connection:
        pds.require_active(answer)
        session = pds.session
        did, handle = session.credentials["did"], str(answer.object().get("handle") or "")
        actor = pds.tolerated("app.bsky.actor.getProfile", {"actor": did})
        limit = pds.tolerated("com.atproto.server.describeServer", {}).get("blobUploadLimit")
        return Connection(
            profile=Profile(
                remote_id=did,
                name=str(actor.get("displayName") or handle),
                handle=f"@{handle}",
                profile_url=f"{_place(session, 'web', WEB)}/profile/{did}",
                avatar_url=web_address(actor.get("avatar")),
            ),
            credentials=session.credentials,
            settings=session.settings,
            limits={"blob_bytes": limit} if isinstance(limit, int) and limit > 0 else {},
        )


def record_key(mark: Mark) -> str:
    """Return the record key of a delivery: a TID, always the same for the same mark."""
    number = int.from_bytes(hashlib.sha256(mark.idempotency_key.encode()).digest()[:8])
    return tid(mark.stamp_at * 1000 + number % 1000, (number >> 32) & 0x3FF)


def tid(microseconds: int, clock: int) -> str:
    """Return the 13 characters of a TID: 53 bits of microseconds since 1970, 10 bits of a clock's number."""
    value = ((microseconds & (1 << 53) - 1) << 10) | clock
    return "".join(_BASE32[(value >> shift) & 31] for shift in range(60, -1, -5))


def _read_form(form: Mapping[str, str], default_service: str) -> Credentials:
    """Return the credentials of the form. Raises `Invalid` with every problem."""
    service, problems = server_address(form.get("service", "").strip() or default_service, "service", SERVICE)
    identifier = re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", form.get("identifier", "")).lstrip(
        "@"
    )
    password = form.get("password", "").strip()
    if not identifier:
        problems.append(Problem("identifier", "The handle is missing. Write it like clinic.bsky.social."))
    if not password:
        problems.append(Problem("password", "The app password is missing. Make one in Bluesky's settings."))
    elif urlsplit(service).hostname == "bsky.social" and not _APP_PASSWORD.fullmatch(password):
        message = (
            "This is not an app password (xxxx-xxxx-xxxx-xxxx). Make one in Bluesky's settings; keep your own secret."
        )
        problems.append(Problem("password", message))
    if problems:
        raise Invalid(problems)
    return {"service": service, "identifier": identifier, "password": password}


def _created_at(mark: Mark) -> str:
    """Return the time that the record carries; that of the mark, so that a repeat writes the same."""
    return to_datetime(mark.stamp_at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _uri(session: Session, rkey: str) -> str:
    return f"at://{session.remote_id}/{COLLECTION}/{rkey}"


def _permalink(session: Session, rkey: str) -> str:
    """Return the public page; with the DID, so that it survives a change of the handle."""
    return f"{_place(session, 'web', WEB)}/profile/{session.remote_id}/post/{rkey}"


def _place(session: Session, name: str, default: str) -> str:
    """Return where people or readers find the network: the account's own setting, else the configuration."""
    return str(session.settings.get(name) or session.config.get(name) or default).rstrip("/")
