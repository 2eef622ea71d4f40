"""What a sign-in by OAuth may do: all that an app password may (`transition:generic`), or the fine scopes' part."""

from __future__ import annotations

from urllib.parse import parse_qs

from flask import g

from scheduler.practice.networks.bluesky.wire import BlueskyRefusal

ALL = "transition:generic"
KNOWN = ("atproto", ALL, "transition:email", "transition:chat.bsky")
_ACTIONS = ("create", "update", "delete")


def may_be_asked(scope: str) -> bool:
    """Tell whether the server knows a scope."""
    return scope in KNOWN or scope.partition(":")[0] in ("repo", "blob", "rpc", "include", "identity", "account")


def require_repo(collection: str, *actions: str) -> None:
    """Refuse a sign-in of the present request that may not do all of `actions` to records of a collection."""
    for action in actions:
        if not any(_grants_repo(scope, collection, action) for scope in _scopes()):
            raise _missing(f"repo:{collection}?action={action}")


def require_blob(media_type: str) -> None:
    """Refuse a sign-in of the present request that may not upload a file of this type."""
    accepted = ("blob:*/*", f"blob:{media_type}", f"blob:{media_type.partition('/')[0]}/*", ALL)
    if not set(accepted) & set(_scopes()):
        raise _missing(f"blob:{media_type}")


def require_rpc(lxm: str) -> None:
    """Refuse a sign-in of the present request that may not call another service for this method."""
    granted = any(scope == ALL or scope.partition("?")[0] in (f"rpc:{lxm}", "rpc:*") for scope in _scopes())
    if not granted:
        raise _missing(f"rpc:{lxm}?aud=*")


def _scopes() -> list[str]:
    """Return the scopes of the present sign-in; an app password may everything."""
    granted = g.get("practice_oauth_scope")
    return [ALL] if granted is None else str(granted).split()


def _grants_repo(scope: str, collection: str, action: str) -> bool:
    if scope == ALL:
        return True
    named, _, query = scope.partition("?")
    if named not in (f"repo:{collection}", "repo:*"):
        return False
    return action in parse_qs(query).get("action", list(_ACTIONS))


def _missing(scope: str) -> BlueskyRefusal:
    return BlueskyRefusal(403, "ScopeMissingError", f'Missing required scope "{scope}"')
