"""Texts made by hand: every construct of an article, and the places where editors are known to damage them."""

# ruff: noqa: E501 -- texts with their line breaks in them are read best on one line

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]

CONSTRUCTS = {
    "headings": "# One\n\n## Two\n\n### Three #\n\n#### C#\n\n###### Six\n\nUnder\nlined\n===\n\nSecond\n---\n",
    "empty heading": "##\n\ntext\n",
    "number with a dot": "1986\\. A great year\n\n1986. A list\n\nin\n1986\\. wrapped\n",
    "no heading": "\\# x\n\n#hash\n\ntext\n\\## wrapped\n",
    "no rule": "\\---\n\ntext\n\\---\n\n\\* * *\n\n_not_\n\\===\n",
    "no list": "\\- a\n\n\\+ b\n\n\\* c\n\n1\\) d\n\ntext\n\\- wrapped\n",
    "no quote": "\\> a\n\n5 > 3\n\ntext\n\\> wrapped\n",
    "no block": "\\:::note\n\ntext\n\\:::\n\n::: spoiler\n\nx\n\n:::\n",
    "no table": "a | b\n\\--- | ---\n\n\\| a |\n\nx|y\n:-|\n",
    "no code": "\\`a\\` \\`\\`\\`\n\n\\~\\~\\~\n\n~one~ ~~two~~ \\~~three~~\n",
    "entities": "&copy; &amp;copy; \\&copy; &nbsp; a&nbsp;b &#42;a&#42; AT&T &unknown; &#x1F389;\n\n&nbsp;\n",
    "html is text": "<b>bold</b> <br> <!-- c --> <script>alert(1)</script>\n\n<div>\n\n  <p>x</p>\n\n</div>\n",
    "angle brackets": "2 < 3 > 1 <-> <https://example.org/a%20b> <mail@example.org> <not a link> \\<https://x.y>\n",
    "underscores": "snake_case _it_ __bo__ a_b_c _a_b_ *a*b **a**b\n",
    "stars": "2 * 3 * 4 **bold** *it* ***both*** **a *b* c** *a **b** c* \\*no\\* a*\n",
    "bold beside letters": "**Note:**then a**b**c **(x)**y “**q**”\n\n**Sale!**🎉 **日本語。**です\n",
    "bold in bold": "**a **b** c** ****d**** *e *f* g*\n",
    "struck": "~~a~~ ~~**b**~~ a~~b~~c\n",
    "code spans": "`a` `` ` `` ` `` ` `` a`b `` `  ` ` a ` `a\nb` `**no**` `<b>` `&amp;` **`c`** [`d`](/x)\n",
    "links": (
        '[a](/x) [b](https://example.org "T \\"q\\"") [c](</a b>) [d](/a\\(b) [e](/a(b)c) [](x) [f]() [**g** h](tel:+1)\n\n'
        "[id](article:01M48MSB40EJTA4WV55XW3V3B2) **[x](/y)** [**x**](/y) [a \\] b](/z) [<b>](/q?a=1&copy=2&lt;)\n\n"
        "!\\[not a photo](/x) \\![link](/x) [js](javascript:alert(1)) [ö](/über-uns#teil)\n"
    ),
    "links over lines": '[a\nb](/x "t\nu") [c **d\ne** f](/y)\n',
    "definitions": '[a] [b][a] [A][]\n\n[a]: /x "T"\n\ntext\n\n> [c]\n>\n> [c]: /y\n\n[//]: # (a remark)\n',
    "only definitions": "[a]: /x\n",
    "photos": (
        '![A *runner*](asset:sample-runner "At \\"dawn\\"")\n\nBefore ![x](asset:a) after\n\n![](asset:b)\n\n'
        "![a](asset:a)\n![b](asset:b)\n\n[![x](asset:a)](/y) ![e](https://elsewhere.example/x.png) ![\\[a\\] \\\\ b](asset:c)\n"
    ),
    "hard breaks": "one  \ntwo\\\nthree\n\nend\\\n\n- a  \n  b\n\n> a\\\n> b\n",
    "hard break in a heading": "a  \nb\n---\n",
    "soft breaks": "one\ntwo   three\n  four\n\n- a\n  b\n\n> c\n> d\n",
    "lists": "- a\n- b\n  - c\n    - d\n      1. e\n      2. f\n- g\n\n* other\n\n+ third\n",
    "loose lists": "- a\n\n- b\n\n  more\n\n- c\n\n\n1. x\n\n   y\n2. z\n",
    "ordered lists": "0. a\n1. b\n\ntext\n\n7) c\n8) d\n\ntext\n\n999999999. e\n999999999. f\n\n1. g\n1. h\n",
    "lists that hold blocks": (
        "- # h\n- > q\n- ```js\n  x\n\n  y\n  ```\n-\n- - a\n  - b\n- 1. c\n-     code\n- | a |\n  |---|\n  | b |\n- ***\n"
    ),
    "lists in a row": "- a\n- b\n\n* c\n\n- d\n\n1. e\n\n1) f\n\n    code\n",
    "empty items": "-\n-\n- a\n\n1.\n2.\n",
    "a list after a list": "- a\n  - b\n\n  - c\n- d\n\n  e\n  * f\n    > g\n  * h\n",
    "quotes": "> a\nlazy\n> b\n\n> c\n>\n> > d\n> - e\n>\n> ```\n> f\n> ```\n\n>\n",
    "tables": (
        "| a | b |\n|:-:|--:|\n| 1 | `x\\|y` |\n| \\| | **c** |\n| only one |\n| a | b | c |\n\n"
        "a|b\n-|-\n\n|x|\n|-|\n|\n\n| | |\n|:--|---|\n| | |\n"
    ),
    "a table in a list": "- a\n\n  | a |\n  |---|\n  | b |\n\n> | a |\n> |---|\n> | b |\n",
    "code": "```\n```\n\n```js title=x\na\n\n\tb\n```\n\n~~~ a`b\nx\n~~~\n\n````\n```\n````\n\n    indented\n\n      more\n",
    "code that nobody closes": "text\n\n```js\nx\n\n",
    "rules": "---\n\n***\n\n_ _ _\n\n- - -\n",
    "data blocks": (
        "```video\nasset: film\ntitle: 'A: b'\n# a remark\n```\n\n~~~gallery\nphotos: [a, {asset: b, alt: \"x\"}]\n~~~\n\n"
        "- ```button\n  label: Book\n  href: /book\n  ```\n\n````embed odd words\nurl: https://youtu.be/abcdefghijk\n````\n\n"
        "```faq\nquestions:\n  - question: Why?\n    answer: |\n      Because **so**.\n\n      - a\n```\n\n```video\nnot: [yaml\n```\n"
    ),
    "notes": (
        ':::note{title="Author’s Note"}\n\nI **did** it.\n\n![x](asset:a)\n\n- a\n- b\n\n:::\n\n:::note\n:::\n\n'
        "::: callout {kind=tip title='a \"b\"'}\ntight\n:::\n\n:::callout{kind=odd colour=red}\n\nx\n\n:::\n"
    ),
    "notes in notes": '::::note{title="a"}\n\n:::callout{kind=tip}\n\nx\n\n:::\n\n```\n:::\n```\n\n::::\n\n- :::note\n\n  a\n\n  :::\n- b\n',
    "a note that is never closed": ":::note\n\ntext\n\n- a\n",
    "unicode": "naïve e\u0301 日本語 नमस्ते 🎉👩‍👩‍👧 \u202eabc\u202c a\u00adb a\u200bb\n\n\u3000x\n\n\u00a0\n\na\u00a0\n",
    "spaces": "\n\n  three  spaces   inside \n\n   indented\n\n\ttab\n\n\n\nend   \n\n",
    "windows": "a\r\nb\r\n\r\n- c\r\n- d\r\n",
    "backslashes": "C:\\path\\ \\\\ \\a \\* a\\\n\n\\\n",
    "footnotes are text": "text[^1]\n\n[^1]: note\n",
    "no end of line": "a\n\n- b",
    "an open quote of a table": "> | a |\n> |---|\n> ",
    "nothing": "",
}  # fmt: skip


