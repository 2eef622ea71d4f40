"""What the connectors of Google's services share: the sign-in, and what Google's refusals mean.

Source: platform sheets of Google Business Profile (sections 2, 3 and 7) and YouTube (sections 2, 3 and 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Rejected, Unauthorized
from scheduler.platforms.answers import Reader, Result, secrets_of
from scheduler.platforms.base import AppSetup, Credentials, Refused, Session
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import Provider, credentials_of, redeem

LOGIN, TOKEN = "https://accounts.google.com", "https://oauth2.googleapis.com"
CONSOLE = "https://console.cloud.google.com/apis/credentials"
SIGN_IN = ("access_token", "refresh_token", "scopes", "expires_at", "renew_at", "dies_at")
"""The credentials that every Google account has; each connector adds what it speaks for."""
_LONGEST_FAULTS = 3
_SWITCHED_OFF = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_TOO_FEW_RIGHTS = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})


def app_setup(name: str, services: tuple[str, ...], scopes: tuple[str, ...], review: str) -> AppSetup:
    """Return how the owner registers this installation for the platform called `name`.

    Each platform keeps its own, although one client may serve both: another needs its redirect address and its APIs
    added, which nobody would be told once it counted as registered. `services` are the
    APIs to switch on, `scopes` those to name on the consent screen.
    """
    return AppSetup(
        name=name,
        register_url=CONSOLE,
        steps=(
            "Open the Google Cloud console with the Google account that owns your business and create a project.",
            f"Under APIs & Services, Library, enable: {', '.join(services)}.",
            "Under Google Auth Platform, Branding and Audience, fill in the consent screen, choose External and press "
            "Publish app. While it stays in testing, Google ends every sign-in after 7 days.",
            f"Under Data access, add: {', '.join(scopes)}.",
            "Under Clients, create an OAuth client of the type Web application with this authorised redirect URI: "
            "{redirect_uri}",
            "Copy the client ID and the client secret into the fields here. A client that you made for another Google "
            "platform will do, once this redirect URI is added to it.",
        ),
        review=review,
    )


def provider(session: Session, label: str, scopes: tuple[str, ...]) -> Provider:
    """Return Google's sign-in. A refresh token only comes when it is asked for in both of these ways."""
    login, token = str(session.config.get("login", LOGIN)), str(session.config.get("token", TOKEN))
    return Provider(
        label,
        authorize_url=f"{login}/o/oauth2/v2/auth",
        token_url=f"{token}/token",
        scopes=scopes,
        asks={"access_type": "offline", "prompt": "consent"},
    )


def signed_in(google: Provider, session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> Credentials:
    """Return the sign-in that a person came back with. Raises `Refused`, also when they unticked a right."""
    credentials = credentials_of(redeem(google, session, answer, kept), session.clock.now_ms())
    missing = set(google.scopes) - set(credentials.get("scopes", "").split())
    if missing:
        names = ", ".join(sorted(scope.rpartition("/")[2] for scope in missing))
        sentence = f"These rights were not ticked on Google's page: {names}. Start again and tick every box."
        raise Refused(Forbidden(sentence=sentence))
    if "refresh_token" not in credentials:
        sentence = (
            "Google sent no lasting sign-in. Open myaccount.google.com/connections, remove the access of this "
            "application, then connect again."
        )
        raise Refused(Unauthorized(sentence=sentence))
    return credentials


def bearer(session: Session) -> dict[str, str]:
    """Return the header that says who we are."""
    return {"Authorization": f"Bearer {session.credentials.get('access_token', '')}"}


def reader_of(session: Session, label: str, *more: str) -> Reader:
    """Return the reader of this account's answers; `more` are further secrets (the address of an upload, say)."""
    hidden = secrets_of(session.credentials.values(), session.app.values(), more)
    return Reader(label, hidden, session.clock.now_ms())


@dataclass(frozen=True, slots=True)
class Fault:
    """What a Google error object says: its status, its reasons, what is wrong with which field."""

    status: str = ""
    reasons: frozenset[str] = frozenset()
    message: str = ""
    details: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Return Google's own words, those about single fields first."""
        return "; ".join(self.details[:_LONGEST_FAULTS]) or self.message


def fault_of(result: Result) -> Fault:
    """Return the error object of an answer, an empty fault when there is none that can be read."""
    error = result.object().get("error") if isinstance(result, Answer) else None
    if not isinstance(error, dict):
        return Fault()
    details = [one for one in _list(error, "details") if isinstance(one, dict)]
    older = [one for one in _list(error, "errors") if isinstance(one, dict)]
    infos = [one for one in details if isinstance(one.get("reason"), str)]
    limits: dict[str, Any] = {}
    for info in infos:
        found = info.get("metadata")
        limits |= found if isinstance(found, dict) else {}
    return Fault(
        status=str(error.get("status") or ""),
        reasons=frozenset(str(one["reason"]) for one in [*infos, *older] if one.get("reason")),
        message=str(error.get("message") or ""),
        details=tuple(_field_faults(details)),
        limits=limits,
    )


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by Google's status and reasons; what they leave open, by the HTTP status."""
    fault = fault_of(result)
    evidence = reader.evidence(result)
    if fault.reasons & _SWITCHED_OFF:
        sentence = (
            "An API that is needed is not switched on in your Google Cloud project. Enable it in the console under "
            f"APIs & Services, Library, and wait a few minutes.{reader.quoted(fault.said)}"
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if fault.status == "RESOURCE_EXHAUSTED" and str(fault.limits.get("quota_limit_value", "")) == "0":
        sentence = (
            "Google has not approved your project for this API yet: its quota is 0. Send Google the form "
            "“Application for Basic API Access” and connect again once it is approved."
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if fault.reasons & _TOO_FEW_RIGHTS:
        sentence = f"{reader.label} misses a right. Connect the account again and tick every box on Google's page."
        return Forbidden(sentence=sentence, evidence=evidence)
    if fault.status in ("INVALID_ARGUMENT", "FAILED_PRECONDITION"):
        sentence = f"{reader.label} refused this. Change it and try again.{reader.quoted(fault.said)}"
        return Rejected(sentence=sentence, evidence=evidence)
    return reader.outcome_of(result, fault.said)


def _field_faults(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        for name in ("fieldViolations", "errorDetails"):
            for one in _list(detail, name):
                if isinstance(one, dict):
                    words = str(one.get("description") or one.get("message") or "")
                    yield f"{one.get('field') or 'field'}: {words}".strip()


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []
