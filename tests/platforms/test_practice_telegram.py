"""The Telegram imitation: tokens and chats, messages, files and albums, and everything the Bot API refuses."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import requests
from flask import Flask
from PIL import Image

from scheduler.practice.blueprints import create_practice_blueprints
from scheduler.practice.feed import LinkCard
from scheduler.practice.networks.telegram.markup import units
from scheduler.practice.switches import FailureSwitch
from tests.support.practice_clients import jpeg, moving_gif, mp4
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.specs import telegram_problems, telegram_request_problems

Json = dict[str, Any]


class Bot:
    """One bot and its channel."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.store = server.store
        self.credentials = self.store.create_account("telegram", handle, "Harbor Street Clinic")
        self.account_id = self.credentials.account_id
        self.token, self.chat = (self.credentials.more[name] for name in ("bot_token", "chat"))
        self.base = f"{server.url}/practice/telegram/api"

    def call(self, method: str, token: str = "", timeout: float = 10, **fields: Any) -> requests.Response:
        url = f"{self.base}/bot{token or self.token}/{method}"
        return requests.post(url, json=fields, timeout=timeout)

    def send(self, text: str = "Hello", **fields: Any) -> requests.Response:
        return self.call("sendMessage", **{"chat_id": self.chat, "text": text, **fields})

    def sent(self, text: str = "Hello", **fields: Any) -> Json:
        message: Json = result(self.send(text, **fields))
        return message

    def upload(self, method: str, files: dict[str, bytes], **fields: Any) -> requests.Response:
        plain = {name: one if isinstance(one, str) else json.dumps(one) for name, one in fields.items()}
        parts = {name: (f"{name}.bin", data, "application/octet-stream") for name, data in files.items()}
        url = f"{self.base}/bot{self.token}/{method}"
        return requests.post(url, data={"chat_id": self.chat, **plain}, files=parts, timeout=10)

    def switch(self, kind: FailureSwitch, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, seconds=seconds)

    def texts(self) -> list[str]:
        return [one.text for one in self.store.feed("telegram")]


@pytest.fixture
def bot(practice_server: PracticeServer) -> Bot:
    return Bot(practice_server)


def result(answer: requests.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"] is True
    return answer.json()["result"]


def refused(answer: requests.Response, status: int, words: str = "") -> Json:
    body: Json = answer.json()
    assert (answer.status_code, body["ok"], body["error_code"]) == (status, False, status), answer.text
    assert words in body["description"]
    return body


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("L", (width, height)).save(written, kind)
    return written.getvalue()


def album(*parts: str, **first: Any) -> list[Json]:
    items: list[Json] = [{"type": "photo", "media": f"attach://{part}"} for part in parts]
    items[0] |= first
    return items


# bot and chat


def test_bot_chat_and_membership_have_the_described_shape(bot: Bot) -> None:
    me = result(bot.call("getMe"))
    chat = result(bot.call("getChat", chat_id=bot.chat))
    member = result(bot.call("getChatMember", chat_id=chat["id"], user_id=me["id"]))
    assert (me["is_bot"], chat["type"], chat["username"]) == (True, "channel", "harbor")
    assert str(chat["id"]).startswith("-100")
    assert (member["status"], member["can_post_messages"], member["can_edit_messages"]) == ("administrator", True, True)
    assert result(bot.call("getChatMemberCount", chat_id=bot.chat)) == 1
    for kind, value in (("User", me), ("ChatFullInfo", chat), ("ChatMemberAdministrator", member)):
        assert telegram_problems(kind, value) == []


def test_method_names_in_any_case_and_parameters_in_a_query(bot: Bot) -> None:
    url = f"{bot.base}/bot{bot.token}/SENDMESSAGE"
    assert result(requests.get(url, params={"chat_id": bot.chat, "text": "Hi"}, timeout=10))["text"] == "Hi"


def test_wrong_tokens_and_methods(bot: Bot) -> None:
    refused(bot.call("getMe", token=bot.token[:-1] + ("A" if bot.token[-1] != "A" else "B")), 401, "Unauthorized")
    refused(bot.call("getMe", token="123"), 404, "Not Found")
    refused(bot.call("getUpdatez"), 404, "Not Found")


def test_chats_that_are_not_there(bot: Bot, practice_server: PracticeServer) -> None:
    other = Bot(practice_server, "other")
    refused(bot.send(chat_id=""), 400, "chat_id is empty")
    refused(bot.send(chat_id="@nobody"), 400, "chat not found")
    refused(bot.send(chat_id=other.chat), 400, "chat not found")


def test_a_group_that_was_upgraded_names_its_new_id(bot: Bot) -> None:
    chat = result(bot.call("getChat", chat_id=bot.chat))["id"]
    old = -int(str(chat).removeprefix("-100"))
    body = refused(bot.send(chat_id=old), 400, "upgraded to a supergroup")
    assert body["parameters"] == {"migrate_to_chat_id": chat}
    assert bot.sent(chat_id=chat)["text"] == "Hello"


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [("suspended", 403, "kicked"), ("deactivated", 400, "administrator rights"), ("takendown", 400, "chat not found")],
)
def test_a_bot_without_its_place_in_the_channel(bot: Bot, status: str, code: int, words: str) -> None:
    bot.store.accounts.set_status(bot.account_id, status)
    refused(bot.send(), code, words)


