"""What becomes of text that is pasted from Word, Google Docs and pages: its words and its structure, nothing else."""

# ruff: noqa: E501 -- the clipboard has long lines

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bootstrap.browser_assets import fetch_node, find_node
from tests.support.live import LiveServer
from tests.support.posts import write_article

ASSETS = Path(__file__).parents[2] / "assets"

WORD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator content="Microsoft Word 15">
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
<style><!-- /* Font Definitions */ @font-face {font-family:"Cambria Math";} p.MsoNormal {margin:0in;} --></style></head>
<body lang=EN-US style='tab-interval:.5in;word-wrap:break-word'><!--StartFragment-->
<p class=MsoTitle>Back to running<o:p></o:p></p>
<h1>Before the first step<o:p></o:p></h1>
<p class=MsoNormal>You are <b style='mso-bidi-font-weight:normal'>probably</b> ready to
<i style='mso-bidi-font-style:normal'>try</i> <span style='mso-spacerun:yes'>  </span>when <s>never</s> all is true.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol;mso-fareast-font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>You walk
<span style='mso-bidi-font-weight:bold'>briskly</span>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:1.0in;mso-add-space:auto;text-indent:-.25in;mso-list:l0 level2 lfo1'>
<!--[if !supportLists]--><span style='font-family:"Courier New"'><span style='mso-list:Ignore'>o<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><!--[endif]-->On <b>flat</b> ground.<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-.25in;mso-list:l0 level1 lfo1'><!--[if !supportLists]--><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;
</span></span></span><!--[endif]-->Stairs feel the same.<o:p></o:p></p>
<p class=MsoNormal>Then:<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l1 level1 lfo2'><!--[if !supportLists]--><span
style='mso-list:Ignore'>3.<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><!--[endif]-->Run.<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-.25in;mso-list:l1 level1 lfo2'><!--[if !supportLists]--><span
style='mso-list:Ignore'>4.<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><!--[endif]-->Rest.<o:p></o:p></p>
<p class=MsoNormal>See <a href="https://example.org/plan">the plan</a>, <a href="#_Toc12">page 3</a> and
<a href="file:///C:/Users/me/x.docx">my file</a><a style='mso-footnote-id:ftn1' href="#_ftn1"><span
class=MsoFootnoteReference>[1]</span></a>.<img width=200 src="file:///C:/Temp/image001.png"><o:p></o:p></p>
<table class=MsoTableGrid border=1><tr><td width=100 style='width:75pt'><p class=MsoNormal><b>Step</b><o:p></o:p></p></td>
<td><p class=MsoNormal align=right><b>Run</b><o:p></o:p></p></td></tr><tr><td><p class=MsoNormal>1</p><p class=MsoNormal>one</p></td>
<td align=right><p class=MsoNormal>8 | 9<o:p></o:p></p></td></tr></table>
<div style='mso-element:comment-list'><p class=MsoCommentText style='display:none'>A remark</p></div><!--EndFragment--></body></html>"""

GOOGLE_DOCS = """<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;"
id="docs-internal-guid-5b9d3c1e-7fff-0e64-2a7d-0c3b0d7d4f8a"><h1 dir="ltr" style="line-height:1.38;margin-top:20pt;"><span
style="font-size:20pt;font-family:Arial,sans-serif;color:#000000;font-weight:400;font-style:normal;">First visit</span></h1><h2
dir="ltr"><span style="font-weight:700;">What to bring</span></h2><p dir="ltr" style="line-height:1.38;"><span
style="font-size:11pt;font-weight:400;font-style:normal;text-decoration:none;white-space:pre-wrap;">Bring </span><span
style="font-weight:700;font-style:normal;">clothes</span><span style="font-weight:400;"> and </span><span
style="font-weight:400;font-style:italic;">shoes</span><span style="font-weight:400;">, not </span><span
style="font-weight:400;text-decoration:line-through;">skis</span><span style="font-weight:700;font-style:italic;"> really</span><span
style="font-weight:400;">. </span><a href="https://www.google.com/url?q=https://example.org/a?b%3Dc&amp;sa=D&amp;source=docs"
style="text-decoration:none;"><span style="color:#1155cc;text-decoration:underline;">Where</span></a></p><br /><ul
style="margin-top:0;padding-inline-start:48px;"><li dir="ltr" style="list-style-type:disc;font-weight:400;" aria-level="1"><p
dir="ltr" role="presentation"><span style="font-weight:400;">One</span></p></li><ul><li dir="ltr" style="list-style-type:circle;"
aria-level="2"><p dir="ltr" role="presentation"><span style="font-weight:400;">Inner</span></p></li></ul><li dir="ltr"><p dir="ltr"
role="presentation"><span style="font-weight:700;">Two</span></p></li></ul><ol style="margin-top:0;"><li dir="ltr"
style="list-style-type:decimal;"><p dir="ltr" role="presentation"><span>First</span></p></li></ol><p dir="ltr"><span><span
style="border:none;display:inline-block;"><img src="https://lh3.googleusercontent.com/x" width="602" height="301"
/></span></span></p></b><br class="Apple-interchange-newline">"""

PAGE = """<html><body><!--StartFragment--><article class="post"><style>p{color:red}</style><h1>Title</h1><h2>Part</h2><h5>Deep</h5>
<div>Loose <em>words</em><div>in a box</div></div><p onclick="alert(1)">A<span class="Apple-converted-space">&nbsp;</span>line<br>
broken, <code>code</code> and <a href="javascript:alert(1)">bad</a> <a href="https://example.org">good</a>
<a href="https://example.org/empty"><img src="https://elsewhere.example/pixel.gif"></a></p><p>&nbsp;</p><p><br></p>
<blockquote><p>Quoted</p></blockquote><pre>a
  b</pre><script>alert(1)</script><iframe src="https://elsewhere.example"></iframe><hr><ul><li>One<ul><li>Two</li></ul></li></ul>
