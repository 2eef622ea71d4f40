"""Asking what becomes of the posts that wait on a day which is about to become a blackout day."""

from __future__ import annotations

from flask import flash, request
from flask_login import current_user

from scheduler.services.planning.closing_days import CHOICES, Affected, settle
from scheduler.web.context import ctx


def undecided(found: list[Affected]) -> bool:
    """Return whether the person has not yet said what becomes of exactly these posts."""
    same = request.form.get("closing_seen", "") == seen(found)
    return bool(found) and not (same and request.form.get("closing", "") in CHOICES)


def seen(found: list[Affected]) -> str:
    """Return what names the posts that a person was shown, as they were then."""
    return " ".join(f"{each.delivery.id}.{each.delivery.version}" for each in found)


def carry_out(found: list[Affected]) -> None:
    """Do what the person chose, once the days are closed, and say what became of the posts."""
    if not found:
        return
    settled = settle(ctx(), found, request.form.get("closing", ""), current_user.user.name)
    if settled.moved:
        flash(f"{_posts(settled.moved)} moved to the next free slot{'s' if settled.moved > 1 else ''}.", "ok")
    if settled.held:
        flash(f"{_posts(settled.held)} on hold until you give {'them' if settled.held > 1 else 'it'} a day.", "warn")
    for problem in settled.problems:
        flash(problem, "bad")


def _posts(count: int) -> str:
    return "1 post is" if count == 1 else f"{count} posts are"