def test_the_token_is_never_in_the_request_log(bot: Bot) -> None:
    bot.send()
    logged = bot.store.requests.newest("telegram")
    assert logged[0].path == "/practice/telegram/api/bot[redacted]/sendMessage"
    assert bot.token.partition(":")[2] not in str(logged)


# text


def test_a_text_is_sent_edited_and_deleted(bot: Bot) -> None:
    fields: Json = {"chat_id": bot.chat, "text": "Hello", "disable_notification": True, "protect_content": False}
    assert telegram_request_problems("sendMessage", fields) == []
    message = result(bot.call("sendMessage", **fields))
    assert telegram_problems("Message", message) == []
    place = {"chat_id": bot.chat, "message_id": message["message_id"]}
    edited = result(bot.call("editMessageText", **place, text="Changed"))
    assert (edited["text"], edited["message_id"]) == ("Changed", message["message_id"])
    assert telegram_problems("Message", edited) == []
    refused(bot.call("editMessageText", **place, text="Changed"), 400, "message is not modified")
    refused(bot.call("editMessageCaption", **place, caption="x"), 400, "no caption in the message")
    assert bot.store.feed("telegram")[0].warning == "Sent without a sound"
    assert result(bot.call("deleteMessage", **place)) is True
    refused(bot.call("deleteMessage", **place), 400, "message to delete not found")
    refused(bot.call("editMessageText", **place, text="x"), 400, "message to edit not found")
    assert bot.sent()["message_id"] == message["message_id"] + 1


def test_messages_older_than_two_days_stay(bot: Bot, practice_clock: HeldClock) -> None:
    place = {"chat_id": bot.chat, "message_id": bot.sent()["message_id"]}
    practice_clock.advance(48 * 3600)
    refused(bot.call("deleteMessage", **place), 400, "can't be deleted")
    refused(bot.call("deleteMessages", chat_id=bot.chat, message_ids=[place["message_id"]]), 400, "can't be deleted")


def test_several_are_deleted_and_unknown_ones_skipped(bot: Bot) -> None:
    numbers = [bot.sent(str(one))["message_id"] for one in range(3)]
    assert result(bot.call("deleteMessages", chat_id=bot.chat, message_ids=[*numbers[:2], 999])) is True
    assert bot.texts() == ["2"]
    refused(bot.call("deleteMessages", chat_id=bot.chat, message_ids=[]), 400)
    refused(bot.call("deleteMessages", chat_id=bot.chat, message_ids=list(range(101))), 400)


def test_the_length_counts_utf16_units_of_the_visible_text(bot: Bot) -> None:
    assert units("a😀") == 3
    assert bot.send("x" * 4096).status_code == 200
    refused(bot.send("x" * 4097), 400, "message is too long")
    refused(bot.send("😀" * 2049), 400, "message is too long")
    assert bot.send("<b>" + "x" * 4096 + "</b>", parse_mode="HTML").status_code == 200
    refused(bot.send(""), 400, "message text is empty")
    refused(bot.send("<b> </b>", parse_mode="HTML"), 400, "message text is empty")


