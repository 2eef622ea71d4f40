"""The Slack imitation: webhooks, bot tokens and scopes, messages, files, sign-in, and everything Slack refuses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from scheduler.practice.feed import LinkCard
from scheduler.practice.grants import Grant
from scheduler.practice.networks.slack.server import ASKED_SCOPES, new_bot_token, sign_in
from scheduler.practice.switches import FailureSwitch
from tests.support.practice_clients import jpeg, mp4
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.specs import slack_problems

BACK = "http://127.0.0.1:9/back"

Json = dict[str, Any]


class Workspace:
    """One account: its webhook and its bot."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.server, self.store = server, server.store
        self.credentials = self.store.create_account("slack", handle, "Harbor Street Clinic")
        self.account_id = self.credentials.account_id
        more = self.credentials.more
        self.hook, self.token, self.channel = server.url + more["url"], more["bot_token"], more["channel"]

    def call(self, method: str, timeout: float = 10, **fields: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.server.url}/practice/slack/api/{method}"
        return requests.post(url, json=fields, headers=headers, timeout=timeout)

    def form(self, method: str, **fields: Any) -> requests.Response:
        url = f"{self.server.url}/practice/slack/api/{method}"
        return requests.post(url, data=fields, headers={"Authorization": f"Bearer {self.token}"}, timeout=10)

    def post(self, text: str = "Hello", **fields: Any) -> requests.Response:
        return self.call("chat.postMessage", **{"channel": self.channel, "text": text, **fields})

    def file(self, data: bytes, name: str = "knee.jpg", alt: str = "A knee") -> str:
        asked = good(self.form("files.getUploadURLExternal", filename=name, length=len(data), alt_txt=alt))
        assert slack_problems("files.getUploadURLExternal", asked) == []
        sent = requests.post(asked["upload_url"], data=data, timeout=10)
        assert sent.status_code == 200
        return str(asked["file_id"])

    def share(self, *files: str, **fields: Any) -> requests.Response:
        listed = json.dumps([{"id": one, "title": "Title"} for one in files])
        return self.form("files.completeUploadExternal", files=listed, **{"channel_id": self.channel, **fields})

    def hooked(self, body: object = None, **more: Any) -> requests.Response:
        return requests.post(self.hook, json={"text": "Hello"} if body is None else body, timeout=10, **more)

    def switch(self, kind: FailureSwitch, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, seconds=seconds)

    def texts(self) -> list[str]:
        return [one.text for one in self.store.feed("slack")]

    def scoped(self, *scopes: str) -> None:
        account = self.store.accounts.get(self.account_id)
        assert account is not None
        self.token = new_bot_token(sign_in(self.store), Grant(account, frozenset(scopes), "f"))


@pytest.fixture
def slack(practice_server: PracticeServer) -> Workspace:
    return Workspace(practice_server)


def good(answer: requests.Response) -> Json:
    found: Json = answer.json()
    assert (answer.status_code, found["ok"]) == (200, True), answer.text
    return found


def refused(answer: requests.Response, error: str, status: int = 200) -> Json:
    found: Json = answer.json()
    assert (answer.status_code, found["ok"], found["error"]) == (status, False, error), answer.text
    return found