<table><tbody><tr><td><h3>In a frame</h3><p>1986. text &lt;b&gt;</p></td></tr></tbody></table><button>Share</button>
<svg><text>x</text></svg></article><!--EndFragment--></body></html>"""


EXPECTED = {
    WORD: (
        "## Back to running\n\n"
        "## Before the first step\n\n"
        "You are **probably** ready to *try* when ~~never~~ all is true.\n\n"
        "- You walk briskly.\n"
        "  - On **flat** ground.\n"
        "- Stairs feel the same.\n\n"
        "Then:\n\n"
        "3. Run.\n"
        "4. Rest.\n\n"
        "See [the plan](https://example.org/plan), page 3 and my file\\[1].\n\n"
        "| Step | Run |\n| --- | --- |\n| 1 one | 8 \\| 9 |\n"
    ),
    GOOGLE_DOCS: (
        "## First visit\n\n"
        "### What to bring\n\n"
        "Bring **clothes** and *shoes*, not ~~skis~~ ***really***. [Where](https://example.org/a?b=c)\n\n"
        "- One\n"
        "  - Inner\n"
        "- **Two**\n\n"
        "1. First\n"
    ),
    PAGE: (
        "## Title\n\n"
        "### Part\n\n"
        "#### Deep\n\n"
        "Loose *words*\n\n"
        "in a box\n\n"
        "A line\\\nbroken, `code` and bad [good](https://example.org)\n\n"
        "> Quoted\n\n"
        "```\na\n  b\n```\n\n"
        "---\n\n"
        "- One\n  - Two\n\n"
        "#### In a frame\n\n"
        "1986\\. text \\<b>\n"
    ),
    "plain words": "plain words\n",
    "": "",
    "<p>&nbsp;</p><p><o:p></o:p></p>": "",
    '<p class=MsoListParagraph style="text-indent:-.25in">·&nbsp;&nbsp; One</p>': "- One\n",
    '<p style="font-weight:600">All</p><p><b>a</b>b</p>': "**All**\n\n**a**b\n",
    "<ol><ol><li>deep</li></ol></ol>": "1. 1. deep\n",
    "<ul><li><p>a</p><p>b</p></li></ul>": "- a\n\n  b\n",
    '<a href="java\tscript:alert(1)">x</a> <a href="//evil.example">y</a>': "x y\n",
    '<a href="https://www.google.com/url?q=javascript:alert(1)">x</a>': "x\n",
    "<table><tr><th>a</th><th>b</th></tr><tr><td>x<br>y<ul><li>1</li><li>2</li></ul></td></tr></table>": (
        "| a | b |\n| --- | --- |\n| x y 1 2 |  |\n"
    ),
    "<h1><a href='https://example.org'>x</a></h1>": "## [x](https://example.org)\n",
}


@pytest.fixture(scope="module")
def editor_reading() -> str:
    """The script that pastes: the very modules of the editor, put together for the test."""
    node, _ = find_node() or fetch_node(None)
    command = [node, "node_modules/esbuild/bin/esbuild", "../tests/browser/pasting.js"]
    options = ["--bundle", "--format=iife", "--global-name=editor", "--charset=utf8"]
    environment = {**os.environ, "NODE_PATH": str(ASSETS / "node_modules")}
    return subprocess.run(
        command + options, cwd=ASSETS, env=environment, check=True, capture_output=True, encoding="utf-8"
    ).stdout


@pytest.fixture
def pasting(page: Page, editor_reading: str) -> Page:
    """A page of the admin, with its policy, that knows how to paste."""
    page.goto("/admin/articles/")
    page.evaluate(f"{editor_reading}; globalThis.editor = editor")
    return page


def pasted(page: Page, html: str) -> str:
    result: dict[str, str] = page.evaluate("html => editor.pasted(html)", html)
    assert "style=" not in result["html"] and "class=" not in result["html"] and "<!--" not in result["html"]
    return result["markdown"]


def test_pasted_text_keeps_its_words_and_structure_and_nothing_else(pasting: Page) -> None:
    found = {html: pasted(pasting, html) for html in EXPECTED}
    assert found == EXPECTED


def test_what_our_own_editor_copied_stays_as_it_is(pasting: Page) -> None:
    html = '<aside data-block="note" data-title="T" data-pm-slice="1 1 []"><p>a<span data-soft-break=""> </span>b</p></aside>'
    assert pasting.evaluate("html => editor.pasted(html).markdown", html) == ':::note{title="T"}\n\na\nb\n\n:::\n'


ARTICLE = """\
A paragraph that is __wrapped__
over two lines &amp; stays so.

