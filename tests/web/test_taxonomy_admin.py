"""Categories, tags and authors in the admin: counted, renamed, moved, merged, deleted; every file by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.content import writer
from scheduler.services.context import Context
from scheduler.services.editorial import authors, many, redirects, revisions, taxonomy
from scheduler.storage.engine import DatabaseError, open_database
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import shelve_photo, write_article, write_author

CATEGORIES = "/admin/articles/categories"
TAGS = "/admin/articles/tags"
AUTHORS = "/admin/articles/authors"


def page(client: Visitor, path: str, status: int = 200) -> Element:
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def post(client: Visitor, path: str, status: int, **fields: str) -> Element:
    answer = client.post(path, data=fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, html
    if status != 302:
        assert_strict(html)
    return parse(html)


def agree(client: Visitor, path: str, asked: Element, status: int = 302, **more: str) -> Element:
    """Press the button of a question."""
    hidden = {field.attributes.get("name", ""): field.attributes.get("value", "") for field in asked.all("input")}
    assert hidden.pop("agreed") == "yes"
    hidden.pop("csrf_token", None)
    return post(client, path, status, agreed="yes", **{k: v for k, v in hidden.items() if k}, **more)


def categories_of(context: Context, slug: str) -> list[str]:
    article = context.articles.get(slug)
    assert article
    return ["/".join(path) for path in article.categories]


def tags_of(context: Context, slug: str) -> tuple[str, ...]:
    article = context.articles.get(slug)
    assert article
    return article.tags


@pytest.mark.parametrize("path", [CATEGORIES, TAGS, AUTHORS, f"{AUTHORS}/new", "/admin/articles/redirects.csv"])
def test_a_stranger_sees_nothing(client: Visitor, path: str) -> None:
    assert "/admin/login" in client.get(path).location


def test_nothing_there_says_what_to_do(owner_client: Visitor) -> None:
    assert "No categories yet" in page(owner_client, CATEGORIES).words()
    assert "No tags yet" in page(owner_client, TAGS).words()
    assert "No authors yet" in page(owner_client, AUTHORS).words()
    for path in (f"{CATEGORIES}/change?category=x", f"{TAGS}/change?tag=x", f"{AUTHORS}/x", f"{AUTHORS}/..%2fx"):
        assert owner_client.get(path).status_code == 404, path


def test_categories_are_counted_with_what_is_below_them(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", categories=["Running", "Therapy/Knee"])
    write_article(context, "two", categories=["Therapy/Knee", "Therapy"], status="draft")
    rows = {row.address: (row.own, row.all, row.public) for row in taxonomy.categories(context)}
    assert rows == {"running": (1, 1, 1), "therapy": (1, 2, 1), "therapy/knee": (2, 2, 1)}
    assert [row.address for row in taxonomy.categories(context)] == ["running", "therapy", "therapy/knee"]
    assert "2 articles, 1 public" in page(owner_client, CATEGORIES).words()


def test_a_category_is_renamed_in_every_file_and_its_visitors_are_led_on(
    owner_client: Visitor, context: Context
) -> None:
    write_article(context, "one", categories=["Therapy/Knee/Runner", "Running"], note="kept")
    write_article(context, "two", categories=["therapy/Knee"], status="draft")
    write_article(context, "three", categories=["Therapyx"])
    file = context.settings.posts / "one" / "index.md"
    file.write_text(file.read_text("utf-8").replace("note: kept", "note: kept  # a comment"), "utf-8")
    redirects.save(context, "/old-knees", "/blog/category/therapy/knee/")
    asked = post(
        owner_client, f"{CATEGORIES}/change", 200, category="therapy/knee", name="Knees & hips", below="", do="x"
    )
    words = asked.words()
    assert "2 articles change, 1 of them public" in words and "/blog/category/knees-hips/" in words
    assert categories_of(context, "one") == ["Therapy/Knee/Runner", "Running"], "nothing changes before the answer"
    agree(owner_client, f"{CATEGORIES}/change", asked)
    assert categories_of(context, "one") == ["Knees & hips/Runner", "Running"]
    assert categories_of(context, "two") == ["Knees & hips"] and categories_of(context, "three") == ["Therapyx"]
    assert "# a comment" in file.read_text("utf-8")
    for old, new in (
        ("/blog/category/therapy/knee/", "/blog/category/knees-hips/"),
        ("/blog/category/therapy/knee/runner/", "/blog/category/knees-hips/runner/"),
        ("/old-knees/", "/blog/category/knees-hips/"),
    ):
        answer = owner_client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, new)


def test_merging_doubles_nothing(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", categories=["Knee", "Hip", "Other"])
    write_article(context, "two", categories=["Hip"])
    asked = post(owner_client, f"{CATEGORIES}/change", 200, category="hip", into="knee", do="merge")
    assert "Knee is there already, with 1 article: both become one" in asked.words()
    agree(owner_client, f"{CATEGORIES}/change", asked)
    assert categories_of(context, "one") == ["Knee", "Other"] and categories_of(context, "two") == ["Knee"]


def test_a_category_is_deleted_with_what_is_below(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", categories=["Knee/Runner", "Other"])
    write_article(context, "two", categories=["Knee"])
    agree(
        owner_client,
        f"{CATEGORIES}/change",
        post(owner_client, f"{CATEGORIES}/change", 200, category="knee", do="delete"),
    )
    assert categories_of(context, "one") == ["Other"] and categories_of(context, "two") == []
    assert redirects.listed(context) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "a/b"}, "without a slash"),
        ({"name": ""}, "Write a name"),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "Knee"}, "its name and place already"),
        ({"name": "Knee", "below": "knee/runner"}, "cannot stand below itself"),
        ({"name": "Knee", "below": "a/b/c/d"}, "5 levels deep"),
        ({"do": "merge"}, "Choose the category"),
        ({"do": "merge", "into": "knee/runner"}, "Choose the category"),
        ({"do": "merge", "into": "a/b/c/d/e"}, "5 levels deep"),
    ],
)
def test_what_cannot_be_is_said(owner_client: Visitor, context: Context, fields: dict[str, str], sentence: str) -> None:
    write_article(context, "one", categories=["Knee/Runner", "A/B/C/D/E"])
    shown = post(owner_client, f"{CATEGORIES}/change", 422, **({"category": "knee", "do": "rename"} | fields))
    assert sentence in shown.words()
    assert categories_of(context, "one") == ["Knee/Runner", "A/B/C/D/E"]


def test_a_tag_is_renamed_merged_and_deleted(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", tags=["Running", "injury"])
    write_article(context, "two", tags=["running", "knee"])
    write_article(context, "three", tags=["jogging", "Running"], status="draft")
    assert "also written running" in page(owner_client, TAGS).words()
    change = f"{TAGS}/change"
    asked = post(owner_client, change, 200, tag="running", name="Jogging & running", do="rename")
    agree(owner_client, change, asked)
    assert tags_of(context, "one") == ("Jogging & running", "injury")
    assert owner_client.get("/blog/tag/running/").headers["Location"] == "/blog/tag/jogging-running/"
    asked = post(owner_client, change, 200, tag="jogging-running", into="jogging", do="merge")
    assert "both become one" in asked.words()
    agree(owner_client, change, asked)
    assert tags_of(context, "three") == ("jogging",) and tags_of(context, "two") == ("jogging", "knee")
    assert owner_client.get("/blog/tag/running/").headers["Location"] == "/blog/tag/jogging/"
    agree(owner_client, change, post(owner_client, change, 200, tag="jogging", do="delete"))
    assert tags_of(context, "three") == () and tags_of(context, "two") == ("knee",)
    for fields in ({"name": "a,b"}, {"name": "knee", "tag": "knee"}, {"do": "merge"}, {"name": "***"}):
        post(owner_client, change, 422, **({"tag": "injury", "do": "rename"} | fields))


def test_a_file_that_cannot_be_saved_is_named_and_the_rest_is_done(
    owner_client: Visitor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("one", "two", "three"):
        write_article(context, slug, tags=["running"])
    save = writer.set_keys

    def refusing(library: object, slug: str, *rest: object) -> object:
        if slug == "two":
            raise writer.EditConflict("", "")
        return save(library, slug, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "set_keys", refusing)
    change = f"{TAGS}/change"
    asked = post(owner_client, change, 200, tag="running", name="jogging", do="rename")
    shown = agree(owner_client, change, asked, 200).words()
    assert "2 articles have the tag jogging now" in shown and "1 article was not changed" in shown
    assert "Two" in shown and "changed elsewhere" in shown
    assert tags_of(context, "one") == tags_of(context, "three") == ("jogging",) and tags_of(context, "two") == (
        "running",
    )


def test_many_articles_are_changed_in_parts_that_go_on_where_they_stopped(
    owner_client: Visitor, context: Context, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write_article(context, f"a-{number}", tags=["running"])
    save = writer.set_keys

    def slow(*given: object) -> object:
        clock.move(seconds=many.SECONDS / 2)
        return save(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "set_keys", slow)
    change = f"{TAGS}/change"
    shown = agree(
        owner_client, change, post(owner_client, change, 200, tag="running", name="jogging", do="rename"), 200
    )
    assert "2 of 5 articles looked at" in shown.words()
    shown = agree(owner_client, change, shown, 200)
    assert "4 of 5 articles looked at" in shown.words()
    agree(owner_client, change, shown)
    assert {tags_of(context, f"a-{number}") for number in range(5)} == {("jogging",)}
    assert "5 articles have the tag jogging now" in page(owner_client, TAGS).words()
    article = context.articles.get("a-0")
    assert article
    record = revisions.listed(context, article)
    assert [revision.name for revision in record] == ["Alex Owner", "another program"], "both versions are on record"


@pytest.mark.parametrize(
    "progress", ["x", "[]", '{"done": "a"}', '{"refused": [1]}', '{"refused": [{"x": 1}]}', "null"]
)
def test_a_progress_that_was_tampered_with_begins_anew(owner_client: Visitor, context: Context, progress: str) -> None:
    write_article(context, "one", tags=["running"])
    post(owner_client, f"{TAGS}/change", 302, tag="running", to="jogging", agreed="yes", progress=progress)
    assert tags_of(context, "one") == ("jogging",)


# -- authors

FORM = {"name": "Dr. Ann Lee", "role": "Therapist", "phone": "555 0100", "photo": "", "bio": "I *run*.",
        "links": "LinkedIn https://example.org/ann\r\nMy own site https://ann.example/"}  # fmt: skip


def author_file(context: Context, key: str) -> Path:
    return context.settings.posts / "_authors" / f"{key}.yaml"


def test_an_author_is_made_and_shown(owner_client: Visitor, context: Context) -> None:
    shelve_photo(context, "portrait")
    answer = owner_client.post(f"{AUTHORS}/new", data=FORM | {"photo": "portrait"})
    assert answer.location == f"{AUTHORS}/dr-ann-lee"
    author = context.articles.author("dr-ann-lee")
    assert author and (author.name, author.photo, author.bio) == ("Dr. Ann Lee", "portrait", "I *run*.")
    assert author.links == (("LinkedIn", "https://example.org/ann"), ("My own site", "https://ann.example/"))
    write_article(context, "one", author="dr-ann-lee")
    assert "1 article" in page(owner_client, AUTHORS).words()
    assert "I run." in page(owner_client, f"{AUTHORS}/dr-ann-lee").words()
    assert owner_client.get("/blog/author/dr-ann-lee/").status_code == 200


def test_a_change_keeps_what_else_is_in_the_file(owner_client: Visitor, context: Context) -> None:
    write_author(context, "ann", name="Ann")
    text = (
        "# Our therapist\nname: 'Ann Lee' # as on the door\nrole: Therapist\nfavourite: tea\n"
        "links:\n  - label: A\n    href: https://a.example/ # old\n"
    )
    author_file(context, "ann").write_text(text, "utf-8")
    context.articles.refresh(force=True)
    form = page(owner_client, f"{AUTHORS}/ann")
    seen = next(f.attributes["value"] for f in form.all("input") if f.attributes.get("name") == "seen")
    fields = {"name": "Ann Lee", "links": "A https://a.example/", "seen": seen or ""}
    post(owner_client, f"{AUTHORS}/ann", 302, **fields, role="Doctor", bio="New\r\nwords")
    now = author_file(context, "ann").read_text("utf-8")
    assert now.startswith(text.replace("role: Therapist", "role: Doctor")) and "New" in now
    post(owner_client, f"{AUTHORS}/ann", 409, **fields, role="Third")
    assert author_file(context, "ann").read_text("utf-8") == now


def test_every_problem_of_an_author_is_shown_and_nothing_is_lost(owner_client: Visitor, context: Context) -> None:
    shelve_photo(context, "portrait")
    bad = {"name": "", "role": "r" * 201, "phone": "5" * 41, "photo": "nowhere", "bio": "</textarea>mine",
           "links": "https://no-label.example\nEvil javascript:alert(1)\nOk https://ok.example/"}  # fmt: skip
    shown = post(owner_client, f"{AUTHORS}/new", 422, **bad).words()
    for sentence in (
        "name is missing",
        "200 characters",
        "40 characters",
        "a photo of the library",
        "needs a word",
        "must begin",
    ):
        assert sentence in shown, sentence
    assert "</textarea>mine" in shown and context.articles.authors() == ()
    write_author(context, "ann-lee")
    assert "already" in post(owner_client, f"{AUTHORS}/new", 422, name="Ann Lee").words()


def test_the_preview_of_a_biography_is_safe(owner_client: Visitor) -> None:
    html = owner_client.post(f"{AUTHORS}/preview", data={"bio": "<script>x</script> **b** [l](javascript:x)"}).get_data(
        as_text=True
    )
    assert "<script>" not in html and "<strong>b</strong>" in html and 'href="javascript' not in html


def test_an_author_goes_only_when_the_articles_have_an_heir(owner_client: Visitor, context: Context) -> None:
    write_author(context, "ann")
    write_author(context, "sam")
    for slug in ("one", "two"):
        write_article(context, slug, author="ann")
    remove = f"{AUTHORS}/ann/removal"
    for heir in ("", "ann", "nobody"):
        post(owner_client, remove, 302, heir=heir, agreed="yes")
    assert context.articles.author("ann")
    asked = post(owner_client, remove, 200, heir="sam")
    assert "2 articles go to Sam" in asked.words()
    agree(owner_client, remove, asked)
    assert context.articles.author("ann") is None and not author_file(context, "ann").exists()
    assert [article.author for article in context.articles.all()] == ["sam", "sam"]
    assert len(list((context.settings.posts / ".trash").iterdir())) == 1
    assert owner_client.get("/blog/author/ann/").headers["Location"] == "/blog/author/sam/"


def test_an_author_without_articles_just_goes(owner_client: Visitor, context: Context) -> None:
    write_author(context, "ann")
    remove = f"{AUTHORS}/ann/removal"
    agree(owner_client, remove, post(owner_client, remove, 200))
    assert context.articles.authors() == ()


def test_an_author_whom_articles_name_and_nobody_knows_is_offered(owner_client: Visitor, context: Context) -> None:
    write_article(context, "one", author="jane-doe")
    assert "jane-doe" in page(owner_client, AUTHORS).words()
    form = page(owner_client, f"{AUTHORS}/new?key=jane-doe")
    assert any(field.attributes.get("value") == "Jane Doe" for field in form.all("input"))
    post(owner_client, f"{AUTHORS}/new", 302, key="jane-doe", name="Jane A. Doe")
    assert authors.unknown(context) == {} and context.articles.author("jane-doe")


@pytest.mark.parametrize("fields", [{"names": "", "to": "X"}, {"names": "//", "to": ""}])
def test_a_change_that_names_no_category_changes_none(
    owner_client: Visitor, context: Context, fields: dict[str, str]
) -> None:
    write_article(context, "a", categories=["Knee"])
    post(owner_client, f"{CATEGORIES}/change", 404, agreed="yes", **fields)
    assert categories_of(context, "a") == ["Knee"]


def test_a_change_that_names_no_tag_makes_no_redirect(owner_client: Visitor, context: Context) -> None:
    post(owner_client, f"{TAGS}/change", 404, agreed="yes", tag="", to="X")
    assert not redirects.listed(context)


def test_a_hand_over_ends_when_others_have_taken_the_rest(owner_client: Visitor, context: Context) -> None:
    write_author(context, "sam")
    write_author(context, "kim")
    so_far = '{"done": 3, "after": "0", "left": 7, "refused": [], "more_refused": 0}'
    post(owner_client, f"{AUTHORS}/sam/removal", 302, agreed="yes", heir="kim", progress=so_far)
    context.articles.refresh(force=True)
    assert context.articles.author("sam") is None


@pytest.mark.parametrize("said", ['{"done": Infinity}', '{"left": 1e999}', "[]", "nonsense", '{"refused": 7}'])
def test_progress_that_is_none_begins_anew(owner_client: Visitor, context: Context, said: str) -> None:
    write_article(context, "a", tags=["knee"])
    post(owner_client, f"{TAGS}/change", 302, agreed="yes", tag="knee", to="hip", progress=said)
    assert tags_of(context, "a") == ("hip",)


def test_an_author_goes_only_after_visitors_are_led_on(context: Context) -> None:
    write_author(context, "sam")
    write_author(context, "kim")
    context.articles.refresh(force=True)
    away = replace(context, database=open_database("sqlite:////nowhere/at/all.db"))
    with pytest.raises(DatabaseError):
        authors.delete(away, "sam", "kim")
    assert authors.existing(context, "sam")


def test_a_category_with_a_comma_survives_its_editor(owner_client: Visitor, context: Context) -> None:
    write_article(context, "a", status="draft", categories=["Neck, shoulder"], tags=["hands, feet", "toes"])
    form = page(owner_client, "/admin/articles/a/").one("form", id="article")
    fields = {f.attributes["name"]: f.attributes.get("value", "") for f in form.all("input") if "name" in f.attributes}
    fields |= {f.attributes["name"]: f.words() for f in form.all("textarea")} | {"kind": "article", "do": "save"}
    post(owner_client, "/admin/articles/a/", 302, **fields | {"title": "Other", "noindex": ""})
    assert categories_of(context, "a") == ["Neck, shoulder"] and tags_of(context, "a") == ("hands, feet", "toes")


def test_what_is_wrong_stands_beside_its_field_and_the_rest_as_it_is(owner_client: Visitor, context: Context) -> None:
    write_article(context, "a", categories=["A/B"])
    write_article(context, "b", categories=["C"])
    shown = post(owner_client, f"{CATEGORIES}/change", 422, category="a/b", do="merge", into="")
    assert shown.one("select", id="into").attributes["aria-invalid"] == "true"
    assert shown.one("input", id="name").attributes["value"] == "B"
    assert [o.words() for o in shown.one("select", id="below").all("option") if "selected" in o.attributes] == ["A"]
    shown = post(owner_client, f"{CATEGORIES}/change", 422, category="a/b", do="rename", name="x/y", below="c")
    assert shown.one("input", id="name").attributes["value"] == "x/y"
    assert [o.words() for o in shown.one("select", id="below").all("option") if "selected" in o.attributes] == ["C"]


def test_many_tags_are_searched(owner_client: Visitor, context: Context) -> None:
    write_article(context, "a", tags=[f"tag {number:03}" for number in range(310)])
    shown = page(owner_client, TAGS).words()
    assert "The first 300 of 310 are shown" in shown and "tag 305" not in shown
    assert "tag 305" in page(owner_client, f"{TAGS}?q=TAG 305").words()
    assert "No tag fits." in page(owner_client, f"{TAGS}?q=zzz").words()
