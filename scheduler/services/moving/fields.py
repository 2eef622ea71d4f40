"""One incoming article as the front matter of ours, and the name of what such a file says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from scheduler.clock import to_ms
from scheduler.content import article_file, frontmatter
from scheduler.content.article_file import DEEPEST_CATEGORY, LANGUAGE, LONGEST_TITLE, alias_path
from scheduler.content.ids import derived_id
from scheduler.content.links import web_address_problem
from scheduler.content.writer import shown_body
from scheduler.content.yaml_tree import Value
from scheduler.domain.addresses import article_path
from scheduler.domain.article import Article, LeadImage
from scheduler.domain.slots import instant, local
from scheduler.domain.slug import slug_problem, slugify
from scheduler.services.context import Context
from scheduler.services.moving.incoming import IncomingArticle

LONGEST_DESCRIPTION = 500
KEYS = (
    "title", "status", "date", "categories", "tags", "author", "description", "image", "canonical", "noindex",
    "aliases", "kind", "series", "search_title", "lang", "import",
)  # fmt: skip
"""What an import writes and may write again."""


@dataclass(slots=True)
class Made:
    """What an incoming article becomes: its front matter (a key without value is absent), its body, what to report."""

    slug: str
    values: dict[str, Value]
    body: str
    notes: list[str] = field(default_factory=list)

    def text(self, article_id: str) -> str:
        """Return the whole file, for an article of this id."""
        kept = {"id": article_id} | {key: value for key, value in self.values.items() if value is not None}
        parts = frontmatter.Parts("---\n", "", "---\n", "")
        return str(frontmatter.change(parts, kept, f"\n{shown_body(self.body)}\n"))

    def article(self, article_id: str) -> Article:
        """Return the article that this makes. Raises `Broken` with every reason why it makes none."""
        return article_file.read(self.text(article_id).encode(), self.slug)


def article_id(source: str, incoming: IncomingArticle) -> str:
    """Return the id that an article has here: its own from an installation of ours, or one made of its origin."""
    return incoming.own_id or derived_id(f"{source} {incoming.id}")


def made(ctx: Context, source: str, incoming: IncomingArticle, body: str, around: tuple[str, str]) -> Made:
    """Return what an article becomes; `around` is the key of its author and a category its breadcrumb told."""
    author, category = around
    notes = list(incoming.notes)
    status, date = _when(ctx, incoming, notes)
    slug = _slug(incoming)
    title = incoming.title[:LONGEST_TITLE] or "Untitled"
    paths = incoming.categories or ((category,) if category else ())
    own = {article_path(slug).rstrip("/"), f"/{slug}"}
    aliases = list(dict.fromkeys(a for path in incoming.old_paths if (a := alias_path(path)) and a not in own))
    values: dict[str, Value] = {
        "title": title,
        "slug": slug,
        "status": status,
        "date": date or None,
        "categories": [path for path in paths if _good_category(path, notes)] or None,
        "tags": list(dict.fromkeys(tag[:100] for tag in incoming.tags if tag)) or None,
        "author": author or None,
        "description": _short(incoming.description, notes) or None,
        "canonical": _canonical(incoming) or None,
        "noindex": True if incoming.noindex else None,
        "aliases": [f"{alias}/" for alias in aliases] or None,
        "kind": "page" if incoming.kind == "page" else None,
        "series": incoming.series[:200] or None,
        "search_title": incoming.search_title[:LONGEST_TITLE] or None,
        "lang": incoming.lang if LANGUAGE.fullmatch(incoming.lang) else None,
    }
    address = incoming.address[:500] if incoming.address.startswith("http") else None
    if not incoming.own_id:
        values["import"] = {"source": source[:100], "id": incoming.id[:200], "url": address}
    return Made(slug, values, body, notes)


def fingerprint(article: Article) -> str:
    """Return the name of what an article says, whatever its address, its id and the layout of its file."""
    lead = article.image or LeadImage("")
    said = [
        article.title, article.status, shown_body(article.body), article.date_at, [list(c) for c in article.categories],
        list(article.tags), article.author, article.description, [lead.asset, lead.alt, lead.caption],
        article.canonical, article.noindex, article.kind, article.series, article.search_title, article.lang,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _when(ctx: Context, incoming: IncomingArticle, notes: list[str]) -> tuple[str, str]:
    zone, now = ctx.settings.calendar.zone, ctx.clock.now_ms()
    status, moment = incoming.status, _moment(incoming.date, zone, notes)
    if status == "published" and moment is not None and moment > now:
        status = "scheduled"
        notes.append("Its date is still to come: it is scheduled for it.")
    elif status == "scheduled" and moment is None:
        status = "draft"
        notes.append("It was scheduled there, but for no date: here it is a draft.")
    elif status == "scheduled" and moment is not None and moment <= now:
        status = "published"
        notes.append("It was scheduled there, and its time has come meanwhile: it is published.")
    written = local(moment // 1000 * 1000, zone).isoformat(timespec="seconds") if moment is not None else ""
    return status, written


def _moment(date: str, zone: str, notes: list[str]) -> int | None:
    if not date:
        return None
    try:
        moment = datetime.fromisoformat(date)
        return to_ms(moment) if moment.tzinfo else instant(moment, zone)
    except (ValueError, OverflowError):
        notes.append(f'Its date "{date[:40]}" cannot be read; it has none here.')
        return None


def _slug(incoming: IncomingArticle) -> str:
    readable = unquote(incoming.slug)  # WordPress writes other scripts as %e6%95%b0
    for text in (incoming.slug, slugify(readable), slugify(incoming.title)):
        if text and not slug_problem(text):
            return text
    return f"imported-{slugify(incoming.id)[:40] or 'article'}"


def _good_category(path: str, notes: list[str]) -> bool:
    parts = path.split("/")
    good = all(part.strip() and slugify(part) for part in parts) and len(parts) <= DEEPEST_CATEGORY
    if not good:
        notes.append(f'The category "{path[:80]}" cannot be one here and was left out.')
    return good


def _short(text: str, notes: list[str]) -> str:
    text = " ".join(text.split())
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    notes.append(f"Its description was cut to {LONGEST_DESCRIPTION} characters.")
    return text[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def _canonical(incoming: IncomingArticle) -> str:
    """Return the address of the original elsewhere; one that names the article's own old address says nothing."""
    address = incoming.canonical
    same = address.rstrip("/") == incoming.address.rstrip("/")
    return "" if same or web_address_problem(address) else address
