"""Teaser templates: the texts that the composer offers for an article, one file each in templates/teasers/.

The first line of a file is a comment "Label: what it does". The files are ours or the owner's; what a marketer types is
never the source of a template, and the sandbox keeps a template from reaching anything but the values it is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scheduler.domain import excerpt
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.resources import template_folder
from scheduler.services.context import Context
from scheduler.services.planning import links
from scheduler.services.planning.payloads import plain_text

EXCERPT_LENGTH = 200
_ORDER = ("title", "excerpt", "first_sentence", "question")


@dataclass(frozen=True, slots=True)
class TeaserTemplate:
    """One template: its file's name without ending, what its button says, and what it does."""

    name: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a template makes of one article. `problem` says why it made nothing."""

    template: TeaserTemplate
    text: str
    problem: str = ""


def all_templates() -> list[TeaserTemplate]:
    """Return the templates: ours first, then the owner's own by name."""
    folder = template_folder() / "teasers"
    found = [_described(path.stem, path.read_text("utf-8")) for path in folder.glob("*.j2")]
    place = {name: index for index, name in enumerate(_ORDER)}
    return sorted(found, key=lambda template: (place.get(template.name, len(place)), template.name))


def suggestions(ctx: Context, article: Article) -> list[Suggestion]:
    """Return what every template makes of an article."""
    values = article_values(ctx, article)
    return [_suggestion(template, values) for template in all_templates()]


def render(ctx: Context, name: str, article: Article) -> str:
    """Return the text that a template makes of an article. Raises `NotFound`."""
    template = next((template for template in all_templates() if template.name == name), None)
    if template is None:
        raise NotFound(f"There is no teaser template “{name}”.")
    return _text(template, article_values(ctx, article))


def article_values(ctx: Context, article: Article) -> dict[str, object]:
    """Return what a template may use of an article."""
    text = plain_text(article)
    author = ctx.articles.author(article.author)
    return {
        "title": article.title,
        "description": article.description,
        "excerpt": excerpt.excerpt(text, EXCERPT_LENGTH),
        "first_sentence": excerpt.first_sentence(text),
        "question": excerpt.first_question(text),
        "topic": article.categories[0][-1] if article.categories else "",
        "url": links.article_address(ctx.settings, article),
        "categories": [" / ".join(names) for names in article.categories],
        "tags": list(article.tags),
        "author": author.name if author else "",
        "site": ctx.settings.site.name,
    }


def _suggestion(template: TeaserTemplate, values: dict[str, object]) -> Suggestion:
    try:
        return Suggestion(template, _text(template, values))
    except TemplateError as error:
        return Suggestion(template, "", f"templates/teasers/{template.name}.j2 cannot be used: {error}")


def _text(template: TeaserTemplate, values: dict[str, object]) -> str:
    text = _environment().get_template(f"{template.name}.j2").render(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _described(name: str, source: str) -> TeaserTemplate:
    comment = re.match(r"\{#\s*(?:([^:#]+):)?\s*(.*?)\s*#\}", source)
    label = (comment[1] if comment else "") or name.replace("_", " ").capitalize()
    return TeaserTemplate(name, label.strip(), comment[2] if comment else "")


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    loader = FileSystemLoader(template_folder() / "teasers")
    # Autoescape off: the result is the plain text of a post, not HTML.
    return ImmutableSandboxedEnvironment(loader=loader, undefined=StrictUndefined, autoescape=False)
