"""The marketer's pages. Nothing below /admin answers without login: the check stands here, once, for all."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.web.admin import home

BLUEPRINTS: tuple[Blueprint, ...] = (home.bp,)


def register_admin(app: Flask) -> None:
    """Register every page behind the login."""
    for blueprint in BLUEPRINTS:
        blueprint.before_request(_require_login)
        app.register_blueprint(blueprint)


def _require_login() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None
    answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    return answer
