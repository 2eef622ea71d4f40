"""An article's text as the HTML that WordPress's editor keeps: plain elements, each named by a block comment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape

from scheduler.content import markdown
from scheduler.content.blocks import Block
from scheduler.content.links import Linked
from scheduler.domain.article import Article
from scheduler.services.library.pictures import Picture
from scheduler.services.moving.markup import Node, tree

_VOID = ("br", "hr", "img", "source")
_PLAIN = {"p": "paragraph", "ul": "list", "ol": "list", "blockquote": "quote", "pre": "code", "hr": "separator"}
_CLASSES = {"pre": "wp-block-code", "hr": "wp-block-separator", "blockquote": "wp-block-quote"}
_FIGURES = ("image", "gallery", "embed", "video", "table")


def blocks_of(article: Article, base: str, shown: Mapping[str, tuple[int, Picture]], linked: Mapping[str, str]) -> str:
    """Return the text of an article; `shown` are number and picture of each asset, `linked` paths of articles by id."""
    targets = {key: Linked(f"{base}{path}") for key, path in linked.items()}
    html = markdown.render(article.body, lambda block: _block(block, base, shown), targets).html
    return "\n\n".join(_commented(node) for node in tree(html).elements())


def _block(block: Block, base: str, shown: Mapping[str, tuple[int, Picture]]) -> str:
    make = _MAKERS.get(block.kind)
    return make(block, base, shown) if make else ""


def _image(data: Mapping[str, str], base: str, shown: Mapping[str, tuple[int, Picture]]) -> str:
    if data["asset"] not in shown:
        return ""
    number, picture = shown[data["asset"]]
    alt, caption = escape(data.get("alt") or picture.alt), data.get("caption", "")
    legend = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure class="wp-block-image"><img src="{escape(base + picture.src)}" alt="{alt}" class="wp-image-{number}">'
        f"{legend}</figure>"
    )


def _figure(block: Block, base: str, shown: Mapping[str, tuple[int, Picture]]) -> str:
    return _image(block.data, base, shown)


def _gallery(block: Block, base: str, shown: Mapping[str, tuple[int, Picture]]) -> str:
    inner = "".join(_image(photo, base, shown) for photo in block.data["photos"])
    title = f"<figcaption>{escape(block.data['title'])}</figcaption>" if block.data["title"] else ""
    return f'<figure class="wp-block-gallery has-nested-images">{inner}{title}</figure>' if inner else ""


def _video(block: Block, base: str, shown: Mapping[str, tuple[int, Picture]]) -> str:
    if block.data["asset"] not in shown:
        return ""
    source = escape(base + shown[block.data["asset"]][1].src)
    caption = block.data["caption"]
    legend = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="wp-block-video"><video controls src="{source}"></video>{legend}</figure>'


def _embed(block: Block, _base: str, _shown: Mapping[str, tuple[int, Picture]]) -> str:
    address = escape(block.data["url"])
    return f'<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\n{address}\n</div></figure>'


def _faq(block: Block, _base: str, _shown: Mapping[str, tuple[int, Picture]]) -> str:
    sections = "".join(
        f'<div class="schema-faq-section"><strong class="schema-faq-question">{escape(each["question"])}</strong>'
        f'<div class="schema-faq-answer">{each["html"]}</div></div>'
        for each in block.data["questions"]
    )
    return f'<div class="schema-faq wp-block-yoast-faq-block">{sections}</div>'


def _button(block: Block, base: str, _shown: Mapping[str, tuple[int, Picture]]) -> str:
    href = block.data.get("href", "")
    address = base + href if href.startswith("/") else href
    if not address:
        return ""
    link = f'<a class="wp-block-button__link" href="{escape(address)}">{escape(block.data["label"])}</a>'
    return f'<div class="wp-block-buttons"><div class="wp-block-button">{link}</div></div>'


def _prose(block: Block, _base: str, _shown: Mapping[str, tuple[int, Picture]]) -> str:
    title = f"<p><strong>{escape(block.data['title'])}</strong></p>" if block.data.get("title") else ""
    return f'<div class="wp-block-group">{title}{block.html}</div>'


def _map(block: Block, _base: str, _shown: Mapping[str, tuple[int, Picture]]) -> str:
    return f"<p>{escape(block.data.get('address', ''))}</p>"


_MAKERS: dict[str, Callable[[Block, str, Mapping[str, tuple[int, Picture]]], str]] = {
    "figure": _figure,
    "gallery": _gallery,
    "video": _video,
    "embed": _embed,
    "faq": _faq,
    "button": _button,
    "cta": _button,
    "note": _prose,
    "callout": _prose,
    "map": _map,
}


def _commented(node: Node) -> str:
    name, settings = _name(node)
    if node.tag == "table":
        node = Node("figure", {"class": "wp-block-table"}, [node])
    if extra := _CLASSES.get(node.tag):
        node.attributes["class"] = f"{node.attributes.get('class', '')} {extra}".strip()
    said = f" {json.dumps(settings)}" if settings else ""
    return f"<!-- wp:{name}{said} -->\n{_written(node)}\n<!-- /wp:{name} -->"


def _name(node: Node) -> tuple[str, dict[str, object]]:
    """Return the name of a block and its settings, as WordPress's editor has them."""
    if node.tag in ("h2", "h3", "h4", "h5", "h6"):
        return "heading", {} if node.tag == "h2" else {"level": int(node.tag[1])}
    if node.tag == "table":
        return "table", {}
    for kind in _FIGURES:
        if f"wp-block-{kind}" in node.classes:
            return kind, {}
    if node.tag in _PLAIN:
        return _PLAIN[node.tag], {"ordered": True} if node.tag == "ol" else {}
    return "html", {}


def _written(node: Node) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    if node.tag in _VOID:
        return f"<{node.tag}{attributes}/>"
    inner = "".join(escape(c, quote=False) if isinstance(c, str) else _written(c) for c in node.children)
    return f"<{node.tag}{attributes}>{inner}</{node.tag}>"
