"""Words on their way: kept while typed, joined with what others changed, and every version on record."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.content import drafts as files
from scheduler.content.drafts import DraftConflict
from scheduler.content.library import ArticleLibrary
from scheduler.content.writer import EditConflict
from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.domain.revision import By, Origin, Revision, RevisionKind
from scheduler.services.context import Context
from scheduler.services.editorial import articles, drafts, merging, revisions, saving
from scheduler.services.editorial.article_input import ArticleInput, input_of
from scheduler.services.editorial.drafts import Kept, Page
from scheduler.storage import revisions as stored
from scheduler.storage.engine import DatabaseError, open_database
from scheduler.web.upkeep import Upkeep
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.posts import write_article

ANNA, BEN = By(Origin.ADMIN, "Anna"), By(Origin.ADMIN, "Ben")
BODY = "One.\n\nTwo.\n\nThree."


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    with furnish(tmp_path, clock=clock) as context:
        yield context


def article(ctx: Context, slug: str = "knee") -> Article:
    return articles.existing(ctx, slug)


def given(ctx: Context, which: str = "knee", /, **values: object) -> ArticleInput:
    return replace(input_of(article(ctx, which), "America/New_York"), **values)  # type: ignore[arg-type]


def page(ctx: Context, slug: str = "knee", tab: str = "a", turn: int = 1, draft_hash: str = "") -> Page:
    found = article(ctx, slug)
    return Page(found.id, found.content_hash, draft_hash, tab, turn)


def kept(found: Kept | None) -> Kept:
    assert found is not None
    return found


def listed(ctx: Context, slug: str = "knee") -> list[Revision]:
    return revisions.listed(ctx, article(ctx, slug))


def file_of(ctx: Context, slug: str = "knee") -> Path:
    path = ctx.articles.path(slug)
    assert path is not None
    return path


def outside(ctx: Context, old: str, new: str, slug: str = "knee") -> None:
    path = file_of(ctx, slug)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    ctx.articles.refresh(force=True)


def test_typing_never_touches_what_visitors_see(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY, layout="wide")
    before = file_of(ctx).read_bytes()
    found = kept(drafts.keep(ctx, given(ctx, body="New words", title="", date="2026-13-45T"), page(ctx), ANNA))
    assert file_of(ctx).read_bytes() == before and found.draft_hash
    shown = drafts.opened(ctx, article(ctx))
    assert shown.unpublished and shown.draft and shown.draft.note.by == "Anna" and "layout: wide" in shown.draft.text
    assert (shown.given.body, shown.given.title, shown.given.date) == ("New words", "", "2026-13-45T")


@pytest.mark.parametrize(
    "value",
    [
        {"title": "", "canonical": "nowhere", "lang": "!!"},
        {"categories": ("a//b", "ok"), "tags": ("one",)},
        {"date": "2026-11-24T"},
        {"slug": "No Good"},
        {"image": "knee", "alt": "A: 'knee'", "caption": "#1"},
        {"search_title": "yes", "series": "12", "description": "- x"},
        {"body": "---\ntitle: no\n---\n"},
    ],
)
def test_what_is_not_right_yet_comes_back_as_it_was_typed(ctx: Context, value: dict[str, object]) -> None:
    write_article(ctx, "knee", body=BODY)
    drafts.keep(ctx, given(ctx, **value), page(ctx), ANNA)
    shown = drafts.opened(ctx, article(ctx)).given
    for name, typed in value.items():
        wanted = typed.lower() if name == "slug" and isinstance(typed, str) else typed
        assert getattr(shown, name) == (wanted.strip("\n") if isinstance(wanted, str) else wanted)


def test_the_first_words_make_the_article_once_and_saving_names_it(ctx: Context) -> None:
    new = Page("01M4QZNEWARTICLE0000000001", tab="a", turn=1)
    assert drafts.keep(ctx, ArticleInput(), new, ANNA) is None
    first = kept(drafts.keep(ctx, ArticleInput(title="Kn", body="W"), new, ANNA))
    again = kept(drafts.keep(ctx, ArticleInput(title="Knee pain", body="Words"), replace(new, turn=2), ANNA))
    assert first.article.slug == again.article.slug == "untitled" and len(ctx.articles.all()) == 1
    assert drafts.shown_title(ctx, again.article) == "Knee pain"
    opened = drafts.opened(ctx, again.article)
    assert (opened.given.title, opened.given.body) == ("Knee pain", "Words")
    at = Page(new.article_id, again.base_hash, again.draft_hash, "a", 3)
    saved = saving.save(ctx, "untitled", opened.given, at, ANNA).article
    assert (saved.slug, saved.aliases, saved.id) == ("knee-pain", (), new.article_id)
    assert not drafts.has_draft(ctx, saved) and drafts.keep(ctx, ArticleInput(body="x"), Page("other"), ANNA)


def test_a_draft_that_says_the_same_as_the_article_is_none(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    first = kept(drafts.keep(ctx, given(ctx, body="x"), page(ctx), ANNA))
    assert first.draft_hash and drafts.has_draft(ctx, article(ctx))
    assert kept(drafts.keep(ctx, given(ctx), page(ctx, turn=2), ANNA)).draft_hash == ""
    assert not drafts.has_draft(ctx, article(ctx))


def test_two_pages_do_not_write_over_each_other(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    drafts.keep(ctx, given(ctx, body="Anna's"), page(ctx, tab="a"), ANNA)
    with pytest.raises(DraftConflict, match="Anna"):
        drafts.keep(ctx, given(ctx, body="Ben's"), page(ctx, tab="b"), BEN)
    assert drafts.opened(ctx, article(ctx)).given.body == "Anna's"


def test_an_article_that_was_deleted_takes_no_more_words(ctx: Context) -> None:
    write_article(ctx, "knee")
    at, words = page(ctx), given(ctx, body="x")
    articles.delete(ctx, "knee", at.base_hash)
    with pytest.raises(NotFound, match="deleted"):
        drafts.keep(ctx, words, at, ANNA)


def test_discarding_is_a_version_that_comes_back(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    made = kept(drafts.keep(ctx, given(ctx, body="Thrown away"), page(ctx), ANNA))
    assert drafts.discard(ctx, article(ctx), made.draft_hash, ANNA)
    assert not drafts.discard(ctx, article(ctx), "", ANNA)
    newest = listed(ctx)[0]
    assert (newest.kind, newest.name) == (RevisionKind.DISCARDED, "Anna")
    drafts.restore(ctx, article(ctx), newest.number, ANNA, public=True)
    assert drafts.opened(ctx, article(ctx)).given.body == "Thrown away"


def test_a_broken_draft_is_told_not_touched_and_can_be_thrown_away(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    file_of(ctx).with_name("draft.md").write_text("My precious words")
    shown = drafts.opened(ctx, article(ctx))
    assert "line 1" in shown.trouble and shown.given.body == BODY
    with pytest.raises(Invalid):
        drafts.keep(ctx, given(ctx, body="x"), page(ctx), ANNA)
    assert drafts.discard(ctx, article(ctx), "", ANNA)
    assert revisions.version(ctx, article(ctx), listed(ctx)[0].number)[1] == b"My precious words"


def test_changes_in_different_places_are_joined(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY, tags=["a", "b"])
    at, mine = page(ctx), given(ctx, body=BODY.replace("One", "Mine"), tags=("a", "b", "mine"))
    drafts.opened(ctx, article(ctx))
    theirs = given(ctx, body=BODY.replace("Three", "Theirs"), title="Their title", tags=("b",))
    articles.change(ctx, "knee", theirs, at.base_hash, BEN)
    saved = saving.save(ctx, "knee", mine, at, ANNA)
    assert saved.joined == "Ben" and saved.article.title == "Their title" and saved.article.tags == ("b", "mine")
    assert saved.article.body.strip() == "Mine.\n\nTwo.\n\nTheirs."
    assert [r.name for r in listed(ctx)] == ["Anna", "Ben", "another program"]


def test_what_both_changed_is_for_a_person_and_nothing_is_lost(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    at, mine = page(ctx), given(ctx, body=BODY.replace("Two", "Mine"), title="My title")
    drafts.opened(ctx, article(ctx))
    outside(ctx, "Two.", "Theirs.")
    outside(ctx, "title: Knee", "title: Their title")
    with pytest.raises(saving.Unmerged) as conflict:
        saving.save(ctx, "knee", mine, at, ANNA)
    merged = conflict.value.merged
    assert merged and [(c.name, c.mine, c.theirs) for c in merged.fields] == [("title", "My title", "Their title")]
    assert [(p.mine, p.theirs) for p in merged.pieces if p.conflict] == [(("Mine.",), ("Theirs.",))]
    saved = saving.save(ctx, "knee", mine, replace(at, base_hash=conflict.value.base_hash), ANNA)
    assert saved.article.title == "My title"
    words = [revisions.version(ctx, article(ctx), r.number)[1].decode() for r in listed(ctx)]
    assert any("Theirs." in text for text in words) and any("Two." in text for text in words)


def test_a_file_that_cannot_be_read_is_on_record_before_it_is_written_over(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    at, mine = page(ctx), given(ctx, body="Mine")
    outside(ctx, "title: Knee", "title: broken: words of somebody")
    with pytest.raises(saving.Unmerged) as conflict:
        saving.save(ctx, "knee", mine, at, ANNA)
    assert conflict.value.merged is None and "words of somebody" in conflict.value.theirs_text
    assert any(b"words of somebody" in revisions.version(ctx, article(ctx), r.number)[1] for r in listed(ctx))


def test_a_draft_is_brought_up_to_date_when_the_article_changed(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    drafts.keep(ctx, given(ctx, body=BODY.replace("One", "Mine")), page(ctx), ANNA)
    outside(ctx, "Three.", "Theirs.")
    shown = drafts.opened(ctx, article(ctx))
    assert shown.merged and shown.merged.is_clean and shown.given.body == "Mine.\n\nTwo.\n\nTheirs."
    outside(ctx, "One.", "Theirs too.")
    shown = drafts.opened(ctx, article(ctx))
    assert shown.merged and not shown.merged.is_clean
    outside(ctx, "Theirs too.\n\nTwo.\n\nTheirs.", "Mine.\n\nTwo.\n\nThree.")  # published by a process that then died
    assert not drafts.opened(ctx, article(ctx)).unpublished


def test_keys_written_into_the_draft_by_hand_reach_the_article(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY, layout="narrow")
    drafts.keep(ctx, given(ctx, body="New"), page(ctx), ANNA)
    draft = file_of(ctx).with_name("draft.md")
    draft.write_text(draft.read_text().replace("layout: narrow", "layout: wide\nmood: calm"))
    shown = drafts.opened(ctx, article(ctx))
    assert shown.draft
    saving.save(ctx, "knee", shown.given, page(ctx, draft_hash=shown.draft.hash), ANNA)
    text = file_of(ctx).read_text()
    assert "layout: wide" in text and "mood: calm" in text and "unpublished" not in text and not draft.exists()


def test_anothers_draft_stays_when_mine_is_saved(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    at, mine = page(ctx, tab="b"), given(ctx, body=BODY.replace("One", "Ben's"))
    drafts.keep(ctx, given(ctx, body=BODY.replace("Three", "Anna's")), page(ctx, tab="a"), ANNA)
    saving.save(ctx, "knee", mine, at, BEN)
    assert drafts.opened(ctx, article(ctx)).given.body == "Ben's.\n\nTwo.\n\nAnna's."


def test_versions_are_recorded_by_whoever_made_them_and_outside_ones_once(ctx: Context, clock: StillClock) -> None:
    made = articles.create(ctx, ArticleInput(title="Knee", body="Text"), ANNA)
    assert revisions.note_outside(ctx) == 0
    outside(ctx, "Text", "Text from git", made.slug)
    assert revisions.note_outside(ctx) == 1 and revisions.note_outside(ctx) == 0
    articles.change(ctx, "knee", given(ctx, title="Hip"), article(ctx).content_hash)
    assert [(r.kind, r.name, r.change) for r in listed(ctx)] == [
        ("saved", "the API", "Title"),
        ("outside", "another program", "2 words in"),
        ("saved", "Anna", "The first version on record"),
    ]
    published = replace(given(ctx), status="published")
    articles.change(ctx, "knee", published, article(ctx).content_hash, BEN)
    assert (listed(ctx)[0].kind, listed(ctx)[0].name) == (RevisionKind.PUBLISHED, "Ben")
    unchanged = articles.change(ctx, "knee", given(ctx), article(ctx).content_hash, ANNA)
    assert unchanged.status == "published" and listed(ctx)[0].name == "Ben"


def test_the_web_process_records_what_was_written_elsewhere(ctx: Context, clock: StillClock) -> None:
    for slug in ("knee", "hip"):
        write_article(ctx, slug, body=BODY)
    upkeep = Upkeep(ctx)
    upkeep.look()
    path = file_of(ctx)
    path.write_text(path.read_text().replace("Two.", "Two, by git."))
    clock.move(seconds=3)
    upkeep.look()
    with ctx.database.reading() as tx:
        counts = {slug: len(stored.of_article(tx, article(ctx, slug).id)) for slug in ("knee", "hip")}
    assert counts == {"knee": 2, "hip": 1}


def test_words_of_many_new_articles_at_one_moment_each_get_a_place(ctx: Context) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: drafts.keep(ctx, ArticleInput(body=f"w{n}"), Page(f"ID{n}"), ANNA), range(4)))
    assert len({kept(found).article.slug for found in made}) == len(ctx.articles.all()) == 4


def test_restoring_keeps_the_address_the_status_and_the_present_words(ctx: Context) -> None:
    made = articles.create(ctx, ArticleInput(title="Knee", body="First", status="published"), ANNA)
    saved = articles.change(
        ctx, "knee", given(ctx, slug="hip", status="draft", body="Second", date=""), made.content_hash, ANNA
    )
    drafts.restore(ctx, saved, 1, BEN, public=False)
    now = article(ctx, "hip")
    assert (now.body.strip(), now.status, now.slug, now.aliases) == ("First", "draft", "hip", saved.aliases)
    assert now.date_at == saved.date_at and listed(ctx, "hip")[0].name == "Ben"
    assert b"Second" in revisions.version(ctx, now, 2)[1]
    with pytest.raises(NotFound):
        drafts.restore(ctx, now, 99, BEN, public=False)


def test_the_choices_of_a_form_make_the_text() -> None:
    pieces = {"piece-0": merging.written(("One.", "")), "piece-2": "", "piece-10": merging.written(("", "End"))}
    assert merging.chosen({**pieces, "piece-1": "=both\r\nmore", "piece-x": "no"}) == "One.\n\nboth\nmore\n\nEnd"


def test_without_a_common_beginning_everything_different_is_shown() -> None:
    merged = merging.merge(None, ArticleInput(body="a\nb", title="A"), ArticleInput(body="a\nc", title="B"))
    assert not merged.is_clean and [c.name for c in merged.fields] == ["title"]
    assert [(p.lines, p.mine, p.theirs) for p in merged.pieces] == [(("a",), (), ()), ((), ("b",), ("c",))]
    long = "x\n" * 5000
    whole = merging.merge(ArticleInput(body="old"), ArticleInput(body=long), ArticleInput(body="theirs"))
    assert [p.conflict for p in whole.pieces] == [True]
    assert merging.merge(ArticleInput(body="old"), ArticleInput(body=long), ArticleInput(body="old")).is_clean


def test_what_changed_is_told_in_a_line() -> None:
    one = b"---\ntitle: A\ntags: [x]\n---\n\none two\n"
    for two, said in (
        (one.replace(b"two", b"three four"), "2 words in, 1 word out"),
        (one.replace(b"one two", b"two one"), "The text in another order"),
        (one.replace(b"title: A", b"title: B"), "Title"),
        (one.replace(b"title: A", b"title:  A"), "Layout only"),
        (b"broken", "A file that cannot be read as an article"),
    ):
        assert revisions.change_line(one, two) == said
    assert revisions.change_line(b"broken", one) == "It can be read again"
    many = b"---\ntitle: B\nauthor: x\nseries: y\nlang: de\nnoindex: true\n---\n\none\n"
    assert revisions.change_line(one, many) == "1 word out; Title, Tags, Author, 3 more"


def test_a_draft_file_is_the_articles_own(ctx: Context) -> None:
    write_article(ctx, "knee", body=BODY)
    drafts.keep(ctx, given(ctx, body="x"), page(ctx), ANNA)
    found = files.read(ctx.articles, "knee")
    assert found and found.note.base == article(ctx).content_hash and ctx.articles.problems() == ()


def test_a_far_date_is_kept_as_it_was_typed(ctx: Context) -> None:
    write_article(ctx, "knee")
    far = given(ctx, title="Far", date="9999-12-31T23:59")
    kept(drafts.keep(ctx, far, page(ctx), ANNA))
    assert drafts.opened(ctx, article(ctx)).given == far


def test_a_page_without_changes_leaves_a_broken_draft_alone(ctx: Context) -> None:
    write_article(ctx, "knee")
    broken = ctx.articles.root / "knee" / "draft.md"
    broken.write_bytes(b"\xff")
    assert kept(drafts.keep(ctx, given(ctx), page(ctx), ANNA)).draft_hash == ""
    assert broken.read_bytes() == b"\xff"


def test_a_broken_draft_is_on_record_before_it_goes(ctx: Context) -> None:
    write_article(ctx, "knee")
    found = article(ctx)
    broken = ctx.articles.root / "knee" / "draft.md"
    broken.write_bytes(b"\xff")
    away = replace(ctx, database=open_database("sqlite:////nowhere/at/all.db"))
    with pytest.raises(DatabaseError):
        drafts.discard(away, found, "", ANNA)
    assert broken.read_bytes() == b"\xff"


def test_a_draft_that_somebody_wrote_meanwhile_is_no_version(ctx: Context) -> None:
    write_article(ctx, "knee")
    kept(drafts.keep(ctx, given(ctx, title="Mine"), page(ctx), ANNA))
    before = listed(ctx)
    with pytest.raises(DraftConflict):
        drafts.discard(ctx, article(ctx), "another", BEN)
    assert listed(ctx) == before


def test_restoring_keeps_the_kind_for_it_is_part_of_the_address(ctx: Context) -> None:
    write_article(ctx, "knee", status="archived", kind="page")
    first = article(ctx)
    revisions.ensure(ctx, first)
    articles.change(ctx, "knee", given(ctx, kind="article"), first.content_hash, ANNA)
    drafts.restore(ctx, article(ctx), 1, BEN, public=False)
    assert article(ctx).kind == "article" and article(ctx).aliases == ("/knee",)


def test_a_restoration_that_comes_too_late_leaves_the_draft(ctx: Context) -> None:
    write_article(ctx, "knee", status="draft")
    stale = article(ctx)
    revisions.ensure(ctx, stale)
    kept(drafts.keep(ctx, given(ctx, title="Typed"), page(ctx), ANNA))
    write_article(ctx, "knee", status="draft", title="Changed with another program")
    with pytest.raises(EditConflict):
        drafts.restore(ctx, stale, 1, BEN, public=False)
    assert drafts.has_draft(ctx, article(ctx))


def elsewhere(ctx: Context) -> Context:
    """Return another process of the same house, which has looked at the posts a moment ago."""
    other = replace(ctx, articles=ArticleLibrary(ctx.articles.root, ctx.clock))
    other.articles.refresh(force=True)
    other.articles.watched = True
    return other


def test_another_process_takes_the_words_of_an_article_that_was_made_a_moment_ago(ctx: Context) -> None:
    other = elsewhere(ctx)
    first = kept(drafts.keep(ctx, ArticleInput(title="New", body="One."), Page("id1", tab="a", turn=1), ANNA))
    second = Page("id1", first.base_hash, first.draft_hash, "a", 2)
    assert kept(drafts.keep(other, ArticleInput(title="New", body="One. Two."), second, ANNA)).draft_hash
    assert len(list(ctx.articles.root.glob("untitled*"))) == 1


def test_an_article_is_made_once_however_many_processes_make_it(ctx: Context) -> None:
    other = elsewhere(ctx)
    articles.create(ctx, ArticleInput(title="New"), ANNA, "id1")
    with pytest.raises(Conflict, match="another window"):
        articles.create(other, ArticleInput(title="Newer"), ANNA, "id1")
    assert articles.create_unnamed(other, "New", "id1").slug == "new"
    assert [path.name for path in ctx.articles.root.iterdir() if not path.name.startswith(("_", "."))] == ["new"]


def test_another_process_finds_an_article_that_was_renamed_a_moment_ago(ctx: Context) -> None:
    write_article(ctx, "knee", status="draft")
    saving_one, keeping_one, opened_on = elsewhere(ctx), elsewhere(ctx), page(ctx)
    articles.change(ctx, "knee", given(ctx, slug="hip"), opened_on.base_hash, ANNA)
    assert drafts.find(saving_one, "knee", opened_on.article_id).slug == "hip"
    typed = ArticleInput(title="Knee", body="New words.", zone="America/New_York")
    assert kept(drafts.keep(keeping_one, typed, opened_on, BEN)).article.slug == "hip"
