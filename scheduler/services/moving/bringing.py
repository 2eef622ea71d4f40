"""One article after the other is written: new ones made, changed ones renewed unless somebody changed them here too.

Each is complete with its photos before the next one begins, and what came of it is remembered. A process that dies in
between leaves at most a finished article that is not yet remembered; the next run sees that it says what it would
write, and goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from scheduler.content import writer
from scheduler.content.yaml_tree import Broken, Value
from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.revision import AN_IMPORT
from scheduler.domain.slug import numbered
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.editorial.rendering import rendered
from scheduler.services.moving import both_changed, fetching, writers
from scheduler.services.moving.converting import Converted, converted, lead_of
from scheduler.services.moving.fields import KEYS, Made, article_id, fingerprint, made
from scheduler.services.moving.incoming import IncomingArticle, IncomingAuthor
from scheduler.services.moving.laid_aside import About
from scheduler.services.moving.shortcodes import KEEP
from scheduler.storage import imports
from scheduler.storage.imports import Brought, Item, ItemState

_LINK = re.compile(r"article:([\w-]+)")
PUT_IN = "A photo that was missing was put in."
GAP = "is not here yet: its place in the text is kept, and bringing it over once more fills it."


@dataclass(slots=True)
class Mover:
    """What bringing one import over needs: what its file says of all articles, and where photos may be found."""

    ctx: Context
    about: About
    sources: fetching.Sources = field(default_factory=fetching.Sources)
    unknown: str = KEEP

    def expected(self, item: Item, incoming: IncomingArticle) -> tuple[ItemState, Converted, Made]:
        """Return what would become of an article now, without doing it: the dry run."""
        text = self.convert(incoming)
        wanted = self.make(incoming, text, {})
        wanted.article(self.id_of(incoming))
        with self.ctx.database.reading() as tx:
            known = imports.brought(tx, [item.origin]).get(item.origin)
        here = self.ctx.articles.by_id(known.ours if known else self.id_of(incoming))
        if known and known.digest == _digest(incoming, self.unknown):
            return ItemState.UNCHANGED if here else ItemState.KEPT, text, wanted
        if here is None:
            return ItemState.KEPT if known else ItemState.MADE, text, wanted
        touched = not known or known.fingerprint != fingerprint(here)
        return ItemState.KEPT if touched else ItemState.UPDATED, text, wanted

    def bring(self, item: Item, incoming: IncomingArticle) -> Item:
        """Write one article with all that belongs to it, and return what became of it."""
        try:
            return self._bring(item, incoming)
        except Invalid as error:
            reasons = tuple(problem.message for problem in error.problems)
        except Broken as error:
            reasons = tuple(problem.reason for problem in error.problems)
        except Conflict as error:
            reasons = (str(error),)
        except OSError as error:
            reasons = (f"It could not be written: {error.strerror or error}.",)
        return replace(item, state=ItemState.FAILED, notes=reasons)

    def id_of(self, incoming: IncomingArticle) -> str:
        """Return the id of an article here."""
        return article_id(self.about.source, incoming)

    def convert(self, incoming: IncomingArticle) -> Converted:
        """Return the text of an article as ours."""
        return converted(incoming, self.about, self.writer_of(incoming).name, self.unknown)

    def writer_of(self, incoming: IncomingArticle) -> IncomingAuthor:
        """Return who wrote an article there."""
        return self.about.authors.get(incoming.author) or IncomingAuthor(incoming.author, incoming.author)

    def make(self, incoming: IncomingArticle, text: Converted, assets: Mapping[str, str]) -> Made:
        """Return the file that an article becomes; `assets` are the real ids of photos that the library had already."""
        body, writer_key = text.body, ""
        if incoming.author:
            writer_key = writers.key_of(self.ctx, self.writer_of(incoming))
        for planned, real in assets.items():
            body = body.replace(f"asset:{planned}", f"asset:{real}").replace(f"asset: {planned}", f"asset: {real}")
        result = made(self.ctx, self.about.source, incoming, body, (writer_key, text.category))
        if found := lead_of(incoming, self.about):
            planned, lead = found
            result.body = _without_first(result.body, assets.get(planned, planned), result.notes)
            image: dict[str, Value] = {"asset": assets.get(planned, planned), "alt": lead.alt[:1000] or None,
                                       "caption": lead.caption[:1000] or None}  # fmt: skip
            result.values["image"] = {key: value for key, value in image.items() if value}
        elif incoming.lead.startswith("asset:"):
            kept: dict[str, Value] = {
                "asset": incoming.lead[6:],
                "alt": incoming.lead_alt,
                "caption": incoming.lead_caption,
            }
            result.values["image"] = {key: value for key, value in kept.items() if value}
        return result

    def _bring(self, item: Item, incoming: IncomingArticle) -> Item:
        digest = _digest(incoming, self.unknown)
        with self.ctx.database.reading() as tx:
            known = imports.brought(tx, [item.origin]).get(item.origin)
        here = self.ctx.articles.by_id(known.ours if known else self.id_of(incoming))
        if known and here is None:
            return _kept(item, known.ours, "It was deleted here since, so it was not brought over again.")
        text = self.convert(incoming)
        if incoming.author:
            writers.ensure(self.ctx, self.writer_of(incoming))
        assets, gaps = self._assets(incoming, text)
        wanted = self.make(incoming, text, assets)
        planned = wanted.article(self.id_of(incoming))
        notes = [*wanted.notes, *text.notes, *gaps, *self._problems(planned, bool(gaps))]
        if here is None:
            article, state = self._create(wanted, incoming, notes), ItemState.MADE
        else:
            article, state = self._renew(here, wanted, known, digest)
        if state is ItemState.KEPT:
            filled = self._fill(article, assets)
            reason = (
                "It was changed here, so it stays as it is." if known else "An article with this id is here already."
            )
            told = self._both_changed(article, wanted, known, digest) if known else []
            return _kept(item, article.id, reason, *told, *([PUT_IN] if filled else []), *gaps)
        if said := writers.give_bio(self.ctx, article.author, text.bio):
            notes.append(said)
        written = fingerprint(article)
        if known and state is ItemState.UNCHANGED and written != fingerprint(wanted.article(article.id)):
            written = known.fingerprint  # changed here: what we wrote stays what it was
        done = Brought(item.origin, article.id, digest, written)
        with self.ctx.database.writing() as tx:
            imports.note_brought(tx, done, self.ctx.clock.now_ms())
        return replace(item, state=state, article_id=article.id, notes=tuple(dict.fromkeys(notes)))

    def _assets(self, incoming: IncomingArticle, text: Converted) -> tuple[dict[str, str], list[str]]:
        """Take the photos into the library; return the ids that differ from the planned ones, and the gaps."""
        wanted = dict(text.pictures)
        if lead := lead_of(incoming, self.about):
            wanted.setdefault(*lead)
        real: dict[str, str] = {}
        gaps = []
        for planned, picture in wanted.items():
            try:
                asset = fetching.take(self.ctx, planned, picture, self.sources)
            except Invalid as error:
                reason = " ".join(problem.message for problem in error.problems)
                gaps.append(f"A photo or video {GAP} {reason} ({picture.address[:300]})")
                continue
            if asset != planned:
                real[planned] = asset
        return real, gaps

    def _create(self, wanted: Made, incoming: IncomingArticle, notes: list[str]) -> Article:
        values = dict(wanted.values)
        fields = {"id": self.id_of(incoming), **values, "slug": wanted.slug}
        made = self._at_a_free_address(fields, wanted.body)
        if made.slug != wanted.slug:
            notes.append(f'The address "{wanted.slug}" is taken by another article; this one lives at "{made.slug}".')
        return revisions.note(self.ctx, made, AN_IMPORT)

    def _at_a_free_address(self, fields: dict[str, Value], body: str) -> Article:
        wanted, number = str(fields["slug"]), 2
        slug = wanted
        while True:  # the writer looks at the folder itself; looking here too would be once more for every article
            while not writer.is_free(self.ctx.articles, slug):
                slug, number = numbered(wanted, number), number + 1
            with suppress(writer.Taken):
                return writer.create(self.ctx.articles, fields | {"slug": slug}, body)

    def _renew(self, here: Article, wanted: Made, known: Brought | None, digest: str) -> tuple[Article, ItemState]:
        """Bring an article up to date that is here already, unless somebody changed it here."""
        now = fingerprint(here)
        if now == fingerprint(wanted.article(here.id)):
            return here, ItemState.UNCHANGED
        if known is None or known.fingerprint != now:
            same_words = known is not None and known.fingerprint == fingerprint(wanted.article(here.id))
            unchanged_there = known is not None and (known.digest == digest or same_words)
            return here, ItemState.UNCHANGED if unchanged_there else ItemState.KEPT
        changes = {key: wanted.values.get(key) for key in KEYS}
        changes["aliases"] = _joined(wanted, here)
        revisions.ensure(self.ctx, here)
        renewed = writer.save(self.ctx.articles, here.slug, changes, wanted.body, here.content_hash)
        return revisions.note(self.ctx, renewed, AN_IMPORT), ItemState.UPDATED

    def _both_changed(self, here: Article, wanted: Made, known: Brought, digest: str) -> list[str]:
        """Keep what both sides wrote; the same change there is not brought forward again by the next run."""
        said = both_changed.laid_beside(self.ctx, here, wanted)
        with self.ctx.database.writing() as tx:
            imports.note_brought(tx, replace(known, digest=digest), self.ctx.clock.now_ms())
        return [said]

    def _fill(self, here: Article, assets: Mapping[str, str]) -> bool:
        """Put photos that were missing into an article that is left alone otherwise: only their ids change."""
        body = here.body
        for planned, real in assets.items():
            body = body.replace(f"asset:{planned}", f"asset:{real}").replace(f"asset: {planned}", f"asset: {real}")
        if body == here.body:
            return False
        revisions.ensure(self.ctx, here)
        filled = writer.save(self.ctx.articles, here.slug, {}, body, here.content_hash)
        revisions.note(self.ctx, filled, AN_IMPORT)
        return True

    def _problems(self, planned: Article, gaps: bool) -> list[str]:
        """Return what is wrong in a text, but for gaps and links to articles of this import, which may come later."""
        here = replace(planned, body=self._without_coming_links(planned.body))
        found = rendered(self.ctx, here).problems
        return [f"Line {p.line} of the text: {p.reason}." for p in found if not (gaps and p.serious)]

    def _without_coming_links(self, body: str) -> str:
        coming = set(self.about.articles.values())
        return _LINK.sub(lambda match: "#" if match[1] in coming else match[0], body)


def _without_first(body: str, asset: str, notes: list[str]) -> str:
    """Return a text that does not begin with the lead photo, which the page shows above it anyway."""
    first, _, rest = body.partition("\n\n")
    if not rest or not re.fullmatch(rf"!\[[^\n]*\]\(asset:{asset}(?: [^\n]*)?\)", first):
        return body
    notes.append("The lead photo stood at the top of the text too; there it was taken out.")
    return rest


def _kept(item: Item, article: str, *notes: str) -> Item:
    return replace(item, state=ItemState.KEPT, article_id=article, notes=notes)


def _joined(wanted: Made, here: Article) -> Value:
    fresh = wanted.values.get("aliases")
    new = [str(alias) for alias in fresh] if isinstance(fresh, list) else []
    return list(dict.fromkeys([*(f"{alias}/" for alias in here.aliases), *new])) or None


def _digest(incoming: IncomingArticle, unknown: str) -> str:
    return hashlib.sha256(json.dumps([asdict(incoming), unknown], sort_keys=True).encode()).hexdigest()
