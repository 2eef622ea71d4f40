"""Signing in on a Mastodon-compatible server's own pages (platform sheet, section 2).

Every server is asked to register us there and then: the application that it makes is kept with the account's
credentials, because tokens of Pleroma, Akkoma and Pixelfed end and are renewed with it (sheet of the compatible ones).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.problem import Invalid
from scheduler.platforms import oauth
from scheduler.platforms.addresses import server_address, web_address
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Back, Credentials, Refused, Session, SignIn
from scheduler.platforms.connectors.mastodon.server import outcome_of, public_document, reader_of, software_of
from scheduler.platforms.http import Answer

SCOPES = ("read:accounts", "read:statuses", "write:statuses", "write:media")
COARSE_SCOPES = ("read", "write")
"""Pixelfed knows no finer ones."""
KEPT = (
    "instance", "access_token", "refresh_token", "expires_at", "renew_at", "scopes", "client_id", "client_secret",
    "token_url",
)  # fmt: skip
"""Everything that may lie in an account's credentials."""
_DESCRIPTION = "/.well-known/oauth-authorization-server"
_CLIENT_NAME = "Drumbeat"
_PAGE_OF_A_PERSON = re.compile(r"/(@|home\b|settings\b|deck\b|explore\b|web\b).*$")


def read_instance(form: Mapping[str, str]) -> str:
    """Return the server that a person typed. Raises `Invalid`."""
    typed = form.get("instance", "").strip()
    # People paste "@clinic@mastodon.social" or the address of the page they are on.
    typed = typed.rpartition("@")[2] if typed.startswith("@") else _PAGE_OF_A_PERSON.sub("", typed)
    instance, problems = server_address(typed, "instance", "mastodon.social")
    if problems:
        raise Invalid(problems)
    return instance


def begin(session: Session, instance: str, back: Back) -> SignIn:
    """Register us with the server and return where to send the person. Raises `Refused`."""
    named = public_document(session, f"{instance}{_DESCRIPTION}")
    instance = _own(instance, named.get("issuer")).rstrip("/") or instance
    scopes = COARSE_SCOPES if software_of(session, instance) == "pixelfed" else SCOPES
    places = _places(instance, named)
    app = _registered(session, instance, back.redirect_uri, scopes)
    session.app = app
    begun = oauth.begin(_provider(places, scopes), session, back)
    kept = {"instance": instance, "token_url": places["token_endpoint"], "scopes": " ".join(scopes), **app}
    return SignIn(begun.url, {**begun.kept, "server": json.dumps(kept)})


def redeem(session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> Credentials:
    """Return the credentials of the person who came back. Raises `Refused`."""
    server: dict[str, str] = json.loads(kept.get("server") or "{}")
    session.app = {name: server.get(name, "") for name in ("client_id", "client_secret")}
    provider = _provider({"token_endpoint": server.get("token_url", "")}, tuple(server.get("scopes", "").split()))
    said = oauth.redeem(provider, session, answer, kept)
    return {**server, **oauth.credentials_of(said, session.clock.now_ms())}


def renew(session: Session) -> None:
    """Renew a sign-in that ends, with the application that the server made for us. Raises `Refused`."""
    session.app = {name: session.credentials.get(name, "") for name in ("client_id", "client_secret")}
    oauth.renew(_provider({"token_endpoint": session.credentials.get("token_url", "")}, ()), session)


def kept_of(credentials: Credentials) -> Credentials:
    """Return what is kept of credentials, without what other networks call theirs."""
    return {name: credentials[name] for name in KEPT if credentials.get(name)}


def _provider(places: Mapping[str, str], scopes: tuple[str, ...]) -> oauth.Provider:
    return oauth.Provider("Mastodon", places.get("authorization_endpoint", ""), places["token_endpoint"], scopes)


def _places(instance: str, named: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses of the sign-in: as the server describes them, if on itself, else the fixed paths."""
    usual = {"authorization_endpoint": f"{instance}/oauth/authorize", "token_endpoint": f"{instance}/oauth/token"}
    return {name: _own(instance, named.get(name)) or path for name, path in usual.items()}


def _own(instance: str, address: object) -> str:
    """Return an address that lies on the server itself, "" for any other: nobody is sent elsewhere."""
    found = web_address(address)
    return found if urlsplit(found).netloc == urlsplit(instance).netloc else ""


def _registered(session: Session, instance: str, redirect_uri: str, scopes: tuple[str, ...]) -> Credentials:
    body: dict[str, Any] = {
        "client_name": _CLIENT_NAME,
        "redirect_uris": redirect_uri,
        "scopes": " ".join(scopes),
        "website": "{0.scheme}://{0.netloc}".format(urlsplit(redirect_uri)),
    }
    result = attempt(lambda: session.http.request("POST", f"{instance}/api/v1/apps", json=body))
    reader = reader_of(session).harmless()
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    app = {name: result.object().get(name) for name in ("client_id", "client_secret")}
    if not all(isinstance(value, str) and value for value in app.values()):
        raise Refused(reader.unreadable(result))
    return {name: str(value) for name, value in app.items()}
