"""Signing in by OAuth 2: Authlib speaks the protocol, through our one guarded door to the network.

A connector describes its `Provider` and calls `begin`, `redeem` and `renew`; what a platform does beside the standard
(an exchange for a longer token, say) stays in the connector.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Unauthorized
from scheduler.platforms.answers import Reader, secrets_of
from scheduler.platforms.base import Back, Credentials, Refused, Session, SignIn
from scheduler.platforms.http import Answer, TransportError

_OURS = frozenset({"invalid_client", "unauthorized_client", "invalid_scope", "redirect_uri_mismatch"})
"""Errors of the token endpoint that only the owner of the application can mend (RFC 6749, 5.2)."""
_SPENT = frozenset({"invalid_grant", "invalid_token", "expired_token", "access_denied"})
_LONGEST_LIFE_S = 10 * 366 * 86_400
"""No sign-in of ours lives longer than ten years; a larger number is a mistake."""
_EARLY_MS = 600_000
"""A token is renewed at least ten minutes before its end."""


@dataclass(frozen=True, slots=True)
class Provider:
    """How one platform does OAuth 2: addresses, client authentication, PKCE, and what it wants beside the standard."""

    label: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    auth_method: str = "client_secret_post"
    """`client_secret_post`, `client_secret_basic` or `none`."""
    pkce: bool = True
    separator: str = " "
    asks: Mapping[str, str] = field(default_factory=dict)
    """More parameters of the authorize page (`access_type`, say)."""
    refusal: Callable[[Reader, Answer], Outcome | None] = lambda _reader, _answer: None
    """What a refusal of the token endpoint means where the platform words it in its own way; None for the standard."""


def begin(provider: Provider, session: Session, back: Back) -> SignIn:
    """Return where to send the person, with the PKCE verifier to keep."""
    verifier = secrets.token_urlsafe(48) if provider.pkce else None
    client = _client(provider, session, _Door(session), back.redirect_uri)
    url, _ = client.create_authorization_url(provider.authorize_url, back.state, verifier, **provider.asks)
    return SignIn(url, {"code_verifier": verifier} if verifier else {})


def redeem(provider: Provider, session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, Any]:
    """Return the token answer for the code that the person came back with.

    Raises `Refused`: the person said no, or the platform does not take the code.
    """
    if answer.get("error") or not answer.get("code"):
        raise Refused(denied(provider, answer))
    more = {"code_verifier": kept["code_verifier"]} if kept.get("code_verifier") else {}
    return _asked(
        provider,
        session,
        kept.get("redirect_uri", ""),
        lambda client: client.fetch_token(
            provider.token_url, grant_type="authorization_code", code=answer["code"], **more
        ),
    )


def renew(provider: Provider, session: Session) -> Credentials:
    """Renew the sign-in with its refresh token, store it durably, and return it.

    What the answer leaves out stays as it was: a platform that rotates sends a new refresh token, others send none.
    Raises `Refused`.
    """
    token = session.credentials.get("refresh_token", "")
    if not token:
        sentence = f"The sign-in at {provider.label} has ended. Connect the account again."
        raise Refused(Unauthorized(sentence=sentence))
    said = _asked(provider, session, "", lambda client: client.refresh_token(provider.token_url, refresh_token=token))
    renewed = session.credentials | credentials_of(said, session.clock.now_ms())
    session.remember(renewed)
    session.credentials = renewed
    return renewed


def credentials_of(said: Mapping[str, Any], now: int) -> Credentials:
    """Return a token answer as it is kept: only what it really holds, instants in UTC ms as text."""
    kept: Credentials = {}
    for name in ("access_token", "refresh_token"):
        if isinstance(said.get(name), str) and said[name]:
            kept[name] = said[name]
    if scopes := said.get("scope"):
        named = scopes if isinstance(scopes, list) else str(scopes).replace(",", " ").split()
        kept["scopes"] = " ".join(str(scope) for scope in named)
    if seconds := _seconds(said.get("expires_in")):
        kept["expires_at"] = str(now + seconds * 1000)
        kept["renew_at"] = str(now + seconds * 1000 - max(_EARLY_MS, seconds * 200))
    if seconds := _seconds(said.get("refresh_token_expires_in")):
        kept["dies_at"] = str(now + seconds * 1000)
    return kept


def _seconds(value: object) -> int:
    try:
        return min(max(0, int(str(value))), _LONGEST_LIFE_S)
    except ValueError:
        return 0


def _client(provider: Provider, session: Session, door: _Door, redirect_uri: str) -> OAuth2Client:
    if not session.app.get("client_id"):
        sentence = f"{provider.label} does not know this installation yet. Register it and enter its client id first."
        raise Refused(Misconfigured(sentence=sentence))
    return OAuth2Client(
        door,
        client_id=session.app["client_id"],
        client_secret=session.app.get("client_secret") or None,
        token_endpoint_auth_method=provider.auth_method,
        scope=provider.separator.join(provider.scopes) or None,
        redirect_uri=redirect_uri or None,
        code_challenge_method="S256" if provider.pkce else None,
    )


def _asked(
    provider: Provider, session: Session, redirect_uri: str, ask: Callable[[OAuth2Client], Mapping[str, Any]]
) -> dict[str, Any]:
    """Ask the token endpoint and return what it says. Raises `Refused`; nothing of this makes a post public."""
    door = _Door(session)
    reader = _reader(provider, session)
    try:
        said = dict(ask(_client(provider, session, door, redirect_uri)))
    except TransportError as error:
        raise Refused(reader.outcome_of(error)) from None
    except (OAuth2Error, ValueError, _Failed) as error:
        raise Refused(_refusal(provider, reader, door.last, error)) from None
    if not isinstance(said.get("access_token"), str) or not said["access_token"]:
        raise Refused(_refusal(provider, reader, door.last, ValueError()))
    return said


def _reader(provider: Provider, session: Session) -> Reader:
    hidden = secrets_of(session.credentials.values(), session.app.values())
    return Reader(provider.label, hidden, session.clock.now_ms()).harmless()


def _refusal(provider: Provider, reader: Reader, answer: Answer | None, error: Exception) -> Outcome:
    """Return what a refusal of the token endpoint means, by its code."""
    own = provider.refusal(reader, answer) if answer and not answer.ok else None
    if own is not None:
        return own
    # Some platforms put an object where the standard has a word.
    code = error.error if isinstance(error, OAuth2Error) and isinstance(error.error, str) else ""
    evidence = reader.evidence(answer) if answer else None
    more = {"evidence": evidence} if evidence else {}
    if code in _OURS:
        sentence = (
            f"{provider.label} does not accept this installation's client id, secret or redirect address ({code}). "
            "Compare them with what is registered there."
        )
        return Misconfigured(sentence=sentence, **more)
    if code in _SPENT:
        sentence = f"{provider.label} no longer accepts the sign-in. Connect the account again."
        return Unauthorized(sentence=sentence, **more)
    if answer is not None:
        return reader.outcome_of(answer, code) if not answer.ok else reader.unreadable(answer)
    return Unauthorized(sentence=f"{provider.label} did not accept the sign-in. Connect the account again.")


def denied(provider: Provider, answer: Mapping[str, str]) -> Outcome:
    """Return what it means that a person came back without a code."""
    if not answer.get("error"):
        return Unauthorized(sentence=f"{provider.label} sent no code back. Start connecting again.")
    if answer["error"] in ("access_denied", "user_cancelled_authorize", "user_cancelled_login", "user_denied"):
        sentence = f"You did not allow it at {provider.label}, so nothing was connected. Start again if you want it."
        return Forbidden(sentence=sentence)
    said = "".join(character for character in answer["error"] if character.isalnum() or character in "_- ")[:60]
    sentence = f"{provider.label} broke the sign-in off (“{said}”). Look at what is registered there, then start again."
    return Misconfigured(sentence=sentence)


class _Failed(Exception):
    """The token endpoint is in trouble itself."""


@dataclass(slots=True)
class _Door:
    """What Authlib takes for a session: every call goes through our guard and is made once."""

    session: Session
    last: Answer | None = None

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth, **_: Any) -> _Said:
        """Send a form, with the client's authentication."""
        _, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        answer = self.session.http.request("POST", url, headers=signed, body=str(body).encode())
        self.last = answer
        return _Said(answer)


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer as Authlib reads it."""

    answer: Answer

    @property
    def status_code(self) -> int:
        """Return the status."""
        return self.answer.status

    def json(self) -> dict[str, Any]:
        """Return the JSON object. Raises `ValueError` when there is none."""
        said = self.answer.json()
        if not isinstance(said, dict):
            raise ValueError("no JSON object")
        # Instagram sometimes wraps what it says in a list called "data".
        inner = said.get("data")
        if "access_token" not in said and isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
            said = inner[0]
        # Authlib reckons with these, and a platform may send anything.
        times = {"expires_in": _seconds(said["expires_in"])} if "expires_in" in said else {}
        return {name: value for name, value in said.items() if name != "expires_at"} | times

    def raise_for_status(self) -> None:
        """Say that the server is in trouble."""
        raise _Failed
