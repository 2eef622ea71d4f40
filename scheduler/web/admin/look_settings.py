"""Settings, Look: logo, colours, font and shape of the public site, with a sample beside them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older

from scheduler.domain.colour import READABLE, contrast, is_colour
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.services.library.pictures import picture
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import SITE
from scheduler.theme_rules import USUAL
from scheduler.web.admin.settings import show_stale
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("look_settings", __name__, url_prefix="/admin/settings/look")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show how the site looks."""
    form = LookForm(formdata=None, data=_values())
    form.seen.data = configuration.seen(ctx(), SITE)
    return _page(form, 200)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save how the site looks."""
    form = LookForm()
    try:
        configuration.save_look(ctx(), {name: form[name].data or "" for name in NAMES}, form.seen.data or "")
    except Invalid as error:
        show_problems(form, Invalid(Problem(p.field.removeprefix("theme."), p.message) for p in error.problems))
        return _page(form, 422)
    except Conflict as error:
        show_stale(form, error, _values())
        form.seen.data = configuration.seen(ctx(), SITE)
        return _page(form, 409)
    flash("Saved. The site looks like this from now on.", "ok")
    return redirect(url_for("look_settings.show"))


def _colour(label: str) -> StringField:
    return StringField(label, render_kw={"type": "color"})


class LookForm(FlaskForm):  # type: ignore[misc]
    """The table [theme] of `site.toml`."""

    seen = HiddenField()
    logo = HiddenField()
    logo_dark = HiddenField()
    accent = _colour("Accent: links and buttons")
    background = _colour("Background")
    text = _colour("Text")
    accent_dark = _colour("Accent: links and buttons")
    background_dark = _colour("Background")
    text_dark = _colour("Text")
    font = SelectField(
        "Font",
        choices=[
            SelectChoice("figtree", "Figtree: friendly and light (20 KB)"),
            SelectChoice("inter", "Inter: clear and matter-of-fact (47 KB)"),
            SelectChoice("nunito", "Nunito: round and soft (39 KB)"),
            SelectChoice("lora", "Lora: headings with serifs, text in Figtree (58 KB)"),
            SelectChoice("system", "The visitor’s own: nothing to load"),
        ],
        description="Served from here; nothing is asked of another site.",
        validate_choice=False,
    )
    corners = SelectField(
        "Corners",
        choices=[SelectChoice("round", "Round"), SelectChoice("soft", "Soft"), SelectChoice("square", "Square")],
        validate_choice=False,
    )
    width = SelectField(
        "Width",
        choices=[SelectChoice("narrow", "Narrow"), SelectChoice("normal", "Normal"), SelectChoice("wide", "Wide")],
        validate_choice=False,
    )


NAMES = tuple(USUAL.__slots__)


def _values() -> dict[str, str]:
    theme = ctx().settings.site.theme
    return {name: getattr(theme, name) for name in NAMES}


def _page(form: LookForm, status: int) -> ResponseReturnValue:
    chosen = {name: picture(ctx(), form[name].data) if form[name].data else None for name in ("logo", "logo_dark")}
    shown = {name: _contrasts(form, ending) for name, ending in (("light", ""), ("dark", "_dark"))}
    page = render_template(
        "admin/settings/look.html", form=form, chosen=chosen, contrasts=shown, usual=USUAL, least=READABLE
    )
    return page, status


def _contrasts(form: LookForm, ending: str) -> dict[str, float]:
    """Return the contrast of accent and text with the background, for a page without scripts."""
    background = form[f"background{ending}"].data or ""
    pairs = {name: form[f"{name}{ending}"].data or "" for name in ("accent", "text")}
    return {
        name: int(contrast(colour, background) * 10) / 10
        for name, colour in pairs.items()
        if is_colour(colour) and is_colour(background)
    }
