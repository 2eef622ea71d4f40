"""Checks of what stands around the text: title, description, lead photo, category, author, series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.content.outline import Photo
from scheduler.domain import search_result
from scheduler.domain.article import Article, Kind
from scheduler.domain.check import Check, Place, State
from scheduler.services.context import Context
from scheduler.services.editorial.article_input import ArticleInput
from scheduler.services.library.pictures import picture

_SHARP_WIDTH = 800
"""Pixels; link cards are 1200 wide, and what is much smaller looks blurred in them."""


def checks(ctx: Context, given: ArticleInput, article: Article) -> Iterator[Check]:
    """Yield the checks of an article's fields."""
    if given.title:
        yield _title(given)
        yield _own_title(ctx, article, given)
    yield _description(given)
    if article.kind is Kind.PAGE:
        return
    yield _lead(ctx, article)
    yield _category(given)
    yield _author(given)
    if given.series:
        yield _series(ctx, article)


def without_alt(ctx: Context, photos: Iterable[Photo]) -> list[Photo]:
    """Return the photos for which neither the text nor the library says what they show."""
    return [
        photo
        for photo in photos
        if not photo.alt and (found := picture(ctx, photo.asset)) is not None and not found.is_video and not found.alt
    ]


def lead_alt(ctx: Context, article: Article) -> str:
    """Return the alt text of the lead photo, the article's own or the library's."""
    lead = picture(ctx, article.image.asset) if article.image else None
    return (article.image.alt if article.image else "") or (lead.alt if lead else "")


def _title(given: ArticleInput) -> Check:
    field = "search_title" if given.search_title else "title"
    title = given.search_title or given.title
    pixels, shown = search_result.title_pixels(title), search_result.shown_title(title)
    state, found, way = State.GOOD, f"{len(title)} characters: search engines show all of it.", ""
    if pixels > search_result.TITLE_PIXELS:
        state, found = State.BETTER, f"Search engines cut it off: “{shown}”"
        way = "Put the important words first, or write a shorter title for search engines."
    elif pixels < search_result.SHORT_TITLE_PIXELS:
        state, found = State.BETTER, f"It has only {len(title)} characters."
        way = "There is room for what the article answers, and for whom."
    why = "The title is what people read first in search results; what is cut off is not read."
    return Check("title", "Title length", state, found, why, way, _place(state, field, "Title"))


def _own_title(ctx: Context, article: Article, given: ArticleInput) -> Check:
    title = given.title.casefold()
    same = [other for other in ctx.articles.all() if other.id != article.id and other.title.casefold() == title]
    state = State.BETTER if same else State.GOOD
    found = f"“{same[0].title}” ({same[0].slug}) has the same title." if same else "No other article has this title."
    way = "Say in the title what is different about this one." if same else ""
    why = "Two pages with one title compete with each other, and nobody can tell them apart in a list."
    return Check("own-title", "A title of its own", state, found, why, way, _place(state, "title", "Title"))


def _description(given: ArticleInput) -> Check:
    text = given.description
    state, way = State.BETTER, "Say in one or two sentences what the reader gets, with the important words first."
    if not text:
        found = "There is none."
    elif len(text) > search_result.DESCRIPTION_CHARACTERS:
        found = f"It is cut off in search results: “…{search_result.shown_description(text)[-40:]}”"
    elif len(text) < search_result.SHORT_DESCRIPTION_CHARACTERS:
        found = f"It has only {len(text)} characters; there is room for {search_result.DESCRIPTION_CHARACTERS}."
    else:
        state, found, way = State.GOOD, f"{len(text)} characters: shown whole.", ""
    why = "Search engines and link cards show it below the title; without one they pick any sentence."
    return Check("description", "Description", state, found, why, way, _place(state, "description", "Description"))


def _lead(ctx: Context, article: Article) -> Check:
    lead = picture(ctx, article.card.asset or (article.image.asset if article.image else ""))
    state, found, way = State.GOOD, "There is one, large enough for link cards.", ""
    if article.image is None:
        state, found, way = State.BETTER, "There is none.", "Choose a photo that shows a person or a place of yours."
    elif lead is not None and lead.width < _SHARP_WIDTH:
        state, found = State.BETTER, f"It is only {lead.width} pixels wide and looks blurred in a link card."
        way = "Choose a larger photo, or another one for the link card."
    why = "It is what people see first, in lists and wherever a network shows a link to the article."
    return Check("lead", "Lead photo", state, found, why, way, _place(state, "image", "Lead photo"))


def _category(given: ArticleInput) -> Check:
    state = State.GOOD if given.categories else State.BETTER
    found = given.categories[0].replace("/", " › ") if given.categories else "The article is in no category."
    why = "The first category is the way to the article: visitors and search engines see it above the title."
    way = "" if given.categories else "Name one, such as Physical Therapy/Dry Needling."
    return Check("category", "Category", state, found, why, way, _place(state, "categories", "Categories"))


def _author(given: ArticleInput) -> Check:
    state = State.GOOD if given.author else State.BETTER
    found = "The article says who wrote it." if given.author else "The article does not say who wrote it."
    why = "People and search engines trust words about health more when a named person stands behind them."
    way = "" if given.author else "Choose the person who wrote or checked it."
    return Check("author", "Author", state, found, why, way, _place(state, "author", "Author"))


def _series(ctx: Context, article: Article) -> Check:
    others = [other for other in ctx.articles.all() if other.id != article.id and other.series == article.series]
    state = State.GOOD if others else State.BETTER
    found = f"{len(others)} more in “{article.series}”." if others else f"Nothing else is in “{article.series}”."
    why = "Articles of one series lead to one another, if they name it in exactly the same words."
    way = "" if others else "Look whether the name is spelled as in the other articles; a first part is fine as it is."
    return Check("series", "Series", state, found, why, way, _place(state, "series", "Series"))


def _place(state: State, field: str, words: str) -> tuple[Place, ...]:
    return () if state is State.GOOD else (Place(field, words),)
