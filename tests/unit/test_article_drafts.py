"""Unpublished edits beside the article: kept whole, apart from what visitors see, and never over another's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.content import drafts, writer
from scheduler.content.drafts import Draft, DraftConflict, Note
from scheduler.content.library import ArticleLibrary
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound

TEXT = "---\ntitle: Knee  # mine\nlayout: wide\n---\n\nNew words\n"


@pytest.fixture(params=["folder", "file"])
def library(tmp_path: Path, request: pytest.FixtureRequest) -> ArticleLibrary:
    library = ArticleLibrary(tmp_path / "posts", SystemClock())
    if request.param == "folder":
        writer.create(library, {"title": "Knee", "slug": "knee", "status": "published"}, "Text\n")
    else:
        library.root.mkdir()
        (library.root / "knee.md").write_text("---\ntitle: Knee\nstatus: published\n---\n\nText\n")
        library.refresh(force=True)
    return library


def article(library: ArticleLibrary, slug: str = "knee") -> Article:
    found = library.get(slug)
    assert found is not None
    return found


def save(library: ArticleLibrary, text: str = TEXT, known: str = "", tab: str = "a", turn: int = 1) -> Draft:
    note = Note(article(library).content_hash, tab, turn, "Anna")
    return drafts.save(library, "knee", text, note, known)


def draft_file(library: ArticleLibrary) -> Path:
    path = library.path("knee")
    assert path is not None
    return writer.draft_path(path)


def test_a_draft_gives_back_its_words_and_leaves_the_article_alone(library: ArticleLibrary) -> None:
    path = library.path("knee")
    assert path is not None and drafts.read(library, "knee") is None and not drafts.exists(library, "knee")
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    made = save(library)
    assert made.text == TEXT and made.note.by == "Anna" and made.note.base == article(library).content_hash
    assert drafts.read(library, "knee") == made and drafts.exists(library, "knee")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    library.refresh(force=True)
    assert [found.slug for found in library.all()] == ["knee"] and library.problems() == ()


def test_another_page_does_not_write_over_it(library: ArticleLibrary) -> None:
    first = save(library)
    with pytest.raises(DraftConflict) as conflict:
        save(library, TEXT.replace("New", "Other"), tab="b")
    assert conflict.value.theirs == first and "Anna" in str(conflict.value)
    second = save(library, TEXT.replace("New", "Other"), known=first.hash, tab="b")
    assert "Other words" in second.text


def test_a_page_whose_answer_was_lost_goes_on_and_a_late_save_does_not_undo_a_newer(library: ArticleLibrary) -> None:
    save(library, turn=1)
    second = save(library, TEXT.replace("New", "Newer"), known="", turn=2)
    assert "Newer words" in second.text
    assert save(library, known="", turn=1) == second


def test_a_draft_goes_when_it_is_the_one_meant(library: ArticleLibrary) -> None:
    made = save(library)
    with pytest.raises(DraftConflict):
        drafts.discard(library, "knee", "another")
    assert drafts.discard(library, "knee", made.hash) == made
    assert drafts.discard(library, "knee", made.hash) is None
    save(library)
    assert drafts.discard(library, "knee", "", tab="a") is not None
    assert not drafts.exists(library, "knee")


def test_an_unfinished_draft_is_kept_and_a_broken_one_is_not_touched(library: ArticleLibrary) -> None:
    unfinished = save(library, "---\ndate: 2026-11-24T\ncategories: [a//]\n---\n\nWords")
    assert unfinished.text.endswith("Words")
    draft_file(library).write_text("no article at all")
    with pytest.raises(Broken):
        save(library, known=unfinished.hash)
    data = drafts.raw(library, "knee")
    assert (
        data == b"no article at all"
        and not drafts.discard_broken(library, "knee", b"older")
        and draft_file(library).exists()
    )
    assert drafts.discard_broken(library, "knee", data)
    with pytest.raises(Broken, match="larger"):
        save(library, TEXT + "x" * 1024 * 1024)
    assert not drafts.exists(library, "knee")


def test_a_draft_moves_and_goes_with_its_article(library: ArticleLibrary) -> None:
    save(library)
    moved = writer.save(library, "knee", {"slug": "hip"}, None, article(library).content_hash)
    found = drafts.read(library, "hip")
    assert found is not None and found.text == TEXT
    writer.delete(library, "hip", moved.content_hash)
    kept = [path for path in (library.root / ".trash").rglob("*") if path.name.endswith("draft.md")]
    assert len(kept) == 1 and "New words" in kept[0].read_text()
    with pytest.raises(NotFound):
        drafts.save(library, "hip", TEXT, Note(""), "")


def test_the_whole_text_of_an_article_can_move_it(library: ArticleLibrary) -> None:
    before = article(library)
    moved = writer.replace(library, "knee", f"---\nid: {before.id}\ntitle: Hip\nslug: hip\n---\nx", before.content_hash)
    assert (moved.slug, moved.aliases) == ("hip", ("/blog/knee",)) and library.get("knee") is None


def test_a_name_for_the_time_being_leaves_no_old_address(tmp_path: Path) -> None:
    library = ArticleLibrary(tmp_path / "posts", SystemClock())
    made = writer.create(library, {"title": "Knee", "slug": "untitled-2", "status": "draft"}, "Text\n")
    assert writer.save(library, "untitled-2", {"slug": "knee"}, None, made.content_hash).aliases == ()
