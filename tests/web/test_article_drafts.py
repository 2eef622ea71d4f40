"""Words on their way: kept by themselves, compared, restored, brought together; and never public unasked."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from scheduler.domain.article import Article
from scheduler.domain.revision import By, Origin
from scheduler.services.context import Context
from scheduler.services.editorial import articles
from scheduler.storage import users
from tests.support.api import Program
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.posts import write_article

LIST = "/admin/articles/"
KNEE = f"{LIST}knee/"
BODY = "One.\n\nTwo.\n\nThree."
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
NOT_SENT = {"do", "csrf_token", "older", "newer", "note", "q"}


def page(client: Visitor, path: str, status: int = 200) -> Element:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == status, answer.get_data(as_text=True)
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def form_of(client: Visitor, path: str = KNEE) -> dict[str, str]:
    """Return what the editor's form sends when nothing is typed."""
    (form,) = [form for form in page(client, path).all("form") if form.attributes.get("id") == "article"]
    fields = {f.attributes["name"]: f.attributes.get("value", "") for f in form.all("input") if "name" in f.attributes}
    fields.pop("noindex", None)
    fields |= {f.attributes["name"]: f.text.removeprefix("\n").removeprefix("\r\n") for f in form.all("textarea")}
    return {name: value for name, value in fields.items() if name not in NOT_SENT} | {"kind": "article"}


def keep(client: Visitor, fields: dict[str, str], slug: str = "knee", status: int = 200, turn: int = 1) -> Any:
    answer = client.post(f"{LIST}{slug}/draft" if slug else f"{LIST}draft", data=fields | {"turn": str(turn)})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()


def article(context: Context, slug: str = "knee") -> Article:
    return articles.existing(context, slug)


