"""Videos of YouTube and Vimeo, whatever way a site showed them: found by the shape of their address alone."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_YOUTUBE = ("youtube.com", "youtube-nocookie.com", "m.youtube.com", "youtu.be")


def bare_address(text: str) -> str:
    """Return `text` when it is one web address and nothing else, else ""."""
    return text if re.fullmatch(r"https?://\S+", text) else ""


def player(address: str) -> dict[str, object] | None:
    """Return the data of our block for the video at `address`, None for any other address."""
    if address.startswith("//"):
        address = f"https:{address}"
    try:
        parts = urlsplit(address.replace("&#038;", "&").replace("&amp;", "&"))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    if host in _YOUTUBE:
        asked = parse_qs(parts.query).get("v")
        video = asked[0] if asked else re.sub(r"^/(embed/|shorts/|v/|live/)?", "", parts.path).strip("/")
        return {"url": f"https://www.youtube.com/watch?v={video}"} if re.fullmatch(r"[\w-]{11}", video, re.A) else None
    match = re.fullmatch(r"/(?:video/)?([0-9]{5,12})(?:/.*)?", parts.path)
    return {"url": f"https://vimeo.com/{match[1]}"} if host in ("vimeo.com", "player.vimeo.com") and match else None
