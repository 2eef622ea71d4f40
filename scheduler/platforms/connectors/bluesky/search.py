"""Finding a post again among an account's own records on Bluesky, when nobody knows the moment of its send.

`listRecords` on the account's own server has no delay and gives the newest record key first; keys are times (TIDs), so
the search ends at the first one that is older than the post can be. Source: the platform sheet of Bluesky, section 5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Mark, Refused
from scheduler.platforms.connectors.bluesky.atproto import Pds
from scheduler.platforms.http import Answer

PAGE = 100
PAGES = 20
CLOCK_SKEW_MS = 5 * 60_000
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(f"[234567abcdefghij][{_BASE32}]{{12}}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the account: `at` (UTC ms) is what its key says, None when its key is no time."""

    uri: str
    rkey: str
    at: int | None
    value: Mapping[str, Any]


def search(pds: Pds, collection: str, payload: Payload, mark: Mark) -> Record | None:
    """Return our post among the account's records, None when it is proven not to be there. Raises `Refused`."""
    code = mark.short_code if mark.short_code and _shows(payload, mark.short_code) else ""
    for record in _records_since(pds, collection, mark.earliest - CLOCK_SKEW_MS):
        if _carries(record, code) if code else record.value.get("text") == payload.text:
            return record
    return None


def _shows(payload: Payload, code: str) -> bool:
    """Return whether the record of a payload carries the short code: in its text, or in the card of its link."""
    card = payload.link.url if payload.link and not payload.media else ""
    return code in payload.text or code in card


def _carries(record: Record, code: str) -> bool:
    """Return whether the short code stands in the record, as a whole and not as a part of another word."""
    said = json.dumps(record.value, ensure_ascii=False)
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])", said) is not None


def _records_since(pds: Pds, collection: str, since: int) -> Iterator[Record]:
    """Yield the account's records from now back to `since` (UTC ms). Raises `Refused` when that cannot be done."""
    cursor = ""
    for _ in range(PAGES):
        params = {"repo": pds.session.remote_id, "collection": collection, "limit": str(PAGE)}
        query = params | ({"cursor": cursor} if cursor else {})
        result = attempt(partial(pds.get, "com.atproto.repo.listRecords", query, open_to_all=True))
        page = result.object().get("records") if isinstance(result, Answer) and result.ok else None
        if not isinstance(result, Answer) or not isinstance(page, list):
            raise pds.refused(result)
        records = [_record(entry) for entry in page if isinstance(entry, dict)]
        for record in records:
            if record.at is not None and record.at < since:
                return
            yield record
        cursor = str(result.object().get("cursor") or "")
        if not cursor or not page:
            return
    raise Refused(Rejected(sentence="The account has posted too much since then to find this post again."))


def _record(entry: Mapping[str, Any]) -> Record:
    uri, value = str(entry.get("uri") or ""), entry.get("value")
    rkey = uri.rpartition("/")[2]
    return Record(uri, rkey, _time_of(rkey), value if isinstance(value, dict) else {})


def _time_of(rkey: str) -> int | None:
    """Return the moment (UTC ms) that a record key names, None for a key that is no TID."""
    if not _TID.fullmatch(rkey):
        return None
    number = 0
    for character in rkey:
        number = number << 5 | _BASE32.index(character)
    return (number >> 10) // 1000
