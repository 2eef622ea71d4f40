"""What differs between two rendered texts, word by word: the newer one with `<ins>` and `<del>` in it.

The two are read as trees. Blocks are paired first, then the words in a pair are compared with the formatting they
stand in; so every mark is put around whole words, and what comes out is well-formed. It is cleaned at the end like
any text of an article: nothing in either version can run in the page that compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser

import nh3

VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "br",
        "cite",
        "code",
        "em",
        "i",
        "img",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "wbr",
    }
)
INSIDE = frozenset({"li", "td", "th", "dd", "dt", "figcaption", "summary", "caption"})
"""Elements that cannot be put into a mark: the mark goes into them."""
ROWS = frozenset({"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr"})
"""Elements that hold nothing but such elements."""
ALLOWED = {*nh3.ALLOWED_TAGS, "ins", "del", "figure", "figcaption", "video", "source", "section", "details", "summary"}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "video": {"src", "poster", "controls", "width", "height", "preload"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
}
ALIKE = 0.4
"""Two blocks with less in common than this are one that went and one that came."""
MOST_PAIRS = 2500
MOST_TOKENS = 20_000


@dataclass(slots=True)
class Node:
    """An element; one without a tag is a run of inline content between blocks."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: list[Node | str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign, a space or an image, with the elements that it stands in."""

    html: str
    around: tuple[tuple[str, str], ...]


def marked(before: str, after: str) -> str:
    """Return `after` with what came in `<ins>` and what went in `<del>`, as clean HTML."""
    html = "".join(_children(_tree(before), _tree(after)))
    return nh3.clean(html, tags=ALLOWED, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, tuple((name, value or "") for name, value in attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def _tree(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def _children(one: Node, two: Node) -> Iterator[str]:
    """Yield the marked content of two elements that belong together."""
    if _is_leaf(one) and _is_leaf(two):
        yield from _words(list(_tokens(one, ())), list(_tokens(two, ())))
        return
    old, new = _blocks(one), _blocks(two)
    matcher = SequenceMatcher(None, [_html(node) for node in old], [_html(node) for node in new], autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield from (_html(node) for node in new[c:d])
        else:
            yield from _replaced(old[a:b], new[c:d])


def _blocks(node: Node) -> list[Node]:
    """Return the block elements of an element, with the inline content between them as runs of its own."""
    found: list[Node] = []
    run: Node | None = None
    for child in node.children:
        if isinstance(child, Node) and child.tag not in INLINE:
            found.append(child)
            run = None
        elif run is not None:
            run.children.append(child)
        elif isinstance(child, Node) or child.strip():
            run = Node("", (), [child])
            found.append(run)
    return found


def _is_leaf(node: Node) -> bool:
    return all(isinstance(child, str) or (child.tag in INLINE and _is_leaf(child)) for child in node.children)


def _replaced(old: Sequence[Node], new: Sequence[Node]) -> Iterator[str]:
    done = 0
    for node in new:
        partner = _partner(node, old, done) if len(old) * len(new) <= MOST_PAIRS else None
        if partner is None:
            yield _whole(node, "ins")
            continue
        yield from (_whole(gone, "del") for gone in old[done:partner])
        yield _wrapped(node, "".join(_children(old[partner], node)))
        done = partner + 1
    yield from (_whole(gone, "del") for gone in old[done:])


def _partner(node: Node, old: Sequence[Node], start: int) -> int | None:
    words = _text(node).split()
    for place in range(start, len(old)):
        other = old[place]
        if other.tag == node.tag and node.tag not in VOID and _alike(_text(other).split(), words):
            return place
    return None


def _alike(one: list[str], two: list[str]) -> bool:
    if not one and not two:
        return False  # nothing but pictures: one went, another came
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _words(old: list[Token], new: list[Token]) -> Iterator[str]:
    if len(old) + len(new) > MOST_TOKENS:
        yield f"<del>{_joined(old)}</del><ins>{_joined(new)}</ins>"
        return
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield _joined(new[c:d])
            continue
        for tag, tokens in (("del", old[a:b]), ("ins", new[c:d])):
            if tokens:
                yield f"<{tag}>{_joined(tokens)}</{tag}>"


def _tokens(node: Node, around: tuple[tuple[str, str], ...]) -> Iterator[Token]:
    for child in node.children:
        if isinstance(child, str):
            yield from (Token(escape(word, quote=False), around) for word in re.findall(r"\w+|\s+|[^\w\s]", child))
        elif child.tag in VOID:
            yield Token(_html(child), around)
        else:
            yield from _tokens(child, (*around, (child.tag, _attributes(child))))


def _joined(tokens: Sequence[Token]) -> str:
    """Return tokens as HTML; an element around several of them is opened once."""
    html: list[str] = []
    open_now: tuple[tuple[str, str], ...] = ()
    for token in tokens:
        if token.around != open_now:
            html += [f"</{tag}>" for tag, _ in reversed(open_now)]
            html += [f"<{tag}{attributes}>" for tag, attributes in token.around]
            open_now = token.around
        html.append(token.html)
    return "".join([*html, *(f"</{tag}>" for tag, _ in reversed(open_now))])


def _whole(node: Node, mark: str) -> str:
    """Return an element that came or went as a whole."""
    if node.tag in ROWS:
        return _wrapped(node, "".join(_whole(child, mark) for child in node.children if isinstance(child, Node)))
    if node.tag in INSIDE:
        return _wrapped(node, f"<{mark}>{_content(node)}</{mark}>")
    return f"<{mark}>{_html(node)}</{mark}>"


def _html(node: Node) -> str:
    return _wrapped(node, _content(node))


def _content(node: Node) -> str:
    return "".join(escape(child, quote=False) if isinstance(child, str) else _html(child) for child in node.children)


def _wrapped(node: Node, content: str) -> str:
    if not node.tag:
        return content
    return f"<{node.tag}{_attributes(node)}>" + ("" if node.tag in VOID else f"{content}</{node.tag}>")


def _attributes(node: Node) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in node.attributes)


def _text(node: Node) -> str:
    return "".join(_text_of(child) for child in node.children)


def _text_of(child: Node | str) -> str:
    if isinstance(child, str):
        return child
    return _text(child) if child.tag in INLINE else f" {_text(child)} "
