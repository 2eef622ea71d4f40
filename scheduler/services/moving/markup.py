"""Foreign HTML as a small tree: cleaned first, so that nothing hostile is ever looked at, then taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

DEEPEST = 60
"""Elements inside one another beyond this are taken as standing side by side; no honest text nests so deep."""
_TAGS = set(
    "a abbr address article aside audio b blockquote br button caption center cite code col colgroup dd del "  # noqa: SIM905
    "details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i iframe img ins kbd li main mark nav "
    "ol p pre q s samp section small source span strike strong sub summary sup table tbody td tfoot th thead tr tt u "
    "ul var video".split()
)
_ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height", "data-src", "data-lazy-src", "data-id", "data-full-url"},
    "iframe": {"src", "title", "data-src", "data-lazy-src"},
    "video": {"src", "poster"},
    "audio": {"src"},
    "source": {"src", "type"},
    "ol": {"start"},
    "td": {"colspan", "align"},
    "th": {"colspan", "align"},
    "figure": {"data-photos"},
}
_SILENT = {"script", "style", "noscript", "template", "svg", "math", "object", "select", "textarea", "title"}
_VOID = {"br", "col", "hr", "img", "source"}
_HOSTILE = {
    "scripts": r"<script\b",
    "event handlers (onclick and the like)": r"<[a-z][^>]{0,2000}?\son[a-z]{3,20}\s*=",
    "javascript: addresses": r"=\s*[\"']?\s*(?:javascript|vbscript)\s*:",
    "styles in the text": r"<style\b",
    "forms": r"<(?:form|input|select|textarea)\b",
    "plug-in objects": r"<(?:object|embed|applet)\b",
}


@dataclass(slots=True)
class Node:
    """One element; a child that is a `str` is text. The root has the tag ""."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Return its classes."""
        return self.attributes.get("class", "").split()

    def elements(self) -> Iterator[Node]:
        """Yield the element's children that are elements."""
        return (child for child in self.children if isinstance(child, Node))

    def walk(self) -> Iterator[Node]:
        """Yield every element below, in order."""
        for child in self.elements():
            yield child
            yield from child.walk()

    def find(self, *tags: str) -> Node | None:
        """Return the first element below with one of these tags."""
        return next((node for node in self.walk() if node.tag in tags), None)

    def having(self, *classes: str) -> Node | None:
        """Return the first element below with one of these classes."""
        return next((node for node in self.walk() if set(classes) & set(node.classes)), None)

    def text(self) -> str:
        """Return its words in one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag == "br":
                yield " "
            else:
                yield from child._texts()
                if child.tag in ("p", "div", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"):
                    yield " "


def tree(html: str) -> Node:
    """Return cleaned HTML as a tree: no scripts, handlers, styles, or addresses that run code."""
    clean = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    builder = _Builder()
    builder.feed(clean)
    builder.close()
    return builder.root


def hostile_parts(html: str) -> list[str]:
    """Return the sorts of things in `html` that are left out because they run code or cannot work here."""
    return [name for name, pattern in _HOSTILE.items() if re.search(pattern, html, re.IGNORECASE)]


class _Builder(HTMLParser):
    """Builds the tree. What it is fed is well formed: the sanitiser wrote it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self._open = [self.root]
        self._deeper: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self._open[-1].children.append(node)
        elif len(self._open) > DEEPEST:
            self._deeper.append(tag)
        else:
            self._open[-1].children.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._deeper:
            self._deeper.pop()
        elif len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
