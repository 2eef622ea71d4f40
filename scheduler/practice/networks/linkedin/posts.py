"""The post calls of the LinkedIn imitation: create, find, read, change the text, delete."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.grants import Grant
from scheduler.practice.networks.linkedin.assets import LinkedInAssets, SignedIn, check_author
from scheduler.practice.networks.linkedin.content import Content, read_content
from scheduler.practice.networks.linkedin.text import LittleText, read_little_text
from scheduler.practice.networks.linkedin.wire import (
    LinkedInRefusal,
    bad_field,
    dead_token,
    dead_version,
    denied,
    json_body,
    not_found,
    refusal_answer,
    spend,
    throttled,
)
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

LONGEST_COMMENTARY = 3000
DUPLICATE_MS = 600_000
REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
ALLOWED = frozenset({*REQUIRED, "isReshareDisabledByAuthor", "content", "reshareContext", "contentLandingPage"})
_serial = count()
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")


class LinkedInPosts:
    """Post calls."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn, assets: LinkedInAssets) -> None:
        """Write into `store`."""
        self._store = store
        self._signed_in = signed_in
        self._assets = assets

    def publish(self) -> Response:
        """POST /rest/posts: 201 without a body, the URN in a header."""
        grant = self._signed_in("w_member_social", "w_organization_social")
        kinds = (*BEFORE_PUBLISHING, FailureSwitch.MISCONFIGURED_APP)
        if switch := self._store.switches.take(grant.account.id, *kinds):
            raise _refusal_of(switch)
        spend(self._store, grant.account.public_id)
        post = self._stored(grant, json_body())
        answer = Response(status=201, headers={"x-restli-id": post.public_id})
        lies = {
            FailureSwitch.ERROR_AFTER: lambda: refusal_answer(_trouble()),
            FailureSwitch.DUPLICATE: lambda: refusal_answer(_duplicate(post.public_id)),
        }
        return spoil(answer, self._store.switches.take(grant.account.id, *AFTER_PUBLISHING), self._store, lies)

    def find(self) -> Response:
        """GET /rest/posts?q=author: an organization's posts, newest first."""
        grant = self._signed_in("r_organization_social")
        author = request.args.get("author", "")
        if request.args.get("q") != "author" or request.headers.get("X-RestLi-Method", "").upper() != "FINDER":
            raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "q=author and X-RestLi-Method: FINDER are required")
        _check_reading(grant, author)
        size, start = request.args.get("count", 10, type=int), request.args.get("start", 0, type=int)
        if not 1 <= size <= 100 or start < 0:
            raise LinkedInRefusal(400, "PARAM_INVALID", "count must be 1 to 100, start not negative")
        found = [post for post in self._of(grant) if post.body["author"] == author]
        shown = [_post_json(post) for post in found[start : start + size]]
        return jsonify(paging={"start": start, "count": size, "total": len(found), "links": []}, elements=shown)

    def show(self, urn: str) -> Response:
        """GET /rest/posts/{urn}."""
        grant = self._signed_in("r_organization_social")
        post = self._own(grant, urn)
        _check_reading(grant, str(post.body["author"]))
        return jsonify(_post_json(post))

    def update(self, urn: str) -> Response:
        """POST /rest/posts/{urn} with X-RestLi-Method: PARTIAL_UPDATE; only the commentary changes."""
        grant = self._signed_in("w_member_social", "w_organization_social")
        if request.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
            raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method: PARTIAL_UPDATE is required")
        post, body = self._own(grant, urn), json_body()
        patch = body.get("patch")
        changes = patch.get("$set") if isinstance(patch, dict) else None
        if not isinstance(changes, dict) or set(changes) - {"commentary", "contentCallToActionLabel"}:
            raise bad_field("/patch/$set", "INVALID_VALUE_FOR_FIELD", "Only commentary can be changed")
        check_author(grant, post.body["author"], "/author")
        text = _checked_commentary(changes.get("commentary", ""), bool(post.body["content"]))
        attached = list(self._store.media.of_post(post.id))
        new = NewPost(
            "linkedin", "", post.body | _words(text, str(post.body["author"])), body, card=post.card, media=attached
        )
        self._store.posts.change(post, new)
        return Response(status=204)

    def delete(self, urn: str) -> Response:
        """DELETE /rest/posts/{urn}: a second time is no error."""
        grant = self._signed_in("w_member_social", "w_organization_social")
        post = self._store.posts.by_public_id("linkedin", urn)
        if post is not None:
            if post.account_id != grant.account.id:
                raise denied("Not enough permissions to access: posts.DELETE")
            check_author(grant, post.body["author"], "/author")
            self._store.posts.delete(post.id)
        return Response(status=204)

    def _stored(self, grant: Grant, body: dict[str, Any]) -> StoredPost:
        author = _checked_frame(grant, body)
        content = read_content(body.get("content"), lambda urn: self._assets.look_up(grant.account, urn), author)
        text = _checked_commentary(body["commentary"], content.kind != "text")
        print_ = json.dumps([author, body["commentary"], body.get("content")], sort_keys=True)
        self._refuse_duplicate(grant, print_)
        kept = {
            "author": author,
            "visibility": body["visibility"],
            "content": body.get("content") or {},
            "assets": content.assets,
            "article": content.article,
            "print": print_,
            **_words(text, author),
        }
        new = NewPost("linkedin", "", kept, body, self._new_urn(content), media=content.urns)
        try:
            return self._store.posts.add(grant.account.id, new)
        except MediaTaken as error:
            raise bad_field("/content", "INVALID_VALUE_FOR_FIELD", "The asset is part of another post") from error

    def _refuse_duplicate(self, grant: Grant, print_: str) -> None:
        since = self._store.clock.now_ms() - DUPLICATE_MS
        same = [post for post in self._of(grant) if post.body["print"] == print_ and post.created_at > since]
        if same:
            raise _duplicate(same[0].public_id)

    def _new_urn(self, content: Content) -> str:
        kind = "share" if content.kind in ("text", "article", "image") else "ugcPost"
        return f"urn:li:{kind}:{self._store.clock.now_ms() << 22 | next(_serial) % (1 << 22)}"

    def _of(self, grant: Grant) -> list[StoredPost]:
        return self._store.posts.newest(("linkedin", ("",)), grant.account.id, 1000)

    def _own(self, grant: Grant, urn: str) -> StoredPost:
        post = self._store.posts.get(grant.account.id, "", urn)
        if post is None:
            raise not_found()
        return post


