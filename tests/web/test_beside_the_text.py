"""The JSON behind the editor: suggestions for links, cards and checks, and that hostile words stay words in them."""

from __future__ import annotations

import pytest

from scheduler.services.context import Context
from scheduler.services.editorial import previews, redirects
from scheduler.services.editorial.articles import existing
from tests.support.house import Visitor
from tests.support.html import parse
from tests.support.posts import write_article

PREVIEW = "/admin/articles/preview"
SUGGEST = "/admin/articles/suggest"


def typed(client: Visitor, slug: str = "", **fields: str) -> dict[str, str]:
    answer = client.post(f"{PREVIEW}?slug={slug}", data=fields)
    assert answer.status_code == 200
    return answer.get_json()  # type: ignore[no-any-return]


def test_articles_are_suggested_for_a_link(owner_client: Visitor, client: Visitor, context: Context) -> None:
    write_article(context, "knee-pain", id="01KNEE", title="Knee pain")
    write_article(context, "hip", id="01HIP", status="draft", title="The <hip>")
    assert owner_client.get(f"{SUGGEST}?q=knee").get_json() == [
        {"id": "01KNEE", "title": "Knee pain", "status": "public", "path": "/blog/knee-pain/"}
    ]
    (hip,) = owner_client.get(f"{SUGGEST}?q=hip").get_json()
    assert (hip["title"], hip["status"]) == ("The <hip>", "draft")
    assert [one["id"] for one in owner_client.get(f"{SUGGEST}?not=01HIP").get_json()] == ["01KNEE"]
    assert client.get(SUGGEST).status_code == 302


def test_what_is_typed_is_checked(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", status="draft")
    answer = typed(owner_client, "knee", title="Knee", body="One TK\n\n[x](/blog/gone/) [y](/blog/) [z](/feed.xml)")
    assert "1 blocks publishing" in answer["checks"] and 'data-line="1">Line 1: TK</a>' in answer["checks"]
    assert "1 of 3 links lead nowhere" in answer["checks"] and "there is no article at this address" in answer["checks"]


def test_an_article_that_saved_itself_is_no_second_one(owner_client: Visitor, context: Context) -> None:
    """Its page was opened as that of a new article: it is found by its identity."""
    fresh = parse(owner_client.get("/admin/articles/new").get_data(as_text=True))
    (own,) = (f.attributes["value"] for f in fresh.all("input") if f.attributes.get("name") == "article_id")
    assert [text.attributes["data-article"] for text in fresh.all("rich-text")] == [own]  # no link to itself is offered
    write_article(context, "untitled", id=own, title="Knee pain", status="draft")
    answer = typed(owner_client, title="Knee pain", article_id=own)
    assert "No other article has this title." in answer["checks"]


@pytest.mark.parametrize(
    ("path", "dead"),
    [
        ("/", False), ("/blog/archive-of-nothing/", True), ("/blog/page/1/", False), ("/media/a/b.webp", False),
        ("/nothing/", True), ("/blog/category/care/", False), ("/blog/category/care/feed.xml", False),
        ("/about/", False), ("/blog/about/", True), ("/knee/", True), ("/moved/", False), ("/blog/series/run/", False),
        ("/blog/category/none/feed.xml", True), ("/blog/knee", False), ("/blog/old-knee/", False), ("/admin/", True),
    ],
)  # fmt: skip
def test_links_of_ours_are_followed(owner_client: Visitor, context: Context, path: str, dead: bool) -> None:
    write_article(context, "knee", categories=["Care"], aliases=["/blog/old-knee/"], series="Run")
    write_article(context, "about", kind="page")
    redirects.save(context, "/moved/", "/blog/knee/")
    checks = typed(owner_client, title="x", body=f"[words]({path})")["checks"]
    assert ("A link leads nowhere" in checks or "1 of 1 links" in checks) is dead


def test_a_new_article_and_a_saved_one_have_checks_without_script(owner_client: Visitor, context: Context) -> None:
    assert "The title is missing." in owner_client.get("/admin/articles/new").get_data(as_text=True)
    write_article(context, "knee", body="\n\nText\n\nTODO", status="draft")
    page = owner_client.get("/admin/articles/knee/").get_data(as_text=True)
    assert 'data-line="3">Line 3: TODO</a>' in page  # as the editor shows it, without the empty lines on top


def test_a_mark_refuses_publication_and_keeps_the_words(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", status="draft")
    form = {"title": "Knee", "slug": "knee", "body": "Kept words TK", "do": "published"}
    base = context.articles.get("knee")
    assert base is not None
    answer = owner_client.post("/admin/articles/knee/", data=form | {"base_hash": base.content_hash})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Line 1: the mark TK is still there." in page and "Kept words TK" in page
    assert context.articles.get("knee") == base


def test_hostile_words_stay_words(owner_client: Visitor, context: Context) -> None:
    bad = '"><img src=x onerror=alert(1)>'
    write_article(context, "knee", status="draft")
    body = f"[click here](/{bad.replace(' ', '')}) [todo {bad}\n\n#### {bad}"
    answer = typed(owner_client, "knee", title=bad, description=bad, series=bad, card_title=bad, body=body)
    assert "<img src=x" not in answer["cards"] + answer["checks"] + answer["html"]
    assert "&lt;img src=x" in answer["cards"]


def test_a_preview_link_says_what_it_shows(owner_client: Visitor, client: Visitor, context: Context) -> None:
    write_article(context, "knee", id="01KNEE", body="First words", status="draft")
    write_article(context, "hip", body="[The knee](article:01KNEE)")
    paths = {}
    for scope in ("following", "version"):
        made = owner_client.post(
            "/admin/articles/knee/preview-links", data={"days": "7", "note": scope, "scope": scope}
        )
        (box,) = parse(made.get_data(as_text=True)).all("input", id="address")
        paths[scope] = box.attributes.get("value", "").removeprefix(context.settings.base_url)
    file = context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text().replace("First words", "Second words"))
    context.articles.refresh(force=True)
    assert "Second words" in client.get(paths["following"]).get_data(as_text=True)
    assert "First words" in client.get(paths["version"]).get_data(as_text=True)
    words = parse(owner_client.get("/admin/articles/knee/").get_data(as_text=True)).words()
    assert "Follows every edit" in words and "Shows the version of Mon 23 November 2026" in words
    assert "1 article links here" in words
    bad = owner_client.post("/admin/articles/knee/preview-links", data={"days": "7", "scope": "all"})
    assert bad.status_code == 302 and len(previews.links_of(context, existing(context, "knee"))) == 2


def test_a_card_without_a_photo_shows_the_drawn_title(owner_client: Visitor, client: Visitor) -> None:
    cards = parse(typed(owner_client, title='A "title" & more')["cards"])
    sources = {image.attributes.get("src", "") for image in cards.all("img")}
    (source,) = sources
    answer = owner_client.get(source or "")
    assert answer.status_code == 200 and answer.get_data().startswith(b"\x89PNG")
    assert client.get(source or "").status_code == 302
