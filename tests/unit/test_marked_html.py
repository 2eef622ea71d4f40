"""What differs between two rendered texts: words in their places, always well-formed, never active."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.content.markdown import render
from scheduler.services.editorial.marked_html import marked


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("<p>same</p>", "<p>same</p>", "<p>same</p>"),
        ("<p>one two</p>", "<p>one three</p>", "<p>one <del>two</del><ins>three</ins></p>"),
        ("<p>a b c</p>", "<p>a c</p>", "<p>a <del>b </del>c</p>"),
        (
            "<p>a b c d</p>",
            "<p>a <strong>b</strong> c d</p>",
            "<p>a <del>b</del><ins><strong>b</strong></ins> c d</p>",
        ),
        ("<p>one</p>", "<p>one</p><p>new</p>", "<p>one</p><ins><p>new</p></ins>"),
        ("<p>gone</p><p>one</p>", "<p>one</p>", "<del><p>gone</p></del><p>one</p>"),
        ("<ul><li>a</li></ul>", "<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li><ins>b</ins></li></ul>"),
        ("<p>x</p>", "<ul><li>a</li></ul>", "<ul><li><ins>a</ins></li></ul><del><p>x</p></del>"),
        ("<p>a &lt;b&gt;</p>", "<p>a &lt;i&gt;</p>", "<p>a &lt;<del>b</del><ins>i</ins>&gt;</p>"),
        (
            "<blockquote><p>One two three</p></blockquote>",
            "<blockquote><p>One two four</p></blockquote>",
            "<blockquote><p>One two <del>three</del><ins>four</ins></p></blockquote>",
        ),
        ('<figure><img src="/a.jpg" alt="A"></figure>', "", '<del><figure><img src="/a.jpg" alt="A"></figure></del>'),
    ],
)
def test_the_marks_are_where_the_words_are(before: str, after: str, wanted: str) -> None:
    assert marked(before, after) == wanted


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<p style="position:fixed" onclick="alert(1)" id="main">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<iframe src="https://evil.example"></iframe>',
        '<svg><g onload="alert(1)"></g></svg>',
        '<form action="/admin/"><input name="do"></form>',
        '<video src="data:text/html,x" poster="javascript:alert(1)"></video>',
        "<math><mtext></ins><script>alert(1)</script></mtext></math>",
        "</ins></p><script>alert(1)</script>",
        '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">x</p>',
    ],
)
def test_nothing_of_either_version_runs(hostile: str) -> None:
    for before, after in ((hostile, "<p>x</p>"), ("<p>x</p>", hostile), (hostile, hostile + hostile), (hostile, "")):
        html = marked(before, after).lower()
        found = r"<(script|iframe|svg|math|form|input|style)|\son\w+=|javascript:|data:|style=|\sid="
        assert not re.search(found, html), html


WORDS = st.lists(
    st.sampled_from(["one", "two", "*three*", "**four**", "\n\n", "\n- ", "\n> ", "# five", "`six`"]), max_size=12
)


@given(WORDS, WORDS)
def test_taking_the_marks_out_gives_each_version(before: list[str], after: list[str]) -> None:
    """Without what came it is the old text, without what went the new one: no word is lost and none invented."""
    one, two = (render(" ".join(words), lambda block: "").html for words in (before, after))
    html = marked(one, two)
    assert _text(re.sub(r"<ins>.*?</ins>", "", html, flags=re.DOTALL)) == _text(one)
    assert _text(re.sub(r"<del>.*?</del>", "", html, flags=re.DOTALL)) == _text(two)


def _text(html: str) -> str:
    return "".join(re.sub(r"<[^>]+>", " ", html).split())
