"""The checks beside the editor: what blocks publishing, what could be better, and what is good.

Each one says why it matters and where to look. The rules are in `text_checks.py` (the text) and `around_checks.py`
(everything around it); what blocks is asked of the same check that refuses a save, so that the two never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scheduler.content.outline import Outline, outline
from scheduler.domain.article import Article, Status
from scheduler.domain.check import Check, Checks, Place, State, line_places
from scheduler.services.context import Context
from scheduler.services.editorial import around_checks, text_checks
from scheduler.services.editorial.article_input import (
    ArticleInput,
    imagined,
    problems_of,
    tidy,
    words_around,
)
from scheduler.services.editorial.own_paths import Serves, dead_end
from scheduler.services.editorial.rendering import rendered
from scheduler.services.editorial.unfinished import mark_problems, unfinished

_ORDER = [State.BLOCKS, State.BETTER, State.GOOD]
_LABELS = {"title": "Title", "slug": "Address", "author": "Author", "image": "Lead photo", "alt": "Alt text"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: the input, the article that it makes, and what its text consists of."""

    ctx: Context
    given: ArticleInput
    article: Article
    outline: Outline


def checks_of(ctx: Context, given: ArticleInput, base: Article | None, serves: Serves) -> Checks:
    """Return every check of an article as it is typed; `base` is the saved one, None for a new one."""
    given = tidy(given)
    article = imagined(given, base)
    subject = Subject(ctx, given, article, outline(given.body))
    found = [
        *_blocking(subject, base),
        *around_checks.checks(ctx, given, article),
        *text_checks.checks(subject.outline, article, ctx.settings.site.language),
        _photos(subject),
        _links(subject, serves),
    ]
    return Checks(tuple(sorted(found, key=lambda check: _ORDER.index(check.state))))


def _blocking(subject: Subject, base: Article | None) -> Iterator[Check]:
    """Yield one check for each thing that a publication would be refused for."""
    given = replace(subject.given, status=Status.PUBLISHED)
    language = given.lang or subject.ctx.settings.site.language
    marked = mark_problems(given.body, words_around(given), language)  # the check below names them
    left_out = {"date", "body"} | ({"slug"} if base is None else set())  # a new article finds a free address by itself
    for problem in problems_of(subject.ctx, given, base):
        if problem.severity == "error" and problem.field not in left_out and problem not in marked:
            label = _LABELS.get(problem.field, problem.field.replace("_", " ").capitalize())
            yield Check(
                f"refused-{problem.field}", label, State.BLOCKS, problem.message,
                "It would be refused when you publish.", "", (Place(problem.field, label),),
            )  # fmt: skip
    yield text_checks.todo_check(unfinished(subject.outline, words_around(given), language))
    for fault in rendered(subject.ctx, subject.article, preview=True).problems:
        if not fault.about:
            yield Check(
                f"text-{fault.line}",
                "Text",
                State.BLOCKS if fault.serious else State.BETTER,
                f"{fault.reason[:1].upper()}{fault.reason[1:]}.",
                "Visitors would not see it as it is meant.",
                "",
                line_places([(fault.line, "")]),
            )


def _photos(subject: Subject) -> Check:
    ctx, article = subject.ctx, subject.article
    found = [(p.line, "a photo without alt text") for p in around_checks.without_alt(ctx, subject.outline.photos)]
    lead = not article.image or bool(around_checks.lead_alt(ctx, article))
    good = not found and lead
    return Check(
        "alt", "Alt texts", State.GOOD if good else State.BETTER,
        "Every photo says what it shows." if good else "A photo does not say what it shows.",
        "People who do not see a photo hear its alt text; search engines read it.",
        "" if good else "Say in a few words what the photo shows, as you would on the telephone.",
        (*(() if lead else (Place("alt", "Alt text of the lead photo"),)), *line_places(found)),
    )  # fmt: skip


def _links(subject: Subject, serves: Serves) -> Check:
    problems = rendered(subject.ctx, subject.article, preview=True).problems
    found = [(problem.line, problem.reason) for problem in problems if problem.about == "link"]
    anchors = {heading.id for heading in rendered(subject.ctx, subject.article, preview=True).headings}
    for link in subject.outline.links:
        reason = dead_end(subject.ctx, subject.article, link.href, serves)
        if link.href.startswith("#") and link.href[1:] not in anchors:
            reason = "no heading of this text has this anchor"
        if reason:
            found.append((link.line, f"“{link.words[:60]}”: {reason}"))
    number = len(subject.outline.links)
    return Check(
        "links", "Links", State.BETTER if found else State.GOOD,
        f"{len(found)} of {number} links lead nowhere." if found and number else f"{_counted(number)} checked."
        if not found else "A link leads nowhere.",
        "A visitor who follows a dead link does not come back.",
        "Choose another page; a link that is chosen from the list of articles follows a new address by itself."
        if found else "",
        line_places(sorted(found)),
    )  # fmt: skip


def _counted(links: int) -> str:
    return "No links to be" if links == 0 else f"{links} link{'s' if links > 1 else ''}"
