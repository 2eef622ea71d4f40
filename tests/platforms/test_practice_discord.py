"""The Discord imitation: webhooks, the bot, embeds, files, nonces, and everything the API refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from scheduler.practice.feed import LinkCard
from scheduler.practice.networks.discord.places import EPOCH_MS
from scheduler.practice.switches import FailureSwitch
from tests.support.practice_clients import jpeg, mp4
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.specs import schema_problems

SPEC = "discord/openapi.json"
AGENT = {"User-Agent": "DiscordBot (https://drumbeat.example, 1)"}

Json = dict[str, Any]


class Guild:
    """One account: its webhook and its bot."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.server, self.store = server, server.store
        self.credentials = self.store.create_account("discord", handle, "Harbor Street Clinic")
        self.account_id = self.credentials.account_id
        more = self.credentials.more
        self.hook, self.forum_hook = server.url + more["url"], server.url + more["forum_url"]
        self.token, self.channel = more["bot_token"], more["channel"]

    def execute(self, content: str | None = "Hello", query: str = "wait=true", **fields: Any) -> requests.Response:
        body = fields if content is None else {"content": content, **fields}
        timeout = fields.pop("timeout", 10)
        return requests.post(f"{fields.pop('hook', self.hook)}?{query}", json=body, headers=AGENT, timeout=timeout)

    def files(self, data: list[bytes], descriptions: list[str] | None = None, **fields: Any) -> requests.Response:
        said = [{"id": place, "description": one} for place, one in enumerate(descriptions or [])]
        payload = {"attachments": said, **fields} if descriptions else fields
        parts = {f"files[{place}]": (f"{place}.jpg", one, "image/jpeg") for place, one in enumerate(data)}
        form = {"payload_json": json.dumps(payload)}
        return requests.post(f"{self.hook}?wait=true", data=form, files=parts, headers=AGENT, timeout=10)

    def bot(self, verb: str, path: str, **more: Any) -> requests.Response:
        headers = AGENT | {"Authorization": f"Bot {self.token}"} | more.pop("headers", {})
        url = f"{self.server.url}/practice/discord/api/v10/{path}"
        return requests.request(verb, url, headers=headers, timeout=10, **more)

    def post(self, content: str = "Hello", channel: str = "", **fields: Any) -> requests.Response:
        return self.bot("POST", f"channels/{channel or self.channel}/messages", json={"content": content, **fields})

    def switch(self, kind: FailureSwitch, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, seconds=seconds)

    def texts(self) -> list[str]:
        return [one.text for one in self.store.feed("discord")]

    def near(self, place: int) -> str:
        return str(int(self.channel) + place)


@pytest.fixture
def guild(practice_server: PracticeServer) -> Guild:
    return Guild(practice_server)


def message(answer: requests.Response) -> Json:
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    assert schema_problems(SPEC, "MessageResponse", found) == []
    return found


def refused(answer: requests.Response, status: int, code: int) -> Json:
    body: Json = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert schema_problems(SPEC, "Error", body) == []
    return body


def form_error(answer: requests.Response, *place: str) -> str:
    inner = refused(answer, 400, 50035)["errors"]
    for part in place:
        inner = inner[part]
    return str(inner["_errors"][0]["code"])


# webhooks


def test_a_webhook_says_where_it_posts(guild: Guild) -> None:
    found = requests.get(guild.hook, headers=AGENT, timeout=10).json()
    assert found["channel_id"] == guild.channel
    assert schema_problems(SPEC, "GuildIncomingWebhookResponse", found) == []


def test_wait_tells_the_message_and_otherwise_nothing(guild: Guild) -> None:
    found = message(guild.execute("One"))
    assert (found["content"], found["channel_id"]) == ("One", guild.channel)
    quiet = guild.execute("Two", query="")
    assert (quiet.status_code, quiet.content) == (204, b"")
    assert guild.texts() == ["Two", "One"]


def test_a_message_is_read_changed_and_deleted_through_its_webhook(guild: Guild, practice_clock: HeldClock) -> None:
    place = f"{guild.hook}/messages/{message(guild.execute())['id']}"
    changed = message(requests.patch(place, json={"content": "Changed"}, headers=AGENT, timeout=10))
    assert (changed["content"], bool(changed["edited_timestamp"])) == ("Changed", True)
    assert message(requests.get(place, headers=AGENT, timeout=10))["content"] == "Changed"
    practice_clock.advance(2)
    form_error(requests.patch(place, json={"content": "x" * 2001}, headers=AGENT, timeout=10), "content")
    assert requests.delete(place, headers=AGENT, timeout=10).status_code == 204
    refused(requests.get(place, headers=AGENT, timeout=10), 404, 10008)


