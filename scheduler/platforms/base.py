"""The contract of every connector: what it declares and what it does.

A connector is one file that can be read alone. It declares its ways of connecting, content rules, options and
capabilities, and implements connect (or sign_in and signed_in), check, refresh, validate, prepare, publish, poll, find,
edit, delete and metrics. Publishing is prepare, then one irreversible call: `prepare` may be repeated freely, `publish`
makes exactly one request that can make the post public. A first comment or the next post of a thread is a delivery of
its own, with `Payload.reply_to`; so it is never lost or doubled either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scheduler.clock import Clock
from scheduler.domain.outcome import Absent, CannotTell, Found, Misconfigured, Outcome, Unauthorized
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import MediaItem, Payload

if TYPE_CHECKING:
    from scheduler.platforms.http import Http

Credentials = dict[str, str]
"""What opens an account; every value is a secret. Encrypted at rest, never logged."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the form that connects an account."""

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    required: bool = True
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class AppSetup:
    """How the owner registers our application with a platform that signs people in by OAuth.

    `name` is what the application is stored under; two ways of connecting with the same name share it. `steps` are
    sentences in order; "{redirect_uri}" in one stands for the address to copy. `review` says which review the platform
    asks for before strangers may sign in, "" for none.
    """

    name: str
    register_url: str
    steps: tuple[str, ...]
    review: str = ""
    fields: tuple[CredentialField, ...] = (
        CredentialField("client_id", "Client ID"),
        CredentialField("client_secret", "Client secret", secret=True),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect an account: a form, or a sign-in on the platform's own pages.

    Without `redirects` it is a plain form of `fields`. With `redirects` the person is sent to the platform and comes
    back; `app` is what the owner has to register first (None where nothing needs to be registered). `scopes` are the
    rights that are asked for: no more than the product uses.
    """

    name: str
    label: str
    help: str = ""
    fields: tuple[CredentialField, ...] = ()
    redirects: bool = False
    app: AppSetup | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in under way: where the person goes, and what has to be remembered until they come back.

    `kept` holds secrets (the PKCE verifier, say): it is stored sealed, bound to the person's session, for minutes.
    """

    url: str
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """How long the stored sign-in lasts; UTC ms, 0 for never (or not known)."""

    expires_at: int = 0
    """When the access token ends."""
    renew_at: int = 0
    """From when on it is renewed by itself, well ahead of its end; 0 leaves that to the product."""
    dies_at: int = 0
    """When the person has to sign in again, whatever we do."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice that the platform offers for a post, in its own words; the value lies in `Payload.options[name]`.

    `kind` is "choice" (of `choices`: value and label), "flag" ("1" or ""), "text" (one line), "long" (several lines),
    "address" (a web address), "date" ("2026-11-23") or "time" (wall time "2026-11-23T09:00"). An empty value means the
    default. `when` shows it only while another option has one of these values: ("kind", ("event", "offer")).
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    when: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform can do, as facts that the engine reads."""

    idempotency_seconds: int = 0
    """How long the platform remembers an idempotency key; 0 when it has none."""
    lookup: bool = False
    """Whether `find` can prove that a post is live or absent."""
    settle_seconds: int = 30
    """How long after an unknown outcome "absent" may be believed."""
    prepared_seconds: int = 1800
    """How long what `prepare` made (uploads, say) can be used."""
    asynchronous: bool = False
    needs_public_media: bool = False
    first_comment: bool = False
    """Whether a post can get a first comment of our own (`Payload.reply_to` on publish)."""
    threads: bool = False
    """Whether a post can be continued by replies of our own (`Payload.reply_to` on publish)."""
    edit: bool = False
    delete: bool = False
    metrics: bool = False


@dataclass(frozen=True, slots=True)
class ContentRules:
    """What one account accepts. Sizes in bytes, pixels in width times height, durations in seconds."""

    text_limit: int
    text_bytes: int | None = None
    photos: int = 4
    videos: int = 1
    photo_mimes: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "image/gif")
    photo_bytes: int = 2_000_000
    photo_pixels: int = 40_000_000
    video_mimes: tuple[str, ...] = ("video/mp4",)
    video_bytes: int = 100_000_000
    video_seconds: int = 600
    alt_limit: int = 1500
    link_length: int | None = None
    """What every link counts in the text whatever its length; None when it counts in full."""
    text_required: bool = False
    media_required: bool = False
    mixed_media: bool = False
    """Whether photos and a video can stand in one post."""
    photo_sides: tuple[int, int] = (1, 20_000)
    """The shortest and the longest side that is accepted, in pixels."""
    photo_ratio: tuple[float, float] | None = None
    """The narrowest and the widest ratio of width to height; None for any."""
    video_min_seconds: float = 0
    video_ratio: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an account is on its platform, as the platform itself says."""

    remote_id: str
    name: str
    handle: str
    profile_url: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A successful connect: who it is, the credentials to keep, the settings and limits of the account."""

    profile: Profile
    credentials: Credentials = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """Everything a connector needs to speak for one account.

    `remember` stores changed credentials durably; a connector calls it with rotated tokens *before* it uses them.
    `read_media` returns the bytes of a `MediaItem.key`. `config` is the platform's part of `platforms.toml`, where an
    account on the practice network finds the practice network's addresses. `app` is our application there (client id
    and secret). `media_address` returns a signed address, good for hours, at which the platform can fetch a
    `MediaItem`; it raises `Refused` with the reason when this site cannot be reached from the internet.
    """

    http: Http
    clock: Clock
    config: Mapping[str, Any]
    credentials: Credentials = field(repr=False)
    settings: Mapping[str, str]
    limits: Mapping[str, Any]
    remote_id: str
    read_media: Callable[[str], bytes]
    remember: Callable[[Credentials], None]
    app: Credentials = field(default_factory=dict, repr=False)
    media_address: Callable[[MediaItem], str] = field(default=lambda _item: "", repr=False)
    prepared: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """For `find`: what `prepare` had made for the delivery (a container, an upload session), where it is known."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What identifies one delivery to a platform, stored before the first irreversible call.

    `idempotency_key` (a UUID) never changes. `stamp_at` (UTC ms) is the moment of the attempt and stays the same as
    long as an earlier attempt may be live. `short_code` rides in the link. Where the database was restored and nobody
    knows the attempt, `stamp_at` is 0 and `since` (UTC ms) the first moment at which it may have been: only for `find`.
    """

    idempotency_key: str
    stamp_at: int
    short_code: str
    since: int = 0

    @property
    def earliest(self) -> int:
        """Return the first moment (UTC ms) at which the post may have gone out."""
        return self.stamp_at or self.since


