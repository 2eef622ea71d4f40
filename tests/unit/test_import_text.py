"""Texts of other systems become our Markdown: what they said stays, what plug-ins left and what could harm goes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scheduler.content import markdown
from scheduler.services.moving.converting import Converted, converted, media_id
from scheduler.services.moving.incoming import IncomingArticle, IncomingMedia
from scheduler.services.moving.laid_aside import About
from tests.support.wxr import customer_text

SITE = "https://old.example"
CUSTOMERS = (Path(__file__).parents[1] / "support" / "customers_article.txt").read_text("utf-8")


def about() -> About:
    media = {"21": IncomingMedia(f"{SITE}/wp-content/uploads/leg.jpg", "21", "A leg", "In the room")}
    by_address = {"old.example/wp-content/uploads/leg.jpg": "21"}
    return About(
        SITE, "wordpress old.example", media=media, by_address=by_address, articles={"/second": "ID2", "7": "ID7"}
    )


def convert(text: str, form: str = "wordpress", title: str = "A title") -> Converted:
    article = IncomingArticle("1", title, text, form, address=f"{SITE}/first/")
    return converted(article, about(), "Sam Reed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n\nTwo\nthree", "One\n\nTwo\\\nthree"),
        ("<b>bold </b>and <em>so</em>", "**bold** and *so*"),
        ("2 * 3 _x_ [a] `b` &amp;copy; <i></i>", "2 \\* 3 \\_x\\_ \\[a\\] \\`b\\` \\&copy;"),
        ("# no heading\n\n1. no list\n\n- no list", "\\# no heading\n\n1\\. no list\n\n\\- no list"),
        ("<h1>Head</h1><h3><strong>Sub</strong></h3>", "## Head\n\n### Sub"),
        ("<ul><li>A<ol><li>B</li></ol></li></ul>", "- A\n  1. B"),
        ("<blockquote>Said<cite>Her</cite></blockquote>", "> Said\n>\n> — Her"),
        ("<pre>a\n\n  b</pre>", "```\na\n\n  b\n```"),
        ("<table><tr><th>A</th></tr></table>", "A"),
        ("<table><tr><th>A|</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
         "| A\\| | B |\n| --- | --- |\n| 1 | 2 |"),
        ("<!-- wp:heading --><h2>H</h2><!-- /wp:heading -->\n<!-- wp:separator --><hr/><!-- /wp:separator -->",
         "## H\n\n---"),
        ('<a href="/second/">x</a> <a href="https://old.example/?p=7">y</a> <a href="https://else.example/(a)">z</a>',
         "[x](article:ID2) [y](article:ID7) [z](https://else.example/%28a%29)"),
        ("https://youtu.be/abcdefghijk", "```embed\nurl: https://www.youtube.com/watch?v=abcdefghijk\n```"),
        ("[embed]https://vimeo.com/12345678[/embed]", "```embed\nurl: https://vimeo.com/12345678\n```"),
        ('<iframe src="//player.vimeo.com/video/12345678?h=1"></iframe>', "```embed\nurl: https://vimeo.com/12345678\n```"),
        ('<div class="wp-block-button"><a href="/second/">Book</a></div>',
         "```button\nlabel: Book\nhref: \"article:ID2\"\n```"),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "**T**\n\nD"),
        ("<strong>Author’s Note:</strong> I was there.", ':::note{title="Author\'s Note"}\n\nI was there.\n\n:::'),
        ("[[gallery]] stays [sic]", "\\[gallery\\] stays \\[sic\\]"),
    ],
)  # fmt: skip
def test_each_construct_has_its_markdown(text: str, expected: str) -> None:
    made = convert(text)
    assert made.body.strip() == expected
    assert not [p for p in markdown.render(made.body, lambda block: "").problems if p.about != "link"]


def test_photos_captions_and_galleries_are_found_by_address_number_or_shortcode() -> None:
    leg = media_id(f"{SITE}/wp-content/uploads/leg.jpg")
    img = f'<img class="wp-image-21" src="{SITE}/wp-content/uploads/leg-300x200.jpg" alt="">'
    made = convert(
        f'[caption id="attachment_21"]{img} Said <em>so</em>[/caption]\n\n[gallery ids="21"]\n\n'
        f'<figure class="wp-block-gallery"><figure>{img}<figcaption>One</figcaption></figure>'
        f"<figure>{img}</figure></figure>"
    )
    assert list(made.pictures) == [leg]
    assert f'![A leg](asset:{leg} "Said so")' in made.body
    assert f"```gallery\nphotos:\n  - asset: {leg}\n    alt: A leg\n    caption: In the room\n```" in made.body
    assert f"  - asset: {leg}\n    alt: A leg\n    caption: One\n  - asset: {leg}\n    alt: A leg\n" in made.body
    assert markdown.assets(made.body) == (leg,)


def test_unknown_shortcodes_are_counted_and_kept_or_dropped() -> None:
    article = IncomingArticle("1", "T", '[form id="9"]in[/form] out', "wordpress")
    kept, dropped = converted(article, About()), converted(article, About(), unknown="drop")
    assert kept.body == '\\[form id="9"\\]in\\[/form\\] out\n'
    assert dropped.body == "in out\n"
    assert kept.unmapped.counts == dropped.unmapped.counts == {"shortcode [form]": 1}


def test_the_customers_article_loses_its_residue_and_nothing_else() -> None:
    made = convert(customer_text(CUSTOMERS, SITE), title="The Finer Points of Dry Needling")
    assert made.category == "Physical Therapy/Dry Needling"
    assert made.bio.startswith("When not running, biking or swimming George is a digital marketer")
    assert made.bio.endswith("Richmond, Rhode Island...call 401.284.6106")
    for residue in ("Home /", "following two tabs", "digital marketer"):
        assert residue not in made.body
    assert made.body.startswith("![Dry Needling, OrthoCore, North Kingstown](asset:m")
    assert '\n\n:::note{title="Author\'s Note"}\n\nI underwent Dry Needling earlier this year' in made.body
    words = [
        part for part in CUSTOMERS.split("\n\n") if part.startswith(("Some of you", "Dry needling uses", "A typical"))
    ]
    assert len(words) == 3
    assert all(" ".join(part.split()) in made.body for part in words)


def test_the_markup_of_the_tabs_goes_to_the_author_too() -> None:
    made = convert(
        '<p>Text.</p><div id="ts-fab-below" class="ts-fab-wrapper"><span>The following two tabs change content below.'
        '</span><ul><li>Bio</li><li>Latest Posts</li></ul><div class="ts-fab-content">Runs a lot.</div>'
        "<h4>Latest posts by Sam</h4></div><div class='sharedaddy'>Share this: Facebook</div>"
    )
    assert (made.body, made.bio) == ("Text.\n", "Runs a lot.")
    plain = convert("Text.\n\nThe following two tabs change content below.\n\n<ul><li>Bio</li>"
                    "<li>Latest Posts</li></ul>"
                    "\n\n<h4>Sam Reed</h4>\n\nRuns a lot.\n\n<h4>Latest posts by Sam Reed</h4>"
                    "<ul><li>X</li></ul>")  # fmt: skip
    assert (plain.body, plain.bio) == ("Text.\n", "Runs a lot.")


def test_a_box_that_does_not_mark_the_words_gives_them_to_the_author() -> None:
    made = convert(
        "<p>Text.</p>\n\n<div class='abh_box'>The following two tabs change content below.\n<ul><li>Bio</li>"
        "<li>Latest Posts</li></ul>\n<h3>Sam Reed</h3>\nRuns a lot.\n<h4>Latest posts by Sam Reed</h4>"
        "<ul><li>X</li></ul></div>\n\nAfter it."
    )
    assert (made.body, made.bio) == ("Text.\n\nAfter it.\n", "Runs a lot.")


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<a href="javascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>', "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>",
    '<iframe src="javascript:alert(1)"></iframe>', "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<form action="javascript:alert(1)"><button>x', '<object data="data:text/html,<script>alert(1)</script>">',
    "[caption]<img src=x onerror=alert(1)> <script>alert(1)</script>[/caption]",
    '<div style="x:expression(alert(1))">y',
    '[video src="javascript:alert(1)"]', "[gallery ids='\"><script>alert(1)</script>']",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "![x](javascript:alert(1)) [y](javascript:alert(1)) <javascript:alert(1)>",
    "```video\nasset: x\n```", "{{7*7}}{% x %}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["wordpress", "html", "markdown"])
def test_hostile_text_becomes_words_at_most(text: str, form: str) -> None:
    html = markdown.render(convert(text, form).body, lambda block: "").html
    tags = re.findall(r"<[^>]*>", html.lower())
    assert set(re.findall(r"</?([a-z0-9]+)", " ".join(tags))) <= {"p", "a", "br", "pre", "code", "em", "strong"}
    assert not [tag for tag in tags if re.search(r"\son|script:|style|srcdoc|data:", tag)]


def test_a_text_nested_without_end_is_taken_flat_and_soon() -> None:
    made = convert("<div>" * 20_000 + "deep" + "<b><i>" * 5_000)
    assert "deep" in made.body