def plain(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


# incoming webhook


def test_a_webhook_answers_ok_and_nothing_else(slack: Workspace) -> None:
    assert plain(slack.hooked()) == (200, "ok")
    assert plain(requests.post(slack.hook, data={"payload": '{"text": "Two"}'}, timeout=10)) == (200, "ok")
    assert slack.texts() == ["Two", "Hello"]
    assert slack.hook.rpartition("/")[2] not in str(slack.store.requests.newest("slack"))


def test_webhook_refusals_are_one_word(slack: Workspace) -> None:
    assert plain(requests.post(slack.hook, data=b"{", timeout=10)) == (400, "invalid_payload")
    assert plain(slack.hooked(["text"])) == (400, "invalid_payload")
    assert plain(slack.hooked({"text": " "})) == (400, "no_text")
    assert plain(slack.hooked({"attachments": [{}] * 101})) == (400, "too_many_attachments")
    assert plain(slack.hooked({"blocks": [{"type": "poem"}]})) == (400, "invalid_blocks")
    team, service, secret = slack.hook.split("/")[-3:]
    base = slack.hook.removesuffix(f"{team}/{service}/{secret}")
    for path, answer in (
        (f"TX/{service}/{secret}", (404, "no_team")),
        (f"{team}/BX/{secret}", (404, "no_service")),
        (f"{team}/{service}/x", (403, "invalid_token")),
    ):
        assert plain(requests.post(base + path, json={"text": "x"}, timeout=10)) == answer
    assert slack.texts() == []


def test_webhooks_of_closed_channels(slack: Workspace) -> None:
    for status, answer in (
        ("suspended", (410, "channel_is_archived")),
        ("deactivated", (403, "action_prohibited")),
        ("takendown", (404, "no_team")),
    ):
        slack.store.accounts.set_status(slack.account_id, status)
        assert plain(slack.hooked()) == answer


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (FailureSwitch.RATE_LIMITED, (429, "rate_limited")),
        (FailureSwitch.ERROR_BEFORE, (500, "rollup_error")),
        (FailureSwitch.EXPIRED_TOKEN, (403, "invalid_token")),
        (FailureSwitch.REVOKED_APP, (404, "no_service")),
    ],
)
def test_webhook_switches(slack: Workspace, kind: FailureSwitch, answer: tuple[int, str]) -> None:
    slack.switch(kind)
    found = slack.hooked()
    assert plain(found) == answer
    assert found.headers.get("Retry-After") == ("30" if answer[0] == 429 else None)
    assert slack.texts() == []
    slack.switch(FailureSwitch.ERROR_AFTER)
    assert plain(slack.hooked()) == (500, "rollup_error")
    assert slack.texts() == ["Hello"]


# tokens, scopes, channels


def test_who_the_bot_is(slack: Workspace) -> None:
    found = good(slack.call("auth.test"))
    assert (found["team"], found["bot_id"][0], found["user_id"][0]) == ("Harbor Street Clinic", "B", "U")
    assert slack_problems("auth.test", found) == []
    assert good(slack.call("auth.revoke"))["revoked"] is True
    refused(slack.call("auth.test"), "invalid_auth")
    slack.token = ""
    refused(slack.call("auth.test"), "not_authed")
    refused(slack.call("chat.postMassage"), "unknown_method")


def test_a_missing_scope_is_named(slack: Workspace) -> None:
    slack.scoped("channels:read")
    found = refused(slack.post(), "missing_scope")
    assert (found["needed"], found["provided"]) == ("chat:write", "channels:read")
    refused(slack.form("files.getUploadURLExternal", filename="a", length=1), "missing_scope")
    refused(slack.call("conversations.history", channel=slack.channel), "missing_scope")


def test_channels_page_by_page(slack: Workspace) -> None:
    asked = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": 2}
    first = good(slack.form("conversations.list", **asked))
    cursor = first["response_metadata"]["next_cursor"]
    second = good(slack.form("conversations.list", cursor=cursor, **asked))
    names = [one["name"] for one in first["channels"] + second["channels"]]
    assert names == ["harbor", "general", "staff", "announcements"]
    assert second["response_metadata"]["next_cursor"] == ""
    assert slack_problems("conversations.list", first) == []
    assert [one["name"] for one in good(slack.call("conversations.list", types="private_channel"))["channels"]] == [
        "staff"
    ]
    refused(slack.call("conversations.list", types="party"), "invalid_types")
    refused(slack.call("conversations.list", limit=1001), "invalid_limit")
    refused(slack.call("conversations.list", cursor="x"), "invalid_cursor")


