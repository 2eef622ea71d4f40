"""Pinterest: a pin with one photo, up to five, or a video, on a board of the account.

Photos travel as bytes inside the one irreversible call, so no public address is needed; a video is uploaded before.
Pinterest knows no key against doubles: a lost pin is found again on its board. Source of every rule: the platform
sheet of Pinterest (access and sign-in in sections 2 and 3, pins 4, content 5, errors 7, finding 8, changing 9,
numbers 10).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scheduler.clock import to_datetime
from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, NotSent, Outcome, Published, Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import amounts, undecided
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
    Profile,
    Refused,
    Session,
    SignIn,
    Way,
)
from scheduler.platforms.connectors.pinterest.checks import link_problems, option_problems, picture_problems
from scheduler.platforms.connectors.pinterest.pins import (
    ALT_CHARACTERS,
    COVER_SECOND,
    TITLE_CHARACTERS,
    media_source,
    upload_video,
    words_of,
)
from scheduler.platforms.connectors.pinterest.search import made_at, search
from scheduler.platforms.connectors.pinterest.sign_in import APP, SCOPES, provider, require_rights
from scheduler.platforms.connectors.pinterest.wire import ask, call, outcome_of, reader_of, safe, web
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import begin, credentials_of, redeem, renew
from scheduler.platforms.validation import media_problems, text_problems

DESCRIPTION_CHARACTERS = 800
SHOWN_CHARACTERS = 500
"""Pinterest's own pages let people write and show no more than this."""
PHOTOS = 5
PHOTO_BYTES = 10_000_000
"""20 MB by an address; as bytes inside the call half of it is safe."""
PHOTO_WIDTH = 100
VIDEO_BYTES = 2_000_000_000
VIDEO_SECONDS = (4, 15 * 60)
BOARD_PAGES = 4
UPLOAD_SECONDS = 12 * 3600
"""How long an uploaded video is relied on; Pinterest names no end."""
ANALYTICS_DAYS = 89
METRICS = {
    "IMPRESSION": "impressions",
    "OUTBOUND_CLICK": "clicks",
    "SAVE": "saves",
    "TOTAL_COMMENTS": "replies",
    "TOTAL_REACTIONS": "likes",
}


