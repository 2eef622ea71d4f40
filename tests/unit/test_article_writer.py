"""Saving articles: one of two writers wins, nobody's words are lost, and a killed save leaves the old or the new."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.content import writer
from scheduler.content.library import ArticleLibrary
from scheduler.content.writer import EditConflict
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict, NotFound

ROOT = Path(__file__).parents[2]


@pytest.fixture
def library(tmp_path: Path) -> ArticleLibrary:
    return ArticleLibrary(tmp_path / "posts", SystemClock())


def made(library: ArticleLibrary, slug: str = "knee") -> Article:
    return writer.create(library, {"title": "Knee: pain", "slug": slug, "status": "draft"}, "Text\n")


def file_of(library: ArticleLibrary, slug: str = "knee") -> Path:
    path = library.path(slug)
    assert path is not None
    return path


def test_a_new_article_is_a_readable_file(library: ArticleLibrary) -> None:
    article = made(library)
    expected = f"---\nid: {article.id}\ntitle: 'Knee: pain'\nslug: knee\nstatus: draft\n---\n\nText\n"
    assert file_of(library).read_text() == expected
    with pytest.raises(Conflict):
        made(library)
    assert sorted(path.name for path in library.root.iterdir()) == [".writing", "knee"]


@pytest.mark.parametrize("slug", ["", "..", "../x", "a/b", "A", "x ", "con", "-a", "a--b", "é", "a" * 101])
def test_no_path_is_made_from_a_bad_slug(library: ArticleLibrary, slug: str) -> None:
    with pytest.raises((ValueError, Broken)):
        writer.create(library, {"title": "x", "slug": slug}, "")
    assert not library.root.exists()


def test_a_stale_save_writes_nothing_and_hands_over_theirs(library: ArticleLibrary) -> None:
    article = made(library)
    theirs = writer.save(library, "knee", {}, "Theirs", article.content_hash)
    with pytest.raises(EditConflict) as conflict:
        writer.save(library, "knee", {"title": "Mine"}, "Mine", article.content_hash)
    assert "Theirs" in conflict.value.theirs_text and conflict.value.base_hash == theirs.content_hash
    assert "Mine" not in file_of(library).read_text()
    mine = writer.save(library, "knee", {"title": "Mine"}, "Mine", conflict.value.base_hash)
    assert (mine.title, mine.body) == ("Mine", "\nMine\n")


def test_an_edit_outside_counts_as_a_writer(library: ArticleLibrary) -> None:
    article = made(library)
    file_of(library).write_text("---\ntitle: broken: now\n---\n")
    with pytest.raises(EditConflict):
        writer.save(library, "knee", {}, "Mine", article.content_hash)


def test_saving_what_is_there_keeps_every_byte(library: ArticleLibrary) -> None:
    folder = library.root / "odd"
    folder.mkdir(parents=True)
    data = b"---\r\nid: x\r\ntitle:   'Odd'  # yes\r\n---\r\n\r\n\r\nText  \r\nmore\r\n\r\n\r\n"
    (folder / "index.md").write_bytes(data)
    library.refresh()
    article = library.get("odd")
    assert article is not None
    writer.save(library, "odd", {"title": "Odd"}, writer.shown_body(article.body), article.content_hash)
    assert (folder / "index.md").read_bytes() == data
    writer.save(library, "odd", {}, "Text\nless", article.content_hash)
    assert (folder / "index.md").read_bytes() == data[: data.index(b"Text")] + b"Text\r\nless\r\n"


def test_a_save_that_would_break_the_file_is_refused(library: ArticleLibrary) -> None:
    article = made(library)
    with pytest.raises(Broken):
        writer.save(library, "knee", {"status": "live"}, "x", article.content_hash)
    assert file_of(library).read_text().endswith("Text\n")


def test_a_new_address_moves_the_folder_and_the_old_one_leads_there(library: ArticleLibrary) -> None:
    article = made(library)
    (library.root / "knee" / "notes.txt").write_text("mine")
    moved = writer.save(library, "knee", {"slug": "hip"}, None, article.content_hash)
    assert moved.slug == "hip" and moved.id == article.id and moved.aliases == ("/blog/knee",)
    assert not (library.root / "knee").exists() and (library.root / "hip" / "notes.txt").exists()
    assert library.by_alias("/blog/knee/") == moved
    back = writer.save(library, "hip", {"slug": "knee"}, None, moved.content_hash)
    assert back.aliases == ("/blog/hip",)
    made(library, "taken")
    with pytest.raises(Conflict):
        writer.save(library, "knee", {"slug": "taken"}, None, back.content_hash)


def test_a_single_file_can_be_saved_and_renamed(library: ArticleLibrary) -> None:
    library.root.mkdir()
    (library.root / "foo.md").write_text("---\ntitle: Foo\n---\nText")
    library.refresh()
    article = library.get("foo")
    assert article is not None
    moved = writer.save(library, "foo", {"slug": "bar"}, None, article.content_hash)
    assert (library.root / "bar.md").exists() and moved.id == article.id


def test_a_deleted_article_waits_in_the_trash(library: ArticleLibrary) -> None:
    article = made(library)
    with pytest.raises(EditConflict):
        writer.delete(library, "knee", "stale")
    writer.delete(library, "knee", article.content_hash)
    assert library.get("knee") is None
    (kept,) = (library.root / ".trash").iterdir()
    assert (kept / "index.md").exists()
    with pytest.raises(NotFound):
        writer.delete(library, "knee", article.content_hash)


def test_of_many_threads_exactly_one_wins_each_round(library: ArticleLibrary) -> None:
    article = made(library)
    base = article.content_hash
    for turn in range(5):
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda n, t=turn, b=base: _try(library, f"round {t} writer {n}", b), range(8)))
        (base,) = [result for result in results if result]


def _try(library: ArticleLibrary, body: str, base: str) -> str:
    try:
        return writer.save(library, "knee", {}, body, base).content_hash
    except EditConflict:
        return ""


WRITER = """
import sys
from pathlib import Path
from scheduler.clock import SystemClock
from scheduler.content import writer
from scheduler.content.library import ArticleLibrary