def test_html_becomes_entities(bot: Bot) -> None:
    message = bot.sent('😀 <b>A &amp; <i>B</i></b> <a href="https://e.com/?a&amp;b">link</a>', parse_mode="HTML")
    assert message["text"] == "😀 A & B link"
    assert message["entities"] == [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "italic", "offset": 7, "length": 1},
        {"type": "text_link", "url": "https://e.com/?a&b", "offset": 9, "length": 4},
    ]
    assert telegram_problems("Message", message) == []


@pytest.mark.parametrize("text", ["a < b", "<b>x", "x</b>", "<b>x</i>", "<p>x</p>", "<img src=x>", "<span>x</span>"])
def test_html_that_can_not_be_parsed(bot: Bot, text: str) -> None:
    refused(bot.send(text, parse_mode="HTML"), 400, "can't parse entities")
    assert bot.texts() == []


def test_markdown_must_escape_what_is_reserved(bot: Bot) -> None:
    message = bot.sent(r"*Bold* [link](https://e.com) 1\.", parse_mode="MarkdownV2")
    assert message["text"] == "Bold link 1."
    assert [one["type"] for one in message["entities"]] == ["bold", "text_link"]
    refused(bot.send("1. One", parse_mode="MarkdownV2"), 400, "reserved")
    refused(bot.send("*open", parse_mode="MarkdownV2"), 400, "can't parse entities")
    refused(bot.send("x", parse_mode="BBCode"), 400, "unsupported parse_mode")


def test_given_entities_must_lie_within_the_text(bot: Bot) -> None:
    link = {"type": "text_link", "offset": 0, "length": 5, "url": "https://e.com"}
    assert bot.sent(entities=[link])["entities"] == [link]
    refused(bot.send(entities=[link | {"length": 6}]), 400, "ENTITY_BOUNDS_INVALID")
    refused(bot.send(entities=[link | {"type": "blink"}]), 400, "MessageEntity")
    refused(bot.send(entities="[broken"), 400, "can't parse entities JSON")


def test_replies(bot: Bot) -> None:
    first = bot.sent("One")
    reply = bot.sent("Two", reply_parameters={"message_id": first["message_id"]})
    assert reply["reply_to_message"]["message_id"] == first["message_id"]
    assert telegram_problems("Message", reply) == []
    assert bot.store.feed("telegram")[0].warning == f"Reply to message {first['message_id']}"
    refused(bot.send(reply_parameters={"message_id": 99}), 400, "message to be replied not found")
    assert "reply_to_message" not in bot.sent(reply_parameters={"message_id": 99, "allow_sending_without_reply": True})
    refused(bot.send(message_thread_id=7), 400, "message thread not found")


def test_the_link_card_follows_the_preview_options(tmp_path: Any, practice_server: PracticeServer) -> None:
    server = PracticeServer(practice_server.store, lambda url: LinkCard(url, f"Title of {url}"))
    bot = Bot(server)
    bot.sent("See https://e.com/a", link_preview_options={"prefer_large_media": True})
    bot.sent("See https://e.com/a", link_preview_options={"url": "https://e.com/b"})
    bot.sent("See https://e.com/a", link_preview_options={"is_disabled": True})
    cards = [one.card.title if one.card else None for one in bot.store.feed("telegram")]
    assert cards == [None, "Title of https://e.com/b", "Title of https://e.com/a"]
    server.stop()


# files and albums


def test_a_photo_with_its_caption(bot: Bot) -> None:
    answer = bot.upload("sendPhoto", {"photo": jpeg(40, 30)}, caption="<b>Knee</b>", parse_mode="HTML")
    message = result(answer)
    assert (message["caption"], message["photo"][0]["width"]) == ("Knee", 40)
    assert telegram_problems("Message", message) == []
    post = bot.store.feed("telegram")[0]
    assert (post.text, [one.kind for one in post.images]) == ("Knee", ["image"])
    edited = bot.call(
        "editMessageCaption", chat_id=bot.chat, message_id=message["message_id"], caption="Elbow", parse_mode=""
    )
    assert result(edited)["caption"] == "Elbow"
    refused(
        bot.call("editMessageText", chat_id=bot.chat, message_id=message["message_id"], text="x"), 400, "no text in"
    )
    again = bot.call("sendPhoto", chat_id=bot.chat, photo=message["photo"][0]["file_id"])
    assert result(again)["photo"][0]["width"] == 40


