"""The static export: all that visitors can reach, nothing else; only what changed is touched; killed, it harms none."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask

from scheduler.config import StillConfig, with_base_url
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.redirects import GONE, Redirect
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.reads import Question
from scheduler.services.context import Context
from scheduler.services.site.export import Progress, Result, export
from scheduler.services.site.export_folder import MARK, STAGE, file_of, opened
from scheduler.services.site.export_record import Leaf, Record, unpacked
from scheduler.storage import deliveries, redirects
from scheduler.storage.schema import deliveries as table
from scheduler.web import export_maker
from scheduler.web.export_maker import AppMaker
from scheduler.web.public import every_path
from tests.contract.test_deliveries_store import add_account, add_delivery
from tests.support.clock import StillClock
from tests.support.house import REPOSITORY, the_app
from tests.support.posts import bring_samples, shelve_photo, write_article, write_author


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "the-export"


@pytest.fixture
def site(context: Context) -> Context:
    """Two lists' pages of articles, one of them with a photo and an old address; a draft and one that is to come."""
    write_author(context, "jane", photo="janephoto")
    for photo in ("kneephoto", "janephoto", "secretphoto"):
        shelve_photo(context, photo)
        for width in (480, 800):
            for ending in ("webp", "jpeg"):
                key = f"renditions/{photo}/width-{width}.{ending}"
                context.blobs.put_bytes(key, key.encode())
        context.blobs.put_bytes(f"renditions/{photo}/card-1200.jpeg", b"card")
    for number in range(12):
        write_article(context, f"old-{number}", tags=["Many"], date=f"2026-10-{number + 10}")
    write_article(context, "knee", author="jane", image={"asset": "kneephoto"}, aliases=["/old-knee/", "/knee.html"])
    write_article(context, "hidden", status="draft", image={"asset": "secretphoto"}, tags=["Secret"])
    write_article(context, "later", status="scheduled", date="2026-11-23T08:01:00-05:00", tags=["Secret"])
    return context


def run(app: Flask, ctx: Context, target: Path) -> Result:
    return export(ctx, AppMaker(app, ctx), target)


def files(target: Path) -> dict[str, bytes]:
    return {str(file.relative_to(target)): file.read_bytes() for file in target.rglob("*") if file.is_file()}


def stamps(target: Path) -> dict[str, tuple[int, int]]:
    return {name: ((info := (target / name).stat()).st_mtime_ns, info.st_ino) for name in files(target)}


def test_every_page_is_a_file_with_the_bytes_of_the_site(app: Flask, site: Context, target: Path) -> None:
    result = run(app, site, target)
    client, found = app.test_client(), files(target)
    paths = list(every_path(app, site))
    assert result.pages == result.made == len(paths)
    for path in paths:
        data = client.get(path).data
        if b"?page=" not in data:
            assert found[file_of(path)] == data, path
    assert b"This page is not here" in found["404.html"]
    assert found["media/kneephoto/width-480.webp"] == b"renditions/kneephoto/width-480.webp"
    assert "media/janephoto/width-800.jpeg" in found


def test_every_link_of_every_file_leads_to_a_file(app: Flask, context: Context, target: Path) -> None:
    bring_samples(context)
    for number in range(12):
        write_article(context, f"many-{number}", tags=["Many"], categories=["Care/Many"])
    run(app, context, target)
    found = files(target)
    assert b"?page=" not in b"".join(data for name, data in found.items() if name.endswith(("html", "xml")))
    for name, data in found.items():
        for link in re.findall(r'(?:href|src)="(/[^"#?]*)', data.decode()) if name.endswith(".html") else []:
            if not link.startswith("/media/"):  # the photos of the samples are not drawn in this test
                assert file_of(unquote(link)) in found, f"{name} links to {link}"
    assert any(name.startswith("static/site-") for name in found)
    assert any(name.endswith(".woff2") for name in found)


def test_nothing_of_a_draft_or_of_what_is_to_come_is_there(
    app: Flask, site: Context, target: Path, clock: StillClock
) -> None:
    run(app, site, target)
    assert not [name for name in files(target) if re.search("hidden|later|secret", name)]
    assert not [name for name, data in files(target).items() if b"secret" in data.lower() or b"hidden/" in data]
    clock.move(minutes=1)
    run(app, site, target)
    assert {"blog/later/index.html", "blog/tag/secret/index.html"} <= files(target).keys()


def test_a_second_export_touches_only_what_has_changed(app: Flask, site: Context, target: Path) -> None:
    run(app, site, target)
    first = stamps(target)
    again = run(app, site, target)
    assert (again.made, again.written, again.removed) == (0, 0, 0) and stamps(target) == first
    write_article(site, "old-3", "Other words.", tags=["Many"], date="2026-10-13", id=_id(site, "old-3"))
    changed = run(app, site, target)
    touched = {name for name, stamp in stamps(target).items() if first.get(name) != stamp}
    assert "blog/old-3/index.html" in touched and changed.written == len(touched)
    assert not touched & {"blog/old-11/index.html", "blog/knee/index.html", "index.html", "404.html"}
    assert b"Other words." in files(target)["blog/old-3/index.html"]


