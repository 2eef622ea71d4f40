"""An import is killed with SIGKILL again and again, before any change of the disk: nothing is half, none is double."""

from __future__ import annotations

from pathlib import Path

from scheduler.config import LiveConfig, load_settings
from scheduler.services.context import Context, build_context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.moving import imports
from scheduler.services.moving.imports import Handed
from scheduler.storage.imports import ImportState, ItemState
from tests.support.dying import dies_at
from tests.support.house import furnish
from tests.support.listener import listening
from tests.support.pictures import encoded, photo
from tests.support.wxr import category, export, item

ENVIRON = {
    "DRUMBEAT_SECRET_KEY": "only for tests",
    "DRUMBEAT_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1",
}
ARTICLES = 5


def a_site(url: str) -> str:
    """Return an export of five articles that link to one another; two show the same photo."""
    texts = [f'<a href="/2019/06/a{(n + 1) % ARTICLES}/">next</a> {n}' for n in range(ARTICLES)]
    texts[1] += '\n\n<img src="/a.png" alt="A">'
    texts[3] += '\n\n<img src="/a.png" alt="A">\n\nThe following two tabs change content below.\n\nRuns a lot.'
    return export(url, *(
        item(n + 1, f"A{n}", text, site=url, slug=f"a{n}", terms=category("dry-needling", "Dry Needling"))
        for n, text in enumerate(texts)
    ))  # fmt: skip


def test_killed_at_any_change_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with listening(page_status=404) as site, furnish(tmp_path, environ=ENVIRON) as ctx:
        site.files["/a.png"] = encoded(photo(60, 40), "PNG")
        path = tmp_path / "old.xml"
        path.write_text(a_site(site.url))
        import_id = imports.hand_over(ctx, Handed("wordpress", "old.xml"), path)
        ctx.database.dispose()
        deaths, number = 0, 4
        while dies_at(number, lambda: bring(tmp_path, import_id)):
            deaths, number = deaths + 1, number + 7
            whole(ctx)
        assert deaths >= 3
        found = imports.shown(ctx, import_id)
        assert found.work.state is ImportState.DONE
        assert sum(found.counts.get(state, 0) for state in (ItemState.MADE, ItemState.UNCHANGED)) == ARTICLES
        whole(ctx)
        assert sorted(article.slug for article in ctx.articles.all()) == [f"a{n}" for n in range(ARTICLES)]
        for article in ctx.articles.all():
            assert rendered(ctx, article).problems == (), article.slug
        author = ctx.articles.author("sam-reed")
        assert author is not None and author.bio == "Runs a lot."


def bring(root: Path, import_id: str) -> None:
    ctx = build_context(LiveConfig(load_settings(ENVIRON, root), ENVIRON, root))
    while imports.shown(ctx, import_id).work.state is ImportState.READING:
        imports.work(ctx)
    if imports.shown(ctx, import_id).work.state is ImportState.READY:
        imports.start(ctx, import_id)
    while imports.work(ctx):
        pass


def whole(ctx: Context) -> None:
    """Assert that what can be seen between two lives is complete: no broken file, no double."""
    ctx.articles.refresh(force=True)
    assert ctx.articles.problems() == ()
    assert len({article.origin for article in ctx.articles.all()}) == len(ctx.articles.all())
