"""How a Slack channel is connected: the forms, the sign-in, and what the account then is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.problem import Invalid, Problem
from scheduler.platforms.base import Connection, Credentials, Profile, Refused, Session
from scheduler.platforms.connectors.slack.api import API, HOOKS, asked, hook_parts, outcome_of, reader_of
from scheduler.platforms.http import Answer, TransportError
from scheduler.platforms.oauth import Provider

LOGIN = "https://slack.com"
CHANNELS = 1000
"""The most channels that are offered after a sign-in."""
SCOPES = (
    "chat:write",
    "files:write",
    "files:read",
    "channels:read",
    "groups:read",
    "channels:join",
    "channels:history",
    "groups:history",
)
_TOKEN = re.compile(r"xox[a-z](\.xox[a-z])?-[A-Za-z0-9._-]{10,250}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{5,30}")


def read_webhook(session: Session, form: Mapping[str, str]) -> Credentials:
    """Return the credentials of a webhook's address. Raises `Invalid`."""
    url, hooks = form.get("url", "").strip(), str(session.config.get("hooks", HOOKS))
    try:
        host, parts = urlsplit(url).netloc.lower(), hook_parts(url)
    except ValueError:
        host, parts = "", None
    if parts is None or host != urlsplit(hooks).netloc:
        message = "This is not the address of a Slack webhook. It begins with https://hooks.slack.com/services/."
        raise Invalid([Problem("url", message)])
    return {"url": f"{hooks}{parts[0]}"}


def read_bot(form: Mapping[str, str]) -> Credentials:
    """Return the credentials of a bot. Raises `Invalid` with every problem."""
    token, channel = form.get("bot_token", "").strip(), form.get("channel", "").strip()
    channel, problems = channel.rstrip("/").rpartition("/")[2], []
    if not _TOKEN.fullmatch(token):
        problems.append(Problem("bot_token", "This is not a bot token. It begins with xoxb-."))
    if not _CHANNEL.fullmatch(channel):
        message = "This is not the ID of a channel: it begins with C and stands at the end of the channel's details."
        problems.append(Problem("channel", message))
    if problems:
        raise Invalid(problems)
    return {"bot_token": token, "channel": channel}


def hook_connection(session: Session) -> Connection:
    """Return the webhook's account; nothing is sent, as everything sent would be seen."""
    url = session.credentials["url"]
    try:
        session.http.vet(url)
    except TransportError as error:
        raise Refused(reader_of(session).harmless().outcome_of(error)) from error
    _, team, service = hook_parts(url) or ("", "", "")
    name = f"Slack webhook {service}"
    return Connection(
        Profile(f"{team}/{service}", name, name), session.credentials, session.settings, {"kind": "webhook"}
    )


def connection_of(session: Session, team: Mapping[str, Any], channel: Mapping[str, Any]) -> Connection:
    """Return the account of a channel, with the workspace's address, from which permalinks are made."""
    address = str(team.get("url") or "")
    name, of = f"#{channel.get('name') or channel['id']}", str(team.get("team") or "Slack")
    limits = {"kind": "bot", "team_url": address, "member": channel.get("is_member") is not False}
    credentials = {**session.credentials, "channel": str(channel["id"])}
    profile = Profile(str(channel["id"]), f"{name} · {of}", name, f"{address}archives/{channel['id']}")
    return Connection(profile, credentials, session.settings, limits)


def channels(session: Session) -> list[dict[str, Any]]:
    """Return the channels that the bot sees. Raises `Refused`."""
    found: list[dict[str, Any]] = []
    fields = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": "200"}
    while len(found) < CHANNELS:
        said = asked(session, "conversations.list", fields)
        page = said.get("channels")
        found += [one for one in page if isinstance(one, dict) and one.get("id")] if isinstance(page, list) else []
        following = said.get("response_metadata")
        cursor = str(following.get("next_cursor") or "") if isinstance(following, dict) else ""
        if not cursor:
            break
        fields["cursor"] = cursor
    return found


def provider(session: Session) -> Provider:
    """Return how Slack does OAuth: a bot's scopes, separated by commas."""
    return Provider(
        "Slack",
        f"{session.config.get('login', LOGIN)}/oauth/v2/authorize",
        f"{session.config.get('api', API)}/oauth.v2.access",
        SCOPES,
        pkce=False,
        separator=",",
    )


def as_slack_means_it(refused: Refused, session: Session) -> Refused:
    """Return the refusal of the token call as Slack means it: it answers 200 with a code of its own."""
    outcome = refused.outcome
    if outcome.evidence.http_status != 200:
        return refused
    try:
        said = json.loads(outcome.evidence.body)
    except ValueError:
        return refused
    if not isinstance(said, dict) or said.get("ok") is not False:
        return refused
    body = json.dumps({"ok": False, "error": said.get("error")}).encode()
    return Refused(outcome_of(reader_of(session).harmless(), Answer(200, {}, body, "")))
