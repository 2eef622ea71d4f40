"""The pages on which articles are written: what they show, what they save, and that nobody's words are lost."""

from __future__ import annotations

import pytest

from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.newsroom import NEEDLING, add_account, write_articles
from tests.support.posts import shelve_photo, write_article, write_author

LIST = "/admin/articles/"
NEW = "/admin/articles/new"
FORM = {"title": "Knee pain", "body": "Some *words*.", "do": "save"}


def page(client: Visitor, path: str, status: int = 200) -> Element:
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def post(client: Visitor, path: str, status: int = 302, **fields: str) -> str:
    answer = client.post(path, data=FORM | fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, html
    if status != 302:
        assert_strict(html)
    return html


def base_hash(context: Context, slug: str) -> str:
    article = context.articles.get(slug)
    assert article is not None
    return article.content_hash


def body_of(context: Context, slug: str) -> str:
    article = context.articles.get(slug)
    assert article is not None
    return article.body


PATHS = (LIST, NEW, "/admin/articles/x/", "/admin/articles/x/deletion", "/admin/articles/x/preview")


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_sees_nothing(client: Visitor, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302 and "/admin/login" in answer.location


def test_an_empty_house_invites_to_write(owner_client: Visitor) -> None:
    assert "No articles yet" in page(owner_client, LIST).words()


def test_the_list_is_searched_and_filtered(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", categories=["Physical Therapy/Knee"])
    write_article(context, "hip", status="draft")
    write_article(context, "later", status="scheduled", date="2027-01-01T09:00:00Z")
    everything = page(owner_client, LIST).words()
    assert all(word in everything for word in ("Knee", "Hip", "Later", "Draft", "Published", "Scheduled"))
    assert "2027" in everything and "EST" in everything
    for query, there, absent in (
        ("?q=knee", "knee", "hip"),
        ("?status=draft", "hip", "knee"),
        ("?category=Physical+Therapy/Knee", "knee", "later"),
    ):
        links = [link.attributes.get("href", "") for link in page(owner_client, LIST + query).all("a")]
        assert f"{LIST}{there}/" in links and f"{LIST}{absent}/" not in links
    assert "No article fits" in page(owner_client, LIST + "?q=nothing").words()


def test_a_category_that_only_holds_others_can_be_chosen_and_stays_chosen(
    owner_client: Visitor, context: Context
) -> None:
    write_article(context, "knee", categories=["Therapy/Knee"])
    write_article(context, "hip", categories=["Therapist"])
    shown = parse(owner_client.get(f"{LIST}?category=Therapy").get_data(as_text=True))
    options = shown.one("select", id="category").all("option")
    assert [o.attributes["value"] for o in options] == ["", "Therapist", "Therapy", "Therapy/Knee"]
    assert [o.attributes["value"] for o in options if "selected" in o.attributes] == ["Therapy"]
    assert "Knee" in shown.words() and "1 article found" in shown.words()


def test_broken_files_are_on_top_with_line_and_reason(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    bad = context.settings.posts / "bad" / "index.md"
    bad.parent.mkdir()
    bad.write_text("---\ntitle: <script>: x\n---\n")
    context.articles.refresh(force=True)
    words = page(owner_client, LIST).words()
    assert "bad/index.md, line 2: this is not YAML" in words and "Knee" in words


def test_an_article_is_written_published_and_offered_to_be_told(owner_client: Visitor, context: Context) -> None:
    write_author(context, "sam")
    assert "New article" in page(owner_client, NEW).words()
    post(owner_client, NEW, author="sam", categories="A/B\r\nC", tags="one, two", description="About")
    article = context.articles.get("knee-pain")
    assert article is not None and article.status == "draft" and article.author == "sam"
    assert article.categories == (("A", "B"), ("C",)) and article.tags == ("one", "two")
    assert owner_client.get("/blog/knee-pain/").status_code == 404
    answer = owner_client.post(
        f"{LIST}knee-pain/", data=FORM | {"do": "published", "slug": "knee-pain", "base_hash": article.content_hash}
    )
    shown = page(owner_client, answer.location)
    assert any(link.attributes.get("href", "") == f"/admin/teasers/new?article={article.id}" for link in shown.all("a"))
    assert "Some words." in page(owner_client, "/blog/knee-pain/").words()


def test_every_problem_is_shown_and_nothing_typed_is_lost(owner_client: Visitor, context: Context) -> None:
    html = post(
        owner_client,
        NEW,
        422,
        title="",
        slug="No Good",
        canonical="nowhere",
        do="scheduled",
        body="My </textarea> words",
    )
    shown = parse(html)
    words = shown.words()
    for sentence in ("The title is missing", "The address", "date and time are missing", "not a complete address"):
        assert sentence in words
    assert "My &lt;/textarea&gt; words" in html and context.articles.all() == ()


def test_a_scheduled_article_appears_by_itself(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    post(owner_client, NEW, 422, do="scheduled", date="2026-11-24", time="")
    post(owner_client, NEW, 422, do="scheduled", date="2026-11-20", time="09:00")
    post(owner_client, NEW, do="scheduled", date="2026-11-24", time="09:00")
    assert "It appears Tue 24 November 2026, 09:00 EST" in page(owner_client, f"{LIST}knee-pain/").words()
    assert owner_client.get("/blog/knee-pain/").status_code == 404
    clock.move(days=2)
    assert owner_client.get("/blog/knee-pain/").status_code == 200
    assert "Published" in page(owner_client, LIST).words()


def test_going_back_and_archiving(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    for status in ("archived", "published", "draft"):
        post(owner_client, f"{LIST}knee/", do=status, slug="knee", base_hash=base_hash(context, "knee"))
        article = context.articles.get("knee")
        assert article is not None and article.status == status


def test_a_stale_save_shows_both_versions_and_loses_neither(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body="Before")
    opened = base_hash(context, "knee")
    file = context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text().replace("Before", "Theirs <b>"))
    mine = {"title": "My title", "body": "Mine\r\nof two lines", "slug": "knee", "tags": "a, b"}
    html = post(owner_client, f"{LIST}knee/", 409, base_hash=opened, do="update", **mine)
    shown = parse(html)
    assert "Nothing was overwritten" in shown.words() and "Theirs &lt;b&gt;" in html and "My title" in html
    assert "Theirs" in file.read_text()
    again = {
        field.attributes.get("name", ""): field.attributes.get("value", "")
        for field in shown.all("input")
        if field.attributes.get("name", "") and "Theirs" not in field.attributes.get("value", "")
    }
    again |= {"title": "My title", "tags": "a, b", "body": mine["body"], "text-from": "typed", "do": "update"}
    assert owner_client.post(f"{LIST}knee/", data=again).status_code == 302
    saved = context.articles.get("knee")
    assert saved is not None and saved.body == "\nMine\nof two lines\n"
    assert (saved.title, saved.tags) == ("My title", ("a", "b"))


def test_a_stale_save_over_a_broken_file_shows_all_of_it(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    opened = base_hash(context, "knee")
    (context.settings.posts / "knee" / "index.md").write_text("---\ntitle: a: b\n---\nTheir words\n")
    html = post(owner_client, f"{LIST}knee/", 409, base_hash=opened, slug="knee", do="update")
    assert "Their words" in html and "Some *words*." in html


def test_a_new_address_keeps_the_old_one_alive(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    write_article(context, "taken")
    hash_ = base_hash(context, "knee")
    assert "is taken by" in post(owner_client, f"{LIST}knee/", 422, slug="taken", base_hash=hash_, do="update")
    post(owner_client, f"{LIST}knee/", slug="hip", base_hash=hash_, do="update")
    answer = owner_client.get("/blog/knee/")
    assert (answer.status_code, answer.location) == (301, "/blog/hip/")


def test_deleting_asks_first(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee")
    assert "Delete" in page(owner_client, f"{LIST}knee/deletion").words()
    assert owner_client.post(f"{LIST}knee/deletion", data={"base_hash": "stale"}).status_code == 409
    assert owner_client.post(f"{LIST}knee/deletion", data={"base_hash": base_hash(context, "knee")}).status_code == 302
    assert page(owner_client, f"{LIST}knee/", 404) and context.articles.all() == ()


def test_the_preview_is_the_real_page_of_what_is_typed(owner_client: Visitor, context: Context) -> None:
    shelve_photo(context, "photo")
    write_article(context, "knee", body="Saved")
    typed = FORM | {
        "title": "Typed <title>",
        "body": "New **words**\n\n```video\n```\n\n[x](javascript:x)",
        "image": "photo",
    }
    answer = owner_client.post("/admin/articles/preview?slug=knee", data=typed)
    said = answer.get_json()
    assert_strict(said["html"])
    shown = parse(said["html"])
    assert "Typed <title>" in [heading.words() for heading in shown.all("h1")]
    assert "block-problem" in said["html"] and "/media/photo/" in said["html"] and "<script" not in said["html"]
    assert [problem["line"] for problem in said["problems"]] == [4, 6] and said["words"] == 3
    assert body_of(context, "knee").strip() == "Saved"


@pytest.mark.parametrize("path", ["/admin/articles/knee/preview", "/admin/articles/new/preview"])
def test_the_frame_may_stand_in_our_own_pages_only(owner_client: Visitor, context: Context, path: str) -> None:
    write_article(context, "knee", status="draft")
    answer = owner_client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'none'" in policy
    assert_strict(answer.get_data(as_text=True))


def test_a_preview_link_works_without_login_until_it_is_ended(
    owner_client: Visitor, client: Visitor, context: Context
) -> None:
    write_article(context, "knee", status="draft", body="Secret words")
    made = owner_client.post("/admin/articles/knee/preview-links", data={"days": "7", "note": "Kim"})
    address = parse(made.get_data(as_text=True)).all("input", id="address")[0].attributes.get("value", "")
    path = address.removeprefix(context.settings.base_url)
    answer = client.get(path)
    assert answer.status_code == 200 and "Secret words" in answer.get_data(as_text=True)
    for headers in (answer.headers, client.get("/preview/wrong").headers):
        assert headers["Cache-Control"] == "no-store, private" and "ETag" not in headers
        assert headers["Referrer-Policy"] == "no-referrer" and "noindex" in headers["X-Robots-Tag"]
    assert "noindex" in client.get(path).get_data(as_text=True)
    edit = page(owner_client, "/admin/articles/knee/")
    assert "Kim" in edit.words() and path.rpartition("/")[2] not in str(edit)
    (end,) = [
        form.attributes.get("action", "")
        for form in edit.all("form")
        if form.attributes.get("action", "").endswith("/end")
    ]
    owner_client.post(end)
    assert client.get(path).status_code == 404 and client.get("/preview/wrong").status_code == 404
    assert owner_client.post("/admin/articles/knee/preview-links", data={"days": "999"}).status_code == 302


def test_no_header_or_query_makes_a_public_page_a_preview(client: Visitor, context: Context) -> None:
    write_article(context, "knee", body="Same")
    write_article(context, "hidden", status="draft", body="Secret words")
    plain = client.get("/blog/knee/").get_data()
    for name in ("X-Preview", "X-Draft", "Preview", "X-Forwarded-Host", "Cookie"):
        assert client.get("/blog/knee/?preview=1&framed=1&draft=1", headers={name: "1"}).get_data() == plain
        assert client.get("/blog/hidden/?preview=1", headers={name: "1"}).status_code == 404


def test_forms_need_the_token(owner_client: Visitor, context: Context) -> None:
    write_article(context, "knee", body="Before")
    for path in (NEW, f"{LIST}knee/", f"{LIST}knee/deletion", "/admin/articles/knee/preview-links"):
        assert owner_client.post(path, data=FORM, csrf=False).status_code == 400
    assert body_of(context, "knee").strip() == "Before"


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_hostile_words_stay_words(owner_client: Visitor, context: Context) -> None:
    write_author(context, "sam", name=HOSTILE, role=HOSTILE, bio=HOSTILE)
    shelve_photo(context, "photo", alt=HOSTILE, caption=HOSTILE, credit=HOSTILE)
    write_article(
        context,
        "knee",
        body=f'{HOSTILE}\n\n![{HOSTILE}](asset:photo)\n\n:::note{{title="{HOSTILE.replace(chr(34), "")}"}}\n\nx\n\n:::',
        title=HOSTILE,
        description=HOSTILE,
        categories=[HOSTILE.replace("/", "|")],
        tags=[HOSTILE],
        author="sam",
        image={"asset": "photo", "alt": HOSTILE, "caption": HOSTILE},
    )
    opened = base_hash(context, "knee")
    pages = ["/blog/knee/", "/blog/", "/", LIST, f"{LIST}knee/", f"{LIST}knee/deletion", f"{LIST}knee/preview"]
    htmls = [owner_client.get(path).get_data(as_text=True) for path in pages]
    file = context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text() + "\nmore")
    fields = {"base_hash": opened, "title": HOSTILE, "body": HOSTILE, "tags": HOSTILE, "do": "update"}
    htmls.append(post(owner_client, f"{LIST}knee/", 409, **fields))
    for html in htmls:
        assert_strict(html)
        assert "<script>alert" not in html and "<img src=x" not in html


def test_taking_an_article_away_tells_of_the_posts_that_lead_to_it(owner_client: Visitor, context: Context) -> None:
    write_articles(context)
    sky = add_account(context, "bluesky", "Clinic")
    given = TeaserInput(text="Read on", article_id=NEEDLING, accounts=(sky.id,), when=When(queue="next"))
    (delivery,) = schedule(context, given, Submission(key="one")).deliveries
    warning = "1 post in the queue leads to it and is held back until the article is"
    assert f"{warning} back." in page(owner_client, "/admin/articles/needling/deletion").words()
    assert warning not in page(owner_client, f"/admin/deliveries/{delivery.id}").words()
    post(
        owner_client,
        "/admin/articles/needling/",
        slug="needling",
        base_hash=base_hash(context, "needling"),
        do="archived",
    )
    assert f"{warning} public." in page(owner_client, "/admin/articles/needling/").words()
    told = page(owner_client, f"/admin/deliveries/{delivery.id}").words()
    assert "is archived, so the link would lead nowhere" in told and "will go out" not in told
    assert "is archived, so the link would lead nowhere" in page(owner_client, "/admin/queue/").words()


def test_notes_name_the_lines_as_the_editor_shows_them(owner_client: Visitor, context: Context) -> None:
    body = "One\n\n[two](javascript:alert(1))\n"
    post(owner_client, NEW, title="Knee", slug="knee", body=body)
    assert "Line 3: the link" in page(owner_client, "/admin/articles/knee/").one("ul", class_="text-notes").words()


def test_the_list_names_the_author_as_visitors_know_them(owner_client: Visitor, context: Context) -> None:
    write_author(context, "sam-rivers", name="Sam Rivers")
    write_article(context, "knee", author="sam-rivers")
    assert "Sam Rivers" in page(owner_client, LIST).words()
