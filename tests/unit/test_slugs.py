"""Slugs: readable where letters allow it, and never the same for two different names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.slug import numbered, slug_problem, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Dry Needling", "dry-needling"),
        ("Übungen für Läufer", "ubungen-fur-laufer"),
        ("U\u0308bungen", "ubungen"),
        ("β-Blocker und 5 µg", "blocker-und-5-g"),
        ("Runner’s knee", "runners-knee"),
        ("Hello 世界", "hello"),
        ("con", "con-page"),
        ("🦵 Knee 🦵", "knee"),
    ],
)
def test_what_can_be_read_is_kept(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Новости 2025", "Статьи 2025"),
        ("日本 2026", "中国 2026"),
        ("5 упражнений", "5 советов"),
        ("علاج 1", "تمارين 1"),
        ("Новости", "Статьи"),
        ("🦵", "🦶"),
    ],
)
def test_names_that_say_different_things_are_not_one(one: str, other: str) -> None:
    assert slugify(one) != slugify(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Київ", "київ"), ("Київ", "Киı̈в".replace("ı̈", "\u0456\u0308")), ("НОВОСТИ 2025", "новости 2025")],
)
def test_one_name_is_one_however_it_is_written(one: str, other: str) -> None:
    assert slugify(one) == slugify(other)


@given(st.text())
def test_every_slug_can_be_an_address(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or not slug_problem(slug)
    assert slugify(slug) == slug


@given(st.text(min_size=1).map(slugify).filter(bool), st.integers(2, 99_999))
def test_another_of_the_same_name_has_an_address_too(slug: str, number: int) -> None:
    assert not slug_problem(numbered(slug, number)) and numbered(slug, number).endswith(f"-{number}")
