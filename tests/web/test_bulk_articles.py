"""One action on many articles of the list: what was ticked, or all that was found; what refuses says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.content.library import ArticleLibrary
from scheduler.domain.article import Article
from scheduler.domain.revision import SOMEBODY
from scheduler.services.context import Context
from scheduler.services.editorial import bulk, drafts, revisions
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.drafts import Page
from scheduler.services.editorial.many import Progress
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import write_article, write_author

LIST = "/admin/articles/"
BULK = "/admin/articles/bulk"


def article(context: Context, slug: str) -> Article:
    found = context.articles.get(slug)
    assert found
    return found


def send(client: Visitor, context: Context, slugs: str, status: int = 302, /, **fields: str) -> Element:
    """Tick the articles of some slugs ("one two") and send the form."""
    data: dict[str, object] = {"id": [article(context, slug).id for slug in slugs.split()], **fields}
    answer = client.post(BULK, data=data)
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, html
    if status == 302:
        html = client.get(answer.location).get_data(as_text=True)
    assert_strict(html)
    return parse(html)


@pytest.fixture
def four(context: Context) -> None:
    write_author(context, "sam")
    write_article(context, "one", tags=["Knee"], categories=["A", "B"])
    write_article(context, "two", status="draft", tags=["hip"])
    write_article(context, "three", status="draft", image={"asset": "gone"})
    write_article(context, "four", status="archived")


@pytest.mark.usefixtures("four")
def test_the_list_has_a_tick_for_every_article_and_works_without_script(owner_client: Visitor) -> None:
    html = owner_client.get(LIST).get_data(as_text=True)
    assert_strict(html)
    shown = parse(html)
    assert len([box for box in shown.all("input") if box.attributes.get("name") == "id"]) == 4
    assert "Tick Two" in shown.words() and "With the ticked ones" in shown.words()


@pytest.mark.usefixtures("four")
def test_what_is_whole_is_published_and_the_rest_says_why(owner_client: Visitor, context: Context) -> None:
    shown = send(owner_client, context, "one two three", 200, action="publish").words()
    assert "1 article is published" in shown and "2 articles were not changed" in shown
    assert "published already" in shown and "lead photo is not in the library" in shown
    assert article(context, "two").status == "published" and article(context, "two").date_at
    assert article(context, "three").status == "draft"


@pytest.mark.usefixtures("four")
def test_each_action_does_what_it_says(owner_client: Visitor, context: Context) -> None:
    assert "2 articles are drafts now" in send(owner_client, context, "one four", action="draft").words()
    assert "2 articles are archived" in send(owner_client, context, "one two", action="archive").words()
    send(owner_client, context, "one two", action="add_tag", new_tag="  knee ")
    assert (article(context, "one").tags, article(context, "two").tags) == (("Knee",), ("hip", "knee"))
    send(owner_client, context, "one two", action="remove_tag", new_tag="KNEE")
    assert (article(context, "one").tags, article(context, "two").tags) == ((), ("hip",))
    send(owner_client, context, "one three", action="category", new_category="Therapy / Knee")
    assert article(context, "one").categories == article(context, "three").categories == (("Therapy", "Knee"),)
    send(owner_client, context, "one three", action="author", new_author="sam")
    assert article(context, "three").author == "sam"
    send(owner_client, context, "one", action="author", new_author="")
    assert article(context, "one").author == ""


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose what shall be done"),
        ({"action": "explode"}, "Choose what shall be done"),
        ({"action": "add_tag"}, "Write a name"),
        ({"action": "remove_tag", "new_tag": " "}, "Name the tag"),
        ({"action": "category", "new_category": "a//b"}, "Name the category"),
        ({"action": "category", "new_category": "x" * 101}, "Name the category"),
        ({"action": "author", "new_author": "nobody"}, "an author who is there"),
    ],
)
def test_what_is_missing_is_said(
    owner_client: Visitor, context: Context, fields: dict[str, str], sentence: str
) -> None:
    before = context.articles.all()
    assert sentence in send(owner_client, context, "one", 302, **fields).words()
    assert context.articles.all() == before


@pytest.mark.usefixtures("four")
def test_nothing_ticked_changes_nothing(owner_client: Visitor, context: Context) -> None:
    assert "Tick the articles first" in send(owner_client, context, "", action="archive").words()


@pytest.mark.usefixtures("four")
def test_deleting_asks_first(owner_client: Visitor, context: Context) -> None:
    asked = send(owner_client, context, "one two", 200, action="delete")
    assert "Delete: 2 articles" in asked.words() and len(context.articles.all()) == 4
    fields = [(f.attributes.get("name", ""), f.attributes.get("value", "")) for f in asked.all("input")]
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name or "", []).append(value or "")
    assert owner_client.post(BULK, data=data).status_code == 302
    assert {each.slug for each in context.articles.all()} == {"three", "four"}
    assert len(list((context.settings.posts / ".trash").iterdir())) == 2


def test_all_that_were_found_are_changed_after_a_question(owner_client: Visitor, context: Context) -> None:
    for number in range(60):
        write_article(context, f"knee-{number}", "About knees.")
    write_article(context, "hip", "About hips.")
    answer = owner_client.post(BULK, data={"all": "yes", "q": "knees", "action": "add_tag", "new_tag": "Knee"})
    assert "Add the tag: 60 articles" in answer.get_data(as_text=True)
    fields = {"all": "yes", "q": "knees", "action": "add_tag", "new_tag": "Knee", "agreed": "yes", "asked": "60"}
    answer = owner_client.post(BULK, data=fields)
    assert answer.location == f"{LIST}?q=knees"
    assert "60 articles have the tag now" in owner_client.get(answer.location).get_data(as_text=True)
    assert {each.slug for each in context.articles.all() if not each.tags} == {"hip"}


def test_the_list_is_filtered_by_tag(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", tags=["Dry Needling"])
    write_article(context, "two")
    shown = parse(owner_client.get(f"{LIST}?tag=dry-needling").get_data(as_text=True))
    assert "1 article found with the tag Dry Needling" in shown.words() and "Two" not in shown.words()


class Counting(ArticleLibrary):
    """A library that counts how often it looks at its folder because it has to."""

    looks = 0

    def refresh(self, force: bool = False) -> bool:
        """Count, and look."""
        self.looks += force
        return super().refresh(force)


@pytest.mark.parametrize("action", ["publish", "archive", "delete", "add_tag"])
def test_many_articles_are_changed_without_looking_at_all_of_them_for_each(context: Context, action: str) -> None:
    for number in range(12):
        write_article(context, f"a-{number}", status="draft")
    library = Counting(context.articles.root, context.clock)
    ctx, wanted = replace(context, articles=library), bulk.wish(context, action, "new", "", "")
    progress = bulk.apply(ctx, wanted, library.all(), SOMEBODY, Progress())
    assert progress.done == 12 and library.looks <= 2
    left = [article for article in library.all() if article.status == "draft" and not article.tags]
    assert not left


def test_what_is_published_in_bulk_is_on_record_as_that(context: Context) -> None:
    write_article(context, "untitled", status="draft", title="Sore knees")
    write_article(context, "hip", status="draft")
    context.articles.refresh(force=True)
    wanted = bulk.wish(context, "publish", "", "", "")
    assert bulk.apply(context, wanted, context.articles.all(), SOMEBODY, Progress()).done == 2
    for slug in ("sore-knees", "hip"):
        assert [r.kind for r in revisions.listed(context, article(context, slug))] == ["published", "outside"]


def test_no_more_articles_go_than_were_asked_about(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", status="draft")
    asked = send(owner_client, context, "", 200, action="delete", all="yes", status="draft")
    fields = {field.attributes["name"]: field.attributes.get("value", "") for field in asked.all("input")}
    write_article(context, "two", status="draft")  # while the question stands there
    again = send(owner_client, context, "", 200, **fields)
    assert "Delete: 2 articles" in again.words() and article(context, "one") and article(context, "two")
    fields = {field.attributes["name"]: field.attributes.get("value", "") for field in again.all("input")}
    send(owner_client, context, "", 302, **fields)
    assert not context.articles.all()


def test_words_that_are_only_in_the_draft_are_not_passed_over(context: Context) -> None:
    write_article(context, "knee", status="draft", title="Knee")
    page = Page("id1", tab="ab", turn=1)
    new = drafts.keep(context, ArticleInput(title="Hip", body="All the words."), page, SOMEBODY)
    knee = article(context, "knee")
    same = input_of(knee, "America/New_York")
    edited = Page(knee.id, knee.content_hash, tab="cd", turn=1)
    assert new and drafts.keep(context, replace(same, body="Better words."), edited, SOMEBODY)
    wanted = bulk.wish(context, "publish", "", "", "")
    progress = bulk.apply(context, wanted, context.articles.all(), SOMEBODY, Progress())
    assert progress.done == 0 and len(progress.refused) == 2
    assert all("not published yet" in refusal.reason for refusal in progress.refused)
    assert {found.status for found in context.articles.all()} == {"draft"}