def test_unknown_webhooks_and_tokens(guild: Guild, practice_server: PracticeServer) -> None:
    refused(requests.post(f"{guild.hook}x", json={"content": "x"}, headers=AGENT, timeout=10), 401, 50027)
    gone = f"{practice_server.url}/practice/discord/api/webhooks/12345/token"
    refused(requests.post(gone, json={"content": "x"}, headers=AGENT, timeout=10), 404, 10015)
    guild.store.accounts.set_status(guild.account_id, "takendown")
    refused(guild.execute(), 404, 10015)


def test_the_webhooks_token_is_never_in_the_request_log(guild: Guild) -> None:
    guild.execute()
    assert guild.hook.rpartition("/")[2] not in str(guild.store.requests.newest("discord"))


def test_clients_that_do_not_say_who_they_are(guild: Guild) -> None:
    refused(requests.post(guild.hook, json={"content": "x"}, timeout=10), 403, 40333)


def test_versions(guild: Guild) -> None:
    versioned = guild.hook.replace("/api/", "/api/v10/")
    assert requests.get(versioned, headers=AGENT, timeout=10).status_code == 200
    refused(requests.get(versioned.replace("v10", "v5"), headers=AGENT, timeout=10), 400, 50041)
    refused(requests.get(versioned.replace("/webhooks/", "/hooks/"), headers=AGENT, timeout=10), 404, 0)


# content


def test_content_limits(guild: Guild) -> None:
    assert message(guild.execute("x" * 2000))["content"] == "x" * 2000
    assert form_error(guild.execute("x" * 2001), "content") == "BASE_TYPE_MAX_LENGTH"
    refused(guild.execute("  "), 400, 50006)
    refused(guild.execute(None), 400, 50006)
    broken = requests.post(f"{guild.hook}?wait=true", data=b"{", headers=AGENT, timeout=10)
    refused(broken, 400, 50109)


def test_names_that_are_not_allowed(guild: Guild) -> None:
    assert form_error(guild.execute(username="My Discord"), "username") == "USERNAME_INVALID_CONTAINS"
    assert form_error(guild.execute(username="Clyde"), "username") == "USERNAME_INVALID_CONTAINS"
    assert message(guild.execute(username="Harbor"))["author"]["username"] == "Harbor"
    assert guild.store.feed("discord")[0].warning == "As Harbor"


def test_embeds(guild: Guild) -> None:
    embed = {"title": "Knees", "description": "All of them", "url": "https://e.com", "color": 255}
    embed |= {"fields": [{"name": "When", "value": "Today"}], "timestamp": "2026-11-23T09:00:00Z"}
    assert schema_problems(SPEC, "IncomingWebhookRequestPartial", {"embeds": [embed]}) == []
    found = message(guild.execute(None, embeds=[embed]))
    assert found["embeds"][0]["title"] == "Knees"
    assert "All of them" in guild.store.feed("discord")[0].html


@pytest.mark.parametrize(
    ("embeds", "place", "code"),
    [
        ([{"title": "x" * 257}], ("embeds", "0", "title"), "BASE_TYPE_MAX_LENGTH"),
        ([{"description": "x" * 4097}], ("embeds", "0", "description"), "BASE_TYPE_MAX_LENGTH"),
        ([{"footer": {"text": "x" * 2049}}], ("embeds", "0", "footer", "text"), "BASE_TYPE_MAX_LENGTH"),
        ([{"author": {"name": "x" * 257}}], ("embeds", "0", "author", "name"), "BASE_TYPE_MAX_LENGTH"),
        ([{"title": "x"}] * 11, ("embeds",), "BASE_TYPE_MAX_LENGTH"),
        ([{"description": "x" * 3001}] * 2, ("embeds",), "MAX_EMBED_SIZE_EXCEEDED"),
        ([{"fields": [{"name": "a", "value": "b"}] * 26}], ("embeds", "0", "fields"), "BASE_TYPE_MAX_LENGTH"),
        ([{"fields": [{"name": "a"}]}], ("embeds", "0", "fields", "0", "value"), "BASE_TYPE_REQUIRED"),
        ([{"title": "x", "url": "ftp://e.com"}], ("embeds", "0", "url"), "URL_TYPE_INVALID_SCHEME"),
        ([{"title": "x", "color": 1 << 24}], ("embeds", "0", "color"), "NUMBER_TYPE_MAX"),
        ([{"title": "x", "timestamp": "soon"}], ("embeds", "0", "timestamp"), "DATE_TIME_TYPE_PARSE"),
        ("x", ("embeds",), "LIST_TYPE_CONVERT"),
    ],
)
def test_embeds_that_are_refused(guild: Guild, embeds: Any, place: tuple[str, ...], code: str) -> None:
    assert form_error(guild.execute(None, embeds=embeds), *place) == code
    assert guild.texts() == []


