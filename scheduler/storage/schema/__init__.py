"""Every table, by families. Instants are UTC epoch milliseconds; JSON is text that only this room reads and writes."""

from __future__ import annotations

from scheduler.storage.schema.columns import metadata
from scheduler.storage.schema.connecting import accounts, platform_apps, sign_ins
from scheduler.storage.schema.engine import breakers, notices, workers
from scheduler.storage.schema.library import assets, renditions
from scheduler.storage.schema.people import api_tokens, idempotent_answers, one_time_links, preferences, users
from scheduler.storage.schema.queue import (
    STANDS,
    attempts,
    deliveries,
    events,
    post_numbers,
    preparations,
    teasers,
    variants,
)
from scheduler.storage.schema.site import (
    announced,
    announcing,
    import_items,
    imported,
    imports,
    missed_addresses,
    presence,
    preview_links,
    preview_versions,
    redirect_hits,
    redirects,
    revisions,
)

__all__ = [
    "STANDS",
    "accounts",
    "announced",
    "announcing",
    "api_tokens",
    "assets",
    "attempts",
    "breakers",
    "deliveries",
    "events",
    "idempotent_answers",
    "import_items",
    "imported",
    "imports",
    "metadata",
    "missed_addresses",
    "notices",
    "one_time_links",
    "platform_apps",
    "post_numbers",
    "preferences",
    "preparations",
    "presence",
    "preview_links",
    "preview_versions",
    "redirect_hits",
    "redirects",
    "renditions",
    "revisions",
    "sign_ins",
    "teasers",
    "users",
    "variants",
    "workers",
]
