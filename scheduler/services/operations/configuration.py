"""What the owner changes in the browser: the site's words and the calendar's rules, written into their TOML files.

Values are texts as they were typed. Problems carry the key of the value ("default.slots"), and their sentence names
file, key and reason, all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scheduler import config_writer
from scheduler.config import read_calendar
from scheduler.config_writer import Rows
from scheduler.domain.blackout import parse_span
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.slots import parse_slot
from scheduler.notice_rules import read_notices
from scheduler.services.context import Context
from scheduler.site_settings import read_site
from scheduler.storage import preferences

SITE, CALENDAR, NOTICES = "site.toml", "calendar.toml", "notices.toml"
SITE_NAMED = "site-named"
"""The preference that remembers that the owner has saved the site's words once."""

SLOTS, GAP, TOLERANCE = "slots", "minimum_gap_minutes", "late_tolerance_minutes"
WHEN_LATE, CATCH_UP, BLACKOUT = "when_late", "catch_up", "blackout"
RULES = (SLOTS, GAP, TOLERANCE, WHEN_LATE, CATCH_UP, BLACKOUT)

_READERS: Mapping[str, Callable[[Path, list[Problem]], object]] = {
    SITE: read_site,
    CALENDAR: read_calendar,
    NOTICES: read_notices,
}
_LINE = re.compile(r"[\r\n]+")
POSITION = "business.position"
_PLACE = re.compile(
    r"\(?([+-]?\d{1,3}(?:\.\d{1,15})?)\s*°?\s*([NS]?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*°?\s*([EW]?)\)?",
    re.IGNORECASE | re.ASCII,
)
"""A place as maps write it: "41.5704, -71.4500", "41.5704° N, 71.4500° W"."""


def seen(ctx: Context, file: str) -> str:
    """Return what names the present bytes of a configuration file; its form carries it."""
    return config_writer.fingerprint(ctx.settings.config / file)


def save_site(ctx: Context, values: Mapping[str, str], seen_as: str) -> None:
    """Write the site's words, given by key ("site.name"); "business.hours" and "site.redirect_hosts" hold one a line.

    "business.position" stands for latitude and longitude, as maps write them. Raises `Invalid`, or `Conflict` when the
    file is no longer what `seen_as` names.
    """
    typed: dict[str, object] = {
        key: _LISTS[key](text) if key in _LISTS else _one_line(text) for key, text in values.items() if key != POSITION
    }
    problems = []
    if not typed.get("site.name"):
        problems.append(Problem("site.name", "is missing. Visitors see it in the header and in titles."))
    try:
        typed |= _position(ctx, values.get(POSITION))
    except ValueError as error:
        problems.append(Problem(POSITION, str(error)))
    if problems:
        named = [Problem(each.field, f"{SITE}, {each.field}: {each.message}") for each in problems]
        raise Invalid([*named, *_faults(ctx, SITE, typed, seen_as)])
    _write(ctx, SITE, typed, seen_as)
    with ctx.database.writing() as tx:
        preferences.put(tx, SITE_NAMED, "yes")


def _position(ctx: Context, text: str | None) -> dict[str, float | None]:
    """Return the changes that a typed place on the map makes. Raises `ValueError`."""
    if text is None or text.strip() == ctx.settings.site.business.position:
        return {}
    found = _PLACE.fullmatch(text.strip())
    if text.strip() and not found:
        raise ValueError(f'must be two numbers such as "41.5704, -71.4500", not "{_one_line(text)[:80]}"')
    numbers = {"latitude": (1, "S"), "longitude": (3, "W")}
    return {
        f"business.{name}": float(found[group]) * (-1 if found[group + 1].upper() == sign else 1) if found else None
        for name, (group, sign) in numbers.items()
    }


def _host_names(text: str) -> list[str]:
    """Return the host names of lines in which whole addresses may stand, too."""
    return [re.sub(r"https?://([^/?#]*).*", r"\1", line, flags=re.IGNORECASE).lower() for line in _lines(text)]


def save_discovery(ctx: Context, indexnow: bool, llms: bool, texts: Mapping[str, str], seen_as: str) -> None:
    """Write how the site is found; `texts` are websub_hub and security_contact. Raises `Invalid` or `Conflict`."""
    words = {f"discovery.{name}": _one_line(text) for name, text in texts.items()}
    _write(ctx, SITE, {"discovery.indexnow": indexnow, "discovery.llms": llms, **words}, seen_as)


def save_look(ctx: Context, texts: Mapping[str, str], seen_as: str) -> None:
    """Write the look, by the names of `Theme`; an empty colour is the usual one. Raises `Invalid` or `Conflict`."""
    typed = {f"theme.{name}": _one_line(text) for name, text in texts.items()}
    kept = ("theme.logo", "theme.logo_dark")
    _write(ctx, SITE, {key: text or ("" if key in kept else None) for key, text in typed.items()}, seen_as)


