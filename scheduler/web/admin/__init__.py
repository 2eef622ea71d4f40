"""The marketer's pages. Nothing below /admin answers without login: the check stands here, once, for all."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.web.admin import (
    accounts,
    article_bulk,
    article_drafts,
    article_preview,
    article_revisions,
    articles,
    authors,
    backups,
    calendar,
    categories,
    connecting,
    deliveries,
    discovery_settings,
    exporting,
    home,
    importing,
    links_settings,
    look_settings,
    media,
    notice_settings,
    notices,
    outlook,
    pause,
    practice,
    queue,
    rearranging,
    redirects,
    settings,
    shuffle,
    static_site,
    tags,
    teasers,
    uploads,
    writing,
)
from scheduler.web.admin.shell import configure_shell

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.bp,
    exporting.bp,
    importing.bp,
    calendar.bp,
    queue.bp,
    deliveries.bp,
    accounts.bp,
    connecting.bp,
    article_bulk.bp,
    article_drafts.bp,
    article_preview.bp,
    article_revisions.bp,
    articles.bp,
    authors.bp,
    categories.bp,
    redirects.bp,
    tags.bp,
    backups.bp,
    discovery_settings.bp,
    links_settings.bp,
    look_settings.bp,
    media.bp,
    notice_settings.bp,
    notices.bp,
    outlook.bp,
    pause.bp,
    practice.bp,
    rearranging.bp,
    settings.bp,
    shuffle.bp,
    static_site.bp,
    teasers.bp,
    uploads.bp,
    writing.bp,
)

OWNERS_ONLY = ("/admin/accounts", "/admin/settings")
"""What an editor may look at but not change: accounts and the configuration."""

OPEN = frozenset({"login.show_login", "login.log_in", "login.log_out"})
"""The only endpoints below /admin that answer a stranger."""


def register_admin(app: Flask) -> None:
    """Register every page behind the login."""
    configure_shell(app)
    app.before_request(_require_login)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


def _require_login() -> ResponseReturnValue | None:
    # By path, not by blueprint: a page that somebody registers elsewhere is guarded too; unknown paths tell nothing.
    guarded = request.path == "/admin" or request.path.startswith("/admin/")
    if not guarded or request.endpoint in OPEN:
        return None
    if current_user.is_authenticated:
        _require_owner()
        return None
    answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    return answer


def _require_owner() -> None:
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    if changes and request.path.startswith(OWNERS_ONLY) and current_user.user.role != "owner":
        abort(403, "Only the owner may change accounts and settings. Ask the owner of this site to do it.")
