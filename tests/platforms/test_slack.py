"""What only the Slack connector does: three ways in, words exactly as written, files, and the webhook's lot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from scheduler.domain.outcome import CannotTell, Forbidden, NotSent, Outcome, Published, Rejected, Throttled, Unknown
from scheduler.domain.outcome import Unauthorized as Gone
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.slack.message import blocks, escaped, message_of, plain, words_of
from tests.platforms import stages
from tests.platforms.fault_server import Answering, Close, Reply
from tests.platforms.stage import LINK, MARK, PHOTO, TEXT, VIDEO, Stage
from tests.platforms.stages.slack import CHANNEL, TOKEN, TS, refused
from tests.support.specs import described

HOOK = "/services/T012AB/B034CD/hushpath456hushpath456"


@pytest.fixture
def slack() -> Iterator[Stage]:
    stage = stages.set_up("slack")
    yield stage
    stage.server.close()


@pytest.fixture
def webhook(slack: Stage) -> Stage:
    slack.server.routes.append(("POST", HOOK, Reply(text="ok")))
    slack.credentials, slack.limits = {"url": f"{slack.server.origin}{HOOK}"}, {"kind": "webhook"}
    slack.remote_id = "T012AB/B034CD"
    return slack


def publish(stage: Stage, payload: Payload) -> Outcome:
    session = stage.session()
    return stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))


def sent(stage: Stage, method: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(stage.server.last(method).body.decode()).items()}


# connecting


def test_a_bots_form_names_every_field_at_fault(slack: Stage) -> None:
    with pytest.raises(Invalid) as refusal:
        slack.platform.connect(slack.session(connected=False), {"bot_token": "x", "channel": "#news"})
    assert [one.field for one in refusal.value.problems] == ["bot_token", "channel"]
    form = {"bot_token": TOKEN, "channel": f"https://clinic.slack.com/archives/{CHANNEL}"}
    found = slack.platform.connect(slack.session(connected=False), form)
    assert (found.profile.name, found.credentials["channel"]) == ("#news · Clinic", CHANNEL)


@pytest.mark.parametrize("typed", ["", "https://example.com" + HOOK, "https://hooks.slack.com/services/x"])
def test_an_address_that_is_no_webhook_is_refused(slack: Stage, typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        slack.platform.connect(slack.session(connected=False), {"url": typed})
    assert [one.field for one in refusal.value.problems] == ["url"]
    assert slack.server.calls == []


def test_a_webhook_is_connected_without_posting(webhook: Stage) -> None:
    found = webhook.platform.connect(webhook.session(connected=False), dict(webhook.credentials))
    assert (found.profile.remote_id, found.credentials) == ("T012AB/B034CD", webhook.credentials)
    assert webhook.server.calls == []
    assert "hushpath" not in repr(found)


@pytest.mark.parametrize(
    ("channel", "word"), [({"id": CHANNEL, "is_archived": True, "name": "old"}, "archived"), ({"id": "C9"}, "which")]
)
def test_a_closed_or_strange_channel_is_refused(slack: Stage, channel: dict[str, Any], word: str) -> None:
    slack.server.fault("POST", "/conversations.info$", Reply(json={"ok": True, "channel": channel}))
    with pytest.raises(Refused) as refusal:
        slack.platform.check(slack.session())
    assert isinstance(refusal.value.outcome, Forbidden)
    assert word in refusal.value.outcome.sentence


def test_the_bot_joins_a_public_channel_before_its_first_post(slack: Stage) -> None:
    slack.limits["member"] = False
    publish(slack, TEXT)
    assert slack.server.count("POST", "/conversations.join$") == 1
    slack.server.fault("POST", "/conversations.join$", refused("missing_scope", needed="channels:join"))
    with pytest.raises(Refused) as refusal:
        slack.platform.prepare(slack.session(), TEXT, MARK)
    assert "channels:join" in refusal.value.outcome.sentence


# words


@pytest.mark.parametrize("text", ["*no* _markup_ ~here~ `code`", "a & b < c > d", "@channel <!here> #news", "é☕😀"])
def test_words_are_shown_exactly_as_written(text: str) -> None:
    section = blocks(text)[0]["elements"][0]["elements"]
    assert "".join(one["text"] for one in section) == text
    assert plain(escaped(text)) == text


def test_addresses_are_links_without_what_ends_the_sentence() -> None:
    section = blocks("See https://e.com/a_b?x=1&y=(2). Or https://e.com, now")[0]["elements"][0]["elements"]
    assert [one["url"] for one in section if one["type"] == "link"] == ["https://e.com/a_b?x=1&y=(2", "https://e.com"]


def test_the_link_is_in_the_text_and_its_card_can_be_left_out() -> None:
    assert words_of(Payload("See it", LinkCard("https://e.com/a"))) == "See it\n\nhttps://e.com/a"
    assert words_of(TEXT) == TEXT.text
    assert message_of(TEXT, None)["unfurl_links"] is True
    assert message_of(replace(TEXT, options={"preview": "none"}), None)["unfurl_media"] is False


def test_what_is_written_out_counts(slack: Stage) -> None:
    rules = slack.platform.rules({})
    assert slack.platform.validate(Payload("&" * 800), rules) == []
    assert "Shorten it by 5" in slack.platform.validate(Payload("&" * 801), rules)[0].message


# messages


@pytest.mark.parametrize("media", [(), (PHOTO, VIDEO)])
def test_every_request_is_as_slack_describes_it(slack: Stage, media: tuple[MediaItem, ...]) -> None:
    slack.limits["member"] = False
    outcome = publish(slack, replace(TEXT, media=media, reply_to=TS))
    assert isinstance(outcome, Published)
    session = slack.session()
    slack.platform.edit(session, outcome.remote_id, TEXT)
    slack.platform.metrics(session, outcome.remote_id)
    slack.platform.find(session, TEXT, MARK)
    slack.platform.delete(session, outcome.remote_id)
    slack.platform.check(session)
    for call in slack.server.calls:
        method = call.path.strip("/")
        known = described(f"slack/methods/{method}.json")
        names = set(parse_qs(call.body.decode(errors="replace"))) if not method.startswith("upload") else set()
        if known:
            needed = {name for name, one in known["args"].items() if one.get("required")} - {"token"}
            assert needed <= names <= set(known["args"]), method
        assert method.startswith("upload") or call.headers["authorization"] == f"Bearer {TOKEN}"


def test_files_are_sent_first_and_shared_in_one_message(slack: Stage) -> None:
    outcome = publish(slack, replace(TEXT, media=(PHOTO, VIDEO)))
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == (
        TS,
        f"https://clinic.slack.com/archives/{CHANNEL}/p{TS.replace('.', '')}",
    )
    asked = [parse_qs(one.body.decode()) for one in slack.server.calls if one.path.endswith("getUploadURLExternal")]
    assert [one.get("alt_txt") for one in asked] == [[PHOTO.alt], None]
    assert slack.server.count("POST", "/files.completeUploadExternal$") == 1
    assert json.loads(sent(slack, "/files.completeUploadExternal$")["files"])[0]["id"] == "F1"
    assert "authorization" not in slack.server.last("/upload/").headers


def test_a_message_whose_number_slack_does_not_tell_is_live_all_the_same(slack: Stage) -> None:
    slack.server.fault("POST", "/files.info$", refused("missing_scope", needed="files:read"))
    outcome = publish(slack, replace(TEXT, media=(PHOTO,)))
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == ("file:F1", "")
    with pytest.raises(Refused):
        slack.platform.delete(slack.session(), outcome.remote_id)
    slack.server.faults.clear()
    slack.platform.delete(slack.session(), outcome.remote_id)
    assert sent(slack, "/chat.delete$")["ts"] == TS


def test_a_lost_share_is_found_by_its_code_or_its_words(slack: Stage) -> None:
    for payload in (TEXT, Payload("Only words")):
        said = {"ts": TS, "text": "", "user": "U1", "blocks": blocks(words_of(payload))}
        slack.server.faults.clear()
        slack.server.fault("POST", "/conversations.history$", Reply(json={"ok": True, "messages": [said]}))
        found = slack.platform.find(slack.session(), payload, MARK)
        assert getattr(found, "remote_id", "") == TS, payload


def test_a_long_listing_is_read_to_its_end(slack: Stage) -> None:
    def page(number: int) -> Reply:
        following = {"next_cursor": f"c{number}"} if number < 3 else {}
        return Reply(json={"ok": True, "messages": [], "response_metadata": following})

    numbers = iter([1, 2, 3])
    slack.server.fault("POST", "/conversations.history$", lambda _call: page(next(numbers)))
    slack.platform.find(slack.session(), TEXT, MARK)
    assert slack.server.count("POST", "/conversations.history$") == 3
    assert sent(slack, "/conversations.history$")["cursor"] == "c2"


def test_without_the_right_to_read_nobody_can_tell(slack: Stage) -> None:
    slack.server.fault("POST", "/conversations.history$", refused("missing_scope", needed="channels:history"))
    found = slack.platform.find(slack.session(), TEXT, MARK)
    assert isinstance(found, CannotTell)
    assert not found.passing


# a webhook


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply(400, text="no_text"), Rejected),
        (Reply(400, text="invalid_payload"), Rejected),
        (Reply(403, text="action_prohibited"), Gone),
        (Reply(403, text="<html>Blocked</html>"), Unknown),
        (Reply(404, text="no_service"), Gone),
        (Reply(410, text="channel_is_archived"), Gone),
        (Reply(429, text="rate_limited", headers={"Retry-After": "3"}), Throttled),
        (Reply(500, text="rollup_error"), Unknown),
        (Reply(200, text="<html>"), Unknown),
        (Close(), Unknown),
    ],
)
def test_the_words_of_a_webhook(webhook: Stage, answer: Answering, expected: type[Outcome]) -> None:
    webhook.server.fault("POST", HOOK, answer)
    outcome = publish(webhook, TEXT)
    assert type(outcome) is expected
    assert "hushpath" not in repr(outcome)


def test_a_webhook_posts_and_can_do_nothing_else(webhook: Stage) -> None:
    outcome = publish(webhook, TEXT)
    assert isinstance(outcome, Published)
    assert webhook.server.last(HOOK).json["text"] == f"How to return to running. {LINK}"
    found = webhook.platform.find(webhook.session(), TEXT, MARK)
    assert isinstance(found, CannotTell)
    for act in (webhook.platform.delete, webhook.platform.metrics):
        with pytest.raises(Refused) as refusal:
            act(webhook.session(), outcome.remote_id)
        assert isinstance(refusal.value.outcome, Forbidden)
    rules = webhook.platform.rules({"kind": "webhook"})
    problems = webhook.platform.validate(replace(TEXT, media=(PHOTO,)), rules)
    assert [one.field for one in problems] == ["media"]


# signing in


def test_slacks_own_codes_of_the_sign_in_are_understood(slack: Stage) -> None:
    slack.app = {"client_id": "id", "client_secret": "hush-app-pass"}
    for code, expected in (("invalid_code", "Gone"), ("bad_client_secret", "Misconfigured"), ("x_new", "Rejected")):
        slack.server.faults.clear()
        slack.server.fault("POST", "/oauth.v2.access$", refused(code))
        with pytest.raises(Refused) as refusal:
            slack.platform.signed_in(
                slack.session(connected=False), "oauth", {"code": "c"}, {"redirect_uri": "http://x"}
            )
        assert type(refusal.value.outcome).__name__.replace("Unauthorized", "Gone") == expected


def test_a_token_that_ends_is_renewed_and_stored_before_use(slack: Stage) -> None:
    slack.app = {"client_id": "id", "client_secret": "hush-app-pass"}
    slack.credentials = {"access_token": "xoxe.old", "refresh_token": "xoxe-1", "channel": CHANNEL}
    said = {
        "ok": True,
        "access_token": "xoxe.new",
        "refresh_token": "xoxe-2",
        "expires_in": 43_200,
        "token_type": "bot",
    }
    slack.server.routes.append(("POST", "/oauth.v2.access$", Reply(json=said)))
    session = slack.session()
    slack.platform.refresh(session)
    assert slack.remembered == [session.credentials]
    assert (session.credentials["access_token"], session.credentials["refresh_token"]) == ("xoxe.new", "xoxe-2")
    assert int(session.credentials["expires_at"]) > session.clock.now_ms()
    slack.platform.check(session)
    assert slack.server.last("/auth.test$").headers["authorization"] == "Bearer xoxe.new"
    slack.server.fault("POST", "/oauth.v2.access$", refused("invalid_refresh_token"))
    with pytest.raises(Refused) as refusal:
        slack.platform.refresh(slack.session())
    assert isinstance(refusal.value.outcome, Gone)
    slack.server.faults.clear()
    slack.server.fault("POST", "/oauth.v2.access$", Reply(500))
    with pytest.raises(Refused) as refusal:
        slack.platform.refresh(slack.session())
    assert isinstance(refusal.value.outcome, NotSent)