def test_what_is_typed_is_kept_shown_again_and_published_when_asked(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    fields = form_of(owner_client)
    said = keep(owner_client, fields | {"body": "Unseen words"})
    assert said["note"].startswith("Saved ") and said["draft"] and said["base"] == article(context).content_hash
    assert "Unseen" not in page(owner_client, "/blog/knee/").words()
    shown = page(owner_client, KNEE).words()
    assert "Unpublished changes" in shown and "by Alex Owner" in shown and "The public page shows the older" in shown
    again = form_of(owner_client)
    assert again["body"] == "Unseen words" and again["draft_hash"] == said["draft"] and again["tab"] != fields["tab"]
    owner_client.post(KNEE, data=again | {"do": "save"})
    assert "Unseen" not in page(owner_client, "/blog/knee/").words()
    told = owner_client.post(KNEE, data=form_of(owner_client) | {"do": "update"}, follow_redirects=True)
    assert "The public page is updated." in parse(told.get_data(as_text=True)).words()
    assert "Unseen words" in page(owner_client, "/blog/knee/").words()
    assert not (context.settings.posts / "knee" / "draft.md").exists()


def test_the_first_words_of_a_new_article_give_it_a_place(owner_client: Visitor, context: Context) -> None:
    fields = form_of(owner_client, f"{LIST}new")
    assert keep(owner_client, fields, "") == {"note": ""} and context.articles.all() == ()
    said = keep(owner_client, fields | {"body": "First words"}, "", turn=2)
    assert said["url"] == f"{LIST}untitled/"
    keep(owner_client, fields | {"body": "More words", "title": "Knee pain"}, "", turn=3)
    assert len(context.articles.all()) == 1 and "Knee pain" in page(owner_client, LIST).words()
    opened = form_of(owner_client, said["url"])
    assert (opened["title"], opened["slug"], opened["body"]) == ("Knee pain", "", "More words")
    answer = owner_client.post(f"{LIST}new", data=fields | {"title": "Knee pain", "body": "All words", "do": "save"})
    assert answer.location.startswith(f"{LIST}knee-pain/") and article(context, "knee-pain").body == "\nAll words\n"


def test_a_refusal_says_why_and_keeps_nothing_back(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    fields = form_of(owner_client)
    other = form_of(owner_client)
    keep(owner_client, fields | {"body": "Mine"})
    said = keep(owner_client, other | {"body": "Other"}, status=409)
    assert said["together"] and "another window" in said["problem"]
    said = keep(owner_client, fields | {"body": "x" * 1_100_000}, status=422, turn=2)
    assert "larger than" in said["problem"]
    articles.delete(context, "knee", article(context).content_hash)
    assert "deleted" in keep(owner_client, fields | {"body": "Late"}, status=404)["problem"]


def test_two_windows_are_brought_together(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    one, two, three = (form_of(owner_client) for _ in range(3))
    keep(owner_client, one | {"body": BODY.replace("One", "First")})
    answer = owner_client.post(KNEE, data=two | {"body": BODY.replace("Three", "Third"), "do": "keep"})
    assert answer.status_code == 302
    assert form_of(owner_client)["body"] == "First.\n\nTwo.\n\nThird."
    conflict = owner_client.post(KNEE, data=three | {"body": BODY.replace("One", "Uno"), "do": "keep"})
    assert conflict.status_code == 409
    assert_strict(conflict.get_data(as_text=True))
    words = parse(conflict.get_data(as_text=True)).words()
    assert "Uno." in words and "First." in words and "Nothing was overwritten" in words
    assert "You changed this article in another window, too." in words and "The other window" in words


def test_nobodys_version_is_lost_by_taking_the_other(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    mine = form_of(owner_client) | {"body": BODY.replace("Two", "Mine")}
    keep(owner_client, mine)
    file = context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text().replace("Two", "Theirs"))
    shown = page(owner_client, KNEE)
    assert "another program changed this article too" in shown.words().lower().replace("\n", " ")
    (form,) = [form for form in shown.all("form") if form.attributes.get("id") == "choices"]
    fields = {f.attributes["name"]: f.attributes.get("value", "") for f in form.all("input")}
    choices = [f.attributes["value"] for f in form.all("input") if f.attributes["name"] == "piece-1"]
    assert choices == ["=Mine.", "=Theirs.", "=Mine.\n\nTheirs."]
    both = fields | {"piece-1": choices[2], "text-from": "choices", "body": "not this", "do": "keep"}
    owner_client.post(KNEE, data=both)
    assert form_of(owner_client)["body"] == "One.\n\nMine.\n\nTheirs.\n\nThree."
    again = form_of(owner_client) | {"do": "theirs", "mine-body": "My own words", "mine-title": "My title", "title": ""}
    owner_client.post(KNEE, data=again)
    assert form_of(owner_client)["body"] == BODY.replace("Two", "Theirs")
    listed = page(owner_client, f"{KNEE}revisions").words()
    assert "Discarded changes" in listed and "Found in the folder" in listed and "another program" in listed
    compared = page(owner_client, f"{KNEE}revisions/compare?one=page&two=3").words()
    assert "My own words" in compared and "My title" in compared


def test_discarding_can_be_undone(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    said = keep(owner_client, form_of(owner_client) | {"body": "Thrown away"})
    compared = page(owner_client, f"{KNEE}revisions/compare?one=page&two=draft")
    assert [mark.words() for mark in compared.all("ins")][-1].split() == ["Thrown", "away"]
    answer = owner_client.post(f"{KNEE}draft/discard", data={"draft_hash": "stale"})
    assert answer.location == KNEE and "Thrown away" in form_of(owner_client)["body"]
    answer = owner_client.post(f"{KNEE}draft/discard", data={"draft_hash": said["draft"]})
    assert answer.location == f"{KNEE}revisions" and form_of(owner_client)["body"] == BODY
    owner_client.post(f"{KNEE}revisions/2/restoration")
    assert form_of(owner_client)["body"] == "Thrown away" and "One." in page(owner_client, "/blog/knee/").words()


def test_versions_are_listed_compared_and_restored(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    write_article(context, "knee", body=BODY, status="draft")
    for words in ("Two and a half", "Second"):
        owner_client.post(KNEE, data=form_of(owner_client) | {"body": words, "title": words, "do": "save"})
        clock.move(seconds=60)
    listed = page(owner_client, f"{KNEE}revisions").words()
    assert "Alex Owner" in listed and "Version 3" in listed and "The file now" in listed
    compared = page(owner_client, f"{KNEE}revisions/compare?one=1&two=3")
    assert "Second" in " ".join(mark.words() for mark in compared.all("ins")) and "Title" in compared.words()
    owner_client.post(f"{KNEE}revisions/1/restoration")
    assert article(context).body.strip() == BODY
    assert page(owner_client, f"{KNEE}revisions/compare?one=1&two=99", 404)
    assert page(owner_client, f"{KNEE}revisions/compare?one=../x&two=draft", 404)
    assert owner_client.post(f"{KNEE}revisions/99/restoration").status_code == 404


def test_many_versions_are_on_pages(owner_client: Visitor, context: Context) -> None:
    made = articles.create(context, articles.ArticleInput(title="Knee", body="0"), By(Origin.ADMIN, "Anna"))
    for number in range(55):
        given = articles.ArticleInput(title="Knee", slug="knee", body=str(number + 1))
        made = articles.change(context, "knee", given, made.content_hash, By(Origin.ADMIN, "Anna"))
    first = page(owner_client, f"{KNEE}revisions")
    assert "Version 7 " in first.words() + " " and any(
        "before=7" in a.attributes.get("href", "") for a in first.all("a")
    )
    assert "Version 1 " in page(owner_client, f"{KNEE}revisions?before=7").words()


def test_a_broken_draft_says_so(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    (context.settings.posts / "knee" / "draft.md").write_text("precious")
    assert "it cannot be read: line 1" in page(owner_client, KNEE).words()
    owner_client.post(f"{KNEE}draft/discard")
    assert "precious" in page(owner_client, f"{KNEE}revisions/compare?one=page&two=2").words()
    assert (
        "cannot be restored"
        in parse(
            owner_client.post(f"{KNEE}revisions/2/restoration", follow_redirects=True).get_data(as_text=True)
        ).words()
    )


@pytest.mark.parametrize("where", ["body", "title", "author", "tags", "name"])
def test_hostile_words_stay_words_in_every_comparison(owner_client: Visitor, context: Context, where: str) -> None:
    write_article(context, "knee", body=BODY, **({"title": HOSTILE} if where == "title" else {}))
    fields = form_of(owner_client)
    fields[where] = f"{HOSTILE}\n\n[x](javascript:alert(1)) {HOSTILE}" if where == "body" else HOSTILE
    if where == "name":
        with context.database.writing() as tx:
            other = users.add(tx, email="b@x.example", name=HOSTILE, role="editor", password_hash="", now=0)
            user = users.get(tx, other)
        assert user
        owner_client.log_in(user)
    keep(owner_client, fields | {"description": HOSTILE})
    file = context.settings.posts / "knee" / "index.md"
    paths = [KNEE, f"{KNEE}revisions", f"{KNEE}revisions/compare?one=page&two=draft"]
    htmls = [owner_client.get(path).get_data(as_text=True) for path in paths]
    file.write_text(file.read_text().replace("One.", f"{HOSTILE} theirs"))
    htmls += [owner_client.get(path).get_data(as_text=True) for path in paths]
    htmls.append(owner_client.post(KNEE, data=fields | {"body": HOSTILE, "do": "update"}).get_data(as_text=True))
    htmls.append(owner_client.get(f"{KNEE}revisions/compare?one=1&two=2").get_data(as_text=True))
    for html in htmls:
        assert_strict(html)
        assert "<script>alert" not in html and "<img src=x" not in html and 'href="javascript' not in html


def test_others_who_have_it_open_are_named(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    write_article(context, "knee", body=BODY)
    mine = form_of(owner_client)

    def beat(fields: dict[str, str], **more: str) -> Any:
        return owner_client.post(f"{KNEE}presence", data=fields | more).get_json()

    assert beat(mine) == {"people": [], "public": True, "changed": ""}
    other = form_of(owner_client)
    assert beat(other)["people"] == ["You have this article open in another window."]
    beat(mine, typed="60000")
    assert beat(other)["people"] == ["You have this article open in another window (typing 1 minute ago)."]
    with context.database.writing() as tx:
        anna = users.get(tx, users.add(tx, email="a@x.example", name="Anna", role="editor", password_hash="", now=0))
    assert anna
    owner_client.log_in(anna)
    beat(mine, typed="0")
    owner_client.log_in(_owner(context))
    assert beat(other)["people"] == ["Anna has this article open (typing now)."]
    assert owner_client.post(f"{KNEE}presence", data=mine | {"gone": "1"}).status_code == 204
    assert beat(other)["people"] == []
    beat(mine)
    clock.move(seconds=120)
    file = context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text().replace("One.", "Theirs"))
    clock.move(seconds=3)
    said = beat(other)
    assert said["people"] == [] and said["changed"] in ("another program", "somebody else")


def _owner(context: Context) -> users.User:
    with context.database.reading() as tx:
        found = users.get(tx, 1)
    assert found
    return found


def test_an_article_that_became_public_while_open_changes_only_when_asked(
    owner_client: Visitor, context: Context, clock: StillClock
) -> None:
    write_article(context, "knee", body=BODY, status="scheduled", date="2026-12-01T09:00:00-05:00")
    clock.move(seconds=-clock.now_ms() // 1000 + 1_796_000_000)
    fields = form_of(owner_client)
    assert "Update the public page" not in page(owner_client, KNEE).words()
    clock.move(seconds=86_400 * 10)
    assert "One." in page(owner_client, "/blog/knee/").words()
    told = owner_client.post(KNEE, data=fields | {"body": "New", "do": "save"}, follow_redirects=True)
    assert "Kept as a draft." in parse(told.get_data(as_text=True)).words()
    assert "One." in page(owner_client, "/blog/knee/").words()
    assert owner_client.post(KNEE, data=form_of(owner_client) | {"do": "update"}).status_code == 302
    assert "New" in page(owner_client, "/blog/knee/").words()


@pytest.mark.parametrize(
    "path", ["draft", "knee/draft", "knee/draft/discard", "knee/presence", "knee/revisions/1/restoration"]
)
def test_a_stranger_changes_nothing(client: Visitor, context: Context, path: str) -> None:
    write_article(context, "knee")
    assert client.post(f"{LIST}{path}", data={"body": "x", "title": "x"}).status_code == 401
    for read in ("token", "knee/revisions", "knee/revisions/compare"):
        assert client.get(f"{LIST}{read}").status_code == 302
    assert len(context.articles.all()) == 1


def test_a_page_opened_before_the_login_gets_a_new_token(owner_client: Visitor) -> None:
    assert owner_client.get(f"{LIST}token").get_json()["token"]


def test_the_api_writes_the_article_and_leaves_the_draft(owner_client: Visitor, app: Flask, context: Context) -> None:
    write_article(context, "knee", body=BODY)
    keep(owner_client, form_of(owner_client) | {"body": BODY.replace("Three", "Mine")})
    program = Program(app, context, "read", "write")
    shown = program.get("/articles/knee")
    assert shown.json and shown.json["draft"] is True
    answer = program.patch("/articles/knee", {"markdown": BODY.replace("One", "By the API")}, shown.headers["ETag"])
    assert answer.status_code == 200 and answer.json and answer.json["draft"] is True
    assert form_of(owner_client)["body"] == "By the API.\n\nTwo.\n\nMine."
    assert "the API" in page(owner_client, f"{KNEE}revisions").words()
