"""Who may ask for sign-ins at Bluesky: client metadata documents, and the exception for development."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

MAX_DOCUMENT_BYTES = 50_000
LOOPBACK = ("127.0.0.1", "::1")


class BadClient(Exception):
    """A client that is not accepted; the text says why."""


@dataclass(frozen=True)
class Client:
    """A client: `keys` are its public ones when it is confidential."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    keys: list[Any] = field(default_factory=list)
    confidential: bool = False

    def may_return_to(self, redirect_uri: str) -> bool:
        """Tell whether this is one of its redirect addresses; on a loopback address the port does not count."""
        if redirect_uri in self.redirect_uris:
            return True
        wanted = urlsplit(redirect_uri)
        if wanted.scheme != "http" or wanted.hostname not in LOOPBACK:
            return False
        known = (urlsplit(one) for one in self.redirect_uris)
        return any((one.scheme, one.hostname, one.path) == ("http", wanted.hostname, wanted.path) for one in known)


def client_of(client_id: str, fetch: Callable[[str], bytes | None]) -> Client:
    """Return the client with this id; `fetch` reads its metadata document. Raises BadClient."""
    parts = urlsplit(client_id)
    if parts.scheme == "http":
        return _developer(client_id)
    if parts.scheme != "https" or parts.path in ("", "/") or parts.fragment or parts.username or parts.port:
        raise BadClient("client_id must be an https address with a path and no port, or http://localhost")
    return _checked(client_id, _document(client_id, fetch))


def _developer(client_id: str) -> Client:
    parts = urlsplit(client_id)
    if parts.netloc != "localhost" or parts.path not in ("", "/"):
        raise BadClient("Loopback client_id must be http://localhost without a port and a path")
    asked = parse_qs(parts.query)
    if set(asked) - {"redirect_uri", "scope"}:
        raise BadClient("Loopback client_id may hold redirect_uri and scope, nothing else")
    back = tuple(asked.get("redirect_uri", ["http://127.0.0.1/", "http://[::1]/"]))
    if any(urlsplit(one).scheme != "http" or urlsplit(one).hostname not in LOOPBACK for one in back):
        raise BadClient("Loopback client's redirect_uri must be http://127.0.0.1 or http://[::1]")
    return Client(client_id, "A program in development", back, frozenset(asked.get("scope", ["atproto"])[0].split()))


def _document(client_id: str, fetch: Callable[[str], bytes | None]) -> dict[str, Any]:
    data = fetch(client_id)
    if data is None or len(data) > MAX_DOCUMENT_BYTES:
        raise BadClient("Unable to obtain client metadata")
    try:
        found = json.loads(data)
    except ValueError as error:
        raise BadClient("Client metadata is no JSON") from error
    if not isinstance(found, dict):
        raise BadClient("Client metadata must be an object")
    return found


def _checked(client_id: str, found: dict[str, Any]) -> Client:
    scopes = frozenset(str(found.get("scope", "")).split())
    method = found.get("token_endpoint_auth_method", "none")
    redirects = found.get("redirect_uris")
    for message, good in (
        ("client_id must be the address of the document", found.get("client_id") == client_id),
        ("dpop_bound_access_tokens must be true", found.get("dpop_bound_access_tokens") is True),
        ("grant_types must hold authorization_code", "authorization_code" in (found.get("grant_types") or [])),
        ("response_types must hold code", "code" in (found.get("response_types") or [])),
        ("scope must hold atproto", "atproto" in scopes),
        ("redirect_uris must be a list", isinstance(redirects, list) and bool(redirects)),
        ("token_endpoint_auth_method is unknown", method in ("none", "private_key_jwt")),
    ):
        if not good:
            raise BadClient(f"Invalid client metadata: {message}")
    return Client(
        client_id,
        str(found.get("client_name") or urlsplit(client_id).hostname),
        tuple(map(str, redirects or [])),
        scopes,
        *_keys(found, method),
    )


def _keys(found: dict[str, Any], method: object) -> tuple[list[Any], bool]:
    if method != "private_key_jwt":
        return [], False
    keys = (found.get("jwks") or {}).get("keys")
    if found.get("token_endpoint_auth_signing_alg") != "ES256" or not isinstance(keys, list) or not keys:
        raise BadClient("Invalid client metadata: private_key_jwt needs jwks and ES256")
    return keys, True