def test_mentions(guild: Guild) -> None:
    assert message(guild.execute("@everyone", allowed_mentions={"parse": []}))["mention_everyone"] is False
    bad = guild.execute(allowed_mentions={"parse": ["friends"]})
    assert form_error(bad, "allowed_mentions", "parse", "0") == "BASE_TYPE_CHOICES"
    both = guild.execute(allowed_mentions={"parse": ["users"], "users": ["1"]})
    assert form_error(both, "allowed_mentions") == "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"


# files


def test_files_with_their_alt_texts(guild: Guild) -> None:
    found = message(guild.files([jpeg(), mp4()], ["A knee", "A walk"], content="Two"))
    assert [one["description"] for one in found["attachments"]] == ["A knee", "A walk"]
    assert found["attachments"][1]["content_type"] == "video/mp4"
    assert requests.get(found["attachments"][0]["url"], timeout=10).content == jpeg()
    post = guild.store.feed("discord")[0]
    assert [(one.kind, one.alt) for one in post.images] == [("image", "A knee"), ("video", "A walk")]
    kept = {"attachments": [{"id": found["attachments"][1]["id"]}]}
    changed = message(requests.patch(f"{guild.hook}/messages/{found['id']}", json=kept, headers=AGENT, timeout=10))
    assert [one["description"] for one in changed["attachments"]] == ["A walk"]


def test_files_that_are_refused(guild: Guild, practice_clock: HeldClock) -> None:
    refused(guild.files([jpeg()] * 11), 400, 30015)
    refused(guild.files([bytes(10 * 1024 * 1024 + 1)]), 413, 40005)
    refused(guild.files([bytes(9 * 1024 * 1024)] * 3), 413, 40005)
    long = guild.files([jpeg()], ["x" * 1025])
    assert form_error(long, "attachments", "0", "description") == "BASE_TYPE_MAX_LENGTH"
    guild.switch(FailureSwitch.REJECTED_MEDIA)
    refused(guild.files([jpeg()]), 400, 50046)
    assert guild.texts() == []


# forums


def test_a_forum_needs_a_thread(guild: Guild, practice_clock: HeldClock) -> None:
    refused(guild.execute(hook=guild.forum_hook), 400, 220001)
    refused(guild.execute(hook=guild.forum_hook, query="wait=true&thread_id=1", thread_name="x"), 400, 220002)
    refused(guild.execute(thread_name="x"), 400, 220003)
    refused(guild.execute(hook=guild.forum_hook, query="wait=true&thread_id=1"), 404, 10003)
    first = message(guild.execute(hook=guild.forum_hook, thread_name="Knees"))
    practice_clock.advance(2)
    second = message(guild.execute(hook=guild.forum_hook, query=f"wait=true&thread_id={first['channel_id']}"))
    assert first["channel_id"] == second["channel_id"] == first["id"]
    place = f"{guild.forum_hook}/messages/{second['id']}"
    refused(requests.get(place, headers=AGENT, timeout=10), 404, 10008)
    assert message(requests.get(f"{place}?thread_id={first['id']}", headers=AGENT, timeout=10))["id"] == second["id"]


def test_a_bot_starts_a_forum_post(guild: Guild) -> None:
    path = f"channels/{guild.near(5)}/threads"
    body = {"name": "Knees", "message": {"content": "Hello"}}
    assert schema_problems(SPEC, "CreateForumThreadRequest", body) == []
    answer = guild.bot("POST", path, json=body)
    assert (answer.status_code, answer.json()["parent_id"]) == (201, guild.near(5))
    assert schema_problems(SPEC, "CreatedThreadResponse", answer.json()) == []
    refused(guild.bot("POST", path, json={"name": "Knees"}), 400, 50035)
    refused(guild.bot("POST", f"channels/{guild.channel}/threads", json=body), 400, 50024)
    refused(guild.post(channel=guild.near(5)), 400, 50008)


