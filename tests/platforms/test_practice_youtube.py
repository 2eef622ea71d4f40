"""The YouTube imitation: resumable uploads, processing, quotas, what is added to a video, and everything it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from scheduler.practice.documents import Place
from scheduler.practice.feed import PracticePost
from scheduler.practice.grants import ACCESS, Grant, PracticeGrants
from scheduler.practice.networks.youtube.wire import UNITS_A_DAY, UPLOADS_A_DAY, day_budget
from scheduler.practice.switches import FailureSwitch
from tests.support.google_discovery import document, facts_of, faults
from tests.support.practice_clients import jpeg, mp4
from tests.support.practice_server import HeldClock, PracticeServer

CHUNK = 256 * 1024
MOVIE = mp4() + bytes(CHUNK + 1000)
VIDEO: dict[str, Any] = {
    "snippet": {
        "title": "Knee exercises",
        "description": "Three exercises. https://clinic.example/x/k7Qx2m",
        "tags": ["knee", "physical therapy"],
        "categoryId": "27",
        "defaultLanguage": "en",
    },
    "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False, "containsSyntheticMedia": False},
}
THUMBNAILS = dict.fromkeys(("default", "medium", "high"), "Thumbnail")
PAGE = {"kind": "string", "etag": "string", "nextPageToken": "string", "pageInfo": "PageInfo"}
FACTS: dict[str, dict[str, str]] = {
    "Video": {
        "kind": "string",
        "etag": "string",
        "id": "string",
        "snippet": "VideoSnippet",
        "status": "VideoStatus",
        "localizations": "object",
        "processingDetails": "VideoProcessingDetails",
        "statistics": "VideoStatistics",
        "fileDetails": "VideoFileDetails",
        "contentDetails": "VideoContentDetails",
    },
    "VideoSnippet": {
        "title": "string",
        "description": "string",
        "tags": "[string]",
        "categoryId": "string",
        "defaultLanguage": "string",
        "publishedAt": "string",
        "channelId": "string",
        "channelTitle": "string",
        "thumbnails": "ThumbnailDetails",
        "liveBroadcastContent": "string",
        "localized": "VideoLocalization",
    },
    "VideoLocalization": {"title": "string", "description": "string"},
    "VideoStatus": {
        "privacyStatus": "string",
        "publishAt": "string",
        "license": "string",
        "embeddable": "boolean",
        "publicStatsViewable": "boolean",
        "selfDeclaredMadeForKids": "boolean",
        "containsSyntheticMedia": "boolean",
        "madeForKids": "boolean",
        "uploadStatus": "string",
        "failureReason": "string",
        "rejectionReason": "string",
    },
    "VideoProcessingDetails": {"processingStatus": "string", "processingFailureReason": "string"},
    "VideoStatistics": {
        "viewCount": "string",
        "likeCount": "string",
        "dislikeCount": "string",
        "favoriteCount": "string",
        "commentCount": "string",
    },
    "VideoFileDetails": {"fileSize": "string", "fileType": "string"},
    "VideoContentDetails": {"definition": "string", "caption": "string"},
    "ThumbnailDetails": THUMBNAILS,
    "Thumbnail": {"url": "string", "width": "integer", "height": "integer"},
    "PageInfo": {"totalResults": "integer", "resultsPerPage": "integer"},
    "VideoListResponse": PAGE | {"items": "[Video]"},
    "ChannelListResponse": PAGE | {"items": "[Channel]"},
    "Channel": {
        "kind": "string",
        "etag": "string",
        "id": "string",
        "snippet": "ChannelSnippet",
        "contentDetails": "ChannelContentDetails",
        "statistics": "ChannelStatistics",
        "status": "ChannelStatus",
    },
    "ChannelSnippet": {
        "title": "string",
        "description": "string",
        "customUrl": "string",
        "publishedAt": "string",
        "thumbnails": "ThumbnailDetails",
    },
    "ChannelContentDetails": {"relatedPlaylists": "object"},
    "ChannelStatistics": {
        "viewCount": "string",
        "subscriberCount": "string",
        "hiddenSubscriberCount": "boolean",
        "videoCount": "string",
    },
    "ChannelStatus": {"privacyStatus": "string", "isLinked": "boolean", "longUploadsStatus": "string"},
    "PlaylistItemListResponse": PAGE | {"items": "[PlaylistItem]"},
    "PlaylistItem": {
        "kind": "string",
        "etag": "string",
        "id": "string",
        "snippet": "PlaylistItemSnippet",
        "contentDetails": "PlaylistItemContentDetails",
        "status": "PlaylistItemStatus",
    },
    "PlaylistItemSnippet": {
        "title": "string",
        "description": "string",
        "publishedAt": "string",
        "thumbnails": "ThumbnailDetails",
        "channelId": "string",
        "channelTitle": "string",
        "playlistId": "string",
        "resourceId": "ResourceId",
    },
    "ResourceId": {"kind": "string", "videoId": "string"},
    "PlaylistItemContentDetails": {"videoId": "string", "videoPublishedAt": "string"},
    "PlaylistItemStatus": {"privacyStatus": "string"},
    "VideoCategoryListResponse": PAGE | {"items": "[VideoCategory]"},
    "VideoCategory": {"kind": "string", "etag": "string", "id": "string", "snippet": "VideoCategorySnippet"},
    "VideoCategorySnippet": {"title": "string", "assignable": "boolean", "channelId": "string"},
    "ThumbnailSetResponse": {"kind": "string", "etag": "string", "items": "[ThumbnailDetails]"},
    "Caption": {"kind": "string", "etag": "string", "id": "string", "snippet": "CaptionSnippet"},
    "CaptionSnippet": {
        "videoId": "string",
        "language": "string",
        "name": "string",
        "trackKind": "string",
        "audioTrackType": "string",
        "isCC": "boolean",
        "isLarge": "boolean",
        "isDraft": "boolean",
        "lastUpdated": "string",
        "status": "string",
    },
    "CommentThread": {"kind": "string", "etag": "string", "id": "string", "snippet": "CommentThreadSnippet"},
    "CommentThreadSnippet": {
        "videoId": "string",
        "topLevelComment": "Comment",
        "canReply": "boolean",
        "totalReplyCount": "integer",
        "isPublic": "boolean",
    },
    "Comment": {"kind": "string", "etag": "string", "id": "string", "snippet": "CommentSnippet"},
    "CommentSnippet": {
        "textDisplay": "string",
        "textOriginal": "string",
        "authorDisplayName": "string",
        "authorChannelId": "CommentSnippetAuthorChannelId",
        "likeCount": "integer",
        "publishedAt": "string",
        "updatedAt": "string",
        "videoId": "string",
    },
    "CommentSnippetAuthorChannelId": {"value": "string"},
}
METHODS = {
    "videos.insert": ("upload", "POST", "youtube/v3/videos"),
    "videos.list": ("api", "GET", "youtube/v3/videos"),
    "videos.update": ("api", "PUT", "youtube/v3/videos"),
    "videos.delete": ("api", "DELETE", "youtube/v3/videos"),
    "channels.list": ("api", "GET", "youtube/v3/channels"),
    "playlists.list": ("api", "GET", "youtube/v3/playlists"),
    "playlistItems.list": ("api", "GET", "youtube/v3/playlistItems"),
    "playlistItems.insert": ("api", "POST", "youtube/v3/playlistItems"),
    "videoCategories.list": ("api", "GET", "youtube/v3/videoCategories"),
    "captions.list": ("api", "GET", "youtube/v3/captions"),
    "captions.insert": ("upload", "POST", "youtube/v3/captions"),
    "commentThreads.list": ("api", "GET", "youtube/v3/commentThreads"),
    "commentThreads.insert": ("api", "POST", "youtube/v3/commentThreads"),
    "comments.delete": ("api", "DELETE", "youtube/v3/comments"),
    "thumbnails.set": ("upload", "POST", "youtube/v3/thumbnails/set"),
}


class Tube:
    """One channel on the imitation."""

    def __init__(self, server: PracticeServer) -> None:
        self.server, self.store = server, server.store
        made = server.store.create_account("youtube", "harbor", "Harbor Street Clinic")
        self.account_id, self.more = made.account_id, dict(made.more)
        self.channel = self.more["channel"]
        self.base = f"{server.url}/practice/youtube"
        self.token = self.more["access_token"]

    def call(self, verb: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        signed = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        return requests.request(verb, f"{self.base}/{path}", headers=signed, timeout=10, **more)

    def start(self, video: object = None, part: str = "snippet,status", **headers: str) -> requests.Response:
        query = f"uploadType=resumable&part={part}&notifySubscribers=true"
        sizes = {"X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": str(len(MOVIE))}
        announced = sizes | {name.replace("_", "-"): value for name, value in headers.items()}
        body = VIDEO if video is None else video
        return self.call("POST", f"upload/youtube/v3/videos?{query}", announced, json=body)

    def put(self, session: str, data: bytes, said: str) -> requests.Response:
        return requests.put(session, data=data, headers={"Content-Range": said}, timeout=10)

    def upload(self, video: object = None, data: bytes = MOVIE) -> requests.Response:
        session = self.start(video, X_Upload_Content_Length=str(len(data))).headers["Location"]
        return self.put(session, data, f"bytes 0-{len(data) - 1}/{len(data)}")

    def made(self, video: object = None, data: bytes = MOVIE) -> str:
        return str(self.upload(video, data).json()["id"])

    def read(self, video_id: str, part: str = "snippet,status,processingDetails,statistics") -> Any:
        items = self.call("GET", "api/youtube/v3/videos", params={"part": part, "id": video_id}).json()["items"]
        return items[0] if items else None

    def comment(self, video_id: str, text: str = "The exercises are at https://clinic.example") -> requests.Response:
        body = {"snippet": {"videoId": video_id, "topLevelComment": {"snippet": {"textOriginal": text}}}}
        return self.call("POST", "api/youtube/v3/commentThreads?part=snippet", json=body)

    def captions(self, video_id: str, text: str = "WEBVTT\n\n00:00.000 --> 00:01.000\nBend.\n") -> requests.Response:
        described = json.dumps({"snippet": {"videoId": video_id, "language": "en", "name": ""}})
        body = (
            f"--cut\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{described}\r\n"
            f"--cut\r\nContent-Type: text/vtt\r\n\r\n{text}\r\n--cut--\r\n"
        )
        return self.call(
            "POST",
            "upload/youtube/v3/captions?uploadType=multipart&part=snippet",
            {"Content-Type": "multipart/related; boundary=cut"},
            data=body.encode(),
        )

    def limited(self, *scopes: str) -> None:
        """Go on with a token that has these scopes only."""
        account = self.store.accounts.get(self.account_id)
        assert account
        names = frozenset(f"https://www.googleapis.com/auth/{scope}" for scope in scopes)
        grants = PracticeGrants(self.store, "youtube")
        self.token = grants.issue(ACCESS, Grant(account, names, "test"), 3600)

    def switch(self, kind: FailureSwitch, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, seconds=seconds)

    def uploads(self) -> list[str]:
        query = {"part": "snippet,contentDetails,status", "playlistId": f"UU{self.channel[2:]}", "maxResults": "10"}
        answer = self.call("GET", "api/youtube/v3/playlistItems", params=query).json()
        assert not list(faults(answer, "PlaylistItemListResponse", FACTS))
        return [one["contentDetails"]["videoId"] for one in answer["items"]]


@pytest.fixture
def tube(practice_server: PracticeServer) -> Tube:
    return Tube(practice_server)


def refused(answer: requests.Response, http: int, reason: str) -> None:
    assert answer.status_code == http, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (http, reason)


def shown(tube: Tube) -> PracticePost:
    return tube.store.feed("youtube", limit=1)[0]


# the channel


def test_the_channel_names_its_uploads(tube: Tube) -> None:
    query = {"part": "snippet,contentDetails,statistics,status", "mine": "true"}
    answer = tube.call("GET", "api/youtube/v3/channels", params=query).json()
    assert not list(faults(answer, "ChannelListResponse", FACTS))
    item = answer["items"][0]
    assert (item["id"], item["snippet"]["title"]) == (tube.channel, "Harbor Street Clinic")
    assert item["contentDetails"]["relatedPlaylists"]["uploads"] == f"UU{tube.channel[2:]}"
    assert len(tube.channel) == 24
    refused(tube.call("GET", "api/youtube/v3/channels?mine=true"), 400, "missingRequiredParameter")
    refused(tube.call("GET", "api/youtube/v3/channels?part=snippet"), 400, "missingRequiredParameter")
    refused(tube.call("GET", "api/youtube/v3/channels?part=colour&mine=true"), 400, "unknownPart")


def test_categories_say_which_can_be_chosen(tube: Tube) -> None:
    answer = tube.call("GET", "api/youtube/v3/videoCategories?part=snippet&regionCode=US").json()
    assert not list(faults(answer, "VideoCategoryListResponse", FACTS))
    assert {one["snippet"]["assignable"] for one in answer["items"] if one["id"] in ("22", "18")} == {True, False}


# resumable uploads


def test_a_video_arrives_in_chunks_and_exists_only_after_the_last(tube: Tube, practice_clock: HeldClock) -> None:
    started = tube.start()
    assert (started.status_code, started.content) == (200, b"")
    session, total = started.headers["Location"], len(MOVIE)
    asked = tube.put(session, b"", f"bytes */{total}")
    assert (asked.status_code, "Range" in asked.headers) == (308, False)
    first = tube.put(session, MOVIE[:CHUNK], f"bytes 0-{CHUNK - 1}/{total}")
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    assert tube.put(session, b"", f"bytes */{total}").headers["Range"] == f"bytes=0-{CHUNK - 1}"
    assert tube.uploads() == []
    last = tube.put(session, MOVIE[CHUNK:], f"bytes {CHUNK}-{total - 1}/{total}")
    assert last.status_code == 200
    video = last.json()
    assert not list(faults(video, "Video", FACTS))
    assert (video["snippet"]["title"], video["status"]["uploadStatus"]) == ("Knee exercises", "uploaded")
    again = tube.put(session, b"", f"bytes */{total}")
    assert (again.status_code, again.json()["id"]) == (200, video["id"])
    assert tube.uploads() == [video["id"]]
    practice_clock.advance(2)
    read = tube.read(video["id"])
    assert (read["status"]["uploadStatus"], read["processingDetails"]["processingStatus"]) == ("processed", "succeeded")
    source = shown(tube).images[0].src
    assert requests.get(tube.server.url + source, timeout=10).content == MOVIE


def test_only_whole_multiples_of_a_chunk_are_kept(tube: Tube) -> None:
    session, total = tube.start().headers["Location"], len(MOVIE)
    more = tube.put(session, MOVIE[: CHUNK + 500], f"bytes 0-{CHUNK + 499}/{total}")
    assert more.headers["Range"] == f"bytes=0-{CHUNK - 1}"
    refused(tube.put(session, MOVIE[CHUNK : CHUNK + 500], f"bytes {CHUNK}-{CHUNK + 499}/{total}"), 400, "badRequest")
    overlapping = tube.put(session, MOVIE, f"bytes 0-{total - 1}/{total}")
    assert overlapping.status_code == 200
    assert tube.store.media.of_account(tube.account_id, overlapping.json()["id"]).size == total  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["bytes 262144-262243/{n}", "bytes 0-98/{n}", "bytes 0-99/7", "0-99"])
def test_a_chunk_that_does_not_fit_is_refused(tube: Tube, said: str) -> None:
    session = tube.start().headers["Location"]
    answer = tube.put(session, MOVIE[:100], said.replace("{n}", str(len(MOVIE))))
    refused(answer, 400, "badRequest")


def test_a_session_dies_after_a_week_and_an_unknown_one_is_not_there(tube: Tube, practice_clock: HeldClock) -> None:
    session = tube.start().headers["Location"]
    practice_clock.advance(7 * 86_400)
    assert tube.put(session, b"", "bytes */*").status_code == 410
    assert tube.put(session.replace("upload_id=", "upload_id=x"), b"", "bytes */*").status_code == 404


def test_one_request_without_a_range_is_enough(tube: Tube) -> None:
    session = tube.start().headers["Location"]
    assert requests.put(session, data=MOVIE, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"snippet": {"categoryId": "22"}}, "invalidTitle"),
        ({"snippet": {"title": "x" * 101, "categoryId": "22"}}, "invalidTitle"),
        ({"snippet": {"title": "a < b", "categoryId": "22"}}, "invalidTitle"),
        ({"snippet": {"title": "x", "description": "é" * 2501, "categoryId": "22"}}, "invalidDescription"),
        ({"snippet": {"title": "x", "description": "<b>", "categoryId": "22"}}, "invalidDescription"),
        ({"snippet": {"title": "x", "tags": ["a b"] * 84, "categoryId": "22"}}, "invalidTags"),
        ({"snippet": {"title": "x"}}, "invalidCategoryId"),
        ({"snippet": {"title": "x", "categoryId": "18"}}, "invalidCategoryId"),
        ({"status": {"privacyStatus": "secret"}}, "invalidVideoMetadata"),
        ({"status": {"privacyStatus": "public", "publishAt": "2026-12-01T09:00:00Z"}}, "invalidPublishAt"),
        ({"status": {"privacyStatus": "private", "publishAt": "2026-11-01T09:00:00Z"}}, "invalidPublishAt"),
        ({"status": {"privacyStatus": "private", "publishAt": "tomorrow"}}, "invalidPublishAt"),
        ({"status": {"embeddable": "yes"}}, "badRequest"),
        ({"snippet": {"title": "x", "categoryId": "22", "colour": "red"}}, "badRequest"),
        ({"localizations": {"de": {"title": "Knie"}}}, "unexpectedPart"),
    ],
)
def test_a_description_that_breaks_the_rules_starts_no_session(tube: Tube, change: dict[str, Any], reason: str) -> None:
    refused(tube.start(VIDEO | change), 400, reason)


def test_tags_of_exactly_500_pass(tube: Tube) -> None:
    tags = ["a b"] * 83 + ["x"]  # 83 x 5 + 1 and 83 commas: 499
    assert tube.start({"snippet": {"title": "x", "categoryId": "22", "tags": tags}}).status_code == 200


def test_the_wrong_kind_or_size_of_file_starts_no_session(tube: Tube) -> None:
    refused(tube.start(X_Upload_Content_Type="image/png"), 400, "badContent")
    refused(tube.start(X_Upload_Content_Length="0"), 400, "mediaBodyRequired")
    refused(tube.start(X_Upload_Content_Length=str(300 * 2**30)), 413, "uploadTooLarge")
    refused(tube.start(part=""), 400, "missingRequiredParameter")
    refused(tube.call("POST", "upload/youtube/v3/videos?uploadType=media&part=snippet", json=VIDEO), 400, "badRequest")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (jpeg(), {"uploadStatus": "failed", "failureReason": "invalidFile"}),
        (b"x", {"uploadStatus": "failed", "failureReason": "tooSmall"}),
    ],
)
def test_what_is_no_video_fails_in_processing(
    tube: Tube, practice_clock: HeldClock, data: bytes, said: dict[str, str]
) -> None:
    video = tube.made(data=data)
    practice_clock.advance(2)
    assert said.items() <= tube.read(video)["status"].items()
    assert said["failureReason"] in shown(tube).warning


def test_the_same_file_again_is_rejected_as_a_duplicate(tube: Tube, practice_clock: HeldClock) -> None:
    tube.made()
    second = tube.made()
    practice_clock.advance(2)
    assert tube.read(second)["status"]["rejectionReason"] == "duplicate"
    assert tube.read(second)["processingDetails"]["processingStatus"] == "terminated"


def test_a_scheduled_video_becomes_public_at_its_time(tube: Tube, practice_clock: HeldClock) -> None:
    status = {"privacyStatus": "private", "publishAt": "2026-11-23T10:00:00Z"}
    video = tube.made(VIDEO | {"status": status})
    assert status.items() <= tube.read(video)["status"].items()
    practice_clock.advance(3600)
    tube.limited("youtube.readonly")
    assert tube.read(video)["status"]["privacyStatus"] == "public"


def test_a_project_without_audit_publishes_nothing(tube: Tube) -> None:
    tube.store.documents.put(Place("youtube", "project", "practice-app"), {"audited": False})
    assert tube.read(tube.made())["status"]["privacyStatus"] == "private"


# quotas


def test_the_days_uploads_end_at_midnight_in_los_angeles(tube: Tube, practice_clock: HeldClock) -> None:
    tube.store.rates.spend(day_budget(tube.store, "uploads", UPLOADS_A_DAY), "project", UPLOADS_A_DAY)
    refused(tube.start(), 403, "quotaExceeded")
    assert tube.start().json()["error"]["errors"][0]["domain"] == "youtube.quota"
    practice_clock.advance(23 * 3600 - 1)  # 24 November, 07:59:59 UTC: a second before midnight in Los Angeles
    tube.limited("youtube.upload")
    refused(tube.start(), 403, "quotaExceeded")
    practice_clock.advance(1)
    assert tube.start().status_code == 200


def test_reading_costs_units_of_another_bucket(tube: Tube) -> None:
    video = tube.made()
    tube.store.rates.spend(day_budget(tube.store, "units", UNITS_A_DAY), "project", UNITS_A_DAY - 1)
    assert tube.read(video)
    refused(tube.call("GET", f"api/youtube/v3/videos?part=id&id={video}"), 403, "quotaExceeded")
    assert tube.start().status_code == 200


def test_a_channel_has_its_own_daily_cap(tube: Tube) -> None:
    answers = [tube.start() for _ in range(21)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    refused(answers[-1], 400, "uploadLimitExceeded")


# videos


def test_a_video_is_changed_as_a_whole_part_and_deleted_once(tube: Tube) -> None:
    video = tube.made()
    body = {"id": video, "snippet": {"title": "Knees", "categoryId": "26"}}
    changed = tube.call("PUT", "api/youtube/v3/videos?part=snippet", json=body).json()
    assert not list(faults(changed, "Video", FACTS))
    assert (changed["snippet"]["title"], changed["snippet"]["description"]) == ("Knees", "")
    assert "tags" not in changed["snippet"]
    assert tube.read(video)["status"]["privacyStatus"] == "public"
    for wrong, reason in (({"title": "x"}, "invalidCategoryId"), ({"categoryId": "26"}, "invalidTitle")):
        answer = tube.call("PUT", "api/youtube/v3/videos?part=snippet", json={"id": video, "snippet": wrong})
        refused(answer, 400, reason)
    later = {"id": video, "status": {"privacyStatus": "private", "publishAt": "2026-12-01T09:00:00Z"}}
    refused(tube.call("PUT", "api/youtube/v3/videos?part=status", json=later), 400, "invalidPublishAt")
    refused(tube.call("PUT", "api/youtube/v3/videos?part=snippet", json=body | {"id": "x"}), 404, "videoNotFound")
    assert tube.call("DELETE", f"api/youtube/v3/videos?id={video}").status_code == 204
    refused(tube.call("DELETE", f"api/youtube/v3/videos?id={video}"), 404, "videoNotFound")
    assert tube.read(video) is None


def test_private_videos_are_their_owners_alone(tube: Tube) -> None:
    private = tube.made(VIDEO | {"status": {"privacyStatus": "private"}})
    other = Tube.__new__(Tube)
    other.__dict__.update(tube.__dict__)
    other.token = tube.store.create_account("youtube", "mill", "Mill Lane").more["access_token"]
    assert tube.read(private)
    assert other.read(private) is None
    refused(other.call("DELETE", f"api/youtube/v3/videos?id={private}"), 404, "videoNotFound")


def test_numbers_are_strings(tube: Tube) -> None:
    video = tube.made()
    tube.store.posts.set_counts(shown(tube).id, reposts=120, likes=7, replies=2)
    read = tube.read(video)
    assert not list(faults(read, "Video", FACTS))
    assert read["statistics"]["viewCount"] == "120"
    query = {
        "ids": "channel==MINE",
        "startDate": "2026-11-01",
        "endDate": "2026-11-30",
        "metrics": "views,likes,estimatedMinutesWatched",
        "dimensions": "video",
        "filters": f"video=={video}",
    }
    answer = tube.call("GET", "analytics/v2/reports", params=query).json()
    assert answer["rows"] == [[video, 120, 7, 0]]
    refused(tube.call("GET", "analytics/v2/reports", params=query | {"metrics": "hearts"}), 400, "badRequest")


def test_lists_are_paged_newest_first(tube: Tube) -> None:
    made = [tube.made(data=MOVIE + bytes([number])) for number in range(3)]
    assert tube.uploads() == made[::-1]
    query = {"part": "contentDetails", "playlistId": f"UU{tube.channel[2:]}", "maxResults": "2"}
    first = tube.call("GET", "api/youtube/v3/playlistItems", params=query).json()
    rest = tube.call("GET", "api/youtube/v3/playlistItems", params=query | {"pageToken": first["nextPageToken"]}).json()
    assert [one["contentDetails"]["videoId"] for one in first["items"] + rest["items"]] == made[::-1]
    assert first["pageInfo"]["totalResults"] == 3
    refused(
        tube.call("GET", "api/youtube/v3/playlistItems", params=query | {"pageToken": "x"}), 400, "invalidPageToken"
    )
    refused(tube.call("GET", "api/youtube/v3/playlistItems?part=id&playlistId=PLx"), 404, "playlistNotFound")


def test_a_video_goes_into_the_playlist(tube: Tube) -> None:
    video = tube.made()
    playlist = tube.call("GET", "api/youtube/v3/playlists?part=snippet&mine=true").json()["items"][0]["id"]
    wanted = {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video}}
    made = tube.call("POST", "api/youtube/v3/playlistItems?part=snippet", json={"snippet": wanted})
    assert made.json()["snippet"]["resourceId"]["videoId"] == video
    for change, http, reason in (
        ({"playlistId": "PLx"}, 404, "playlistNotFound"),
        ({"resourceId": {}}, 400, "resourceIdRequired"),
        ({"resourceId": {"kind": "youtube#video", "videoId": "x"}}, 404, "videoNotFound"),
    ):
        answer = tube.call("POST", "api/youtube/v3/playlistItems?part=snippet", json={"snippet": wanted | change})
        refused(answer, http, reason)


# additions


def test_a_thumbnail_is_set_and_checked(tube: Tube) -> None:
    video = tube.made()
    path = f"upload/youtube/v3/thumbnails/set?videoId={video}"
    stand_in = tube.read(video)["snippet"]["thumbnails"]["default"]["url"]
    assert requests.get(stand_in, timeout=10).content.startswith(b"\x89PNG")
    answer = tube.call("POST", path, {"Content-Type": "image/jpeg"}, data=jpeg()).json()
    assert not list(faults(answer, "ThumbnailSetResponse", FACTS))
    assert requests.get(answer["items"][0]["default"]["url"], timeout=10).content == jpeg()
    assert [image.kind for image in shown(tube).images] == ["video", "image"]
    refused(tube.call("POST", path, data=b""), 400, "mediaBodyRequired")
    refused(tube.call("POST", path, data=b"GIF89a"), 400, "invalidImage")
    refused(tube.call("POST", path, data=jpeg() + bytes(2 * 2**20)), 400, "failedPrecondition")
    refused(tube.call("POST", f"{path}x", data=jpeg()), 404, "videoNotFound")
    tube.store.documents.put(Place("youtube", "channel", tube.channel), {"phone_verified": False})
    refused(tube.call("POST", path, data=jpeg()), 403, "forbidden")


def test_captions_are_added_once_per_language(tube: Tube) -> None:
    video = tube.made()
    track = tube.captions(video).json()
    assert not list(faults(track, "Caption", FACTS))
    refused(tube.captions(video), 409, "captionExists")
    refused(tube.captions(video, "  "), 400, "contentRequired")
    refused(tube.captions("x"), 404, "videoNotFound")
    listed = tube.call("GET", f"api/youtube/v3/captions?part=snippet&videoId={video}").json()
    assert [one["id"] for one in listed["items"]] == [track["id"]]
    body = {"snippet": {"videoId": video}}
    refused(tube.call("POST", "upload/youtube/v3/captions?uploadType=media&part=snippet", json=body), 400, "badRequest")


def test_a_comment_needs_a_processed_video_that_others_see(tube: Tube, practice_clock: HeldClock) -> None:
    video = tube.made()
    refused(tube.comment(video), 400, "processingFailure")
    practice_clock.advance(2)
    thread = tube.comment(video).json()
    assert not list(faults(thread, "CommentThread", FACTS))
    assert "Comment on the video" in shown(tube).html
    listed = tube.call("GET", f"api/youtube/v3/commentThreads?part=snippet&videoId={video}").json()
    assert [one["id"] for one in listed["items"]] == [thread["id"]]
    assert tube.read(video)["statistics"]["commentCount"] == "1"
    refused(tube.comment(video, " "), 400, "commentTextRequired")
    refused(tube.comment(video, "x" * 10_001), 400, "commentTextTooLong")
    refused(tube.comment("x"), 404, "videoNotFound")
    private = tube.made(VIDEO | {"status": {"privacyStatus": "private"}}, MOVIE + b"1")
    refused(tube.comment(private), 403, "commentsDisabled")
    assert tube.call("DELETE", f"api/youtube/v3/comments?id={thread['id']}").status_code == 204
    refused(tube.call("DELETE", f"api/youtube/v3/comments?id={thread['id']}"), 404, "commentNotFound")


# rights and failure switches


def test_each_call_needs_its_scope(tube: Tube, practice_clock: HeldClock) -> None:
    video = tube.made()
    practice_clock.advance(2)
    tube.limited("youtube.upload")
    assert tube.start().status_code == 200
    for answer in (
        tube.comment(video),
        tube.captions(video),
        tube.call("GET", f"api/youtube/v3/videos?part=id&id={video}"),
        tube.call("DELETE", f"api/youtube/v3/videos?id={video}"),
        tube.call("GET", "analytics/v2/reports"),
    ):
        refused(answer, 403, "insufficientPermissions")
    tube.limited("youtube.readonly")
    refused(tube.start(), 403, "insufficientPermissions")
    assert tube.read(video)
    tube.token = "wrong"
    refused(tube.start(), 401, "authError")


@pytest.mark.parametrize(
    ("kind", "http", "reason"),
    [
        (FailureSwitch.RATE_LIMITED, 429, "rateLimitExceeded"),
        (FailureSwitch.EXPIRED_TOKEN, 401, "authError"),
        (FailureSwitch.REVOKED_APP, 401, "authError"),
        (FailureSwitch.MISCONFIGURED_APP, 403, "accessNotConfigured"),
    ],
)
def test_switches_that_refuse_the_start(tube: Tube, kind: FailureSwitch, http: int, reason: str) -> None:
    tube.switch(kind)
    refused(tube.start(), http, reason)
    assert tube.start().status_code == 200


@pytest.mark.parametrize(
    ("kind", "http"),
    [(FailureSwitch.ERROR_BEFORE, 500), (FailureSwitch.RATE_LIMITED, 429), (FailureSwitch.EXPIRED_TOKEN, 401)],
)
def test_a_last_chunk_that_was_refused_is_sent_again(tube: Tube, kind: FailureSwitch, http: int) -> None:
    session, total = tube.start().headers["Location"], len(MOVIE)
    tube.switch(kind)
    assert tube.put(session, MOVIE, f"bytes 0-{total - 1}/{total}").status_code == http
    assert tube.put(session, b"", f"bytes */{total}").status_code == 308
    assert tube.uploads() == []
    assert tube.put(session, MOVIE, f"bytes 0-{total - 1}/{total}").status_code == 200


@pytest.mark.parametrize("kind", [FailureSwitch.ERROR_AFTER, FailureSwitch.CLOSE_AFTER])
def test_a_lost_answer_is_asked_for_at_the_session(tube: Tube, kind: FailureSwitch) -> None:
    session, total = tube.start().headers["Location"], len(MOVIE)
    tube.switch(kind)
    try:
        assert tube.put(session, MOVIE, f"bytes 0-{total - 1}/{total}").status_code == 500
    except requests.ConnectionError:
        assert kind is FailureSwitch.CLOSE_AFTER
    again = tube.put(session, b"", f"bytes */{total}")
    assert again.status_code == 200
    assert tube.uploads() == [again.json()["id"]]


def test_switches_decide_how_processing_ends(tube: Tube, practice_clock: HeldClock) -> None:
    tube.switch(FailureSwitch.SLOW_PROCESSING, seconds=60)
    tube.switch(FailureSwitch.REJECTED_MEDIA)
    video = tube.made()
    practice_clock.advance(59)
    assert tube.read(video)["status"]["uploadStatus"] == "uploaded"
    practice_clock.advance(1)
    assert tube.read(video)["status"]["failureReason"] == "invalidFile"
    tube.switch(FailureSwitch.DUPLICATE)
    double = tube.made(data=MOVIE + b"1")
    practice_clock.advance(60)
    assert tube.read(double)["status"]["rejectionReason"] == "duplicate"


def test_a_videos_address_leads_to_the_feed(tube: Tube) -> None:
    video = tube.made()
    for path in (f"watch?v={video}", f"shorts/{video}"):
        answer = requests.get(f"{tube.base}/web/{path}", allow_redirects=False, timeout=10)
        assert answer.headers["Location"].endswith(f"#post-{shown(tube).id}")
    assert requests.get(f"{tube.base}/web/watch?v=x", timeout=10).status_code == 404
    assert "Public · Education" in shown(tube).html


def test_what_is_assumed_here_is_what_the_discovery_document_says(tube: Tube) -> None:
    described = document("youtube/youtube.v3")
    if described is None:
        return
    assert facts_of(described, FACTS) == FACTS
    for name, (host, verb, path) in METHODS.items():
        resource, method = name.split(".")
        method_of = described["resources"][resource]["methods"][method]
        assert (method_of["httpMethod"], method_of["path"]) == (verb, path)
        assert tube.call(verb, f"{host}/{path}").json()["error"]["message"] != "Method not found."
        if host == "upload":
            assert method_of["mediaUpload"]["protocols"]["simple"]["path"] == f"/upload/{path}"
