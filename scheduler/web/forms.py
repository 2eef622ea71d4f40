"""From a service's problems to a form's fields."""

from __future__ import annotations

from flask import flash
from wtforms import Form

from scheduler.domain.problem import Invalid


def show_problems(form: Form, error: Invalid) -> None:
    """Put every problem beside the field it names; what names no field of the form is flashed on top."""
    for problem in error.problems:
        field = form._fields.get(problem.field)
        if field is None:
            flash(problem.message, "bad")
        else:
            field.errors = [*field.errors, problem.message]
