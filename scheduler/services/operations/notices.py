"""What the owner has to be told, and when that is over. Everything here writes in the transaction of the fact it tells.

One cause is one notice: a hundred posts that one account refuses are told once, with a count. What is a matter of this
room has its function here; other rooms report with `storage.notices.report` under a cause of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import BY_HAND, Delivery, State, Step
from scheduler.domain.notice import Level, Notice
from scheduler.domain.problem import NotFound
from scheduler.domain.teaser import payload_from_json
from scheduler.domain.wording import moment
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.storage import accounts, deliveries, listings, notices
from scheduler.storage.engine import Connection

WORKER, MISSED, SIGN_IN = "worker", "missed", "sign_in"
RESOLVED_SHOWN = 50


def after_step(tx: Connection, account_id: int, step: Step, now: int) -> None:
    """Report what a delivery's step means to the owner: it failed, or it needs a person."""
    if step.state is State.FAILED:
        subject = f"{_name(tx, account_id)}: posts were not published"
        _report_posts(tx, (f"failed:{account_id}", subject, f"The last one: {step.sentence}"), account_id, step, now)
    elif step.state is State.NEEDS_HUMAN and step.reason != BY_HAND:
        subject = f"{_name(tx, account_id)}: posts may be live, look and decide"
        sentence = f"Drumbeat sends nothing twice, so it asks you. The last one: {step.sentence}"
        _report_posts(tx, (f"needs_human:{account_id}", subject, sentence), account_id, step, now)


def _report_posts(tx: Connection, words: tuple[str, str, str], account_id: int, step: Step, now: int) -> None:
    cause, subject, sentence = words
    path = f"/admin/queue/?state={step.state}&account={account_id}"
    notices.report(tx, cause, subject=subject, sentence=sentence, now=now, path=path)


def to_post(tx: Connection, delivery: Delivery, now: int) -> None:
    """Ask a person to post a delivery by hand, with everything that they need to do it away from this page."""
    payload = payload_from_json(delivery.payload)
    link = f" {payload.link.url}" if payload.link and payload.link.url not in payload.text else ""
    files = len(payload.media)
    media = f" {files} {'file is' if files == 1 else 'files are'} on its page to download." if files else ""
    subject = f"Time to post: {_name(tx, delivery.account_id)}"
    sentence = f"Post this yourself and tick it off: “{payload.text}{link}”.{media}"
    path = f"/admin/deliveries/{delivery.id}"
    notices.report(tx, f"{BY_HAND}:{delivery.id}", subject=subject, sentence=sentence, now=now, path=path)


def break_account(tx: Connection, account_id: int, sentence: str, now: int) -> None:
    """Note that an account can no longer be published to, and report it; `sentence` says what to do."""
    accounts.set_state(tx, account_id, AccountState.BROKEN, sentence, now)
    subject = f"{_name(tx, account_id)} has to be connected again"
    path = f"/admin/accounts/{account_id}"
    words = f"{sentence} Its posts wait until then."
    notices.report(tx, f"account:{account_id}", subject=subject, sentence=words, now=now, path=path)


def break_platform(tx: Connection, account_id: int, sentence: str, now: int) -> None:
    """Note that our application at a platform is at fault: every account that was connected with it has to wait.

    So no try is wasted, and the owner is told once what to do.
    """
    account = accounts.get(tx, account_id)
    assert account is not None  # the caller has just used it
    way = account.settings.get("way", "")
    for each in accounts.of_platform(tx, account.platform):
        alike = each.practice == account.practice and each.settings.get("way", "") == way
        if alike and each.state is AccountState.CONNECTED:
            accounts.set_state(tx, each.id, AccountState.BROKEN, sentence, now)
    label = platform(account.platform).label
    words = f"{sentence} Everything for {label} waits until then; test an account under Sign-ins when it is done."
    subject = f"{label}: your application there needs you"
    path = "/admin/accounts/sign-ins"
    notices.report(tx, f"platform:{account.platform}", subject=subject, sentence=words, now=now, path=path)


def platform_is_broken(tx: Connection, name: str) -> bool:
    """Return whether the owner was told of a fault of our application at a platform that is not mended yet."""
    return any(notice.cause == f"platform:{name}" for notice in notices.open_notices(tx))


def platform_well(tx: Connection, name: str, now: int) -> None:
    """Note that our application at a platform works again, once nothing there is stopped any more."""
    if not any(each.state is AccountState.BROKEN for each in accounts.of_platform(tx, name)):
        notices.resolve(tx, f"platform:{name}", now)


def account_well(tx: Connection, account_id: int, now: int) -> None:
    """Note that an account works again (or is given up)."""
    notices.resolve(tx, f"account:{account_id}", now)


