"""What was read is kept for the next start; it may be damaged in any way, and nobody notices."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from scheduler.content import library as libraries
from scheduler.content import shelf, shelf_index
from scheduler.content.library import ArticleLibrary
from scheduler.content.shelved import ShelvedArticle, shelved
from tests.support.clock import StillClock
from tests.unit.test_article_library import write


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files that are read."""
    seen: list[str] = []
    real = shelf.read_bytes

    def noted(path: str | Path, most: int = -1) -> bytes:
        seen.append(str(path))
        return real(path, most)

    monkeypatch.setattr(shelf, "read_bytes", noted)
    monkeypatch.setattr(libraries, "WORTH_KEEPING", 1)
    return seen


def opened(root: Path) -> ArticleLibrary:
    library = ArticleLibrary(root / "posts", StillClock(), root / "articles.index")
    library.refresh()
    return library


def three(root: Path) -> None:
    for slug in ("one", "two", "three"):
        file = write(root / "posts", slug, more="categories: [Care/Knee]\ntags: [a, b]\nimage: {asset: p}\n")
        os.utime(file, (1_600_000_000, 1_600_000_000))


def test_the_next_start_reads_only_what_has_changed(tmp_path: Path, reads: list[str]) -> None:
    three(tmp_path)
    first = opened(tmp_path)
    assert len(reads) == 3
    write(tmp_path / "posts", "two", title="Another")
    (tmp_path / "posts" / "three" / "index.md").unlink()
    again = opened(tmp_path)
    assert len(reads) == 4 and [a.slug for a in again.all()] == ["one", "two"]
    assert again.get("one") == first.get("one")
    two = again.get("two")
    assert two and two.title == "Another" and two.body == "\nText\n"


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"cos\nsystem\n(S'true'\ntR.", None])
def test_a_damaged_index_counts_as_none(tmp_path: Path, reads: list[str], damage: bytes | None) -> None:
    three(tmp_path)
    opened(tmp_path)
    index = tmp_path / "articles.index"
    index.write_bytes(index.read_bytes()[:-9] if damage is None else damage)
    assert len(opened(tmp_path).all()) == 3 and len(reads) == 6
    assert len(opened(tmp_path).all()) == 3 and len(reads) == 6  # it was written anew


def test_an_index_of_another_version_or_folder_counts_as_none(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    three(tmp_path)
    opened(tmp_path)
    other = tmp_path / "other"
    three(other)
    (tmp_path / "articles.index").rename(other / "articles.index")
    assert [a.slug for a in opened(other).all()] == ["one", "three", "two"] and len(reads) == 6
    monkeypatch.setattr(shelf_index, "_code", lambda: b"a later version")
    assert len(opened(other).all()) == 3 and len(reads) == 9


def test_nothing_but_our_records_comes_out_of_it(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path}/done",)

    content = pickle.dumps([Evil()])
    index, digest = tmp_path / "articles.index", shelf_index._begun("posts")
    digest.update(content)
    index.write_bytes(digest.digest() + content)
    assert shelf_index.load(index, "posts") == {}
    assert not (tmp_path / "done").exists()


def test_a_faulty_file_is_read_again_so_that_its_problems_are_known(tmp_path: Path, reads: list[str]) -> None:
    three(tmp_path)
    file = write(tmp_path / "posts", "bad", status="nonsense")
    os.utime(file, (1_600_000_000, 1_600_000_000))
    opened(tmp_path)
    again = opened(tmp_path)
    assert [problem.path for problem in again.problems()] == ["bad/index.md"] and len(reads) == 5


def test_an_article_on_the_shelf_is_the_article(tmp_path: Path) -> None:
    write(tmp_path, "one", more="tags: [a]\ncard: {title: T}\n")
    library = ArticleLibrary(tmp_path, StillClock())
    article = library.get("one")
    assert isinstance(article, ShelvedArticle) and article.body == "\nText\n"
    assert pickle.loads(pickle.dumps(article)) == article == shelved(article)
    text = "Ein Satz \U0001f9b5 mit \ud800 Sonderzeichen" * 50
    from dataclasses import replace

    assert replace(article, body=text).body == text