@dataclass(frozen=True, slots=True)
class Prepared:
    """A payload ready for the one irreversible call.

    `data` is the connector's own (upload ids, a record ...): plain JSON, because it is made minutes ahead and stored.
    It depends on the payload only; what depends on `mark` belongs into `publish`, which gets the mark of the attempt.
    """

    payload: Payload
    mark: Mark
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Back:
    """Where a sign-in comes back to: our address, and the `state` (unguessable) that has to come with it."""

    redirect_uri: str
    state: str


class Refused(Exception):
    """A call other than `publish` ended in an outcome that is not a success."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.sentence)


@dataclass(frozen=True, slots=True)
class Count:
    """How long a text is in the platform's own counting."""

    used: int
    limit: int
    unit: str = "characters"


class Platform(ABC):
    """One kind of destination."""

    name: str
    """The key in `platforms.toml` and in the database, e.g. "bluesky"."""
    label: str
    """The platform's own name, e.g. "Bluesky"."""
    icon: str = ""
    """The name of the icon in the sprite (`assets/icons.json`), which holds no brands."""
    post_text_hint: str = ""
    """What the writer of a post should know, in one sentence for the composer."""
    connect_help: str = ""
    """Where the marketer finds the credentials, in one or two sentences."""
    credential_fields: tuple[CredentialField, ...] = ()
    capabilities: Capabilities = Capabilities()
    practice: bool = False
    """Whether a practice network imitates this platform (then `{"service": "practice"}` connects to it)."""
    hosts: tuple[str, ...] = ()
    """The keys of `platforms.toml` that are addresses; `/practice/<name>/<key>` stands for each on the practice
    network."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the ways to connect an account; at least one. The default is the form of `credential_fields`."""
        return (Way("form", self.label, self.connect_help, self.credential_fields),)

    @property
    def form_fields(self) -> tuple[CredentialField, ...]:
        """Return the fields of every way to connect by a form, each name once."""
        fields = [field for way in self.ways if not way.redirects for field in way.fields]
        return tuple({field.name: field for field in reversed(fields)}.values())[::-1]

    def options(self, limits: Mapping[str, Any]) -> tuple[Option, ...]:
        """Return the choices of a post on an account whose platform reported `limits`, for the composer."""
        return ()

    def token_times(self, credentials: Credentials) -> TokenTimes:
        """Return how long a sign-in lasts: by default what `expires_at`, `renew_at` and `dies_at` (UTC ms) say."""
        expires_at, renew_at, dies_at = (_number(credentials, name) for name in ("expires_at", "renew_at", "dies_at"))
        return TokenTimes(expires_at, renew_at, dies_at)

    @abstractmethod
    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return the content rules of an account whose platform reported `limits` (empty: the defaults)."""

    def capable(self, limits: Mapping[str, Any]) -> Capabilities:
        """Return what an account whose platform reported `limits` can do: less with a webhook than with a bot, say."""
        return self.capabilities

    def idempotency_seconds(self, limits: Mapping[str, Any]) -> int:
        """Return how long this account's server remembers an idempotency key; 0 when it has none."""
        return int(limits.get("idempotency_seconds", self.capabilities.idempotency_seconds))

    def wire_text(self, payload: Payload) -> str:
        """Return the text exactly as it will be sent; some platforms only know a link when it is in the text."""
        return payload.text

    def host(self, credentials: Credentials) -> str:
        """Return the host that the account's calls go to; accounts on one host share its circuit breaker."""
        address = credentials.get("service") or credentials.get("instance") or credentials.get("url") or ""
        return urlsplit(address).netloc.rpartition("@")[2] or self.name

    @abstractmethod
    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the length of `text` (from `wire_text`) in the platform's own counting."""

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Check `form` (the fields of a `Way` without `redirects`) with the platform and return the connection.

        Raises `Invalid` with every problem of the form, or `Refused` with what the platform answered.
        """
        raise Refused(Misconfigured(sentence=f"{self.label} is connected by signing in there, not by a form."))

    def sign_in(self, session: Session, way: str, form: Mapping[str, str], back: Back) -> SignIn:
        """Begin a sign-in on the platform's own pages. `session.app` is our application there.

        Raises `Invalid` with every problem of the form, or `Refused`.
        """
        raise NotImplementedError

    def signed_in(
        self, session: Session, way: str, answer: Mapping[str, str], kept: Mapping[str, str]
    ) -> list[Connection]:
        """Take what the platform sent back with the person (`code`, say) and return everything that they may connect:
        one connection per page, location, organisation, board or channel. `kept` is that of the `SignIn`, with the
        redirect address under "redirect_uri".

        Raises `Refused`: denied by the person, a missing right, nothing to connect.
        """
        raise NotImplementedError

    def client_document(self, address: str, redirect_uri: str) -> Mapping[str, Any] | None:
        """Return the public document at `address` by which the platform knows our application, for platforms that
        read it there instead of registering us; None for all others."""
        return None

    @abstractmethod
    def check(self, session: Session) -> Connection:
        """Ask the platform who this is now, and its limits. Raises `Refused`."""

    def refresh(self, session: Session) -> None:
        """Renew the session's credentials (through `session.remember`). Raises `Refused` when that is not possible."""
        raise Refused(self.reconnect())

    @abstractmethod
    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return everything the platform would refuse about `payload`, all at once.

        Fields are "text", "media" (the set), "media.0" (one item), "link".
        """

    @abstractmethod
    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Do all that may be repeated freely (uploads, renewing a sign-in), up to minutes ahead. Raises `Refused`."""

    @abstractmethod
    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Make the one irreversible call and say how it ended. Raises nothing."""

    def poll(self, session: Session, remote_id: str) -> Outcome:
        """Ask (read-only) what became of a `Pending` post."""
        raise NotImplementedError

    def find(self, session: Session, payload: Payload, mark: Mark) -> Found | Absent | CannotTell:
        """Look (read-only) whether the delivery is live, by its mark."""
        return CannotTell(sentence=f"{self.label} offers no way to look a post up.", passing=False)

    def edit(self, session: Session, remote_id: str, payload: Payload) -> None:
        """Change what a live post says to the text of `payload`. Raises `Refused`."""
        raise NotImplementedError

    def delete(self, session: Session, remote_id: str) -> None:
        """Take a post down; absent already counts as done. Raises `Refused`."""
        raise NotImplementedError

    def metrics(self, session: Session, remote_id: str) -> Mapping[str, int]:
        """Return engagement numbers by name. Raises `Refused`."""
        raise NotImplementedError

    def reconnect(self) -> Outcome:
        """Return the outcome of an account that has to be connected again."""
        return Unauthorized(sentence=f"{self.label} no longer accepts the stored sign-in. Connect the account again.")


def _number(credentials: Credentials, name: str) -> int:
    text = credentials.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def alt_text_problems(media: tuple[MediaItem, ...], limit: int) -> list[Problem]:
    """Return the problems of missing or too long alternative texts; shared by all connectors."""
    problems = []
    for index, item in enumerate(media):
        name = "video" if item.is_video else "photo"
        if not item.alt.strip():
            problems.append(
                Problem(
                    f"media.{index}",
                    f"The {name} has no alternative text. Describe it for people who cannot see it.",
                )
            )
        elif len(item.alt) > limit:
            problems.append(
                Problem(
                    f"media.{index}",
                    f"The alternative text has {len(item.alt)} characters; at most {limit} are allowed.",
                )
            )
    return problems
