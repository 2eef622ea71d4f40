"""What every admin page shows around its content: navigation, counts, and banners that cannot be missed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, request
from flask_login import current_user
from wtforms import Field

from scheduler.services.operations import health, notices, pause
from scheduler.services.operations.clock_health import clock_problem
from scheduler.services.planning.overview import standing_counts
from scheduler.web.context import ctx

QUEUE = "/admin/queue/"
NAVIGATION = (
    # label, path, icon
    ("Home", "/admin/", "layout-dashboard"),
    ("Calendar", "/admin/calendar/", "calendar-days"),
    ("Queue", QUEUE, "list-ordered"),
    ("Articles", "/admin/articles/", "newspaper"),
    ("Media", "/admin/media/", "images"),
    ("Accounts", "/admin/accounts/", "at-sign"),
    ("Settings", "/admin/settings/", "settings"),
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the sidebar."""

    label: str
    href: str
    icon: str
    current: bool
    count: int = 0
    count_label: str = ""
    asking: int = 0
    """How many things behind it need a person."""


def configure_shell(app: Flask) -> None:
    """Teach every template what the shell needs."""
    app.context_processor(_shell)
    app.jinja_env.globals["described"] = described


def _shell() -> dict[str, Any]:
    if not (request.path.startswith("/admin") and current_user.is_authenticated):
        return {"site_name": ctx().settings.site.name}
    return {
        "site_name": ctx().settings.site.name,
        "config_base_url": ctx().settings.base_url,
        "navigation": _navigation(),
        "clock_problem": clock_problem(ctx()),
        "worker_problem": health.worker_problem(ctx()),
        "config_problems": ctx().config.problems,
        "notices_shell": notices.shell(ctx()),
        "everything_paused": pause.present(ctx()),
    }


def _navigation() -> list[NavigationItem]:
    waiting, asking = standing_counts(ctx())
    items = [_item(*entry) for entry in NAVIGATION]
    return [
        replace(item, count=waiting, count_label="waiting", asking=asking) if item.href == QUEUE else item
        for item in items
    ]


def _item(label: str, href: str, icon: str) -> NavigationItem:
    current = request.path == href if href == "/admin/" else request.path.startswith(href)
    return NavigationItem(label, href, icon, current)


def described(field: Field) -> dict[str, str]:
    """Return the ARIA attributes that tie a control to its hint and its errors."""
    parts = [f"{field.id}-hint"] if field.description else []
    if field.errors:
        parts.append(f"{field.id}-error")
    attributes = {"aria-describedby": " ".join(parts)} if parts else {}
    return attributes | ({"aria-invalid": "true"} if field.errors else {})
