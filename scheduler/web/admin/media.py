"""The media library: the grid with search, the page of one photo or video, and the dialog that chooses some."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField, StringField, TextAreaField

from scheduler.domain.asset import Asset, Kind
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.media.captions import BYTES as CAPTION_BYTES
from scheduler.media.captions import LANGUAGES
from scheduler.media.filetypes import UPLOAD_MIMES, VIDEO_BYTES
from scheduler.services.library import assets as library
from scheduler.services.library.pictures import Picture, picture, pictures
from scheduler.services.library.usage import InUse, Use, UsedBy, uses_of
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems, whole

bp = Blueprint("media", __name__, url_prefix="/admin/media")

PAGE_SIZE = 48
FORM_SPARE_BYTES = 1_000_000
USE_PATHS = {
    UsedBy.ARTICLE: "/admin/articles/{}/",
    UsedBy.AUTHOR: "/admin/articles/",
    UsedBy.TEASER: "/admin/teasers/{}",
}


class WordsForm(FlaskForm):  # type: ignore[misc]
    """What is said about a photo or video."""

    alt = TextAreaField("Alt text", description="What is to be seen, for people who cannot see it. Needed before use.")
    caption = TextAreaField("Caption", description="Shown below it on the site. May be empty.")
    credit = StringField("Credit", description="Who made it. May be empty.")
    version = HiddenField()


@dataclass(frozen=True, slots=True)
class Grid:
    """One page of the grid, and how it was asked for."""

    pictures: tuple[Picture, ...]
    words: str
    kind: str
    page: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))


@bp.url_value_preprocessor
def _allow_large_files(endpoint: str | None, _values: dict[str, str] | None) -> None:
    # This runs before the CSRF check, which already reads the form.
    if endpoint == "media.upload" and current_user.is_authenticated:
        request.max_content_length = VIDEO_BYTES + FORM_SPARE_BYTES


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the grid; only its fragment when a search asks for it."""
    grid = _grid()
    if request.headers.get("HX-Request"):
        return render_template("admin/media/grid.html", grid=grid)
    added = pictures(ctx(), request.args.getlist("added")[:50]).values()
    return render_template("admin/media/index.html", grid=grid, added=added, accept=UPLOAD_MIMES, limit=VIDEO_BYTES)


@bp.post("/")
def upload() -> ResponseReturnValue:
    """Take files in from a plain form; the page that follows asks for their alt texts."""
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        flash("Choose a photo or video first.", "bad")
    taken = [added for file in files if (added := _take(file)) is not None]
    return redirect(url_for("media.index", added=[added.asset.id for added in taken]))


@bp.get("/pick")
def pick() -> ResponseReturnValue:
    """Return the inside of the dialog that chooses photos or videos."""
    return render_template("admin/media/pick.html", grid=_grid(), multiple="multiple" in request.args)


@bp.get("/<asset_id>")
def show(asset_id: str) -> ResponseReturnValue:
    """Show one photo or video."""
    asset = library.get_asset(ctx(), asset_id)
    return _page(asset, _form_of(asset))


@bp.post("/<asset_id>")
def change(asset_id: str) -> ResponseReturnValue:
    """Change what is said about it."""
    asset, form = library.get_asset(ctx(), asset_id), WordsForm()
    words = {name: request.form[name] for name in library.LIMITS if name in request.form}
    try:
        asset = library.change_asset(ctx(), asset_id, words, _version(form))
    except Invalid as error:
        show_problems(form, error)
        return _entry(asset, error.problems) if _wants_entry() else (_page(asset, form), 422)
    except Conflict as error:
        problem = Problem("", str(error))
        form.version.data = str(asset.version)
        return _entry(asset, (problem,), 409) if _wants_entry() else (_page(asset, form, problem), 409)
    if _wants_entry():
        return _entry(asset)
    flash("Saved.", "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<asset_id>/captions")
def put_captions(asset_id: str) -> ResponseReturnValue:
    """Give a video captions, or replace them."""
    asset, file = library.get_asset(ctx(), asset_id), request.files.get("captions")
    try:
        data = file.read(CAPTION_BYTES + 1) if file else b""
        library.put_captions(ctx(), asset_id, data, request.form.get("language", "en"))
    except Invalid as error:
        return _page(asset, _form_of(asset), *error.problems), 422
    flash("The captions are saved.", "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<asset_id>/captions/<language>/delete")
def remove_captions(asset_id: str, language: str) -> ResponseReturnValue:
    """Take captions away."""
    library.remove_captions(ctx(), asset_id, language)
    flash("The captions are removed.", "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<asset_id>/delete")
def delete(asset_id: str) -> ResponseReturnValue:
    """Delete it, or show what uses it."""
    asset = library.get_asset(ctx(), asset_id)
    try:
        library.delete_asset(ctx(), asset_id)
    except InUse as error:
        return _page(asset, _form_of(asset), Problem("", str(error))), 409
    flash(f"{asset.filename} is deleted.", "ok")
    return redirect(url_for("media.index"))


def _grid() -> Grid:
    words, kind = request.args.get("q", "").strip()[:200], request.args.get("kind", "")
    page = request.args.get("page", 1, type=whole)
    wanted = Kind(kind) if kind in tuple(Kind) else None
    page = min(max(page, 1), 100_000)
    found, total = library.find_assets(ctx(), words, wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    shown = pictures(ctx(), [asset.id for asset in found]).values()
    return Grid(tuple(shown), words, wanted or "", page, total)


def _take(file: FileStorage) -> library.Added | None:
    name = file.filename or ""
    with tempfile.TemporaryDirectory(prefix="form-", dir=ctx().settings.data) as folder:
        path = Path(folder) / "file"
        file.save(path)
        try:
            added = library.add_asset(ctx(), path, name)
        except Invalid as error:
            for problem in error.problems:
                flash(f"{name}: {problem.message}", "bad")
            return None
    for note in added.notes:
        flash(note, "info")
    return added


def _form_of(asset: Asset) -> WordsForm:
    return WordsForm(formdata=None, alt=asset.alt, caption=asset.caption, credit=asset.credit, version=asset.version)


def _version(form: WordsForm) -> int | None:
    version = form.version.data or ""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None


def _wants_entry() -> bool:
    """Return whether the list of what was just uploaded is asking."""
    return bool(request.headers.get("HX-Request"))


def _entry(asset: Asset, problems: tuple[Problem, ...] = (), status: int = 422) -> ResponseReturnValue:
    shown = picture(ctx(), asset.id)
    page = render_template("admin/media/added.html", picture=shown, notes=(), problems=problems)
    return page, status if problems else 200


def _page(asset: Asset, form: WordsForm, *problems: Problem) -> str:
    shown = picture(ctx(), asset.id)
    if shown is None:
        abort(404)
    return render_template(
        "admin/media/show.html",
        item=asset,
        picture=shown,
        form=form,
        problems=problems,
        uses=[(use, _path(use)) for use in uses_of(ctx(), asset.id)],
        languages=LANGUAGES,
        deleting="delete" in request.args,
    )


def _path(use: Use) -> str:
    return USE_PATHS[use.by].format(use.key)
