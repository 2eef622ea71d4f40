"""Which articles are offered beside an article."""

from __future__ import annotations

from scheduler.domain.article import Article, Status
from scheduler.services.site.pages import neighbours, related


def article(name: str, *categories: str, tags: tuple[str, ...] = ()) -> Article:
    paths = tuple(tuple(category.split("/")) for category in categories)
    return Article(name, name, name, Status.PUBLISHED, "", name, categories=paths, tags=tags)


def test_the_closest_articles_come_first_and_the_newest_of_those_as_close() -> None:
    knee = article("knee", "Care/Knee", tags=("running",))
    newer, older = article("newer", "Food"), article("older", "Food")
    sibling, tagged = article("sibling", "Care/Hip"), article("tagged", "Care/Knee", tags=("Running",))
    assert [a.slug for a in related([newer, older, sibling, knee, tagged], knee)] == [
        "tagged",
        "sibling",
        "newer",
        "older",
    ]


def test_a_public_article_has_neighbours_and_a_draft_has_none() -> None:
    first, second, third = article("first"), article("second"), article("third")
    newer, older = neighbours([third, second, first], second)
    assert newer and older and (newer.href, older.href) == ("/blog/third/", "/blog/first/")
    assert neighbours([third, second, first], third)[0] is None
    assert neighbours([third, first], second) == (None, None)
