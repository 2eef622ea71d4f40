"""/accounts: the connected destinations. Credentials go in and never come out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for

from scheduler.domain.account import Account
from scheduler.domain.problem import Problem
from scheduler.platforms.registry import all_platforms, platform
from scheduler.services.accounts import connect as connecting
from scheduler.services.accounts import health, pausing, practice
from scheduler.storage import accounts as table
from scheduler.web.api import representations
from scheduler.web.api.answers import PAGE, after, answer, nothing, page, require_match, rest
from scheduler.web.api.auth import caller
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import Choice, Keyed, Listed, Shape, Table, Text
from scheduler.web.api.parsing import Read, called, json_body, query
from scheduler.web.context import ctx

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

PLATFORMS = tuple(each.name for each in all_platforms())
CREDENTIALS = "; ".join(f"{each.name}: {', '.join(f.name for f in each.form_fields)}" for each in all_platforms())
CONNECT = Table(
    {
        "platform": Choice(PLATFORMS),
        "credentials": Keyed(
            Text(longest=60),
            Text(longest=5000),
            f"The fields of the platform ({CREDENTIALS}). The address “practice” makes an account on the practice "
            'network of the platform: {"service": "practice"} for bluesky, {"instance": "practice"} for mastodon.',
        ),
        "settings": Keyed(Text(longest=60), Text(), "Settings of the platform, if it has any."),
    },
    ("platform", "credentials"),
)
LIST = Listed("AccountList", "A page of accounts, by name.", {}, of="Account")
CHECKED = Shape(
    "CheckedAccount",
    "An account after its platform was asked.",
    {**representations.ACCOUNT.fields, "trouble": Text("What is wrong and what to do; empty when it works.")},
)


@bp.get("")
@call(Call("List accounts", "read", LIST, query=PAGE, note="Accounts that were removed are not listed."))
def index() -> Response:
    """List accounts."""
    asked: Read = query(PAGE)
    asked.require()
    with ctx().database.reading() as tx:
        found = table.all_accounts(tx)
    return page(asked, rest(found, _key, after(asked, str, int)), _key, _shown)


@bp.post("")
@call(
    Call(
        "Connect an account",
        "admin",
        representations.ACCOUNT,
        status=(201,),
        body=CONNECT,
        note="The platform is asked at once, and its refusal is the answer (422). The same destination connected again "
        "keeps its id, its queue and its history.",
    )
)
def connect() -> Response:
    """Connect an account with what opens it."""
    read = json_body(CONNECT)
    read.require()
    name, credentials = read.values["platform"], read.values["credentials"]
    fields = {field.name for field in platform(name).form_fields} | set(credentials)
    with called({field: f"credentials.{field}" for field in fields}):
        _refuse_to_make_secrets(name, credentials)
        account = connecting.connect(ctx(), name, credentials, read.get("settings", {}))
    return answer(_shown(account), 201, location=url_for("api.accounts.show", account_id=account.id))


def _refuse_to_make_secrets(name: str, credentials: dict[str, str]) -> None:
    """A secret that the connector would make is shown once on a page; an answer of the API is kept and repeated."""
    if practice.is_wanted(credentials):
        return
    wanted = [field for field in platform(name).form_fields if field.secret and not field.required]
    Read({}, [
        Problem(field.name, f"{field.label} is missing. Make one yourself: the API never shows secrets.")
        for field in wanted
        if not credentials.get(field.name, "").strip()
    ]).require()  # fmt: skip


@bp.get("/<int:account_id>")
@call(Call("Read an account", "read", representations.ACCOUNT, refusals=(404,)))
def show(account_id: int) -> Response:
    """Send one account, also one that was removed and is kept for its history."""
    return answer(_shown(health.account(ctx(), account_id)))


@bp.post("/<int:account_id>/check")
@call(
    Call(
        "Check an account",
        "write",
        CHECKED,
        refusals=(404,),
        note="Asks the platform now, and stores its name, picture and limits. A sign-in that is refused for good makes "
        "the account “broken”.",
    )
)
def check(account_id: int) -> Response:
    """Ask the platform how the account is."""
    checked = health.check(ctx(), account_id)
    return answer(_shown(checked.account), extra={"trouble": checked.trouble})


@bp.delete("/<int:account_id>")
@call(
    Call(
        "Remove an account",
        "admin",
        status=(204,),
        matched=True,
        refusals=(404, 409),
        note="Forgets its credentials and cancels what waits in its queue (`waiting`). An account with a history is "
        "kept with the state “disconnected”.",
    )
)
def remove(account_id: int) -> Response:
    """Give an account up."""
    account = health.account(ctx(), account_id)
    waiting = pausing.waiting(ctx(), account_id)
    require_match(representations.account(ctx(), account, waiting))
    pausing.disconnect(ctx(), account_id, waiting, caller().name)
    return nothing()


def _shown(account: Account) -> dict[str, Any]:
    return representations.account(ctx(), account, pausing.waiting(ctx(), account.id))


def _key(account: Account) -> list[Any]:
    return [account.name, account.id]
