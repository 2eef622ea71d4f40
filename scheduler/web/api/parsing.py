"""Reading what a program sends: JSON bodies, multipart forms and query parameters. Everything in them is untrusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Never

from flask import abort, request
from werkzeug.datastructures import FileStorage

from scheduler.domain.problem import Invalid, Problem
from scheduler.web.api.fields import File, Kind, Table

DEEPEST = 20
"""Objects and lists inside one another; ours need five."""
JSON_TYPES = ("application/json", "application/merge-patch+json")


class Read:
    """What could be read of an input, and everything that is wrong with it."""

    def __init__(self, values: dict[str, Any], problems: list[Problem]) -> None:
        self.values, self.problems = values, problems

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or `default` when it was not given (or is bad)."""
        return self.values.get(name, default)

    def require(self, more: Callable[[], Iterable[Problem]] = tuple) -> None:
        """Raise `Invalid` when something cannot be read: with those problems, and with what `more` finds wrong in the
        rest of the input, so that everything is said at once."""
        if not self.problems:
            return
        bad = {problem.field.split(".")[0] for problem in self.problems}
        found = [p for p in more() if p.severity == "error" and p.field.split(".")[0] not in bad]
        raise Invalid([*self.problems, *found])


@contextmanager
def called(names: Mapping[str, str]) -> Iterator[None]:
    """Give the problems of a service the names that the fields have in the API."""
    try:
        yield
    except Invalid as error:
        raise Invalid(renamed(error.problems, names)) from error


def renamed(problems: Iterable[Problem], names: Mapping[str, str]) -> list[Problem]:
    """Return problems with the fields' names in the API."""
    return [replace(problem, field=names.get(problem.field, problem.field)) for problem in problems]


def json_body(table: Table) -> Read:
    """Return the body of this request. Ends it with 400, 413 or 415 when it is no JSON object at all."""
    if request.mimetype not in JSON_TYPES:
        abort(415, "Send the body as JSON, with the header Content-Type: application/json.")
    problems: list[Problem] = []
    value = _parsed(request.get_data(cache=True), problems)
    if not isinstance(value, dict):
        abort(400, "The body must be a JSON object, written in { }.")
    return Read(table.read(value, "", problems), problems)


def _parsed(data: bytes, problems: list[Problem]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for name, value in found:
            if name in table:
                problems.append(Problem(name[:80], "This field is given twice. Send it once."))
            table[name] = value
        return table

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        abort(400, f"The body cannot be read as JSON{_place(error)}.")
    if _deeper(value, DEEPEST):
        abort(400, f"The body has more than {DEEPEST} levels of objects and lists.")
    return value


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f": {error.msg} in line {error.lineno}, column {error.colno}"
    return ": it is not UTF-8" if isinstance(error, UnicodeDecodeError) else ""


def _deeper(value: Any, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most < 0 or any(_deeper(each, most - 1) for each in inner)


def form_body(fields: Mapping[str, Kind]) -> Read:
    """Return the fields and the one file of a multipart form."""
    if request.mimetype != "multipart/form-data":
        abort(415, "Send the file as a form, with the header Content-Type: multipart/form-data.")
    problems: list[Problem] = []
    words = {name: kind for name, kind in fields.items() if not isinstance(kind, File)}
    given = {name: value for name, value in request.form.items() if name not in request.files}
    values = Table(words).read(given, "", problems)
    for name, kind in fields.items():
        if isinstance(kind, File):
            values |= _file(name, problems)
    strange = [name for name in request.files if not isinstance(fields.get(name), File)]
    problems += [
        Problem(name[:80], "No file is taken in this field. Known are: " + ", ".join(fields)) for name in strange
    ]
    return Read(values, problems)


def _file(name: str, problems: list[Problem]) -> dict[str, FileStorage]:
    found = request.files.getlist(name)
    if len(found) == 1:
        return {name: found[0]}
    message = "Send only one file at a time." if found else "The file is missing: send it as the form field “file”."
    problems.append(Problem(name, message))
    return {}


def query(fields: Mapping[str, Kind]) -> Read:
    """Return the query parameters; one that is given twice, or that nobody knows, is a problem."""
    problems: list[Problem] = []
    given = {name: values[0] for name, values in request.args.lists()}
    for name, values in request.args.lists():
        if len(values) > 1:
            problems.append(Problem(name[:80], "This is given twice. Give it once."))
    return Read(Table(fields).read(given, "", problems), problems)