* An odd  list
* of two

| a | b |
|---|--:|
| 1 | 2 |

[r]: /visit "Where"

See [there][r]
again.
"""
PASTE = """html => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  document.querySelector(".rt-surface").dispatchEvent(
    new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }));
}"""


def test_a_word_and_a_paste_change_nothing_else_in_the_file(page: Page, live_server: LiveServer) -> None:
    page.add_init_script("try { localStorage.setItem('drumbeat.editor', 'write') } catch { /* no page yet */ }")
    write_article(live_server.context, "knee", body=ARTICLE, status="draft")
    page.goto("/admin/articles/knee/")
    surface = page.get_by_role("textbox", name="Text of the article")
    surface.locator("li", has_text="of two").click()
    page.keyboard.press("End")
    page.keyboard.type(" or three")
    body = page.locator("#body")
    changed = ARTICLE.replace("* of two\n", "* of two or three\n").strip()
    expect(body).to_have_value(changed)
    surface.get_by_text("again.").click()
    # A browser tells of a new place a moment after the click; the bar shows when the editor has heard of it.
    expect(page.get_by_role("button", name="Bulleted list")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.evaluate(PASTE, GOOGLE_DOCS)
    expect(body).to_have_value(f"{changed}\n\n{EXPECTED[GOOGLE_DOCS]}")
