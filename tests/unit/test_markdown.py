"""Markdown: what comes out, that nothing dangerous does, and that hostile input costs little."""

from __future__ import annotations

import re

import pytest

from scheduler.content import markdown
from scheduler.content.blocks import Block
from scheduler.content.markdown import Rendered, render


def shown(body: str) -> tuple[Rendered, list[Block]]:
    blocks: list[Block] = []

    def note(block: Block) -> str:
        blocks.append(block)
        return f"<!--{block.kind}-->"

    return render(body, note), blocks


def reasons(result: Rendered) -> str:
    return "\n".join(f"{problem.line}: {problem.reason}" for problem in result.problems)


def test_plain_markdown() -> None:
    result, _ = shown("# One *two*\n\nText with ~~no~~ **yes**.\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n")
    assert '<h2 id="h-one-two">One <em>two</em></h2>' in result.html
    assert "<s>no</s> <strong>yes</strong>" in result.html
    assert '<th class="align-center">a</th>' in result.html and "style" not in result.html
    assert result.words == 10 and result.reading_minutes == 1


def test_headings_get_prefixed_anchors_of_their_own() -> None:
    result, _ = shown("## Same\n\n## Same\n\n## 日本\n")
    assert [heading.id for heading in result.headings][:2] == ["h-same", "h-same--2"]
    assert all(heading.id.startswith("h-") for heading in result.headings)


def test_a_photo_in_a_paragraph_of_its_own_is_a_figure() -> None:
    result, (block,) = shown('![A runner](asset:sample-runner "At dawn")\n')
    assert result.html == "<!--figure-->"
    assert (block.kind, block.line) == ("figure", 1)
    assert block.data == {"asset": "sample-runner", "alt": "A runner", "caption": "At dawn"}


def test_a_photo_inside_text_follows_its_paragraph() -> None:
    result, _ = shown("Before ![x](asset:a) after.\n")
    assert re.sub(r"\s+", " ", result.html) == "<p>Before after.</p> <!--figure-->"


def test_a_photo_without_alt_text_is_pointed_out() -> None:
    assert "1: this photo has no alt text" in reasons(shown("![](asset:a)")[0])


def test_photos_come_from_the_library_only() -> None:
    result, blocks = shown("![x](https://elsewhere.example/x.png)")
    assert blocks == [] and "<img" not in result.html and "photos come from the library" in reasons(result)


def test_data_blocks_carry_their_data() -> None:
    _, blocks = shown(
        "```video\nasset: film\ntitle: no\n```\n\n"
        "```gallery\nphotos:\n  - a\n  - asset: b\n    alt: Bee\n```\n\n"
        "```faq\nquestions:\n  - question: Why?\n    answer: Because **so**.\n```\n\n"
        "```button\nlabel: Book\nhref: /book\n```\n\n"
        "```embed\nurl: https://www.youtube.com/watch?v=abcdefghijk&t=3\n```\n\n"
        "```cta\nlabel: Book a visit\ntitle: Does it hurt?\n```\n\n"
        "```map\naddress: 1 Main Street\n```\n"
    )
    video, gallery, faq, button, embed, cta, place = (block.data for block in blocks)
    assert (video["asset"], video["title"]) == ("film", "no")
    assert [(photo["asset"], photo["alt"]) for photo in gallery["photos"]] == [("a", ""), ("b", "Bee")]
    assert faq["questions"][0]["html"] == "<p>Because <strong>so</strong>.</p>\n"
    assert button == {"label": "Book", "href": "/book"}
    assert (embed["provider"], embed["video"]) == ("YouTube", "abcdefghijk")
    assert cta == {"title": "Does it hurt?", "text": "", "label": "Book a visit", "href": "", "booking": True}
    assert place == {"label": "", "address": "1 Main Street"}


@pytest.mark.parametrize(
    ("fence", "words"),
    [
        ("video\ntitle: x", "asset: is missing"),
        ("video\nasset: ../../etc/passwd", "is not the id"),
        ("video\nasset: x: y", "is not YAML"),
        ("video\njust words", "must hold lines"),
        ("button\nlabel: x\nhref: javascript:alert(1)", "must begin with https:"),
        ("cta\ntitle: x", "label: is missing"),
        ("cta\nlabel: x\nhref: data:text/html,x", "must begin with https:"),
        ("map\naddress: [a, b]", "must be one text"),
        ("embed\nurl: https://evil.example/watch?v=abcdefghijk", "YouTube or Vimeo"),
        ("embed\nurl: https://youtube.com.evil.example/watch?v=abcdefghijk", "YouTube or Vimeo"),
        ("gallery\nphotos: []", "at least one"),
        ("gallery\nphotos: [[a]]", "must be a table"),
        ("faq\nquestions:\n  - question: x", "answer: is missing"),
    ],
)
def test_a_bad_block_is_left_out_and_explained(fence: str, words: str) -> None:
    result, (block,) = shown(f"Text\n\n```{fence}\n```\n")
    assert block.kind == "broken" and words in block.data["reason"] and words in reasons(result)


