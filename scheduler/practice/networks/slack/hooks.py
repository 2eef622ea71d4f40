"""Incoming webhooks of the Slack imitation: plain text answers, no message id."""

from __future__ import annotations

import json

from flask import Response, g, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.networks.slack.content import checked_content
from scheduler.practice.networks.slack.messages import AFTER, SlackMessages
from scheduler.practice.networks.slack.places import Channel
from scheduler.practice.networks.slack.wire import POST_BUDGET, Json, SlackRefusal, spend
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import BEFORE_PUBLISHING, FailureSwitch

_LIES = {FailureSwitch.ERROR_AFTER: lambda: _plain("rollup_error", 500)}
_STATUS = {"suspended": ("channel_is_archived", 410), "deactivated": ("action_prohibited", 403)}


class SlackHooks:
    """The addresses `services/T.../B.../...`, one per account."""

    def __init__(self, store: PracticeStore, messages: SlackMessages) -> None:
        """Keep what arrives as messages of the account's channel."""
        self._store = store
        self._messages = messages

    def receive(self, team: str, service: str, secret: str) -> Response:
        """Answer a message: `ok`, or one word of what is wrong."""
        g.practice_path = f"/practice/slack/hooks/services/{team}/{service}/[redacted]"
        account = self._store.accounts.find("slack", f"C{team[1:]}")
        if account is None or account.status == "takendown":
            return _plain("no_team", 404)
        if service[1:] != team[1:]:
            return _plain("no_service", 404)
        if self._store.accounts.with_password("slack", account.public_id, secret) is None:
            return _plain("invalid_token", 403)
        g.practice_account_id = account.id
        try:
            return self._closed(account) or self._posted(account)
        except SlackRefusal as refusal:
            if refusal.status == 429:
                return _plain("rate_limited", 429, refusal.headers["Retry-After"])
            return _plain(refusal.error, 400)

    def _closed(self, account: PracticeAccount) -> Response | None:
        if account.status in _STATUS:
            return _plain(*_STATUS[account.status])
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP, *BEFORE_PUBLISHING)
        if switch is None:
            return None
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            return _plain("rate_limited", 429, str(switch.seconds))
        known = {FailureSwitch.REVOKED_APP: ("no_service", 404), FailureSwitch.EXPIRED_TOKEN: ("invalid_token", 403)}
        return _plain(*known.get(switch.kind, ("rollup_error", 500)))

    def _posted(self, account: PracticeAccount) -> Response:
        content = checked_content(_payload())
        spend(self._store, POST_BUDGET, account.public_id)
        body = content | {"username": "", "broadcast": False, "thread_ts": ""}
        self._messages.keep(account, Channel(account.public_id, account.handle), body, [])
        return spoil(_plain("ok", 200), self._store.switches.take(account.id, *AFTER), self._store, _LIES)


def _payload() -> Json:
    text = request.form.get("payload") or request.get_data(as_text=True)
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise SlackRefusal("invalid_payload") from error
    if not isinstance(found, dict):
        raise SlackRefusal("invalid_payload")
    return found


def _plain(word: str, status: int, retry_after: str = "") -> Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Response(word, status, headers, mimetype="text/plain")
