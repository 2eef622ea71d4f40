"""Settings, Menu and services: the links of the header, and what the home page offers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, StringField

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import SITE
from scheduler.web.context import ctx

bp = Blueprint("links_settings", __name__, url_prefix="/admin/settings/links")

LISTS = {"navigation": ("label", "href"), "services": ("label", "href", "text")}
SPARE, MOST = 2, 30
"""How many empty rows stand below a list, and how many rows it may have."""


@bp.get("")
def show() -> ResponseReturnValue:
    """Show both lists."""
    return _page(_fresh_form(), 200)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save both lists."""
    form = LinksForm()
    typed = {name: form[name].data for name in LISTS}
    try:
        configuration.save_links(ctx(), typed, form.seen.data or "")
    except Invalid as error:
        _show(form, error, typed)
        return _page(form, 422)
    except Conflict as error:
        flash(f"{error} What you typed was not saved; below is what the file says now.", "warn")
        return _page(_fresh_form(), 409)
    flash("Saved. The site shows it from now on.", "ok")
    return redirect(url_for("links_settings.show"))


class RowForm(Form):
    """One link."""

    label = StringField("Words")
    href = StringField("Address")
    text = StringField("Sentence")


class PlaceForm(Form):
    """One link of the header."""

    label = StringField("Words")
    href = StringField("Address")


class LinksForm(FlaskForm):  # type: ignore[misc]
    """The tables [[navigation]] and [[services]] of `site.toml`."""

    seen = HiddenField()
    navigation = FieldList(FormField(PlaceForm), max_entries=MOST)
    services = FieldList(FormField(RowForm), max_entries=MOST)


def _fresh_form() -> LinksForm:
    site = ctx().settings.site
    rows = {
        "navigation": [{"label": link.label, "href": link.href} for link in site.navigation],
        "services": [{"label": link.label, "href": link.href, "text": link.text} for link in site.services],
    }
    form = LinksForm(formdata=None, data=rows)
    form.seen.data = configuration.seen(ctx(), SITE)
    return form


def _page(form: LinksForm, status: int) -> ResponseReturnValue:
    for name in LISTS:
        for _ in range(SPARE if request.method == "GET" or status == 409 else 0):
            if len(form[name].entries) < MOST:
                form[name].append_entry()
    return render_template("admin/settings/links.html", form=form), status


def _show(form: LinksForm, error: Invalid, typed: Mapping[str, list[dict[str, str]]]) -> None:
    """Put each problem beside its field: "services[2].href" counts only the rows that hold something."""
    for problem in error.problems:
        match = re.fullmatch(r"(navigation|services)\[(\d+)\]\.(\w+)", problem.field)
        if match is None or match[3] not in LISTS[match[1]]:  # a key that somebody wrote into the file by hand
            flash(problem.message, "bad")
            continue
        filled = [number for number, row in enumerate(typed[match[1]]) if any((v or "").strip() for v in row.values())]
        field = form[match[1]].entries[filled[int(match[2]) - 1]].form[match[3]]
        field.errors = [*field.errors, problem.message]
