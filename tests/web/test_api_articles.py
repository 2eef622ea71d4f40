"""/articles: made, read, listed, changed and deleted by programs, under the rules of the editor."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from scheduler.domain.revision import SOMEBODY
from scheduler.services.context import Context
from scheduler.services.editorial import drafts
from scheduler.services.editorial.article_input import input_of
from scheduler.services.library.assets import add_asset
from scheduler.web.api.fields import Table
from scheduler.web.api.parsing import Read, json_body
from tests.support.api import Program, errors
from tests.support.newsroom import LATER, NEEDLING, write_article, write_articles
from tests.support.pictures import camera_jpeg


@pytest.fixture
def program(app: Flask, context: Context) -> Program:
    """A program that may read and write, in a house with four articles."""
    write_articles(context)
    return Program(app, context, "read", "write")


def photo(context: Context, folder: Path, alt: str = "A runner at dawn") -> str:
    """Put a photo into the library."""
    file = folder / "runner.jpg"
    file.write_bytes(camera_jpeg(1300, 700))
    return add_asset(context, file, "runner.jpg", alt).asset.id


def test_everything_of_an_article_goes_in_and_comes_out(program: Program, context: Context, tmp_path: Path) -> None:
    lead = photo(context, tmp_path)
    whole = {
        "title": "Five exercises for tired hips",
        "slug": "tired-hips",
        "markdown": "Strong hips carry tired legs.\n\n## First\n\nStand up.",
        "status": "scheduled",
        "publish_at": {"at": "2026-12-01T09:00", "zone": "America/New_York"},
        "description": "What helps.",
        "image": {"asset": lead, "alt": "", "caption": "At dawn"},
        "categories": ["Physical Therapy/Hips", "Running"],
        "tags": ["hips", "running"],
        "canonical": "https://www.example.org/hips",
        "noindex": True,
        "kind": "page",
        "series": "Strong hips",
        "search_title": "Hip exercises for runners",
        "card": {"title": "Tired hips?", "description": "Five minutes a day.", "asset": lead},
        "lang": "en-GB",
        "translation": "hips",
    }
    made = program.post("/articles", whole)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/articles/tired-hips")
    assert made.json
    assert made.json | {"id": ""} == {
        **whole,
        "id": "",
        "publish_at": "2026-12-01T09:00:00-05:00",
        "author": "",
        "aliases": [],
        "draft": False,
        "updated_at": None,
        "url": "http://127.0.0.1:8000/tired-hips/",
    }
    read = program.get(made.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (made.json, made.headers["ETag"])
    assert "Strong hips" in (context.settings.posts / "tired-hips" / "index.md").read_text("utf-8")


def test_a_title_is_enough_for_a_draft(program: Program) -> None:
    made = program.post("/articles", {"title": "An idea"}).json
    assert made
    assert (made["slug"], made["status"], made["publish_at"]) == ("an-idea", "draft", None)


def test_published_without_a_time_is_published_now(program: Program, client: object, context: Context) -> None:
    made = program.post("/articles", {"title": "Now", "markdown": "Words.", "status": "published"}).json
    assert made
    assert made["publish_at"] == "2026-11-23T08:00:00-05:00"
    assert "Words." in program.client.get("/blog/now/").text


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-12-01T09:00:00Z", "2026-12-01T04:00:00-05:00"),
        ("2026-12-01T09:00:00+05:30", "2026-11-30T22:30:00-05:00"),
        ({"at": "2026-12-01T09:00"}, "2026-12-01T09:00:00-05:00"),
        ({"at": "2026-12-01T09:00", "zone": "Asia/Kolkata"}, "2026-11-30T22:30:00-05:00"),
    ],
)
def test_a_moment_and_a_wall_time_both_say_when(program: Program, moment: object, shown: str) -> None:
    body = {"title": "Soon", "markdown": "Words.", "status": "scheduled", "publish_at": moment}
    made = program.post("/articles", body).json
    assert made
    assert made["publish_at"] == shown


@pytest.mark.parametrize(
    ("moment", "field"),
    [
        ("2026-12-01T09:00", "publish_at"),
        ("2026-12-01", "publish_at"),
        ("9999-12-31T23:59:59-12:00", "publish_at"),
        ("0001-01-01T00:00:00+14:00", "publish_at"),
        (5, "publish_at"),
        ({"at": "2026-12-01T09:00Z"}, "publish_at.at"),
        ({"at": "9999-12-31T23:59"}, "publish_at.at"),
        ({"at": "soon"}, "publish_at.at"),
        ({"zone": "Europe/Berlin"}, "publish_at.at"),
        ({"at": "2026-12-01T09:00", "zone": "Mars"}, "publish_at.zone"),
        ({"at": "2026-12-01T09:00", "place": "here"}, "publish_at.place"),
    ],
)
def test_times_that_are_none(program: Program, moment: object, field: str) -> None:
    answer = program.post("/articles", {"title": "Soon", "status": "scheduled", "publish_at": moment})
    assert list(errors(answer)) == [field]


def test_the_editors_problems_carry_the_names_of_the_api(program: Program, context: Context, tmp_path: Path) -> None:
    body = {
        "title": "",
        "slug": "Not A Slug!",
        "markdown": "![](asset:nothing)\n",
        "status": "scheduled",
        "publish_at": "2020-01-01T09:00:00Z",
        "image": {"asset": photo(context, tmp_path, alt="")},
        "categories": ["///"],
        "author": "nobody",
        "canonical": "javascript:alert(1)",
    }
    found = errors(program.post("/articles", body))
    assert {"title", "slug", "publish_at", "image.alt", "categories", "author", "canonical"} <= set(found)
    assert "has passed" in found["publish_at"]
    assert not (context.settings.posts / "untitled").exists()


def test_what_cannot_be_read_and_what_is_wrong_are_said_together(program: Program) -> None:
    found = errors(program.post("/articles", {"title": 5, "author": "nobody", "slug": "needling", "tags": "x"}))
    assert sorted(found) == ["author", "slug", "tags", "title"]
    assert "is taken" in found["slug"]


def test_listing_filters_and_pages(program: Program) -> None:
    everything = program.get("/articles").json
    assert everything
    assert [each["slug"] for each in everything["items"]] == ["idea", "later", "needling", "old"]
    for query, slugs in [
        ("status=draft", ["idea"]),
        ("words=FINER%20points", ["needling"]),
        ("category=Physical%20Therapy", ["needling"]),
        ("status=archived&words=finer", []),
    ]:
        found = program.get(f"/articles?{query}").json
        assert found
        assert [each["slug"] for each in found["items"]] == slugs
    seen, path = [], "/articles?limit=1"
    while path:
        page = program.get(path)
        assert page.json
        seen += [each["slug"] for each in page.json["items"]]
        path = page.json["next"]
        assert (page.headers.get("Link") == f'<{path}>; rel="next"') is bool(path)
    assert seen == ["idea", "later", "needling", "old"]


def test_a_page_goes_on_where_it_was_when_articles_come_and_go(program: Program, context: Context) -> None:
    first = program.get("/articles?limit=2").json
    assert first
    write_article(context, "newest", "title: Newest\nstatus: published\ndate: 2027-01-01T09:00:00Z\n")
    assert program.delete("/articles/later").status_code == 204
    rest = program.get(first["next"]).json
    assert rest
    assert [each["slug"] for each in rest["items"]] == ["needling", "old"]


def test_a_read_that_knows_it_already_is_answered_in_short(program: Program) -> None:
    tag = program.get("/articles/needling").headers["ETag"]
    again = program.get("/articles/needling", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def test_changing_needs_the_tag_of_what_was_read(program: Program, context: Context) -> None:
    tag = program.get("/articles/needling").headers["ETag"]
    missing = program.patch("/articles/needling", {"title": "New"}, tag=None)
    assert (missing.status_code, "If-Match" in missing.text) == (428, True)
    assert program.delete("/articles/needling", tag=None).status_code == 428
    changed = program.patch("/articles/needling", {"title": "New"}, tag)
    assert changed.json
    assert (changed.status_code, changed.json["title"], changed.json["id"]) == (200, "New", NEEDLING)
    assert changed.json["tags"] == ["running", "needling"], "what was not named stays"
    stale = program.patch("/articles/needling", {"title": "Theirs"}, tag)
    assert (stale.status_code, "nothing was overwritten" in stale.text) == (412, True)
    assert program.delete("/articles/needling", tag).status_code == 412
    assert program.patch("/articles/needling", {"title": "Newer"}, changed.headers["ETag"]).status_code == 200


def test_an_edit_outside_makes_the_tag_stale(program: Program, context: Context) -> None:
    tag = program.get("/articles/needling").headers["ETag"]
    file = context.settings.posts / "needling" / "index.md"
    file.write_text(file.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    context.articles.refresh(force=True)
    assert program.patch("/articles/needling", {"title": "New"}, tag).status_code == 412
    assert "One more line." in file.read_text("utf-8")


def test_an_edit_in_the_very_moment_of_saving_is_not_lost(
    program: Program, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves between the comparison of the tag and our own save: only the save itself can see it."""
    tag, file = program.get("/articles/needling").headers["ETag"], context.settings.posts / "needling" / "index.md"

    def slowly(table: Table) -> Read:
        file.write_text(file.read_text("utf-8").replace("The finer points", "Theirs"), "utf-8")
        return json_body(table)

    monkeypatch.setattr("scheduler.web.api.articles.json_body", slowly)
    assert program.patch("/articles/needling", {"title": "Mine"}, tag).status_code == 412
    assert "title: Theirs" in file.read_text("utf-8")


