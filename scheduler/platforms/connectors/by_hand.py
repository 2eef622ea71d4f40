"""By hand: for places that no program may post to. At its time the marketer is asked to post it and to tick it off.

Nothing is sent by us, so that nothing can be lost or doubled: the delivery waits for the person's word, with the text
to copy, the files to download and the address where it is to be posted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import HandedOver, Outcome
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import (
    Capabilities,
    Connection,
    ContentRules,
    Count,
    CredentialField,
    Mark,
    Platform,
    Prepared,
    Profile,
    Session,
)
from scheduler.platforms.guard import Blocked, spelled
from scheduler.platforms.text import graphemes
from scheduler.platforms.validation import media_problems, text_problems

LONGEST_NAME = 80
TEXT_LIMIT = 20_000


class ByHand(Platform):
    """A place where a person posts."""

    name = "by_hand"
    label = "By hand"
    icon = "user"
    post_text_hint = "You post it yourself: at its time you are told, with the text to copy and the files to download."
    connect_help = (
        "For places without an API, a neighbourhood network or a notice board, say. "
        "At the time you choose Drumbeat tells you, and you post it and tick it off."
    )
    credential_fields = (
        CredentialField("place", "Where it is posted", "As you call it.", placeholder="Nextdoor, our street"),
        CredentialField(
            "url", "Address of the place", "Opened for you when it is time.", required=False, placeholder="https://"
        ),
    )
    capabilities = Capabilities()

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return rules that refuse nothing a person could post."""
        return ContentRules(
            TEXT_LIMIT, photos=50, videos=10, photo_bytes=10**9, video_bytes=10**10, video_seconds=86_400,
            video_mimes=("video/mp4", "video/webm"), alt_limit=5_000, mixed_media=True,
        )  # fmt: skip

    def host(self, credentials: Mapping[str, str]) -> str:
        """Return no host: nothing is called."""
        return self.name

    def count(self, text: str, rules: ContentRules) -> Count:
        """Count characters as a person would."""
        return Count(graphemes(text), rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Keep the name and the address of the place."""
        place, url = " ".join(form.get("place", "").split()), form.get("url", "").strip()
        problems = []
        if not 0 < len(place) <= LONGEST_NAME:
            problems.append(Problem("place", f"Give the place a name of at most {LONGEST_NAME} characters."))
        if url:
            try:
                spelled(url)
            except Blocked as blocked:
                problems.append(Problem("url", f"{blocked} Write it like https://example.com, or leave it empty."))
        if problems:
            raise Invalid(problems)
        session.credentials = {"place": place, "url": url}
        return self.check(session)

    def check(self, session: Session) -> Connection:
        """Return the place as it was entered; there is nobody to ask."""
        place, url = session.credentials["place"], session.credentials.get("url", "")
        remote_id = re.sub(r"\W+", "-", place.casefold()).strip("-") or "place"
        profile = Profile(remote_id, place, urlsplit(url).hostname or "", profile_url=url)
        return Connection(profile, session.credentials, session.settings)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return only what would leave the person with nothing to post."""
        return text_problems(payload, self.count(payload.text, rules), rules) + media_problems(payload, rules)

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Do nothing: the files are downloaded by the person."""
        return Prepared(payload, mark)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Hand the post over to the person."""
        return HandedOver(sentence=f"It is time: post it at {session.credentials['place']} yourself, then tick it off.")


PLATFORM = ByHand()
