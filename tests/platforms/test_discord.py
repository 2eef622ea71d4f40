"""What only the Discord connector does: both ways in, Markdown made plain, the card, forums, and the webhook's lot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scheduler.domain.outcome import CannotTell, Forbidden, Published, Rejected, Unknown
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.discord.message import content
from tests.platforms import stages
from tests.platforms.fault_server import Close, Reply
from tests.platforms.stage import LINK, MARK, PHOTO, TEXT, VIDEO, Stage
from tests.platforms.stages.discord import CHANNEL, TOKEN, refused
from tests.support.specs import schema_problems

HOOK = "/webhooks/700000000000000001/hush-token-123-hush-token-123"
GUILD = "800000000000000001"


@pytest.fixture
def discord() -> Iterator[Stage]:
    stage = stages.set_up("discord")
    yield stage
    stage.server.close()


@pytest.fixture
def webhook(discord: Stage) -> Stage:
    hook = {"id": "700000000000000001", "name": "Clinic", "channel_id": CHANNEL, "guild_id": GUILD}
    discord.server.routes += [
        ("GET", f"{HOOK}$", Reply(json=hook)),
        ("POST", HOOK, Reply(json={"id": "5", "channel_id": CHANNEL})),
        ("DELETE", f"{HOOK}/messages/5", Reply(204)),
    ]
    discord.credentials = {"url": f"{discord.server.origin}/api{HOOK}"}
    discord.limits = {"kind": "webhook", "guild_id": GUILD}
    discord.config["api"] = f"{discord.server.origin}/api"
    return discord


def publish(stage: Stage, payload: Payload) -> Any:
    session = stage.session()
    return stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))


def sent(stage: Stage) -> dict[str, Any]:
    call = [one for one in stage.server.calls if one.method == "POST"][-1]
    if call.headers["content-type"] == "application/json":
        found: dict[str, Any] = call.json
        return found
    inner = re.search(rb'name="payload_json"\r\n\r\n(.*?)\r\n--', call.body, re.DOTALL)
    assert inner
    form: dict[str, Any] = json.loads(inner[1])
    return form


# connecting


def test_a_webhook_is_connected_by_its_address(webhook: Stage) -> None:
    for typed in (f"https://discord.com/api{HOOK}", f"https://canary.discord.com/api/v10{HOOK}/"):
        found = webhook.platform.connect(webhook.session(connected=False), {"url": typed})
        assert (found.profile.name, found.profile.remote_id) == ("Clinic", CHANNEL)
        assert found.credentials == webhook.credentials
    assert webhook.commits() == 0


@pytest.mark.parametrize(
    "typed",
    ["", "https://example.com/api" + HOOK, "https://discord.com/channels/1/2", "https://discord.com/api/webhooks/1/x"],
)
def test_an_address_that_is_no_webhook_is_refused(discord: Stage, typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        discord.platform.connect(discord.session(connected=False), {"url": typed})
    assert [one.field for one in refusal.value.problems] == ["url"]


def test_a_bots_form_names_every_field_at_fault(discord: Stage) -> None:
    with pytest.raises(Invalid) as refusal:
        discord.platform.connect(discord.session(connected=False), {"bot_token": "x", "channel": "news"})
    assert [one.field for one in refusal.value.problems] == ["bot_token", "channel"]
    address = f"https://discord.com/channels/{GUILD}/{CHANNEL}"
    found = discord.platform.connect(discord.session(connected=False), {"bot_token": TOKEN, "channel": address})
    assert found.credentials["channel"] == CHANNEL


def test_a_voice_channel_takes_no_messages(discord: Stage) -> None:
    discord.server.fault("GET", f"/channels/{CHANNEL}$", Reply(json={"id": CHANNEL, "type": 4}))
    with pytest.raises(Refused) as refusal:
        discord.platform.check(discord.session())
    assert isinstance(refusal.value.outcome, Forbidden)


# words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 * 3 * 4", r"2 \* 3 \* 4"),
        ("snake_case and ~~no~~ ||spoiler|| `code`", r"snake\_case and \~\~no\~\~ \|\|spoiler\|\| \`code\`"),
        (
            "# Not a title\n- no list\n> no quote\n1. no number",
            "\\# Not a title\n\\- no list\n\\> no quote\n1\\. no number",
        ),
        ("#hashtag and a-b and 3 > 2", "#hashtag and a-b and 3 > 2"),
        ("https://e.com/a_b_c*d", "https://e.com/a_b_c*d"),
    ],
)
def test_what_looks_like_markdown_is_shown_as_written(text: str, expected: str) -> None:
    assert content(Payload(text)) == expected
    assert content(Payload(text, options={"markdown": "1"})) == text


def test_the_link_becomes_one_card_and_never_two() -> None:
    card = LinkCard("https://e.com/a", "Title")
    assert content(Payload("See https://e.com/a.", card)) == "See <https://e.com/a>."
    assert content(Payload("See https://e.com/a.html", card)) == "See https://e.com/a.html"
    assert content(Payload("See it", card)) == "See it"
    assert content(Payload("See it", card, (PHOTO,))) == "See it\n\nhttps://e.com/a"
    assert content(Payload("See it", card, options={"preview": "auto"})) == "See it\n\nhttps://e.com/a"
    assert content(Payload("See it", card, options={"preview": "none"})) == "See it\n\n<https://e.com/a>"
    assert content(Payload("See it", LinkCard("https://e.com/a"))) == "See it\n\nhttps://e.com/a"


def test_what_is_escaped_counts(discord: Stage) -> None:
    rules = discord.platform.rules({})
    assert discord.platform.validate(Payload("_" * 1000), rules) == []
    problems = discord.platform.validate(Payload("_" * 1001), rules)
    assert "Shorten it by 2" in problems[0].message
    assert discord.platform.validate(Payload("_" * 2000, options={"markdown": "1"}), rules) == []


# messages


@pytest.mark.parametrize("media", [(), (PHOTO,), (PHOTO, VIDEO)])
def test_a_message_is_as_the_description_has_it(discord: Stage, media: tuple[MediaItem, ...]) -> None:
    options = {"silent": "1", "spoiler": "1"}
    assert isinstance(publish(discord, replace(TEXT, media=media, options=options)), Published)
    fields = sent(discord)
    assert schema_problems("discord/openapi.json", "MessageCreateRequest", fields) == []
    assert (fields["allowed_mentions"], fields["flags"]) == ({"parse": []}, 4096)
    assert (len(fields["nonce"]), fields["enforce_nonce"]) == (25, True)
    alts = [one.get("description") for one in fields["attachments"]]
    assert alts == [item.alt for item in media] if media else [None]
    if not media:
        assert fields["embeds"][0] == {
            "title": "Running again",
            "url": LINK,
            "description": "Slowly",
            "image": {"url": "attachment://card.jpg"},
        }
        assert b'filename="card.jpg"' in discord.server.calls[-1].body
    else:
        assert fields["attachments"][0]["filename"] == "SPOILER_file0.jpeg"


def test_a_forum_gets_a_post_with_a_title(discord: Stage) -> None:
    thread = {"id": "77", "message": {"id": "77", "channel_id": "77"}}
    discord.server.routes.append(("POST", f"/channels/{CHANNEL}/threads$", Reply(201, thread)))
    discord.limits["channel_type"] = 15
    for options, title in (({}, "Running again"), ({"thread_name": "Knees"}, "Knees")):
        outcome = publish(discord, replace(TEXT, options=options))
        assert (outcome.remote_id, outcome.url) == ("77/77", f"https://discord.com/channels/{GUILD}/77/77")
        assert sent(discord)["name"] == title
    publish(discord, Payload("More", reply_to="77/77"))
    assert discord.server.count("POST", "/channels/77/messages$") == 1
    assert isinstance(discord.platform.find(discord.session(), TEXT, MARK), CannotTell)


def test_a_long_listing_is_read_to_its_end(discord: Stage) -> None:
    def page(start: int) -> list[dict[str, Any]]:
        return [{"id": str(start + n), "content": "x", "author": {"id": "1"}} for n in range(100)]

    pages = iter([page(1000), page(2000), []])
    discord.server.fault("GET", "/messages\\?", lambda _call: Reply(json=next(pages)))
    discord.platform.find(discord.session(), TEXT, MARK)
    asked = [one.path for one in discord.server.calls if "/messages?" in one.path]
    assert [path.rpartition("after=")[2] for path in asked[1:]] == ["1099", "2099"]


def test_the_nested_error_of_a_form_is_told(discord: Stage) -> None:
    errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}}
    discord.server.fault("POST", "/messages$", refused(400, 50035, "Invalid Form Body", errors=errors))
    outcome = publish(discord, TEXT)
    assert isinstance(outcome, Rejected)
    assert "content: Must be 2000 or fewer" in outcome.sentence


# a webhook


def test_a_webhook_waits_for_the_message_and_tells_no_secret(webhook: Stage) -> None:
    outcome = publish(webhook, TEXT)
    assert (outcome.remote_id, outcome.url) == (f"{CHANNEL}/5", f"https://discord.com/channels/{GUILD}/{CHANNEL}/5")
    call = [one for one in webhook.server.calls if one.method == "POST"][-1]
    assert call.path.endswith("?wait=true")
    assert "authorization" not in call.headers
    assert call.headers["user-agent"].startswith("DiscordBot (")
    assert "nonce" not in sent(webhook)
    webhook.server.fault("POST", HOOK, Close())
    lost = publish(webhook, TEXT)
    assert isinstance(lost, Unknown)
    assert "hush" not in repr(lost)
    found = webhook.platform.find(webhook.session(), TEXT, MARK)
    assert isinstance(found, CannotTell)
    assert not found.passing


def test_a_webhook_in_a_forum_names_the_post_and_goes_on_in_its_thread(webhook: Stage) -> None:
    publish(webhook, replace(TEXT, options={"thread_name": "Knees"}))
    assert sent(webhook)["thread_name"] == "Knees"
    publish(webhook, Payload("More", reply_to="77/77", options={"thread_name": "Knees"}))
    assert "thread_id=77" in webhook.server.calls[-1].path
    assert "thread_name" not in sent(webhook)
    publish(webhook, Payload("More", reply_to=f"{CHANNEL}/5"))
    assert "thread_id" not in webhook.server.calls[-1].path
    webhook.platform.delete(webhook.session(), f"{CHANNEL}/5")
    webhook.platform.delete(webhook.session(), "77/5")
    assert webhook.server.calls[-1].path.endswith("?thread_id=77")


def test_files_that_discord_would_refuse(discord: Stage) -> None:
    rules = discord.platform.rules({})
    for media, fields in (
        ((replace(PHOTO, bytes=10_485_761),), ["media.0"]),
        ((replace(PHOTO, bytes=9_000_000),) * 3, ["media"]),
        ((PHOTO,) * 6 + (VIDEO,) * 5, ["media"]),
        ((replace(PHOTO, alt="x" * 1025),), ["media.0"]),
    ):
        found = discord.platform.validate(replace(TEXT, media=media), rules)
        assert [one.field for one in found] == fields
    wrong = {"preview": "huge", "thread_name": "x" * 101}
    found = discord.platform.validate(replace(TEXT, options=wrong), rules)
    assert [one.field for one in found] == ["options.preview", "options.thread_name"]
