"""Files of the Slack imitation: ask for an address, send the bytes there, then share what was sent."""

from __future__ import annotations

import secrets

from flask import Response, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.networks.slack.content import check_blocks
from scheduler.practice.networks.slack.messages import SignedIn, SlackMessages, permalink
from scheduler.practice.networks.slack.places import Channel, channel_of, code_of
from scheduler.practice.networks.slack.wire import Json, SlackRefusal, needed, nested, ok, text_of
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

MAX_FILE_BYTES = 1_000_000_000
MAX_ALT = 1000
MAX_CHANNELS = 100
_SIGNED_FOR_MS = 3_600_000


class SlackFiles:
    """The three steps of a file, and files.info."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn, messages: SlackMessages) -> None:
        """Keep files in `store`; what is shared becomes a message."""
        self._store = store
        self._signed_in = signed_in
        self._messages = messages

    def ask(self, fields: Json) -> Response:
        """Answer files.getUploadURLExternal."""
        account, _ = self._signed_in("files:write")
        name, length = needed(fields, "filename"), needed(fields, "length")
        if not length.isdecimal() or not int(length):
            raise SlackRefusal("invalid_arguments")
        if len(text_of(fields, "alt_txt")) > MAX_ALT:
            raise SlackRefusal("alt_txt_too_large")
        if int(length) > MAX_FILE_BYTES:
            raise SlackRefusal("file_upload_size_restricted")
        if switch := self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA):
            note_switch(switch)
            raise SlackRefusal("file_type_not_allowed")
        file_id, secret = f"F{secrets.token_hex(5).upper()}", secrets.token_urlsafe(24)
        body = {"name": name, "length": int(length), "alt": text_of(fields, "alt_txt"), "media": "", "shared_at": None}
        self._store.documents.put(Place("slack", "file", file_id), body, account.id)
        until = self._store.clock.now_ms() + _SIGNED_FOR_MS
        self._store.documents.put(Place("slack", "upload", secret), {"file": file_id}, account.id, until)
        return ok(upload_url=f"{request.url_root.rstrip('/')}/practice/slack/upload/v1/{secret}", file_id=file_id)

    def receive(self, secret: str) -> Response:
        """Answer the bytes: they need no token, the address is the secret."""
        place = self._store.documents.get(Place("slack", "upload", secret))
        file = self._store.documents.get(Place("slack", "file", place.body["file"])) if place else None
        if file is None or file.account_id is None:
            return Response("not found", 404, mimetype="text/plain")
        sent = request.files.get("file") or request.files.get("filename")
        data = sent.read() if sent else request.get_data()
        if len(data) != file.body["length"]:
            return Response("length differs from what was announced", 400, mimetype="text/plain")
        media_type = sniff_media_type(data) or "application/octet-stream"
        main = media_type.partition("/")[0]
        kind = main if main in ("image", "video") else "document"
        media = self._store.media.add(file.account_id, Upload(data, media_type, kind, description=file.body["alt"]))
        self._write(file, media=media.public_id, mimetype=media_type)
        return Response(f"OK - {len(data)}", mimetype="text/plain")

    def complete(self, fields: Json) -> Response:
        """Answer files.completeUploadExternal: one message with all files in every named channel, or none."""
        account, scopes = self._signed_in("files:write")
        listed = nested(fields, "files", "invalid_arguments")
        if not isinstance(listed, list) or not listed or any(not isinstance(one, dict) for one in listed):
            raise SlackRefusal("invalid_arguments")
        files = [self._uploaded(account, str(one.get("id", ""))) for one in listed]
        blocks = nested(fields, "blocks", "invalid_blocks_format")
        check_blocks(blocks)
        channels = self._channels(account, fields, scopes)
        for channel in channels:
            self._messages.refuse_if_switched(account, channel)
        shares = [self._share(account, channel, fields | {"blocks": blocks}, files) for channel in channels]
        self._mark(account, files, listed, shares)
        titles = [str(one.get("title") or file.body["name"]) for one, file in zip(listed, files, strict=True)]
        told = [{"id": file.id, "title": title} for file, title in zip(files, titles, strict=True)]
        return self._messages.spoiled(account, ok(files=told))

    def info(self, fields: Json) -> Response:
        """Answer files.info: a while after sharing it names the messages that share the file."""
        account, _ = self._signed_in("files:read")
        file = self._store.documents.get(Place("slack", "file", needed(fields, "file")))
        if file is None or file.account_id != account.id:
            raise SlackRefusal("file_not_found")
        body = file.body
        told: Json = {"id": file.id, "name": body["name"], "title": body.get("title", body["name"])}
        told |= {"mimetype": body.get("mimetype", ""), "size": body["length"], "user": f"U{code_of(account)}"}
        visible = body["shared_at"] is not None and body["shared_at"] <= self._store.clock.now_ms()
        places = body.get("shares", {}) if visible else {}
        public = {channel: [{"ts": ts}] for channel, ts in places.items() if not self._is_private(account, channel)}
        private = {channel: [{"ts": ts}] for channel, ts in places.items() if channel not in public}
        shares = ({"public": public} if public else {}) | ({"private": private} if private else {})
        return ok(file=told | {"permalink": body.get("permalink", ""), "shares": shares})

    def _is_private(self, account: PracticeAccount, channel_id: str) -> bool:
        channel = channel_of(self._store, account, channel_id)
        return channel is not None and channel.private

    def _uploaded(self, account: PracticeAccount, file_id: str) -> Document:
        file = self._store.documents.get(Place("slack", "file", file_id))
        if file is None or file.account_id != account.id:
            raise SlackRefusal("file_not_found")
        if not file.body["media"] or file.body["shared_at"] is not None:
            raise SlackRefusal("file_update_failed")
        return file

    def _channels(self, account: PracticeAccount, fields: Json, scopes: frozenset[str]) -> list[Channel]:
        names = [one for one in text_of(fields, "channels").split(",") if one]
        names += [text_of(fields, "channel_id")] if fields.get("channel_id") else []
        if len(names) > MAX_CHANNELS:
            raise SlackRefusal("channels_limit_exceeded")
        # A file is never shared where the bot is not a member, whatever its scopes.
        return [self._messages.writable(account, one, scopes - {"chat:write.public"}) for one in names]

    def _share(self, account: PracticeAccount, channel: Channel, fields: Json, files: list[Document]) -> StoredPost:
        content = {"text": text_of(fields, "initial_comment"), "blocks": fields["blocks"] or [], "attachments": []}
        content |= {"metadata": None, "username": text_of(fields, "username"), "broadcast": False}
        content["thread_ts"] = self._messages.thread(account, channel, fields)
        shared = [{"id": one.id, "media": one.body["media"]} for one in files]
        return self._messages.keep(account, channel, content, shared)

    def _mark(
        self, account: PracticeAccount, files: list[Document], listed: list[Json], shares: list[StoredPost]
    ) -> None:
        switch = self._store.switches.take(account.id, FailureSwitch.SLOW_PROCESSING)
        if switch is not None:
            note_switch(switch)
        waiting = switch.seconds * 1000 if switch else self._store.media_processing_ms
        places = {one.body["channel"]: one.public_id for one in shares}
        link = permalink(shares[0]) if shares else ""
        at = self._store.clock.now_ms() + waiting
        for file, one in zip(files, listed, strict=True):
            title = str(one.get("title") or file.body["name"])
            self._write(file, title=title, shares=places, shared_at=at, permalink=link)

    def _write(self, file: Document, **more: object) -> None:
        self._store.documents.put(Place("slack", "file", file.id), {**file.body, **more}, file.account_id)
