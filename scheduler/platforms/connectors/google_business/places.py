"""The locations that a person may post for.

Version 1 of Google's API names a location without its account, version 4 wants both: they are joined here.
Source: platform sheet of Google Business Profile, sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from scheduler.domain.outcome import Forbidden
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Profile, Refused, Session
from scheduler.platforms.google import bearer, outcome_of, reader_of
from scheduler.platforms.http import Answer

LABEL = "Google Business Profile"
ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com"
INFORMATION = "https://mybusinessbusinessinformation.googleapis.com"
READ_MASK = "name,title,storefrontAddress,storeCode,metadata"
ACCOUNTS_PAGE, LOCATIONS_PAGE = 20, 100
PAGES = 50
"""More pages than any business has: an answer that never ends is left."""


def all_accounts(session: Session) -> Iterator[str]:
    """Yield the names of the person's accounts: "accounts/1". Raises `Refused`."""
    url = f"{session.config.get('accounts', ACCOUNTS)}/v1/accounts"
    for found in _pages(session, url, {"pageSize": str(ACCOUNTS_PAGE)}, "accounts"):
        if isinstance(found.get("name"), str) and found["name"].startswith("accounts/"):
            yield found["name"]


def locations_of(session: Session, account: str) -> Iterator[dict[str, Any]]:
    """Yield the locations of one account. Raises `Refused`."""
    url = f"{session.config.get('information', INFORMATION)}/v1/{account}/locations"
    params = {"readMask": READ_MASK, "pageSize": str(LOCATIONS_PAGE)}
    for found in _pages(session, url, params, "locations"):
        if isinstance(found.get("name"), str) and found["name"].startswith("locations/"):
            yield found


def may_post(location: Mapping[str, Any]) -> bool:
    """Return whether Google has verified a location; `canOperateLocalPost` is no longer filled in."""
    metadata = location.get("metadata")
    return isinstance(metadata, dict) and metadata.get("hasVoiceOfMerchant") is True


def profile_of(account: str, location: Mapping[str, Any]) -> Profile:
    """Return a location as an account of ours."""
    title, metadata = str(location.get("title") or location["name"]), location.get("metadata")
    maps = metadata.get("mapsUri") if isinstance(metadata, dict) else ""
    place = _address(location) or str(location.get("storeCode") or "")
    return Profile(f"{account}/{location['name']}", title, place or title, web_address(maps))


def gone() -> Refused:
    """Return the refusal of a location that the person can no longer see."""
    sentence = "Google no longer shows this location to the connected person. Check who manages it, or connect again."
    return Refused(Forbidden(sentence=sentence))


def unverified() -> Refused:
    """Return the refusal of a person without a location that may post."""
    sentence = (
        "Google shows no verified location for this person. Verify your business at business.google.com, or ask its "
        "owner to make you a manager, then connect again."
    )
    return Refused(Forbidden(sentence=sentence))


def _address(location: Mapping[str, Any]) -> str:
    address = location.get("storefrontAddress")
    if not isinstance(address, dict):
        return ""
    lines = address.get("addressLines")
    street = str(lines[0]) if isinstance(lines, list) and lines else ""
    return ", ".join(part for part in (street, str(address.get("locality") or "")) if part)


def _pages(session: Session, url: str, params: Mapping[str, str], name: str) -> Iterator[dict[str, Any]]:
    token, reader = "", reader_of(session, LABEL).harmless()
    for _ in range(PAGES):
        asked = {**params, **({"pageToken": token} if token else {})}
        result = attempt(partial(session.http.request, "GET", url, headers=bearer(session), params=asked))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        page = result.json()
        if not isinstance(page, dict):
            raise Refused(reader.unreadable(result))
        found = page.get(name)
        yield from (one for one in (found if isinstance(found, list) else []) if isinstance(one, dict))
        token = str(page.get("nextPageToken") or "")
        if not token:
            return
