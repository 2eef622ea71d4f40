"""An article's text brought together with its pictures: Markdown in, the site's HTML out.

The HTML is kept until the text, a picture it uses, the words of that picture, the address of an article that it
links to, or the business change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scheduler.content import markdown
from scheduler.content.blocks import Block, assets_of
from scheduler.content.links import Linked
from scheduler.content.markdown import Rendered
from scheduler.content.yaml_tree import LineProblem
from scheduler.domain.article import Article
from scheduler.resources import compiled_templates, template_folder
from scheduler.services.context import Context
from scheduler.services.editorial.business_blocks import completed
from scheduler.services.editorial.linking import linked
from scheduler.services.library.pictures import Picture, pictures
from scheduler.site_settings import Business

KEPT = 200
"""How many rendered articles are held in memory."""

_Key = tuple[str, bool, tuple[Picture, ...], tuple[tuple[str, Linked], ...], Business]


def rendered(ctx: Context, article: Article, preview: bool = False) -> Rendered:
    """Return the article's body as HTML, with its words counted and its problems listed.

    In a preview a block that cannot be shown says why; visitors never see it.
    """
    found = pictures(ctx, article.assets) if article.assets else {}
    targets = linked(ctx, article.links, preview) if article.links else {}
    business = ctx.settings.site.business
    key = (article.content_hash, preview, tuple(found.values()), tuple(targets.items()), business)
    if (kept := _CACHE.get(key)) is None:
        kept = _render(article, _Around(found, targets, business), preview)
        _CACHE.put(key, kept)
    return kept


@dataclass(frozen=True, slots=True)
class _Around:
    """What a text draws on: its pictures, the articles it links to, and the business."""

    found: Mapping[str, Picture]
    targets: Mapping[str, Linked]
    business: Business


def _render(article: Article, around: _Around, preview: bool) -> Rendered:
    missing: list[LineProblem] = []
    found = around.found

    def show(block: Block) -> str:
        block, problems = checked(block, found, around.business)
        missing.extend(problems)
        if block.kind in ("button", "cta") and not problems and not block.data["href"]:
            return ""  # to an article that is not there: the text's problems say so
        if block.kind == "broken" or problems:
            reason = block.data.get("reason") or " ".join(problem.reason for problem in problems)
            return _block_html(Block("broken", {"reason": reason}, block.line), found) if preview else ""
        return _block_html(block, found)

    result = markdown.render(article.body, show, around.targets)
    problems = tuple(sorted((*result.problems, *missing), key=lambda problem: problem.line))
    return Rendered(result.html, result.text, result.words, result.reading_minutes, result.headings, problems)


def checked(block: Block, found: Mapping[str, Picture], business: Business) -> tuple[Block, list[LineProblem]]:
    """Return a block as visitors get it, completed from the business, and what keeps it from being shown."""
    whole, problems = completed(block, business)
    return whole, problems + _asset_problems(whole, found)


def _asset_problems(block: Block, found: Mapping[str, Picture]) -> list[LineProblem]:
    """Return a problem for each asset that is missing, or of the wrong kind for the block."""
    problems = []
    for asset in assets_of(block.kind, block.data):
        picture = found.get(asset)
        wanted = "video" if block.kind == "video" else "photo"
        if picture is None:
            problems.append(
                LineProblem(block.line, f'the {wanted} "{asset}" is not in the library; choose another one', True)
            )
        elif picture.is_video != (wanted == "video"):
            problems.append(
                LineProblem(block.line, f'"{asset}" is not a {wanted}; choose a {wanted} of the library', True)
            )
    return problems


def _block_html(block: Block, found: Mapping[str, Picture]) -> str:
    asset = block.data.get("asset", "")
    chosen = found.get(asset)
    template = _environment().get_template(f"site/blocks/{block.kind}.html")
    return template.render(block=block, picture=chosen, video=chosen, pictures=found)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled_templates(),
    )


class _Cache:
    """The last rendered articles, the oldest forgotten first. One for the process: the key says all there is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Rendered] = OrderedDict()
        self.most = KEPT

    def get(self, key: _Key) -> Rendered | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: _Key, value: Rendered) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)


_CACHE = _Cache()


def keep(most: int) -> None:
    """Hold another number of rendered articles than usual; for a process that makes every page there is."""
    _CACHE.most = most
