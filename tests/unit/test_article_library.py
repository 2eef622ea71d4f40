"""The folder of articles: what is read, what is said about bad files, and that outside edits are seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scheduler.content.library import ArticleLibrary
from scheduler.domain.article import Status
from tests.support.clock import StillClock

GOOD = "---\nid: {id}\ntitle: {title}\ndate: {date}\nstatus: {status}\n{more}---\n\nText\n"
DAY = 86_400_000


def write(root: Path, slug: str, **fields: str) -> Path:
    values = {"id": f"id-{slug}", "title": slug, "date": "2026-11-01T09:00:00Z", "status": "published", "more": ""}
    file = root / slug / "index.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(GOOD.format(**(values | fields)))
    return file


@pytest.fixture
def library(tmp_path: Path) -> ArticleLibrary:
    return ArticleLibrary(tmp_path, StillClock())


def said(library: ArticleLibrary) -> list[tuple[str, int]]:
    return [(problem.path, problem.line) for problem in library.problems()]


def test_every_field_is_read(library: ArticleLibrary) -> None:
    more = (
        "slug: x\nupdated: 2026-11-02\ncategories: [A/B, C]\ntags: [one, one, two]\nauthor: jane-doe\n"
        "description: ' D '\nimage: {asset: p, alt: A, caption: C}\ncanonical: https://x.example/a\nnoindex: true\n"
        "aliases: [/old/, /older]\nunknown: kept\n"
    )
    write(library.root, "x", more=more)
    library.refresh()
    article = library.get("x")
    assert article is not None and library.problems() == ()
    assert article.categories == (("A", "B"), ("C",)) and article.tags == ("one", "two")
    assert article.image is not None and article.image.caption == "C" and article.assets == ("p",)
    assert (article.description, article.noindex, article.status) == ("D", True, Status.PUBLISHED)
    assert library.by_alias("/old") is article and library.by_alias("/older/") is article
    assert library.by_id("id-x") is article


def test_every_problem_of_a_file_is_named_with_its_line(library: ArticleLibrary) -> None:
    write(
        library.root,
        "x",
        title='""',
        date="yesterday",
        status="live",
        more="slug: No Good\nauthor: ../x\ncanonical: javascript:x\naliases: [//evil]\nimage: text\nnoindex: 1\n",
    )
    library.refresh()
    assert [line for _, line in said(library)] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert library.all() == ()


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"no front matter", 1), (b"---\ntitle: \xff\n---\n", 2), (b"", 1), (b"---\ntitle: x\n" + b"a" * 2_000_000, 1)],
)
def test_a_file_that_is_no_article_is_listed(library: ArticleLibrary, data: bytes, line: int) -> None:
    write(library.root, "good")
    (library.root / "bad").mkdir()
    (library.root / "bad" / "index.md").write_bytes(data)
    library.refresh()
    assert said(library) == [("bad/index.md", line)] and [a.slug for a in library.all()] == ["good"]


def test_the_last_good_version_stays_while_a_file_is_broken(library: ArticleLibrary) -> None:
    file = write(library.root, "x", title="Before")
    library.refresh()
    file.write_text("---\ntitle: a: b\n---\n")
    assert library.refresh(force=True)
    article = library.get("x")
    assert article is not None and article.title == "Before" and said(library) == [("x/index.md", 2)]
    write(library.root, "x", title="After")
    library.refresh(force=True)
    article = library.get("x")
    assert article is not None and article.title == "After" and library.problems() == ()


def test_an_outside_edit_is_seen_at_the_next_look(library: ArticleLibrary) -> None:
    now_ns = library.clock.now_ms() * 1_000_000
    file = write(library.root, "x", title="aaaa")
    os.utime(file, ns=(now_ns, now_ns))
    library.refresh()
    file.write_text(file.read_text().replace("aaaa", "bbbb"))
    os.utime(file, ns=(now_ns, now_ns))  # same size, same time, same inode
    assert not library.refresh()  # not yet: the folder is looked at every 2 seconds
    assert isinstance(library.clock, StillClock)
    library.clock.move(seconds=2)
    assert library.refresh()
    article = library.get("x")
    assert article is not None and article.title == "bbbb"


def test_nothing_changed_means_nothing_changed(library: ArticleLibrary) -> None:
    write(library.root, "x")
    assert library.refresh()
    before = library.generation
    assert not library.refresh(force=True) and library.generation == before


def test_a_removed_file_is_gone(library: ArticleLibrary) -> None:
    write(library.root, "x").unlink()
    write(library.root, "y")
    library.refresh()
    assert [a.slug for a in library.all()] == ["y"]


def test_doubles_are_listed_and_left_out(library: ArticleLibrary) -> None:
    write(library.root, "a-copy", id="same")
    write(library.root, "original", id="same")
    library.refresh()
    assert [a.slug for a in library.all()] == ["a-copy"] and said(library) == [("original/index.md", 1)]
    assert "used by a-copy/index.md too" in library.problems()[0].reason


def test_a_folder_named_like_its_slug_wins_over_a_copy(library: ArticleLibrary) -> None:
    write(library.root, "a-copy", id="1", more="slug: original\n")
    write(library.root, "original", id="2", more="slug: original\n")
    library.refresh()
    article = library.get("original")
    assert article is not None and article.id == "2" and said(library) == [("a-copy/index.md", 1)]


def test_what_is_not_an_article_is_ignored(library: ArticleLibrary, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    secret = write(outside, "secret")
    (library.root / "link").symlink_to(outside / "secret")
    (library.root / "linked").mkdir()
    (library.root / "linked" / "index.md").symlink_to(secret)
    (library.root / "linked.md").symlink_to(secret)
    write(library.root, "_drafts")
    write(library.root, ".trash")
    (library.root / "empty").mkdir()
    (library.root / "notes.txt").write_text("x")
    library.refresh()
    assert library.all() == () and library.problems() == ()


def test_a_single_file_is_an_article_too(library: ArticleLibrary) -> None:
    (library.root / "foo.md").write_text("---\ntitle: Foo\n---\nText")
    library.refresh()
    article = library.get("foo")
    assert article is not None and article.status is Status.DRAFT and len(article.id) == 26


def test_a_missing_folder_is_a_problem_and_not_an_error(tmp_path: Path) -> None:
    library = ArticleLibrary(tmp_path / "nowhere", StillClock())
    library.refresh()
    assert library.all() == () and len(library.problems()) == 1


def test_what_visitors_may_see(library: ArticleLibrary) -> None:
    assert isinstance(library.clock, StillClock)
    now = library.clock.now_ms()
    write(library.root, "old", date="2025-01-01", more="categories: [Physical Therapy/Dry Needling]\ntags: [Knee]\n")
    write(library.root, "new", more="categories: [physical therapy, Running]\nauthor: jane\n")
    write(library.root, "later", date="2026-11-24T09:00:00Z", status="scheduled", more="categories: [Hidden]\n")
    write(library.root, "draft", status="draft", more="tags: [Secret]\n")
    write(library.root, "gone", status="archived")
    library.refresh()
    assert [a.slug for a in library.public(now)] == ["new", "old"]
    assert [a.slug for a in library.public(now + DAY)] == ["later", "new", "old"]
    assert [a.slug for a in library.public(now, category="physical-therapy")] == ["new", "old"]
    assert [a.slug for a in library.public(now, category="physical-therapy/dry-needling")] == ["old"]
    assert library.public(now, category="physical") == [] and len(library.public(now, tag="knee")) == 1
    assert [a.slug for a in library.public(now, author="jane")] == ["new"]
    therapy, running = library.categories(now)
    assert (therapy.path, therapy.count, running.count) == ("physical-therapy", 2, 1)
    assert [(child.name, child.count) for child in therapy.children] == [("Dry Needling", 1)]
    assert [(tag.slug, tag.count) for tag in library.tags(now)] == [("knee", 1)]


def test_authors_are_read_and_bad_ones_listed(library: ArticleLibrary) -> None:
    folder = library.root / "_authors"
    folder.mkdir(parents=True)
    (folder / "jane.yaml").write_text("name: Jane\nbio: '*Hi*'\nlinks:\n  - label: Site\n    href: https://x.example\n")
    (folder / "bad.yaml").write_text("role: x\nlinks:\n  - label: y\n    href: javascript:x\n")
    library.refresh()
    jane = library.author("jane")
    assert jane is not None and jane.links == (("Site", "https://x.example"),) and library.authors() == (jane,)
    assert said(library) == [("_authors/bad.yaml", 1), ("_authors/bad.yaml", 4)]
