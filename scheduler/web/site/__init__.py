"""The public site."""

from __future__ import annotations

from flask import Blueprint, Flask

BLUEPRINTS: tuple[Blueprint, ...] = ()


def register_site(app: Flask) -> None:
    """Register every public page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