def test_joining_makes_a_member(slack: Workspace) -> None:
    general = slack.channel + "G"
    refused(slack.post(channel=general), "not_in_channel")
    refused(slack.call("conversations.history", channel=general), "not_in_channel")
    joined = good(slack.call("conversations.join", channel=general))
    assert joined["channel"]["is_member"] is True
    assert slack_problems("conversations.join", joined) == []
    good(slack.post(channel=general))
    found = good(slack.call("conversations.info", channel=general))
    assert slack_problems("conversations.info", found) == []
    refused(slack.call("conversations.join", channel=slack.channel + "A"), "is_archived")
    refused(slack.call("conversations.join", channel=slack.channel + "P"), "method_not_supported_for_channel_type")


def test_channels_that_can_not_be_written_to(slack: Workspace) -> None:
    refused(slack.post(channel="C1"), "channel_not_found")
    refused(slack.post(channel="#harbor"), "channel_not_found")
    refused(slack.post(channel=""), "missing_argument")
    refused(slack.post(channel=slack.channel + "A"), "is_archived")
    refused(slack.post(channel=slack.channel + "R"), "restricted_action_read_only_channel")
    slack.store.accounts.set_status(slack.account_id, "suspended")
    refused(slack.post(), "is_archived")
    slack.store.accounts.set_status(slack.account_id, "deactivated")
    refused(slack.post(), "account_inactive")


def test_public_channels_without_joining_need_a_scope(slack: Workspace) -> None:
    slack.scoped(*ASKED_SCOPES, "chat:write.public")
    good(slack.post(channel=slack.channel + "G"))
    refused(slack.share(slack.file(jpeg()), channel_id=slack.channel + "G"), "not_in_channel")


# messages


def test_a_message_is_posted_updated_linked_and_deleted(slack: Workspace, practice_server: PracticeServer) -> None:
    found = good(slack.post("Hello <https://e.com|you>"))
    assert isinstance(found["ts"], str)
    assert (found["message"]["text"], found["channel"]) == ("Hello <https://e.com|you>", slack.channel)
    place: Json = {"channel": slack.channel, "ts": found["ts"]}
    link = good(slack.call("chat.getPermalink", channel=slack.channel, message_ts=found["ts"]))
    assert slack_problems("chat.getPermalink", link) == []
    visit = requests.get(link["permalink"], allow_redirects=False, timeout=10)
    own = slack.store.feed("slack")[0]
    assert visit.headers["Location"].endswith(f"/admin/practice/slack#post-{own.id}")
    assert link["permalink"] == practice_server.url + own.permalink
    assert good(slack.call("chat.update", **place, text="Changed"))["text"] == "Changed"
    refused(slack.call("chat.update", **place, text="x" * 4001), "msg_too_long")
    refused(slack.call("chat.update", channel=slack.channel, ts="1.000001", text="x"), "message_not_found")
    deleted = good(slack.call("chat.delete", **place))
    assert slack_problems("chat.delete", deleted) == []
    refused(slack.call("chat.delete", **place), "message_not_found")
    refused(slack.call("chat.getPermalink", channel=slack.channel, message_ts=found["ts"]), "message_not_found")


def test_forms_carry_json_texts(slack: Workspace) -> None:
    blocks = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "*Knees*"}}])
    found = good(slack.form("chat.postMessage", channel=slack.channel, text="Knees", blocks=blocks))
    assert found["message"]["blocks"][0]["text"]["text"] == "*Knees*"
    broken = slack.form("chat.postMessage", channel=slack.channel, text="x", blocks="[")
    refused(broken, "invalid_blocks_format")


def test_long_texts_are_cut_without_a_word(slack: Workspace) -> None:
    assert len(good(slack.post("x" * 40_001))["message"]["text"]) == 40_000
    refused(slack.post(""), "no_text")
    refused(slack.post("x", markdown_text="x"), "markdown_text_conflict")
    assert good(slack.post("", markdown_text="**x**"))["message"]["text"] == "**x**"


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


