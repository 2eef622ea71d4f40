"""Every page there is, with realistic content: axe finds nothing in either theme, and nothing scrolls sideways.

The pages come from the application's own list of addresses: whoever adds one must say here what it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import State
from scheduler.domain.notice import Level
from scheduler.platforms import registry
from scheduler.practice.catalogue import networks
from scheduler.services.context import Context
from scheduler.services.editorial import redirects
from scheduler.services.editorial.previews import Wish, create_link
from scheduler.services.moving import imports
from scheduler.services.planning import drafts
from scheduler.services.site.export_desk import FAILED, ByHand, Desk, Made, Note
from scheduler.services.site.export_folder import MARK
from scheduler.storage import accounts, listings, notices
from tests.support.deliveries import schedule
from tests.support.house import REPOSITORY
from tests.support.live import LiveServer, serve
from tests.support.newsroom import add_account, write_article, write_articles
from tests.support.posts import write_author
from tests.support.tour import fill
from tests.support.wxr import export, item

Look = Callable[[Page], None]
NARROW = ViewportSize(width=360, height=740)
WIDE = ViewportSize(width=1280, height=900)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänspatent" * 3
SAMPLE = "the-finer-points-of-dry-needling"
SHIPPED = (SAMPLE, "your-first-visit", "back-to-running-after-an-injury")

NO_PAGES = {
    "/.well-known/security.txt": "plain text",
    "/<string(length=32):key>.txt": "plain text",
    "/admin/articles/redirects.csv": "a file",
    "/favicon.ico": "a picture",
    "/favicon-32.png": "a picture",
    "/admin/articles/static-site/site.zip": "a file",
    "/apple-touch-icon.png": "a picture",
    "/icon-512.png": "a picture",
    "/atom.xml": "a feed",
    "/blog/author/<key>/<any('feed.xml', 'atom.xml', 'feed.json'):name>": "a feed",
    "/blog/category/<path:address>/<any('feed.xml', 'atom.xml', 'feed.json'):name>": "a feed",
    "/feed.json": "a feed",
    "/feed.xml": "a feed",
    "/llms.txt": "plain text",
    "/robots.txt": "plain text",
    "/search/index.json": "data for the search of a static export",
    "/sitemap.xml": "data for search engines",
    "/sitemaps/articles-<int:number>.xml": "data for search engines",
    "/sitemaps/pages.xml": "data for search engines",
    "/theme/<name>.css": "a style sheet",
    "/admin/accounts/<int:account_id>/picture": "a picture",
    "/admin/accounts/choice/<key>": "there once a platform has sent somebody back with several accounts to choose from",
    "/admin/accounts/connect/<name>/back": "where a platform sends back to; leads on",
    "/admin/articles/<slug>/preview": "the preview inside the editor, which is looked at there",
    "/admin/articles/token": "data for the editor",
    "/admin/articles/new/preview": "the same for a new article",
    "/admin/articles/suggest": "JSON for the link search of the editor",
    "/admin/articles/card-picture": "a picture",
    "/admin/calendar/events": "data for the calendar",
    "/admin/deliveries/<int:delivery_id>/files/<int:number>": "a file",
    "/admin/media/pick": "a part of the editor and the composer",
    "/admin/practice/": "leads on to a network",
    "/admin/settings/": "leads on to the first of the settings",
    "/admin/teasers/articles": "a part of the composer",
    "/favicon.svg": "a picture",
    "/icon.svg": "a picture",
    "/healthz": "data",
    "/metrics": "data",
    "/oauth-client/<name>.json": "data",
    "/platform-media/<name>": "a file",
    "/setup/<token>": "gone once there is an owner; test_accounts.py looks at it before",
    "/x/<code>": "leads on to an article",
}
NO_PAGES_BELOW = ("/api/", "/media/", "/practice/", "/static/", "/admin/uploads/", "/admin/writing/")


def addresses(ctx: Context, preview: str, draft: int) -> dict[str, list[str]]:
    """Return for every page of the application the addresses that are looked at."""
    with ctx.database.reading() as tx:
        account_ids = [account.id for account in accounts.all_accounts(tx, disconnected=True)]
        every_state = {delivery.state: delivery.id for delivery in listings.search(tx)}
    slugs = [SAMPLE, "idea", "later", "old", "a-long-one"]
    return {
        "/": ["/"],
        "/<slug>/": ["/about-us/", "/not-there/"],
        "/blog/": ["/blog/"],
        "/blog/<slug>/": [
            f"/blog/{slug}/"
            for slug in (*SHIPPED, "a-long-one", "not-there", "dry-needeling")  # the last is told what was meant
        ],
        "/blog/archive/": ["/blog/archive/"],
        "/blog/author/<key>/": ["/blog/author/sam-rivers/", "/blog/author/long/"],
        "/blog/category/<path:address>/": [
            f"/blog/category/{address}/" for address in ("physical-therapy", "physical-therapy/dry-needling")
        ],
        "/blog/page/<int:number>/": ["/blog/page/2/"],
        "/blog/series/<slug>/": ["/blog/series/two-parts/"],
        "/blog/tag/<slug>/": ["/blog/tag/running/"],
        "/search/": ["/search/", "/search/?q=needle", "/search/?q=nothing+like+it", f"/search/?q={LONG}"],
        "/preview/<token>": [preview, "/preview/not-there"],
        "/admin/": ["/admin/", "/admin/not-there"],
        "/admin/accounts/": ["/admin/accounts/"],
        "/admin/accounts/<int:account_id>": [f"/admin/accounts/{number}" for number in account_ids],
        "/admin/accounts/<int:account_id>/disconnect": ["/admin/accounts/1/disconnect"],
        "/admin/accounts/connect": ["/admin/accounts/connect"],
        "/admin/accounts/connect/<name>": [
            f"/admin/accounts/connect/{each.name}?way={way.name}{practice}"
            for each in registry.all_platforms()
            for way in each.ways
            for practice in ("", *(["&practice=1"] if way.redirects and each.practice else []))
        ],
        "/admin/accounts/sign-ins": ["/admin/accounts/sign-ins"],
        "/admin/articles/": ["/admin/articles/", "/admin/articles/?q=nothing+like+it"],
        "/admin/articles/<slug>/": [f"/admin/articles/{slug}/" for slug in slugs],
        "/admin/articles/<slug>/deletion": [f"/admin/articles/{SAMPLE}/deletion"],
        "/admin/articles/<slug>/revisions": [f"/admin/articles/{SAMPLE}/revisions"],
        "/admin/articles/<slug>/revisions/compare": [
            f"/admin/articles/{SAMPLE}/revisions/compare?one=page&two={side}" for side in ("page", "1")
        ],
        "/admin/articles/export": ["/admin/articles/export"],
        "/admin/articles/import": ["/admin/articles/import"],
        "/admin/articles/import/<import_id>": [
            f"/admin/articles/import/{each.work.id}" for each in imports.overview(ctx)
        ],
        "/admin/articles/new": ["/admin/articles/new"],
        "/admin/articles/authors": ["/admin/articles/authors"],
        "/admin/articles/authors/<key>": ["/admin/articles/authors/sam-rivers"],
        "/admin/articles/authors/new": ["/admin/articles/authors/new"],
        "/admin/articles/categories": ["/admin/articles/categories"],
        "/admin/articles/categories/change": ["/admin/articles/categories/change?category=physical-therapy"],
        "/admin/articles/redirects": ["/admin/articles/redirects", "/admin/articles/redirects?q=nothing+like+it"],
        "/admin/articles/redirects/<int:redirect_id>": ["/admin/articles/redirects/1"],
        "/admin/articles/redirects/import": ["/admin/articles/redirects/import"],
        "/admin/articles/static-site": ["/admin/articles/static-site"],
        "/admin/articles/tags": ["/admin/articles/tags"],
        "/admin/articles/tags/change": ["/admin/articles/tags/change?tag=dry-needling"],
        "/admin/calendar/": ["/admin/calendar/", "/admin/calendar/?view=week", "/admin/calendar/?view=list"],
        "/admin/deliveries/<int:delivery_id>": [f"/admin/deliveries/{number}" for number in (1, *every_state.values())],
        "/admin/login": ["/admin/login"],
        "/admin/media/": ["/admin/media/", "/admin/media/?q=nothing+like+it"],
        "/admin/media/<asset_id>": ["/admin/media/sample-runner", "/admin/media/sample-needling-video"],
        "/admin/notices/": ["/admin/notices/"],
        "/admin/outlook/": ["/admin/outlook/", "/admin/outlook/?account=1"],
        "/admin/outlook/moved": ["/admin/outlook/moved"],
        "/admin/outlook/what-if": ["/admin/outlook/what-if", "/admin/outlook/what-if?zone=Europe/Berlin"],
        "/admin/pause/": ["/admin/pause/"],
        "/admin/practice/<network>": [f"/admin/practice/{name}" for name in networks()],
        "/admin/queue/": [
            f"/admin/queue/?show={tab}" for tab in ("waiting", "needs-you", "published", "cancelled", "overdue")
        ],
        "/admin/queue/away": ["/admin/queue/away"],
        "/admin/queue/shuffle/<int:account_id>": [f"/admin/queue/shuffle/{number}" for number in account_ids],
        "/admin/settings/backups/": ["/admin/settings/backups/"],
        "/admin/settings/calendar": ["/admin/settings/calendar"],
        "/admin/settings/discovery": ["/admin/settings/discovery"],
        "/admin/settings/links": ["/admin/settings/links"],
        "/admin/settings/look": ["/admin/settings/look"],
        "/admin/settings/notices": ["/admin/settings/notices"],
        "/admin/settings/rearranging/": ["/admin/settings/rearranging/"],
        "/admin/settings/site": ["/admin/settings/site"],
        "/admin/teasers/": ["/admin/teasers/"],
        "/admin/teasers/<int:teaser_id>": ["/admin/teasers/1", "/admin/teasers/2", f"/admin/teasers/{draft}"],
        "/admin/teasers/new": ["/admin/teasers/new", f"/admin/teasers/new?article={SAMPLE}"],
    }


PARTS = 4
"""The walk is cut into so many pieces, for machines that do several things at once."""


@pytest.fixture(scope="module")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The shipped articles and some more, accounts in every state, a delivery in every state, names of any length."""
    with serve(tmp_path_factory.mktemp("full")) as served:
        fill_house(served.context)
        yield served


