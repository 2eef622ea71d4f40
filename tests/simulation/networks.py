"""The imitated platforms: six kinds of abilities, one list of faults, and no network in between.

Each is a connector like the product's own. What it promises is kept by construction: a key is remembered for its time,
"absent" is true once the settle time is over, and a post is never shown before it was accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scheduler.domain import outcome as o
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import (
    Capabilities,
    Connection,
    ContentRules,
    Count,
    Mark,
    Platform,
    Prepared,
    Profile,
    Refused,
    Session,
)
from tests.simulation.book import Post

if TYPE_CHECKING:
    from tests.simulation.world import World

KEY_SECONDS = 3600
LIVE_WITHIN = 0.8
"""What a platform takes in goes live, and is found, within this part of its settle time."""


class ConnectorMistake(Exception):
    """An error in a connector that nobody foresaw."""


class Network(Platform):
    """One imitated platform; its world decides what goes wrong."""

    world: World

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.name = self.label = name
        self.capabilities = capabilities

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return plain rules."""
        return ContentRules(text_limit=300)

    def count(self, text: str, rules: ContentRules) -> Count:
        """Count characters."""
        return Count(len(text), rules.text_limit)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Accept everything: the platform itself refuses."""
        return []

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Not used: worlds begin with connected accounts."""
        raise NotImplementedError

    def check(self, session: Session) -> Connection:
        """Say who the account is, or why it cannot be said."""
        self._trouble()
        return Connection(Profile(session.remote_id, "Ferry Street Clinic", session.remote_id), {"token": "good"})

    def refresh(self, session: Session) -> None:
        """Renew the sign-in, if this world allows it."""
        if self.world.chance(self.world.options.refreshes):
            session.remember({"token": "renewed"})
            return
        raise Refused(self.reconnect())

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Do what may be repeated freely."""
        self.world.takes_time()
        self.world.point("while it is prepared")
        self._trouble()
        return Prepared(payload, mark)

    def _trouble(self) -> None:
        """Fail a call that changes nothing."""
        world = self.world
        if world.is_down(self.name):
            raise Refused(o.NotSent(sentence="The platform is down.", host_down=True))
        if not world.chance(world.options.troubled):
            return
        name = world.choose("refuse", "429", "429 with a time", "401", "500", "403", "crash")
        world.hit(f"asking: {name}")
        if name == "crash":
            raise ConnectorMistake
        if name == "403" and world.chance(0.7):
            name = "500"
        raise Refused(self._answers()[name])

    def _answers(self) -> dict[str, o.Outcome]:
        """Return the outcomes that promise that nothing was applied."""
        in_a_while = self.world.clock.now_ms() + self.world.between(1_000, 1_800_000)
        return {
            "refuse": o.NotSent(sentence="Nobody answers.", host_down=True),
            "429": o.Throttled(sentence="Too many requests."),
            "429 with a time": o.Throttled(sentence="Too many requests.", until=in_a_while),
            "401": o.Unauthorized(sentence="The sign-in is not accepted."),
            "403": o.Forbidden(sentence="The account may not post."),
            "422": o.Rejected(sentence="The text is refused."),
            "500": o.NotSent(sentence="The platform stumbled.", host_down=True),
        }

    def publish(self, session: Session, prepared: Prepared) -> o.Outcome:
        """Make the one irreversible call, or what this world makes of it."""
        world, mark = self.world, prepared.mark
        world.point("before the request leaves")
        world.judge.request_leaves(mark.short_code)
        fault = world.fault()
        if world.is_down(self.name):
            fault = world.choose("refuse", "close before reading", "500")
        if fault:
            world.hit(fault)
        applied = self._takes(session, mark, fault)
        world.takes_time()
        world.point("while the platform answers")
        if fault == "apply, then hang":
            world.clock.pass_(30_000)
        return self._answer(fault, applied)

    def _takes(self, session: Session, mark: Mark, fault: str) -> Post | None:
        """Apply the request, unless it never arrives or is refused."""
        kept = ("", "close after reading", "apply, then hang", "apply, then 500", "truncated answer", "apply late")
        if fault not in kept and not (fault == "crash of the connector" and self.world.chance(0.5)):
            return None
        known = self.world.book.remembered(int(session.remote_id), mark.idempotency_key, self.world.clock.true)
        if self.capabilities.idempotency_seconds and known:
            self.world.hit("the same key again")
            return known
        return self._accept(session, mark, late=fault == "apply late")

    def _accept(self, session: Session, mark: Mark, *, late: bool) -> Post:
        world, now = self.world, self.world.clock.true
        most = round(self.capabilities.settle_seconds * 1000 * LIVE_WITHIN)
        live_at = now + (world.between(1, most) if late else 0)
        seen_at = world.between(live_at, now + most) if self.name == "lagging" else live_at
        account, remote_id = int(session.remote_id), f"id-{world.number()}"
        post = Post(remote_id, mark.short_code, mark.idempotency_key, account, live_at, seen_at)
        if self.capabilities.asynchronous:
            post.live_at = post.visible_at = now + world.between(1_000, 600_000)
            post.refused = world.fault() == "422"
        if self.capabilities.idempotency_seconds:
            until = now + self.capabilities.idempotency_seconds * 1000
            world.book.keys[int(session.remote_id), mark.idempotency_key] = (post, until)
        world.accept(post)
        return post

    def _answer(self, fault: str, applied: Post | None) -> o.Outcome:
        if fault == "crash of the connector":
            raise ConnectorMistake
        if fault == "duplicate":
            return o.Duplicate(sentence="The platform says that it has this already.")
        if fault in self._answers() and fault != "500":
            return self._answers()[fault]
        if fault or applied is None:
            return o.Unknown(sentence="Its answer was lost.", host_down=True)
        if self.capabilities.asynchronous:
            again = self.world.clock.now_ms() + self.world.between(1_000, 60_000)
            return o.Pending(sentence="It is being processed.", remote_id=applied.remote_id, ask_again_at=again)
        return o.Published(sentence="It is live.", remote_id=applied.remote_id)

    def poll(self, session: Session, remote_id: str) -> o.Outcome:
        """Say what became of a post that was being processed."""
        self.world.point("while it is asked about")
        self._trouble()
        if any(post.remote_id == remote_id for post in self.world.book.posts):
            return o.Published(sentence="It is live.", remote_id=remote_id)
        if any(post.remote_id == remote_id for post in self.world.book.coming):
            again = self.world.clock.now_ms() + self.world.between(1_000, 60_000)
            return o.Pending(sentence="It is being processed.", remote_id=remote_id, ask_again_at=again)
        return o.Rejected(sentence="The platform refused it in the end.")

    def find(self, session: Session, payload: Payload, mark: Mark) -> o.Found | o.Absent | o.CannotTell:
        """Look for a post by its code; what is being processed is not absent."""
        self.world.point("while it is looked up")
        self._trouble()
        if self.world.chance(self.world.options.troubled / 2):
            self.world.hit("the look-up cannot tell")
            return o.CannotTell(sentence="The list was incomplete.", passing=self.world.chance(0.8))
        seen = [post for post in self.world.book.live(mark.short_code) if post.visible_at <= self.world.clock.true]
        if seen:
            return o.Found(sentence="It is there.", remote_id=seen[0].remote_id)
        if self.capabilities.asynchronous and self.world.book.on_its_way(mark.short_code):
            return o.CannotTell(sentence="It is being processed.")
        return o.Absent(sentence="It is not there.")


NETWORKS = (
    Network("keyed-lookup", Capabilities(idempotency_seconds=KEY_SECONDS, lookup=True)),
    Network("lookup", Capabilities(lookup=True)),
    Network("keyed", Capabilities(idempotency_seconds=KEY_SECONDS)),
    Network("blind", Capabilities()),
    Network("asynchronous", Capabilities(lookup=True, asynchronous=True)),
    Network("lagging", Capabilities(lookup=True, settle_seconds=300)),
)