PICTURE: Json = {"type": "image", "image_url": "https://e.com/a.jpg", "alt_text": "A knee"}


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ("x", "invalid_blocks_format"),
        (["x"], "invalid_blocks_format"),
        ([{"type": "poem"}], "invalid_blocks"),
        ([section("x" * 3001)], "invalid_blocks"),
        ([section("")], "invalid_blocks"),
        ([{"type": "section"}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "html", "text": "x"}}], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "invalid_blocks"),
        ([{"type": "context", "elements": []}], "invalid_blocks"),
        ([PICTURE | {"alt_text": ""}], "invalid_blocks"),
        ([PICTURE | {"alt_text": "x" * 2001}], "invalid_blocks"),
        ([PICTURE | {"image_url": "file:///a"}], "invalid_blocks"),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([section("x" * 2900)] * 5, "msg_blocks_too_long"),
    ],
)
def test_blocks_that_are_refused(slack: Workspace, blocks: Any, error: str) -> None:
    answer = slack.post(blocks=json.dumps(blocks) if blocks == "x" else blocks)
    refused(answer, error)
    assert slack.texts() == []


def test_pictures_by_address_show_their_alt_text(slack: Workspace) -> None:
    good(slack.post("Knees", blocks=[section("Knees"), PICTURE]))
    assert "Picture: A knee" in slack.store.feed("slack")[0].html


def test_threads(slack: Workspace) -> None:
    parent = good(slack.post("One"))["ts"]
    reply = good(slack.post("Two", thread_ts=parent))
    assert reply["message"]["thread_ts"] == parent
    nested = good(slack.post("Three", thread_ts=reply["ts"], reply_broadcast=True))
    assert nested["message"]["thread_ts"] == parent
    refused(slack.post(thread_ts="1.000001"), "cannot_reply_to_message")
    listed = good(slack.call("conversations.history", channel=slack.channel))["messages"]
    assert [one["text"] for one in listed] == ["Three", "One"]
    assert listed[1]["reply_count"] == 2
    replies = good(slack.call("conversations.replies", channel=slack.channel, ts=parent))["messages"]
    assert [one["text"] for one in replies] == ["One", "Two", "Three"]
    refused(slack.call("conversations.replies", channel=slack.channel, ts="1.000001"), "thread_not_found")


def test_metadata_comes_back_in_the_history_when_asked_for(slack: Workspace, practice_clock: HeldClock) -> None:
    metadata = {"event_type": "drumbeat_delivery", "event_payload": {"id": "abc"}}
    good(slack.post("Old"))
    practice_clock.advance(60)
    oldest = f"{practice_clock.now_ms() / 1000:.6f}"
    good(slack.post("New", metadata=metadata))
    asked: Json = {"channel": slack.channel, "oldest": oldest, "inclusive": True}
    plainly = good(slack.call("conversations.history", **asked))["messages"]
    assert [(one["text"], "metadata" in one) for one in plainly] == [("New", False)]
    found = good(slack.call("conversations.history", include_all_metadata=True, **asked))["messages"]
    assert found[0]["metadata"] == metadata
    page = good(slack.call("conversations.history", channel=slack.channel, limit=1))
    assert page["has_more"] is True
    after = slack.call("conversations.history", channel=slack.channel, cursor=page["response_metadata"]["next_cursor"])
    assert [one["text"] for one in good(after)["messages"]] == ["Old"]
    refused(slack.call("conversations.history", channel=slack.channel, cursor="?"), "invalid_cursor")
    refused(slack.call("conversations.history", channel=slack.channel, oldest="soon"), "invalid_ts_oldest")
    refused(slack.post(metadata={"event_type": "x"}), "invalid_metadata_format")
    refused(slack.post(metadata=metadata | {"event_payload": {"id": "x" * 9000}}), "metadata_too_large")