@pytest.fixture
def live_server(full_house: LiveServer) -> LiveServer:
    """The full house: the pages of these tests are only looked at."""
    return full_house


@pytest.fixture(scope="module")
def every_address(full_house: LiveServer) -> dict[str, list[str]]:
    """What is looked at, by the application's own list of addresses."""
    ctx = full_house.context
    article = ctx.articles.get(SAMPLE)
    assert article
    link = create_link(ctx, article, Wish(7, LONG)).path
    return addresses(ctx, link, drafts.duplicate(ctx, 1, full_house.owner.id).id)


def fill_imports(ctx: Context) -> None:
    """Hand over one export that waits for a yes, and one that was brought over, with something to say of it."""
    site, file = "https://old.example", ctx.settings.data / "old.xml"
    file.write_text(export(site, item(1, LONG, f"[form id='1']\n\n<img src='/{LONG}.jpg'>", site=site, slug="brought")))
    for dry in (False, True):
        imports.at_once(ctx, imports.hand_over(ctx, imports.Handed("wordpress", f"{LONG}.xml"), file), dry)


def fill_static_site(ctx: Context) -> None:
    """Note a static site that was made, one into another folder, and a try that failed."""
    desk, now, folder = Desk(ctx.settings), ctx.clock.now_ms(), ctx.settings.data / LONG
    folder.mkdir()
    (folder / MARK).touch()
    desk.zip.write_bytes(b"")
    address = f"https://{LONG[:60]}.example"
    desk.keep(Made(now, address, 12, 30, 10_000_000, added=2, changed=3, addresses=(f"/blog/{LONG}/",)))
    desk.keep_by_hand(ByHand(str(folder), address, now, 12))
    desk.write(Note(FAILED, now, address, trouble=LONG))


