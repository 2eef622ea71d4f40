"""The practice networks as the product uses them: their store, fresh accounts on them, and their address.

Practice accounts go through the very same connectors as real ones, over HTTP to our own web server. Its address may
change (another port), so what is kept of it is a stand-in that `here` turns into the present address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain, count
from urllib.parse import urlsplit

from scheduler.domain.article import is_public
from scheduler.domain.problem import refuse
from scheduler.platforms.base import Platform
from scheduler.practice.accounts import PracticeCredentials, PracticeError
from scheduler.practice.feed import LinkCard
from scheduler.practice.store import PracticeStore
from scheduler.services.context import Context
from scheduler.services.library import public_media
from scheduler.services.library.pictures import picture

WORD = "practice"
"""What a person or a program enters instead of a server's address."""
ADDRESS_FIELDS = ("service", "instance", "url")
"""The credential fields that hold an address."""
_STAND_IN = "practice://here"


def practice_store(ctx: Context) -> PracticeStore:
    """Return the memory of the practice networks; one file beside the database."""
    return PracticeStore(ctx.settings.data / "practice.db", ctx.clock)


def is_wanted(form: Mapping[str, str]) -> bool:
    """Return whether the form asks for the practice network instead of a real server."""
    return any(form.get(field, "").strip().lower() == WORD for field in ADDRESS_FIELDS)


def fresh_form(ctx: Context, connector: Platform, form: Mapping[str, str]) -> dict[str, str]:
    """Create an account on the practice network and return the form that connects it. Raises `Invalid`.

    The handle is the one asked for ("identifier"), else made from the site's name.
    """
    if not connector.practice:
        raise refuse("", f"There is no practice network for {connector.label}. Try Bluesky or Mastodon.")
    made = _new_account(ctx, connector.name, form.get("identifier", "").strip().lstrip("@"))
    address = f"{ctx.settings.local_url}{made.service_url_path}"
    values = {"identifier": made.identifier, "password": made.password, "access_token": made.access_token}
    more = {name: _on_this_site(ctx, value) for name, value in made.more.items()}
    return {**values, **dict.fromkeys(ADDRESS_FIELDS, address), **more}


def sign_in_form(ctx: Context, connector: Platform, form: Mapping[str, str]) -> dict[str, str]:
    """Return the form before a sign-in, where what was left empty is that of the practice network: its address, and
    the handle of an account there, made when there is none."""
    filled = {name: value for name, value in form.items() if value.strip()}
    own = f"{ctx.settings.local_url}/practice/{connector.name}"
    for name in form:
        if name in ADDRESS_FIELDS:
            filled.setdefault(name, own)
    if "identifier" in form and "identifier" not in filled:
        known = practice_store(ctx).accounts.all(connector.name)
        handle = known[0].handle if known else _new_account(ctx, connector.name, "").identifier
        filled["identifier"] = handle
    return filled


def _on_this_site(ctx: Context, value: str) -> str:
    return f"{ctx.settings.local_url}{value}" if value.startswith("/practice/") else value


def _new_account(ctx: Context, network: str, wanted: str) -> PracticeCredentials:
    store, name = practice_store(ctx), ctx.settings.site.name
    try:
        return store.create_account(network, wanted or _free_handle(store, network, name), name)
    except PracticeError as error:
        raise refuse("identifier", str(error).removeprefix("handle: ")) from error


def _free_handle(store: PracticeStore, network: str, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = "".join(re.findall(r"[a-z0-9]+", plain)[:2])[:20] or "practice"
    taken = {re.split("[.@]", account.handle)[0] for account in store.accounts.all(network)}
    numbered = (f"{stem}{number}" for number in count(2))
    return next(handle for handle in chain([stem], numbered) if handle not in taken)


def surroundings(ctx: Context, network: str) -> dict[str, str]:
    """Return the settings of a practice account: where its public pages and its counts are."""
    own = f"{ctx.settings.local_url}/practice/{network}"
    return {"web": own, "appview": own}


def portable(ctx: Context, values: Mapping[str, str]) -> dict[str, str]:
    """Return `values` with our own address replaced by its stand-in, to be stored."""
    return {name: _moved(value, ctx.settings.local_url, _STAND_IN) for name, value in values.items()}


def here(ctx: Context, values: Mapping[str, str]) -> dict[str, str]:
    """Return stored `values` with our present address."""
    return {name: _moved(value, _STAND_IN, ctx.settings.local_url) for name, value in values.items()}


def portable_name(ctx: Context, name: str) -> str:
    """Return a handle or id on the practice network ("@clinic@127.0.0.1:8000") without our address."""
    return _renamed(name, urlsplit(ctx.settings.local_url).netloc, WORD)


def name_here(ctx: Context, name: str) -> str:
    """Return a stored handle or id of a practice account as its network knows it."""
    return _renamed(name, WORD, urlsplit(ctx.settings.local_url).netloc)


def _renamed(name: str, old: str, new: str) -> str:
    stem, at, host = name.rpartition("@")
    return f"{stem}@{new}" if at and stem and host == old else name


def _moved(value: str, old: str, new: str) -> str:
    return new + value[len(old) :] if value == old or value.startswith(old + "/") else value


def describe_link(ctx: Context, url: str) -> LinkCard | None:
    """Return the card of one of our own public articles; a practice network fetches nothing from the internet."""
    own = f"{ctx.settings.base_url}/blog/"
    slug = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    article = ctx.articles.get(slug) if url.startswith(own) else None
    if article is None or not is_public(article, ctx.clock.now_ms()):
        return None
    lead = picture(ctx, article.image.asset) if article.image else None
    return LinkCard(url, article.title, article.description, lead.src if lead else "")


def fetch_media(ctx: Context, url: str) -> bytes | None:
    """Return the file at one of our own signed addresses, as a platform that fetches it would get it; else None."""
    start, name = url.rpartition("/")[0], url.rpartition("/")[2]
    if start not in (f"{ctx.settings.local_url}/platform-media", f"{ctx.settings.base_url}/platform-media"):
        return None
    found = public_media.opened(ctx, name)
    try:
        return ctx.blobs.read(found[0]) if found else None
    except FileNotFoundError:
        return None
