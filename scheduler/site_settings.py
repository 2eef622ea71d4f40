"""What `site.toml` says of the public site: its name, business, links and look, and how it is found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.discovery_rules import Discovery, read_discovery
from scheduler.domain.problem import Problem
from scheduler.theme_rules import Theme, read_theme
from scheduler.toml_table import Table, read_table


@dataclass(frozen=True, slots=True)
class Business:
    """The local business behind the site, for the contact block and for search engines. Empty means unknown."""

    type: str = "MedicalBusiness"
    name: str = ""
    phone: str = ""
    email: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    hours: tuple[str, ...] = ()
    booking_url: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def position(self) -> str:
        """Return latitude and longitude as maps write them, "" while neither is known."""
        known = [str(degrees) if degrees is not None else "?" for degrees in (self.latitude, self.longitude)]
        return "" if known == ["?", "?"] else ", ".join(known)


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A labelled address with an optional sentence: an entry of the navigation or a service of the home page."""

    label: str
    href: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What `site.toml` says."""

    name: str = "My site"
    tagline: str = ""
    description: str = ""
    language: str = "en"
    page_size: int = 10
    check_pages: bool = True
    """Whether an article's public page is looked at before a teaser leads there."""
    business: Business = field(default_factory=Business)
    navigation: tuple[SiteLink, ...] = ()
    services: tuple[SiteLink, ...] = ()
    discovery: Discovery = field(default_factory=Discovery)
    theme: Theme = field(default_factory=Theme)
    redirect_hosts: tuple[str, ...] = ()
    """Sites of others to which a redirect may lead, as host names in lower case."""


def read_site(path: Path, problems: list[Problem]) -> Site:
    """Return what `site.toml` says; problems are added to `problems`."""
    root = read_table(path, problems)
    site, business = root.table("site"), root.table("business")
    discovery, theme = root.table("discovery"), root.table("theme")
    result = Site(
        name=site.text("name", "My site"),
        tagline=site.text("tagline"),
        description=site.text("description"),
        language=site.text("language", "en"),
        page_size=site.integer("page_size", 10, 1, 100),
        check_pages=bool(site.take("check_pages", bool, True, "true or false")),
        business=Business(
            type=business.text("type", "MedicalBusiness"),
            hours=business.texts("hours"),
            latitude=_degrees(business, "latitude", 90),
            longitude=_degrees(business, "longitude", 180),
            **{key: business.text(key) for key in _BUSINESS_TEXTS},
        ),
        navigation=_links(root.tables("navigation")),
        services=_links(root.tables("services")),
        discovery=read_discovery(discovery),
        theme=read_theme(theme),
        redirect_hosts=tuple(host.lower() for host in site.texts("redirect_hosts")),
    )
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", result.language):
        site.fault("language", f'must be a language tag like "en-US" or "de", not "{result.language}"')
    for host in result.redirect_hosts:
        if not _HOST.fullmatch(host):
            site.fault("redirect_hosts", f'must be host names like "www.example.org", not "{host}"')
    if result.business.booking_url and not _WEB_LINK.fullmatch(result.business.booking_url):
        business.fault("booking_url", 'must be an address that begins with "https://"')
    for table in (site, business, discovery, theme, root):
        table.finish()
    return result


_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_REST = r"[^\s\\<>\"\x00-\x1f\x7f]*"
_WEB_LINK = re.compile(rf"(https?://[^\s\\/?#]|/(?!/)){_REST}", re.IGNORECASE)
_ANY_LINK = re.compile(rf"(https?://[^\s\\/?#]|/(?!/)|#|mailto:|tel:){_REST}", re.IGNORECASE)
_BUSINESS_TEXTS = ("name", "phone", "email", "street", "city", "region", "postal_code", "country", "booking_url")


def _links(tables: list[Table]) -> tuple[SiteLink, ...]:
    links = []
    for table in tables:
        links.append(SiteLink(table.text("label"), table.text("href"), table.text("text")))
        if not links[-1].label:
            table.fault("label", "is missing")
        if links[-1].href and not _ANY_LINK.fullmatch(links[-1].href):
            table.fault("href", 'must be an address that begins with "https://", "/", "#", "mailto:" or "tel:"')
        table.finish()
    return tuple(links)


def _degrees(table: Table, key: str, most: int) -> float | None:
    """Return degrees as maps write them; None where they are unknown, or only one of the two is written."""
    if key not in table.data:
        return None
    value = table.take(key, (int, float), 0.0, "a number of degrees")
    if isinstance(value, bool) or not -most <= value <= most:  # a number that is none, "nan", is in no range
        table.fault(key, f"must be a number of degrees between -{most} and {most}")
        return None
    return float(value)