def test_an_unknown_setting_is_pointed_out_but_the_block_stays() -> None:
    result, (block,) = shown("```video\nasset: x\nautoplay: true\n```")
    assert block.kind == "video" and '3: this video block has no setting "autoplay"' in reasons(result)


@pytest.mark.parametrize(
    "opening",
    [':::note{title="Author\'s Note"}', ':::note {title="Author\'s Note"}', "::: note {title='Author’s Note'}"],
)
def test_a_note_holds_prose_and_blocks(opening: str) -> None:
    result, blocks = shown(f"{opening}\n\nI **did** it.\n\n![x](asset:a)\n\n:::\n\nAfter.\n")
    note = blocks[-1]
    assert note.kind == "note" and note.data["title"].startswith("Author")
    assert note.html == "<p>I <strong>did</strong> it.</p>\n<!--figure-->"
    assert result.html == "<!--note--><p>After.</p>\n" and result.problems == ()
    assert "I did it." in result.text


def test_a_note_that_is_never_closed_is_pointed_out() -> None:
    assert "3: this note is never closed" in reasons(shown("Text\n\n:::note\n\nMore\n\nand more")[0])
    assert reasons(shown("> :::note\n>\n> x\n>\n> :::\n")[0]) == ""


def test_a_text_may_end_anywhere_in_a_quote() -> None:
    assert "<table>" in shown("> | a |\n> |---|\n> ")[0].html


def test_escaped_signs_of_an_alt_text_count() -> None:
    _, (block,) = shown("![a \\[b\\] &amp; c](asset:x)")
    assert block.data["alt"] == "a [b] & c"


def test_bold_in_bold_is_bold() -> None:
    assert shown("**a **b** c** *d *e* f*")[0].html == "<p><strong>a b c</strong> <em>d e f</em></p>\n"


def test_an_unknown_container_is_pointed_out() -> None:
    assert "this is not a block" in reasons(shown(":::spoiler\n\nx\n\n:::")[0])


def test_the_assets_of_a_body_are_found_in_order() -> None:
    blocks = "```gallery\nphotos: [two, three]\n```\n\n- ```video\n  asset: four\n  ```"
    body = f"![x](asset:one)\n\n{blocks}\n\n[r]: asset:one\n"
    assert markdown.assets(body) == ("one", "two", "three", "four")
    assert markdown.assets("No pictures, only the word asset: nothing") == ()


PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x](asset:a"onerror=alert(1))',
    '[x](https://a.example "\\" onmouseover=alert(1)")',
    "[r]: javascript:alert(1)\n\n[r]",
    "<a href=`javascript:alert(1)`>x</a>",
    "<math><mtext></mtext><annotation-xml><style><img src onerror=alert(1)>",
    "`<script>alert(1)</script>`",
    "```js\n</code></pre><script>alert(1)</script>\n```",
    "```<script>alert(1)</script>\nx\n```",
    ':::note{title="<script>alert(1)</script>"}\n\n<b onclick=alert(1)>x</b>\n\n:::',
    "# <img src=x onerror=alert(1)>",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "<!--><script>alert(1)</script>-->",
    "<?php evil ?>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>@import 'x'</style>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=q></form>",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_executable_comes_through(payload: str) -> None:
    result, blocks = shown(payload)
    html = re.sub(r"<!--\w+-->", "", result.html + "".join(block.html for block in blocks))
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!?][\w-]*)", html))
    assert tags <= {"p", "h2", "a", "em", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "s"}
    for tag in re.findall(r"<[^>]*>", html):
        assert not re.search(r"\son\w+\s*=|style=|\ssrc=", re.sub(r'"[^"]*"', '""', tag)), tag
    for href in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"https?://|mailto:|tel:|/(?!/)|[\w#?.%]", href) and not re.match(r"\w+script|data", href), href


HOSTILE = {
    "brackets": "[" * 1_000_000,
    "stars": "*" * 1_000_000,
    "half a megabyte of brackets": "[" * 400_000,
    "opened emphasis": "*a " * 100_000,
    "quotes": "> " * 200_000,
    "lists": "- " * 200_000,
    "fences": ":::note\n" * 50_000,
    "backticks": "".join("`" * n + "a" for n in range(1, 900)),
    "links": "[a](" * 100_000,
    "table columns": "a|" * 100_000 + "\n" + "-|" * 100_000,
    "table rows": "a|b\n-|-\n" + "x\n" * 200_000,
    "headings": "# a\n" * 100_000,
    "entities": "&#" * 200_000,
    "colons": ":" * 400_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_before_it_costs_anything(body: str) -> None:
    result, _ = shown(body)
    assert (result.html == "" and len(result.problems) == 1) or len(result.html) <= 6 * len(body)
    assert markdown.assets(body) == ()
