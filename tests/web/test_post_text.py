"""The text of a post in a preview: safe, and marked as networks mark it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from scheduler.web.admin.post_text import post_html


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("See #running.", ['<span class="post-link">#running</span>']),
        ("by @clinic@example.social, too", ['<span class="post-link">@clinic@example.social</span>']),
        ("mail a@b.example or 5#6", []),
        ("(https://a.example/p).", ['<span class="post-link" title="https://a.example/p">a.example/p</span>']),
    ],
)
def test_links_tags_and_names_are_marked(text: str, marked: list[str]) -> None:
    html = str(post_html(text))
    assert [part for part in marked if part in html] == marked
    assert html.count("<span") == len(marked)


def test_a_long_link_is_shortened_and_kept_in_its_title() -> None:
    html = str(post_html("https://clinic.example/blog/the-finer-points/?utm_source=x&utm_content=abc"))
    assert 'title="https://clinic.example/blog/the-finer-points/?utm_source=x&amp;utm_content=abc"' in html
    assert ">clinic.example/blog/the-fine…</span>" in html


def test_markup_is_text_wherever_it_stands() -> None:
    html = str(post_html('<b> #a<i> https://a.example/"><u> </p>'))
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<u>" not in html
    assert "</p>" not in html


@given(st.text(max_size=200))
def test_only_our_own_marks_are_markup(text: str) -> None:
    html = str(post_html(text))
    bare = html.replace("</span>", "")
    assert bare.count("<") == bare.count('<span class="post-link"')
    if "#" not in text and "@" not in text and "http" not in text:
        assert html == str(escape(text))
