"""The page of one delivery: what it is, how it stands, everything that was tried, and what a person may do."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.delivery import UNDER_WAY, Delivery, State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.teaser import When
from scheduler.services.delivery import decisions, live_posts
from scheduler.services.planning import drafts, moving
from scheduler.services.planning.explaining import explain
from scheduler.services.planning.links import short_address
from scheduler.services.planning.overview import DeliveryPage, delivery_page
from scheduler.storage import post_numbers
from scheduler.storage.post_numbers import Snapshot
from scheduler.web.context import ctx
from scheduler.web.filters import when as words_for
from scheduler.web.forms import whole

bp = Blueprint("deliveries", __name__, url_prefix="/admin/deliveries")


@bp.get("/<int:delivery_id>")
def show(delivery_id: int) -> ResponseReturnValue:
    """Show one delivery; the part that changes is asked for again by the page while it is under way."""
    return _page(delivery_page(ctx(), delivery_id))


def _numbers(delivery_id: int) -> list[Snapshot]:
    """Return what the platform said of the post, newest first."""
    with ctx().database.reading() as tx:
        return [found for found in reversed(post_numbers.of_delivery(tx, delivery_id)) if found.numbers]


def _page(page: DeliveryPage, problem: str = "", status: int = 200) -> ResponseReturnValue:
    template = "standing.html" if request.headers.get("HX-Request") else "show.html"
    delivery = page.row.delivery
    soon = delivery.state is State.SCHEDULED and delivery.due_at <= ctx().clock.now_ms() + 60_000
    return render_template(
        f"admin/deliveries/{template}",
        page=page,
        row=page.row,
        delivery=delivery,
        live=delivery.state in UNDER_WAY or soon,
        short_link=short_address(ctx().settings, delivery.short_code),
        told=explain(ctx(), page.row, page.teaser),
        numbers=_numbers(delivery.id),
        problem=problem,
    ), status


@bp.app_template_filter("pretty_json")
def pretty_json(text: str) -> str:
    """Return JSON text spread over lines, any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


@bp.post("/<int:delivery_id>/time")
def move(delivery_id: int) -> ResponseReturnValue:
    """Give it another time: a date and time, or its account's next free slot."""
    form = request.form
    where = form.get("queue", "")
    at = form.get("at", "") or f"{form.get('date', '')}T{form.get('time', '')}"
    when = When(queue=where) if where else When(at=at, zone=ctx().settings.calendar.zone)
    version = form.get("version", type=whole, default=0)
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        moved = moving.move(ctx(), delivery_id, when, version, _who())
    except (Invalid, Conflict) as error:
        sentence, status = _refusal(error)
        if wants_json:
            return jsonify({"message": sentence}), status
        return _page(delivery_page(ctx(), delivery_id), sentence, status)
    sentence = f"It {moving.label(ctx(), moved)}. {moving.closeness(ctx(), moved)}".rstrip()
    if wants_json:
        answer = {"message": sentence, "version": moved.version, "at": moved.at_wall, "when": words_for(moved.due_at)}
        return jsonify(answer)
    flash(sentence, "ok")
    return _back(delivery_id)


def _refusal(error: Invalid | Conflict) -> tuple[str, int]:
    """Return the sentence for a person and the status."""
    if isinstance(error, Conflict):
        return str(error), 409
    return " ".join(problem.message for problem in error.problems), 422


@bp.post("/<int:delivery_id>/cancellation")
def cancel(delivery_id: int) -> ResponseReturnValue:
    """Cancel it."""
    sentence = "It is cancelled and will not be sent."
    return _decide(delivery_id, lambda: decisions.cancel(ctx(), delivery_id, _who()), sentence)


@bp.post("/<int:delivery_id>/retry")
def retry(delivery_id: int) -> ResponseReturnValue:
    """Send it now."""
    sentence = "It goes out as soon as the account is free."
    return _decide(delivery_id, lambda: decisions.retry(ctx(), delivery_id, _who()), sentence)


@bp.post("/<int:delivery_id>/resolution")
def resolve(delivery_id: int) -> ResponseReturnValue:
    """Say what became of it."""
    outcome, url = request.form.get("outcome", ""), request.form.get("url", "").strip()
    return _decide(delivery_id, lambda: decisions.resolve(ctx(), delivery_id, outcome, url, _who()), "Noted.")


@bp.get("/<int:delivery_id>/files/<int:number>")
def file(delivery_id: int, number: int) -> ResponseReturnValue:
    """Send one of its files, to be posted by hand."""
    media = delivery_page(ctx(), delivery_id).row.payload.media
    if number >= len(media):
        abort(404)
    item = media[number]
    ending = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4", "video/webm": "webm"}
    try:
        path = ctx().blobs.path(item.key)
    except FileNotFoundError:
        abort(404)
    name = f"post-{delivery_id}-{number + 1}.{ending.get(item.mime, 'bin')}"
    response = send_file(path, item.mime, as_attachment=True, download_name=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.post("/<int:delivery_id>/words")
def change_words(delivery_id: int) -> ResponseReturnValue:
    """Change what the live post says."""
    text = request.form.get("text", "")
    return _decide(delivery_id, lambda: live_posts.change(ctx(), delivery_id, text, _who()), "The post is changed.")


@bp.post("/<int:delivery_id>/removal")
def take_down(delivery_id: int) -> ResponseReturnValue:
    """Take the live post down."""
    return _decide(delivery_id, lambda: live_posts.take_down(ctx(), delivery_id, _who()), "The post is taken down.")


@bp.post("/<int:delivery_id>/copy")
def duplicate(delivery_id: int) -> ResponseReturnValue:
    """Open a copy of its teaser as a draft without a date."""
    page = delivery_page(ctx(), delivery_id)
    copy = drafts.duplicate(ctx(), page.teaser.id, current_user.user.id)
    return redirect(url_for("teasers.edit", teaser_id=copy.id))


def _decide(delivery_id: int, decision: Callable[[], Delivery], sentence: str) -> ResponseReturnValue:
    try:
        decision()
    except (Invalid, Conflict) as error:
        return _page(delivery_page(ctx(), delivery_id), *_refusal(error))
    flash(sentence, "ok")
    return _back(delivery_id)


def _who() -> str:
    name: str = current_user.user.name
    return name


def _back(delivery_id: int) -> ResponseReturnValue:
    """Go back to where the button was pressed: the queue, or the delivery's own page."""
    if request.form.get("from") == "queue":
        return redirect(url_for("queue.show"))
    return redirect(url_for("deliveries.show", delivery_id=delivery_id))
