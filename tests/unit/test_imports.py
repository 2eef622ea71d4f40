"""Bringing an old site over: clean, without doubles, without losing anybody's words, and safe against what files do."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.content import writer
from scheduler.domain.article import Article, Kind, Status
from scheduler.domain.problem import Invalid
from scheduler.domain.revision import By, RevisionKind
from scheduler.services.context import Context
from scheduler.services.editorial import drafts
from scheduler.services.editorial.article_input import input_of
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library import assets as library
from scheduler.services.moving import both_changed, imports
from scheduler.services.moving.imports import Handed, Shown
from scheduler.storage import revisions as versions
from scheduler.storage.imports import ImportState, ItemState
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.listener import Listener, listening
from tests.support.pictures import encoded, photo
from tests.support.wxr import category, customer_text, export, item, tag
from tests.support.wxr import photo as attachment
from tests.unit.test_import_text import CUSTOMERS

LEG, ROOM = "/wp-content/uploads/2013/07/needling.jpg", "/wp-content/uploads/2019/06/room.png"


@pytest.fixture
def site() -> Iterator[Listener]:
    with listening(page_status=404) as found:
        found.files[LEG] = encoded(photo(120, 80))
        found.files[ROOM] = encoded(photo(90, 60), "PNG")
        yield found


@pytest.fixture
def house(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    (tmp_path / "house").mkdir()
    with furnish(tmp_path / "house", clock=clock, environ={"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}) as context:
        yield context


def whole_site(url: str, second: str = "") -> str:
    """Return the export of a small site with everything in it."""
    needling = item(
        12, "The Finer Points of Dry Needling", customer_text(CUSTOMERS, url), site=url, slug="dry-needling-points",
        terms=category("dry-needling", "Dry Needling") + category("physical-therapy", "Physical Therapy")
        + tag("running"),
        meta={"_thumbnail_id": "21", "_yoast_wpseo_metadesc": "What it is.",
              "_yoast_wpseo_title": "Needling %%sep%% facts",
              "_wp_old_slug": "needling", "elementor_data": "[]"},
        extra="<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_content>Hi</wp:comment_content></wp:comment>",
    )  # fmt: skip
    body = second or (
        'See <a href="/2019/06/dry-needling-points/">that</a>.\n\n'
        f'[caption id="attachment_22"]<img src="{url}{ROOM}" alt="" /> Our room[/caption]\n\n[contact id="1"]'
    )
    return export(
        url, needling, attachment(21, url, LEG.partition("uploads/")[2], alt="A needle in a calf"),
        attachment(22, url, ROOM.partition("uploads/")[2], title="The treatment room", parent=13),
        item(13, "Second &amp; last", body, site=url, slug="second", date="2019-07-01 10:00:00"),
        item(14, "About us", "<h2>Who</h2>We.", site=url, slug="about-us", sort="page"),
        item(15, "Idea", "Later", site=url, status="draft"),
        item(16, "To come", "Soon", site=url, slug="to-come", status="future", date="2030-01-01 10:00:00"),
        item(17, "Staff only", "Hush", site=url, slug="staff", status="private"),
        item(18, "Gone", "x", site=url, slug="gone", status="trash"),
        item(19, "Runner's knee course", "x", site=url, slug="course", sort="course"),
        item(20, "Menu", "x", site=url, slug="menu", sort="nav_menu_item"),
    )  # fmt: skip


def bring(
    ctx: Context, text: str | Path, source: str = "wordpress", dry: bool = False, media: Path | None = None
) -> Shown:
    path = text if isinstance(text, Path) else ctx.settings.data / "handed.xml"
    if isinstance(text, str):
        path.write_text(text, "utf-8")
    import_id = imports.hand_over(ctx, Handed(source, path.name), path, media)
    return imports.at_once(ctx, import_id, dry)


def states(ctx: Context, found: Shown) -> dict[str, str]:
    return {each.title: str(each.state) for each in imports.results(ctx, found.work.id)}


def article(ctx: Context, slug: str) -> Article:
    ctx.articles.refresh(force=True)
    found = ctx.articles.get(slug)
    assert found, f"no article {slug} among {[a.slug for a in ctx.articles.all()]}"
    return found


def test_a_dry_run_tells_everything_and_writes_nothing(house: Context, site: Listener) -> None:
    found = bring(house, whole_site(site.url), dry=True)
    report = found.work.report
    assert found.work.state is ImportState.READY
    assert {row["what"]: row["count"] for row in report["fates"]} == {"made": 6}
    left = {row["what"]: row["count"] for row in report["left"]}
    assert left == {"comments of visitors": 1, "entries in the trash": 1, "entries of menus": 1,
                    "entries of the type course": 1,
                    "field elementor_data": 1, "shortcode [contact]": 1}  # fmt: skip
    assert report["photos"] == 2
    assert report["authors"] == [{"what": "Sam Reed", "count": 6}]
    assert [row["what"] for row in report["categories"]] == ["Physical Therapy/Dry Needling"]
    assert not list(house.settings.posts.iterdir())
    assert site.asked == []


def test_a_whole_site_comes_over_clean(house: Context, site: Listener) -> None:
    found = bring(house, whole_site(site.url))
    assert found.work.state is ImportState.DONE
    assert found.counts == {"made": 6}
    needling = article(house, "dry-needling-points")
    assert (needling.status, needling.author, needling.tags) == (Status.PUBLISHED, "sam-reed", ("running",))
    assert needling.categories == (("Physical Therapy", "Dry Needling"),)
    assert (needling.description, needling.search_title) == ("What it is.", "Needling – facts")
    assert needling.aliases == ("/2019/06/dry-needling-points", "/2019/06/needling", "/2019/06/03/dry-needling-points")
    assert needling.image
    assert needling.image.alt == "A needle in a calf"
    assert needling.body.strip().startswith("Does this sound familiar to you?")  # the lead photo stands above it
    author = house.articles.author("sam-reed")
    assert author
    assert author.bio.startswith("When not running, biking or swimming George")
    second = article(house, "second")
    assert second.title == "Second & last"
    assert second.links == (needling.id,)
    assert library.get_asset(house, second.assets[0]).alt == "The treatment room"
    assert '"Our room")' in second.body
    assert article(house, "about-us").kind is Kind.PAGE
    assert [article(house, slug).status for slug in ("idea", "to-come", "staff")] == ["draft", "scheduled", "draft"]
    for each in house.articles.all():
        assert rendered(house, each).problems == (), each.slug
    assert house.articles.problems() == ()


def test_again_nothing_comes_twice_and_nobodys_words_are_lost(house: Context, site: Listener) -> None:
    site.files.clear()  # photos take their time, and this is about words
    bring(house, whole_site(site.url))
    files = {path: path.read_bytes() for path in house.settings.posts.rglob("*.md")}
    assert set(states(house, bring(house, whole_site(site.url))).values()) == {"unchanged"}
    assert {path: path.read_bytes() for path in house.settings.posts.rglob("*.md")} == files

    needling = article(house, "dry-needling-points")
    writer.save(house.articles, needling.slug, {"title": "Ours now"}, None, needling.content_hash)
    there = whole_site(site.url, second="Changed there.").replace("Some of you may", "A few of you may")
    again = states(house, bring(house, there))
    assert again["Second & last"] == "updated"
    assert again["The Finer Points of Dry Needling"] == "kept"
    assert article(house, "second").body.strip() == "Changed there."
    assert article(house, "dry-needling-points").title == "Ours now"
    assert "Some of you may" in article(house, "dry-needling-points").body

    idea = article(house, "idea")
    writer.delete(house.articles, "idea", idea.content_hash)
    assert states(house, bring(house, there))["Idea"] == "kept"
    house.articles.refresh(force=True)
    assert house.articles.get("idea") is None


def test_a_change_here_alone_survives_every_later_run(house: Context, site: Listener) -> None:
    site.files.clear()
    bring(house, whole_site(site.url))
    second = article(house, "second")
    writer.save(house.articles, "second", {}, "Written here.\n", second.content_hash)
    assert states(house, bring(house, whole_site(site.url)))["Second & last"] == "unchanged"
    assert states(house, bring(house, whole_site(site.url, "Written there.")))["Second & last"] == "kept"
    assert article(house, "second").body.strip() == "Written here."


def test_changes_on_both_sides_are_joined_in_the_editor(house: Context, site: Listener) -> None:
    site.files.clear()
    bring(house, whole_site(site.url, "First.\n\nSecond.\n\nThird."))
    before = article(house, "second")
    here = writer.save(house.articles, "second", {}, "First here.\n\nSecond.\n\nThird.\n", before.content_hash)
    found = bring(house, whole_site(site.url, "First.\n\nSecond.\n\nThird there."))
    assert states(house, found)["Second & last"] == "kept"
    assert both_changed.OFFERED in next(
        i.notes for i in imports.results(house, found.work.id) if i.title == "Second & last"
    )
    assert article(house, "second").body == here.body
    opened = drafts.opened(house, article(house, "second"))
    assert opened.merged and opened.merged.is_clean
    assert opened.given.body.strip() == "First here.\n\nSecond.\n\nThird there."

    again = whole_site(site.url, "First.\n\nSecond there.\n\nThird there.")
    assert states(house, bring(house, again))["Second & last"] == "kept"  # the import's own offer is renewed
    assert drafts.opened(house, here).given.body.strip() == "First here.\n\nSecond there.\n\nThird there."
    assert states(house, bring(house, again))["Second & last"] == "unchanged"  # the same change is offered once


def test_unpublished_edits_here_are_never_written_over_by_an_import(house: Context, site: Listener) -> None:
    site.files.clear()
    bring(house, whole_site(site.url, "One."))
    before = article(house, "second")
    here = writer.save(house.articles, "second", {}, "Ours.\n", before.content_hash)
    mine = replace(input_of(here, house.settings.calendar.zone), body="Being written.")
    drafts.keep(house, mine, drafts.Page(here.id, here.content_hash, tab="a"), By("admin", "Mo"))
    bring(house, whole_site(site.url, "Theirs."))
    assert drafts.opened(house, here).given.body.strip() == "Being written."
    with house.database.reading() as tx:
        kept = versions.of_article(tx, here.id)
        words = [versions.numbered(tx, here.id, one.number) for one in kept if one.kind == RevisionKind.DISCARDED]
    assert len(words) == 1
    assert words[0] is not None
    assert b"Theirs." in words[0][1]


def test_a_link_to_an_article_that_comes_later_is_no_trouble(house: Context, site: Listener) -> None:
    first = item(1, "First", '<a href="/2019/06/later/">x</a>', site=site.url, slug="first")
    text = export(site.url, first, item(2, "Later", "Here.", site=site.url, slug="later"))
    found = bring(house, text)
    assert [i.notes for i in imports.results(house, found.work.id)] == [(), ()]
    assert "[x](article:" in article(house, "first").body


def test_names_in_other_scripts_get_an_address_that_can_be_read(house: Context, site: Listener) -> None:
    text = export(site.url, item(1, "Über", "Here.", site=site.url, slug="%c3%bcber-uns"))
    bring(house, text)
    assert article(house, "uber-uns").title == "Über"


def test_a_missing_photo_leaves_a_gap_that_a_second_run_fills(house: Context, site: Listener) -> None:
    room = site.files.pop(ROOM)
    found = bring(house, whole_site(site.url))
    second = article(house, "second")
    notes = {each.title: each.notes for each in imports.results(house, found.work.id)}["Second & last"]
    assert any("room.png could not be had: the server answered 404" in note for note in notes)
    assert [p.serious for p in rendered(house, second).problems] == [True]
    site.files[ROOM] = room
    imports.start(house, found.work.id)
    while imports.work(house):
        pass
    assert rendered(house, article(house, "second")).problems == ()


def test_the_same_photo_under_two_addresses_is_one_asset(house: Context, site: Listener) -> None:
    site.files["/wp-content/uploads/copy.jpg"] = site.files[LEG]
    body = f'<img src="{LEG}" alt="One">\n\n<img src="/wp-content/uploads/copy.jpg" alt="Two">'
    bring(house, export(site.url, item(1, "Two", body, site=site.url, slug="two")))
    assert len(article(house, "two").assets) == 1
    assert rendered(house, article(house, "two")).problems == ()


def test_media_may_come_as_a_zip_so_that_the_old_site_need_not_be_there(
    house: Context, site: Listener, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "uploads.zip", "w") as archive:
        archive.writestr("backup/uploads/2013/07/needling.jpg", site.files[LEG])
        archive.writestr("backup/uploads/2019/06/room.png", site.files[ROOM])
    bring(house, whole_site("https://gone.example"), media=tmp_path / "uploads.zip")
    assert site.asked == []
    assert rendered(house, article(house, "second")).problems == ()


def test_private_addresses_are_never_fetched(tmp_path: Path, clock: StillClock, site: Listener) -> None:
    (tmp_path / "strict").mkdir()
    with furnish(tmp_path / "strict", clock=clock) as strict:
        text = export(
            "https://a.example",
            item(1, "X", f'<img src="{site.url}{LEG}" alt="x">', site="https://a.example", slug="x"),
        )
        found = bring(strict, text)
        assert any("private network" in note for note in imports.results(strict, found.work.id)[0].notes)
    assert site.asked == []


def test_what_is_no_photo_is_refused_whatever_its_name(house: Context, site: Listener) -> None:
    site.files["/wp-content/uploads/x.jpg"] = b"<html><script>alert(1)</script>"
    found = bring(
        house, export(site.url, item(1, "X", '<img src="/wp-content/uploads/x.jpg" alt="x">', site=site.url, slug="x"))
    )
    assert any("is not here yet" in note for note in imports.results(house, found.work.id)[0].notes)


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n'
    "<rss><channel><title>&b;</title></channel></rss>"
)
XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<rss><channel><title>&a;</title></channel></rss>'


@pytest.mark.parametrize("text", [BOMB, XXE, '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss/>'])
def test_document_types_and_entities_are_refused(house: Context, text: str) -> None:
    with pytest.raises(Invalid, match="defines entities or a document type"):
        bring(house, text)
    assert not list(house.settings.posts.iterdir())


def test_broken_xml_is_named_by_its_line_and_nothing_is_half_saved(house: Context, site: Listener) -> None:
    text = whole_site(site.url)
    with pytest.raises(Invalid, match=r"broken at line \d{3,}"):
        bring(house, text[: len(text) * 3 // 4])
    assert not list(house.settings.posts.iterdir())
    with pytest.raises(Invalid, match="not an export of WordPress"):
        bring(house, "<html><body/></html>")


def test_signs_that_xml_forbids_do_not_stop_an_old_export(house: Context, site: Listener) -> None:
    bring(house, export(site.url, item(1, "Bell", "Ring\x07 it\x0b", site=site.url, slug="bell")))
    assert article(house, "bell").body.strip() == "Ring it"


def hostile_zip(path: Path, name: str, mode: int = 0, data: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
    return path


@pytest.mark.parametrize(
    ("name", "mode", "data", "reason"),
    [
        ("../../evil.md", 0, b"x", "leads out"),
        ("/etc/evil.md", 0, b"x", "leads out"),
        ("..\\evil.md", 0, b"x", "leads out"),
        ("link.md", stat.S_IFLNK | 0o777, b"/etc/passwd", "a link"),
        ("bomb.md", 0, b"\0" * 50_000_000, "as only bombs are"),
    ],
)
def test_zips_that_do_harm_are_refused(
    house: Context, tmp_path: Path, name: str, mode: int, data: bytes, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        bring(house, hostile_zip(tmp_path / "x.zip", name, mode, data), "folder")
    assert not list(house.settings.posts.iterdir())


def test_links_in_a_folder_are_not_followed(house: Context, tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (folder / "a.md").symlink_to(tmp_path / "secret.md")
    (folder / "b.md").write_text("---\ntitle: B\n---\n\nWords.\n")
    assert bring(house, folder, "folder").counts == {"made": 1}
    assert article(house, "b").status is Status.PUBLISHED


def test_authors_become_names_and_never_users(house: Context, site: Listener) -> None:
    site.files.clear()
    bring(house, whole_site(site.url))
    with house.database.reading() as tx:
        from scheduler.storage import users

        assert users.count(tx) == 0


def test_jekyll_hugo_and_plain_files(house: Context, tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    files = {
        "_posts/2020-05-04-strong-hips.md": "---\nlayout: post\ntitle: Strong hips\ncategories: Running\n"
        "tags: [hips, knees]\n"
        "redirect_from: /old/hips/\nimage: /images/hips.png\n---\n![Hips](/images/hips.png)\n\n"
        "See [plain](../plain.md).\n",
        "_drafts/later.md": "---\ntitle: Later\n---\nSoon.\n",
        "content/blog/ankles/index.md": '+++\ntitle = "Ankles"\ndate = 2021-02-03T08:00:00-05:00\ndraft = false\n'
        'aliases = ["/ankles/"]\n[taxonomies]\ntags = ["ankles"]\n+++\n\nText with ![Foot](foot.png "A foot").\n',
        "plain.md": "# A plain file\n\nNothing but text.\n",
        "README.md": "# not an article",
        "about.md": "---\nlayout: page\ntitle: About\npermalink: /about/\n---\nWe.\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    for name, size in (("images/hips.png", 60), ("content/blog/ankles/foot.png", 70)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(encoded(photo(size, size), "PNG"))
    found = bring(house, folder, "folder")
    assert found.counts == {"made": 5}
    hips, ankles, plain = (article(house, slug) for slug in ("strong-hips", "ankles", "plain"))
    assert (hips.categories, hips.tags, hips.aliases) == ((("Running",),), ("hips", "knees"), ("/old/hips",))
    assert hips.image
    assert hips.links == (plain.id,)
    assert ankles.tags == ("ankles",)
    assert '"A foot")' in ankles.body
    assert (plain.title, plain.body.strip()) == ("A plain file", "Nothing but text.")
    assert article(house, "later").status is Status.DRAFT
    assert article(house, "about").kind is Kind.PAGE
    for each in house.articles.all():
        assert rendered(house, each).problems == (), each.slug
    assert bring(house, folder, "folder").counts == {"unchanged": 5}


def ghost_export(**post: object) -> dict[str, object]:
    base = {"id": "g1", "title": "Knees", "slug": "knees", "status": "published", "type": "post",
            "visibility": "public",
            "published_at": "2023-01-02T10:00:00.000Z", "html": None}  # fmt: skip
    data = {
        "posts": [{**base, **post}],
        "tags": [{"id": "t1", "name": "Running"}, {"id": "t2", "name": "#internal"}],
        "posts_tags": [{"post_id": "g1", "tag_id": "t1"}, {"post_id": "g1", "tag_id": "t2"}],
        "users": [{"id": "u1", "name": "Ada Bell", "slug": "ada", "bio": "Runs."}],
        "posts_authors": [{"post_id": "g1", "author_id": "u1"}],
        "posts_meta": [{"post_id": "g1", "meta_title": "Knees that hold", "meta_description": "About knees."}],
        "members": [{"name": "A member"}],
    }
    return {"db": [{"meta": {"version": "5.80.0"}, "data": data}]}


LEXICAL = {"root": {"type": "root", "children": [
    {"type": "extended-heading", "tag": "h2", "children": [{"type": "extended-text", "text": "Why"}]},
    {"type": "paragraph", "children": [{"type": "extended-text", "text": "Be ", "format": 0},
                                       {"type": "extended-text", "text": "strong", "format": 1}]},
    {"type": "list", "listType": "number", "children": [
        {"type": "listitem", "children": [{"type": "text", "text": "One"}]}]},
    {"type": "embed", "url": "https://youtu.be/abcdefghijk"}]}}  # fmt: skip
MOBILEDOC = {"version": "0.3.1", "atoms": [], "markups": [["strong"]], "cards": [["hr", {}], ["embed", {"url": "https://youtu.be/abcdefghijk"}]],
             "sections": [[1, "h2", [[0, [], 0, "Why"]]], [1, "p", [[0, [], 0, "Be "], [0, [0], 1, "strong"]]],
                          [3, "ol", [[[0, [], 0, "One"]]]], [10, 1]]}  # fmt: skip
GHOST_HTML = "<h2>Why</h2><p>Be <strong>strong</strong></p><ol><li>One</li></ol><p>https://youtu.be/abcdefghijk</p>"


@pytest.mark.parametrize(
    "kept", [{"html": GHOST_HTML}, {"lexical": json.dumps(LEXICAL)}, {"mobiledoc": json.dumps(MOBILEDOC)}]
)
def test_ghost_keeps_its_texts_in_three_ways(house: Context, tmp_path: Path, kept: dict[str, object]) -> None:
    (tmp_path / "ghost.json").write_text(json.dumps(ghost_export(**kept)))
    found = bring(house, tmp_path / "ghost.json", "ghost")
    knees = article(house, "knees")
    embed = "```embed\nurl: https://www.youtube.com/watch?v=abcdefghijk\n```"
    assert knees.body.strip() == f"## Why\n\nBe **strong**\n\n1. One\n\n{embed}"
    assert (knees.tags, knees.search_title, knees.description) == (("Running",), "Knees that hold", "About knees.")
    assert house.articles.author("ada-bell")
    assert {row["what"] for row in found.work.report["left"]} == {"members", "internal tags"}


def test_a_broken_ghost_file_is_named_by_its_line(house: Context, tmp_path: Path) -> None:
    (tmp_path / "ghost.json").write_text('{"db": [\n{"data": {"posts": [,]}}]}')
    with pytest.raises(Invalid, match="broken at line 2"):
        bring(house, tmp_path / "ghost.json", "ghost")
    for nothing in ("[]", "{}", '{"db": []}', "[" * 100_000):
        (tmp_path / "ghost.json").write_text(nothing)
        with pytest.raises(Invalid):
            bring(house, tmp_path / "ghost.json", "ghost")


def test_an_export_of_many_articles_is_read_in_little_memory(house: Context, tmp_path: Path) -> None:
    import tracemalloc

    from scheduler.services.moving.wxr_stream import entries

    big = tmp_path / "big.xml"
    with big.open("w") as file:
        head, foot = export("https://a.example").split("</channel>")
        file.write(head)
        for number in range(40):
            file.write(item(number + 1, f"T{number}", "word " * 100_000, site="https://a.example", slug=f"t{number}"))
        file.write("</channel>" + foot)
    tracemalloc.start()
    assert sum(1 for entry in entries(big) if entry.name == "item") == 40
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < big.stat().st_size / 4


def test_stopping_and_going_on(house: Context, site: Listener) -> None:
    site.files.clear()
    path = house.settings.data / "x.xml"
    path.write_text(whole_site(site.url))
    import_id = imports.hand_over(house, Handed("wordpress", "x.xml"), path)
    assert imports.work(house)
    imports.start(house, import_id)
    imports.work(house, seconds=-1)  # time is up before the first article
    imports.stop(house, import_id)
    assert not imports.work(house)
    assert imports.shown(house, import_id).counts == {ItemState.WAITING: 6}
    imports.start(house, import_id)
    while imports.work(house):
        pass
    assert imports.shown(house, import_id).work.state is ImportState.DONE
    imports.forget(house, import_id)
    assert article(house, "second")
