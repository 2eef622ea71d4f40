"""An imitation of the Pinterest API v5: account, boards, media, pins, analytics, tokens.

It refuses what the real one refuses, with Pinterest's codes and headers. An account whose handle begins with
"trial" is seen through an app that has trial access only: it may read, and make boards, but no pin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.pinterest.analytics import account_analytics, analytics
from scheduler.practice.networks.pinterest.boards import PinterestBoards
from scheduler.practice.networks.pinterest.pins import PinterestPins
from scheduler.practice.networks.pinterest.sources import PinterestSources
from scheduler.practice.networks.pinterest.tokens import PinterestTokens
from scheduler.practice.networks.pinterest.uploads import PinterestUploads
from scheduler.practice.networks.pinterest.wire import (
    ANALYTICS_BUDGET,
    MAX_BODY_BYTES,
    NETWORK,
    READ_BUDGET,
    TRIAL_BUDGET,
    TRIAL_WRITE_BUDGET,
    VERSION,
    WRITE_BUDGET,
    PinterestRefusal,
    invalid,
    rate_headers,
    refusal_answer,
    spent,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

TRIAL_HANDLE = "trial"
SECRET_BOARDS = "boards:read_secret"  # noqa: S105 - the name of a scope
_READ_PINS = ("boards:read", "pins:read")
_WRITE_PINS = ("boards:read", "boards:write", "pins:read", "pins:write")
_WRITE_BOARDS = ("boards:read", "boards:write")
_WRITE_MEDIA = ("pins:read", "pins:write")
_USER = ("user_accounts:read",)


@dataclass(frozen=True)
class _Route:
    verb: str
    path: str
    scopes: tuple[str, ...]
    handler: Callable[..., Response]
    budget: Budget = READ_BUDGET


class PinterestImitation:
    """The server: routes, scopes and budgets here; boards, media, pins and tokens in their own classes."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._tokens = PinterestTokens(store)
        self._uploads = PinterestUploads(store)
        boards = PinterestBoards(store)
        sources = PinterestSources(store, self._uploads, surroundings.fetch_media)
        self._pins = PinterestPins(store, boards, sources, surroundings.describe_link)
        self._routes = (*self._account_routes(), *_board_routes(boards, self._pins), *self._pin_routes())

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/pinterest`."""
        blueprint = Blueprint("practice_pinterest", __name__, url_prefix=f"/practice/{NETWORK}")
        verbs = ["GET", "POST", "PATCH", "DELETE"]
        blueprint.add_url_rule("/api/<path:call>", "api", self._call, methods=verbs)
        blueprint.add_url_rule("/upload/", "receive", self._uploads.receive, methods=["POST"])
        blueprint.add_url_rule("/web/pin/<pin_id>/", "post", self._visit)
        self._tokens.serve_authorize_page(blueprint)
        serve_pictures(blueprint, self._store, NETWORK)
        log_exchanges(blueprint, self._store, NETWORK)
        return blueprint

    def _call(self, call: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            answer = self._dispatch([part for part in call.split("/") if part])
        except PinterestRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            answer = refusal_answer(invalid("the request is too large."))
        for name, value in rate_headers(g.get("practice_budget"), self._store.clock.now_ms()).items():
            answer.headers.setdefault(name, value)
        return answer

    def _dispatch(self, parts: list[str]) -> Response:
        plain = {"oauth/token": self._tokens.token, "oauth/token/revoke": self._tokens.revoke}
        path = "/".join(parts[1:])
        if parts[:1] == [VERSION] and request.method == "POST" and path in plain:
            return plain[path]()
        for route in self._routes:
            values = _matched(route.path.split("/"), parts[1:])
            if parts[:1] == [VERSION] and route.verb == request.method and values is not None:
                return route.handler(self._signed_in(route), *values)
        raise PinterestRefusal(404, 0, f"'{request.method} /{'/'.join(parts)}' is not a valid API method.")

    def _signed_in(self, route: _Route) -> PracticeAccount:
        account = self._tokens.account_of_request(route.scopes)
        g.practice_account_id = account.id
        now = self._store.clock.now_ms()
        if _is_trial(account):
            spent(self._store.rates.spend(TRIAL_BUDGET, account.public_id), now)
        budget = TRIAL_WRITE_BUDGET if _is_trial(account) and route.budget is WRITE_BUDGET else route.budget
        spent(self._store.rates.spend(budget, account.public_id), now)
        return account

    def _account_routes(self) -> Iterable[_Route]:
        yield _Route("GET", "user_account", _USER, self._user_account)
        yield _Route("GET", "user_account/analytics", _USER, self._user_analytics, ANALYTICS_BUDGET)
        yield _Route("POST", "media", _WRITE_MEDIA, self._uploads.register, WRITE_BUDGET)
        yield _Route("GET", "media", ("pins:read",), self._uploads.listing)
        yield _Route("GET", "media/<id>", ("pins:read",), self._uploads.show)

    def _pin_routes(self) -> Iterable[_Route]:
        yield _Route("POST", "pins", _WRITE_PINS, self._create, WRITE_BUDGET)
        yield _Route("GET", "pins", _READ_PINS, self._pins.listing)
        yield _Route("GET", "pins/analytics", _READ_PINS, self._several_analytics, ANALYTICS_BUDGET)
        yield _Route("GET", "pins/<id>", _READ_PINS, self._pins.show)
        yield _Route("PATCH", "pins/<id>", _WRITE_PINS, self._pins.change, WRITE_BUDGET)
        yield _Route("DELETE", "pins/<id>", _WRITE_PINS, self._pins.delete, WRITE_BUDGET)
        yield _Route("GET", "pins/<id>/analytics", _READ_PINS, self._analytics, ANALYTICS_BUDGET)

    def _create(self, account: PracticeAccount) -> Response:
        return self._pins.create(account, _is_trial(account))

    def _analytics(self, account: PracticeAccount, pin_id: str) -> Response:
        return jsonify(analytics(self._pins.own(account, pin_id), self._store.clock.now_ms()))

    def _several_analytics(self, account: PracticeAccount) -> Response:
        ids = [one for value in request.args.getlist("pin_ids") for one in value.split(",") if one]
        if not 1 <= len(ids) <= 100:
            raise invalid("pin_ids must hold 1 to 100 ids.")
        now = self._store.clock.now_ms()
        return jsonify({one: analytics(self._pins.own(account, one), now) for one in ids})

    def _user_analytics(self, account: PracticeAccount) -> Response:
        return jsonify(account_analytics(self._store.posts.of_account(account.id, ""), self._store.clock.now_ms()))

    def _user_account(self, account: PracticeAccount) -> Response:
        root = request.url_root.rstrip("/")
        return jsonify(
            id=account.public_id,
            username=account.handle,
            business_name=account.name,
            account_type="BUSINESS",
            profile_image=f"{root}/practice/{NETWORK}/avatar/{account.handle}.png",
            website_url="",
            about="",
            board_count=None,
            pin_count=len(self._store.posts.of_account(account.id, "")),
            follower_count=0,
            following_count=0,
            monthly_views=0,
        )

    def _visit(self, pin_id: str) -> AnyResponse:
        pin = self._store.posts.by_public_id(NETWORK, pin_id)
        return to_feed(NETWORK, pin.id) if pin else Response("There is no such pin.", 404, mimetype="text/plain")


def _board_routes(boards: PinterestBoards, pins: PinterestPins) -> Iterable[_Route]:
    yield _Route("GET", "boards", ("boards:read",), lambda account: boards.listing(account, _sees_secrets()))
    yield _Route("POST", "boards", _WRITE_BOARDS, boards.create, WRITE_BUDGET)
    yield _Route("GET", "boards/<id>", ("boards:read",), boards.show)
    yield _Route("PATCH", "boards/<id>", _WRITE_BOARDS, boards.change, WRITE_BUDGET)
    yield _Route("DELETE", "boards/<id>", _WRITE_BOARDS, boards.delete, WRITE_BUDGET)
    yield _Route("GET", "boards/<id>/pins", _READ_PINS, pins.listing)
    yield _Route("GET", "boards/<id>/sections", ("boards:read",), boards.sections)
    yield _Route("POST", "boards/<id>/sections", _WRITE_BOARDS, boards.add_section, WRITE_BUDGET)
    yield _Route("GET", "boards/<id>/sections/<id>/pins", _READ_PINS, pins.listing)


def _sees_secrets() -> bool:
    return SECRET_BOARDS in g.get("practice_scopes", ())


def _is_trial(account: PracticeAccount) -> bool:
    return account.handle.startswith(TRIAL_HANDLE)


def _matched(pattern: list[str], given: list[str]) -> list[str] | None:
    if len(pattern) != len(given):
        return None
    pairs = list(zip(pattern, given, strict=True))
    fits = all(part in ("<id>", value) for part, value in pairs)
    return [value for part, value in pairs if part == "<id>"] if fits else None
