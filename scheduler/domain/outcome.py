"""What one call to a platform can end in. Outcomes are types, never strings or booleans.

The question every outcome answers is "may this be live?". `Unknown` is the honest answer when the request
left and no proof came back; it is settled by a look-up or by a person, and never by sending again.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the platform answered, for the log. `body` is cut and every secret in it is already redacted."""

    http_status: int | None = None
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The common part: a sentence for the marketer (what happened, what to do) and the raw answer for the log."""

    sentence: str
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Outcome):
    """It is live, and we hold the platform's id of it."""

    remote_id: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending(Outcome):
    """Accepted, being processed; to be asked about again (read-only) with `remote_id`."""

    remote_id: str
    ask_again_at: int
    """UTC ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Outcome):
    """Nothing was sent, and nothing will be: a person has been asked to post it themselves and to tick it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Outcome):
    """Certainly not applied, for a passing reason (no connection, say): try again later."""

    host_down: bool = False
    """Whether the host gave no usable answer at all: it counts for the host's circuit breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled(Outcome):
    """Certainly not applied: the platform asks to wait until `until` (UTC ms; None when it named no time)."""

    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthorized(Outcome):
    """Not applied: the credential is not accepted. One refresh and one repeat, then the account is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden(Outcome):
    """Not applied: the account lacks a right; `sentence` says which one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Outcome):
    """Not applied: the content is refused for good; the author has to change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(Outcome):
    """The platform says it already has this: evidence of a live post, to be looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconfigured(Outcome):
    """Not applied: our own application or plan is at fault; the owner has to act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Outcome):
    """The request left and nobody can say whether it was applied."""

    host_down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Outcome):
    """A look-up found the post. `at` (UTC ms) is when it went out, where the platform tells."""

    remote_id: str
    url: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Outcome):
    """A look-up proves that the post is not there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell(Outcome):
    """A look-up gave no proof either way; `passing` says whether asking again later may help."""

    passing: bool = True
