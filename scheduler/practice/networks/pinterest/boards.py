"""Boards and their sections in the Pinterest imitation."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.networks.pinterest.wire import (
    NETWORK,
    board_not_found,
    invalid,
    json_body,
    new_id,
    page_of,
    section_not_found,
    text_in,
    zoneless_time,
)
from scheduler.practice.store import PracticeStore

PRIVACIES = ("PUBLIC", "PROTECTED", "SECRET")
MAX_NAME = 180
MAX_DESCRIPTION = 500
BOARD, SECTION = "board", "section"
FIRST_BOARD = "Practice board"


def add_board(store: PracticeStore, account: PracticeAccount, name: str, privacy: str = "PUBLIC") -> Document:
    """Make a board of the account."""
    body = {"name": name, "description": "", "privacy": privacy}
    return store.documents.put(Place(NETWORK, BOARD, new_id(store, BOARD)), body, account.id)


class PinterestBoards:
    """Board and section calls; the account is checked by the caller."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep them in `store`."""
        self._store = store

    def own(self, account: PracticeAccount, board_id: str) -> Document:
        """Return a board of the account. Raises PinterestRefusal."""
        board = self._store.documents.get(Place(NETWORK, BOARD, board_id))
        if board is None or board.account_id != account.id:
            raise board_not_found()
        return board

    def own_section(self, board: Document, section_id: str) -> Document:
        """Return a section of the board. Raises PinterestRefusal."""
        section = self._store.documents.get(Place(NETWORK, SECTION, section_id))
        if section is None or section.body["board_id"] != board.id:
            raise section_not_found()
        return section

    def listing(self, account: PracticeAccount, secret_too: bool) -> Response:
        """GET /boards: secret ones only with their own scope."""
        boards = self._store.documents.all(NETWORK, BOARD, account.id)
        privacy = request.args.get("privacy", "ALL")
        shown = [board for board in boards if privacy in ("ALL", board.body["privacy"])]
        shown = [board for board in shown if secret_too or board.body["privacy"] != "SECRET"]
        page, bookmark = page_of(shown)
        return jsonify(items=[self._json(board, account) for board in page], bookmark=bookmark)

    def create(self, account: PracticeAccount) -> Response:
        """POST /boards."""
        body = json_body()
        name, privacy = text_in(body, "name", MAX_NAME).strip(), text_in(body, "privacy", 20) or "PUBLIC"
        description = text_in(body, "description", MAX_DESCRIPTION)
        if not name:
            raise invalid("'name' is a required property.")
        if privacy not in PRIVACIES:
            raise invalid(f"'{privacy}' is not one of {list(PRIVACIES)} (privacy).")
        board = add_board(self._store, account, name, privacy)
        board = self._changed(board, {"description": description})
        return _created(self._json(board, account))

    def show(self, account: PracticeAccount, board_id: str) -> Response:
        """GET /boards/{board_id}."""
        return jsonify(self._json(self.own(account, board_id), account))

    def change(self, account: PracticeAccount, board_id: str) -> Response:
        """PATCH /boards/{board_id}."""
        board, body = self.own(account, board_id), json_body()
        changes = {
            name: text_in(body, name, most)
            for name, most in (("name", MAX_NAME), ("description", MAX_DESCRIPTION), ("privacy", 20))
            if body.get(name) is not None
        }
        if changes.get("privacy", "PUBLIC") not in ("PUBLIC", "SECRET"):
            raise invalid("privacy must be PUBLIC or SECRET.")
        return jsonify(self._json(self._changed(board, changes), account))

    def delete(self, account: PracticeAccount, board_id: str) -> Response:
        """DELETE /boards/{board_id}: its pins go with it."""
        board = self.own(account, board_id)
        for pin in self._store.posts.of_account(account.id, ""):
            if pin.body["board_id"] == board.id:
                self._store.posts.delete(pin.id)
        self._store.documents.take(Place(NETWORK, BOARD, board.id))
        return Response(status=204)

    def sections(self, account: PracticeAccount, board_id: str) -> Response:
        """GET /boards/{board_id}/sections."""
        page, bookmark = page_of(self._sections_of(self.own(account, board_id)))
        return jsonify(items=[_section_json(one) for one in page], bookmark=bookmark)

    def add_section(self, account: PracticeAccount, board_id: str) -> Response:
        """POST /boards/{board_id}/sections."""
        board = self.own(account, board_id)
        name = text_in(json_body(), "name", MAX_NAME).strip()
        if not name:
            raise invalid("Invalid board section parameters.")
        place = Place(NETWORK, SECTION, new_id(self._store, SECTION))
        return _created(
            _section_json(self._store.documents.put(place, {"name": name, "board_id": board.id}, account.id))
        )

    def _sections_of(self, board: Document) -> list[Document]:
        found = self._store.documents.all(NETWORK, SECTION, board.account_id)
        return [one for one in found if one.body["board_id"] == board.id]

    def _changed(self, board: Document, changes: dict[str, str]) -> Document:
        return self._store.documents.put(Place(NETWORK, BOARD, board.id), board.body | changes, board.account_id)

    def _json(self, board: Document, account: PracticeAccount) -> dict[str, Any]:
        pins = [pin for pin in self._store.posts.of_account(account.id, "") if pin.body["board_id"] == board.id]
        return {
            "id": board.id,
            "name": board.body["name"],
            "description": board.body["description"],
            "privacy": board.body["privacy"],
            "created_at": zoneless_time(board.created_at),
            "board_pins_modified_at": zoneless_time(pins[0].created_at if pins else board.created_at),
            "owner": {"username": account.handle},
            "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
            "pin_count": len(pins),
            "collaborator_count": 0,
            "follower_count": 0,
            "is_ads_only": False,
        }


def _section_json(section: Document) -> dict[str, Any]:
    return {"id": section.id, "name": section.body["name"]}


def _created(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = 201
    return answer
