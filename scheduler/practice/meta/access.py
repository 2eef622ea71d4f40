"""Who calls, with which right, and how much of its budget is left."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from dataclasses import dataclass

from flask import g, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.meta.tokens import MetaToken, MetaTokens
from scheduler.practice.meta.wire import METHOD, GraphRefusal, bad_token, parameters, server_error, text_of
from scheduler.practice.oauth import CLIENT_ID, CLIENT_SECRET
from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

WINDOW_SECONDS = 86_400
MINUTE = 60


@dataclass(frozen=True)
class Throttle:
    """How a network limits calls per account and day: the type it names in its header, its code, its budget."""

    kind: str
    code: int
    budget: Budget


@dataclass(frozen=True)
class Caller:
    """The token of a request and the account it belongs to."""

    token: MetaToken
    account: PracticeAccount


class MetaAccess:
    """Reads the token of a request and checks what every call checks."""

    def __init__(self, store: PracticeStore, tokens: MetaTokens, throttle: Throttle) -> None:
        """Check against `tokens`, count in `throttle`."""
        self._store = store
        self.tokens = tokens
        self._throttle = throttle

    def caller(self) -> Caller:
        """Return who calls. Raises the refusal of a missing, dead or blocked one."""
        text = token_text()
        if not text:
            raise GraphRefusal(104, "An access token is required to request this resource.", None, 401)
        _check_proof(text)
        token = self.tokens.read(text)
        account = self._store.accounts.get(token.account_id)
        if account is None:
            raise bad_token(467, "The session is invalid.")
        g.practice_account_id = account.id
        self._check_account(account)
        self._count(account)
        return Caller(token, account)

    def before_publishing(self, account: PracticeAccount) -> None:
        """Raise the refusal that a failure switch asks for before anything is published."""
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING, FailureSwitch.MISCONFIGURED_APP)
        if switch is None:
            return
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            raise self._throttled(account, switch.seconds)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            raise bad_token(463, "Session has expired.")
        if switch.kind is FailureSwitch.MISCONFIGURED_APP:
            raise GraphRefusal(104, "Invalid appsecret_proof provided in the API argument", kind=METHOD)
        raise server_error()

    def media_switch(self, account: PracticeAccount) -> ActiveSwitch | None:
        """Return the failure switch that concerns an upload, noted in the log."""
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        if switch is not None:
            note_switch(switch)
        return switch

    def _check_account(self, account: PracticeAccount) -> None:
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise bad_token(458, f"The user has not authorized application {CLIENT_ID}.")
        if account.status == "deactivated":
            raise bad_token(459, "The user must log in at the website to clear a checkpoint.")
        if account.status == "suspended":
            hint = "We limit how often you can post in a given amount of time, to protect people from spam."
            title = "You’re Temporarily Blocked"
            raise GraphRefusal(368, "The action attempted has been deemed abusive or is otherwise disallowed", None,
                               title=title, hint=hint)  # fmt: skip
        if account.status == "takendown":
            raise bad_token(492, "The session is invalid because the user has no role on the Page.")

    def _count(self, account: PracticeAccount) -> None:
        state = self._store.rates.spend(self._throttle.budget, account.public_id)
        g.practice_usage = state
        g.practice_usage_header = usage_header(self._throttle, account.public_id, percent(state))
        if state.exceeded:
            raise self._throttled(account, (state.resets_at - self._store.clock.now_ms()) / 1000)

    def _throttled(self, account: PracticeAccount, seconds: float) -> GraphRefusal:
        minutes = max(1, math.ceil(seconds / MINUTE))
        code = self._throttle.code
        message = f"(#{code}) There have been too many calls to this account. Wait a bit and try again."
        header = usage_header(self._throttle, account.public_id, 100, minutes)
        return GraphRefusal(code, message, 2446079, 400, headers={"X-Business-Use-Case-Usage": header})


def token_text() -> str:
    """Return the token of the request, from its parameter or from its Authorization header (Bearer or OAuth)."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    header = token.strip() if kind.lower() in ("bearer", "oauth") else ""
    return text_of(parameters(), "access_token") or header


def need(caller: Caller, *scopes: str, code: int = 10) -> None:
    """Raise the refusal for the first of `scopes` that the caller's token lacks."""
    missing = [scope for scope in scopes if scope not in caller.token.scopes]
    if missing:
        sentence = f"(#{code}) This endpoint requires the '{missing[0]}' permission to be granted."
        raise GraphRefusal(code, sentence, None, 403)


def percent(state: BudgetState) -> int:
    """Return how much of a budget is used, in whole percent."""
    return min(100, round((state.budget.limit - state.remaining) * 100 / state.budget.limit))


def usage_header(throttle: Throttle, subject: str, used: int, minutes: int = 0) -> str:
    """Return the value of `X-Business-Use-Case-Usage`; `minutes` until calls are answered again."""
    entry = {"type": throttle.kind, "call_count": used, "total_cputime": 0, "total_time": 0}
    return json.dumps({subject: [entry | {"estimated_time_to_regain_access": minutes}]})


def _check_proof(token: str) -> None:
    proof = text_of(parameters(), "appsecret_proof")
    right = hmac.new(CLIENT_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    if proof and not hmac.compare_digest(proof.encode(), right.encode()):
        raise GraphRefusal(104, "Invalid appsecret_proof provided in the API argument", kind=METHOD)
