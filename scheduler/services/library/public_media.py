"""Files of our own at a public address, for platforms that fetch a photo or video instead of taking its bytes.

The address is signed and expires, so that nobody can guess one, and it is checked from outside before a post is due.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer

from scheduler.domain.outcome import NotSent
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.base import Refused
from scheduler.platforms.http import TransportError
from scheduler.services.context import Context

LASTS_SECONDS = 48 * 3600
"""Some platforms fetch a file again while they process it; none needs it for longer."""
_SALT = "media-for-platforms"
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4", "video/webm": "webm"}


def address(ctx: Context, item: MediaItem, *, practising: bool = False) -> str:
    """Return the address at which a platform can fetch `item` for the next hours.

    Raises `Refused` when nobody outside can reach this site; the practice networks live on this machine.
    """
    if not practising and (reason := private_reason(ctx)):
        raise Refused(NotSent(sentence=reason))
    base = ctx.settings.local_url if practising else ctx.settings.base_url
    return f"{base}/platform-media/{_signer(ctx).dumps([item.key, item.mime])}.{_ENDINGS.get(item.mime, 'bin')}"


def opened(ctx: Context, name: str) -> tuple[str, str] | None:
    """Return key and MIME type of the file behind the end of an address, None when it is forged or too old."""
    try:
        key, mime = _signer(ctx).loads(name.rpartition(".")[0], max_age=LASTS_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(key), str(mime)


def private_reason(ctx: Context) -> str:
    """Return why no platform can fetch a file from this site, as a sentence; "" when nothing speaks against it."""
    host = urlsplit(ctx.settings.base_url).hostname or ""
    if not _is_private(host):
        return ""
    return (
        f"This platform fetches photos and videos from your site, and {ctx.settings.base_url} can only be opened on "
        "this machine or network. Set DRUMBEAT_BASE_URL to the public address of your site."
    )


def problem(ctx: Context, item: MediaItem, *, practising: bool = False) -> str:
    """Fetch `item` as a platform would and return what is wrong, as a sentence; "" when it arrives whole."""
    try:
        url = address(ctx, item, practising=practising)
        answer = ctx.http.request("HEAD", url)
    except Refused as refused:
        return refused.outcome.sentence
    except TransportError as error:
        return f"Your site could not be reached from outside to fetch a file: {error.sentence}"
    if answer.status != 200:
        return f"Your site answered with status {answer.status} when a file was fetched from it as the platform will."
    return ""


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def _signer(ctx: Context) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ctx.settings.secret_key, salt=_SALT)
