"""Captions: what is kept, what is left out, and that every faulty line is named."""

from __future__ import annotations

import io

import pytest
import webvtt

from scheduler.domain.problem import Invalid
from scheduler.media.captions import check_captions, check_language, language_name

GOOD = """WEBVTT - a title

STYLE
::cue { background: url(http://evil.example/) }

NOTE nothing

intro
00:00.500 --> 00:02.000 align:start position:10%
<v Therapist>Breathe <i>out</i></v>

01:00:02.000 --> 01:00:04.000
Two lines,
<script>alert(1)</script> & more
"""


def test_cues_are_kept_and_everything_else_is_left_out() -> None:
    result = check_captions(GOOD.replace("\n", "\r\n").encode("utf-8-sig")).decode()
    assert "evil" not in result
    assert "<script" not in result
    cues = webvtt.from_buffer(io.StringIO(result)).captions
    assert [(cue.start, cue.end) for cue in cues] == [
        ("00:00:00.500", "00:00:02.000"),
        ("01:00:02.000", "01:00:04.000"),
    ]
    assert "<v Therapist>Breathe <i>out</i></v>" in result
    assert "align:start position:10%" in result


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "WEBVTT"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "WEBVTT"),
        (b"WEBVTT\n\n00:01.000 --> 00:00.500\nback\n", "Line 3"),
        (b"WEBVTT\n\n00:01,000 --> 00:02,000\ncomma\n", "Line 3"),
        (b"WEBVTT\n\nwords only\n", "Line 3"),
        (b"WEBVTT\n", "no lines"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"WEBVTT\n\n" + b"x" * 1_000_001, "at most 1 MB"),
    ],
)
def test_faulty_captions_are_refused_with_the_line(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_captions(data)
    assert words in caught.value.problems[0].message


def test_every_faulty_line_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        check_captions(b"WEBVTT\n\n00:01.000 --> 00:00.500\na\n\n00:09.000 -> 00:10.000\nb\n")
    assert [problem.message.split(":")[0] for problem in caught.value.problems] == ["Line 3", "Line 6"]


def test_languages() -> None:
    assert check_language(" EN ") == "en"
    assert check_language("pt-br") == "pt-BR"
    assert language_name("es") == "Spanish"
    assert language_name("pt-BR") == "Portuguese (pt-BR)"
    assert language_name("tlh") == "tlh"
    with pytest.raises(Invalid):
        check_language('en" onload=')
