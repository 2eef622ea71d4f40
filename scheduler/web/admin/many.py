"""A change of many articles as pages show it: first what it would do, then how far it is, then what was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.revision import By, Origin
from scheduler.services.editorial.many import MOST_REFUSALS, Progress, Refusal

Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before many articles change. `fields` are sent again when the person agrees."""

    title: str
    sentences: tuple[str, ...]
    button: str
    back: str
    fields: list[tuple[str, str]]
    bad: bool = False
    """Whether the button takes something away."""


@dataclass(frozen=True, slots=True)
class Done:
    """What is said at the end. `said` makes the sentence of the number of articles that were changed."""

    title: str
    said: Callable[[int], str]
    back: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    bad_title: str = "Some articles stayed as they were"


def articles(count: int, one: str = "", several: str = "") -> str:
    """Return "1 article" or "1,234 articles", followed by the verb that fits."""
    words = f"1 article {one}" if count == 1 else f"{count:,} articles {several}"
    return words.rstrip()


def agreed() -> bool:
    """Return whether the person has seen what would happen and wants it."""
    return request.form.get("agreed") == "yes"


def by() -> By:
    """Return who does it, for the record of versions."""
    return By(Origin.ADMIN, current_user.user.name)


def so_far() -> Progress:
    """Return how far the change is, as the page before said it."""
    try:
        said = json.loads(request.form.get("progress") or "{}")
        refused = tuple(Refusal(**{k: str(v)[:2000] for k, v in each.items()}) for each in said.pop("refused", ()))
        numbers = {name: max(0, int(said.get(name, 0))) for name in ("done", "left", "more_refused")}
        return Progress(after=str(said.get("after", "")), refused=refused[:MOST_REFUSALS], **numbers)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return Progress()


def ask(question: Question) -> ResponseReturnValue:
    """Show the question."""
    return render_template("admin/articles/many/ask.html", question=question, action=request.path)


def answer(progress: Progress, done: Done) -> ResponseReturnValue:
    """Show how far it is; at the end go back to where it began, or list what was refused."""
    if progress.left:
        text = json.dumps(asdict(progress))
        page = "admin/articles/many/progress.html"
        return render_template(page, progress=progress, done=done, text=text, action=request.path)
    if progress.refused:
        return render_template("admin/articles/many/refused.html", progress=progress, done=done)
    flash(done.said(progress.done), "ok")
    return redirect(done.back)
