"""What a person or a program says an article shall be, and the check of it: every problem at once.

A draft may be unfinished. What visitors are to see must be whole: a lead photo with alt text, photos and videos
that are in the library, an author who exists, blocks that can be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.clock import to_ms
from scheduler.content.article_file import DEEPEST_CATEGORY, LANGUAGE, LONGEST_TITLE, content_hash
from scheduler.content.fields import ASSET, EARLIEST, LATEST
from scheduler.content.links import linked_articles, web_address_problem
from scheduler.content.markdown import assets, size_problem
from scheduler.content.public_shelf import category_path
from scheduler.content.writer import shown_body
from scheduler.domain.addresses import RESERVED
from scheduler.domain.article import Article, Kind, LeadImage, LinkCard, Status
from scheduler.domain.problem import Problem
from scheduler.domain.slots import instant, local, parse_wall, zone_problem
from scheduler.domain.slug import slug_problem, slugify
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.editorial.unfinished import mark_problems
from scheduler.services.library.pictures import picture

LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class ArticleInput:
    """The fields of an article as they were typed. `date` is a wall time in `zone`, or carries an offset itself."""

    title: str = ""
    slug: str = ""
    body: str = ""
    status: str = Status.DRAFT
    date: str = ""
    zone: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""
    description: str = ""
    image: str = ""
    alt: str = ""
    caption: str = ""
    canonical: str = ""
    noindex: bool = False
    kind: str = Kind.ARTICLE
    series: str = ""
    search_title: str = ""
    card_title: str = ""
    card_description: str = ""
    card_image: str = ""
    lang: str = ""
    translation: str = ""


def input_of(article: Article, zone: str) -> ArticleInput:
    """Return an article as an input that changes nothing; its date is written in `zone`."""
    lead = article.image or LeadImage("")
    wall = local(article.date_at, zone).replace(tzinfo=None) if article.date_at is not None else None
    return ArticleInput(
        title=article.title,
        slug=article.slug,
        body=shown_body(article.body),
        status=article.status,
        date=wall.isoformat(timespec="seconds" if wall.second else "minutes") if wall else "",
        zone=zone,
        categories=tuple("/".join(path) for path in article.categories),
        tags=article.tags,
        author=article.author,
        description=article.description,
        image=lead.asset,
        alt=lead.alt,
        caption=lead.caption,
        canonical=article.canonical,
        noindex=article.noindex,
        kind=article.kind,
        series=article.series,
        search_title=article.search_title,
        card_title=article.card.title,
        card_description=article.card.description,
        card_image=article.card.asset,
        lang=article.lang,
        translation=article.translation,
    )


def date_at(given: ArticleInput) -> int | None:
    """Return the instant (UTC ms) that `given` names, None for none. Raises `ValueError` with a sentence."""
    if not given.date:
        return None
    try:
        moment = datetime.fromisoformat(given.date)
    except ValueError:
        moment = parse_wall(given.date)
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"the year {moment.year} is not of our times; use one from {EARLIEST} to {LATEST}")
    if moment.tzinfo is not None:
        return to_ms(moment)
    if problem := zone_problem(given.zone):
        raise ValueError(problem)
    return instant(moment, given.zone)


def imagined(given: ArticleInput, base: Article | None = None) -> Article:
    """Return the article that `given` would make, as well as it can be told: for checks and previews."""
    try:
        date = date_at(given)
    except ValueError:
        date = base.date_at if base else None
    image = LeadImage(given.image, given.alt, given.caption) if ASSET.fullmatch(given.image) else None
    card = LinkCard(
        given.card_title, given.card_description, given.card_image if ASSET.fullmatch(given.card_image) else ""
    )
    around = (asset for asset in (image.asset if image else "", card.asset) if asset)
    return Article(
        id=base.id if base else "",
        title=given.title or "Untitled",
        slug=given.slug if not slug_problem(given.slug) else slugify(given.title) or "untitled",
        status=Status(given.status) if given.status in list(Status) else Status.DRAFT,
        body=given.body,
        content_hash=content_hash(given.body.encode("utf-8", "replace")),
        date_at=date,
        updated_at=base.updated_at if base else None,
        categories=tuple(path for text in given.categories if (path := category(text))),
        tags=given.tags,
        author=given.author,
        description=given.description,
        image=image,
        canonical=given.canonical if not web_address_problem(given.canonical) else "",
        noindex=given.noindex,
        aliases=base.aliases if base else (),
        kind=Kind(given.kind) if given.kind in list(Kind) else Kind.ARTICLE,
        series=given.series,
        search_title=given.search_title,
        card=card,
        lang=given.lang if LANGUAGE.fullmatch(given.lang) else "",
        translation=given.translation,
        origin=base.origin if base else "",
        assets=tuple(dict.fromkeys((*around, *assets(given.body)))),
        links=linked_articles(given.body),
    )


def category(text: str) -> tuple[str, ...]:
    """Return the path of a category written "Physical Therapy/Dry Needling"; () when it is none."""
    path = tuple(part.strip() for part in text.split("/"))
    fits = len(path) <= DEEPEST_CATEGORY and all(slugify(part) for part in path)
    return path if fits and text.isprintable() else ()


def is_within(path: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether a category is the one of these names or stands below it, however both are spelled."""
    return bool(names) and category_path(path[: len(names)]) == category_path(names)


def problems_of(ctx: Context, given: ArticleInput, base: Article | None = None) -> list[Problem]:
    """Return everything that stands against `given`; `base` is the article that it changes."""
    problems = [*_form_problems(ctx, given, base), *_date_problems(ctx, given)]
    if given.status in (Status.PUBLISHED, Status.SCHEDULED):
        problems += _public_problems(ctx, given, base)
    return problems


