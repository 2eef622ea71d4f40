"""The business of `site.toml` as people read it: hours in words, the address in lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from scheduler.site_settings import Business

_DAYS = {"Mo": "Mon", "Tu": "Tue", "We": "Wed", "Th": "Thu", "Fr": "Fri", "Sa": "Sat", "Su": "Sun"}
_DAY = rf"(?:{'|'.join(_DAYS)})"
_WHEN = re.compile(rf"{_DAY}(?:[-,] ?{_DAY})*")


@dataclass(frozen=True, slots=True)
class Hours:
    """One line of opening hours."""

    days: str
    times: str


def opening_hours(business: Business) -> tuple[Hours, ...]:
    """Return the opening hours line by line: "Mo-Fr 08:00-18:00" is "Mon–Fri", "08:00–18:00".

    A line of another kind ("By appointment") stands as it is.
    """
    return tuple(_line(entry) for entry in business.hours)


def _line(entry: str) -> Hours:
    found = _WHEN.match(entry.strip() + " ")
    days, times = (found[0], entry.strip()[found.end() :]) if found else ("", "")
    if not times.startswith(" "):
        return Hours(entry.strip(), "")
    named = re.sub(_DAY, lambda day: _DAYS[day[0]], days).replace("-", "–")
    return Hours(re.sub(", ?", ", ", named), times.strip().replace("-", "–"))


def address_lines(business: Business) -> tuple[str, ...]:
    """Return the postal address line by line, without what is unknown."""
    town = ", ".join(part for part in (business.city, f"{business.region} {business.postal_code}".strip()) if part)
    return tuple(line for line in (business.street, town) if line)


def map_address(address: str) -> str:
    """Return the address at which a phone opens its maps, and any other browser a page elsewhere (a link, no map).

    Source: developers.google.com/maps/documentation/urls.
    """
    return f"https://www.google.com/maps/search/?{urlencode({'api': 1, 'query': address})}"


def way_there(business: Business) -> str:
    """Return the map address of the business: of its door where that is known; "" without an address."""
    if business.latitude is not None and business.longitude is not None:
        return map_address(f"{business.latitude},{business.longitude}")
    lines = address_lines(business)
    return map_address(", ".join((business.name, *lines) if business.name else lines)) if lines else ""
