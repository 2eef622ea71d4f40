"""Signing in to Bluesky by OAuth as atproto has it: pushed request, PKCE, DPoP (platform sheet, section 3).

We are a public client: we have no secret there. We are known by the address of our metadata document, which this site
serves; on this machine alone by the id that is made for development. Everything that may be done needs the scope that
an app password has, because a post is written by `putRecord` (sheet, "Trap").
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from scheduler.domain.outcome import Misconfigured, Outcome, Unauthorized
from scheduler.platforms import oauth
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Back, Credentials, Refused, Session, SignIn
from scheduler.platforms.connectors.bluesky.dpop import Prover, encoded, new_key
from scheduler.platforms.connectors.bluesky.identity import SERVICE, Identity, identity_of
from scheduler.platforms.http import Answer

SCOPES = ("atproto", "transition:generic")
SESSION_MS = 14 * 86_400_000
"""How long a public client stays signed in, however often its tokens are renewed (sheet, 3.10)."""
CLIENT_PATH = "/oauth-client/bluesky.json"
_LOOPBACK = ("127.0.0.1", "::1")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint")
_PROVIDER = oauth.Provider("Bluesky", "", "", SCOPES)


def begin(session: Session, typed: str, back: Back) -> SignIn:
    """Push our request to the server of the person's account and return its page. Raises `Refused`.

    Who types no handle says on Bluesky's own page who they are.
    """
    client_id = client_id_of(back.redirect_uri)
    who = (
        identity_of(session, typed) if typed.strip() else Identity("", "", str(session.config.get("service", SERVICE)))
    )
    issuer, places = _server(session, who.pds)
    key, verifier = new_key(), secrets.token_urlsafe(48)
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": back.redirect_uri,
        "scope": " ".join(SCOPES),
        "state": back.state,
        "code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    } | ({"login_hint": who.handle} if who.handle else {})
    url = places["pushed_authorization_request_endpoint"]
    said = _posted(session, Prover(session, key), url, asked)
    if not isinstance(said.get("request_uri"), str):
        raise Refused(Misconfigured(sentence="Bluesky gave no address to sign in at. Try again later."))
    page = urlencode({"client_id": client_id, "request_uri": said["request_uri"]})
    kept = {"did": who.did, "pds": who.pds, "issuer": issuer, "token_endpoint": places["token_endpoint"]}
    kept |= {"client_id": client_id, "dpop_key": key, "code_verifier": verifier}
    return SignIn(f"{places['authorization_endpoint']}?{page}", {"begun": json.dumps(kept)})


def redeem(session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> Credentials:
    """Return the credentials of the person who came back. Raises `Refused`."""
    if answer.get("error") or not answer.get("code"):
        raise Refused(oauth.denied(_PROVIDER, answer))
    begun: dict[str, str] = json.loads(kept["begun"])
    if answer.get("iss") != begun["issuer"]:
        raise Refused(Unauthorized(sentence="The answer came from another server than the one asked. Start again."))
    verifier = begun.pop("code_verifier")
    fields = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": verifier}
    fields |= {"redirect_uri": kept.get("redirect_uri", ""), "client_id": begun["client_id"]}
    said = _posted(session, Prover(session, begun["dpop_key"]), begun["token_endpoint"], fields)
    begun |= _account(session, begun, str(said.get("sub", "")))
    _check_scopes(said)
    now = session.clock.now_ms()
    return {**begun, "service": begun["pds"], **_tokens(said, now), "dies_at": str(now + SESSION_MS)}


def renew(session: Session, prover: Prover) -> None:
    """Exchange the refresh token, which is good once; the new pair is remembered before anything uses it."""
    known = session.credentials
    fields = {"grant_type": "refresh_token", "refresh_token": known["refresh_token"], "client_id": known["client_id"]}
    said = _posted(session, prover, known["token_endpoint"], fields)
    kept = {**known, **_tokens(said, session.clock.now_ms())}
    session.remember(kept)
    session.credentials = kept


def client_id_of(redirect_uri: str) -> str:
    """Return who we are at Bluesky: where our metadata lies, or the id for development on this machine.

    Raises `Refused` when this site has neither a public address with https nor one of this machine alone.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return "http://localhost?" + urlencode({"redirect_uri": redirect_uri, "scope": " ".join(SCOPES)})
    if parts.scheme != "https" or parts.port or "." not in (parts.hostname or ""):
        sentence = (
            "Bluesky signs people in only at sites with a public address that begins with https:// and has no port. "
            "Set DRUMBEAT_BASE_URL to such an address, or connect with an app password."
        )
        raise Refused(Misconfigured(sentence=sentence))
    return f"{redirect_uri.partition('/admin/')[0]}{CLIENT_PATH}"


