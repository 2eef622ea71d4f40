"""What the editor asks while somebody writes: how a block looks, what a photo shows."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.posts import shelve_photo, shelve_video


def look(client: Visitor, kind: str, text: str) -> dict[str, Any]:
    answer = client.post("/admin/writing/block", json={"kind": kind, "text": text})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_video_block_says_what_visitors_see(context: Context, owner_client: Visitor) -> None:
    shelve_video(context, "film", alt="A treatment")
    found = look(owner_client, "video", "asset: film\ntitle: no")
    assert found["fields"] == {"asset": "film", "title": "no"} and found["problems"] == []
    film = found["pictures"]["film"]
    assert (film["alt"], film["poster"], film["captions"], film["href"]) == (
        "A treatment", True, ["English"], "/admin/media/film",
    )  # fmt: skip


def test_every_problem_of_a_block_is_named_and_its_fields_stay(context: Context, owner_client: Visitor) -> None:
    shelve_photo(context, "knee")
    found = look(owner_client, "gallery", "title: Two\nphotos: [knee, gone]\nfancy: x")
    assert found["fields"]["photos"] == ["knee", "gone"]
    reasons = " ".join(problem["reason"] for problem in found["problems"])
    assert 'no setting "fancy"' in reasons and '"gone" is not in the library' in reasons
    broken = look(owner_client, "video", "asset: a: b")
    assert (broken["fields"], broken["data"]) == (None, None) and "is not YAML" in broken["problems"][0]["reason"]


def test_a_call_to_action_without_link_says_where_it_leads(context: Context, owner_client: Visitor) -> None:
    (context.settings.config / "site.toml").write_text('[business]\nbooking_url = "https://book.example"\n')
    found = look(owner_client, "cta", "label: Book")
    assert found["data"]["href"] == "https://book.example" and found["fields"] == {"label": "Book"}


@pytest.mark.parametrize("given", [[], {"kind": "script", "text": ""}, {"kind": "video"}, {"kind": "video", "text": 1}])
def test_what_is_no_block_is_refused(owner_client: Visitor, given: object) -> None:
    assert owner_client.post("/admin/writing/block", json=given).status_code == 400


def test_photos_are_described_and_unknown_ones_left_out(context: Context, owner_client: Visitor) -> None:
    shelve_photo(context, "knee", alt="A knee", caption="Ours")
    found = owner_client.get("/admin/writing/pictures?id=knee&id=gone").get_json()
    assert list(found) == ["knee"] and (found["knee"]["alt"], found["knee"]["caption"]) == ("A knee", "Ours")


def test_a_stranger_is_told_nothing(client: Visitor) -> None:
    assert client.get("/admin/writing/pictures?id=x").status_code in (302, 401)
    assert client.post("/admin/writing/block", json={}).status_code in (302, 400, 401)
