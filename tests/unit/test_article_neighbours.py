"""Which articles are offered beside an article."""

from __future__ import annotations

from scheduler.content.public_shelf import PublicShelf
from scheduler.domain.article import Article, Kind, Status


def article(name: str, *categories: str, tags: tuple[str, ...] = (), **fields: int | Status | Kind) -> Article:
    paths = tuple(tuple(category.split("/")) for category in categories)
    values = {"status": Status.PUBLISHED, "body": "", "content_hash": name} | fields
    return Article(name, name, name, categories=paths, tags=tags, **values)  # type: ignore[arg-type]


def slugs(found: tuple[Article | None, ...]) -> list[str]:
    return [each.slug if each else "" for each in found]


def test_the_closest_articles_come_first_and_the_newest_of_those_as_close() -> None:
    knee = article("knee", "Care/Knee", tags=("running",))
    newer, older = article("newer", "Food"), article("older", "Food")
    sibling, tagged = article("sibling", "Care/Hip"), article("tagged", "Care/Knee", tags=("Running",))
    shelf = PublicShelf([newer, older, sibling, knee, tagged], 0)
    assert slugs(shelf.related(knee, 9)) == ["tagged", "sibling", "newer", "older"]
    assert slugs(shelf.related(knee, 2)) == ["tagged", "sibling"]


def test_many_things_in_common_count_as_plain_counting_says() -> None:
    made = [
        article(f"a{n}", f"{'ABC'[n % 3]}/{'xy'[n % 2]}", tags=tuple("stuvw"[: n % 5])) for n in range(120)
    ]  # fmt: skip
    shelf = PublicShelf(made, 0)

    def closeness(one: Article, other: Article) -> int:
        ways = [{path[:depth] for path in each.categories for depth in (1, 2)} for each in (one, other)]
        return len(ways[0] & ways[1]) + 2 * len(set(one.tags) & set(other.tags))

    for one in made[::7]:
        others = [other for other in made if other is not one]
        expected = sorted(others, key=lambda other: -closeness(one, other))
        assert slugs(shelf.related(one, 12)) == slugs(tuple(expected[:12]))


def test_a_public_article_has_neighbours_and_a_draft_has_none() -> None:
    first, second, third = article("first"), article("second"), article("third")
    draft = article("draft", status=Status.DRAFT)
    shelf = PublicShelf([third, second, draft, first], 0)
    assert slugs(shelf.around(second)) == ["third", "first"]
    assert slugs(shelf.around(third)) == ["", "second"]
    assert shelf.around(draft) == (None, None)
    assert slugs(shelf.related(draft, 9)) == ["third", "second", "first"]


def test_what_is_public_holds_until_the_next_hour_strikes() -> None:
    now = article("now", date_at=100)
    later = article("later", "Care", status=Status.SCHEDULED, date_at=200)
    shelf = PublicShelf([later, now], 150)
    assert (shelf.since, shelf.until, shelf.categories) == (100, 200, ())
    assert [shelf.covers(t) for t in (99, 100, 199, 200)] == [False, True, True, False]
    assert slugs(PublicShelf([later, now], 200).articles) == ["later", "now"]


def test_a_page_of_its_own_is_not_listed_among_the_articles() -> None:
    shelf = PublicShelf([article("about", "Care", kind=Kind.PAGE), article("knee", "Care")], 0)
    assert (slugs(shelf.articles), slugs(shelf.pages), shelf.categories[0].count) == (["knee"], ["about"], 1)