def _id(ctx: Context, slug: str) -> str:
    article = ctx.articles.get(slug)
    assert article
    return article.id


def test_what_is_not_there_any_more_is_removed_and_what_is_not_ours_stays(
    app: Flask, site: Context, target: Path
) -> None:
    run(app, site, target)
    (target / "CNAME").write_text("clinic.example")
    (target / ".git").mkdir()
    (target / ".git" / "config").write_text("mine")
    write_article(site, "knee", status="archived", id=_id(site, "knee"))
    assert run(app, site, target).removed > 3
    found = files(target)
    assert not [name for name in found if "knee" in name]
    assert {"CNAME", ".git/config"} <= found.keys() and not (target / "blog" / "knee").exists()


def test_a_file_that_somebody_removed_comes_back(app: Flask, site: Context, target: Path) -> None:
    run(app, site, target)
    whole = files(target)
    for name in ("blog/knee/index.html", "media/kneephoto/width-480.webp", "404.html", "old-knee/index.html"):
        (target / name).unlink()
    run(app, site, target)
    assert files(target) == whole


def test_old_and_short_addresses_lead_on(app: Flask, site: Context, target: Path) -> None:
    with site.database.writing() as tx:
        redirects.put(tx, Redirect("/old-clinic", "/knee.html"), 0)
        redirects.put(tx, Redirect("/gone", "", GONE), 0)
        redirects.put(tx, Redirect("/old café", "/blog/"), 0)
        redirects.put(tx, Redirect("/blog/knee", "/blog/"), 0)  # sleeps: the article lives there
        redirects.put(tx, Redirect("/two-names", "/blog/old-3/"), 0)  # an article lives there, and another one did
    write_article(site, "mover", aliases=["/blog/old-3/"])
    delivery = add_delivery(site.database, add_account(site.database))
    link = LinkCard("https://clinic.example/é x?a=1&b=2", "Title", "Text")
    with site.database.writing() as tx:
        condition = table.c.id == delivery
        assert deliveries.changed(tx, condition, payload=Payload("Words", link).to_json(), short_code="abcd2345")
    run(app, site, target)
    found, listed = files(target), (target / "_redirects").read_text()
    for name in ("old-knee/index.html", "knee.html"):
        assert b'content="0; url=/blog/knee/"' in found[name]
    assert "/old-knee /blog/knee/ 301\n" in listed
    assert "/old%20caf%C3%A9 /blog/ 301\n" in listed
    assert b"<found-articles" in found["search/index.html"], "no redirect: the browser itself searches"
    assert b'content="0; url=/blog/knee/"' in found["old-clinic/index.html"]
    assert "gone" not in listed and not [name for name in found if "gone" in name]
    assert b'href="https://clinic.example/%C3%A9%20x?a=1&amp;b=2"' in found["x/abcd2345/index.html"]
    assert "/x/abcd2345 https://clinic.example/%C3%A9%20x?a=1&b=2 302\n" in listed
    assert b"<article" in found["blog/knee/index.html"]
    assert "/blog/knee " not in listed, "some hosts heed the list before their files"
    assert "/two-names /blog/old-3/ 301\n" in listed
    assert all(re.fullmatch(r"/\S* \S+ 30[12]", line) for line in listed.splitlines())


def test_another_address_is_on_every_page(app: Flask, site: Context, target: Path) -> None:
    from dataclasses import replace

    run(app, site, target)
    moved = replace(site, config=StillConfig(with_base_url(site.settings, "https://static.example")))
    result = run(the_app(moved), moved, target)
    assert result.made == result.pages
    pages = [data for name, data in files(target).items() if name.endswith((".html", ".xml"))]
    assert not any(b"127.0.0.1" in data for data in pages)
    assert b"https://static.example/blog/knee/" in files(target)["blog/knee/index.html"]


