"""Settings, Notices: who is told outside the app, and a test that says plainly what happened."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.widgets import CheckboxInput, ListWidget

from scheduler.domain.notice import Level
from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.operations import configuration, telling
from scheduler.services.operations.channels import channels, half_set_up
from scheduler.services.operations.configuration import NOTICES, NoticesInput
from scheduler.web.admin.settings import show_stale
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("notice_settings", __name__, url_prefix="/admin/settings/notices")

TEXTS = ("mail_to", "mail_from", "webhook_url", "digest")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show who is told."""
    form = NoticesForm(formdata=None, data={**_values(), "levels": _levels()})
    form.seen.data = configuration.seen(ctx(), NOTICES)
    return _page(form, 200)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save who is told."""
    form = NoticesForm()
    typed = NoticesInput(**{name: form[name].data or "" for name in TEXTS}, levels=tuple(form.levels.data or ()))
    try:
        configuration.save_notices(ctx(), typed, form.seen.data or "")
    except Invalid as error:
        show_problems(form, error)
        return _page(form, 422)
    except Conflict as error:
        show_stale(form, error, _values())
        form.seen.data = configuration.seen(ctx(), NOTICES)
        return _page(form, 409)
    flash("Saved." + (" Send a test to see that it arrives." if channels(ctx()) else ""), "ok")
    return redirect(url_for("notice_settings.show"))


@bp.post("/test")
def test() -> ResponseReturnValue:
    """Send a test by every way that is set up."""
    tested = telling.send_test(ctx())
    if not tested:
        flash("Nothing was sent: no address is entered and saved yet.", "warn")
    for result in tested:
        flash(result.sentence, "ok" if result.ok else "bad")
    return redirect(url_for("notice_settings.show"))


class NoticesForm(FlaskForm):  # type: ignore[misc]
    """What `notices.toml` says."""

    seen = HiddenField()
    mail_to = TextAreaField(
        "Mail to", description="One address a line. Empty: no mail.", render_kw={"rows": 3, "spellcheck": "false"}
    )
    mail_from = StringField("Sender", description="An address that your mail server lets you use.")
    webhook_url = StringField(
        "Webhook address", description="Called with signed JSON (Standard Webhooks). Empty: none is called."
    )
    levels = SelectMultipleField(
        "What is told",
        choices=[
            SelectChoice(Level.STOP, "Nothing goes out until somebody acts"),
            SelectChoice(Level.PROBLEM, "Something needs you"),
            SelectChoice(Level.NOTE, "Good to know"),
        ],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    digest = StringField(
        "Daily digest",
        description="A time of day in the calendar's zone, like 08:00, or off.",
        render_kw={"size": 6},
    )


def _values() -> dict[str, str]:
    rules = ctx().settings.notices
    return {
        "mail_to": "\n".join(rules.mail_to),
        "mail_from": rules.mail_from,
        "webhook_url": rules.webhook_url,
        "digest": rules.digest_at.strftime("%H:%M") if rules.digest_at else "off",
    }


def _levels() -> list[str]:
    return [level for level in Level if level in ctx().settings.notices.levels]


def _page(form: NoticesForm, status: int) -> ResponseReturnValue:
    return render_template(
        "admin/settings/notices.html",
        form=form,
        ways=channels(ctx()),
        half_set_up=half_set_up(ctx()),
        mail_server=ctx().settings.mail_server,
    ), status
