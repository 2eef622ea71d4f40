"""The words that leave the app: each letter is a pair of templates in templates/email/, plain text and simple HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from scheduler.domain import wording
from scheduler.domain.notice import Notice
from scheduler.mail.message import one_line
from scheduler.resources import template_folder
from scheduler.services.context import Context


def words(ctx: Context, letter: str, subject: str, **values: object) -> tuple[str, str]:
    """Return a letter as plain text and as HTML. What people and platforms wrote stands on one line, or is escaped."""
    settings, known = ctx.settings, _environment(ctx.settings.calendar.zone)
    shared = {"subject": subject, "site": settings.site.name, "base_url": settings.base_url}
    text, html = (known.get_template(f"{letter}.{kind}.j2").render(shared | values) for kind in ("txt", "html"))
    return text.strip() + "\n", html


def subject_of(notices: list[Notice]) -> str:
    """Return the subject of a message about these notices."""
    return notices[0].subject if len(notices) == 1 else f"{len(notices)} notices: {notices[0].subject}, and more"


def number_of(kind: str, parts: Iterable[object]) -> str:
    """Return what names the same news each time it is sent."""
    return f"{kind}.{hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:24]}"


def _environment(zone: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(template_folder() / "email"),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["when"] = lambda instant: wording.moment(instant, zone)
    made.filters["clock_time"] = lambda instant: wording.clock_time(instant, zone)
    made.filters["line"] = one_line
    return made
