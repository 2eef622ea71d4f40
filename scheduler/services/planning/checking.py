"""Everything that speaks against a teaser, for all its accounts at once, before anything is queued.

Reads only. The composer asks on every pause in typing; scheduling asks once more and refuses what has errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.problem import Problem
from scheduler.domain.queue import Move
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.teaser import Payload, Teaser
from scheduler.platforms.base import Count, Platform
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.services.planning import blackouts, links, moments
from scheduler.services.planning.payloads import Material, compose_payload, following, gather
from scheduler.storage import accounts
from scheduler.storage.engine import Connection


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """How a teaser stands with one account.

    `text` is what goes over the wire. Fields of `problems` are the platform's: "text", "media.0", "link", "account",
    "when". `due_at` (UTC ms) is None while no time is known; `moves` are the deliveries that make room.
    """

    account: Account
    platform: Platform
    payload: Payload
    text: str
    count: Count
    problems: tuple[Problem, ...] = ()
    due_at: int | None = None
    sentence: str = ""
    moves: tuple[Move, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return what stops the teaser for this account."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


@dataclass(frozen=True, slots=True)
class Check:
    """The result: problems of the teaser as a whole, and one entry for each chosen account."""

    problems: tuple[Problem, ...]
    accounts: tuple[AccountCheck, ...]

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Return every problem; those of an account name it in field (`accounts.<id>.text`) and message."""
        return self.problems + tuple(_named(problem, entry) for entry in self.accounts for problem in entry.problems)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that stop the teaser."""
        return tuple(problem for problem in self.all_problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the problems that are only shown."""
        return tuple(problem for problem in self.all_problems if problem.severity != "error")


def _named(problem: Problem, entry: AccountCheck) -> Problem:
    return replace(
        problem,
        field=f"accounts.{entry.account.id}.{problem.field}".rstrip("."),
        message=f"{entry.account.name} ({entry.platform.label}): {problem.message}",
    )


def check(ctx: Context, teaser: Teaser) -> Check:
    """Return everything that speaks against sending `teaser` to its accounts when it says."""
    now = ctx.clock.now_ms()
    material = gather(ctx, teaser)
    problems = [*teaser_problems(teaser, material), *moments.when_problems(teaser.when, ctx.settings.calendar, now)]
    timed = not any(p.field.startswith("when") and p.severity == "error" for p in problems)
    with ctx.database.reading() as tx:
        chosen, unknown = _chosen(tx, teaser)
        entries = [check_content(material, teaser, account) for account in chosen]
        if timed:
            entries = [_with_time(ctx, tx, entry, teaser, now) for entry in entries]
    times = [entry.due_at for entry in entries if entry.due_at is not None]
    problems += unknown + article_problems(material.article, times, ctx.settings.calendar.zone)
    return Check(tuple(problems), tuple(entries))


def teaser_problems(teaser: Teaser, material: Material) -> list[Problem]:
    """Return what is wrong with the teaser as a whole, apart from its times and its article's state."""
    problems = []
    if not teaser.accounts:
        problems.append(Problem("accounts", "No account is chosen. Choose at least one."))
    if teaser.article_id and material.article is None:
        problems.append(Problem("article", "The article is not there any more. Choose another one, or none."))
    if teaser.link and not teaser.article_id and (reason := links.link_problem(teaser.link)):
        problems.append(Problem("link", reason))
    wanted = [*teaser.assets, *(asset for variant in teaser.variants.values() for asset in variant.assets or ())]
    if missing := [asset for asset in dict.fromkeys(wanted) if asset not in material.media]:
        which = "A photo or video" if len(missing) == 1 else f"{len(missing)} photos or videos"
        problems.append(Problem("assets", f"{which} of this teaser is not in the library any more. Take it out."))
    return problems


def _chosen(tx: Connection, teaser: Teaser) -> tuple[list[Account], list[Problem]]:
    found = {account_id: accounts.get(tx, account_id) for account_id in dict.fromkeys(teaser.accounts)}
    unknown = [
        Problem("accounts", f"There is no account {account_id}. Choose another one.")
        for account_id, account in found.items()
        if account is None
    ]
    return [account for account in found.values() if account], unknown


def check_content(
    material: Material, teaser: Teaser, account: Account, short_code: str = links.NO_CODE
) -> AccountCheck:
    """Return how text, media and link stand with one account; times are not looked at."""
    connector = platform(account.platform)
    rules = connector.rules(account.limits)
    payload = compose_payload(material, teaser, account, short_code)
    text = connector.wire_text(payload)
    content = connector.validate(payload, rules)
    judged = {problem.field for problem in content}
    problems = [
        *_account_problems(account),
        *content,
        *(problem for problem in option_problems(connector, account, payload) if problem.field not in judged),
        *reply_problems(connector, teaser, account, payload),
        *_reach_problems(material, account),
    ]
    return AccountCheck(account, connector, payload, text, connector.count(text, rules), tuple(problems))