# the bot


def test_bot_guilds_and_channels(guild: Guild) -> None:
    me, guilds = guild.bot("GET", "users/@me").json(), guild.bot("GET", "users/@me/guilds").json()
    listed = guild.bot("GET", f"guilds/{guilds[0]['id']}/channels").json()
    assert (me["bot"], [one["type"] for one in listed]) == (True, [0, 5, 15, 0, 0])
    assert schema_problems(SPEC, "UserPIIResponse", me) == []
    assert schema_problems(SPEC, "MyGuildResponse", guilds[0]) == []
    assert [bad for one in listed for bad in schema_problems(SPEC, "GuildChannelResponse", one)] == []
    assert guild.bot("GET", f"channels/{guild.channel}").json()["id"] == guild.channel
    refused(guild.bot("GET", "guilds/1/channels"), 404, 10004)
    refused(guild.bot("GET", "channels/1"), 404, 10003)


def test_wrong_tokens(guild: Guild) -> None:
    for value in ("", "Bearer x", f"Bearer {guild.token}", "Bot x"):
        refused(guild.bot("GET", "users/@me", headers={"Authorization": value}), 401, 0)


def test_channels_the_bot_may_not_use(guild: Guild) -> None:
    refused(guild.post(channel=guild.near(8)), 403, 50001)
    refused(guild.bot("GET", f"channels/{guild.near(8)}/messages"), 403, 50001)
    refused(guild.post(channel=guild.near(6)), 403, 50013)
    assert guild.bot("GET", f"channels/{guild.near(6)}/messages").json() == []
    guild.store.accounts.set_status(guild.account_id, "suspended")
    refused(guild.post(), 403, 50013)


