"""What every request and response goes through: Host and Origin checks, CSRF, cookies, headers, limits.

All of it holds on localhost too: a page in another tab can reach a local server.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter

from scheduler.config import Settings
from scheduler.web.context import OWN, ctx
from scheduler.web.forms import LARGEST_ID

SESSION_DAYS = 14
FORM_BYTES = 2 * 1024 * 1024
"""Largest body of an ordinary form; uploads set their own limit."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MACHINE_PATHS = ("/api/", "/practice/")
"""Paths with bearer tokens instead of cookies: no CSRF token, no Origin check."""

_SESSION_PATHS = ("/admin", "/setup/")
_THEME_CHOICE = "/theme"
"""Where a login matters. Everywhere else no answer depends on it, and none carries its cookie into a shared cache."""

_FORWARDED = (
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Client-IP",
    "CF-Connecting-IP", "True-Client-IP",
)  # fmt: skip
"""What proxies add. None of it is believed; it only shows that somebody else stands behind the connection."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "frame-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def configure_security(app: Flask) -> None:
    """Install every check and header."""
    settings = _settings(app)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="drumbeat",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(days=SESSION_DAYS),
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = BrowserSessions()
    app.url_map.converters["int"] = _Id
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)
    csrf.init_app(app)
    limiter.init_app(app)


def _settings(app: Flask) -> Settings:
    """Return the settings while no request is being served."""
    with app.app_context():
        return ctx().settings


class BrowserSessions(SecureCookieSessionInterface):
    """The session of a browser, in its signed cookie. Programs have none, and pages for everybody leave it alone."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session that came with a request; a request of our own has none."""
        if OWN in request.environ:
            return self.make_null_session(app)
        if request.path.startswith("/api/"):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where a login matters, and wherever the session was changed."""
        if session.modified or request.path.startswith(_SESSION_PATHS) or request.path == _THEME_CHOICE:
            super().save_session(app, session, response)


class _Id(IntegerConverter):
    """A number in an address that a database can hold; a longer one is an address that does not exist."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **({"max": LARGEST_ID} | named))  # type: ignore[arg-type]


def from_this_machine() -> bool:
    """Return whether a program on this machine calls us directly, and nobody through a proxy that runs here.

    A proxy gives itself away by its headers, or by the public name that it was called with.
    """
    own = ctx().settings.host
    try:
        here = ipaddress.ip_address(request.remote_addr or "").is_loopback or request.remote_addr == own
    except ValueError:
        return False
    direct = request_host() in {"127.0.0.1", "localhost", "::1", own}
    return here and direct and not any(name in request.headers for name in _FORWARDED)


def request_host() -> str:
    """Return the name that this request was sent to, in lower case and without the port."""
    return urlsplit(f"//{request.host}").hostname or ""


def _check_host() -> None:
    host = request_host()
    allowed = ctx().settings.allowed_hosts
    if host not in allowed and f"[{host}]" not in allowed:
        abort(400, "This address is not served here. Set DRUMBEAT_BASE_URL in .env to the address you use.")


def _check_origin() -> None:
    if request.method in _SAFE_METHODS or request.path.startswith(_MACHINE_PATHS):
        return
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc == request.host:
        return
    if origin or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        abort(403, "This form was sent from another site, so nothing was changed. Open the page here and try again.")


def _add_headers(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = policy()
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if response.status_code not in (429, 503):
        headers.pop("Retry-After", None)  # the limiter says it in every answer, and some programs would obey
    if request.path.startswith("/admin") or request.path.startswith("/setup"):
        headers["Cache-Control"] = "no-store"
        headers["X-Robots-Tag"] = "noindex"
    return response


def policy(**changes: str) -> str:
    """Return the Content-Security-Policy, with directives replaced by `changes` (`frame_ancestors="'self'"`)."""
    directives = CONTENT_SECURITY_POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())