def fill_house(ctx: Context) -> None:
    shutil.copytree(REPOSITORY / "posts", ctx.settings.posts, dirs_exist_ok=True)
    fill_imports(ctx)
    fill_static_site(ctx)
    ctx.articles.refresh(force=True)
    fill(ctx)
    write_articles(ctx)
    for number in range(8):  # enough for a second page
        write_article(ctx, f"more-{number}", f"title: More {number}\nstatus: published\ndate: 2026-01-0{number + 1}\n")
    write_long_and_broken(ctx)
    write_site_parts(ctx)
    account = add_account(ctx, "bluesky", LONG)
    for number, state in enumerate(State):
        schedule(ctx, account, text=f"{LONG} {state}", hours=number - 4, state=state)
    for standing in (AccountState.BROKEN, AccountState.PAUSED, AccountState.DISCONNECTED):
        with_state = add_account(ctx, "mastodon", f"Clinic {standing}")
        with ctx.database.writing() as tx:
            accounts.set_state(tx, with_state.id, standing, "The sign-in was refused.", ctx.clock.now_ms())
    with ctx.database.writing() as tx:
        for level in Level:
            notices.report(tx, f"{level}-over", subject=LONG, sentence=LONG, now=ctx.clock.now_ms(), level=level)
            notices.resolve(tx, f"{level}-over", ctx.clock.now_ms())
            notices.report(tx, level, subject=LONG, sentence=LONG, now=ctx.clock.now_ms(), path="/admin/", level=level)


