"""The texts offered for an article, and the links that teasers carry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError

from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.planning import links, templates
from tests.support.newsroom import DRAFT, NEEDLING


def texts(newsroom: Context, article_id: str) -> dict[str, str]:
    article = newsroom.articles.by_id(article_id)
    assert article is not None
    return {found.template.name: found.text for found in templates.suggestions(newsroom, article)}


def test_the_four_templates_of_an_article(newsroom: Context) -> None:
    assert texts(newsroom, NEEDLING) == {
        "title": "New on our blog: The finer points",
        "excerpt": "The finer points\n\nWhat dry needling is, and what it is not.",
        "first_sentence": "Dr. Lee puts one hand on the calf.\n\nRead on: The finer points",
        "question": "Where does it hurt?\n\nWe wrote about it: The finer points",
    }


def test_every_template_says_in_one_line_what_it_does() -> None:
    found = templates.all_templates()
    assert [template.label for template in found] == ["Title", "Excerpt", "First sentence", "Question"]
    assert all(template.description for template in found)


def test_an_article_without_description_or_category(newsroom: Context) -> None:
    found = texts(newsroom, DRAFT)
    assert found["excerpt"].startswith("An idea\n\nDr. Lee puts one hand on the calf. Where does it hurt?")
    assert found["question"] == "Where does it hurt?\n\nWe wrote about it: An idea"


def test_what_an_author_writes_is_never_a_template(newsroom: Context) -> None:
    folder = newsroom.settings.posts / "evil"
    folder.mkdir()
    front = 'id: 01JD0000000000000000000009\ntitle: "{{ 7 * 7 }}{% raw %}"\nslug: evil\nstatus: draft\n'
    (folder / "index.md").write_text(f"---\n{front}---\n\n{{{{ ''.__class__ }}}} is text.\n", "utf-8")
    newsroom.articles.refresh(force=True)
    assert texts(newsroom, "01JD0000000000000000000009")["title"] == "New on our blog: {{ 7 * 7 }}{% raw %}"


def test_an_unknown_template(newsroom: Context) -> None:
    article = newsroom.articles.by_id(NEEDLING)
    assert article is not None
    assert templates.render(newsroom, "title", article) == "New on our blog: The finer points"
    with pytest.raises(NotFound, match="no teaser template"):
        templates.render(newsroom, "../site/base", article)


@pytest.mark.parametrize("source", ["{{ ''.__class__.__mro__ }}", "{{ tags.append('x') }}"])
def test_a_template_reaches_nothing_but_its_values(source: str) -> None:
    with pytest.raises(SecurityError):
        templates._environment().from_string(source).render({"tags": ["a"]})


def test_a_broken_template_of_the_owner_says_so_and_the_others_work(
    newsroom: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "templates" / "teasers"
    folder.mkdir(parents=True)
    (folder / "title.j2").write_text("{# Title: fine #}{{ title }}", "utf-8")
    (folder / "mine.j2").write_text("{{ titel }}", "utf-8")
    monkeypatch.setattr(templates, "template_folder", lambda: tmp_path / "templates")
    templates._environment.cache_clear()
    try:
        article = newsroom.articles.by_id(NEEDLING)
        assert article is not None
        good, broken = templates.suggestions(newsroom, article)
        assert (good.text, broken.text) == ("The finer points", "")
        assert "mine.j2" in broken.problem
        assert "titel" in broken.problem
    finally:
        templates._environment.cache_clear()


def test_short_codes_are_readable_aloud_and_differ() -> None:
    codes = {links.new_short_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[2-9a-hjkmnp-z]{8}", code) for code in codes)
    assert len(links.NO_CODE) == 8


def test_tracking_keeps_what_the_address_says_already() -> None:
    assert links.tracked("https://a.example/p/?x=1&x=2&utm_source=old#here", "bluesky", "abc") == (
        "https://a.example/p/?x=1&x=2&utm_source=bluesky&utm_medium=social&utm_content=abc#here"
    )
