"""People: creating the owner through the set-up link, logging in, and API tokens."""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email

from scheduler.domain.problem import Invalid, Problem
from scheduler.services.context import Context
from scheduler.storage import tokens, users
from scheduler.storage.users import User

PASSWORD_LENGTH = 10
SETUP_LINK_HOURS = 24
SETUP = "setup"
ROLES = ("owner", "editor")
SCOPES = ("admin", "read", "write")

_hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Return what is verified when no user has the address, so that the answer takes the same time."""
    return _hasher.hash(secrets.token_urlsafe(16))


def new_setup_link(ctx: Context) -> str:
    """Return the path of a fresh set-up link, or "" when an owner exists already."""
    token = secrets.token_urlsafe(32)
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        if users.count(tx):
            return ""
        expires_at = now + SETUP_LINK_HOURS * 3_600_000
        users.replace_link(tx, purpose=SETUP, token_hash=hash_token(token), expires_at=expires_at, now=now)
    return f"/setup/{token}"


def setup_link_works(ctx: Context, token: str) -> bool:
    """Return whether the set-up link may still be used."""
    with ctx.database.reading() as tx:
        return users.count(tx) == 0 and users.link_is_valid(
            tx, purpose=SETUP, token_hash=hash_token(token), now=ctx.clock.now_ms()
        )


def create_owner(ctx: Context, token: str, *, email: str, name: str, password: str) -> User:
    """Create the owner and spend the set-up link. Raises `Invalid`."""
    gone = Invalid([Problem("", "This set-up link has been used or has expired. Start Drumbeat again for a new one.")])
    if not setup_link_works(ctx, token):  # looked at first: hashing a password is too dear for a guess
        raise gone
    values = _checked(email, name, password, "owner")
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        spent = users.use_link(tx, purpose=SETUP, token_hash=hash_token(token), now=now)
        if not spent or users.count(tx):
            raise gone
        return _stored(users.get(tx, users.add(tx, **values, now=now)))


def create_user(ctx: Context, *, email: str, name: str, password: str, role: str) -> User:
    """Create a user. Raises `Invalid` with every problem."""
    values = _checked(email, name, password, role)
    with ctx.database.writing() as tx:
        if users.by_email(tx, values["email"]):
            raise Invalid([Problem("email", f"There is a user with the address {values['email']} already.")])
        return _stored(users.get(tx, users.add(tx, **values, now=ctx.clock.now_ms())))


def _checked(email: str, name: str, password: str, role: str) -> dict[str, str]:
    problems = []
    try:
        email = validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        problems.append(Problem("email", "This is not an e-mail address; write it like name@example.org."))
    if not name.strip():
        problems.append(Problem("name", "Your name is missing."))
    if len(password) < PASSWORD_LENGTH:
        problems.append(Problem("password", f"The password is too short: use at least {PASSWORD_LENGTH} characters."))
    if role not in ROLES:
        problems.append(Problem("role", f'"{role}" is not a role; use one of {", ".join(ROLES)}.'))
    if problems:
        raise Invalid(problems)
    return {"email": email, "name": name.strip(), "password_hash": _hasher.hash(password), "role": role}


def _stored(user: User | None) -> User:
    assert user is not None
    return user


def log_in(ctx: Context, email: str, password: str) -> User | None:
    """Return the user whose address and password these are, or None. Takes the same time either way."""
    with ctx.database.reading() as tx:
        user = users.by_email(tx, email.strip())
    known = user.password_hash if user else _nobodys_hash()
    try:
        _hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return None
    if user and _hasher.check_needs_rehash(known):
        with ctx.database.writing() as tx:
            users.set_password(tx, user.id, _hasher.hash(password), end_sessions=False)
    return user


def user_for_session(ctx: Context, session_id: str) -> User | None:
    """Return the user of a session id "<user>.<epoch>", or None when the session was ended."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdigit() and epoch.isdigit()):
        return None
    with ctx.database.reading() as tx:
        user = users.get(tx, int(user_id))
    return user if user and user.session_epoch == int(epoch) else None


def create_token(ctx: Context, *, name: str, scopes: list[str]) -> str:
    """Store an API token and return it; it is shown only this once. Raises `Invalid`."""
    problems = [
        Problem("scope", f'"{scope}" is not a scope; use one of {", ".join(SCOPES)}.')
        for scope in scopes
        if scope not in SCOPES
    ]
    if not name.strip():
        problems.append(Problem("name", "The token needs a name, so that you know later what it is for."))
    if problems:
        raise Invalid(problems)
    token = "drum_" + secrets.token_urlsafe(32)
    with ctx.database.writing() as tx:
        tokens.add(tx, name=name.strip(), token_hash=hash_token(token), scopes=" ".join(scopes), now=ctx.clock.now_ms())
    return token


def token_for(ctx: Context, token: str) -> tokens.Token | None:
    """Return the stored token that `token` is, or None; notes its use at most once a minute."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        found = tokens.by_hash(tx, hash_token(token))
    if found and now - (found.last_used_at or 0) > 60_000:
        with ctx.database.writing() as tx:
            tokens.touch(tx, found.id, now)
    return found


def hash_token(token: str) -> str:
    """Return what is stored of a random token: its SHA-256 in hex (random tokens need no slow hash)."""
    return hashlib.sha256(token.encode()).hexdigest()
