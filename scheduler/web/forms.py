"""From a service's problems to a form's fields."""

from __future__ import annotations

from flask import flash
from wtforms import Form

from scheduler.domain.problem import Invalid

LARGEST_ID = 2**63 - 1
"""The largest number that a database can hold."""


def whole(text: str) -> int:
    """Return a number that a person's address or form holds. Raises `ValueError` for one that no database can hold."""
    number = int(text) if len(text) < 20 else LARGEST_ID + 1
    if not -LARGEST_ID <= number <= LARGEST_ID:
        raise ValueError("too large")
    return number


def show_problems(form: Form, error: Invalid) -> None:
    """Put every problem beside the field it names; what names no field of the form is flashed on top."""
    for problem in error.problems:
        field = form._fields.get(problem.field)
        if field is None:
            flash(problem.message, "bad")
        else:
            field.errors = [*field.errors, problem.message]
