"""Front matter: what is read, what is refused, and that a change touches nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.content import frontmatter, yaml_tree
from scheduler.content.yaml_tree import Broken, Value

COMMENTED = """---
# my article
id: 01ARZ3NDEKTSV4RRFFQ69G5FAV
title: "The finer points: part 1"   # keep me
slug: the-finer-points
date: 2024-06-06T09:00:00-05:00
categories:
    - Physical Therapy/Dry Needling   # four spaces
    - Running
tags: [a, 'b',   c]

# about the photo
image:
  asset: sample
  alt: 'A runner'
description: >-
  Folded text
  over two lines
our_own_key: {x: 1, y: [2, 3]}
draft: no
---

# Text

with spaces at the end  
\tand a tab
"""  # noqa: W291
CORPUS = (
    COMMENTED,
    COMMENTED.replace("\n", "\r\n"),
    "\ufeff" + COMMENTED,
    "---\ntitle: x\n---",
    "---\n\n\ntitle: x\n\n---\n\n\n---\nnot front matter\n---\n",
    "---\ntitle: é ß 😀 日本\n---\ntext without an end of line",
    "---\ntitle:\nslug:   \n---\n",
    "---\n---\nnothing\n",
)


@pytest.mark.parametrize("text", CORPUS)
def test_a_save_without_changes_keeps_every_byte(text: str) -> None:
    parts = frontmatter.split(text)
    assert str(parts) == text
    same = {key: yaml_tree.value(node) for key, node in frontmatter.parse(parts).entries.items()}
    assert str(frontmatter.change(parts, same)) == text


def test_a_change_touches_only_its_own_lines() -> None:
    changed = str(frontmatter.change(frontmatter.split(COMMENTED), {"title": "New: title", "tags": ["x", "y"]}))
    expected = COMMENTED.replace('"The finer points: part 1"', "'New: title'").replace("[a, 'b',   c]", "[x, y]")
    assert changed == expected


def test_a_removed_key_takes_its_lines_along_and_a_new_one_goes_last() -> None:
    parts = frontmatter.split(COMMENTED)
    changed = str(frontmatter.change(parts, {"image": None, "noindex": True, "updated": "2026-11-24T09:00:00-05:00"}))
    assert "asset" not in changed and "# about the photo" in changed and "description: >-\n" in changed
    assert "draft: no\nnoindex: true\nupdated: 2026-11-24T09:00:00-05:00\n---\n" in changed


def test_line_ends_of_the_file_are_kept() -> None:
    changed = str(frontmatter.change(frontmatter.split(COMMENTED.replace("\n", "\r\n")), {"categories": ["A/B", "C"]}))
    assert "categories:\r\n  - A/B\r\n  - C" in changed
    assert "\n" not in changed.replace("\r\n", "")


@pytest.mark.parametrize(
    ("yaml", "line", "words"),
    [
        ("title: a: b", 2, "put a text that holds"),
        ("title: x\nslug: *a", 3, "anchor or alias"),
        ("title: &a x", 2, "anchor or alias"),
        ("title: !!python/object:os.system x", 2, "tag"),
        ("title: x\ntitle: y", 3, "twice"),
        ("- a\n- b", 2, "must be lines"),
        ("title: x\n\tslug: y", 3, "not YAML"),
        ("title: 'x", 2, "not YAML"),
        ("? [a]\n: b", 2, "a list or a table as a name"),
        ("a: " + "[" * 20 + "]" * 20, 2, "nested deeper"),
        ("a: \x00", 2, "not YAML"),
        ("a: " + "x" * 70_000, 2, "larger than 64 KiB"),
    ],
)
def test_what_is_refused_is_named_by_line(yaml: str, line: int, words: str) -> None:
    with pytest.raises(Broken) as refusal:
        frontmatter.parse(frontmatter.split(f"---\n{yaml}\n---\n"))
    (problem,) = refusal.value.problems
    assert (problem.line, words in problem.reason) == (line, True), problem


@pytest.mark.parametrize("text", ["", "title: x\n", "--- \ntitle: x\n", "----\n", "\n---\ntitle: x\n---\n"])
def test_a_file_without_front_matter_is_refused(text: str) -> None:
    with pytest.raises(Broken):
        frontmatter.split(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("1.10", 1.1),
        ("012", 12),
        ("true", True),
        ("~", None),
        ("'5'", "5"),
    ],
)
def test_values_have_the_types_of_yaml_1_2(typed: str, meant: Value) -> None:
    tree = frontmatter.parse(frontmatter.split(f"---\na: {typed}\n---\n"))
    assert yaml_tree.value(tree.entries["a"]) == meant


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40)
values = st.one_of(texts, st.booleans(), st.integers(-(10**9), 10**9), st.lists(texts, max_size=4))
keys = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)


@settings(deadline=None)
@given(st.dictionaries(keys, values, max_size=6), st.dictionaries(keys, st.none() | values, max_size=6), texts)
def test_whatever_is_written_is_read_back(first: dict[str, Value], then: dict[str, Value], body: str) -> None:
    empty = frontmatter.split(f"---\n---\n{body}")
    parts = frontmatter.change(frontmatter.change(empty, first), then)
    again = frontmatter.split(str(parts))
    tree = frontmatter.parse(again)
    wanted = {key: value for key, value in (first | then).items() if value is not None}
    assert again.body == body
    assert tree.entries.keys() == wanted.keys()
    assert all(frontmatter.same(tree.entries[key], value) for key, value in wanted.items())