def test_captions_have_1024_units(bot: Bot) -> None:
    assert bot.upload("sendPhoto", {"photo": jpeg()}, caption="x" * 1024).status_code == 200
    refused(bot.upload("sendPhoto", {"photo": jpeg()}, caption="x" * 1025), 400, "message caption is too long")


def test_photos_that_are_refused(bot: Bot) -> None:
    refused(bot.upload("sendPhoto", {}), 400, "there is no photo in the request")
    refused(bot.upload("sendPhoto", {"photo": b"not a picture"}), 400, "IMAGE_PROCESS_FAILED")
    refused(bot.upload("sendPhoto", {"photo": mp4()}), 400, "IMAGE_PROCESS_FAILED")
    refused(bot.upload("sendPhoto", {"photo": picture(9000, 1001)}), 400, "PHOTO_INVALID_DIMENSIONS")
    refused(bot.upload("sendPhoto", {"photo": picture(210, 10)}), 400, "PHOTO_INVALID_DIMENSIONS")
    refused(bot.upload("sendPhoto", {"photo": jpeg() + bytes(10 * 1024 * 1024)}), 400, "too big for a photo")
    refused(bot.upload("sendPhoto", {"photo": b""}), 400, "non-empty")
    refused(bot.call("sendPhoto", chat_id=bot.chat, photo="AgACAgQ"), 400, "wrong file identifier")
    assert bot.texts() == []


def test_a_request_over_50_megabytes(bot: Bot) -> None:
    url = f"{bot.base}/bot{bot.token}/sendVideo"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(requests.post(url, data=bytes(51 * 1024 * 1024 + 1), headers=headers, timeout=20), 413)


def test_videos_animations_and_documents(bot: Bot) -> None:
    video = result(bot.upload("sendVideo", {"video": mp4()}, supports_streaming=True, has_spoiler=True))
    assert (video["video"]["mime_type"], video["has_media_spoiler"]) == ("video/mp4", True)
    other = result(bot.upload("sendVideo", {"video": b"\x1aE\xdf\xa3" + bytes(50)}))
    assert "video" not in other
    assert other["document"]["mime_type"] == "video/webm"
    moving = result(bot.upload("sendAnimation", {"animation": moving_gif()}))
    plain = result(bot.upload("sendDocument", {"document": b"%PDF-1.7"}))
    assert ("animation" in moving, "document" in plain) == (True, True)
    for message in (video, other, moving, plain):
        assert telegram_problems("Message", message) == []
    assert "File:" in bot.store.feed("telegram")[0].html


def test_an_album_is_one_post_of_several_messages(bot: Bot) -> None:
    files = {"a": jpeg(), "b": jpeg(30, 30), "c": mp4()}
    media = [*album("a", "b", caption="Three"), {"type": "video", "media": "attach://c"}]
    assert telegram_request_problems("sendMediaGroup", {"chat_id": bot.chat, "media": media}) == []
    messages = result(bot.upload("sendMediaGroup", files, media=media))
    assert len({one["media_group_id"] for one in messages}) == 1
    assert telegram_problems("Array of Message", messages) == []
    post = bot.store.feed("telegram")[0]
    assert (post.text, [one.kind for one in post.images]) == ("Three", ["image", "image", "video"])
    result(bot.call("deleteMessage", chat_id=bot.chat, message_id=messages[1]["message_id"]))
    assert len(bot.store.feed("telegram")[0].images) == 2
    result(bot.call("deleteMessages", chat_id=bot.chat, message_ids=[one["message_id"] for one in messages]))
    assert bot.texts() == []


def test_albums_that_are_refused(bot: Bot) -> None:
    files = {str(one): jpeg() for one in range(11)}
    refused(bot.upload("sendMediaGroup", files, media=album("1")), 400, "2-10")
    refused(bot.upload("sendMediaGroup", files, media=album(*files)), 400, "2-10")
    refused(bot.upload("sendMediaGroup", files, media=[]), 400, "no messages to send")
    refused(bot.upload("sendMediaGroup", files, media=album("1", "nowhere")), 400, "there is no photo")
    refused(bot.upload("sendMediaGroup", files, media=album("1", "2", caption="x" * 1025)), 400, "caption is too long")
    refused(bot.upload("sendMediaGroup", files, media=[{"type": "song", "media": "x"}] * 2), 400, "InputMedia")
    mixed = [*album("1"), {"type": "document", "media": "attach://2"}]
    refused(bot.upload("sendMediaGroup", files, media=mixed), 400, "document can't be mixed")
    assert bot.texts() == []


