"""LinkedIn, posting as a member or as an organization's page; each with an application and the least rights of its own.

The one irreversible call is `POST /rest/posts` (for a first comment that of `socialActions`). LinkedIn knows no
idempotency key. A page's posts can be listed, so a lost one is found again; a member's cannot, so a person is asked: to
send it again and to see whether LinkedIn calls it a duplicate would be a blind repeat. Links are never scraped: title,
description and picture of the card are sent. Polls and documents are not offered. Source of every rule: the platform
sheet of LinkedIn, sections 1 to 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, Outcome, Published, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import amounts, attempt, instant, undecided
from scheduler.platforms.base import (
    Back,
    Capabilities,
    Connection,
    ContentRules,
    Count,
    Credentials,
    Mark,
    Option,
    Platform,
    Prepared,
    Refused,
    Session,
    SignIn,
    TokenTimes,
    Way,
)
from scheduler.platforms.connectors.linkedin.comments import add_comment, remove_comment
from scheduler.platforms.connectors.linkedin.media import upload
from scheduler.platforms.connectors.linkedin.people import member, organization, organizations
from scheduler.platforms.connectors.linkedin.post import TITLE_CHARACTERS, post_body
from scheduler.platforms.connectors.linkedin.search import made_at, search_comment, search_post
from scheduler.platforms.connectors.linkedin.server import (
    asked,
    author_of,
    call,
    is_organization,
    outcome_of,
    reader_of,
    safe,
)
from scheduler.platforms.connectors.linkedin.text import little_text
from scheduler.platforms.connectors.linkedin.ways import WAYS, provider
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, credentials_of, redeem, renew
from scheduler.platforms.validation import media_problems, text_problems

WEB = "https://www.linkedin.com"
CHARACTERS, COMMENT_CHARACTERS = 3000, 1250
ALT_CHARACTERS = 4086
PHOTO_PIXELS, PHOTO_BYTES = 36_152_319, 20_000_000
"""LinkedIn names no limit of bytes; this one is ours."""
VIDEO_BYTES = (75_000, 500_000_000)
VIDEO_SECONDS = (3, 1800)
VISIBILITIES = (("PUBLIC", "Anyone"), ("LOGGED_IN", "LinkedIn members"), ("CONNECTIONS", "Connections only"))
NUMBERS = {
    "likes": "likeCount",
    "reposts": "shareCount",
    "replies": "commentCount",
    "clicks": "clickCount",
    "impressions": "impressionCount",
    "reach": "uniqueImpressionsCount",
}


class LinkedIn(Platform):
    """LinkedIn."""

    name = "linkedin"
    label = "LinkedIn"
    icon = "users"
    post_text_hint = "The link becomes a card with its title and picture; with photos or a video it goes into the text."
    capabilities = Capabilities(
        lookup=True, settle_seconds=60, first_comment=True, edit=True, delete=True, metrics=True
    )
    practice = True
    hosts = ("api", "login", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the sign-in of a member and that of a page's administrator."""
        return WAYS

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return who may see the post; a page has no connections."""
        choices = VISIBILITIES[:2] if limits.get("organization") else VISIBILITIES
        return (
            Option("visibility", "Who can see your post?", "choice", choices=choices, default="PUBLIC"),
            Option("no_reshare", "Disable resharing", "flag"),
            Option("title", "Title of the video", "text", "Shown under the player."),
        )

    def capable(self, limits: Mapping[str, Any]) -> Capabilities:
        """Return what the account can do: a member's own application may neither read nor comment."""
        if limits.get("organization") is False:
            return replace(self.capabilities, lookup=False, first_comment=False, metrics=False)
        return self.capabilities

    def token_times(self, credentials: Credentials) -> TokenTimes:
        """Return how long the sign-in lasts; only vetted applications can renew it."""
        times = super().token_times(credentials)
        return times if credentials.get("refresh_token") else TokenTimes(times.expires_at, 0, times.dies_at)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return LinkedIn's rules; they are the same for everybody."""
        return ContentRules(
            text_limit=CHARACTERS,
            photos=20,
            photo_mimes=("image/jpeg", "image/png", "image/gif"),
            photo_bytes=PHOTO_BYTES,
            photo_pixels=PHOTO_PIXELS,
            video_bytes=VIDEO_BYTES[1],
            video_seconds=VIDEO_SECONDS[1],
            video_min_seconds=VIDEO_SECONDS[0],
            alt_limit=ALT_CHARACTERS,
        )

    def wire_text(self, payload: Payload) -> str:
        """Return the text; beside photos or a video there is no card, so the link goes into it."""
        if payload.link is None or not payload.media or payload.link.url in payload.text:
            return payload.text
        return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the length with its escapes: whether LinkedIn counts them is not known, so the safe side."""
        return Count(len(little_text(text)), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to LinkedIn."""
        return begin(provider(session, way), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Redeem the code; return the member, or each page that the person may post for."""
        said = redeem(provider(session, way), session, answer, kept)
        credentials = credentials_of(said, session.clock.now_ms())
        if not credentials.get("refresh_token"):
            # Nothing renews this sign-in: the person comes again when it ends.
            credentials["dies_at"] = credentials.get("expires_at", "")
            credentials.pop("renew_at", None)
        session.credentials = credentials
        return organizations(session) if way == "organization" else [member(session)]

    def check(self, session: Session) -> Connection:
        """Ask LinkedIn who this is now."""
        return organization(session, author_of(session)) if is_organization(session) else member(session)

    def refresh(self, session: Session) -> None:
        """Renew the sign-in, where LinkedIn gave a refresh token."""
        renew(provider(session, "organization" if is_organization(session) else "member"), session)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that LinkedIn would refuse."""
        if payload.reply_to:
            return _comment_problems(payload)
        problems = text_problems(payload, self.count(self.wire_text(payload), rules), rules)
        visibility = payload.options.get("visibility", "")
        if visibility and visibility not in dict(VISIBILITIES):
            known = ", ".join(value for value, _ in VISIBILITIES)
            problems.append(Problem("options.visibility", f"“{visibility}” is none of {known}."))
        if len(payload.options.get("title", "")) > TITLE_CHARACTERS:
            problems.append(Problem("options.title", f"The title has more than {TITLE_CHARACTERS} characters."))
        problems += media_problems(payload, rules)
        small = [index for index, item in enumerate(payload.media) if item.is_video and item.bytes < VIDEO_BYTES[0]]
        sentence = f"The video is smaller than {VIDEO_BYTES[0] // 1000} KB, which LinkedIn does not take."
        return problems + [Problem(f"media.{index}", sentence) for index in small]

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Upload the files, or the picture of the link's card."""
        _check_kind(session, payload)
        picture = payload.link.image if payload.link and not payload.media and not payload.reply_to else None
        data = {
            "media": [upload(session, item) for item in payload.media],
            "thumbnail": upload(session, picture) if picture else "",
        }
        return Prepared(payload, mark, data)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Create the post, or the comment under a post of ours."""
        payload, reader = prepared.payload, reader_of(session)
        if payload.reply_to:
            return add_comment(session, payload, _permalink(session, payload.reply_to))
        body = post_body(session, prepared, little_text(self.wire_text(payload)))
        result = attempt(lambda: call(session, "POST", "/rest/posts", body))
        if not isinstance(result, Answer) or not result.ok:
            return outcome_of(reader, result)
        urn = result.header("x-restli-id")
        if not urn.startswith("urn:li:"):
            return reader.unreadable(result)
        evidence = reader.evidence(result)
        url = _permalink(session, urn)
        return Published(sentence="It is live on LinkedIn.", evidence=evidence, remote_id=urn, url=url)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the page's posts, or the comments under its post. A member's cannot be looked at."""
        if not is_organization(session):
            sentence = "LinkedIn does not let an application read a member's posts. Look at the profile yourself."
            return CannotTell(sentence=sentence, passing=False)
        try:
            return self._found(session, payload, mark)
        except Refused as refused:
            return undecided(refused.outcome)

    def _found(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent:
        if payload.reply_to:
            comment = search_comment(session, payload.text, payload.reply_to)
            urn = str(comment.get("commentUrn") or "") if comment else ""
            return _look_up(urn, _permalink(session, payload.reply_to), None)
        post = search_post(session, self.wire_text(payload), payload, mark)
        urn = str(post["id"]) if post else ""
        return _look_up(urn, _permalink(session, urn), made_at(post) if post else None)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change the text of a live post."""
        patch = {"patch": {"$set": {"commentary": little_text(self.wire_text(payload))}}}
        path = f"/rest/posts/{safe(remote_id)}"
        result = attempt(lambda: call(session, "POST", path, patch, "PARTIAL_UPDATE"))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader_of(session).harmless(), result))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post or a comment down; 404 means that it is down already."""
        if remote_id.startswith("urn:li:comment:"):
            return remove_comment(session, remote_id)
        result = attempt(lambda: call(session, "DELETE", f"/rest/posts/{safe(remote_id)}", None, "DELETE"))
        if isinstance(result, Answer) and (result.ok or result.status == 404):
            return None
        raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return a page's numbers of a post; LinkedIn leaves out posts that nobody has seen yet."""
        if not is_organization(session):
            sentence = "LinkedIn tells a member's own application no numbers of a post."
            raise Refused(Forbidden(sentence=sentence))
        kind = "shares" if remote_id.startswith("urn:li:share:") else "ugcPosts"
        owner = f"q=organizationalEntity&organizationalEntity={safe(author_of(session))}"
        path = f"/rest/organizationalEntityShareStatistics?{owner}&{kind}=List({safe(remote_id)})"
        return _numbers(asked(session, "GET", path).get("elements"))


def _numbers(elements: object) -> dict[str, int]:
    first = elements[0] if isinstance(elements, list) and elements and isinstance(elements[0], dict) else {}
    found = first.get("totalShareStatistics")
    numbers: Mapping[str, Any] = found if isinstance(found, dict) else {}
    return dict.fromkeys(NUMBERS, 0) | amounts(numbers, NUMBERS)


def _look_up(urn: str, url: str, at: int | None) -> Found | Absent:
    if not urn:
        return Absent(sentence="It is not among the posts and comments of the page on LinkedIn.")
    return Found(sentence="It is live on LinkedIn.", remote_id=urn, url=url, at=instant(at))


def _permalink(session: Session, urn: str) -> str:
    return f"{str(session.config.get('web', WEB)).rstrip('/')}/feed/update/{urn}/"


def _check_kind(session: Session, payload: Payload) -> None:
    """Raise `Refused` for what only the other kind of account can do."""
    if payload.reply_to and not is_organization(session):
        sentence = "LinkedIn lets only pages comment through an application. Write the comment at LinkedIn yourself."
        raise Refused(Rejected(sentence=sentence))
    if payload.options.get("visibility") == "CONNECTIONS" and is_organization(session):
        raise Refused(Rejected(sentence="A page has no connections. Choose who can see the post again."))


def _comment_problems(payload: Payload) -> list[Problem]:
    problems = []
    count = Count(len(payload.text), COMMENT_CHARACTERS)
    problems += text_problems(payload, count, ContentRules(COMMENT_CHARACTERS, text_required=True))
    if payload.media:
        problems.append(Problem("media", "A comment on LinkedIn takes no files here. Take them out."))
    return problems
