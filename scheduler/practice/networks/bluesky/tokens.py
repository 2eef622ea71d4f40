"""The signed tokens of the Bluesky imitation: JWTs with an expiry, one kind for access, one for refresh."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

ACCESS_SCOPE = "com.atproto.appPass"
REFRESH_SCOPE = "com.atproto.refresh"
ACCESS_LIFETIME_SECONDS = 120 * 60
REFRESH_LIFETIME_SECONDS = 90 * 86_400


@dataclass(frozen=True)
class TokenClaims:
    """What a token says; times in seconds since the epoch, as JWTs have them."""

    scope: str
    sub: str
    iat: int
    exp: int
    jti: str


def issue_token(key: bytes, claims: TokenClaims) -> str:
    """Return the signed token."""
    kind = "refresh+jwt" if claims.scope == REFRESH_SCOPE else "at+jwt"
    signed = f"{_encode({'typ': kind, 'alg': 'HS256'})}.{_encode(claims.__dict__)}"
    return f"{signed}.{_sign(key, signed)}"


def read_token(key: bytes, token: str) -> TokenClaims | None:
    """Return what a token says, expired or not; None when its signature is not ours."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(key, signed).encode()):
        return None
    payload = signed.partition(".")[2]
    return TokenClaims(**json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def _sign(key: bytes, signed: str) -> str:
    return _base64(hmac.new(key, signed.encode(), hashlib.sha256).digest())


def _encode(part: dict[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