def test_another_slug_moves_it_and_the_old_one_leads_there(program: Program) -> None:
    changed = program.patch("/articles/needling", {"slug": "finer-points"}).json
    assert changed
    assert changed["aliases"] == ["/blog/needling"]
    assert program.get("/articles/needling").status_code == 404
    assert program.get("/articles/finer-points").json == changed


def test_publishing_now_what_was_scheduled(program: Program) -> None:
    changed = program.patch("/articles/later", {"status": "published"}).json
    assert changed
    assert (changed["id"], changed["publish_at"]) == (LATER, "2026-11-23T08:00:00-05:00")
    cleared = program.patch("/articles/later", {"status": "draft", "publish_at": None, "image": None}).json
    assert cleared
    assert (cleared["status"], cleared["publish_at"]) == ("draft", None)


def test_a_refused_change_changes_nothing(program: Program, context: Context) -> None:
    file = context.settings.posts / "needling" / "index.md"
    before = hashlib.sha256(file.read_bytes()).digest()
    found = errors(program.patch("/articles/needling", {"title": "New", "author": "nobody", "id": "x"}))
    assert sorted(found) == ["author", "id"]
    assert hashlib.sha256(file.read_bytes()).digest() == before


def test_what_came_out_goes_in_again(program: Program, context: Context) -> None:
    file = context.settings.posts / "needling" / "index.md"
    before, shown = file.read_bytes(), program.get("/articles/needling").json
    assert shown
    readonly = ("id", "aliases", "draft", "url", "updated_at")
    body = {name: value for name, value in shown.items() if name not in readonly}
    assert program.patch("/articles/needling", body).json == shown
    assert file.read_bytes() == before