def option_problems(connector: Platform, account: Account, payload: Payload) -> list[Problem]:
    """Return what is wrong with the platform's own choices, as far as their kinds tell; fields are "options.<name>"."""
    problems = []
    for option in connector.options(account.limits):
        value = payload.options.get(option.name, "")
        labels = dict(option.choices)
        if value and labels and value not in labels:
            message = f"{option.label}: “{value}” is none of {', '.join(labels.values())}."
            problems.append(Problem(f"options.{option.name}", message))
    return problems


def reply_problems(connector: Platform, teaser: Teaser, account: Account, payload: Payload) -> list[Problem]:
    """Return what the platform would refuse about what follows under the post, and warn of what it does not take at
    all; fields are "replies.0" and on."""
    rules, left_out = connector.rules(account.limits), following(teaser, account)[1]
    problems = [
        replace(problem, field=f"replies.{number}")
        for number, text in enumerate(payload.replies)
        for problem in connector.validate(Payload(text, language=payload.language, reply_to="0"), rules)
    ]
    if left_out and payload.replies:
        message = "It takes one comment under a post, so only your first one goes out here."
        problems.append(Problem("replies", message, severity="warning"))
    elif left_out:
        message = "It takes no comment of ours under a post, so what follows is left out here."
        problems.append(Problem("replies", message, severity="warning"))
    return problems


def _reach_problems(material: Material, account: Account) -> list[Problem]:
    """Warn of a link that only this machine can open, on a network where others would follow it."""
    host = urlsplit(material.address).hostname or "" if material.article else ""
    if account.practice or not (host in ("localhost", "::1") or host.startswith("127.")):
        return []
    words = f"The link begins with {host}, which nobody else can open. Set DRUMBEAT_BASE_URL in .env to your address."
    return [Problem("link", words, "warning")]


def _account_problems(account: Account) -> list[Problem]:
    match account.state:
        case AccountState.CONNECTED:
            return []
        case AccountState.PAUSED:
            message = "This account is paused. Resume it under Accounts, or leave it out."
        case AccountState.BROKEN:
            reason = account.problem or "This account needs to be connected again."
            message = f"{reason} You find it under Accounts. Until it works, leave it out."
        case AccountState.DISCONNECTED:
            message = "This account is disconnected. Connect it again under Accounts, or leave it out."
    return [Problem("account", message)]


def _with_time(ctx: Context, tx: Connection, entry: AccountCheck, teaser: Teaser, now: int) -> AccountCheck:
    calendar = ctx.settings.calendar
    try:
        moment = moments.moment_for(tx, entry.account, teaser.when, calendar, now)
    except NoFreeSlot as full:
        return replace(entry, problems=(*entry.problems, Problem("when", str(full))))
    if closed := blackouts.problems_at(calendar, entry.account, moment.due_at):
        return replace(entry, problems=(*entry.problems, *closed))
    taken = moments.taken_times(tx, entry.account, calendar, now)
    warnings = moments.crowding(moment, taken, entry.account, calendar)
    return replace(
        entry,
        problems=(*entry.problems, *warnings),
        due_at=moment.due_at,
        sentence=_sentence(moment, teaser, now),
        moves=moment.moves,
    )


def _sentence(moment: moments.Moment, teaser: Teaser, now: int) -> str:
    if teaser.when.now:
        return "will go out now"
    sentence = wording.will_go_out(moment.due_at, moment.at_zone, now)
    if not moment.moves:
        return sentence
    posts = "1 waiting post moves" if len(moment.moves) == 1 else f"{len(moment.moves)} waiting posts move"
    return f"{sentence}; {posts} to the following slot"


def article_problems(article: Article | None, times: list[int], zone: str) -> list[Problem]:
    """Return whether visitors will find the article at the `times` (UTC ms) at which its teaser goes out."""
    if article is None:
        return []
    if article.status is Status.ARCHIVED:
        return [Problem("article", f"“{article.title}” is archived: visitors would find nothing. Publish it again.")]
    if article.status is Status.DRAFT or (article.status is Status.SCHEDULED and article.date_at is None):
        message = f"“{article.title}” is a draft: visitors would find nothing. Publish or schedule the article first."
        return [Problem("article", message)]
    if article.date_at is not None and any(not is_public(article, due) for due in times):
        message = (
            f"“{article.title}” appears {wording.moment(article.date_at, zone)}, after this teaser goes out. "
            "Choose a later time, or publish the article earlier."
        )
        return [Problem("article", message)]
    return []
