"""The body of a post: the text, who sees it, and its one kind of content (platform sheet, section 4)."""

from __future__ import annotations

from typing import Any

from scheduler.platforms.base import Prepared, Session
from scheduler.platforms.connectors.linkedin.server import author_of

TITLE_CHARACTERS, DESCRIPTION_CHARACTERS = 399, 4085


def post_body(session: Session, prepared: Prepared, commentary: str) -> dict[str, Any]:
    """Return what `POST /rest/posts` is sent; `commentary` is little text."""
    options = prepared.payload.options
    distribution = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
    body = {
        "author": author_of(session),
        "commentary": commentary,
        "visibility": options.get("visibility") or "PUBLIC",
        "distribution": distribution,
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": options.get("no_reshare") == "1",
    }
    content = _content(prepared)
    return body | ({"content": content} if content else {})


def _content(prepared: Prepared) -> dict[str, Any]:
    payload, urns = prepared.payload, prepared.data["media"]
    items = list(zip(urns, payload.media, strict=True))
    if len(items) > 1:
        return {"multiImage": {"images": [{"id": urn, "altText": item.alt} for urn, item in items]}}
    if items:
        urn, item = items[0]
        title = payload.options.get("title", "")
        more = ({"title": title} if title else {}) if item.is_video else {"altText": item.alt}
        return {"media": {"id": urn, **more}}
    return {"article": _article(prepared)} if payload.link else {}


def _article(prepared: Prepared) -> dict[str, str]:
    link = prepared.payload.link
    assert link is not None
    article = {"source": link.url, "title": (link.title or link.url)[:TITLE_CHARACTERS]}
    if link.description:
        article["description"] = link.description[:DESCRIPTION_CHARACTERS]
    if prepared.data["thumbnail"]:
        article["thumbnail"] = prepared.data["thumbnail"]
    return article
