"""A page as a test looks at it: its elements, and what a strict page never has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

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
