"""Keeps secrets out of everything that is stored, shown or logged of an exchange with a platform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[hidden]"
_SHORTEST = 4
"""A credential value shorter than this is no secret, and cutting it out would only garble the text."""

_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{4,}")
_HEADER = re.compile(r"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)[^\r\n\"]+")
_WEBHOOK_SECRET = re.compile(r"\bwh(?:sec|sk)_[A-Za-z0-9+/=]+")
_MEMBER = re.compile(
    r"(?i)(\"[^\"\s]{0,60}(?:password|passwd|token|secret|jwt|api_?key|authorization)[^\"\s]{0,60}\"\s*:\s*)\"(?:[^\"\\]|\\.)*\"?"
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the given secrets, Authorization values, tokens and secret-looking JSON members."""
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    text = _MEMBER.sub(rf'\1"{HIDDEN}"', text)
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _WEBHOOK_SECRET.sub(HIDDEN, _JWT.sub(HIDDEN, text))


def _forms(secret: str) -> set[str]:
    """Return the spellings in which a secret may come back: as it is, in a URL, in JSON."""
    if len(secret) < _SHORTEST:
        return set()
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
