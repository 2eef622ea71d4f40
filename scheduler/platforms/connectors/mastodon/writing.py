"""What a status says beside its text: visibility, content warning, poll, quotation (platform sheet, 3.1 and 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Option
from scheduler.platforms.text import graphemes

VISIBILITIES = {
    "public": "Public",
    "unlisted": "Quiet public",
    "private": "Followers",
    "direct": "Specific people",
}
MORE_VISIBILITIES = {
    "gotosocial": {"mutuals_only": "Mutuals"},
    "pleroma": {"local": "Local"},
    "akkoma": {"local": "Local"},
}
"""What some of the kin have beside Mastodon's own four."""
QUOTE_POLICIES = (("public", "Anyone"), ("followers", "Followers only"), ("nobody", "Just me"))
QUOTES_SINCE = 7
"""`api_versions.mastodon` from which a server knows who may quote (4.5)."""
POLL_TIMES = {
    "300": "5 minutes", "1800": "30 minutes", "3600": "1 hour", "21600": "6 hours", "43200": "12 hours",
    "86400": "1 day", "259200": "3 days", "604800": "7 days",
}  # fmt: skip
POLL_OPTIONS = 4
POLL_CHARACTERS = 50
_DEFAULT_POLL_TIME = "86400"


def options_of(limits: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the choices of a post on a server with these limits."""
    software = str(limits.get("software", "mastodon"))
    visibilities = {**VISIBILITIES, **MORE_VISIBILITIES.get(software, {})}
    if software == "pixelfed":
        visibilities.pop("direct")
    found = [
        Option(
            "visibility",
            "Visibility",
            "choice",
            "As the account's own default when nothing is chosen.",
            (("", "Account's default"), *visibilities.items()),
        ),
        Option("spoiler_text", "Content warning", hint="Readers see this first and the post after a click."),
        Option("sensitive", "Mark media as sensitive", "flag"),
    ]
    if software != "pixelfed":
        found += _poll_options()
    if int(limits.get("api_version", 0)) >= QUOTES_SINCE:
        choices = (("", "Account's default"), *QUOTE_POLICIES)
        found.append(Option("quote_approval_policy", "Who can quote", "choice", choices=choices))
    return tuple(found)


def fields_of(payload: Payload) -> dict[str, Any]:
    """Return the fields of a status that come from the options; what was not chosen is left to the account."""
    chosen = payload.options
    fields: dict[str, Any] = {
        name: chosen[name].strip()
        for name in ("visibility", "spoiler_text", "quote_approval_policy")
        if chosen.get(name, "").strip()
    }
    if chosen.get("sensitive"):
        fields["sensitive"] = True
    if poll := poll_of(payload):
        fields["poll"] = poll
    return fields


def poll_of(payload: Payload) -> dict[str, Any] | None:
    """Return the poll of a post, None when it has none."""
    answers = _answers(payload)
    if not answers:
        return None
    return {
        "options": answers,
        "expires_in": int(payload.options.get("poll_expires_in") or _DEFAULT_POLL_TIME),
        "multiple": bool(payload.options.get("poll_multiple")),
        "hide_totals": bool(payload.options.get("poll_hide_totals")),
    }


def option_problems(payload: Payload) -> list[Problem]:
    """Return everything that a server would refuse about the options."""
    problems = []
    known = {**VISIBILITIES, **{name: label for more in MORE_VISIBILITIES.values() for name, label in more.items()}}
    problems += _choice_problems(payload, "visibility", "visibility", known)
    problems += _choice_problems(payload, "quote_approval_policy", "answer to who can quote", dict(QUOTE_POLICIES))
    return problems + _poll_problems(payload)


def warning_length(payload: Payload) -> int:
    """Return what a content warning takes of the text's length."""
    return graphemes(payload.options.get("spoiler_text", "").strip())


def _poll_options() -> list[Option]:
    hint = "One answer to a line, two to four of them. A post with a poll has no photos."
    return [
        Option("poll_options", "Poll: answers", "long", hint),
        Option(
            "poll_expires_in",
            "Poll: how long",
            "choice",
            choices=tuple(POLL_TIMES.items()),
            default=_DEFAULT_POLL_TIME,
        ),
        Option("poll_multiple", "Poll: several answers allowed", "flag"),
        Option("poll_hide_totals", "Poll: hide the counts until it ends", "flag"),
    ]


def _choice_problems(payload: Payload, name: str, what: str, known: Mapping[str, str]) -> list[Problem]:
    chosen = payload.options.get(name, "")
    if not chosen or chosen in known:
        return []
    return [Problem(f"options.{name}", f"“{chosen}” is no {what}. Choose one of {', '.join(known)}.")]


def _poll_problems(payload: Payload) -> list[Problem]:
    answers = _answers(payload)
    if not answers:
        return []
    messages = []
    if not 2 <= len(answers) <= POLL_OPTIONS:
        messages.append(f"A poll has 2 to {POLL_OPTIONS} answers; there are {len(answers)}. One answer to a line.")
    if len(set(answers)) < len(answers):
        messages.append("Two answers of the poll are the same. Change one.")
    if long := [one for one in answers if graphemes(one) > POLL_CHARACTERS]:
        messages.append(f"“{long[0][:30]}…” is too long for an answer: at most {POLL_CHARACTERS} characters.")
    problems = [Problem("options.poll_options", message) for message in messages]
    if payload.media:
        problems.append(Problem("media", "A post with a poll cannot have photos or a video. Keep one of them."))
    return problems + _choice_problems(payload, "poll_expires_in", "time for a poll", POLL_TIMES)


def _answers(payload: Payload) -> list[str]:
    return [line.strip() for line in payload.options.get("poll_options", "").splitlines() if line.strip()]