WORDS = "The quick brown fox (aged 7) jumps over the lazy dog's back; it is **bold** there. "
HOSTILE = {
    "half a megabyte": (WORDS * 7 + "\n\n") * 800,
    "a hundred quotes": ">" * 100 + " a",
    "a hundred lists": "\n".join("  " * depth + "- a" for depth in range(100)),
    "lists on a line": "- " * 9_000 + "a",
    "backticks": "".join("`" * length + "a" for length in range(1, 190)),
    "opened links": "[a](" * 15_000,
    "opened labels": "[" * 15_000,
    "opened notes": ":::note\n" * 900,
    "stars": "*a **b " * 6_000,
    "entities": "&amp;" * 10_000,
    "more than a megabyte": "x" * 1_100_000,
}


def samples() -> dict[str, str]:
    """Return the bodies of the articles that come with the product."""
    found = {path.parent.name: path.read_text("utf-8") for path in sorted((ROOT / "posts").glob("*/index.md"))}
    return {name: text.split("\n---\n", 1)[1] for name, text in found.items()}


def long_article() -> str:
    """Return an article of some thousand words with everything in it."""
    parts = [text for name, text in CONSTRUCTS.items() if "nobody" not in name and "never" not in name]
    return "\n\n".join([*samples().values(), *parts, *samples().values()])
