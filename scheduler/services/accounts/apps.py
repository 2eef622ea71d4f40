"""Our applications at the platforms: what the owner registered there, sealed, and in force at once."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.account import Account
from scheduler.domain.problem import Invalid, Problem
from scheduler.platforms.base import AppSetup, Credentials, Platform
from scheduler.services.context import Context
from scheduler.storage import platform_apps

PRACTICE = {"client_id": "practice-app", "client_secret": "practice-secret"}
"""The application that every practice network knows."""


def stored(ctx: Context, name: str) -> Credentials:
    """Return the application called `name`, empty when none was entered. Raises `VaultLocked`."""
    with ctx.database.reading() as tx:
        sealed = platform_apps.get(tx, name)
    return ctx.vault.open(sealed) if sealed else {}


def is_entered(ctx: Context, setup: AppSetup) -> bool:
    """Return whether everything that an application needs was entered."""
    app = stored(ctx, setup.name)
    return all(app.get(field.name) for field in setup.fields if field.required)


def save(ctx: Context, setup: AppSetup, form: Mapping[str, str]) -> None:
    """Store what the owner registered; a secret that was left empty stays as it was.

    Raises `Invalid` with every problem.
    """
    before = stored(ctx, setup.name)
    values = {field.name: form.get(field.name, "").strip() for field in setup.fields}
    values |= {
        field.name: before.get(field.name, "") for field in setup.fields if field.secret and not values[field.name]
    }
    problems = [
        Problem(field.name, f"{field.label} is missing. {field.hint or 'Copy it from the page of your application.'}")
        for field in setup.fields
        if field.required and not values[field.name]
    ]
    problems += [
        Problem(field.name, f"{field.label} holds characters that none has. Copy it again.")
        for field in setup.fields
        if not (values[field.name].isascii() and values[field.name].isprintable()) or " " in values[field.name]
    ]
    if problems:
        raise Invalid(problems)
    with ctx.database.writing() as tx:
        platform_apps.put(tx, setup.name, ctx.vault.seal(values), ctx.clock.now_ms())


def of_account(ctx: Context, connector: Platform, account: Account) -> Credentials:
    """Return the application with which an account was connected, empty where it needs none."""
    if account.practice:
        return dict(PRACTICE)
    ways = connector.ways
    way = next((way for way in ways if way.name == account.settings.get("way", "")), ways[0])
    return stored(ctx, way.app.name) if way.app else {}