def open_reminders(tx: Connection) -> set[int]:
    """Return the accounts of whose ending sign-in the owner was reminded."""
    causes = [notice.cause.partition(":") for notice in notices.open_notices(tx)]
    return {int(number) for kind, _, number in causes if kind == SIGN_IN and number.isdecimal()}


def signs_out_soon(tx: Connection, ending: list[Account], zone: str, now: int) -> None:
    """Remind the owner of the accounts whose sign-in ends for good soon, and of no other any more."""
    for number in open_reminders(tx) - {account.id for account in ending}:
        notices.resolve(tx, f"{SIGN_IN}:{number}", now)
    for account in ending:
        subject = f"Sign in at {name_of(account)} again"
        last = moment(account.token_dies_at, zone)
        sentence = f"The platform ends this sign-in on {last}. Connect the account again before; its queue stays."
        path = f"/admin/accounts/{account.id}"
        notices.report(tx, f"{SIGN_IN}:{account.id}", subject=subject, sentence=sentence, now=now, path=path)


def missed(tx: Connection, count: int, now: int) -> None:
    """Report that `count` more posts could not go out in time and wait for a decision."""
    if count:
        subject = "Posts missed their time"
        sentence = "They were not sent late by themselves. Send them now, move them to the next slots, or drop them."
        path = "/admin/queue/away"
        notices.report(tx, MISSED, subject=subject, sentence=sentence, now=now, path=path, times=count)


def worker_down(tx: Connection, seen_at: int | None, zone: str, now: int) -> None:
    """Report that nobody publishes since the worker was last seen (UTC ms). Only the web process can see that."""
    subject = "Nothing is published: the worker is not running"
    last = f"It was last seen {moment(seen_at, zone)}. " if seen_at else ""
    sentence = f"{last}What is due waits. Start Drumbeat again with “python3 run.py”, and look at what it prints."
    notices.report(tx, WORKER, subject=subject, sentence=sentence, now=now, path="/admin/", level=Level.STOP, times=0)


def close_what_is_over(tx: Connection, now: int) -> None:
    """Resolve every notice about accounts and posts whose reason is gone, whichever way a person mended it."""
    for cause in over(tx):
        notices.resolve(tx, cause, now)


def over(tx: Connection) -> list[str]:
    """Return the open causes whose reason is gone."""
    return [notice.cause for notice in notices.open_notices(tx) if _is_over(tx, notice.cause)]


def _is_over(tx: Connection, cause: str) -> bool:
    kind, _, number = cause.partition(":")
    if kind == MISSED:
        return not listings.any_in(tx, State.MISSED)
    if kind == "host":
        return all(account.host != number for account in accounts.all_accounts(tx))
    if kind == "platform":
        return all(account.state is not AccountState.BROKEN for account in accounts.of_platform(tx, number))
    if not number.isdecimal():
        return False
    if kind == BY_HAND:
        handed_over = deliveries.get(tx, int(number))
        return handed_over is None or handed_over.state is not State.NEEDS_HUMAN
    if kind == "account":
        account = accounts.get(tx, int(number))
        return account is None or account.state is not AccountState.BROKEN
    return kind in ("failed", "needs_human") and not listings.any_in(tx, State(kind), int(number))


def _name(tx: Connection, account_id: int) -> str:
    account = accounts.get(tx, account_id)
    return name_of(account) if account else "An account"


def name_of(account: Account) -> str:
    """Return what an account is called where its platform has to be named too: "The clinic on Bluesky"."""
    return f"{account.name or account.handle or account.key} on {platform(account.platform).label}"


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shows of the notices: how many are unread, and those that stop everything."""

    unread: int
    stops: tuple[Notice, ...]


def shell(ctx: Context) -> Shell:
    """Return what every page shows."""
    with ctx.database.reading() as tx:
        found = notices.open_notices(tx)
    return Shell(sum(n.unread for n in found), tuple(n for n in found if n.level is Level.STOP and n.cause != WORKER))


@dataclass(frozen=True, slots=True)
class Listing:
    """The page of notices: new ones, read ones that are still open, and the last that are over."""

    unread: tuple[Notice, ...]
    read: tuple[Notice, ...]
    resolved: tuple[Notice, ...]


def listing(ctx: Context) -> Listing:
    """Return the page of notices."""
    with ctx.database.reading() as tx:
        found, over = notices.open_notices(tx), notices.resolved(tx, RESOLVED_SHOWN)
    unread = tuple(notice for notice in found if notice.unread)
    return Listing(unread, tuple(notice for notice in found if not notice.unread), tuple(over))


def mark_read(ctx: Context, notice_id: int | None) -> int:
    """Note that somebody has seen a notice (None: all of them); return how many were unread. Raises `NotFound`."""
    with ctx.database.writing() as tx:
        if notice_id is not None and notices.get(tx, notice_id) is None:
            raise NotFound("This notice is gone.")
        return notices.mark_read(tx, notice_id, ctx.clock.now_ms())
