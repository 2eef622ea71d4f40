"""Articles, Import and Export: handed over in the browser, looked at, brought over by the worker, taken out again."""

from __future__ import annotations

import io
import zipfile

import pytest

from scheduler.services.context import Context
from scheduler.services.moving import imports
from scheduler.storage import users
from tests.support.house import Visitor
from tests.support.html import assert_strict, parse
from tests.support.wxr import export, item

PAGE = "/admin/articles/import"
SITE = "https://old.example"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def hand_over(client: Visitor, text: str, name: str = "old.xml", **fields: str) -> str:
    data = {"source": "wordpress", "unknown": "keep", "file": (io.BytesIO(text.encode()), name), **fields}
    answer = client.post(PAGE, data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_from_the_file_to_the_articles(owner_client: Visitor, context: Context) -> None:
    page = owner_client.get(PAGE)
    assert_strict(page.text)
    address = hand_over(owner_client, export(SITE, item(1, HOSTILE, "Words. [form id='1']", site=SITE, slug="one")))
    waiting = owner_client.get(address)
    assert "The worker reads the file" in waiting.text and 'hx-trigger="every 2s"' in waiting.text
    assert imports.work(context)
    ready = owner_client.get(address)
    assert_strict(ready.text)
    assert "Nothing has been written yet" in ready.text and "shortcode [form]" in parse(ready.text).words()
    assert "<script>alert" not in ready.text
    assert context.articles.all() == ()
    assert owner_client.post(f"{address}/start").location == address
    running = owner_client.get(address, headers={"HX-Request": "true"})
    assert running.text.lstrip().startswith("<div") and "0 of 1 settled" in parse(running.text).words()
    while imports.work(context):
        pass
    done = owner_client.get(address)
    assert_strict(done.text)
    assert 'href="/admin/articles/one/"' in done.text and "1 of 1 settled, 1 new" in parse(done.text).words()
    assert owner_client.post(f"{address}/start").status_code == 302
    assert owner_client.post(f"{address}/stop").status_code == 302
    assert "Stopped" in parse(owner_client.get(address).text).words()
    assert owner_client.post(f"{address}/forget").location == PAGE
    assert owner_client.get(address).status_code == 404
    assert [article.slug for article in context.articles.all()] == ["one"]


def test_nothing_chosen_is_said_beside_the_field(owner_client: Visitor) -> None:
    answer = owner_client.post(PAGE, data={"source": "wordpress", "unknown": "keep"})
    assert answer.status_code == 422
    assert "Choose the file that the old site exported." in parse(answer.text).words()
    assert (
        owner_client.post(PAGE, data={"source": "evil", "unknown": "keep", "file": (io.BytesIO(b"x"), "x")}).status_code
        == 422
    )


def test_a_broken_file_says_where(owner_client: Visitor, context: Context) -> None:
    address = hand_over(owner_client, export(SITE)[:300])
    imports.work(context)
    assert "The file is broken at line" in parse(owner_client.get(address).text).words()
    assert not (context.settings.data / "imports" / "x").exists()


@pytest.mark.parametrize("path", [PAGE, "/admin/articles/export", f"{PAGE}/0123456789abcdef"])
def test_strangers_see_none_of_it(client: Visitor, path: str) -> None:
    assert client.get(path).status_code in (302, 401)
    assert client.post(path).status_code in (302, 400, 401, 405)


def test_taking_everything_out(owner_client: Visitor, context: Context) -> None:
    hand_over(owner_client, export(SITE, item(1, "One", "Words.", site=SITE, slug="one")))
    imports.work(context)
    imports.start(context, imports.overview(context)[0].work.id)
    imports.work(context)
    assert_strict(owner_client.get("/admin/articles/export").text)
    answer = owner_client.post("/admin/articles/export/everything.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "posts/one/index.md" in archive.namelist()
        assert not [name for name in archive.namelist() if "env" in name or name.endswith((".db", ".key"))]
    wxr = owner_client.post("/admin/articles/export/wordpress.xml")
    assert wxr.mimetype == "application/xml" and b"<title><![CDATA[One]]></title>" in wxr.data
    assert owner_client.get("/admin/articles/export/everything.zip").status_code == 405
    assert not list(context.settings.data.glob("takeout-*"))


def test_an_editor_takes_articles_out_but_not_the_settings(app: object, client: Visitor, context: Context) -> None:
    with context.database.writing() as tx:
        editor = users.get(tx, users.add(tx, email="e@x.example", name="Ed", role="editor", password_hash="x", now=0))
    assert editor
    client.log_in(editor)
    assert client.post("/admin/articles/export/everything.zip").status_code == 403
    assert client.post("/admin/articles/export/wordpress.xml").data.startswith(b"<?xml")