def test_a_message_of_the_bot(guild: Guild) -> None:
    body: Json = {"content": "Hello", "nonce": "a1", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
    assert schema_problems(SPEC, "MessageCreateRequest", body) == []
    found = message(guild.post(**{name: value for name, value in body.items() if name != "content"}))
    path = f"channels/{guild.channel}/messages/{found['id']}"
    guild.store.posts.set_counts(guild.store.feed("discord")[0].id, likes=3)
    assert message(guild.bot("GET", path))["reactions"][0]["count"] == 3
    assert message(guild.bot("PATCH", path, json={"content": "Changed"}))["content"] == "Changed"
    assert guild.bot("DELETE", path).status_code == 204
    refused(guild.bot("GET", path), 404, 10008)


def test_a_nonce_used_just_now_gives_the_first_message_again(guild: Guild, practice_clock: HeldClock) -> None:
    first = message(guild.post(nonce="n-1", enforce_nonce=True))
    assert message(guild.post("Other", nonce="n-1", enforce_nonce=True))["id"] == first["id"]
    second = message(guild.post(nonce="n-1"))
    practice_clock.advance(301)
    third = message(guild.post(nonce="n-1", enforce_nonce=True))
    assert len({one["id"] for one in (first, second, third)}) == 3
    assert form_error(guild.post(nonce="x" * 26), "nonce") == "NONCE_TYPE_TOO_LONG"


def test_replies(guild: Guild) -> None:
    first = message(guild.post())
    reply = message(guild.post("Two", message_reference={"message_id": first["id"]}))
    assert (reply["type"], reply["message_reference"]["message_id"]) == (19, first["id"])
    gone = guild.post(message_reference={"message_id": "1"})
    assert form_error(gone, "message_reference") == "REPLIES_UNKNOWN_MESSAGE"
    loose = message(guild.post(message_reference={"message_id": "1", "fail_if_not_exists": False}))
    assert "message_reference" not in loose


def test_the_listing_begins_after_an_instant(guild: Guild, practice_clock: HeldClock) -> None:
    message(guild.post("One"))
    practice_clock.advance(60)
    bound = (practice_clock.now_ms() - EPOCH_MS) << 22
    two = message(guild.post("Two"))
    three = message(guild.post("Three"))
    path = f"channels/{guild.channel}/messages"

    def contents(**params: object) -> list[str]:
        return [one["content"] for one in guild.bot("GET", path, params=params).json()]

    assert contents() == ["Three", "Two", "One"]
    assert contents(after=bound - 1) == ["Three", "Two"]
    assert contents(after=bound - 1, limit=1) == ["Two"]
    assert contents(before=three["id"], limit=1) == ["Two"]
    assert int(two["id"]) >= bound
    refused(guild.bot("GET", path, params={"limit": 101}), 400, 50035)


def test_the_bot_may_not_change_what_a_webhook_sent_but_delete_it(guild: Guild) -> None:
    path = f"channels/{guild.channel}/messages/{message(guild.execute())['id']}"
    refused(guild.bot("PATCH", path, json={"content": "x"}), 403, 50005)
    assert guild.bot("DELETE", path).status_code == 204


def test_crossposting(guild: Guild) -> None:
    found = message(guild.post(channel=guild.near(4)))
    path = f"channels/{guild.near(4)}/messages/{found['id']}/crosspost"
    assert message(guild.bot("POST", path))["flags"] & 1
    own = message(guild.post())
    refused(guild.bot("POST", f"channels/{guild.channel}/messages/{own['id']}/crosspost"), 400, 50024)


# budgets and failure switches


def test_the_budget_of_a_webhook_is_in_every_answer(guild: Guild, practice_clock: HeldClock) -> None:
    for left in (4, 3, 2, 1, 0):
        assert guild.execute().headers["X-RateLimit-Remaining"] == str(left)
    answer = guild.execute()
    body = answer.json()
    assert (answer.status_code, body["global"], answer.headers["X-RateLimit-Scope"]) == (429, False, "user")
    assert 0 < body["retry_after"] <= 2
    assert isinstance(body["retry_after"], float)
    assert float(answer.headers["X-RateLimit-Reset-After"]) == body["retry_after"]
    assert schema_problems(SPEC, "RatelimitedResponse", body) == []
    practice_clock.advance(2)
    message(guild.execute())


@pytest.mark.parametrize(
    ("kind", "status", "code", "bots"),
    [
        (FailureSwitch.RATE_LIMITED, 429, 0, (429, 0)),
        (FailureSwitch.ERROR_BEFORE, 500, 0, (500, 0)),
        (FailureSwitch.EXPIRED_TOKEN, 401, 50027, (401, 0)),
        (FailureSwitch.REVOKED_APP, 404, 10015, (401, 0)),
    ],
)
def test_switches_that_act_before(
    guild: Guild, kind: FailureSwitch, status: int, code: int, bots: tuple[int, int]
) -> None:
    guild.switch(kind)
    refused(guild.execute(), status, code)
    guild.switch(kind)
    refused(guild.post(), *bots)
    assert guild.texts() == []
    message(guild.execute())
    message(guild.post())


def test_switches_that_act_after(guild: Guild, practice_clock: HeldClock) -> None:
    guild.switch(FailureSwitch.ERROR_AFTER)
    refused(guild.execute("One"), 500, 0)
    guild.switch(FailureSwitch.CLOSE_AFTER)
    with pytest.raises(requests.ConnectionError):
        guild.post("Two", nonce="n", enforce_nonce=True)
    assert message(guild.post("Two", nonce="n", enforce_nonce=True))["content"] == "Two"
    guild.switch(FailureSwitch.HANG_AFTER, 70)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{guild.hook}?wait=true", json={"content": "Three"}, headers=AGENT, timeout=0.3)
    assert guild.texts() == ["Three", "Two", "One"]
    assert practice_clock.slept == [70]


def test_links_are_unfurled_unless_hidden(practice_server: PracticeServer) -> None:
    server = PracticeServer(practice_server.store, lambda url: LinkCard(url, "A title"))
    guild = Guild(server)
    for content, flags in (("See https://e.com/a", 0), ("See <https://e.com/a>", 0), ("See https://e.com/a", 4)):
        message(guild.execute(content, flags=flags))
    assert [one.card is not None for one in guild.store.feed("discord")] == [False, False, True]
    server.stop()


def test_a_message_has_an_address_of_its_own(guild: Guild, practice_server: PracticeServer) -> None:
    found = message(guild.execute())
    own = guild.store.feed("discord")[0]
    assert own.permalink.endswith(f"/{guild.channel}/{found['id']}")
    visit = requests.get(practice_server.url + own.permalink, allow_redirects=False, timeout=10)
    assert visit.headers["Location"].endswith(f"/admin/practice/discord#post-{own.id}")
    assert requests.get(practice_server.url + own.permalink + "0", timeout=10).status_code == 404
