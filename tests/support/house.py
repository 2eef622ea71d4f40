"""A whole house in a temporary folder: the shipped configuration, a migrated database, every part wired up.

`furnish` gives the context; `the_app` an application on it; `add_owner` somebody who may log in; `session_cookie`
and `Visitor` log them in without the cost of a password.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler.app import create_app
from scheduler.clock import Clock
from scheduler.config import LiveConfig, load_settings
from scheduler.environment import ensure_data
from scheduler.services.accounts.vault import new_key
from scheduler.services.context import Context, build_context
from scheduler.storage import users
from scheduler.storage.engine import open_database
from scheduler.storage.migrate import migrate
from scheduler.storage.users import User
from scheduler.web.context import ctx
from scheduler.web.login import SINCE
from scheduler.web.security import limiter
from tests.support.speed import QUICK_HASHER

REPOSITORY = Path(__file__).parents[2]
OWNER_EMAIL = "owner@ferrystreet.example"
OWNER_PASSWORD = "a long enough password"


@contextmanager
def furnish(
    root: Path, *, clock: Clock | None = None, port: int = 8000, environ: Mapping[str, str] | None = None
) -> Iterator[Context]:
    """Yield the context of a fresh house below `root`: config/ as shipped, no articles, an empty database."""
    shutil.copytree(REPOSITORY / "config", root / "config", dirs_exist_ok=True)
    (root / "posts").mkdir(exist_ok=True)
    values = {
        "DRUMBEAT_PORT": str(port),
        "DRUMBEAT_SECRET_KEY": "only for tests",
        "DRUMBEAT_ENCRYPTION_KEYS": new_key(),
        **(environ or {}),
    }
    settings = load_settings(values, root)
    ensure_data(settings.data)
    if "DATABASE_URL" not in values:
        (settings.data / "drumbeat.db").write_bytes(empty_database())
    context = build_context(LiveConfig(settings, values, root), clock)
    try:
        yield context
    finally:
        context.database.dispose()


@lru_cache(maxsize=1)
def empty_database() -> bytes:
    """Return the bytes of a migrated SQLite file; made once, because migrating takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        database = open_database(f"sqlite:///{file}")
        migrate(database)
        database.dispose()  # closing the last connection moves everything from the log into the file
        return file.read_bytes()


def the_app(context: Context) -> Flask:
    """Return the application on `context`; its rate limits start from nothing."""
    app = create_app(context)
    app.test_client_class = Visitor
    limiter.reset()
    return app


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return QUICK_HASHER.hash(OWNER_PASSWORD)


def add_owner(context: Context) -> User:
    """Store the owner, who may log in with `OWNER_EMAIL` and `OWNER_PASSWORD`."""
    with context.database.writing() as tx:
        user_id = users.add(
            tx,
            email=OWNER_EMAIL,
            name="Alex Owner",
            role="owner",
            password_hash=_password_hash(),
            now=context.clock.now_ms(),
        )
        user = users.get(tx, user_id)
    assert user is not None
    return user


def _session_of(app: Flask, user: User) -> dict[str, Any]:
    with app.app_context():
        since = ctx().clock.now_ms()
    return {"_user_id": f"{user.id}.{user.session_epoch}", "_fresh": True, "_permanent": True, SINCE: since}


def session_cookie(app: Flask, user: User) -> tuple[str, str]:
    """Return name and value of the cookie of `user`'s session."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return app.config["SESSION_COOKIE_NAME"], str(serializer.dumps(_session_of(app, user)))


class Visitor(FlaskClient):
    """A test client that sends the CSRF token as our pages do. Say `csrf=False` to leave it out."""

    _token_for = ("", "")

    def log_in(self, user: User) -> Visitor:
        """Log in without the form."""
        with self.session_transaction() as session:
            session.clear()
            session.update(_session_of(self.application, user))
        return self

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        """Send a request."""
        path = str(args[0]) if args and isinstance(args[0], str) else ""
        unsafe = kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS")
        if csrf and unsafe and not path.startswith(("/api/", "/practice/")):
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token(), **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)

    def csrf_token(self) -> str:
        """Return the token of the present session, read from a page as a browser does."""
        cookie = self._session_value()
        if not cookie or self._token_for[0] != cookie:
            page = super().open("/admin/login", method="GET").get_data(as_text=True)
            found = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert found, "the login page carries no CSRF token"
            self._token_for = (self._session_value(), found[1])
        return self._token_for[1]

    def _session_value(self) -> str:
        cookie = self.get_cookie("drumbeat")
        return cookie.value if cookie else ""
