"""The practice networks as a person sees them: the feed, the failure switches and the request log."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import AnyOf, InputRequired, NumberRange, ValidationError

from scheduler.platforms.registry import all_platforms
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.catalogue import networks
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import LONGEST_SECONDS, SENTENCES
from scheduler.services.accounts.practice import practice_store
from scheduler.web.context import ctx

bp = Blueprint("practice_pages", __name__, url_prefix="/admin/practice")

PAGE = 25
MOST_POSTS = 500
LOGGED = 40
REQUESTS = {
    "1": "the next request",
    "2": "the next 2 requests",
    "5": "the next 5 requests",
    "": "every request until switched off",
}


class SwitchForm(FlaskForm):  # type: ignore[misc]
    """What shall go wrong, for whom, how often."""

    account = SelectField("Account", validate_choice=False)
    failure = SelectField(
        "What goes wrong",
        choices={kind.value: sentence for kind, sentence in SENTENCES.items()},
        validate_choice=False,
        validators=[AnyOf(list(SENTENCES), "What goes wrong: choose one of the list.")],
    )
    requests = SelectField(
        "For",
        choices=REQUESTS,
        validate_choice=False,
        validators=[AnyOf(list(REQUESTS), "For: choose one of the list.")],
    )
    seconds = IntegerField(
        "N, in seconds",
        default=30,
        description="How long to wait, hold or process, where the failure has an N.",
        validators=[
            InputRequired("Give a number of seconds, for example 30."),
            NumberRange(0, LONGEST_SECONDS, f"Seconds: choose 0 to {LONGEST_SECONDS}."),
        ],
    )

    def validate_account(self, field: SelectField) -> None:
        """Take only accounts of this network."""
        if field.data not in (field.choices or {}):
            raise ValidationError("Account: choose one of the list.")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Go to the first network that has an account."""
    accounts = practice_store(ctx()).accounts.all()
    network = next((name for name in networks() if any(one.network == name for one in accounts)), "bluesky")
    return redirect(url_for(".show", network=network))


@bp.get("/<network>")
def show(network: str) -> ResponseReturnValue:
    """Show the feed of a network, or of one of its accounts."""
    return _page(network, _form(_accounts(network)))


@bp.post("/<network>/switches")
def switch_on(network: str) -> ResponseReturnValue:
    """Switch a failure on."""
    form = _form(_accounts(network))
    if not form.validate_on_submit():
        return _page(network, form), 422
    requests = int(form.requests.data) if form.requests.data else None
    practice_store(ctx()).set_switch(
        int(form.account.data), form.failure.data, requests=requests, seconds=form.seconds.data or 0
    )
    flash("The failure is switched on.", "ok")
    return redirect(url_for(".show", network=network))


@bp.post("/<network>/switches/off")
def switch_off(network: str) -> ResponseReturnValue:
    """Switch a failure off."""
    account_id = request.form.get("account", type=int)
    if account_id not in {account.id for account in _accounts(network)}:
        abort(404)
    kind = request.form.get("failure", "")
    practice_store(ctx()).clear_switch(int(account_id or 0), kind)
    flash("The failure is switched off.", "ok")
    return redirect(url_for(".show", network=network))


def _page(network: str, form: SwitchForm) -> str:
    store, accounts = practice_store(ctx()), _accounts(network)
    chosen = _chosen(accounts)
    limit = min(max(request.args.get("limit", PAGE, type=int), 1), MOST_POSTS)
    posts = store.feed(network, chosen.id if chosen else None, limit + 1)
    return render_template(
        "admin/practice/network.html",
        networks=_shown(store, network),
        network=network,
        accounts=accounts,
        chosen=chosen,
        posts=posts[:limit],
        older=limit + PAGE if len(posts) > limit else 0,
        form=form,
        switches=_switches(store, accounts),
        log=store.requests.newest(network, LOGGED),
    )


def _shown(store: PracticeStore, network: str) -> dict[str, str]:
    """Return the networks to choose from: those with an account, and those on which one can be made with a click."""
    known = {one.network for one in store.accounts.all()} | {network}
    offered = {each.name for each in all_platforms() if each.practice}
    return {name: each.label for name, each in networks().items() if name in known | offered}


def _accounts(network: str) -> list[PracticeAccount]:
    if network not in networks():
        abort(404)
    return practice_store(ctx()).accounts.all(network)


def _chosen(accounts: list[PracticeAccount]) -> PracticeAccount | None:
    wanted = request.args.get("account", type=int)
    found = next((one for one in accounts if one.id == wanted), None)
    if wanted is not None and found is None:
        abort(404)
    return found


def _form(accounts: list[PracticeAccount]) -> SwitchForm:
    form = SwitchForm()
    form.account.choices = {str(one.id): f"{one.name} (@{one.handle})" for one in accounts}
    return form


def _switches(store: PracticeStore, accounts: list[PracticeAccount]) -> list[dict[str, object]]:
    return [
        {"account": account, "failure": switch.kind.value, "sentence": switch.sentence, "left": _left(switch.remaining)}
        for account in accounts
        for switch in store.switches.active(account.id)
    ]


def _left(remaining: int | None) -> str:
    if remaining is None:
        return "until switched off"
    return "for the next request" if remaining == 1 else f"for the next {remaining} requests"
