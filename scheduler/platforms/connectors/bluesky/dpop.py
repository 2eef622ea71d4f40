"""Proofs of possession (DPoP, RFC 9449): every call of a sign-in by OAuth is signed with a key of its own.

Servers demand a nonce of theirs in the proof: they refuse a call without it unprocessed and say the nonce, and then
the call is made once more with it (platform sheet, 3.7).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from scheduler.platforms.base import Session
from scheduler.platforms.http import Answer

_NONCE_WANTED = "use_dpop_nonce"


def new_key() -> str:
    """Return a new ES256 key as it is kept: a private JWK as JSON. It is a secret."""
    return json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True))


@dataclass(slots=True)
class Prover:
    """Makes calls that prove the possession of a key; remembers the nonce of each server."""

    session: Session
    key: str = field(repr=False)
    _nonces: dict[str, str] = field(default_factory=dict, repr=False)

    def request(self, method: str, url: str, token: str = "", **content: Any) -> Answer:
        """Make a call with a proof, for an access token when there is one; `content` is that of `Http.request`.

        Raises `TransportError`.
        """
        answer = self._once(method, url, token, content)
        if _error(answer) == _NONCE_WANTED and answer.status in (400, 401) and answer.header("dpop-nonce"):
            # The server refused it for want of its nonce and did nothing else.
            return self._once(method, url, token, content)
        return answer

    def _once(self, method: str, url: str, token: str, content: dict[str, Any]) -> Answer:
        server = urlsplit(url).netloc
        headers = {**content.get("headers", {}), "DPoP": self._proof(method, url, token, self._nonces.get(server, ""))}
        if token:
            headers["Authorization"] = f"DPoP {token}"
        answer = self.session.http.request(method, url, **{**content, "headers": headers})
        if nonce := answer.header("dpop-nonce"):
            self._nonces[server] = nonce
        return answer

    def _proof(self, method: str, url: str, token: str, nonce: str) -> str:
        key = ECKey.import_key(json.loads(self.key))
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url.partition("?")[0].partition("#")[0],
            "iat": self.session.clock.now_ms() // 1000,
        }
        if nonce:
            claims["nonce"] = nonce
        if token:
            claims["ath"] = encoded(hashlib.sha256(token.encode()).digest())
        return jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}, claims, key)


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _error(answer: Answer) -> str:
    return "" if answer.ok else str(answer.object().get("error") or "")
