"""The composer: writing a teaser once for every account, seeing it as it will look, and scheduling it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain import wording
from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem
from scheduler.domain.teaser import Teaser, When
from scheduler.services.context import Context
from scheduler.services.planning import changing, compose, drafts, opening, templates
from scheduler.services.planning.checking import Check, check
from scheduler.services.planning.compose import Submission
from scheduler.services.planning.scheduling import Scheduled, schedule
from scheduler.web.admin import composer_page
from scheduler.web.admin.composer_form import Filled, WhenChoice, choice_of, moved, read
from scheduler.web.admin.post_text import post_html
from scheduler.web.context import ctx

bp = Blueprint("teasers", __name__, url_prefix="/admin/teasers")
bp.add_app_template_filter(post_html, "post_html")

QUEUE = "/admin/queue/"


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Show the drafts."""
    words = request.args.get("q", "")
    return render_template("admin/teasers/list.html", drafts=drafts.search(ctx(), words), words=words)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Open the composer, for an article and a time if the address names them."""
    at = request.args.get("at", "")
    when = When(at=at[:16], zone=ctx().settings.calendar.zone) if at else None
    opened = opening.opened(ctx(), request.args.get("article", ""), when)
    return _show(opened, choice_of(opened.when, _suggested_time()), key=secrets.token_urlsafe(16))


@bp.post("/new")
def submit_new() -> ResponseReturnValue:
    """Do what the pressed button says with a teaser that had no address yet."""
    stored = _stored_of_form()
    return _submit(_filled(stored), stored)


@bp.get("/<int:teaser_id>")
def edit(teaser_id: int) -> ResponseReturnValue:
    """Open the composer for a draft, or for a scheduled teaser whose words may still change."""
    stored = compose.get(ctx(), teaser_id)
    if not stored.scheduled:
        stored, gone = opening.reopened(ctx(), stored)
        for name in gone:
            flash(f"{name} was disconnected, so this draft leaves it out.", "warn")
    return _show(stored, choice_of(stored.when, _suggested_time()))


@bp.post("/<int:teaser_id>")
def submit(teaser_id: int) -> ResponseReturnValue:
    """Do what the pressed button says with a stored teaser."""
    stored = compose.get(ctx(), teaser_id)
    return _submit(_filled(stored), stored)


@bp.post("/check")
def check_fragment() -> ResponseReturnValue:
    """Return problems, counters, times and previews of what is in the form, for the open page."""
    stored = _stored_of_form()
    filled = _filled(stored)
    teaser = _typed(filled, stored)
    page = composer_page.build(ctx(), teaser, _check_of(teaser), filled.choice, key=filled.which.key)
    return render_template("admin/teasers/checked.html", page=page)


@bp.post("/autosave")
def autosave() -> ResponseReturnValue:
    """Store the form as a draft; answer where it is and when it was saved, or why it was not."""
    filled = _filled(_stored_of_form())
    try:
        draft = drafts.save(ctx(), filled.given, filled.which)
    except (Conflict, NotFound) as error:
        return jsonify(problem=str(error)), 409
    except Invalid as error:
        return jsonify(problem=" ".join(problem.message for problem in error.problems)), 422
    return jsonify(
        teaser=draft.id,
        version=draft.version,
        url=url_for("teasers.edit", teaser_id=draft.id),
        note=f"Saved {_clock_time(draft.updated_at)}",
    )


@bp.get("/articles")
def articles() -> ResponseReturnValue:
    """Return the articles that fit a search, for the chooser."""
    found = composer_page.article_choices(ctx(), request.args.get("find", ""))
    return render_template("admin/teasers/articles.html", articles=found, chosen=request.args.get("article", ""))


@bp.post("/<int:teaser_id>/copy")
def copy(teaser_id: int) -> ResponseReturnValue:
    """Make a draft with the same words and no date."""
    made = drafts.duplicate(ctx(), teaser_id, _user_id())
    flash("This is a copy without a date.", "ok")
    return redirect(url_for("teasers.edit", teaser_id=made.id))


@bp.post("/<int:teaser_id>/delete")
def delete(teaser_id: int) -> ResponseReturnValue:
    """Delete a draft."""
    drafts.delete(ctx(), teaser_id)
    flash("The draft is deleted.", "ok")
    return redirect(url_for("teasers.listing"))


# What the buttons do ------------------------------------------------------------------------------------------------


def _submit(filled: Filled, stored: Teaser | None) -> ResponseReturnValue:
    if filled.do in _REDRAW:
        teaser = _REDRAW[filled.do](ctx(), _typed(filled, stored), filled.argument)
        return _show(teaser, filled.choice, key=filled.which.key)
    try:
        if stored and stored.scheduled and filled.do != "schedule":
            return _change_words(filled)
        if filled.do in ("draft", "apart"):
            return _save_draft(filled)
        return _schedule(filled)
    except Invalid as error:
        return _show_again(filled, stored, problems=error.problems), 422
    except Conflict as error:
        return _show_again(filled, stored, notice=str(error)), 409


def _schedule(filled: Filled) -> ResponseReturnValue:
    done = schedule(ctx(), filled.given, filled.which)
    flash(_done_sentence(ctx(), done), "ok")
    if done.moves:
        flash(_moved_sentence(done), "info")
    return redirect(QUEUE)


def _save_draft(filled: Filled) -> ResponseReturnValue:
    which = Submission(user_id=filled.which.user_id) if filled.do == "apart" else filled.which
    draft = drafts.save(ctx(), filled.given, which)
    flash(f"Saved as a draft at {_clock_time(draft.updated_at)}.", "ok")
    return redirect(url_for("teasers.edit", teaser_id=draft.id))


def _change_words(filled: Filled) -> ResponseReturnValue:
    done = changing.change(ctx(), filled.given, filled.which)
    count = len(done.rendered_again)
    flash(f"Changed. {'1 waiting post has' if count == 1 else f'{count} waiting posts have'} the new words.", "ok")
    if done.untouched:
        flash("What has gone out already stays as it is.", "info")
    return redirect(url_for("teasers.edit", teaser_id=done.teaser.id))


def _use_template(context: Context, teaser: Teaser, name: str) -> Teaser:
    article = context.articles.by_id(teaser.article_id)
    if article is None:
        return teaser
    return replace(teaser, text=templates.render(context, name, article), template=name)


_REDRAW: dict[str, Callable[[Context, Teaser, str], Teaser]] = {
    "template": _use_template,
    "up": lambda _ctx, teaser, asset: replace(teaser, assets=moved(teaser.assets, asset, -1)),
    "down": lambda _ctx, teaser, asset: replace(teaser, assets=moved(teaser.assets, asset, 1)),
    "drop": lambda _ctx, teaser, asset: replace(teaser, assets=tuple(a for a in teaser.assets if a != asset)),
    "look": lambda _ctx, teaser, _: teaser,
}
"""Buttons that change the form and nothing else; with JavaScript the page does it by itself."""


def _done_sentence(context: Context, done: Scheduled) -> str:
    now = context.clock.now_ms()
    times = sorted({(delivery.due_at, delivery.at_zone) for delivery in done.deliveries})
    if all(due <= now for due, _ in times):
        return "On its way: it goes out now."
    sentences = [wording.will_go_out(due, zone, now) for due, zone in times]
    return f"Scheduled: {'; '.join(sentences)}."


def _moved_sentence(done: Scheduled) -> str:
    count = len(done.moves)
    return f"To make room, {'1 waiting post' if count == 1 else f'{count} waiting posts'} moved to the following slot."


# Drawing the page ---------------------------------------------------------------------------------------------------


def _show(teaser: Teaser, choice: WhenChoice, *, key: str = "") -> str:
    timed = teaser if teaser.scheduled else replace(teaser, when=choice.when())
    return _page(composer_page.build(ctx(), teaser, _check_of(timed), choice, key=key))


def _show_again(filled: Filled, stored: Teaser | None, *, problems: tuple[Problem, ...] = (), notice: str = "") -> str:
    """Draw the form with everything that was typed; nothing was stored."""
    teaser = _typed(filled, stored)
    found = _check_of(teaser)
    known = {problem.field for problem in found.all_problems}
    found = replace(found, problems=found.problems + tuple(p for p in problems if p.field not in known))
    return _page(
        composer_page.build(ctx(), teaser, found, filled.choice, key=filled.which.key, strict=True, notice=notice)
    )


def _page(page: composer_page.ComposerPage) -> str:
    return render_template(
        "admin/teasers/composer.html",
        page=page,
        articles=composer_page.article_choices(ctx()),
        offered=composer_page.offered_assets(ctx()),
    )


def _typed(filled: Filled, stored: Teaser | None) -> Teaser:
    """Return the teaser as it stands in the form, with the version that the form was opened with."""
    before = stored or Teaser(id=0, text="")
    given = filled.given
    return replace(
        before,
        text=given.text,
        article_id=given.article_id,
        link=given.link,
        template=given.template,
        assets=given.assets,
        accounts=before.accounts if before.scheduled else given.accounts,
        variants=given.variants,
        late_policy=given.late_policy,
        replies=given.replies,
        when=before.when if before.scheduled else given.when,
        version=filled.which.version or before.version,
    )


def _check_of(teaser: Teaser) -> Check:
    return changing.check_changed(ctx(), teaser) if teaser.scheduled else check(ctx(), teaser)


def _filled(stored: Teaser | None) -> Filled:
    """Return what the form of this request says, with the person who sent it."""
    filled = read(request.form, stored, _user_id())
    return replace(filled, which=replace(filled.which, who=current_user.user.name))


def _stored_of_form() -> Teaser | None:
    number = request.form.get("teaser", "")
    return compose.get(ctx(), int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _suggested_time() -> WhenChoice:
    calendar, wall = ctx().settings.calendar, opening.suggested_wall(ctx())
    mode = "next" if calendar.default.slots else "at"
    return WhenChoice(mode, f"{wall:%Y-%m-%d}", f"{wall:%H:%M}", calendar.zone)


def _clock_time(moment: int) -> str:
    return wording.clock_time(moment, ctx().settings.calendar.zone)


def _user_id() -> int | None:
    user_id: int = current_user.user.id
    return user_id
