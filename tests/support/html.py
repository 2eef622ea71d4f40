"""A page as a test looks at it: its elements, and what a strict page never has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import html5lib

_ADDRESSES = frozenset({"href", "src", "srcset", "action", "formaction", "poster", "hx-get", "hx-post", "xlink:href"})
_VOID = frozenset({"img", "br", "hr", "meta", "link", "source", "track", "input", "path", "use"})


@dataclass
class Element:
    """One element with its attributes and all the text inside."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """Return the elements below with this tag whose attributes hold the words `wanted` (`class_`, `rel`)."""
        found = [child for child in self.children if child.tag == tag and _fits(child, wanted)]
        return found + [one for child in self.children for one in child.all(tag, **wanted)]

    def one(self, tag: str, **wanted: str) -> Element:
        """Return the only such element."""
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} <{tag}> {wanted}"
        return found[0]

    def words(self) -> str:
        """Return the text with single spaces."""
        return " ".join(self.text.split())


def _fits(element: Element, wanted: dict[str, str]) -> bool:
    names = {name: name.strip("_").replace("_", "-") for name in wanted}
    return all(word in element.attributes.get(names[name], "").split() for name, word in wanted.items())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        closed = self.open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def parse(html: str) -> Element:
    """Return the document. An element that is closed out of order fails the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0]


def entities(html: str) -> dict[str, Any]:
    """Return the JSON-LD entities of a page by their type."""
    found = [json.loads(script.text) for script in parse(html).all("script", type="application/ld+json")]
    return {entity["@type"]: entity for entity in found}


def assert_strict(html: str) -> None:
    """Fail if the page has script or style of its own, an event attribute, or an address that runs script."""
    todo = [parse(html)]
    while todo:
        element = todo.pop()
        todo.extend(element.children)
        kind = element.attributes.get("type", "")
        assert element.tag not in ("style", "base", "object", "embed"), element
        assert element.tag != "script" or "src" in element.attributes or kind == "application/ld+json", element
        for name, value in element.attributes.items():
            assert not name.startswith("on") and name != "style", (element.tag, name, value)
            program = value.strip().lower().startswith(("javascript:", "vbscript:", "data:text"))
            assert not (name in _ADDRESSES and program), (element.tag, name, value)


NOT_INSIDE = {"header": ("header", "footer"), "footer": ("header", "footer"), "main": ("article", "aside", "header",
              "footer", "nav"), "a": ("a", "button"), "button": ("a", "button"), "form": ("form",)}  # fmt: skip
ONLY_WORDS = frozenset({"p", "h1", "h2", "h3", "h4", "span", "a", "dt", "summary"})
BLOCKS = frozenset({"div", "p", "ul", "ol", "dl", "table", "figure", "section", "article", "aside", "header", "footer",
                    "details", "form", "nav", "blockquote", "pre"})  # fmt: skip


def html_faults(html: str) -> list[str]:
    """Return what a validator would say of the ways in which our templates could go wrong: the document's outline,
    ids and what refers to them, what may stand in what, and pictures without alternative text."""
    html5lib.HTMLParser(strict=True).parse(html)
    page = parse(html)
    faults: list[str] = []
    ids: list[str] = []
    _walk(page, (), faults, ids)
    faults += [f"the id {name} twice" for name in {name for name in ids if ids.count(name) > 1}]
    for element in _every(page):
        for key in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            faults += [
                f"{key}={name} names nothing" for name in element.attributes.get(key, "").split() if name not in ids
            ]
    return faults


def _walk(element: Element, above: tuple[str, ...], faults: list[str], ids: list[str]) -> None:
    if "id" in element.attributes:
        ids.append(element.attributes["id"])
    if element.tag == "img" and "alt" not in element.attributes:
        faults.append(f"no alt: {element.attributes.get('src')}")
    faults += [f"<{element.tag}> in <{outer}>" for outer in NOT_INSIDE.get(element.tag, ()) if outer in above]
    parent = above[-1] if above else ""
    if parent in ONLY_WORDS - {"a"} and element.tag in BLOCKS:
        faults.append(f"<{element.tag}> in <{parent}>")
    if element.tag == "figure":
        places = [number for number, child in enumerate(element.children) if child.tag == "figcaption"]
        if len(places) > 1 or any(place not in (0, len(element.children) - 1) for place in places):
            faults.append("<figcaption> neither first nor last in <figure>")
    for child in element.children:
        _walk(child, (*above, element.tag), faults, ids)


def _every(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _every(child)
