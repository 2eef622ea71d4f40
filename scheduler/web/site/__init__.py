"""The public site."""

from __future__ import annotations

from flask import Blueprint, Flask

from scheduler.web.site import (
    feeds,
    media,
    moved,
    oauth_clients,
    old_numbers,
    pages,
    previews,
    search,
    short_links,
    sitemaps,
    status,
    theme,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    feeds.bp,
    media.bp,
    moved.bp,
    oauth_clients.bp,
    old_numbers.bp,
    pages.bp,
    previews.bp,
    search.bp,
    short_links.bp,
    sitemaps.bp,
    status.bp,
    theme.bp,
)


def register_site(app: Flask) -> None:
    """Register every public page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