@pytest.mark.parametrize("name", ["posts", "config", "instance", ".", "instance/media"])
def test_no_export_into_what_is_ours(app: Flask, site: Context, tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        run(app, site, tmp_path / name)


def test_no_export_into_a_folder_of_somebody_else(app: Flask, site: Context, target: Path) -> None:
    target.mkdir()
    (target / "thesis.txt").write_text("the only copy")
    with pytest.raises(Invalid):
        run(app, site, target)
    assert files(target) == {"thesis.txt": b"the only copy"}


def test_one_export_at_a_time(app: Flask, site: Context, target: Path) -> None:
    with opened(site.settings, target), pytest.raises(Conflict):
        run(app, site, target)
    run(app, site, target)


def test_a_page_that_fails_changes_nothing(
    app: Flask, site: Context, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(app, site, target)
    whole = files(target)
    write_article(site, "old-3", "Other words.", date="2026-10-13", id=_id(site, "old-3"))
    monkeypatch.setattr("scheduler.web.site.pages.article_page", lambda ctx, article: 1 / 0)
    with pytest.raises(Conflict, match="Nothing was changed"):
        run(app, site, target)
    assert files(target) == whole


def test_a_damaged_record_means_a_whole_export(app: Flask, site: Context, target: Path) -> None:
    run(app, site, target)
    whole = files(target)
    (record,) = (site.settings.data / "exports").glob("*.record")
    for damage in (b"", b"x" * 100, record.read_bytes()[:-5]):
        record.write_bytes(damage)
        result = run(app, site, target)
        assert result.made == result.pages and files(target) == whole


def test_progress_is_told(app: Flask, site: Context, target: Path) -> None:
    told: list[Progress] = []
    export(site, AppMaker(app, site), target, told.append)
    pages = [each for each in told if each.what == "making pages"]
    assert pages[-1].done == pages[-1].total == len(list(every_path(app, site)))


def test_several_processes_write_the_same(
    app: Flask, site: Context, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(app, site, target)
    monkeypatch.setattr(export_maker, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    other = target.with_name("other")
    run(app, site, other)
    assert {k: v for k, v in files(other).items() if k != MARK} == {k: v for k, v in files(target).items() if k != MARK}


@pytest.mark.parametrize("path", ["/../x/", "/blog/%2e%2e/x/", "/a/%2fetc/", f"/{STAGE}/x/", "/a\\b/", "/./x/"])
def test_no_path_leads_out_of_the_folder(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        file_of(path)


KILLED = """
import os, signal, sys
from pathlib import Path
from scheduler.app import create_app
from scheduler.config import LiveConfig, load_settings
from scheduler.services.context import build_context
from scheduler.services.site.export import export
from scheduler.web.export_maker import AppMaker
root, target, when = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
values = {"DRUMBEAT_PORT": "8000", "DRUMBEAT_SECRET_KEY": "only for tests", "DRUMBEAT_ENCRYPTION_KEYS": sys.argv[4]}
ctx = build_context(LiveConfig(load_settings(values, root), values, root))
renamed, real = 0, os.replace
def rename(*names):
    global renamed
    renamed += 1
    if renamed > when:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*names)
os.replace = rename
export(ctx, AppMaker(create_app(ctx), ctx), target)
"""


@pytest.mark.parametrize("when", [0, 5])
def test_killed_it_leaves_whole_pages_and_the_next_export_finishes(
    app: Flask, site: Context, target: Path, tmp_path: Path, when: int
) -> None:
    run(app, site, target)
    before = files(target)
    for number in range(12):
        changed = {"tags": ["Many"], "date": f"2026-10-{number + 10}", "id": _id(site, f"old-{number}")}
        write_article(site, f"old-{number}", "Other words.", **changed)
    write_article(site, "knee", status="archived", id=_id(site, "knee"))
    arguments = [str(tmp_path), str(target), str(when), site.settings.encryption_keys[0]]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=REPOSITORY, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = {name: data for name, data in files(target).items() if not name.startswith(STAGE)}
    whole = target.with_name("whole")
    run(app, site, whole)
    now = files(whole)
    assert all(data in (before.get(name), now.get(name)) for name, data in left.items())
    assert before.keys() <= left.keys() and (left == before) is (when == 0)
    result = run(app, site, target)
    assert files(target) == now
    assert 0 < result.made < result.pages, "what was not touched is not made again"


def test_what_is_asked_no_more_is_not_kept_for_ever() -> None:
    def leaf(answers: dict[Question, str]) -> Leaf:
        return Leaf("blog/knee/index.html", 9, "digest", answers, frozenset({"static/site.css"}), waits=True)

    record, sizes = Record("frame"), set()
    for number in range(100):
        record = unpacked(record.packed()).next("frame", {})
        record.put("/blog/knee/", leaf({("slug", "knee"): f"hash {number:03}"}))
        sizes.add(len(record.packed()))
    assert max(sizes) < 2 * min(sizes)
    whole = unpacked(record.packed())
    assert whole.needs() == {"static/site.css"} and whole.files() == {"blog/knee/index.html"}
    found = dict(whole.holding("frame", lambda answers: [answer == "hash 099" for _, answer in answers]))
    assert found.keys() == {"/blog/knee/"}
    assert not dict(whole.holding("frame", lambda answers: [answer == "hash 098" for _, answer in answers]))
    assert not dict(whole.holding("another", lambda answers: [True for _ in answers]))
