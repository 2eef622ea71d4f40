"""Comments on posts of the LinkedIn imitation, and how often a post was seen and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.grants import Grant
from scheduler.practice.networks.linkedin.assets import SignedIn
from scheduler.practice.networks.linkedin.wire import (
    LinkedInRefusal,
    bad_field,
    dead_token,
    denied,
    json_body,
    not_found,
    organization_of,
    person_of,
    refusal_answer,
    throttled,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

LONGEST_COMMENT = 1250
COLLECTION = "comment"


class LinkedInComments:
    """Calls about what follows a post. Applications of members alone have none of these rights."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Write into `store`."""
        self._store = store
        self._signed_in = signed_in

    def add(self, urn: str) -> Response:
        """POST /rest/socialActions/{urn}/comments."""
        grant = self._signed_in("w_organization_social_feed", "w_member_social_feed")
        post, body = self._post(urn), json_body()
        actor = _checked_actor(grant, body.get("actor"))
        message = body.get("message")
        text = message.get("text") if isinstance(message, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise bad_field("/message/text", "MISSING_FIELD", "message.text is required")
        if len(text) > LONGEST_COMMENT:
            raise bad_field("/message/text", "FIELD_LENGTH_TOO_LONG", f"A comment has {LONGEST_COMMENT} characters")
        if switch := self._store.switches.take(grant.account.id, *BEFORE_PUBLISHING):
            raise _refusal_of(switch)
        stored = self._stored(grant, post, actor, text)
        answer = jsonify(_comment_json(stored))
        answer.status_code = 201
        answer.headers["x-restli-id"] = str(stored.body["id"])
        lies = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(_trouble())}
        return spoil(answer, self._store.switches.take(grant.account.id, *AFTER_PUBLISHING), self._store, lies)

    def listing(self, urn: str) -> Response:
        """GET /rest/socialActions/{urn}/comments, newest first."""
        self._signed_in("r_organization_social_feed")
        found = [_comment_json(one) for one in self._of(self._post(urn))]
        return jsonify(paging={"start": 0, "count": len(found), "total": len(found), "links": []}, elements=found)

    def delete(self, urn: str, comment_id: str) -> Response:
        """DELETE /rest/socialActions/{urn}/comments/{id}?actor=."""
        grant = self._signed_in("w_organization_social_feed", "w_member_social_feed")
        actor = _checked_actor(grant, request.args.get("actor"))
        found = [one for one in self._of(self._post(urn)) if one.body["id"] == comment_id]
        if not found:
            raise not_found()
        if found[0].body["author"] != actor:
            raise denied()
        self._store.posts.delete(found[0].id)
        return Response(status=204)

    def metadata(self, urn: str) -> Response:
        """GET /rest/socialMetadata/{urn}: reactions and comments."""
        self._signed_in("r_organization_social_feed", "r_organization_social")
        post = self._post(urn)
        likes = {"LIKE": {"reactionType": "LIKE", "count": post.likes}} if post.likes else {}
        comments = post.replies + len(self._of(post))
        summary = {"count": comments, "topLevelCount": comments}
        return jsonify(entity=urn, reactionSummaries=likes, commentSummary=summary, commentsState="OPEN")

    def statistics(self) -> Response:
        """GET /rest/organizationalEntityShareStatistics: of the posts named; those without activity are left out."""
        grant = self._signed_in("rw_organization_admin", "r_organization_social")
        if request.args.get("organizationalEntity") != organization_of(grant.account):
            raise denied()
        named = ((kind, urn) for kind in ("shares", "ugcPosts") for urn in _listed(request.args.get(kind, "")))
        found = [(kind, self._store.posts.by_public_id("linkedin", urn)) for kind, urn in named]
        return jsonify(elements=[_statistics(kind, post) for kind, post in found if post and _active(post)])

    def member_analytics(self) -> Response:
        """GET /rest/memberCreatorPostAnalytics?q=entity: one number of one post of the member."""
        self._signed_in("r_member_postAnalytics")
        entity = request.args.get("entity", "").strip("()").partition(":")[2]
        post, kind = self._post(entity), request.args.get("queryType", "")
        counts = {"REACTION": post.likes, "COMMENT": post.replies, "RESHARE": post.reposts, "IMPRESSION": 0}
        if kind not in counts and kind not in ("MEMBERS_REACHED", "POST_SAVE", "POST_SEND", "LINK_CLICKS"):
            raise LinkedInRefusal(400, "PARAM_INVALID", "queryType is not one of those known")
        return jsonify(elements=[{"count": counts.get(kind, 0), "metricType": kind}])

    def _stored(self, grant: Grant, post: StoredPost, actor: str, text: str) -> StoredPost:
        number = str(7_100_000_000_000_000_000 + self._store.clock.now_ms() * 1000 + len(self._of(post)))
        kept = {
            "id": number,
            "author": actor,
            "object": post.public_id,
            "shown": text,
            "note": f"Comment on {post.public_id}",
            "print": "",
        }
        urn = f"urn:li:comment:({post.public_id},{number})"
        return self._store.posts.add(grant.account.id, NewPost("linkedin", COLLECTION, kept, json_body(), urn))

    def _of(self, post: StoredPost) -> list[StoredPost]:
        found = self._store.posts.newest(("linkedin", (COLLECTION,)), None, 1000)
        return [one for one in found if one.body["object"] == post.public_id]

    def _post(self, urn: str) -> StoredPost:
        post = self._store.posts.by_public_id("linkedin", urn)
        if post is None or post.collection == COLLECTION:
            raise not_found()
        return post


def _checked_actor(grant: Grant, actor: object) -> str:
    mine = {
        organization_of(grant.account): "w_organization_social_feed",
        person_of(grant.account): "w_member_social_feed",
    }
    if not isinstance(actor, str) or mine.get(actor) not in grant.scopes:
        raise denied("Not enough permissions to access: socialActions.comments")
    return actor


def _comment_json(comment: StoredPost) -> dict[str, Any]:
    made = {"actor": comment.body["author"], "time": comment.created_at}
    return {
        "id": comment.body["id"],
        "actor": comment.body["author"],
        "object": comment.body["object"],
        "commentUrn": comment.public_id,
        "message": {"attributes": [], "text": comment.body["shown"]},
        "created": made,
        "lastModified": made,
    }


def _statistics(kind: str, post: StoredPost) -> dict[str, Any]:
    counts = {
        "impressionCount": 0,
        "uniqueImpressionsCount": 0,
        "clickCount": 0,
        "likeCount": post.likes,
        "commentCount": post.replies,
        "shareCount": post.reposts,
        "engagement": 0,
    }
    name = "share" if kind == "shares" else "ugcPost"
    return {"organizationalEntity": post.body["author"], name: post.public_id, "totalShareStatistics": counts}


def _active(post: StoredPost) -> bool:
    return bool(post.likes or post.replies or post.reposts)


def _listed(value: str) -> list[str]:
    return [one for one in value.removeprefix("List(").removesuffix(")").split(",") if one]


def _trouble() -> LinkedInRefusal:
    return LinkedInRefusal(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")


def _refusal_of(switch: ActiveSwitch) -> LinkedInRefusal:
    note_switch(switch)
    known = {
        FailureSwitch.RATE_LIMITED: throttled(),
        FailureSwitch.EXPIRED_TOKEN: dead_token("EXPIRED_ACCESS_TOKEN"),
    }
    return known.get(switch.kind, _trouble())
