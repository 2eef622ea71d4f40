"""A client of Bluesky's OAuth for tests: an ES256 key, its proofs and its signed assertions."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class ProofKey:
    """One ES256 key."""

    def __init__(self) -> None:
        """Make a fresh key."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        x, y = (encoded(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        self.public = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def jwt(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Return a signed JWT."""
        parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "ES256", **header}, claims)]
        signed = ".".join(parts)
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"

    def proof(self, request: tuple[str, str], now_ms: int, token: str = "", **claims: Any) -> str:
        """Return a proof for `request` (method and address); a claim given as None is left out."""
        full = {"jti": secrets.token_hex(8), "htm": request[0], "htu": request[1], "iat": now_ms // 1000}
        if token:
            full["ath"] = encoded(hashlib.sha256(token.encode()).digest())
        full = {name: value for name, value in (full | claims).items() if value is not None}
        return self.jwt({"typ": "dpop+jwt", "jwk": self.public}, full)