def test_reactions_are_counted(slack: Workspace) -> None:
    good(slack.post())
    slack.store.posts.set_counts(slack.store.feed("slack")[0].id, likes=4)
    found = good(slack.call("conversations.history", channel=slack.channel))["messages"][0]
    assert found["reactions"][0]["count"] == 4


def test_the_link_card(practice_server: PracticeServer) -> None:
    server = PracticeServer(practice_server.store, lambda url: LinkCard(url, f"Title of {url}"))
    slack = Workspace(server)
    good(slack.post("See <https://e.com/a|this>"))
    card = slack.store.feed("slack")[0].card
    assert card is not None
    assert card.title == "Title of https://e.com/a"
    server.stop()


# files


def test_files_become_one_message(slack: Workspace, practice_clock: HeldClock) -> None:
    first, second = slack.file(jpeg()), slack.file(mp4(), "walk.mp4", "A walk")
    shared = good(slack.share(first, second, initial_comment="Two"))
    assert [one["id"] for one in shared["files"]] == [first, second]
    assert slack_problems("files.completeUploadExternal", shared) == []
    post = slack.store.feed("slack")[0]
    assert (post.text, [(one.kind, one.alt) for one in post.images]) == (
        "Two",
        [("image", "A knee"), ("video", "A walk")],
    )
    assert good(slack.call("files.info", file=first))["file"]["shares"] == {}
    practice_clock.advance(2)
    shares = good(slack.call("files.info", file=first))["file"]["shares"]["public"][slack.channel]
    listed = good(slack.call("conversations.history", channel=slack.channel))["messages"]
    assert (shares[0]["ts"], [one["id"] for one in listed[0]["files"]]) == (listed[0]["ts"], [first, second])


def test_the_steps_must_come_in_order(slack: Workspace) -> None:
    refused(slack.share("F1"), "file_not_found")
    asked = good(slack.form("files.getUploadURLExternal", filename="a.jpg", length=10))
    refused(slack.share(asked["file_id"]), "file_update_failed")
    assert requests.post(asked["upload_url"], data=b"123", timeout=10).status_code == 400
    part = {"file": ("a.jpg", b"0123456789")}
    assert requests.post(asked["upload_url"], files=part, timeout=10).status_code == 200
    assert requests.post(asked["upload_url"] + "x", data=b"123", timeout=10).status_code == 404
    good(slack.share(asked["file_id"]))
    refused(slack.share(asked["file_id"]), "file_update_failed")
    refused(slack.form("files.completeUploadExternal", files="[]"), "invalid_arguments")
    refused(slack.call("files.info", file="F1"), "file_not_found")


def test_files_that_are_refused(slack: Workspace) -> None:
    refused(slack.form("files.getUploadURLExternal", filename="a.jpg"), "missing_argument")
    refused(slack.form("files.getUploadURLExternal", filename="a.jpg", length=0), "invalid_arguments")
    long = slack.form("files.getUploadURLExternal", filename="a.jpg", length=1, alt_txt="x" * 1001)
    refused(long, "alt_txt_too_large")
    huge = slack.form("files.getUploadURLExternal", filename="a.jpg", length=2_000_000_000)
    refused(huge, "file_upload_size_restricted")
    slack.switch(FailureSwitch.REJECTED_MEDIA)
    refused(slack.form("files.getUploadURLExternal", filename="a.jpg", length=1), "file_type_not_allowed")
    many = ",".join([slack.channel] * 101)
    refused(slack.share(slack.file(jpeg()), channel_id="", channels=many), "channels_limit_exceeded")


# budgets and failure switches


