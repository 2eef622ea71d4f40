"""The ways out of the app: mail and a webhook. Each takes the same news, and says in a sentence why it did not go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scheduler.clock import to_datetime
from scheduler.mail import smtp
from scheduler.mail.message import Letter
from scheduler.platforms.connectors.webhook import signed_headers
from scheduler.platforms.http import TransportError
from scheduler.services.context import Context

MAIL_PATIENCE = smtp.Patience()
WEBHOOK_TIMEOUT = (5.0, 10.0)
"""Seconds to connect and to answer: a receiver has only to take it."""


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told. `number` is the same for the same news; `kind` and `data` are for programs."""

    number: str
    kind: str
    subject: str
    text: str
    html: str
    data: Mapping[str, Any] = field(default_factory=dict)


class NotTold(Exception):
    """The news did not go out this way; the message says why and what to do, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out. `done` names the notice's column that remembers it; `tell` returns what went wrong all the same."""

    name: str
    done: str
    goes_to: str
    tell: Callable[[Context, News], str]


def channels(ctx: Context) -> list[Channel]:
    """Return the ways that are set up; none at first."""
    rules, found = ctx.settings.notices, []
    if rules.mail_to and rules.mail_from and ctx.settings.mail_server:
        found.append(Channel("Mail", "mailed_at", ", ".join(rules.mail_to), by_mail))
    if rules.webhook_url and ctx.settings.notice_secret:
        found.append(Channel("Webhook", "called_at", urlsplit(rules.webhook_url).hostname or "", by_webhook))
    return found


def half_set_up(ctx: Context) -> list[str]:
    """Return a sentence for each way that is wanted and cannot work yet."""
    rules, found = ctx.settings.notices, []
    if rules.mail_to and not ctx.settings.mail_server:
        found.append("Mail cannot go out yet: set DRUMBEAT_SMTP_URL in .env and start Drumbeat again.")
    if rules.webhook_url and not ctx.settings.notice_secret:
        found.append("The webhook is not called yet: set DRUMBEAT_NOTICE_WEBHOOK_SECRET in .env and start again.")
    return found


def by_mail(ctx: Context, news: News) -> str:
    """Send the news by mail; return which recipients were refused ("" for none). Raises `NotTold`."""
    server, rules = ctx.settings.mail_server, ctx.settings.notices
    assert server
    letter = Letter(
        number=news.number,
        sender=rules.mail_from,
        sender_name=f"Drumbeat, {ctx.settings.site.name}",
        recipients=rules.mail_to,
        subject=news.subject,
        text=news.text,
        html=news.html,
        written_at=ctx.clock.now_ms(),
    )
    try:
        return " ".join(smtp.send(server, letter, MAIL_PATIENCE))
    except smtp.NotMailed as error:
        raise NotTold(str(error)) from error


def by_webhook(ctx: Context, news: News) -> str:
    """Send the news to the webhook, signed by the Standard Webhooks specification. Raises `NotTold`."""
    url, now = ctx.settings.notices.webhook_url, ctx.clock.now_ms()
    host = urlsplit(url).hostname or "The webhook"
    stamp = to_datetime(now).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {"type": news.kind, "timestamp": stamp, "data": {"subject": news.subject, "text": news.text, **news.data}}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed_headers(ctx.settings.notice_secret, news.number, now, body)
    try:
        answer = ctx.http.request("POST", url, headers=headers, body=body, timeout=WEBHOOK_TIMEOUT, max_bytes=100_000)
    except TransportError as error:
        raise NotTold(error.sentence) from error
    if not answer.ok:
        raise NotTold(f"{host} did not take it (status {answer.status}). Check webhook_url in notices.toml.")
    return ""
