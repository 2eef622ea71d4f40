"""Finding a post whose moment nobody knows any more: after a restore, among the account's posts since the backup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduler.domain.outcome import Absent, CannotTell, Found
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark
from scheduler.platforms.connectors.bluesky.connector import tid
from tests.platforms.fault_server import Answering, Call, Reply
from tests.platforms.stage import DID, LINK, MARK, NOW, PHOTOS, TEXT, Stage

HOUR = 3_600_000
SINCE = NOW - 24 * HOUR
LOST = Mark(MARK.idempotency_key, 0, MARK.short_code, SINCE)
PLAIN = Payload("Strong hips carry tired legs.")


@pytest.fixture
def stage(bluesky: Stage) -> Stage:
    return bluesky


def entry(at: int, text: str, **more: Any) -> dict[str, Any]:
    return {"uri": f"at://{DID}/app.bsky.feed.post/{tid(at * 1000, 7)}", "value": {"text": text, **more}}


def repo(stage: Stage, *entries: dict[str, Any], page: int = 100) -> None:
    """Let the account's server list `entries`, newest key first, `page` at a time."""
    ordered = sorted(entries, key=lambda one: one["uri"], reverse=True)

    def answer(call: Call) -> Reply:
        assert "limit=100" in call.path and f"repo={DID.replace(':', '%3A')}" in call.path
        start = int(call.path.partition("cursor=")[2] or 0)
        found = ordered[start : start + page]
        return Reply(json={"records": found, **({"cursor": str(start + page)} if found else {})})

    listing(stage, answer)


def listing(stage: Stage, answer: Answering) -> None:
    stage.server.faults.clear()
    stage.server.fault("GET", "listRecords", answer)


def find(stage: Stage, payload: Payload = PLAIN, mark: Mark = LOST) -> Found | Absent | CannotTell:
    return stage.platform.find(stage.session(), payload, mark)


def test_by_its_text_with_its_moment(stage: Stage) -> None:
    repo(stage, entry(NOW - HOUR, PLAIN.text), entry(NOW, "Something else"))
    found = find(stage)
    assert isinstance(found, Found)
    assert found.remote_id.endswith(tid((NOW - HOUR) * 1000, 7))
    assert found.at == NOW - HOUR
    assert stage.server.count("GET", "getRecord") == 0
    assert "authorization" not in stage.server.last("listRecords").headers


def test_the_same_words_from_before_the_backup_are_another_post(stage: Stage) -> None:
    repo(stage, entry(SINCE - HOUR, PLAIN.text))
    assert isinstance(find(stage), Absent)


def test_by_the_short_code_wherever_the_record_carries_it(stage: Stage) -> None:
    assert MARK.short_code in TEXT.text
    repo(stage, entry(NOW, f"Words that were changed since. {LINK}"))
    assert isinstance(find(stage, TEXT), Found)
    repo(stage, entry(NOW, TEXT.text.replace(MARK.short_code, "another1")))
    assert isinstance(find(stage, TEXT), Absent), "the same words with another code are another delivery"
    repo(stage, entry(NOW, f"x{MARK.short_code}x"))
    assert isinstance(find(stage, TEXT), Absent), "a part of a word is no code"


def test_a_code_in_the_card_counts_only_where_there_is_a_card(stage: Stage) -> None:
    in_card, in_photos = replace(TEXT, text="Words"), replace(PHOTOS, text="Words")
    repo(stage, entry(NOW, "Words", embed={"external": {"uri": LINK}}))
    assert isinstance(find(stage, in_card), Found)
    repo(stage, entry(NOW, "Words"))
    assert isinstance(find(stage, in_card), Absent)
    assert isinstance(find(stage, in_photos), Found), "with photos there is no card, so the text decides"


def test_it_reads_on_until_the_posts_are_too_old(stage: Stage) -> None:
    others = [entry(NOW - minute * 60_000, f"Post {minute}") for minute in range(10)]
    repo(stage, *others, entry(NOW - 2 * HOUR, PLAIN.text), page=3)
    assert isinstance(find(stage), Found)
    assert stage.server.count("GET", "listRecords") == 4


def test_too_many_posts_or_no_answer_prove_nothing(stage: Stage) -> None:
    repo(stage, *(entry(NOW - second, f"Post {second}") for second in range(50)), page=2)
    crowded = find(stage)
    assert isinstance(crowded, CannotTell) and not crowded.passing
    listing(stage, Reply(503))
    down = find(stage)
    assert isinstance(down, CannotTell) and down.passing
    listing(stage, Reply(json={"records": "none"}))
    assert isinstance(find(stage), CannotTell)


def test_mastodon_looks_back_to_the_backup(mastodon: Stage) -> None:
    def status(created_at: str) -> dict[str, Any]:
        return {"id": "7", "created_at": created_at, "content": f'<p>x <a href="{LINK}">x</a></p>', "url": ""}

    for created_at, expected in (("2026-11-21T20:00:00.000Z", Found), ("2026-11-21T12:00:00.000Z", Absent)):
        mastodon.server.faults.clear()
        mastodon.server.fault("GET", "/api/v1/accounts/42/statuses", Reply(json=[status(created_at)]))
        assert isinstance(mastodon.platform.find(mastodon.session(), TEXT, LOST), expected)
