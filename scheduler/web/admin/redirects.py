"""Articles, Redirects: where old addresses lead, and the addresses that visitors look for in vain."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older

from scheduler.domain.problem import Invalid
from scheduler.domain.redirects import FOR_NOW, GONE, LONGEST, MOVED
from scheduler.services.editorial import redirects
from scheduler.services.site import moved
from scheduler.storage.redirects import KeptRedirect
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems, whole

bp = Blueprint("redirects", __name__, url_prefix="/admin/articles")

PAGE = 50
MOST_OLD = 200
KINDS = {MOVED: "Moved for good", FOR_NOW: "Moved for now", GONE: "Gone for good"}


class RedirectForm(FlaskForm):  # type: ignore[misc]
    """One redirect."""

    source = StringField(
        "Old address",
        description="The path after the name of your site, such as /old-page/.",
        render_kw={"maxlength": LONGEST, "autocomplete": "off", "spellcheck": "false"},
    )
    target = StringField(
        "New address",
        description="A path of this site, or https:// on another site that Settings, Site allows. Empty for a page "
        "that is gone for good.",
        render_kw={"maxlength": LONGEST, "autocomplete": "off", "spellcheck": "false"},
    )
    status = SelectField(
        "Kind",
        choices=[SelectChoice(str(status), f"{words} ({status})") for status, words in KINDS.items()],
        validate_choice=False,
    )


@bp.get("/redirects")
def listing() -> ResponseReturnValue:
    """Show every redirect, what visitors look for in vain, and the old addresses of articles."""
    return _page(RedirectForm(formdata=None, source=request.args.get("source"), target=request.args.get("target")))


@bp.post("/redirects")
def add() -> ResponseReturnValue:
    """Make a redirect."""
    form = RedirectForm()
    try:
        made = redirects.save(ctx(), *_typed(form))
    except Invalid as error:
        show_problems(form, error)
        return _page(form), 422
    _say(
        f"{made.source} leads to {made.target} now." if made.target else f"{made.source} is gone for good.", made.source
    )
    return redirect(url_for(".listing"))


@bp.get("/redirects/<int:redirect_id>")
def edit(redirect_id: int) -> ResponseReturnValue:
    """Show one redirect."""
    kept = redirects.existing(ctx(), redirect_id)
    values = {"source": kept.redirect.source, "target": kept.redirect.target, "status": str(kept.redirect.status)}
    return _one(kept, RedirectForm(formdata=None, data=values))


@bp.post("/redirects/<int:redirect_id>")
def save(redirect_id: int) -> ResponseReturnValue:
    """Change a redirect."""
    kept, form = redirects.existing(ctx(), redirect_id), RedirectForm()
    try:
        made = redirects.save(ctx(), *_typed(form), instead_of=kept.redirect.source)
    except Invalid as error:
        show_problems(form, error)
        return _one(kept, form), 422
    _say("Saved.", made.source)
    return redirect(url_for(".listing"))


@bp.post("/redirects/<int:redirect_id>/removal")
def remove(redirect_id: int) -> ResponseReturnValue:
    """Remove a redirect."""
    gone = redirects.remove(ctx(), redirect_id)
    flash(f"{gone.source} leads nowhere now.", "ok")
    return redirect(url_for(".listing"))


@bp.post("/redirects/missed/removal")
def forget() -> ResponseReturnValue:
    """Forget an address that visitors look for in vain, or all of them."""
    path = request.form.get("path")
    redirects.forget(ctx(), path)
    flash(f"{path} is off the list." if path else "The list is empty now.", "ok")
    return redirect(url_for(".listing"))


@bp.get("/redirects/import")
def bring() -> ResponseReturnValue:
    """Show how redirects are brought in."""
    return render_template("admin/articles/redirects/import.html", problems=(), typed="")


@bp.post("/redirects/import")
def take_in() -> ResponseReturnValue:
    """Bring in the redirects of a file, or of what was typed: all of them or none."""
    file, typed = request.files.get("file"), request.form.get("rows", "")
    data = file.read(redirects.LARGEST_CSV + 1) if file and file.filename else typed.encode()
    try:
        fresh, replaced = redirects.from_csv(ctx(), data)
    except Invalid as error:
        page = render_template("admin/articles/redirects/import.html", problems=error.problems, typed=typed)
        return page, 422
    flash(f"{fresh} new, {replaced} replaced.", "ok")
    return redirect(url_for(".listing"))


@bp.get("/redirects.csv")
def export() -> Response:
    """Send every redirect as CSV."""
    response = Response(redirects.to_csv(ctx()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="redirects.csv"'
    return response


def _typed(form: RedirectForm) -> tuple[str, str, int]:
    status = form.status.data or str(MOVED)
    return form.source.data or "", form.target.data or "", int(status) if status in map(str, KINDS) else 0


def _say(sentence: str, source: str) -> None:
    flash(sentence, "ok")
    if redirects.asleep(ctx(), source):
        flash(f"An article answers at {source}, so this redirect waits until that article is gone.", "warn")


def _page(form: RedirectForm) -> str:
    moved.write_down(ctx())  # so that the page tells what this process has counted so far
    words, number = request.args.get("q", ""), max(1, request.args.get("page", 1, type=whole))
    found, old = redirects.listed(ctx(), words), redirects.old_addresses(ctx(), words)
    everything = request.args.get("missed") == "all"
    wanted, wanted_total = redirects.wanted(ctx(), 1000 if everything else 10)
    return render_template(
        "admin/articles/redirects/index.html",
        form=form,
        found=found[(number - 1) * PAGE : number * PAGE],
        total=len(found),
        number=number,
        more=len(found) > number * PAGE,
        old=old[:MOST_OLD],
        old_total=len(old),
        wanted=wanted,
        wanted_total=wanted_total,
        words=words,
        kinds=KINDS,
        asleep={kept.id for kept in found if redirects.asleep(ctx(), kept.redirect.source)},
        hosts=ctx().settings.site.redirect_hosts,
    )


def _one(kept: KeptRedirect, form: RedirectForm) -> str:
    return render_template("admin/articles/redirects/edit.html", kept=kept, form=form)
