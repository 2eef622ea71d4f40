"""A payload as a local post: its kinds (update, event, offer), its button, and what Google would refuse of it.

Source: platform sheet of Google Business Profile, sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import regex

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Option

SUMMARY_CHARACTERS = 1500
TITLE_CHARACTERS = 58
SMALLEST_PHOTO = 10 * 1024
KINDS = (("STANDARD", "Update"), ("EVENT", "Event"), ("OFFER", "Offer"))
ACTIONS = (
    ("", "Learn more, when there is a link"),
    ("NONE", "None"),
    ("BOOK", "Book"),
    ("ORDER", "Order online"),
    ("SHOP", "Buy"),
    ("LEARN_MORE", "Learn more"),
    ("SIGN_UP", "Sign up"),
    ("CALL", "Call now"),
)
_DATED = ("kind", ("EVENT", "OFFER"))
_OFFER = ("kind", ("OFFER",))
_BUTTON = ("kind", ("", "STANDARD", "EVENT"))
OPTIONS = (
    Option("kind", "Kind of post", "choice", choices=KINDS, default="STANDARD"),
    Option("action", "Button", "choice", "It opens the link of the post.", ACTIONS, when=_BUTTON),
    Option("action_url", "Address of the button", "address", "Left empty, it is the link of the post.", when=_BUTTON),
    Option("title", "Title", "text", f"At most {TITLE_CHARACTERS} characters.", when=_DATED),
    Option("starts", "Starts", "time", "In the time of the place.", when=_DATED),
    Option("ends", "Ends", "time", "In the time of the place.", when=_DATED),
    Option("coupon_code", "Voucher code", "text", when=_OFFER),
    Option("redeem_url", "Link to redeem the offer", "address", "Left empty, it is the link of the post.", when=_OFFER),
    Option("terms", "Terms and conditions", "long", when=_OFFER),
)
_URL = regex.compile(r"https?://|\bwww\.", regex.IGNORECASE)
_PHONE = regex.compile(r"(?<![\w/.-])\+?\(?\d[\d\s().-]{7,}\d(?![\w/-])")


def kind_of(payload: Payload) -> str:
    """Return the topic of the post; everything unsaid is an update."""
    return payload.options.get("kind", "") or "STANDARD"


def summary_of(payload: Payload) -> str:
    """Return the text as it is sent: without the post's own link at its end, which the button opens.

    Google tends to reject posts with an address in their words.
    """
    text, link = payload.text.strip(), payload.link.url if payload.link else ""
    carried = link and link in _carried(payload)
    return text.removesuffix(link).rstrip() if carried and text.endswith(link) else text


def local_post(payload: Payload, photo: str) -> dict[str, Any]:
    """Return the LocalPost of a payload that was found acceptable; `photo` is its public address, "" without one."""
    post: dict[str, Any] = {
        "languageCode": payload.language,
        "summary": summary_of(payload),
        "topicType": kind_of(payload),
    }
    if action := _action(payload):
        post["callToAction"] = action
    if kind_of(payload) in _DATED[1]:
        post["event"] = _event(payload)
    if kind_of(payload) == "OFFER" and (offer := _offer(payload)):
        post["offer"] = offer
    if photo:
        post["media"] = [{"mediaFormat": "PHOTO", "sourceUrl": photo}]
    return post


def option_problems(payload: Payload) -> list[Problem]:
    """Return everything that Google would refuse about the options of a post."""
    problems = []
    options, kind = payload.options, kind_of(payload)
    for name, choices in (("kind", KINDS), ("action", ACTIONS)):
        if options.get(name, "") not in ("", *(value for value, _ in choices)):
            problems.append(Problem(f"options.{name}", f"“{options[name]}” is none of the choices. Choose one again."))
    for name in ("action_url", "redeem_url"):
        if options.get(name, "") and not options[name].startswith(("https://", "http://")):
            problems.append(Problem(f"options.{name}", "This is no web address. Begin it with https://."))
    problems += _action_problems(payload)
    if kind in _DATED[1]:
        problems += _dated_problems(options)
    return problems


def word_problems(payload: Payload) -> list[Problem]:
    """Return warnings about words for which Google tends to take a post down."""
    text, problems = summary_of(payload), []
    if _URL.search(text):
        message = "Google tends to reject posts with a web address in their text. Leave it to the button."
        problems.append(Problem("text", message, "warning"))
    if _PHONE.search(text):
        message = "Google tends to reject posts with a phone number in their text. Use the button “Call now”."
        problems.append(Problem("text", message, "warning"))
    return problems


def photo_problems(payload: Payload) -> list[Problem]:
    """Return the problem of a photo with too few bytes; every other rule of photos is shared."""
    return [
        Problem(f"media.{index}", f"The photo has {item.bytes} bytes; Google wants at least {SMALLEST_PHOTO}.")
        for index, item in enumerate(payload.media)
        if not item.is_video and item.bytes < SMALLEST_PHOTO
    ]


def _carried(payload: Payload) -> str:
    """Return the addresses that the post carries outside its text."""
    action = _action(payload) or {}
    redeem = _offer(payload).get("redeemOnlineUrl", "") if kind_of(payload) == "OFFER" else ""
    return f"{action.get('url', '')} {redeem}"


def _action(payload: Payload) -> dict[str, str]:
    """Return the button, {} for none; on an offer Google ignores it."""
    wanted, link = payload.options.get("action", ""), payload.link.url if payload.link else ""
    if kind_of(payload) == "OFFER" or wanted == "NONE" or (not wanted and not link):
        return {}
    if wanted == "CALL":
        return {"actionType": "CALL"}
    return {"actionType": wanted or "LEARN_MORE", "url": payload.options.get("action_url", "") or link}


def _event(payload: Payload) -> dict[str, Any]:
    starts, ends = (_wall_time(payload.options.get(name, "")) for name in ("starts", "ends"))
    schedule = {**_side("start", starts), **_side("end", ends)}
    return {"title": payload.options.get("title", "").strip(), "schedule": schedule}


def _side(side: str, at: datetime | None) -> dict[str, dict[str, int]]:
    if at is None:
        return {}
    day = {"year": at.year, "month": at.month, "day": at.day}
    return {f"{side}Date": day, f"{side}Time": {"hours": at.hour, "minutes": at.minute}}


def _offer(payload: Payload) -> dict[str, str]:
    link = payload.link.url if payload.link else ""
    values = {
        "couponCode": payload.options.get("coupon_code", "").strip(),
        "redeemOnlineUrl": payload.options.get("redeem_url", "") or link,
        "termsConditions": payload.options.get("terms", "").strip(),
    }
    return {name: value for name, value in values.items() if value}


def _action_problems(payload: Payload) -> list[Problem]:
    action = _action(payload)
    if action and action["actionType"] != "CALL" and not action.get("url"):
        return [Problem("options.action_url", "The button leads nowhere. Enter an address, or choose no button.")]
    return []


def _dated_problems(options: Mapping[str, str]) -> list[Problem]:
    problems, title = [], options.get("title", "").strip()
    if not title:
        problems.append(Problem("options.title", "The title is missing. Events and offers need one."))
    elif len(title) > TITLE_CHARACTERS:
        message = f"The title has {len(title)} characters; at most {TITLE_CHARACTERS} are allowed."
        problems.append(Problem("options.title", message))
    times = {name: _wall_time(options.get(name, "")) for name in ("starts", "ends")}
    for name, at in times.items():
        if at is None:
            message = f"Enter when it {name}: a day and a time. Events and offers need both."
            problems.append(Problem(f"options.{name}", message))
    if times["starts"] and times["ends"] and times["ends"] < times["starts"]:
        problems.append(Problem("options.ends", "It ends before it starts. Choose a later end."))
    return problems


def _wall_time(text: str) -> datetime | None:
    """Return a wall time "2026-11-23T09:00", None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo else found
