"""Links, mentions and tags of a Bluesky text, in bytes: our own table, and the published one when it is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.platforms.connectors.bluesky.facets import detect, facets
from scheduler.platforms.text import graphemes

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f467"


def _marked(text: str) -> list[tuple[str, str]]:
    """Return (the marked bytes as text, what they mean) of every facet."""
    found = []
    for facet in facets(text, lambda handle: f"did:fake:{handle}"):
        index, feature = facet["index"], facet["features"][0]
        part = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        found.append((part, feature.get("did") or feature.get("uri") or feature["tag"]))
    return found


OUR_TABLE: list[tuple[str, list[tuple[str, str]]]] = [
    ("", []),
    ("Hallo", []),
    (f"{FAMILY} https://a.com/ü {FAMILY}", [("https://a.com/ü", "https://a.com/ü")]),
    ("שלום https://a.com/x עולם", [("https://a.com/x", "https://a.com/x")]),
    ("مرحبا #عربي و #صحة.", [("#عربي", "عربي"), ("#صحة", "صحة")]),
    ("日本語 #漢字 https://例え.jp/道", [("#漢字", "漢字"), ("https://例え.jp/道", "https://例え.jp/道")]),
    ("\U0001f3c3 run.com\n#run", [("run.com", "https://run.com"), ("#run", "run")]),
    ("see my-clinic.com/book.", [("my-clinic.com/book", "https://my-clinic.com/book")]),
    ("see clinic.co.uk, ok", [("clinic.co.uk", "https://clinic.co.uk")]),
    ("Please.Read this", []),
    ("mail me@clinic.com", []),
    ("(https://a.com/x).", [("https://a.com/x", "https://a.com/x")]),
    ("https:// and http://", []),
    ("hi @bob.test and @alice.bsky.social!", [("@bob.test", "did:fake:bob.test"),
                                              ("@alice.bsky.social", "did:fake:alice.bsky.social")]),
    ("@bob @nobody.invalidtld @.com", []),
    ("@Bob.Test", [("@Bob.Test", "did:fake:bob.test")]),
    ("#x(https://a.com", [("#x(https://a.com", "x(https://a.com")]),
    ("#1 #2026 #!", []),
    ("#2026goals", [("#2026goals", "2026goals")]),
    ("buy $AAPL now", [("$AAPL", "$AAPL")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OUR_TABLE)
def test_our_table(text: str, expected: list[tuple[str, str]]) -> None:
    assert _marked(text) == expected


def test_the_sheets_worked_example() -> None:
    text = "Café ☕ see https://example.com/a #tést @alice.bsky.social"
    found = facets(text, lambda _: "did:plc:alice")
    assert [(f["index"]["byteStart"], f["index"]["byteEnd"]) for f in found] == [(14, 35), (36, 42), (43, 61)]
    assert found[1]["features"] == [{"$type": "app.bsky.richtext.facet#tag", "tag": "tést"}]


def test_a_mention_of_nobody_stays_plain() -> None:
    assert facets("hello @nobody.test", lambda _: None) == []


@pytest.mark.parametrize(("length", "marked"), [(64, 1), (65, 0)])
def test_a_tag_has_64_graphemes_at_most(length: int, marked: int) -> None:
    assert len(facets("#" + "é" * length, lambda _: None)) == marked


def test_a_tag_has_640_bytes_at_most() -> None:
    assert len(facets("#" + "e\u0301\u0302\u0303\u0304" * 64, lambda _: None)) == 1  # 576 bytes
    assert facets("#" + "e\u0301\u0302\u0303\u0304\u0305" * 64, lambda _: None) == []  # 704 bytes


@given(st.text(alphabet=st.sampled_from("ab.#@$ \n():/é\U0001f3c3\u200dhtps1.com")) | st.text())
def test_facets_never_overlap_and_never_cut_a_character(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    end = 0
    for facet in facets(text, lambda handle: f"did:fake:{handle}"):
        index = facet["index"]
        assert end <= index["byteStart"] < index["byteEnd"] <= len(text.encode())
        assert text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        end = index["byteEnd"]
    assert all(span.value for span in detect(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("e\u0301", 1),
        (FAMILY, 1),
        ("🇩🇪🇫🇷", 2),
        ("नमस्ते", 3),
        ("👍🏽", 1),
        ("\r\n", 1),
        ("각", 1),
        ("#️⃣", 1),
    ],
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


def _published(name: str) -> dict[str, Any]:
    """Return a published table; `DRUMBEAT_SPECS` names the folder of specifications, if there is one."""
    path = Path(os.environ.get("DRUMBEAT_SPECS", "../shared/specs")) / "bluesky" / "conformance" / name
    table: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return table


def test_the_published_table_of_links_and_mentions() -> None:
    for case in _published("facet-detection.json").get("links_and_mentions", []):
        expected = [tuple(segment) for segment in case["segments"] if len(segment) > 1]
        assert [(part, value) for part, value in _marked(case["text"]) if not part.startswith("#")] == expected


def test_the_published_table_of_tags() -> None:
    table = _published("facet-detection.json")
    for case in [*table.get("tags", []), *table.get("cashtags", [])]:
        found = [each for each in facets(case["text"], lambda _: None) if "tag" in each["features"][0]]
        assert [each["features"][0]["tag"] for each in found] == case["tags"]
        assert [each["index"] for each in found] == case["ranges"]


def test_the_published_table_of_graphemes() -> None:
    for case in _published("grapheme-length.json").get("cases", []):
        assert graphemes(case["text"]) == case["graphemes"]