library = ArticleLibrary(Path(sys.argv[1]), SystemClock())
library.refresh()
base = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    try:
        base = writer.save(library, "knee", {}, sys.argv[3] * (number + 1), base).content_hash
        print("saved", flush=True)
    except writer.EditConflict:
        print("conflict", flush=True)
"""


def start(library: ArticleLibrary, base: str, body: str, times: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(library.root), base, body, str(times)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_of_two_processes_exactly_one_wins(library: ArticleLibrary) -> None:
    article = made(library)
    processes = [start(library, article.content_hash, body, 1) for body in ("one", "two")]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate()[0] for process in processes]
    assert sorted(results) == ["conflict\n", "saved\n"]


def test_a_killed_save_leaves_the_old_or_the_new(library: ArticleLibrary) -> None:
    article = made(library)
    base = article.content_hash
    for saves in range(6):
        process = start(library, base, "All of it.\n\n" * 2000, 1000)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        for _ in range(saves):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        library.refresh(force=True)
        left = library.get("knee")
        assert left is not None and library.problems() == ()
        assert left.body == article.body or left.body.strip().endswith("All of it.")
        base = left.content_hash
    saved = writer.save(library, "knee", {}, "After", base)
    assert saved.body == "\nAfter\n"
    assert [path.name for path in (library.root / "knee").iterdir()] == ["index.md"]


KILLED = """
import os, signal, sys
from pathlib import Path
from scheduler.clock import SystemClock
from scheduler.content import writer
from scheduler.content.library import ArticleLibrary

calls = iter(range(int(sys.argv[3])))
def sync(descriptor, real=os.fsync):
    if next(calls, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)

library = ArticleLibrary(Path(sys.argv[1]), SystemClock())
library.refresh()
os.fsync = sync
writer.save(library, "knee", {}, "New words", sys.argv[2])
"""


@pytest.mark.parametrize(("syncs", "left"), [(0, "\nText\n"), (1, "\nNew words\n")])
def test_the_power_may_go_before_and_after_the_file_takes_its_place(
    library: ArticleLibrary, syncs: int, left: str
) -> None:
    article = made(library)
    arguments = [sys.executable, "-c", KILLED, str(library.root), article.content_hash, str(syncs)]
    assert subprocess.run(arguments, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    library.refresh(force=True)
    after = library.get("knee")
    assert after is not None and after.body == left
    saved = writer.save(library, "knee", {}, "Later", after.content_hash)  # the dead writer's lock is gone
    assert saved.body == "\nLater\n"
    assert [path.name for path in (library.root / "knee").iterdir()] == ["index.md"]