def test_the_budget_of_a_channel(slack: Workspace, practice_clock: HeldClock) -> None:
    for _ in range(5):
        good(slack.post())
    answer = slack.post()
    refused(answer, "ratelimited", 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    practice_clock.advance(5)
    good(slack.post())


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        (FailureSwitch.RATE_LIMITED, "ratelimited", 429),
        (FailureSwitch.ERROR_BEFORE, "service_unavailable", 503),
        (FailureSwitch.EXPIRED_TOKEN, "token_expired", 200),
        (FailureSwitch.REVOKED_APP, "token_revoked", 200),
    ],
)
def test_switches_that_act_before(slack: Workspace, kind: FailureSwitch, error: str, status: int) -> None:
    slack.switch(kind)
    refused(slack.post(), error, status)
    file = slack.file(jpeg())
    slack.switch(kind)
    refused(slack.share(file), error, status)
    assert slack.texts() == []
    good(slack.share(file))


def test_switches_that_act_after(slack: Workspace, practice_clock: HeldClock) -> None:
    slack.switch(FailureSwitch.ERROR_AFTER)
    refused(slack.post("One"), "fatal_error")
    slack.switch(FailureSwitch.CLOSE_AFTER)
    with pytest.raises(requests.ConnectionError):
        slack.post("Two")
    slack.switch(FailureSwitch.HANG_AFTER, 70)
    with pytest.raises(requests.ReadTimeout):
        slack.call("chat.postMessage", timeout=0.3, channel=slack.channel, text="Three")
    assert slack.texts() == ["Three", "Two", "One"]
    assert practice_clock.slept == [70]


def test_a_slow_share(slack: Workspace, practice_clock: HeldClock) -> None:
    file = slack.file(jpeg())
    slack.switch(FailureSwitch.SLOW_PROCESSING, 20)
    good(slack.share(file))
    practice_clock.advance(19)
    assert good(slack.call("files.info", file=file))["file"]["shares"] == {}
    practice_clock.advance(1)
    assert good(slack.call("files.info", file=file))["file"]["shares"] != {}


# signing in


def allowed(slack: Workspace, **changes: str) -> str:
    asked = {"client_id": "practice-app", "scope": "chat:write,files:write", "redirect_uri": BACK, "state": "s"}
    decided = {"practice_decision": "allow", "practice_account": str(slack.account_id)}
    url = f"{slack.server.url}/practice/slack/login/oauth/v2/authorize"
    answer = requests.get(url, params=asked | decided | changes, allow_redirects=False, timeout=10)
    back = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    assert back["state"] == "s"
    return back.get("code") or back["error"]


def exchange(slack: Workspace, code: str, **changes: str) -> requests.Response:
    fields = {"code": code, "client_id": "practice-app", "client_secret": "practice-secret", "redirect_uri": BACK}
    url = f"{slack.server.url}/practice/slack/api/oauth.v2.access"
    return requests.post(url, data=fields | changes, timeout=10)


def test_signing_in_gives_a_bot_token(slack: Workspace) -> None:
    code = allowed(slack)
    found = good(exchange(slack, code))
    assert slack_problems("oauth.v2.access", found) == []
    assert (found["token_type"], found["scope"], found["access_token"][:5]) == (
        "bot",
        "chat:write,files:write",
        "xoxb-",
    )
    slack.token = found["access_token"]
    good(slack.post())
    refused(slack.call("conversations.list"), "missing_scope")
    refused(exchange(slack, code), "invalid_code")


def test_sign_ins_that_are_refused(slack: Workspace, practice_clock: HeldClock) -> None:
    assert allowed(slack, practice_decision="refuse") == "access_denied"
    assert allowed(slack, scope="chat:write,everything") == "invalid_scope"
    refused(exchange(slack, allowed(slack), client_secret="x"), "bad_client_secret")
    refused(exchange(slack, allowed(slack), client_id="x"), "invalid_client_id")
    refused(exchange(slack, allowed(slack), redirect_uri=BACK + "2"), "bad_redirect_uri")
    refused(exchange(slack, allowed(slack), grant_type="password"), "invalid_grant_type")
    late = allowed(slack)
    practice_clock.advance(601)
    refused(exchange(slack, late), "invalid_code")
