"""The trees in which Ghost's editors keep a text (Lexical since 5.0, Mobiledoc before) as plain HTML."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_FORMATS = ((1, "strong"), (2, "em"), (4, "s"), (16, "code"))
_TAGS = {"paragraph": "p", "quote": "blockquote", "extended-quote": "blockquote", "aside": "blockquote",
         "listitem": "li"}  # fmt: skip
_MARKS = ("strong", "b", "em", "i", "code", "s", "del", "a", "sup", "sub", "u")
Tree = dict[str, Any]
DEEPEST = 60


def from_lexical(text: Any) -> str:
    """Return the HTML of a Lexical document, "" for anything else."""
    tree = _parsed(text)
    root = tree.get("root")
    return _node(root, 0) if isinstance(root, dict) else ""


def from_mobiledoc(text: Any) -> str:
    """Return the HTML of a Mobiledoc document, "" for anything else."""
    tree = _parsed(text)
    sections = tree.get("sections")
    return "\n".join(_section(tree, each) for each in sections if each) if isinstance(sections, list) else ""


def _parsed(text: Any) -> Tree:
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _node(node: Any, depth: int) -> str:
    if not isinstance(node, dict) or depth > DEEPEST:
        return ""
    kind = str(node.get("type", "")).removeprefix("extended-") if node.get("type") != "extended-quote" else "quote"
    if kind == "text":
        return _words(node)
    if kind == "linebreak":
        return "<br>"
    children = node.get("children")
    inner = "".join(_node(child, depth + 1) for child in children) if isinstance(children, list) else ""
    if kind == "heading":
        tag = node.get("tag") if node.get("tag") in ("h1", "h2", "h3", "h4", "h5", "h6") else "h2"
        return f"<{tag}>{inner}</{tag}>"
    if kind in ("link", "autolink"):
        return f'<a href="{escape(str(node.get("url", "")))}">{inner}</a>'
    if kind == "list":
        tag = "ol" if node.get("listType") == "number" else "ul"
        return f"<{tag}>{inner}</{tag}>"
    if kind in _TAGS:
        return f"<{_TAGS[kind]}>{inner}</{_TAGS[kind]}>"
    return inner if children else card(kind, node)


def _words(node: Tree) -> str:
    text = escape(str(node.get("text", "")), quote=False)
    flags = node.get("format") if isinstance(node.get("format"), int) else 0
    for flag, tag in _FORMATS:
        if flags & flag:  # type: ignore[operator]
            text = f"<{tag}>{text}</{tag}>"
    return text


def card(kind: str, data: Tree) -> str:
    """Return the HTML of one card: a photo, a film, a button and alike. Those of other sorts leave their words."""
    said = {key: str(value) for key, value in data.items() if isinstance(value, str | int)}
    if kind == "image":
        return _photo(said)
    if kind == "gallery" and isinstance(data.get("images"), list):
        photos = [
            _photo({key: str(value) for key, value in each.items()})
            for each in data["images"]
            if isinstance(each, dict)
        ]
        return f'<figure class="gallery">{"".join(photos)}</figure>'
    if kind in ("hr", "horizontalrule"):
        return "<hr>"
    if kind in ("html", "toggle", "callout"):
        head = f"<h3>{said['heading']}</h3>" if said.get("heading") else ""
        return said.get("html") or head + (said.get("content") or said.get("calloutText", ""))
    if kind in ("code", "codeblock"):
        language = escape(said.get("language", ""))
        return f'<pre><code class="language-{language}">{escape(said.get("code", ""))}</code></pre>'
    if kind == "embed":
        return f"<p>{escape(said.get('url', ''))}</p>"
    if kind == "bookmark":
        address, title = escape(said.get("url", "")), escape(said.get("title") or said.get("url", ""))
        return f'<p><a href="{address}">{title}</a></p>'
    if kind == "button":
        label = escape(said.get("buttonText", ""))
        return f'<div class="kg-button-card"><a href="{escape(said.get("buttonUrl", ""))}">{label}</a></div>'
    if kind in ("video", "audio"):
        return f'<{kind} src="{escape(said.get("src", ""))}"></{kind}>'
    if kind in ("markdown", "card-markdown"):
        return "".join(f"<p>{escape(part)}</p>" for part in said.get("markdown", "").split("\n\n"))
    return ""


def _photo(said: dict[str, str]) -> str:
    caption = f"<figcaption>{said['caption']}</figcaption>" if said.get("caption") else ""
    return f'<figure><img src="{escape(said.get("src", ""))}" alt="{escape(said.get("alt", ""))}">{caption}</figure>'


def _section(tree: Tree, section: Any) -> str:
    kind = section[0] if isinstance(section, list) else None
    if kind == 1 and len(section) >= 3:
        tag = section[1] if section[1] in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "aside") else "p"
        return f"<{tag}>{_markers(tree, section[2])}</{tag}>"
    if kind == 3 and len(section) >= 3:
        tag = "ol" if section[1] == "ol" else "ul"
        return f"<{tag}>{''.join(f'<li>{_markers(tree, item)}</li>' for item in section[2])}</{tag}>"
    if kind == 10 and len(section) >= 2:
        found = _at(tree.get("cards"), section[1])
        if isinstance(found, list) and len(found) == 2 and isinstance(found[1], dict):
            return card(str(found[0]), found[1])
    return ""


def _markers(tree: Tree, markers: Any) -> str:
    parts, opened = [], list[str]()
    for marker in markers if isinstance(markers, list) else []:
        if not isinstance(marker, list) or len(marker) < 4:
            continue
        for index in marker[1] if isinstance(marker[1], list) else []:
            markup = _at(tree.get("markups"), index)
            tag = markup[0] if isinstance(markup, list) and markup and markup[0] in _MARKS else "span"
            href = markup[1][1] if tag == "a" and len(markup) > 1 and len(markup[1]) > 1 else ""
            parts.append(f'<a href="{escape(str(href))}">' if tag == "a" else f"<{tag}>")
            opened.append(tag)
        if marker[0] == 0:
            parts.append(escape(str(marker[3]), quote=False))
        else:
            atom = _at(tree.get("atoms"), marker[3])
            parts.append("<br>" if isinstance(atom, list) and atom and atom[0] == "soft-return" else "")
        for _ in range(min(marker[2] if isinstance(marker[2], int) else 0, len(opened))):
            parts.append(f"</{opened.pop()}>")
    return "".join(parts)


def _at(items: Any, index: Any) -> Any:
    return items[index] if isinstance(items, list) and isinstance(index, int) and 0 <= index < len(items) else None