def write_site_parts(ctx: Context) -> None:
    """Write a page that stands by itself and a series, and lead old addresses on; visitors looked for another."""
    write_article(ctx, "about-us", "title: About us\nkind: page\nstatus: published\n")
    for number in (1, 2):
        front = f"title: Part {number}\nseries: Two parts\nstatus: published\ndate: 2026-02-0{number}\n"
        write_article(ctx, f"part-{number}", front)
    for target in ("/blog/", f"/{'new' * 99}/"):
        redirects.save(ctx, f"/old/{LONG}{target}", target)
    ctx.visits.missed(f"/{'gone' * 90}")
    ctx.articles.refresh(force=True)


def write_long_and_broken(ctx: Context) -> None:
    """Write an article of very long words, and one whose file cannot be read."""
    long, broken = ctx.settings.posts / "a-long-one", ctx.settings.posts / "broken"
    write_author(ctx, "long", name=LONG, role=LONG)
    long.mkdir()
    broken.mkdir()
    front = f"title: {LONG}\nstatus: published\ndate: 2026-11-01\ncategories: [{LONG}, A/B]\ntags: [{LONG}]\n"
    front += f"author: long\naliases: [/{'old' * 60}/]\n"
    body = f"{LONG}\n\n# {LONG}\n\n| {LONG} | b |\n|---|---|\n| 1 | {LONG} |\n\n```\n{LONG * 3}\n```\n\n`{LONG}`\n"
    (long / "index.md").write_text(f"---\n{front}description: {LONG}\n---\n\n{body}", "utf-8")
    (broken / "index.md").write_text(f"---\ntitle: [{LONG}\nstatus: nonsense\n---\n", "utf-8")
    ctx.articles.refresh(force=True)


def test_every_page_is_there_in_the_list(live_server: LiveServer, every_address: dict[str, list[str]]) -> None:
    rules = {rule.rule for rule in live_server.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {rule for rule in rules if not rule.startswith(NO_PAGES_BELOW)}
    assert pages == set(every_address) | set(NO_PAGES)


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    every_address: dict[str, list[str]], page: Page, public_page: Page, axe: Look, fits_a_phone: Look, part: int
) -> None:
    all_of_them = [(rule, path) for rule, paths in every_address.items() for path in paths]
    found = []
    for rule, path in all_of_them[part::PARTS]:
        visitor = page if rule.startswith("/admin/") and rule != "/admin/login" else public_page
        open_narrow(visitor, path)
        found += has_against(visitor, fits_a_phone)
        widen(visitor, path)
        found += has_against(visitor, axe)
    assert found == [], "\n\n".join(found)


def open_narrow(page: Page, path: str) -> None:
    """Open the page on a phone."""
    page.set_viewport_size(NARROW)
    answer = page.goto(path, wait_until="load")
    assert answer and answer.status == (404 if "not-there" in path or "needeling" in path else 200), path


def widen(page: Page, path: str) -> None:
    """Let the page stand in a wide window; the calendar is another page there, and is loaded again."""
    if "/calendar/" in path:
        page.goto("about:blank")
    page.set_viewport_size(WIDE)
    if "/calendar/" in path:
        page.goto(path, wait_until="load")
        if "list" not in path:
            expect(page.locator("[data-entry]").first).to_be_visible()


def has_against(page: Page, look: Look) -> list[str]:
    """Return what `look` has against the page, so that one walk tells everything."""
    try:
        look(page)
    except AssertionError as problem:
        return [str(problem)]
    return []
