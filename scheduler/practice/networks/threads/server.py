"""An imitation of the Threads API: profiles, containers, posts, replies, insights, tokens.

It refuses what the real one refuses, with Meta's codes and headers.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.threads.containers import ThreadsContainers
from scheduler.practice.networks.threads.insights import post_insights, user_insights
from scheduler.practice.networks.threads.posts import REPLY, TOP, ThreadsPosts, post_id_of
from scheduler.practice.networks.threads.tokens import ThreadsTokens
from scheduler.practice.networks.threads.wire import (
    CALL_BUDGET,
    MAX_BODY_BYTES,
    NETWORK,
    ThreadsRefusal,
    chosen,
    invalid,
    parameters,
    refusal_answer,
    throttled,
    unknown_path,
    usage_header,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

VERSION = "v1.0"


class ThreadsImitation:
    """The server: who is asking and what for; containers, posts and tokens in their own classes."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._tokens = ThreadsTokens(store)
        self._containers = ThreadsContainers(store, surroundings.fetch_media)
        self._posts = ThreadsPosts(store, self._containers, surroundings.describe_link)
        self._plain = {
            ("POST", "oauth/access_token"): self._tokens.from_code,
            ("GET", "access_token"): self._tokens.exchange,
            ("GET", "refresh_access_token"): self._tokens.refresh,
            ("GET", "debug_token"): self._tokens.debug,
        }
        self._user_edges = {
            ("POST", "threads"): self._create,
            ("POST", "threads_publish"): self._publish,
            ("GET", "threads_publishing_limit"): self._limits,
            ("GET", "threads"): lambda account: self._listing(account, TOP, "threads_basic"),
            ("GET", "replies"): lambda account: self._listing(account, REPLY, "threads_read_replies"),
            ("GET", "threads_insights"): self._user_insights,
        }

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/threads`."""
        blueprint = Blueprint("practice_threads", __name__, url_prefix=f"/practice/{NETWORK}")
        blueprint.add_url_rule("/api/<path:call>", "api", self._call, methods=["GET", "POST", "DELETE"])
        blueprint.add_url_rule("/web/@<handle>/post/<code>", "post", self._visit)
        self._tokens.serve_authorize_page(blueprint)
        serve_pictures(blueprint, self._store, NETWORK)
        log_exchanges(blueprint, self._store, NETWORK)
        return blueprint

    def _call(self, call: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            answer = self._dispatch([part for part in call.split("/") if part])
        except ThreadsRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            answer = refusal_answer(invalid("The request is too large."))
        if "practice_usage" in g:
            answer.headers["X-App-Usage"] = usage_header(g.practice_usage)
        return answer

    def _dispatch(self, parts: list[str]) -> Response:
        parts = parts[1:] if parts[:1] == [VERSION] else parts
        plain = self._plain.get((request.method, "/".join(parts)))
        if plain is not None:
            return plain()
        if not 1 <= len(parts) <= 2:
            raise unknown_path("/".join(parts))
        account = self._signed_in("threads_basic")
        node, edge = parts[0], parts[1] if len(parts) == 2 else ""
        if node in ("me", account.public_id):
            return self._of_user(account, edge)
        return self._of_object(account, node, edge)

    def _of_user(self, account: PracticeAccount, edge: str) -> Response:
        if not edge and request.method == "GET":
            return jsonify(_profile(account))
        handler = self._user_edges.get((request.method, edge))
        if handler is None:
            raise unknown_path(account.public_id)
        return handler(account)

    def _of_object(self, account: PracticeAccount, node: str, edge: str) -> Response:
        wanted = request.args.get("fields", "")
        if (request.method, edge) == ("POST", "repost"):
            self._signed_in("threads_content_publish")
            return self._posts.repost(account, node)
        container = self._containers.find(account, node)
        if container is not None and (request.method, edge) == ("GET", ""):
            return jsonify(self._containers.json(container, wanted))
        post = self._posts.find(account, node)
        if post is None:
            raise unknown_path(node)
        return self._of_post(account, post, edge)

    def _of_post(self, account: PracticeAccount, post: StoredPost, edge: str) -> Response:
        if (request.method, edge) == ("GET", ""):
            return jsonify(self._posts.json(post, request.args.get("fields", "")))
        if (request.method, edge) == ("DELETE", ""):
            return self._posts.delete(self._signed_in("threads_delete"), post)
        if (request.method, edge) == ("GET", "insights"):
            self._signed_in("threads_manage_insights")
            return post_insights(post)
        if (request.method, edge) in (("GET", "replies"), ("GET", "conversation")):
            return self._posts.answers_to(self._signed_in("threads_read_replies"), post)
        raise unknown_path(post.public_id)

    def _create(self, account: PracticeAccount) -> Response:
        fields = parameters()
        self._signed_in("threads_content_publish")
        if fields.get("reply_to_id"):
            self._signed_in("threads_manage_replies")
        container_id = self._containers.create(account)
        if fields.get("auto_publish_text") in ("true", "1"):
            return self._posts.publish(account, container_id)
        return jsonify(id=container_id)

    def _publish(self, account: PracticeAccount) -> Response:
        self._signed_in("threads_content_publish")
        container_id = parameters().get("creation_id", "")
        if not container_id:
            raise invalid("(#100) The parameter creation_id is required")
        return self._posts.publish(account, container_id)

    def _limits(self, account: PracticeAccount) -> Response:
        self._signed_in("threads_content_publish")
        return self._posts.limits(account)

    def _listing(self, account: PracticeAccount, collection: str, scope: str) -> Response:
        self._signed_in(scope)
        return self._posts.listing(account, collection)

    def _user_insights(self, account: PracticeAccount) -> Response:
        self._signed_in("threads_manage_insights")
        posts = [post for collection in (TOP, REPLY) for post in self._store.posts.of_account(account.id, collection)]
        return user_insights(account, posts)

    def _signed_in(self, scope: str) -> PracticeAccount:
        account = self._tokens.account_of_request(scope)
        if "practice_usage" not in g:
            g.practice_account_id = account.id
            g.practice_usage = self._store.rates.spend(CALL_BUDGET, account.public_id)
            if g.practice_usage.exceeded:
                left_ms = g.practice_usage.resets_at - self._store.clock.now_ms()
                raise throttled(account.public_id, left_ms / 1000)
        return account

    def _visit(self, handle: str, code: str) -> AnyResponse:
        account = self._store.accounts.find(NETWORK, handle)
        post = self._posts.find(account, post_id_of(code)) if account else None
        return to_feed(NETWORK, post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")


def _profile(account: PracticeAccount) -> dict[str, Any]:
    picture = f"{request.url_root.rstrip('/')}/practice/{NETWORK}/avatar/{account.handle}.png"
    known = {
        "id": account.public_id,
        "username": account.handle,
        "name": account.name,
        "threads_profile_picture_url": picture,
        "threads_biography": "",
        "is_verified": False,
    }
    return chosen(request.args.get("fields", ""), known)