def test_files_by_address_are_fetched_by_telegram(practice_server: PracticeServer) -> None:
    known = {"https://media.example/a.jpg": jpeg(), "https://media.example/page": b"<html>"}
    blueprints = create_practice_blueprints(practice_server.store, fetch_media=known.get)
    assert any(one.name == "practice_telegram" for one in blueprints)
    app = Flask("fetching")
    app.register_blueprint(next(one for one in blueprints if one.name == "practice_telegram"))
    bot, client = Bot(practice_server), app.test_client()
    path = f"/practice/telegram/api/bot{bot.token}/sendPhoto"

    def photo(url: str) -> tuple[int, str]:
        answer = client.post(path, json={"chat_id": bot.chat, "photo": url})
        return answer.status_code, str(answer.get_json().get("description", ""))

    assert photo("https://media.example/a.jpg")[0] == 200
    assert photo("https://media.example/page") == (400, "Bad Request: wrong type of the web page content")
    assert photo("https://elsewhere.example/a.jpg") == (400, "Bad Request: failed to get HTTP URL content")


# budgets and failure switches


def test_twenty_messages_a_minute_items_of_albums_counted(bot: Bot, practice_clock: HeldClock) -> None:
    files = {str(one): jpeg() for one in range(10)}
    for _ in range(2):
        result(bot.upload("sendMediaGroup", files, media=album(*files)))
    answer = bot.send()
    body = refused(answer, 429, "Too Many Requests: retry after 60")
    assert (body["parameters"], answer.headers["Retry-After"]) == ({"retry_after": 60}, "60")
    practice_clock.advance(60)
    bot.sent()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FailureSwitch.RATE_LIMITED, 429),
        (FailureSwitch.ERROR_BEFORE, 500),
        (FailureSwitch.EXPIRED_TOKEN, 401),
        (FailureSwitch.REVOKED_APP, 401),
    ],
)
def test_switches_that_act_before_a_message_is_sent(bot: Bot, kind: FailureSwitch, status: int) -> None:
    bot.switch(kind)
    refused(bot.send(), status)
    assert bot.texts() == []
    bot.sent()


def test_an_error_page_after_the_message_was_sent(bot: Bot) -> None:
    bot.switch(FailureSwitch.ERROR_AFTER)
    answer = bot.send()
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (502, "text/html")
    assert bot.texts() == ["Hello"]


def test_answers_that_are_lost(bot: Bot, practice_clock: HeldClock) -> None:
    bot.switch(FailureSwitch.CLOSE_AFTER)
    with pytest.raises(requests.ConnectionError):
        bot.send("One")
    bot.switch(FailureSwitch.HANG_AFTER, 90)
    with pytest.raises(requests.ReadTimeout):
        bot.call("sendMessage", timeout=0.3, chat_id=bot.chat, text="Two")
    assert bot.texts() == ["Two", "One"]
    assert practice_clock.slept == [90]


def test_rejected_media_and_slow_videos(bot: Bot, practice_clock: HeldClock) -> None:
    bot.switch(FailureSwitch.REJECTED_MEDIA)
    refused(bot.upload("sendPhoto", {"photo": jpeg()}), 400, "IMAGE_PROCESS_FAILED")
    bot.switch(FailureSwitch.SLOW_PROCESSING, 25)
    result(bot.upload("sendPhoto", {"photo": jpeg()}))
    practice_clock.release.set()
    result(bot.upload("sendVideo", {"video": mp4()}))
    assert practice_clock.slept == [25]


def test_a_message_has_an_address_of_its_own(bot: Bot, practice_server: PracticeServer) -> None:
    message = bot.sent()
    own = bot.store.feed("telegram")[0]
    assert own.permalink == f"/practice/telegram/web/harbor/{message['message_id']}"
    number = str(message["chat"]["id"]).removeprefix("-100")
    for path in (own.permalink, f"/practice/telegram/web/c/{number}/{message['message_id']}"):
        visit = requests.get(practice_server.url + path, allow_redirects=False, timeout=10)
        assert visit.headers["Location"].endswith(f"/admin/practice/telegram#post-{own.id}")
    assert requests.get(f"{practice_server.url}/practice/telegram/web/harbor/99", timeout=10).status_code == 404
