"""The page on which a category or a tag gets another name, is merged into another one, or goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from scheduler.domain.problem import Invalid
from scheduler.services.editorial.taxonomy import LONGEST_NAME
from scheduler.web.forms import show_problems


class NameForm(FlaskForm):  # type: ignore[misc]
    """What it shall be called, where it shall stand (a category only), or which one takes it in."""

    name = StringField("Name", render_kw={"maxlength": LONGEST_NAME, "required": True, "autocomplete": "off"})
    below = SelectField("Below", validate_choice=False)
    into = SelectField("Into", validate_choice=False)


@dataclass(frozen=True, slots=True)
class Named:
    """What the page is about: its `noun`, its whole name, what is `said` of it, and how a form names it."""

    noun: str
    name: str
    said: str
    back: str
    action: str
    field: tuple[str, str]
    others: list[tuple[str, str]]
    values: Mapping[str, str]
    """What the form says before anything is typed."""


def editor(named: Named, error: Invalid | None = None) -> str:
    """Return the page; after an error with what was typed, and what is wrong beside each field."""
    form = NameForm(data=named.values) if error else NameForm(formdata=None, data=named.values)
    form.into.choices = [("", f"Choose a {named.noun}"), *named.others]
    form.below.choices = [("", "Nothing: it stands at the top"), *named.others]
    if error:
        show_problems(form, error)
    return render_template("admin/articles/many/edit.html", named=named, form=form)
