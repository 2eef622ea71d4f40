"""What search engines read beside the page: one JSON-LD block for each entity (schema.org).

Pure functions from view models to dictionaries; `block` is the only way from a dictionary into a page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from scheduler.services.site.cards import Link
from scheduler.services.site.films import Embed, Film
from scheduler.services.site.pages import ArticlePage, AuthorBox, dial
from scheduler.site_settings import Business, Site

Entity = dict[str, Any]

_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}


def article_entities(page: ArticlePage, site: Site, base_url: str) -> list[Entity]:
    """Return every entity of an article's page, the article first."""
    entities = [posting(page, site, base_url), breadcrumbs(page.crumbs, base_url)]
    if page.author:
        entities.append(person(page.author, base_url))
    entities += [video(film, page, base_url) for film in page.videos]
    entities += [embedded(film, base_url) for film in page.embeds]
    return [*entities, business(site, base_url)]


def posting(page: ArticlePage, site: Site, base_url: str) -> Entity:
    """Return the article as a BlogPosting."""
    changed = page.updated or page.date
    return _entity(
        "WebPage" if page.is_page else "BlogPosting",
        {
            "@id": f"{page.url}#article",
            "mainEntityOfPage": page.canonical,
            "url": page.url,
            "headline": page.title,
            "description": page.description,
            "datePublished": page.date.iso if page.date else "",
            "dateModified": changed.iso if changed else "",
            "author": _writer(page.author, base_url) if page.author else _publisher(site, base_url),
            "publisher": _publisher(site, base_url),
            "image": _image(page),
            "articleSection": [way[-1].label for way in page.categories],
            "keywords": ", ".join(tag.label for tag in page.tags),
            "wordCount": page.words,
            "inLanguage": page.language or site.language,
            "isPartOf": {"@id": f"{base_url}/#website"},
        },
    )


def breadcrumbs(crumbs: Sequence[Link], base_url: str) -> Entity:
    """Return the way from the home page to this one."""
    items = [
        {"@type": "ListItem", "position": place, "name": crumb.label, "item": base_url + crumb.href}
        for place, crumb in enumerate(crumbs, 1)
    ]
    return _entity("BreadcrumbList", {"itemListElement": items})


def person(author: AuthorBox, base_url: str) -> Entity:
    """Return an author."""
    url = base_url + author.href
    return _entity(
        "Person",
        {
            "@id": f"{url}#person",
            "name": author.name,
            "url": url,
            "jobTitle": author.role,
            "description": " ".join(author.bio_text.split()),
            "telephone": author.phone,
            "image": base_url + author.photo.src if author.photo else "",
            "sameAs": [link.href for link in author.links],
        },
    )


def video(film: Film, page: ArticlePage, base_url: str) -> Entity:
    """Return a video of an article; search engines require name, thumbnail and upload date."""
    return _entity(
        "VideoObject",
        {
            "name": film.name,
            "description": film.description,
            "thumbnailUrl": [base_url + film.video.poster] if film.video.poster else [],
            "uploadDate": page.date.iso if page.date else "",
            "duration": duration(film.video.duration_ms),
            "contentUrl": base_url + film.video.src,
        },
    )


def embedded(film: Embed, base_url: str) -> Entity:
    """Return a film of another site. When it was uploaded, how long it is and its own still are known there only."""
    return _entity(
        "VideoObject",
        {
            "name": film.name,
            "description": film.description,
            "thumbnailUrl": [base_url + film.photo.src] if film.photo else [],
            "embedUrl": film.player,
        },
    )


def business(site: Site, base_url: str) -> Entity:
    """Return the business of `site.toml`; what is unknown is left out."""
    of: Business = site.business
    return _entity(
        of.type,
        {
            "@id": f"{base_url}/#business",
            "name": of.name or site.name,
            "url": f"{base_url}/",
            "logo": f"{base_url}/icon-512.png" if site.theme.logo else "",
            "description": site.description,
            "telephone": dial(of.phone),
            "email": of.email,
            "address": _address(of),
            "geo": _geo(of),
            "openingHours": [line.strip() for line in of.hours if opening_hours([line])],
            "openingHoursSpecification": opening_hours(of.hours),
        },
    )


def website(site: Site, base_url: str) -> Entity:
    """Return the site itself, with its search."""
    return _entity(
        "WebSite",
        {
            "@id": f"{base_url}/#website",
            "url": f"{base_url}/",
            "name": site.name,
            "description": site.description,
            "inLanguage": site.language,
            "publisher": {"@id": f"{base_url}/#business"},
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": f"{base_url}/search/?q={{search_term_string}}"},
                "query-input": "required name=search_term_string",
            },
        },
    )


_DAYS = {
    "Mo": "Monday", "Tu": "Tuesday", "We": "Wednesday", "Th": "Thursday", "Fr": "Friday", "Sa": "Saturday",
    "Su": "Sunday",
}  # fmt: skip
_DAY = f"(?:{'|'.join(_DAYS)})"
_HOURS = re.compile(rf"({_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*) (\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)


def opening_hours(hours: Sequence[str]) -> list[Entity]:
    """Return "Mo-Fr 08:00-18:00" and its like as search engines want it; what is written otherwise is left out."""
    found = []
    for match in filter(None, (_HOURS.fullmatch(line.strip()) for line in hours)):
        days = [_DAYS[name] for part in match[1].split(",") for name in _span(part.strip())]
        found.append({"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": match[2], "closes": match[3]})
    return found


def _span(part: str) -> list[str]:
    """Return the days of "Mo-Fr" or "Sa"; a span may go over the end of the week."""
    names = list(_DAYS)
    first, _, last = part.partition("-")
    start, end = names.index(first), names.index(last or first)
    return names[start : end + 1] if start <= end else names[start:] + names[: end + 1]


def duration(milliseconds: int) -> str:
    """Return a duration as ISO 8601 writes it: "PT1M5S"; "" for nothing."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if not (minutes or seconds):
        return ""
    return f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S"


def block(entity: Entity) -> Markup:
    """Return an entity as JSON that cannot end its script element, whatever its texts hold."""
    return Markup(json.dumps(entity, ensure_ascii=False).translate(_ESCAPES))  # noqa: S704


def _entity(kind: str, values: Entity) -> Entity:
    known = {key: value for key, value in values.items() if value not in ("", [], None)}
    return {"@context": "https://schema.org", "@type": kind, **known}


def _writer(author: AuthorBox, base_url: str) -> Entity:
    return {"@type": "Person", "name": author.name, "url": base_url + author.href}


def _publisher(site: Site, base_url: str) -> Entity:
    return {
        "@type": site.business.type,
        "@id": f"{base_url}/#business",
        "name": site.business.name or site.name,
        "url": f"{base_url}/",
    }


def _image(page: ArticlePage) -> list[Entity]:
    if page.social is None:
        return []
    social = page.social
    return [{"@type": "ImageObject", "url": social.url, "width": social.width, "height": social.height}]


def _address(of: Business) -> Entity | None:
    parts = {
        "streetAddress": of.street,
        "addressLocality": of.city,
        "addressRegion": of.region,
        "postalCode": of.postal_code,
        "addressCountry": of.country,
    }
    known = {key: value for key, value in parts.items() if value}
    return {"@type": "PostalAddress", **known} if known else None


def _geo(of: Business) -> Entity | None:
    if of.latitude is None or of.longitude is None:
        return None
    return {"@type": "GeoCoordinates", "latitude": of.latitude, "longitude": of.longitude}
