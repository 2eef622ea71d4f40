"""Settings, Being found: who is told of new articles, and how that goes."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField

from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import SITE
from scheduler.services.site import announcing
from scheduler.web.admin.settings import show_stale
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("discovery_settings", __name__, url_prefix="/admin/settings/discovery")

TEXTS = ("websub_hub", "security_contact")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show how the site is found."""
    form = DiscoveryForm(formdata=None, data=_values())
    form.seen.data = configuration.seen(ctx(), SITE)
    return _page(form, 200)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save how the site is found."""
    form = DiscoveryForm()
    texts = {name: form[name].data or "" for name in TEXTS}
    try:
        configuration.save_discovery(ctx(), bool(form.indexnow.data), bool(form.llms.data), texts, form.seen.data or "")
    except Invalid as error:
        show_problems(form, Invalid(Problem(p.field.removeprefix("discovery."), p.message) for p in error.problems))
        return _page(form, 422)
    except Conflict as error:
        show_stale(form, error, {name: str(value) for name, value in _values().items() if name in TEXTS})
        form.seen.data = configuration.seen(ctx(), SITE)
        return _page(form, 409)
    flash("Saved.", "ok")
    return redirect(url_for("discovery_settings.show"))


class DiscoveryForm(FlaskForm):  # type: ignore[misc]
    """The table [discovery] of `site.toml`."""

    seen = HiddenField()
    indexnow = BooleanField("Tell search engines at once of new and changed articles (IndexNow)")
    websub_hub = StringField(
        "Hub for feed readers",
        description="Such as https://pubsubhubbub.appspot.com/. Empty: feed readers look by themselves.",
    )
    llms = BooleanField("Offer /llms.txt, a list of the articles for language models")
    security_contact = StringField(
        "Where to report a weakness of the site",
        description="mailto:, https:// or tel:, shown in /.well-known/security.txt. Empty: there is no such file.",
    )


def _values() -> dict[str, object]:
    found = ctx().settings.site.discovery
    return {
        "indexnow": found.indexnow,
        "llms": found.llms,
        "websub_hub": found.websub_hub,
        "security_contact": found.security_contact,
    }


def _page(form: DiscoveryForm, status: int) -> ResponseReturnValue:
    return render_template(
        "admin/settings/discovery.html",
        form=form,
        base=ctx().settings.base_url,
        standing=announcing.standing(ctx()),
        wanted={"indexnow": announcing.wants_indexnow(ctx()), "websub": announcing.wants_websub(ctx())},
    ), status
