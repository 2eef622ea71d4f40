"""How things look in JSON: each shape with the function that fills it, and nothing that changes by itself.

Instants are RFC 3339 in UTC; a wall time is given beside its zone. What is not there is null, never left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scheduler.content.writer import shown_body
from scheduler.domain.account import Account, AccountState
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Status
from scheduler.domain.article import Kind as Sort
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.lateness import AS_ACCOUNT, LatePolicy
from scheduler.domain.teaser import Payload, Teaser, When
from scheduler.services.accounts import practice
from scheduler.services.context import Context
from scheduler.services.editorial.drafts import has_draft
from scheduler.services.library.pictures import Picture
from scheduler.services.planning.links import short_address
from scheduler.storage.attempts import Attempt
from scheduler.web.api.fields import (
    Anything,
    Choice,
    Flag,
    Instant,
    Keyed,
    Kind,
    Many,
    Maybe,
    Shape,
    Table,
    Text,
    Whole,
)
from scheduler.web.api.moments import in_zone, utc

Json = dict[str, Any]

IMAGE: dict[str, Kind] = {
    "asset": Text("The id of a photo of the library."),
    "alt": Text("What the photo shows; empty takes the alt text of the library."),
    "caption": Text("Shown below the photo."),
}
CARD: dict[str, Kind] = {
    "title": Text(),
    "description": Text(),
    "asset": Text("The id of a photo of the library."),
}
ARTICLE = Shape(
    "Article",
    "A blog article. It is a file below posts/ and may be edited there too.",
    {
        "id": Text("Its identity; never changes."),
        "slug": Text("Its address: /blog/<slug>/."),
        "title": Text(),
        "status": Choice(tuple(Status)),
        "publish_at": Maybe(Instant("When it appears or appeared, with the offset of the site's time zone.")),
        "updated_at": Maybe(Instant("When visitors were last shown something new.")),
        "markdown": Text("The text, in Markdown with Drumbeat's blocks."),
        "description": Text("One or two sentences for search engines and link cards."),
        "image": Maybe(Table(IMAGE, tuple(IMAGE), "The lead photo.")),
        "categories": Many(Text('A path, like "Physical Therapy/Dry Needling".')),
        "tags": Many(Text()),
        "author": Text("The name of a file in posts/_authors, without its ending."),
        "canonical": Text("The address of the original, when this is a copy."),
        "noindex": Flag("Whether search engines are asked to leave it out."),
        "kind": Choice(tuple(Sort), "An article of the blog, or a page that stands by itself."),
        "series": Text("The series it is a part of."),
        "search_title": Text("The title for search engines, where it differs."),
        "card": Table(CARD, tuple(CARD), "What networks show of a link to it, where that differs."),
        "lang": Text("The language of the text; empty means the site's."),
        "translation": Text("The same key in several articles: one article in several languages."),
        "aliases": Many(Text("An older path that leads here.")),
        "draft": Flag(
            "Whether unpublished edits wait beside it, in the editor. They are no part of it; its ETag stays."
        ),
        "url": Text("Its public address."),
    },
)
ASSET = Shape(
    "Asset",
    "A photo or video of the library.",
    {
        "id": Text(),
        "kind": Choice(("photo", "video")),
        "filename": Text("The name it was uploaded with."),
        "type": Text("The media type of the published file."),
        "width": Whole("In pixels."),
        "height": Whole("In pixels."),
        "duration_ms": Whole("The length of a video in milliseconds; 0 for a photo."),
        "alt": Text("What it shows, for people who cannot see it. Needed before it can be used."),
        "caption": Text(),
        "credit": Text(),
        "url": Text("The public address of its largest published file."),
        "poster": Maybe(Text("The public address of a video's still.")),
    },
)
ACCOUNT = Shape(
    "Account",
    "A connected destination. Its credentials are never shown.",
    {
        "id": Whole(),
        "key": Text("Its name in config/calendar.toml."),
        "platform": Text(),
        "name": Text(),
        "handle": Text(),
        "profile_url": Text(),
        "practice": Flag("Whether it is an account on a practice network."),
        "state": Choice(tuple(AccountState)),
        "problem": Text("Why it cannot be published to, and what to do; empty when it can."),
        "settings": Keyed(Text(), Text()),
        "limits": Anything("What the platform said of its limits."),
        "waiting": Whole("How many deliveries wait in its queue; removing the account cancels them."),
        "not_before": Maybe(Instant("The platform asked us to leave it alone until then.")),
        "checked_at": Instant("When the platform was last asked."),
        "created_at": Instant(),
    },
)
_DELIVERY: dict[str, Kind] = {
    "id": Whole(),
    "teaser": Whole("The id of its teaser."),
    "account": Whole("The id of its account."),
    "state": Choice(tuple(State)),
    "sentence": Text("How it stands, in words for people; may be empty."),
    "due_at": Instant("When it goes out, in UTC."),
    "at": Text("The wall time that was meant, in `zone`."),
    "zone": Text("The IANA time zone of `at`."),
    "queued": Flag("Whether its time is a slot of the queue."),
    "not_before": Instant("It is not tried before that."),
    "late_after": Instant("After that it is too late, and `late_policy` says what becomes of it."),
    "late_policy": Choice(tuple(LatePolicy)),
    "published_at": Maybe(Instant()),
    "remote_id": Maybe(Text("The platform's own id of the post.")),
    "url": Maybe(Text("The post's public address.")),
    "short_link": Text("The short address that counts clicks and leads to the link."),
    "clicks": Whole(),
    "attempts_made": Whole("How often it was claimed for sending since it was last set going."),
    "maybe_live": Flag("Whether it was ever perhaps live without our knowing for certain."),
}
DELIVERY = Shape("Delivery", "One teaser to one account at one time.", _DELIVERY)
ATTEMPT: dict[str, Kind] = {
    "n": Whole("Which try it belongs to."),
    "action": Choice(("publish", "look-up", "poll")),
    "outcome": Text("The kind of outcome, like Published, Throttled or Unknown."),
    "sentence": Text("What happened and what to do, in words for people."),
    "http_status": Maybe(Whole("The status of the platform's answer.")),
    "started_at": Instant(),
    "ended_at": Instant(),
    "evidence": Anything("The platform's answer with every secret taken out."),
}
CONTENT: dict[str, Kind] = {
    "text": Text("The words, exactly as they are sent."),
    "link": Maybe(Text()),
    "media": Many(Table({"asset": Text(), "alt": Text(), "type": Text()}, ("asset", "alt", "type"))),
}
DELIVERY_WITH_ATTEMPTS = Shape(
    "DeliveryWithAttempts",
    "One delivery with what is sent and everything that was tried.",
    {
        **_DELIVERY,
        "content": Table(CONTENT, tuple(CONTENT), "What was frozen when the teaser was scheduled."),
        "attempts": Many(Table(ATTEMPT, tuple(ATTEMPT))),
    },
)
VARIANT: dict[str, Kind] = {
    "text": Maybe(Text("This account's own text; null is the teaser's.", longest=20_000)),
    "assets": Maybe(Many(Text("The id of an asset."), "This account's own photos or video; null is the teaser's.")),
    "options": Keyed(Text(longest=8_000), Text(), "Options of the platform.", most=40),
    "replies": Maybe(Many(Text(longest=20_000), "What follows under this account's post; null is the teaser's.")),
}
WHEN: dict[str, Kind] = {
    "at": Text('A wall time like "2026-11-23T09:00"; `zone` says where.', longest=40),
    "zone": Text("An IANA time zone; the site's own when it is not given.", longest=64),
    "queue": Choice(("next", "top"), "The account's next free slot, or the first one; others then move back."),
    "now": Flag("true sends it at once."),
}
REPLIES = Many(
    Text(longest=20_000), "What follows under the post, each when the one before is live: a first comment, or a thread."
)
LATE_POLICY = Choice(
    (AS_ACCOUNT, *LatePolicy),
    "What becomes of it when it cannot go out in time: “hold” it for a person, “publish” it anyway, “skip” it, or the "
    "rule of each account when it is scheduled (empty).",
)
TEASER = Shape(
    "Teaser",
    "What the marketer wrote, and the deliveries that were made of it.",
    {
        "id": Whole(),
        "scheduled": Flag("false is a draft: it has no deliveries yet."),
        "article": Maybe(Text("The id of the article it is about.")),
        "link": Text("An address of its own, when it is about no article."),
        "text": Text(),
        "assets": Many(Text("The id of an asset.")),
        "accounts": Many(Whole("The id of an account.")),
        "variants": Keyed(Text(), Table(VARIANT, tuple(VARIANT)), "By the id of the account."),
        "when": Maybe(Table(WHEN)),
        "late_policy": LATE_POLICY,
        "replies": REPLIES,
        "created_at": Instant(),
        "updated_at": Instant(),
        "deliveries": Many(Table(_DELIVERY, tuple(_DELIVERY)), "By their time."),
    },
)


def article(ctx: Context, found: Article) -> Json:
    """Return an article."""
    zone, lead = ctx.settings.calendar.zone, found.image
    return {
        "id": found.id,
        "slug": found.slug,
        "title": found.title,
        "status": found.status,
        "publish_at": in_zone(found.date_at, zone),
        "updated_at": in_zone(found.updated_at, zone),
        "markdown": shown_body(found.body),
        "description": found.description,
        "image": {"asset": lead.asset, "alt": lead.alt, "caption": lead.caption} if lead else None,
        "categories": ["/".join(path) for path in found.categories],
        "tags": list(found.tags),
        "author": found.author,
        "canonical": found.canonical,
        "noindex": found.noindex,
        "kind": found.kind,
        "series": found.series,
        "search_title": found.search_title,
        "card": {"title": found.card.title, "description": found.card.description, "asset": found.card.asset},
        "lang": found.lang,
        "translation": found.translation,
        "aliases": list(found.aliases),
        "draft": has_draft(ctx, found),
        "url": ctx.settings.base_url + path_of(found),
    }


def asset(ctx: Context, found: Picture) -> Json:
    """Return a photo or video."""
    base = ctx.settings.base_url
    return {
        "id": found.id,
        "kind": found.kind,
        "filename": found.filename,
        "type": found.mime,
        "width": found.width,
        "height": found.height,
        "duration_ms": found.duration_ms,
        "alt": found.alt,
        "caption": found.caption,
        "credit": found.credit,
        "url": base + found.src,
        "poster": base + found.poster if found.poster else None,
    }


def account(ctx: Context, found: Account, waiting: int) -> Json:
    """Return an account; `waiting` is how many of its deliveries removing it would cancel."""
    return {
        "id": found.id,
        "key": found.key,
        "platform": found.platform,
        "name": found.name,
        "handle": found.handle,
        "profile_url": found.profile_url,
        "practice": found.practice,
        "state": found.state,
        "problem": found.problem,
        "settings": practice.here(ctx, found.settings),
        "limits": dict(found.limits),
        "waiting": waiting,
        "not_before": utc(found.not_before or None),
        "checked_at": utc(found.checked_at),
        "created_at": utc(found.created_at),
    }


def teaser(ctx: Context, found: Teaser, own: Sequence[Delivery]) -> Json:
    """Return a teaser with its deliveries."""
    return {
        "id": found.id,
        "scheduled": found.scheduled,
        "article": found.article_id or None,
        "link": found.link,
        "text": found.text,
        "assets": list(found.assets),
        "accounts": list(found.accounts),
        "variants": {
            str(key): {
                "text": each.text,
                "assets": None if each.assets is None else list(each.assets),
                "options": dict(each.options),
                "replies": None if each.replies is None else list(each.replies),
            }
            for key, each in found.variants.items()
        },
        "when": _when(found.when),
        "late_policy": found.late_policy,
        "replies": list(found.replies),
        "created_at": utc(found.created_at),
        "updated_at": utc(found.updated_at),
        "deliveries": [delivery(ctx, each) for each in own],
    }


def _when(when: When) -> Json | None:
    if when.at:
        return {"at": when.at, **({"zone": when.zone} if when.zone else {})}
    if when.queue:
        return {"queue": when.queue}
    return {"now": True} if when.now else None


def delivery(ctx: Context, found: Delivery) -> Json:
    """Return a delivery as lists show it."""
    return {
        "id": found.id,
        "teaser": found.teaser_id,
        "account": found.account_id,
        "state": found.state,
        "sentence": found.sentence,
        "due_at": utc(found.due_at),
        "at": found.at_wall,
        "zone": found.at_zone,
        "queued": found.queued,
        "not_before": utc(found.not_before),
        "late_after": utc(found.late_after),
        "late_policy": found.late_policy,
        "published_at": utc(found.published_at),
        "remote_id": found.remote_id or None,
        "url": found.url or None,
        "short_link": short_address(ctx.settings, found.short_code),
        "clicks": found.clicks,
        "attempts_made": found.attempts,
        "maybe_live": found.maybe_live,
    }


def delivery_with_attempts(ctx: Context, found: Delivery, payload: Payload, tries: Sequence[Attempt]) -> Json:
    """Return a delivery with what is sent and what was tried."""
    media = [{"asset": item.asset, "alt": item.alt, "type": item.mime} for item in payload.media]
    link = payload.link.url if payload.link else None
    return {
        **delivery(ctx, found),
        "content": {"text": payload.text, "link": link, "media": media},
        "attempts": [_attempt(each) for each in tries],
    }


def _attempt(found: Attempt) -> Json:
    return {
        "n": found.n,
        "action": found.action,
        "outcome": found.outcome,
        "sentence": found.sentence,
        "http_status": found.http_status,
        "started_at": utc(found.started_at),
        "ended_at": utc(found.ended_at),
        "evidence": _evidence(found.detail),
    }


def _evidence(detail: str) -> Json:
    try:
        evidence = json.loads(detail)
    except ValueError:  # kept for ever, so it may be older than this form
        evidence = None
    return evidence if isinstance(evidence, dict) else {"body": detail}