def _checked_frame(grant: Grant, body: dict[str, Any]) -> str:
    if unknown := sorted(set(body) - ALLOWED):
        raise LinkedInRefusal(422, "", f"ERROR :: /{unknown[0]} :: unrecognized field found but not allowed\n", 100)
    if missing := [name for name in REQUIRED if name not in body]:
        path = f"/{missing[0]}"
        raise bad_field(path, "MISSING_FIELD", f"{missing[0]} :: field is required but not found", 422)
    author = check_author(grant, body["author"], "/author")
    if body["lifecycleState"] != "PUBLISHED":
        raise bad_field("/lifecycleState", "INVALID_VALUE_FOR_FIELD", "Only PUBLISHED can be created")
    if body["visibility"] not in VISIBILITIES:
        raise bad_field("/visibility", "INVALID_VALUE_FOR_FIELD", "visibility is not one of those known")
    if body["visibility"] == "CONNECTIONS" and author.startswith("urn:li:organization:"):
        raise bad_field("/visibility", "INVALID_VALUE_FOR_FIELD", "Organizations have no connections")
    distribution = body["distribution"]
    if not isinstance(distribution, dict) or distribution.get("feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise bad_field("/distribution/feedDistribution", "INVALID_VALUE_FOR_FIELD", "MAIN_FEED or NONE is required")
    if "reshareContext" in body:
        raise bad_field("/reshareContext", "INVALID_VALUE_FOR_FIELD", "This practice network imitates no reshares")
    return author


def _checked_commentary(commentary: object, has_content: bool) -> LittleText:
    if not isinstance(commentary, str):
        raise bad_field("/commentary", "INVALID_VALUE_FOR_FIELD", "commentary must be a string", 422)
    if not commentary.strip() and not has_content:
        raise bad_field("/commentary", "MISSING_FIELD", "commentary must not be empty", 422)
    if len(commentary) > LONGEST_COMMENTARY:
        raise bad_field("/commentary", "FIELD_LENGTH_TOO_LONG", f"commentary exceeds {LONGEST_COMMENTARY} characters")
    return read_little_text(commentary)


def _words(text: LittleText, author: str) -> dict[str, str]:
    words = {"commentary": text.kept, "shown": text.shown}
    cut = f"LinkedIn cut the text at an unescaped “{text.cut_at}”" if text.cut_at else ""
    who = "Organization" if author.startswith("urn:li:organization:") else "Member"
    return words | {"note": " · ".join(filter(None, (who, cut)))}


def _check_reading(grant: Grant, author: str) -> None:
    if author != f"urn:li:organization:{grant.account.public_id}":
        raise denied("Not enough permissions to access: posts.FINDER-author")


def _post_json(post: StoredPost) -> dict[str, Any]:
    return {
        "id": post.public_id,
        "author": post.body["author"],
        "commentary": post.body["commentary"],
        "visibility": post.body["visibility"],
        "lifecycleState": "PUBLISHED",
        "content": post.body["content"],
        "createdAt": post.created_at,
        "publishedAt": post.created_at,
        "lastModifiedAt": post.edited_at or post.created_at,
        "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "lifecycleStateInfo": {"isEditedByAuthor": post.edited_at is not None},
    }


def _duplicate(urn: str) -> LinkedInRefusal:
    return bad_field("/content", "DUPLICATE_POST", f"Content is a duplicate of {urn}", 422)


def _trouble() -> LinkedInRefusal:
    return LinkedInRefusal(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")


def _refusal_of(switch: ActiveSwitch) -> LinkedInRefusal:
    note_switch(switch)
    known = {
        FailureSwitch.RATE_LIMITED: throttled(),
        FailureSwitch.EXPIRED_TOKEN: dead_token("EXPIRED_ACCESS_TOKEN"),
        FailureSwitch.MISCONFIGURED_APP: dead_version("202608"),
    }
    return known.get(switch.kind, _trouble())
