"""/articles: the articles of the blog, by the same rules as the editor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, url_for

from scheduler.content.writer import EditConflict
from scheduler.domain.article import Article, Status
from scheduler.domain.article import Kind as Sort
from scheduler.domain.problem import Problem
from scheduler.domain.slots import parse_wall, zone_problem
from scheduler.services.editorial import article_input, articles
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.drafts import has_draft
from scheduler.web.api import representations
from scheduler.web.api.answers import PAGE, after, answer, nothing, page, page_size, require_match, rest, stale
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import WRONG, Choice, Flag, Instant, Kind, Listed, Many, Maybe, Schema, Table, Text, wrong
from scheduler.web.api.moments import FIRST_YEAR, LAST_YEAR
from scheduler.web.api.parsing import Read, called, json_body, query, renamed
from scheduler.web.context import ctx

bp = Blueprint("articles", __name__, url_prefix="/articles")


@dataclass(frozen=True)
class PublishAt(Kind):
    """A moment with its offset, or a wall time and its zone; read as (date, zone) the way `ArticleInput` has them."""

    note: str = ""
    wall = Table({"at": Text(longest=40), "zone": Text("The site's own when it is not given.", longest=64)}, ("at",))

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            return WRONG if Instant().read(value, at, problems) is WRONG else (value, "")
        before = len(problems)
        found = self.wall.read(value, at, problems)
        self._check(found, at, problems)
        return WRONG if len(problems) > before else (found["at"], found.get("zone", ""))

    def _check(self, found: dict[str, str], at: str, problems: list[Problem]) -> None:
        try:
            if "at" in found and not FIRST_YEAR < parse_wall(found["at"]).year < LAST_YEAR:
                wrong(problems, f"{at}.at", f"The year must be between {FIRST_YEAR} and {LAST_YEAR}.")
        except ValueError as error:
            wrong(problems, f"{at}.at", f"{error}.")
        if found.get("zone") and (reason := zone_problem(found["zone"])):
            wrong(problems, f"{at}.zone", f"{reason}.")

    def schema(self) -> Schema:
        return {"anyOf": [Instant().schema(), self.wall.schema()], "description": self.note}


FIELDS: dict[str, Kind] = {
    "title": Text(),
    "slug": Text("Its address; made from the title when it is not given."),
    "markdown": Text("The text, in Markdown with Drumbeat's blocks.", longest=1_000_000),
    "status": Choice(tuple(Status), "A new article is a draft unless this says otherwise."),
    "publish_at": Maybe(PublishAt("When it appears. Publishing without it means now.")),
    "description": Text(),
    "image": Maybe(
        Table(
            {"asset": Text("The id of a photo of the library."), "alt": Text(), "caption": Text()},
            ("asset",),
            "The lead photo; replaced as a whole.",
        )
    ),
    "categories": Many(Text('A path, like "Physical Therapy/Dry Needling".', longest=300)),
    "tags": Many(Text(longest=100)),
    "author": Text("The name of a file in posts/_authors, without its ending.", longest=100),
    "canonical": Text("The address of the original, when this is a copy."),
    "noindex": Flag("Whether search engines are asked to leave it out."),
    "kind": Choice(tuple(Sort), "An article of the blog, or a page that stands by itself."),
    "series": Text("The series it is a part of.", longest=200),
    "search_title": Text("The title for search engines, where it differs."),
    "card": Table(representations.CARD, (), "What networks show of a link to it; replaced as a whole."),
    "lang": Text("The language of the text; empty means the site's.", longest=40),
    "translation": Text("The same key in several articles: one article in several languages.", longest=100),
}
NAMES = {
    "body": "markdown",
    "date": "publish_at",
    "image": "image.asset",
    "alt": "image.alt",
    "caption": "image.caption",
    "card_title": "card.title",
    "card_description": "card.description",
    "card_image": "card.asset",
}
"""What the fields of `ArticleInput` are called here."""
FILTERS: dict[str, Kind] = {
    "status": Choice(tuple(Status), "Only articles with this status."),
    "words": Text("Only articles with all these words.", longest=200),
    "category": Text("Only articles of this category and those below it.", longest=300),
    **PAGE,
}
LIST = Listed("ArticleList", "A page of articles: drafts without a date, then the newest.", {}, of="Article")


@bp.get("")
@call(Call("List articles", "read", LIST, query=FILTERS))
def index() -> Response:
    """List articles."""
    asked = query(FILTERS)
    asked.require()
    found = articles.search(ctx(), asked.get("words", ""), asked.get("status", ""), asked.get("category", ""))
    found = rest(found, _key, after(asked, int, int, str))
    return page(asked, found[: page_size(asked) + 1], _key, _shown)


@bp.post("")
@call(
    Call(
        "Create an article",
        "write",
        representations.ARTICLE,
        status=(201,),
        body=Table(FIELDS, ("title",)),
        note="Writes posts/<slug>/index.md. A published article is visible at once; a scheduled one at its time.",
    )
)
def create() -> Response:
    """Create an article."""
    read = json_body(Table(FIELDS, ("title",)))
    given = _input(read, ArticleInput(zone=ctx().settings.calendar.zone))
    read.require(lambda: _problems(given))
    with called(NAMES):
        made = articles.create(ctx(), given)
    return _answer(made, 201, url_for("api.articles.show", slug=made.slug))


@bp.get("/<slug>")
@call(Call("Read an article", "read", representations.ARTICLE, refusals=(404,)))
def show(slug: str) -> Response:
    """Send one article."""
    return _answer(articles.existing(ctx(), slug))


@bp.patch("/<slug>")
@call(
    Call(
        "Change an article",
        "write",
        representations.ARTICLE,
        body=Table(FIELDS),
        matched=True,
        refusals=(404,),
        note="Fields that are not given stay as they are. Another slug moves it; the old address keeps leading to it. "
        'The status "published" without `publish_at` publishes now. Unpublished edits in the editor (`draft`) '
        "stay as they are: whoever opens them finds both joined.",
    )
)
def change(slug: str) -> Response:
    """Change what the body names."""
    base = articles.existing(ctx(), slug)
    require_match(_state(base))
    read = json_body(Table(FIELDS))
    given = _input(read, input_of(base, ctx().settings.calendar.zone))
    if read.get("status") == Status.PUBLISHED and "publish_at" not in read.values:
        given = articles.for_now(ctx(), given)
    read.require(lambda: _problems(given, base))
    try:
        with called(NAMES):
            return _answer(articles.change(ctx(), slug, given, base.content_hash))
    except EditConflict:
        stale()


@bp.delete("/<slug>")
@call(
    Call(
        "Delete an article",
        "write",
        status=(204,),
        matched=True,
        refusals=(404,),
        note="Moves its folder to posts/.trash, from where a person can bring it back.",
    )
)
def delete(slug: str) -> Response:
    """Move an article to the trash."""
    base = articles.existing(ctx(), slug)
    require_match(_state(base))
    try:
        articles.delete(ctx(), slug, base.content_hash)
    except EditConflict:
        stale()
    return nothing()


def _answer(article: Article, status: int = 200, location: str = "") -> Response:
    state = _state(article)
    return answer(state, status, location=location, extra={"draft": has_draft(ctx(), article)})


def _state(article: Article) -> dict[str, Any]:
    """Return what the ETag stands for: somebody who opens the editor changes nothing of the article itself."""
    return {name: value for name, value in _shown(article).items() if name != "draft"}


def _shown(article: Article) -> dict[str, Any]:
    return representations.article(ctx(), article)


def _key(article: Article) -> list[Any]:
    return [1, -article.date_at, article.id] if article.date_at is not None else [0, 0, article.id]


def _input(read: Read, base: ArticleInput) -> ArticleInput:
    """Return `base` with everything that was given."""
    values = dict(read.values)
    if "markdown" in values:
        values["body"] = values.pop("markdown")
    if "publish_at" in values:
        values["date"], zone = values.pop("publish_at") or ("", "")
        values["zone"] = zone or base.zone
    if "image" in values:
        lead = values.pop("image") or {}
        values |= {"image": lead.get("asset", ""), "alt": lead.get("alt", ""), "caption": lead.get("caption", "")}
    if "card" in values:
        card = values.pop("card")
        values |= {f"card_{ours}": card.get(name, "") for ours, name in _CARD}
    for name in ("categories", "tags"):
        if name in values:
            values[name] = tuple(values[name])
    return replace(base, **values)


_CARD = (("title", "title"), ("description", "description"), ("image", "asset"))


def _problems(given: ArticleInput, base: Article | None = None) -> list[Problem]:
    return renamed(article_input.problems_of(ctx(), article_input.tidy(given), base), NAMES)
