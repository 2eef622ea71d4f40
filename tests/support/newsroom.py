"""What planning works with: a few articles in `posts/` and accounts that nobody connects to."""

from __future__ import annotations

from scheduler.domain.account import Account, AccountState
from scheduler.services.context import Context
from scheduler.storage import accounts

NEEDLING = "01JD0000000000000000000001"
DRAFT = "01JD0000000000000000000002"
LATER = "01JD0000000000000000000003"
ARCHIVED = "01JD0000000000000000000004"

_BODY = """Dr. Lee puts one hand on the calf. Where does it hurt? Most runners point at the same place.

## What happens

A thin needle reaches the tight spot, and the muscle lets go.
"""


def write_articles(context: Context) -> None:
    """Write one published article, one draft, one for 1 December 2026 at 09:00 in New York, and an archived one."""
    write_article(context, "needling", f"id: {NEEDLING}\ntitle: The finer points\nstatus: published\n{_FRONT}")
    write_article(context, "idea", f"id: {DRAFT}\ntitle: An idea\nstatus: draft\n")
    write_article(context, "later", f"id: {LATER}\ntitle: Later\nstatus: scheduled\ndate: 2026-12-01T09:00:00-05:00\n")
    write_article(context, "old", f"id: {ARCHIVED}\ntitle: Old\nstatus: archived\ndate: 2020-01-01T09:00:00Z\n")


_FRONT = (
    "date: 2026-11-02T09:00:00-05:00\ncategories: [Physical Therapy/Dry Needling]\ntags: [running, needling]\n"
    "description: What dry needling is, and what it is not.\n"
)


def write_article(context: Context, slug: str, front: str, body: str = _BODY) -> None:
    """Write `posts/<slug>/index.md` and let the library see it."""
    folder = context.settings.posts / slug
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.md").write_text(f"---\n{front}slug: {slug}\n---\n\n{body}", "utf-8")
    context.articles.refresh(force=True)


def add_account(context: Context, platform: str, name: str, state: AccountState = AccountState.CONNECTED) -> Account:
    """Store an account without credentials."""
    key = f"{name.lower().replace(' ', '-')}-{platform}"
    wanted = Account(
        id=0, key=key, platform=platform, name=name, handle=f"@{key}", remote_id=f"remote-{key}", state=state
    )
    with context.database.writing() as tx:
        return accounts.add(tx, wanted, "", context.clock.now_ms())
