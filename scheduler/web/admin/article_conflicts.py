"""Two versions of one article before a person: what both changed is to be chosen, and nothing is written until then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.article import Article, is_public
from scheduler.domain.diff3 import Piece
from scheduler.domain.revision import By, Origin
from scheduler.services.editorial import versions
from scheduler.services.editorial.article_input import ArticleInput
from scheduler.services.editorial.drafts import Page
from scheduler.services.editorial.merging import Merged, written
from scheduler.services.editorial.saving import Unmerged
from scheduler.web.admin.article_form import typed_fields
from scheduler.web.context import ctx

BUTTONS = {"save": "Save this", "keep": "Keep this as a draft", "update": "Update the public page"}


@dataclass(frozen=True, slots=True)
class Sides:
    """The two versions: `page` names the ones that the next save starts from, `whose` is who wrote the other one."""

    mine: ArticleInput
    merged: Merged
    page: Page
    whose: str


def by() -> By:
    """Return who sits before this page."""
    return By(Origin.ADMIN, current_user.user.name)


def choose(article: Article, sides: Sides, do: str, status: int = 409) -> ResponseReturnValue:
    """Show what both changed, side by side, with a choice for each."""
    contested = {"moment" if conflict.name == "date" else conflict.name for conflict in sides.merged.fields}
    kept = typed_fields(sides.merged.given) | {"moment": sides.merged.given.date}
    page = render_template(
        "admin/articles/conflict.html",
        article=article,
        sides=sides,
        own=status == 409 and sides.whose == by().name,  # both were written by one person, in two windows
        hidden=[(name, value) for name, value in kept.items() if name not in contested],
        do=do,
        button=BUTTONS.get(do, "Go on with this"),
        public=is_public(article, ctx().clock.now_ms()),
        written=written,
        offered="\n".join(line for piece in sides.merged.pieces for line in _all_of(piece)),
    )
    return page, status


def mine(given: ArticleInput) -> ArticleInput:
    """Return what the form says with my own words in every place that was for me to choose."""
    said = {name[5:]: value.replace("\r\n", "\n") for name, value in request.form.items() if name.startswith("mine-")}
    values: dict[str, Any] = {name: value for name, value in said.items() if name in ArticleInput.__dataclass_fields__}
    for name, sign in (("categories", "\n"), ("tags", ",")):
        if name in values:
            values[name] = tuple(values[name].split(sign))
    if "noindex" in values:
        values["noindex"] = bool(values["noindex"])
    return replace(given, **values)


def _all_of(piece: Piece) -> tuple[str, ...]:
    between = ("",) if piece.mine and piece.theirs else ()
    return (*piece.mine, *between, *piece.theirs) if piece.conflict else piece.lines


def unreadable(article: Article, mine: ArticleInput, page: Page, conflict: Unmerged, do: str) -> ResponseReturnValue:
    """Show both texts when the file cannot be read as an article at the moment."""
    html = render_template(
        "admin/articles/unreadable.html",
        article=article,
        mine=mine,
        page=replace(page, base_hash=conflict.base_hash),
        theirs=versions.theirs(ctx(), article, conflict.theirs_text),
        hidden=[item for item in request.form.items(multi=True) if item[0] not in _NOT_REPEATED],
        do=do,
        button=BUTTONS.get(do, "Go on with mine"),
    )
    return html, 409


_NOT_REPEATED = frozenset({"csrf_token", "base_hash", "body", "do", "mine", "text-from"})
