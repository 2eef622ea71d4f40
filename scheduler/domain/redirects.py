"""Redirects: which old address of the site leads where. What may be written, and that no redirect leads to another."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

from scheduler.domain.addresses import RESERVED
from scheduler.domain.problem import Problem

MOVED, FOR_NOW, GONE = 301, 302, 410
STATUSES = (MOVED, FOR_NOW, GONE)
LONGEST = 500
OURS = RESERVED - {"blog"}
"""The first part of addresses that belong to the product itself: they are never anybody's old page."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirect. `source` is a path as `source_path` returns it; `target` a path or https address, "" for 410."""

    source: str
    target: str
    status: int = MOVED
    note: str = ""


def source_path(text: str) -> str:
    """Return an address of ours as it is compared: the path, decoded, without the slash at its end; "" when it is none.

    The full address of a page does too; its host is not looked at here.
    """
    text = text.strip()
    if re.match(r"https?://[^/\\]+", text, re.IGNORECASE):
        text = urlsplit(text).path or "/" if _splits(text) else ""
    if not _is_path(text):
        return ""
    path = normalize("NFC", unquote(text.partition("?")[0].partition("#")[0], errors="replace"))
    sane = path.isprintable() and "\\" not in path and not path.startswith("//") and "\ufffd" not in path
    return path.rstrip("/") or "/" if sane and ".." not in path.split("/") else ""


def source_problem(text: str) -> str:
    """Return why `text` cannot be the old address of a redirect, or ""."""
    path = source_path(text)
    if not text.strip():
        return "is missing; write the path of the old page, such as /old-page/"
    if not path:
        return f'"{_short(text)}" is not a path of this site; write it like /old-page/'
    if len(path) > LONGEST:
        return f"is {len(path)} characters long; {LONGEST} is the most"
    if "?" in text:
        return f'"{_short(text)}" holds a question mark; a redirect looks at the path alone'
    if path == "/":
        return "is the home page, which is always there"
    if path.split("/")[1] in OURS:
        return f'"{_short(text)}" belongs to Drumbeat itself'
    return ""


def clean_target(text: str, own_host: str) -> str:
    """Return a target as it is kept: an address of our own site becomes its path."""
    text = text.strip()
    if re.match(r"https?://[^/?#\\@]+", text, re.IGNORECASE) and _splits(text):
        parts = urlsplit(text)
        if parts.netloc.lower() == own_host.lower():
            rest = (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
            return (parts.path or "/") + rest
    return text


def target_problem(target: str, status: int, hosts: Collection[str]) -> str:
    """Return why a redirect must not lead to `target`, or "": a path of ours, or https on one of `hosts`."""
    if status == GONE:
        return "must be empty for a page that is gone for good" if target else ""
    if not target:
        return "is missing; write where visitors shall go, such as /blog/new-page/"
    if len(target) > LONGEST:
        return f"is {len(target)} characters long; {LONGEST} is the most"
    if re.search(r"[\x00-\x20\x7f\\<>\"]", target) or not target.isprintable() or not _splits(target):
        return f'"{_short(target)}" holds a space or a sign that addresses cannot have'
    if _is_path(target):
        return "" if source_path(target) else f'"{_short(target)}" is not a path of this site'
    if not re.match(r"https://[^/?#]", target, re.IGNORECASE):
        return f'"{_short(target)}" must be a path of this site (/blog/new-page/) or begin with https://'
    if urlsplit(target).netloc.lower() not in hosts:
        host = urlsplit(target).netloc.rpartition("@")[2]
        return f'"{_short(target)}" leads to another site; let the owner allow "{host[:80]}" under Settings, Site first'
    return ""


class Ways:
    """Where old addresses lead (source -> target), ready to be asked for thousands of redirects."""

    def __init__(self, ways: Mapping[str, str]) -> None:
        self.onward = dict(ways)
        self._before: dict[str, list[str]] = {}
        for source, target in ways.items():
            if _is_path(target):
                self._before.setdefault(source_path(target), []).append(source)

    def chain_problem(self, fresh: Redirect) -> str:
        """Return why a redirect and the other ones would lead a visitor on and on, or ""."""
        leads_to = source_path(fresh.target) if _is_path(fresh.target) else ""
        if leads_to == fresh.source:
            return "leads to itself"
        if leads_to in self.onward:
            return f"leads to {leads_to}, which leads on to {self.onward[leads_to] or 'nothing'}; lead there at once"
        if before := [source for source in self._before.get(fresh.source, ()) if source != fresh.source]:
            return (
                f"{before[0]} leads to {fresh.source} already; change that redirect first, so that nobody is led twice"
            )
        return ""


def location(target: str) -> str:
    """Return a target as a header can carry it."""
    return quote(target, safe="/:?#[]@!$&'()*+,;=%-._~")


def problems_of(fresh: Redirect, written: str, ways: Ways, hosts: Collection[str]) -> list[Problem]:
    """Return everything that stands against a redirect; `written` is its source as it was typed."""
    found = []
    if reason := source_problem(written):
        found.append(Problem("source", f"The old address {reason}."))
    if fresh.status not in STATUSES:
        found.append(Problem("status", "The kind must be 301 (for good), 302 (for now) or 410 (gone)."))
    if reason := target_problem(fresh.target, fresh.status, hosts):
        found.append(Problem("target", f"The new address {reason}."))
    elif fresh.source and (reason := ways.chain_problem(fresh)):
        found.append(Problem("target", f"This redirect {reason}." if reason.startswith("leads") else f"{reason}."))
    return found


def _is_path(text: str) -> bool:
    return text.startswith("/") and not text.startswith(("//", "/\\"))


def _splits(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "·" for c in text)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
