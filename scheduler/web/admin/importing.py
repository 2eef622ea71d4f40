"""Articles, Import: a file of another system handed over, looked at before anything happens, and brought over.

The worker does the work, so the page may be closed at any time and opened again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.services.moving import imports
from scheduler.services.moving.imports import Handed, Shown
from scheduler.services.moving.reading import NAMES
from scheduler.services.moving.shortcodes import DROP, KEEP
from scheduler.storage.imports import ImportState, ItemState
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("importing", __name__, url_prefix="/admin/articles/import")

LARGEST_BYTES = 4_000_000_000
TELLING = (ItemState.FAILED, ItemState.KEPT, ItemState.MADE, ItemState.UPDATED, ItemState.UNCHANGED)
WORDS = {
    ItemState.WAITING: ("Waiting", "", "hourglass"),
    ItemState.MADE: ("New", "ok", "circle-check"),
    ItemState.UPDATED: ("Updated", "ok", "refresh-cw"),
    ItemState.UNCHANGED: ("As before", "", "check"),
    ItemState.KEPT: ("Left alone", "warn", "pause"),
    ItemState.FAILED: ("Not brought over", "bad", "circle-alert"),
}
STATES = {
    ImportState.READING: ("Being read", "info"),
    ImportState.READY: ("Waits for you", "warn"),
    ImportState.RUNNING: ("Running", "info"),
    ImportState.STOPPED: ("Stopped", "warn"),
    ImportState.DONE: ("Done", "ok"),
    ImportState.FAILED: ("Failed", "bad"),
}


class ImportForm(FlaskForm):  # type: ignore[misc]
    """A file to bring over."""

    source = RadioField(
        "Where does it come from?",
        choices=[SelectChoice(value, label) for value, label in NAMES.items()],
        default="wordpress",
    )
    file = FileField("The exported file")
    media = FileField("A zip of its photos and videos, if you have one")
    site = StringField("Address of the old site")
    unknown = RadioField(
        "Shortcodes that are not known here",
        choices=[
            SelectChoice(KEEP, "Keep them as text, to be seen and replaced"),
            SelectChoice(DROP, "Take them out"),
        ],
        default=KEEP,
    )


@bp.url_value_preprocessor
def _allow_large_files(endpoint: str | None, _values: dict[str, str] | None) -> None:
    # This runs before the CSRF check, which already reads the form.
    if endpoint == "importing.hand_over" and current_user.is_authenticated:
        request.max_content_length = LARGEST_BYTES


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the form, and the imports so far."""
    return _form(ImportForm())


@bp.post("")
def hand_over() -> ResponseReturnValue:
    """Take a file; the worker reads it."""
    form = ImportForm()
    try:
        import_id = _handed(form)
    except Invalid as error:
        show_problems(form, error)
        return _form(form), 422
    return redirect(url_for("importing.show", import_id=import_id))


@bp.get("/<import_id>")
def show(import_id: str) -> ResponseReturnValue:
    """Show what the import found, how far it is, and what came of it."""
    found = imports.shown(ctx(), import_id)
    page = "state" if request.headers.get("HX-Request") else "show"
    return render_template(f"admin/articles/importing/{page}.html", **_values(found))


@bp.post("/<import_id>/start")
def start(import_id: str) -> ResponseReturnValue:
    """Bring it over, or go on."""
    try:
        imports.start(ctx(), import_id)
    except Conflict as error:
        flash(str(error), "warn")
    return redirect(url_for("importing.show", import_id=import_id))


@bp.post("/<import_id>/stop")
def stop(import_id: str) -> ResponseReturnValue:
    """Let it rest after the article in hand."""
    imports.stop(ctx(), import_id)
    return redirect(url_for("importing.show", import_id=import_id))


@bp.post("/<import_id>/forget")
def forget(import_id: str) -> ResponseReturnValue:
    """Forget the import and its file; what it brought stays."""
    imports.forget(ctx(), import_id)
    flash("The import and its file are forgotten. The articles stay.", "ok")
    return redirect(url_for("importing.index"))


def _handed(form: ImportForm) -> str:
    file, media = _stored(form.file.data), _stored(form.media.data)
    if file is None:
        raise Invalid([Problem("file", "Choose the file that the old site exported.")])
    with tempfile.TemporaryDirectory(prefix="upload-", dir=ctx().settings.data) as folder:
        path, zipped = Path(folder) / "file", Path(folder) / "media"
        file.save(path)
        if media is not None:
            media.save(zipped)
        given = Handed(form.source.data, file.filename or "file", form.site.data or "", form.unknown.data)
        return imports.hand_over(ctx(), given, path, zipped if media is not None else None)


def _stored(given: object) -> FileStorage | None:
    return given if isinstance(given, FileStorage) and given.filename else None


def _form(form: ImportForm) -> str:
    before = imports.overview(ctx())
    return render_template("admin/articles/importing/index.html", form=form, before=before, names=NAMES, states=STATES)


def _values(found: Shown) -> dict[str, object]:
    telling = found.work.state in (ImportState.RUNNING, ImportState.STOPPED, ImportState.DONE)
    items = imports.results(ctx(), found.work.id, TELLING) if telling else []
    here = {item.article_id: ctx().articles.by_id(item.article_id) for item in items}
    items.sort(key=lambda item: (TELLING.index(item.state), item.number))
    return {
        "found": found,
        "report": found.work.report,
        "items": items,
        "here": here,
        "words": WORDS,
        "state": STATES[found.work.state],
        "names": NAMES,
        "busy": found.work.state in (ImportState.READING, ImportState.RUNNING),
    }
