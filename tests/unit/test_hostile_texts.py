"""Texts made to keep us busy: reading them takes work in proportion to their length, and none brings anything down.

Times are not measured. A text that makes us look back again and again would need hours or days here: the test would
not come to its end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.content import article_file, markdown
from scheduler.content.library import ArticleLibrary
from scheduler.content.links import link_problem
from scheduler.content.yaml_tree import Broken
from scheduler.domain import excerpt
from scheduler.platforms.answers import wait_until
from scheduler.platforms.connectors.bluesky import facets
from scheduler.platforms.connectors.mastodon.search import _shown
from scheduler.platforms.http import Answer
from scheduler.platforms.redaction import redact
from tests.support.clock import StillClock

LONG = 1_000_000


def repeated(sign: str) -> str:
    return sign * (LONG // len(sign))


@pytest.mark.parametrize(
    "body",
    [
        repeated(" "),
        repeated("\t"),
        repeated("> "),
        repeated(" >") + "x",
        repeated("1"),
        repeated("- "),
        "".join("`" * (1000 - n) + "video\n" for n in range(997)) + "a\n" * 250_000,
        repeated("```video\n"),
        repeated("asset:a"),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_looking_for_the_assets_of_a_text_reads_it_once(body: str) -> None:
    assert set(markdown.assets(body)) <= {"a", "aasset"}


def test_the_assets_of_blocks_are_found_wherever_a_block_may_stand() -> None:
    body = (
        "```video\nasset: plain\n```\n\n> ~~~ gallery\n> photos: [quoted, second]\n> ~~~\n\n"
        "- ```video\n  asset: listed\n  ```\n\n1. ```video\n   asset: numbered\n   ```\n\n"
        "````video\nasset: longer\n````\n\n```\nasset: code\n```\n\n```video\nasset: never-closed\n"
    )
    assert markdown.assets(body) == ("plain", "quoted", "second", "listed", "numbered", "longer", "never-closed")


@pytest.mark.parametrize(
    "text", [repeated("dr. "), repeated("dr. A"), repeated(". "), "." + repeated("'"), repeated("\n ")]
)
def test_sentences_are_found_in_one_reading(text: str) -> None:
    assert len(excerpt.excerpt(text, 200)) <= 200


@pytest.mark.parametrize("text", ["#a" + repeated("!") + "a", repeated("http://"), repeated("a."), repeated("@a.")])
def test_links_and_tags_are_found_in_one_reading(text: str) -> None:
    assert len(facets.detect(text)) <= 1


@pytest.mark.parametrize(
    "text", [repeated("eyJ"), '"' + repeated("token"), repeated("cookie "), repeated("bearer "), '"' + repeated("x")]
)
def test_hiding_secrets_reads_an_answer_once(text: str) -> None:
    assert len(redact(text, ["a secret of ours"])) <= 2 * len(text)


@pytest.mark.parametrize("sign", ["<", "<a", "<!--", "</", "<a b='", "&", "<![CDATA["])
def test_the_text_of_a_foreign_post_is_read_once(sign: str) -> None:
    assert len(_shown({"content": repeated(sign)})) <= LONG


def test_the_text_of_a_foreign_post() -> None:
    html = '<p>Hello <a href="https://a.example/?b=1&amp;c">a.example</a><br>5 &lt; 6</p><P class="x">Bye</P>'
    assert _shown({"content": html}) == "\nHello a.example\n5 < 6\nBye"


def test_the_evidence_of_a_large_answer_is_short_and_without_secrets() -> None:
    body = b'{"token": "hush-hush", "text": "' + b"eyJ" * LONG
    shown = Answer(500, {}, body, "").evidence(["hush-hush"]).body
    assert len(shown) <= 4000
    assert "hush" not in shown


@pytest.mark.parametrize(
    "value", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "0001-01-01T00:00:00+23:59", "9" * 12, "x" * 60_000]
)
def test_a_mad_time_to_wait_is_no_error(value: str) -> None:
    until = wait_until(Answer(429, {"retry-after": value}, b"", ""), 1_000)
    assert until is None or 1_000 <= until <= 1_000 + 86_400_000


@pytest.mark.parametrize("address", ["https://[x/", "//[", "/[", "http://[::1", "https://[::ffff:1.2.3.4.5]/"])
def test_addresses_that_cannot_be_taken_apart_are_no_error(address: str) -> None:
    front = f"title: x\naliases: ['{address}']\ncanonical: '{address}'\n"
    with pytest.raises(Broken):
        article_file.read(f"---\n{front}---\n".encode(), "a")
    assert link_problem(address) or address == "/["
    shown = markdown.render(f"```embed\nurl: {address}\n```\n\n```button\nlabel: x\nhref: {address}\n```", str)
    assert shown.problems


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01", "9999-12-31"])
def test_dates_that_no_zone_can_show_are_refused(date: str) -> None:
    with pytest.raises(Broken, match="use a year"):
        article_file.read(f"---\ntitle: x\ndate: {date}\n---\n".encode(), "a")


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntitle: x\n---\n```embed\nurl: https://[x/\n```\n",
        b"---\ntitle: x\naliases: ['//[', '/[x']\n---\n",
        b"---\ntitle: " + b"[" * 60_000 + b"\n---\n",
        b"---\na: &a [x]\nb: *a\n---\n",
        b"---\ntitle: !!python/object/apply:os.system [id]\n---\n",
        b"---\n" + b"x: y\n" * 300_000,
        b"---\ntitle: x\n---\n" + b" " * 900_000,
        b"\xff\xfe",
        b'---\ntitle: "\\0\\ud800"\n---\n',
        b"",
    ],
    ids=lambda data: repr(data[:24]),
)
def test_a_hostile_article_harms_itself_alone(tmp_path: Path, data: bytes) -> None:
    for name, content in (("good", b"---\ntitle: Good\n---\n"), ("hostile", data)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.md").write_bytes(content)
    library = ArticleLibrary(tmp_path, StillClock())
    library.refresh(force=True)
    assert library.get("good")
    hostile = library.get("hostile")
    assert hostile or [problem for problem in library.problems() if problem.path == "hostile/index.md"]


def test_an_error_that_nobody_thought_of_is_a_problem_of_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise RecursionError("nobody thought of this")

    (tmp_path / "bad.md").write_text("---\ntitle: Bad\n---\n")
    monkeypatch.setattr(article_file, "read", stumble)
    library = ArticleLibrary(tmp_path, StillClock())
    library.refresh(force=True)
    [problem] = library.problems()
    assert (problem.path, "cannot be understood" in problem.reason) == ("bad.md", True)