def save_links(ctx: Context, lists: Mapping[str, Sequence[Mapping[str, str]]], seen_as: str) -> None:
    """Write the navigation and the services, each row with label, href and text. A row without words is left out.

    Raises `Invalid`, with fields like "navigation[2].href", or `Conflict`.
    """
    changes = {name: Rows([_row(row) for row in rows if any(_row(row).values())]) for name, rows in lists.items()}
    _write(ctx, SITE, changes, seen_as)


def _row(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: _one_line(text) for name, text in typed.items()}


def calendar_changes(zone: str, rules: Mapping[str, str]) -> dict[str, object]:
    """Return zone and default rules as changes of the calendar's file; `rearranging` shows and makes them."""
    return {"zone": zone.strip(), **_rules("default", rules)}


def account_changes(ctx: Context, key: str, rules: Mapping[str, str] | None) -> dict[str, object]:
    """Return the rules of the account `key` as changes of the calendar's file.

    None takes them out, so that the default ones hold.
    """
    prefix = f"accounts.{key}"
    if rules is not None:
        return _rules(prefix, rules)
    if key in ctx.settings.calendar.accounts:
        return dict.fromkeys((f"{prefix}.{name}" for name in RULES), None)
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesInput:
    """What was typed on the page of the notices; `mail_to` holds one address a line, or separated by commas."""

    mail_to: str
    mail_from: str
    webhook_url: str
    levels: tuple[str, ...]
    digest: str


def save_notices(ctx: Context, typed: NoticesInput, seen_as: str) -> None:
    """Write who is told what.

    Raises `Invalid`, or `Conflict` when the file is no longer what `seen_as` names.
    """
    changes = {
        "mail_to": [part.strip() for part in re.split(r"[\r\n,;]+", typed.mail_to) if part.strip()],
        "mail_from": _one_line(typed.mail_from),
        "webhook_url": _one_line(typed.webhook_url),
        "levels": list(typed.levels),
        "digest": _one_line(typed.digest) or "off",
    }
    _write(ctx, NOTICES, changes, seen_as)


def _rules(prefix: str, rules: Mapping[str, str]) -> dict[str, object]:
    return {
        f"{prefix}.{SLOTS}": slots_of(rules.get(SLOTS, "")),
        f"{prefix}.{GAP}": _number(rules.get(GAP, "")),
        f"{prefix}.{TOLERANCE}": _number(rules.get(TOLERANCE, "")),
        f"{prefix}.{WHEN_LATE}": rules.get(WHEN_LATE, "") or None,
        f"{prefix}.{CATCH_UP}": rules.get(CATCH_UP, "") or None,
        f"{prefix}.{BLACKOUT}": spans_of(rules.get(BLACKOUT, "")),
    }


def spans_of(text: str) -> list[str]:
    """Return the blackout days of `text` (one a line, or separated by commas) in order, each once.

    What is no day stays as it was typed, so that the reader of the file can say so.
    """
    good, bad = set(), []
    for part in _parts(text):
        try:
            good.add(parse_span(part))
        except ValueError:
            bad.append(part)
    return [str(span) for span in sorted(good)] + bad


def slots_of(text: str) -> list[str]:
    """Return the slots of `text` (one a line, or separated by commas) in their order of time, each once.

    What is not a slot stays as it was typed, so that the reader of the file can say so.
    """
    good, bad = set(), []
    for part in _parts(text):
        try:
            good.add(parse_slot(part))
        except ValueError:
            bad.append(part)
    return [str(slot) for slot in sorted(good)] + bad


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[\r\n,;]+", text) if part.strip()]


def _number(text: str) -> int | str | None:
    """Return a typed number; None for nothing (the default holds), the text itself for what is none."""
    plain = text.strip()
    return int(plain) if re.fullmatch(r"-?\d{1,9}", plain, re.ASCII) else plain or None


def _one_line(text: str) -> str:
    return " ".join(_LINE.split(text)).strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in _LINE.split(text) if line.strip()]


_LISTS: Mapping[str, Callable[[str], list[str]]] = {"business.hours": _lines, "site.redirect_hosts": _host_names}
"""Keys of the site whose values are lists."""


def _faults(ctx: Context, file: str, changes: Mapping[str, object], seen_as: str) -> tuple[Problem, ...]:
    """Return what is wrong with changes that are not written. Raises `Conflict` as `_write` does."""
    try:
        with by_key():
            config_writer.tried(ctx.settings.config / file, changes, seen_as, _READERS[file])
    except Invalid as error:
        return error.problems
    return ()


def _write(ctx: Context, file: str, changes: Mapping[str, object], seen_as: str) -> None:
    with by_key():
        config_writer.change(ctx.settings.config / file, changes, seen_as, _READERS[file])


@contextmanager
def by_key() -> Iterator[None]:
    """Name the problems of a configuration file by the key at fault ("default.slots")."""
    try:
        yield
    except Invalid as error:
        raise Invalid(_by_key(problem) for problem in error.problems) from error


def _by_key(problem: Problem) -> Problem:
    file, colon, key = problem.field.partition(": ")
    return Problem(key, f"{file}, {key}: {problem.message}") if colon else problem
