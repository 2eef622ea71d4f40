"""Documents as only an editor makes them, with the Markdown they must become."""

# ruff: noqa: E501 -- one document a line

from __future__ import annotations

from typing import Any


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def node(name: str, /, *content: dict[str, Any], **attrs: object) -> dict[str, Any]:
    return {"type": name, "attrs": attrs, **({"content": content} if content else {})}


def paragraph(*content: dict[str, Any]) -> dict[str, Any]:
    return node("paragraph", *content)


BREAK = {"type": "hardBreak"}
MADE = {
    "spaces go out of marks": (paragraph(text("Say "), text(" this ", "bold"), text("now")), "Say  **this** now\n"),
    "nothing but a space is bold": (paragraph(text("a"), text(" ", "bold"), text("b")), "a b\n"),
    "bold that ends in a sign before a letter": (paragraph(text("Note:", "bold"), text("then")), "**Note:**&#x74;hen\n"),
    "a letter before bold that begins with a sign": (paragraph(text("a"), text("(b)", "bold")), "&#x61;**(b)**\n"),
    "bold beside italic": (paragraph(text("a", "bold"), text("b", "italic")), "**a***b*\n"),
    "marks that overlap": (
        paragraph(text("a", "bold"), text("b", "bold", "italic"), text("c", "italic")),
        "**&#x61;_b_**_c_\n",
    ),
    "an empty line": (node("blockquote", paragraph(), paragraph(text("a")), paragraph()), "> a\n"),
    "a break at the end": (paragraph(text("a"), BREAK, text("b"), BREAK), "a\\\nb\n"),
    "breaks in a row": (paragraph(text("a"), BREAK, BREAK, text("b")), "a\\\n\\\nb\n"),
    "typed Markdown": (paragraph(text("# a *b* [c](d) 1. e")), "\\# a \\*b\\* \\[c](d) 1. e\n"),
    "a typed list after a break": (paragraph(text("a"), BREAK, text("1. b"), BREAK, text("- c")), "a\\\n1\\. b\\\n\\- c\n"),
    "typed entities and tags": (paragraph(text("&copy; <b> <https://a.b>")), "\\&copy; \\<b> \\<https://a.b>\n"),
    "a heading with a break": (node("heading", text("a"), BREAK, text("b"), level=3), "### a b\n"),
    "a heading that ends in #": (node("heading", text("C #"), level=2), "## C \\#\n"),
    "a tight list of two paragraphs": (
        node("bulletList", node("listItem", paragraph(text("a")), paragraph(text("b"))), tight=True),
        "- a\n\n  b\n",
    ),
    "a list of rules": (node("bulletList", node("listItem", node("horizontalRule"))), "- ___\n"),
    "a list in a list in a list": (
        node("bulletList", node("listItem", node("bulletList", node("listItem", node("bulletList", node("listItem", paragraph())))))),
        "- * -\n",
    ),
    "two quotes in an item": (
        node("bulletList", node("listItem", node("blockquote", paragraph(text("a"))), node("blockquote", paragraph(text("b"))))),
        "- > a\n\n  > b\n",
    ),
    "two lists in a row": (
        node("note", *(node("bulletList", node("listItem", paragraph(text(word)))) for word in "abc")),
        ":::note\n\n- a\n\n* b\n\n- c\n\n:::\n",
    ),
    "code with backticks": (node("codeBlock", text("```\na\n```"), language="md"), "````md\n```\na\n```\n````\n"),
    "code in words": (paragraph(text("`", "code"), text(" and "), text(" a ", "code")), "`` ` `` and `  a  `\n"),
    "a table": (
        node(
            "table",
            node("tableRow", node("tableHeader", paragraph(text("a|b")), align="right"), node("tableHeader", paragraph())),
            node("tableRow", node("tableCell", paragraph(text("c"), BREAK, text("d")), colspan=2)),
        ),
        "| a\\|b |  |\n| ---: | --- |\n| c d |  |\n",
    ),
    "a title with quotes": (node("note", paragraph(text("x")), title="Say \"a\" isn't b"), ":::note{title=\"Say ”a” isn't b\"}\n\nx\n\n:::\n"),
    "a title that changed": (
        node("callout", paragraph(text("x")), title="B", kind="tip", params='{kind=info title="A" odd=1}'),
        ':::callout{kind="tip" title="B" odd="1"}\n\nx\n\n:::\n',
    ),
    "a note in a note": (node("note", node("note", paragraph(text("x")))), "::::note\n\n:::note\n\nx\n\n:::\n\n::::\n"),
    "a data block": (node("dataBlock", kind="button", text="label: a\nhref: /b"), "```button\nlabel: a\nhref: /b\n```\n"),
    "a photo": (
        paragraph(node("image", src="asset:a", alt="x [y] *z*", title='The "first"')),
        '![x \\[y\\] \\*z\\*](asset:a "The \\"first\\"")\n',
    ),
    "nothing": (paragraph(), ""),
}  # fmt: skip