def _form_problems(ctx: Context, given: ArticleInput, base: Article | None) -> Iterator[Problem]:
    if not given.title:
        yield Problem("title", "The title is missing.")
    if len(given.title) > LONGEST_TITLE:
        yield Problem("title", f"The title is {len(given.title)} characters long; {LONGEST_TITLE} is the most.")
    if reason := slug_problem(given.slug):
        yield Problem("slug", f"The address {reason}.")
    elif (other := ctx.articles.get(given.slug)) and (base is None or other.id != base.id):
        yield Problem("slug", f'The address "{given.slug}" is taken by "{other.title}". Choose another one.')
    if given.status not in list(Status):
        yield Problem("status", f"The status must be one of {', '.join(Status)}.")
    for text in given.categories:
        if not category(text):
            yield Problem("categories", f'The category "{text[:80]}" must be a name, or names with / between them.')
    if given.canonical and (reason := web_address_problem(given.canonical)):
        yield Problem("canonical", f"The canonical address {reason}.")
    if len(given.description) > LONGEST_DESCRIPTION:
        yield Problem("description", f"The description is too long: {LONGEST_DESCRIPTION} characters are the most.")
    if given.image and not ASSET.fullmatch(given.image):
        yield Problem("image", "Choose the lead photo from the library.")
    if given.card_image and not ASSET.fullmatch(given.card_image):
        yield Problem("card_image", "Choose the picture of the link card from the library.")
    if given.kind not in list(Kind):
        yield Problem("kind", f"This must be one of {', '.join(Kind)}.")
    if given.kind == Kind.PAGE and given.slug in RESERVED:
        yield Problem("slug", f'The address "/{given.slug}/" is the product\'s own. Choose another one.')
    if given.lang and not LANGUAGE.fullmatch(given.lang):
        yield Problem("lang", f'"{given.lang[:40]}" is not a language tag, such as en-US or de.')
    for name, most in _LONGEST.items():
        if len(getattr(given, name)) > most:
            yield Problem(name, f"This is too long: {most} characters are the most.")
    if reason := size_problem(given.body):
        yield Problem("body", f"This cannot be saved: {reason}.")
    if (base is None or base.author != given.author) and given.author and not ctx.articles.author(given.author):
        yield _unknown_author(given)


_LONGEST = {"series": 200, "search_title": LONGEST_TITLE, "card_title": LONGEST_TITLE, "card_description": 500,
            "translation": 100}  # fmt: skip


def _date_problems(ctx: Context, given: ArticleInput) -> Iterator[Problem]:
    try:
        moment = date_at(given)
    except ValueError as error:
        yield Problem("date", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        return
    now = ctx.clock.now_ms()
    if given.status == Status.SCHEDULED and moment is None:
        yield Problem("date", "Say when it shall appear: date and time are missing.")
    elif given.status == Status.SCHEDULED and moment is not None and moment <= now:
        yield Problem("date", "This time has passed. Choose a later one, or publish now.")
    elif given.status == Status.PUBLISHED and moment is not None and moment > now:
        yield Problem("date", "This date is still to come. Schedule the article, or publish it now.")


def _public_problems(ctx: Context, given: ArticleInput, base: Article | None) -> Iterator[Problem]:
    """Yield what keeps an article from being shown to visitors."""
    if given.author and not ctx.articles.author(given.author) and base and base.author == given.author:
        yield _unknown_author(given)
    if given.image:
        lead = picture(ctx, given.image)
        if lead is None:
            yield Problem("image", "The lead photo is not in the library any more. Choose another one.")
        elif lead.is_video:
            yield Problem("image", "The lead photo must be a photo, not a video.")
        elif not (given.alt or lead.alt):
            yield Problem("alt", "Say what the lead photo shows: its alt text is missing.")
    yield from mark_problems(given.body, words_around(given), given.lang or ctx.settings.site.language)
    for problem in rendered(ctx, imagined(given, base)).problems:
        yield Problem("body", f"Line {problem.line}: {problem.reason}.", "error" if problem.serious else "warning")


def words_around(given: ArticleInput) -> dict[str, str]:
    """Return the words beside the text that visitors, search engines or networks see, by field."""
    names = ("title", "description", "alt", "caption", "search_title", "card_title", "card_description")
    return {name: str(getattr(given, name)) for name in names}


def _unknown_author(given: ArticleInput) -> Problem:
    return Problem("author", f'There is no author "{given.author[:60]}". Choose one of posts/_authors.')


def tidy(given: ArticleInput) -> ArticleInput:
    """Return the input without stray spaces; an empty slug is made from the title."""
    return replace(
        given,
        title=_one_line(given.title),
        description=_one_line(given.description),
        alt=_one_line(given.alt),
        caption=_one_line(given.caption),
        slug=given.slug.strip().lower() or slugify(given.title),
        date=given.date.strip(),
        author=given.author.strip(),
        image=given.image.strip(),
        canonical=given.canonical.strip(),
        series=_one_line(given.series),
        search_title=_one_line(given.search_title),
        card_title=_one_line(given.card_title),
        card_description=_one_line(given.card_description),
        card_image=given.card_image.strip(),
        lang=given.lang.strip(),
        translation=given.translation.strip(),
        categories=tuple(dict.fromkeys(text.strip() for text in given.categories if text.strip())),
        tags=tuple(dict.fromkeys(_one_line(text) for text in given.tags if text.strip())),
    )


def _one_line(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())


_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]")
"""Control signs, which come with pasted words; no page, feed or database wants them. What joins emoji stays."""
