"""/teasers: writing, scheduling and changing them, by the same rules as the composer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for

from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.services.planning import changing, checking, compose, drafts, scheduling
from scheduler.services.planning.compose import LONGEST_TEXT, Submission, TeaserInput
from scheduler.storage import accounts, deliveries, teasers
from scheduler.web.api import representations
from scheduler.web.api.answers import PAGE, after, answer, nothing, page, page_size, require_match
from scheduler.web.api.auth import caller
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import Instant, Keyed, Kind, Listed, Many, Maybe, Shape, Table, Text, Whole
from scheduler.web.api.idempotency import submission_key
from scheduler.web.api.moments import utc
from scheduler.web.api.parsing import Read, json_body, query
from scheduler.web.context import ctx

bp = Blueprint("teasers", __name__, url_prefix="/teasers")

FIELDS: dict[str, Kind] = {
    "article": Maybe(Text("The slug or id of the article it is about; its link is added.", longest=200)),
    "link": Text("An address of its own, when it is about no article."),
    "text": Text("The words for every account without a variant.", longest=LONGEST_TEXT),
    "assets": Many(Text("The id of an asset.", longest=64), "Photos or a video, in order.", most=50),
    "accounts": Many(Whole("The id of an account."), "Where it goes.", most=100),
    "variants": Keyed(
        Whole(), Table(representations.VARIANT), "What an account gets instead, by the account's id.", most=100
    ),
    "late_policy": representations.LATE_POLICY,
    "replies": representations.REPLIES,
    "when": Maybe(
        Table(representations.WHEN, note="One of: a wall time (`at`, `zone`), `queue`, or `now`. Without it: a draft.")
    ),
}
SCHEDULED = Shape(
    "ScheduledTeaser",
    "A teaser, and the waiting deliveries that moved to make room for it.",
    {
        **representations.TEASER.fields,
        "moved": Many(
            Table({"delivery": Whole(), "due_at": Instant()}, ("delivery", "due_at")),
            'Other deliveries that have another time now; only {"queue": "top"} moves any.',
        ),
    },
)
LIST = Listed("TeaserList", "A page of teasers, drafts too, the newest first.", {}, of="Teaser")
TIMES_STAY = "The time of a scheduled teaser is changed in the queue, delivery by delivery. Leave “when” out."


@bp.get("")
@call(Call("List teasers", "read", LIST, query=PAGE))
def index() -> Response:
    """List teasers."""
    asked = query(PAGE)
    asked.require()
    last = after(asked, int)
    with ctx().database.reading() as tx:
        found = teasers.listing(tx, limit=page_size(asked) + 1, before_id=last[0] if last else None)
    return page(asked, found, lambda teaser: [teaser.id], _shown)


@bp.post("")
@call(
    Call(
        "Create a teaser",
        "write",
        SCHEDULED,
        status=(201,),
        body=Table(FIELDS, ("text",)),
        refusals=(409,),
        note="With `when` it is scheduled for all its accounts, or for none when anything speaks against one of them; "
        "without, it is a draft. Send an Idempotency-Key: a repeated request then never makes a second teaser.",
    )
)
def create() -> Response:
    """Schedule a teaser, or store a draft."""
    read = json_body(Table(FIELDS, ("text",)))
    given = _input(read, TeaserInput())
    which = Submission(key=submission_key(), who=caller().name)
    answered = _kept(read, given, which)
    answered.status_code = 201
    return answered


@bp.get("/<int:teaser_id>")
@call(Call("Read a teaser", "read", representations.TEASER, refusals=(404,)))
def show(teaser_id: int) -> Response:
    """Send one teaser."""
    return answer(_shown(compose.get(ctx(), teaser_id)))


@bp.patch("/<int:teaser_id>")
@call(
    Call(
        "Change a teaser",
        "write",
        SCHEDULED,
        body=Table(FIELDS),
        matched=True,
        refusals=(404, 409),
        note="Fields that are not given stay as they are; `variants` and `when` are replaced as a whole. `when` "
        "schedules a draft. Of a scheduled teaser, text, assets, link and variants can change: what waits is "
        "rendered again, and what has gone out stays as it is.",
    )
)
def change(teaser_id: int) -> Response:
    """Change a draft, schedule it, or give waiting deliveries other words."""
    stored = compose.get(ctx(), teaser_id)
    require_match(_shown(stored))
    read = json_body(Table(FIELDS))
    given = _input(read, _as_input(stored))
    which = Submission(teaser_id=teaser_id, version=stored.version, who=caller().name)
    if not stored.scheduled:
        return _kept(read, given, which)
    if "when" in read.values:
        read.problems.append(Problem("when", TIMES_STAY))
    read.require(lambda: checking.check(ctx(), compose.teaser_of(given)).errors)
    return _answered(changing.change(ctx(), given, which).teaser)


@bp.delete("/<int:teaser_id>")
@call(
    Call(
        "Delete a draft",
        "write",
        status=(204,),
        matched=True,
        refusals=(404, 409),
        note="Only drafts can be deleted. Of a scheduled teaser, cancel the deliveries.",
    )
)
def delete(teaser_id: int) -> Response:
    """Delete a draft."""
    require_match(_shown(compose.get(ctx(), teaser_id)))
    drafts.delete(ctx(), teaser_id)
    return nothing()


def _kept(read: Read, given: TeaserInput, which: Submission) -> Response:
    """Schedule when there is a time, else store a draft."""
    about_time = [problem for problem in read.problems if problem.field.startswith("when")]
    if read.values.get("when") is None and not about_time:
        read.require()
        return _answered(drafts.save(ctx(), given, which))
    read.require(lambda: checking.check(ctx(), compose.teaser_of(given)).errors)
    done = scheduling.schedule(ctx(), given, which)
    return _answered(done.teaser, [{"delivery": move.delivery_id, "due_at": utc(move.due_at)} for move in done.moves])


def _answered(teaser: Teaser, moved: list[dict[str, Any]] | None = None) -> Response:
    where = url_for("api.teasers.show", teaser_id=teaser.id)
    return answer(_shown(teaser), location=where, extra={"moved": moved or []})


def _shown(teaser: Teaser) -> dict[str, Any]:
    with ctx().database.reading() as tx:
        own: list[Delivery] = deliveries.of_teaser(tx, teaser.id)
    return representations.teaser(ctx(), teaser, own)


def _input(read: Read, base: TeaserInput) -> TeaserInput:
    """Return `base` with everything that was given; what names nothing is noted as a problem."""
    given = TeaserInput(
        text=read.get("text", base.text),
        article_id=_article_id(read, base),
        link=read.get("link", base.link),
        template=base.template,
        assets=tuple(read.get("assets", base.assets)),
        accounts=tuple(read.get("accounts", base.accounts)),
        variants=_variants(read) if "variants" in read.values else base.variants,
        when=_when(read) if "when" in read.values else base.when,
        late_policy=read.get("late_policy", base.late_policy),
        replies=tuple(read.get("replies", base.replies)),
    )
    read.problems += _account_problems(given)
    return given


def _article_id(read: Read, base: TeaserInput) -> str:
    if "article" not in read.values:
        return base.article_id
    name = read.values["article"]
    if not name:
        return ""
    found = ctx().articles.by_id(name) or ctx().articles.get(name)
    if found is None:
        read.problems.append(Problem("article", f"There is no article “{name}”."))
    return found.id if found else ""


def _variants(read: Read) -> dict[int, Variant]:
    return {
        key: Variant(
            each.get("text"),
            None if each.get("assets") is None else tuple(each["assets"]),
            each.get("options", {}),
            None if each.get("replies") is None else tuple(each["replies"]),
        )
        for key, each in read.values["variants"].items()
    }


def _when(read: Read) -> When:
    return When(**(read.values["when"] or {}))


def _account_problems(given: TeaserInput) -> list[Problem]:
    with ctx().database.reading() as tx:
        known = {account.id for account in accounts.all_accounts(tx, disconnected=True)}
    unknown = [Problem("accounts", f"There is no account {key}.") for key in given.accounts if key not in known]
    loose = [
        Problem(f"variants.{key}", f"Account {key} is not among the accounts of this teaser.")
        for key in given.variants
        if key not in given.accounts
    ]
    return unknown + loose


def _as_input(stored: Teaser) -> TeaserInput:
    return TeaserInput(
        text=stored.text,
        article_id=stored.article_id,
        link=stored.link,
        template=stored.template,
        assets=stored.assets,
        accounts=stored.accounts,
        variants=stored.variants,
        when=stored.when,
        late_policy=stored.late_policy,
        replies=stored.replies,
    )
