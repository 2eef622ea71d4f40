"""Which addresses mail goes to and comes from: plain ones, in which nothing can end a header or add a recipient."""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1)."""


def is_address(text: str) -> bool:
    """Return whether `text` is one plain address in ASCII: no name beside it, nothing quoted."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None