def test_deleting_moves_it_to_the_trash(program: Program, context: Context) -> None:
    tag = program.get("/articles/old").headers["ETag"]
    assert program.delete("/articles/old", tag).status_code == 204
    assert program.get("/articles/old").status_code == 404
    assert program.delete("/articles/old", tag).status_code == 404
    assert len(list((context.settings.posts / ".trash").iterdir())) == 1


@pytest.mark.parametrize("slug", ["..", "%2e%2e", "..%2f..%2fetc", "a%00b", ".trash", "_authors", "x" * 5000])
def test_strange_slugs_lead_nowhere(program: Program, slug: str) -> None:
    assert program.client.get(f"/api/v1/articles/{slug}", headers=program.headers).status_code == 404
    if "%" not in slug:
        assert "slug" in errors(program.post("/articles", {"title": "x", "slug": slug + "/"}))


def test_unpublished_edits_are_no_change_of_the_article(program: Program, context: Context) -> None:
    before, article = program.get("/articles/needling"), context.articles.get("needling")
    assert article and before.json and before.json["draft"] is False
    given = replace(input_of(article, "UTC"), body="Other words, not for everybody yet.")
    assert drafts.keep(context, given, drafts.Page(article.id, article.content_hash, tab="tab", turn=1), SOMEBODY)
    after = program.get("/articles/needling")
    assert after.json == before.json | {"draft": True} and after.headers["ETag"] == before.headers["ETag"]
    changed = program.patch("/articles/needling", {"description": "New."}, before.headers["ETag"])
    assert changed.json and (changed.status_code, changed.json["draft"]) == (200, True)
    assert changed.headers["ETag"] != before.headers["ETag"]