def client_document(address: str, redirect_uri: str) -> dict[str, Any]:
    """Return the metadata document that Bluesky fetches at `address` to know us (sheet, 3.3)."""
    return {
        "client_id": address,
        "application_type": "web",
        "client_name": "Drumbeat",
        "client_uri": "{0.scheme}://{0.netloc}".format(urlsplit(address)),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": " ".join(SCOPES),
        "redirect_uris": [redirect_uri],
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "none",
    }


def _server(session: Session, pds: str) -> tuple[str, dict[str, str]]:
    """Return who signs people in for a server, and its addresses. Raises `Refused`."""
    named = _document(session, f"{pds}/.well-known/oauth-protected-resource").get("authorization_servers")
    # A server that names no other one may sign people in itself, as Bluesky's own entrance does.
    issuer = web_address(named[0] if isinstance(named, list) and named else pds).rstrip("/")
    said = _document(session, f"{issuer}/.well-known/oauth-authorization-server")
    places = {name: web_address(said.get(name)) for name in _ENDPOINTS}
    if said.get("issuer") != issuer or not all(places.values()):
        sentence = "The server of this account does not sign people in by OAuth. Connect with an app password."
        raise Refused(Misconfigured(sentence=sentence))
    return issuer, places


def _document(session: Session, url: str) -> dict[str, Any]:
    answer = attempt(lambda: session.http.request("GET", url))
    if not isinstance(answer, Answer) or not (answer.ok or answer.status == 404):
        raise Refused(Reader("Bluesky", (), session.clock.now_ms()).harmless().outcome_of(answer))
    return answer.object() if answer.ok else {}


def _posted(session: Session, prover: Prover, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what an endpoint of the sign-in says. Raises `Refused`; nothing of this makes a post public."""
    answer = attempt(lambda: prover.request("POST", url, form=fields))
    if isinstance(answer, Answer) and answer.ok and answer.object():
        return answer.object()
    secret = (value for name, value in fields.items() if name in ("code", "code_verifier", "refresh_token"))
    hidden = secrets_of(secret, (prover.key, session.credentials.get("access_token", "")))
    raise Refused(_refusal(Reader("Bluesky", hidden, session.clock.now_ms()).harmless(), answer))


def _refusal(reader: Reader, answer: Result) -> Outcome:
    if not isinstance(answer, Answer) or answer.status >= 500:
        return reader.outcome_of(answer)
    if answer.ok:
        return reader.unreadable(answer)
    error, evidence = str(answer.object().get("error") or ""), reader.evidence(answer)
    if error in ("invalid_grant", "invalid_token", "access_denied"):
        sentence = "The sign-in at Bluesky has ended. Connect the account again."
        return Unauthorized(sentence=sentence, evidence=evidence)
    if error in ("invalid_client", "invalid_client_metadata", "invalid_redirect_uri", "invalid_scope"):
        sentence = (
            "Bluesky does not know this site. It must be reachable from the internet at the address of "
            "DRUMBEAT_BASE_URL; until then connect with an app password."
        )
        said = reader.quoted(str(answer.object().get("error_description") or error))
        return Misconfigured(sentence=sentence + said, evidence=evidence)
    return reader.outcome_of(answer, str(answer.object().get("error_description") or error))


def _account(session: Session, begun: Mapping[str, str], did: str) -> dict[str, str]:
    """Return whose sign-in it is and where their account lives. Raises `Refused` when it is not as it should be."""
    if begun["did"] and did != begun["did"]:
        sentence = "You signed in with another account than the one you named. Start again with its handle."
        raise Refused(Unauthorized(sentence=sentence))
    if begun["did"]:
        return {}
    who = identity_of(session, did)
    if _server(session, who.pds)[0] != begun["issuer"]:
        raise Refused(
            Unauthorized(sentence="This account is signed in at another server. Start again with its handle.")
        )
    return {"did": who.did, "pds": who.pds}


def _check_scopes(said: Mapping[str, Any]) -> None:
    if missing := set(SCOPES) - set(str(said.get("scope", "")).split()):
        sentence = f"The sign-in lacks a right that posting needs ({', '.join(sorted(missing))}). Start again."
        raise Refused(Unauthorized(sentence=sentence))


def _tokens(said: Mapping[str, Any], now: int) -> Credentials:
    kept = oauth.credentials_of(said, now)
    if "access_token" not in kept or "refresh_token" not in kept or str(said.get("token_type")).lower() != "dpop":
        raise Refused(Unauthorized(sentence="Bluesky gave no sign-in that can be used. Start connecting again."))
    return kept
