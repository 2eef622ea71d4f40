"""What a body consists of, with the line of everything: headings, paragraphs, links, photos, and its readable words.

Nothing is rendered here. It is what the checks beside the editor look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from scheduler.content import blocks as block_data
from scheduler.content import markdown
from scheduler.content.blocks import DATA_KINDS


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading, a paragraph or a run of readable words; `level` is a heading's as it is written, else 0."""

    text: str
    line: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class TextLink:
    """One link: its words, and the address as it is written."""

    words: str
    href: str
    line: int


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of the library with the words that this text gives it."""

    asset: str
    alt: str
    line: int


@dataclass(slots=True)
class Outline:
    """Everything in order of the text. `words` holds all that a reader sees, code left out, one entry a line."""

    headings: list[Piece] = field(default_factory=list)
    paragraphs: list[Piece] = field(default_factory=list)
    links: list[TextLink] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    words: list[Piece] = field(default_factory=list)


def outline(body: str) -> Outline:
    """Return the outline of a body; lines count from 1. A body that is too large has an empty one."""
    found = Outline()
    tokens = markdown.tokens(body)
    for index, token in enumerate(tokens):
        if token.type == "inline":
            _inline(found, token, tokens[index - 1], _line(token))
        elif token.type == "fence" and (kind := token.info.strip().split(" ")[0]) in DATA_KINDS:
            _data(found, kind, token)
        elif token.type.startswith("container_") and token.nesting == 1:
            found.words.append(Piece(token.info.partition("{")[2], _line(token)))
    return found


def _inline(found: Outline, token: Token, opening: Token, line: int) -> None:
    children = token.children or []
    pieces = [Piece(text, line + offset) for offset, text in enumerate(_lines(children))]
    found.words.extend(piece for piece in pieces if piece.text.strip())
    found.photos.extend(_photos(children, line))
    found.links.extend(_links(children, line))
    text = " ".join(_lines(children, with_code=True, with_alt=False)).strip()
    if opening.type == "heading_open":
        found.headings.append(Piece(text, line, int(opening.tag[1])))
    elif opening.type == "paragraph_open" and text:
        found.paragraphs.append(Piece(text, line))


def _lines(children: Sequence[Token], with_code: bool = False, with_alt: bool = True) -> list[str]:
    """Return the words of a run line by line."""
    lines = [""]
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            lines.append("")
        elif child.type == "text":
            lines[-1] += child.content
        elif child.type == "code_inline":
            lines[-1] += child.content if with_code else " "
        elif child.type == "image" and with_alt:
            lines[-1] += f" {' '.join(_lines(child.children or []))} {child.attrGet('title') or ''} "
    return lines


def _photos(children: Sequence[Token], line: int) -> Iterator[Photo]:
    for child, at in _with_lines(children, line):
        source = str(child.attrGet("src") or "")
        if child.type == "image" and source.startswith("asset:"):
            yield Photo(source.removeprefix("asset:"), " ".join(_lines(child.children or [])).strip(), at)


def _links(children: Sequence[Token], line: int) -> Iterator[TextLink]:
    href, inside, begun = "", list[Token](), line
    for child, at in _with_lines(children, line):
        if child.type == "link_open":
            href, inside, begun = str(child.attrGet("href") or ""), [], at
        elif child.type == "link_close":
            yield TextLink(" ".join(_lines(inside, with_code=True)).strip(), href, begun)
        else:
            inside.append(child)


def _with_lines(children: Sequence[Token], line: int) -> Iterator[tuple[Token, int]]:
    for child in children:
        yield child, line
        line += child.type in ("softbreak", "hardbreak")


def _data(found: Outline, kind: str, fence: Token) -> None:
    """Take the words, links and photos out of a block with data; what is not readable in it is named elsewhere."""
    line = _line(fence)
    found.words.extend(Piece(text, line + 1 + at) for at, text in enumerate(fence.content.split("\n")))
    data, _ = block_data.read(kind, fence.content, line)
    if data is None:
        return
    if "href" in data:
        found.links.append(TextLink(data.get("label", ""), data["href"], line))
    found.photos.extend(Photo(photo["asset"], photo["alt"], line) for photo in data.get("photos", ()))
    for question in data.get("questions", ()):
        for token in markdown.tokens(question["answer"]):
            if token.type == "inline":
                found.links.extend(_links(token.children or [], line))
                found.paragraphs.append(Piece(" ".join(_lines(token.children or [], with_code=True)), line))


def _line(token: Token) -> int:
    return (token.map[0] if token.map else 0) + 1
