"""The outline of a body: everything that the checks look at, each with its line."""

from __future__ import annotations

from scheduler.content.outline import Photo, TextLink, outline

BODY = """First words
and [a link](/a) on two
lines, and [one *more*](article:B).

#### Too *deep*

![A knee](asset:knee "At rest") ![](asset:hip)

`TK` and code

```
TODO in code
```

:::note{title="TODO title"}

- In a list TK

:::

```button
label: Click here
href: /book
```

```faq
questions:
  - question: Why?
    answer: See [this](/c).
```

```gallery
photos:
  - knee
```
"""


def test_everything_has_its_line() -> None:
    found = outline(BODY)
    assert [(piece.text, piece.line, piece.level) for piece in found.headings] == [("Too deep", 5, 4)]
    assert [(piece.text, piece.line) for piece in found.paragraphs] == [
        ("First words and a link on two lines, and one more.", 1), ("TK and code", 9), ("In a list TK", 17),
        ("See this.", 26),
    ]  # fmt: skip
    assert found.links == [
        TextLink("a link", "/a", 2), TextLink("one more", "article:B", 3), TextLink("Click here", "/book", 21),
        TextLink("this", "/c", 26),
    ]  # fmt: skip
    assert found.photos == [Photo("knee", "A knee", 7), Photo("hip", "", 7), Photo("knee", "", 32)]


def test_code_is_not_among_the_words() -> None:
    words = {piece.line: piece.text for piece in outline(BODY).words}
    assert "TODO title" in words[15] and words[17] == "In a list TK" and "TK" not in words[9]
    assert "TODO in code" not in "".join(words.values())


def test_a_body_that_is_too_large_has_none() -> None:
    assert outline("*" * 30_000).words == []