class Pinterest(Platform):
    """One account on Pinterest, with its boards."""

    name = "pinterest"
    label = "Pinterest"
    icon = "pin"
    post_text_hint = "Every pin shows a photo or a video; the text is its description and the link its destination."
    capabilities = Capabilities(
        lookup=True, settle_seconds=60, prepared_seconds=UPLOAD_SECONDS, edit=True, delete=True, metrics=True
    )
    practice = True
    hosts = ("api", "login", "web")

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the one way: signing in at Pinterest, through an app of the owner's own."""
        return (
            Way(
                "pinterest",
                "Pinterest account",
                "You sign in at Pinterest and allow this site to make pins on your boards.",
                redirects=True,
                app=APP,
                scopes=SCOPES,
            ),
        )

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the rules, which are the same for every account."""
        return ContentRules(
            text_limit=DESCRIPTION_CHARACTERS,
            photos=PHOTOS,
            photo_mimes=("image/jpeg", "image/png"),
            photo_bytes=PHOTO_BYTES,
            photo_sides=(PHOTO_WIDTH, 20_000),
            video_mimes=("video/mp4", "video/quicktime", "video/x-m4v"),
            video_bytes=VIDEO_BYTES,
            video_seconds=VIDEO_SECONDS[1],
            video_min_seconds=VIDEO_SECONDS[0],
            alt_limit=ALT_CHARACTERS,
            media_required=True,
        )

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return board, title and the cover of a video."""
        boards = [board for board in limits.get("boards", []) if isinstance(board, dict)]
        first = f"Usual board ({boards[0]['name']})" if boards else "Usual board"
        choices = (("", first), *((str(board["id"]), str(board["name"])) for board in boards[1:]))
        return (
            Option("board", "Board", "choice", choices=choices),
            Option("title", "Title", hint=f"At most {TITLE_CHARACTERS} characters. Empty: the title of the article."),
            Option("cover_second", "Cover of a video", hint=f"The second that is shown. Empty: {COVER_SECOND}."),
        )

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of characters (code points) of the description."""
        return Count(len(text), rules.text_limit)

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Send the person to Pinterest."""
        return begin(provider(session), session, back)

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Trade the code for tokens, and ask who it is and which boards there are."""
        said = redeem(provider(session), session, answer, kept)
        scopes = {"scopes": " ".join(SCOPES)}
        session.credentials = scopes | credentials_of(said, session.clock.now_ms())
        require_rights(session.credentials)
        return [self.check(session)]

    def check(self, session: Session) -> Connection:
        """Ask whose account this is, and for its boards."""
        said = ask(session, "GET", "user_account")
        username = str(said.get("username") or "")
        if not username:
            raise Refused(NotSent(sentence="Pinterest did not say whose account this is. It will be tried again."))
        boards = _usual_first(_boards(session), session.credentials.get("board", ""))
        if not boards:
            sentence = "The account has no board. Make one at Pinterest, then connect the account."
            raise Refused(Forbidden(sentence=sentence))
        credentials: Credentials = {**session.credentials, "board": boards[0]["id"]}
        profile = Profile(
            str(said.get("id") or username),
            str(said.get("business_name") or username),
            f"@{username}",
            f"{web(session)}/{username}/",
            web_address(said.get("profile_image")),
        )
        return Connection(profile, credentials, session.settings, {**session.limits, "boards": boards})

    def refresh(self, session: Session) -> None:
        """Renew the sign-in; the refresh token changes with it and is stored before it is used."""
        renew(provider(session), session)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything that Pinterest would refuse."""
        problems = text_problems(payload, self.count(payload.text, rules), rules)
        if SHOWN_CHARACTERS < len(payload.text) <= DESCRIPTION_CHARACTERS:
            message = f"Pinterest's own pages show {SHOWN_CHARACTERS} characters of a description; this has more."
            problems.append(Problem("text", message, severity="warning"))
        return [
            *problems,
            *option_problems(payload),
            *link_problems(payload),
            *media_problems(payload, rules),
            *picture_problems(payload),
        ]

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Upload a video and wait until it is processed; photos need nothing ahead."""
        videos = [item for item in payload.media if item.is_video]
        for item in payload.media:
            session.read_media(item.key)  # a file that is lost is noticed here, before the irreversible call
        return Prepared(payload, mark, {"media_id": upload_video(session, videos[0]) if videos else ""})

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Make the pin."""
        payload, reader = prepared.payload, reader_of(session)
        if not payload.media:
            return Rejected(sentence="A pin needs a photo or a video. Add one.")
        try:
            source = media_source(session, payload, str(prepared.data.get("media_id", "")))
        except OSError:
            return NotSent(sentence="A photo could not be read from the media store. It will be tried again.")
        body = {"board_id": _board(session, payload), **words_of(payload), "media_source": source}
        result = call(session, "POST", "pins", body)
        if not isinstance(result, Answer) or not result.ok:
            return outcome_of(reader, result)
        pin = result.object().get("id")
        if not isinstance(pin, str | int) or not pin:
            return reader.unreadable(result)
        evidence, url = reader.evidence(result), _address(session, str(pin))
        return Published(sentence="The pin is live on Pinterest.", evidence=evidence, remote_id=str(pin), url=url)

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look through the pins of the board since the attempt, by the short code in the link or by the words."""
        try:
            pin = search(session, payload, _board(session, payload), mark)
        except Refused as refused:
            return undecided(refused.outcome)
        if pin is None:
            return Absent(sentence="The pin is not on its board at Pinterest.")
        remote_id = str(pin["id"])
        sentence, url = "The pin is live on Pinterest.", _address(session, remote_id)
        return Found(sentence=sentence, remote_id=remote_id, url=url, at=made_at(pin))

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change title, description, link and alternative text of a pin; its picture stays."""
        ask(session, "PATCH", f"pins/{safe(remote_id)}", words_of(payload))

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a pin down; 404 means that it is down already."""
        result = call(session, "DELETE", f"pins/{safe(remote_id)}")
        if isinstance(result, Answer) and (result.ok or result.status == 404):
            return
        raise Refused(outcome_of(reader_of(session).harmless(), result))

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return impressions, clicks to the link, saves, comments and reactions of the last 90 days."""
        today = to_datetime(session.clock.now_ms()).date()
        params = {
            "start_date": (today - timedelta(days=ANALYTICS_DAYS)).isoformat(),
            "end_date": today.isoformat(),
            "metric_types": ",".join(METRICS),
            "app_types": "ALL",
            "split_field": "NO_SPLIT",
        }
        said = ask(session, "GET", f"pins/{safe(remote_id)}/analytics", params=params).get("all")
        groups = [said.get(name) for name in ("summary_metrics", "lifetime_metrics")] if isinstance(said, dict) else []
        found = {name: value for group in groups if isinstance(group, dict) for name, value in group.items()}
        return amounts(found, {ours: name for name, ours in METRICS.items()})


def _boards(session: Session) -> list[dict[str, str]]:
    """Return the account's boards. Raises `Refused`."""
    boards: list[dict[str, str]] = []
    params = {"page_size": "250"}
    for _ in range(BOARD_PAGES):
        said = ask(session, "GET", "boards", params=params)
        items = said.get("items")
        for board in items if isinstance(items, list) else []:
            if isinstance(board, dict) and board.get("id"):
                boards.append({"id": str(board["id"]), "name": str(board.get("name") or board["id"])})
        if not said.get("bookmark"):
            break
        params["bookmark"] = str(said["bookmark"])
    return boards


def _usual_first(boards: list[dict[str, str]], usual: str) -> list[dict[str, str]]:
    return sorted(boards, key=lambda board: board["id"] != usual)


def _board(session: Session, payload: Payload) -> str:
    return payload.options.get("board", "").strip() or session.credentials["board"]


def _address(session: Session, pin: str) -> str:
    return f"{web(session)}/pin/{safe(pin)}/"
