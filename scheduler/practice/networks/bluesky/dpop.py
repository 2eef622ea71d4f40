"""Proofs of possession (DPoP, RFC 9449) and signed client assertions, as a Bluesky server checks them.

A client signs a small JWT with its own ES256 key for every request; the tokens it gets are bound to that key. The
server demands a nonce of its own in the proof and hands the next one out with every answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from scheduler.practice.documents import Place
from scheduler.practice.store import PracticeStore

NONCE_MS = 180_000
"""How long a nonce is the newest one; the one before it is still good."""
SKEW_MS = 120_000
"""How old or early the `iat` of a proof may be."""
_NETWORK = "bluesky"


class BadProof(Exception):
    """A proof that is refused: `code` as the server names it."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Asked:
    """The request that a proof must be made for; `token` is the access token beside it, "" at the token endpoint."""

    method: str
    url: str
    token: str = ""


class ProofReader:
    """Checks proofs and remembers their ids, so that none is good twice."""

    def __init__(self, store: PracticeStore) -> None:
        """Remember in `store`."""
        self._store = store

    def nonce(self, back: int = 0) -> str:
        """Return the nonce that a proof must hold now, or the one `back` windows ago."""
        window = self._store.clock.now_ms() // NONCE_MS - back
        return _encoded(hmac.new(self._store.signing_key, f"nonce {window}".encode(), hashlib.sha256).digest()[:18])

    def key_of(self, proof: str, asked: Asked) -> str:
        """Return the thumbprint of the key that a good proof was signed with; raise BadProof."""
        if not proof:
            raise BadProof("invalid_dpop_proof", "DPoP proof required")
        header, claims = read_jwt(proof, "dpop+jwt")
        key = header.get("jwk")
        if not isinstance(key, dict) or "d" in key or not verified(proof, key):
            raise BadProof("invalid_dpop_proof", "DPoP proof signature is invalid")
        self._check_claims(claims, asked)
        if claims.get("nonce") not in (self.nonce(), self.nonce(1)):
            raise BadProof("use_dpop_nonce", "Authorization server requires nonce in DPoP proof")
        self._spend("dpop-jti", str(claims["jti"]))
        return thumbprint(key)

    def check_assertion(self, assertion: str, keys: list[Any], expected: dict[str, str]) -> None:
        """Check a client assertion: `expected` holds its iss, sub and aud; raise BadProof."""
        header, claims = read_jwt(assertion, "")
        fitting = [key for key in keys if isinstance(key, dict) and key.get("kid") == header.get("kid")]
        if not any(verified(assertion, key) for key in fitting):
            raise BadProof("invalid_client", "client assertion signature is invalid")
        wrong = [name for name, value in expected.items() if claims.get(name) != value]
        now = self._store.clock.now_ms()
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] * 1000 <= now:
            wrong.append("exp")
        if wrong or not claims.get("jti"):
            raise BadProof("invalid_client", f"client assertion: unexpected {', '.join(wrong or ['jti'])}")
        self._spend("assertion-jti", str(claims["jti"]))

    def _check_claims(self, claims: dict[str, Any], asked: Asked) -> None:
        now = self._store.clock.now_ms()
        ages = isinstance(claims.get("iat"), int | float) and abs(now - claims["iat"] * 1000) <= SKEW_MS
        hashed = _encoded(hashlib.sha256(asked.token.encode()).digest()) if asked.token else None
        for name, good in (
            ("jti", isinstance(claims.get("jti"), str) and claims["jti"]),
            ("htm", claims.get("htm") == asked.method),
            ("htu", claims.get("htu") == asked.url),
            ("iat", ages),
            ("ath", hashed is None or claims.get("ath") == hashed),
            ("iss", "iss" not in claims),
        ):
            if not good:
                raise BadProof("invalid_dpop_proof", f"DPoP proof: unexpected {name}")

    def _spend(self, kind: str, jti: str) -> None:
        place = Place(_NETWORK, kind, hashlib.sha256(jti.encode()).hexdigest())
        if self._store.documents.get(place) is not None:
            raise BadProof("invalid_dpop_proof", f"{kind.partition('-')[0]} proof replayed")
        self._store.documents.put(place, {}, expires_at=self._store.clock.now_ms() + 4 * SKEW_MS)


def read_jwt(token: str, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of an ES256 JWT of a type ("" for any), its signature not looked at; raise BadProof."""
    try:
        header, claims, _ = (json.loads(_decoded(part)) if at < 2 else {} for at, part in enumerate(token.split(".")))
    except (ValueError, RecursionError) as error:
        raise BadProof("invalid_dpop_proof", "malformed JWT") from error
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "ES256":
        raise BadProof("invalid_dpop_proof", "the JWT must be signed with ES256")
    if kind and header.get("typ") != kind:
        raise BadProof("invalid_dpop_proof", f"unexpected typ of the JWT, it must be {kind}")
    return header, claims


def verified(token: str, key: dict[str, Any]) -> bool:
    """Tell whether a JWT is signed with this public key (EC, P-256)."""
    signed, _, signature = token.rpartition(".")
    try:
        if key.get("kty") != "EC" or key.get("crv") != "P-256":
            return False
        x, y = (int.from_bytes(_decoded(str(key[name]))) for name in ("x", "y"))
        raw = _decoded(signature)
        if len(raw) != 64:
            return False
        pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def thumbprint(key: dict[str, Any]) -> str:
    """Return the RFC 7638 thumbprint of a key."""
    needed = {name: key[name] for name in ("crv", "kty", "x", "y")}
    return _encoded(hashlib.sha256(json.dumps(needed, sort_keys=True, separators=(",", ":")).encode()).digest())


def s256(verifier: str) -> str:
    """Return the PKCE challenge of a verifier."""
    return _encoded(hashlib.sha256(verifier.encode()).digest())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
