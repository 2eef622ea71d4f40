"""Messages of the Telegram imitation as it keeps and tells them.

A stored post is one message or one album; its `items` are the messages, each with its own id and its own caption.
"""

from __future__ import annotations

from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.media import PracticeMedia
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

Json = dict[str, Any]


def bot_json(account: PracticeAccount) -> Json:
    """Return the bot as a User."""
    return {
        "id": bot_id(account),
        "is_bot": True,
        "first_name": f"{account.name} bot",
        "username": f"{account.handle}_bot",
    }


def me_json(account: PracticeAccount) -> Json:
    """Return the bot as getMe tells it."""
    rights = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return bot_json(account) | rights | {"can_connect_to_business": False, "has_main_web_app": False}


def chat_json(account: PracticeAccount) -> Json:
    """Return the channel as a Chat."""
    return {
        "id": int(account.public_id),
        "title": account.name,
        "username": account.handle,
        "type": "channel",
    }


def full_chat_json(account: PracticeAccount) -> Json:
    """Return the channel as getChat tells it."""
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), True)
    gifts["gifts_from_channels"] = True
    more = {"active_usernames": [account.handle], "accent_color_id": 5, "max_reaction_count": 11}
    return chat_json(account) | more | {"accepted_gift_types": gifts}


def member_json(account: PracticeAccount, may_post: bool) -> Json:
    """Return the bot as a member of its channel."""
    if not may_post:
        return {"user": bot_json(account), "status": "left"}
    off = ("can_be_edited", "is_anonymous", "can_manage_video_chats", "can_restrict_members", "can_promote_members")
    stories = ("can_post_stories", "can_edit_stories", "can_delete_stories")
    on = ("can_manage_chat", "can_post_messages", "can_edit_messages", "can_delete_messages", "can_invite_users")
    rights = dict.fromkeys((*off, *stories, "can_change_info"), False) | dict.fromkeys(on, True)
    return {"user": bot_json(account), "status": "administrator"} | rights


def bot_id(account: PracticeAccount) -> int:
    """Return the id of the account's bot: the digits before the colon of its token."""
    return int(account.public_id.removeprefix("-100"))


def item_of(post: StoredPost, message_id: int) -> Json | None:
    """Return the message of a post that has this id, or None."""
    return next((one for one in post.body["items"] if one["message_id"] == message_id), None)


def message_json(store: PracticeStore, account: PracticeAccount, post: StoredPost, item: Json) -> Json:
    """Return one message of a post."""
    message: Json = {
        "message_id": item["message_id"],
        "sender_chat": chat_json(account),
        "chat": chat_json(account),
        "date": post.created_at // 1000,
    }
    if post.edited_at is not None:
        message["edit_date"] = post.edited_at // 1000
    for name in ("media_group_id", "link_preview_options"):
        if post.body.get(name):
            message[name] = post.body[name]
    reply = post.body.get("reply_to")
    if reply is not None and (parent := find_message(store, account, reply)) is not None:
        message["reply_to_message"] = message_json(store, account, *parent)
    return message | _content(store, account, item)


def find_message(store: PracticeStore, account: PracticeAccount, message_id: int) -> tuple[StoredPost, Json] | None:
    """Return the post that holds a message of the channel, and the message in it, or None."""
    for post in store.posts.of_account(account.id, ""):
        if (item := item_of(post, message_id)) is not None:
            return post, item
    return None


def _content(store: PracticeStore, account: PracticeAccount, item: Json) -> Json:
    media = store.media.of_account(account.id, item["media_id"]) if item.get("media_id") else None
    if media is None:
        return {"text": item["text"]} | ({"entities": item["entities"]} if item["entities"] else {})
    content = _media_json(media) | ({"has_media_spoiler": True} if item.get("spoiler") else {})
    if not item["text"]:
        return content
    return content | {"caption": item["text"]} | ({"caption_entities": item["entities"]} if item["entities"] else {})


def _media_json(media: PracticeMedia) -> Json:
    file: Json = {"file_id": media.public_id, "file_unique_id": media.digest[:16], "file_size": media.size}
    if media.kind == "image":
        return {"photo": [file | {"width": media.width, "height": media.height}]}
    named = file | {"mime_type": media.media_type, "file_name": "file"}
    moving = named | {"width": 0, "height": 0, "duration": 0}
    if media.kind == "gifv":
        return {"animation": moving, "document": named}
    return {"video": moving} if media.kind == "video" else {"document": named}
