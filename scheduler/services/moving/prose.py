"""Foreign HTML becomes the Markdown of our articles: paragraphs, lists, tables, photos, and our own blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scheduler.content.blocks import DATA_KINDS
from scheduler.services.moving.inline import Around, Picture, escaped, line, photo, picture_of
from scheduler.services.moving.markup import Node
from scheduler.services.moving.players import bare_address, player

_HEADINGS = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = {
    "address", "article", "aside", "audio", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figure",
    "footer", "header", "hr", "iframe", "img", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul", "video",
    *_HEADINGS,
}  # fmt: skip
_EMOJI = re.compile(r"/emoji/|/smilies/|wp-includes/images")
_GALLERIES = {"gallery", "wp-block-gallery", "blocks-gallery-grid", "tiled-gallery", "kg-gallery-card"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of the new text: its Markdown, its plain words, and what it is."""

    markdown: str
    text: str = ""
    sort: str = "text"


def pieces(root: Node, around: Around) -> list[Piece]:
    """Return the blocks of a tree in order."""
    return list(_blocks(root.children, around))


def joined(parts: list[Piece]) -> str:
    """Return the Markdown of some blocks."""
    return "\n\n".join(part.markdown for part in parts if part.markdown) + "\n" if parts else ""


def fenced(kind: str, data: dict[str, object]) -> str:
    """Return one of our blocks with data: YAML in a fence. JSON strings are YAML that needs no guessing."""
    return f"```{kind}\n{_yaml(data)}\n```"


def _yaml(data: dict[str, object], indent: str = "") -> str:
    rows = []
    for key, value in data.items():
        if isinstance(value, list):
            rows.append(f"{indent}{key}:")
            for entry in value:
                inner = _yaml(entry, f"{indent}    ")
                rows.append(f"{indent}  - {inner.lstrip()}")
        elif value:
            rows.append(f"{indent}{key}: {_scalar(str(value))}")
    return "\n".join(rows)


def _scalar(text: str) -> str:
    if re.fullmatch(r"[A-Za-z][\w ,.'’()/-]*[\w.)]", text) and text.lower() not in (
        "yes",
        "no",
        "true",
        "false",
        "null",
    ):
        return text
    if re.fullmatch(r"https?://[\w./?=&%-]+", text):
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "")


def _blocks(nodes: list[Node | str], around: Around) -> Iterator[Piece]:
    run: list[Node | str] = []
    for node in nodes:
        if isinstance(node, str) or not _is_block(node):
            run.append(node)
            continue
        yield from _paragraph(run, around)
        run = []
        yield from _block(node, around)
    yield from _paragraph(run, around)


def _is_block(node: Node) -> bool:
    if node.tag == "img":
        return not _is_sign(node)
    return node.tag in _BLOCKS or any(_is_block(child) for child in node.elements())


def _is_sign(node: Node) -> bool:
    """Return whether a picture is a smiley: its alt text says the same."""
    return bool(_EMOJI.search(node.attributes.get("src", ""))) or bool({"wp-smiley", "emoji"} & set(node.classes))


def _paragraph(run: list[Node | str], around: Around) -> Iterator[Piece]:
    words = [node.attributes.get("alt", "") if isinstance(node, Node) and node.tag == "img" else node for node in run]
    text = " ".join("".join(n if isinstance(n, str) else n.text() for n in words).split())
    if (embed := player(bare_address(text))) and text:
        yield Piece(fenced("embed", embed), sort="embed")
        return
    for part in _parts(words):
        if markdown := line(part, around):
            plain = " ".join("".join(n if isinstance(n, str) else n.text() for n in part).split())
            yield Piece(markdown, plain)


def _parts(nodes: list[Node | str]) -> list[list[Node | str]]:
    """Return a run in parts: two line breaks one after the other were meant as a paragraph's end."""
    parts: list[list[Node | str]] = [[]]
    for node in nodes:
        last = parts[-1]
        is_break = isinstance(node, Node) and node.tag == "br"
        blank = isinstance(node, str) and not node.strip()
        if is_break and last and isinstance(last[-1], Node) and last[-1].tag == "br":
            last.pop()
            parts.append([])
        elif not (blank and last and isinstance(last[-1], Node) and last[-1].tag == "br"):
            last.append(node)
    return parts


def _block(node: Node, around: Around) -> Iterator[Piece]:
    make = _MAKERS.get(node.tag)
    if node.tag in _HEADINGS:
        yield from _heading(node, around)
    elif _GALLERIES & set(node.classes) and node.find("img", "figure"):
        yield from _gallery(node, around)
    elif "schema-faq" in node.classes:
        yield from _questions(node, around)
    elif button := _button(node, around):
        yield button
    elif make:
        yield from make(node, around)
    else:
        yield from _blocks(node.children, around)


def _heading(node: Node, around: Around) -> Iterator[Piece]:
    pictures = [child for child in node.walk() if child.tag == "img"]
    words = line([child for child in node.children if child not in pictures], around).replace("\\\n", " ")
    words = re.sub(r"^\*\*(.*)\*\*$", r"\1", words)
    if words:
        yield Piece(f"{'#' * _HEADINGS[node.tag]} {words}", node.text(), "heading")
    for picture in pictures:
        yield from _image(picture, around)


def _image(node: Node, around: Around, caption: str = "") -> Iterator[Piece]:
    found = node.attributes
    if found.get("width") in ("0", "1") and found.get("height") in ("0", "1"):
        around.note("A picture of one pixel, which only counts visitors, was left out.")
        return
    seen = picture_of(node)
    if markdown := photo(Picture(seen.address, seen.number, seen.alt, caption), around):
        yield Piece(markdown, sort="photo")


def _figure(node: Node, around: Around) -> Iterator[Piece]:
    legend = node.find("figcaption")
    caption = legend.text() if legend else ""
    image, table = node.find("img"), node.find("table")
    if numbers := node.attributes.get("data-photos"):
        yield from _numbered_gallery(numbers, around)
    elif len([child for child in node.walk() if child.tag == "img"]) > 1:
        yield from _gallery(node, around)
    elif image and not table:
        yield from _image(image, around, caption)
    else:
        rest = [child for child in node.children if child is not legend]
        yield from _blocks(rest, around)
        if caption:
            yield Piece(f"*{escaped(caption)}*", caption)


def _gallery(node: Node, around: Around) -> Iterator[Piece]:
    photos = []
    for image in (child for child in node.walk() if child.tag == "img"):
        holder = next((f for f in node.walk() if f.tag in ("figure", "li", "dl") and image in list(f.walk())
                       and len([i for i in f.walk() if i.tag == "img"]) == 1), None)  # fmt: skip
        legend = holder.find("figcaption", "dd") if holder else None
        seen = picture_of(image)
        photos.append(Picture(seen.address, seen.number, seen.alt, legend.text() if legend else ""))
    title = next((child.text() for child in node.elements() if child.tag == "figcaption"), "")
    yield from _gallery_of(photos, title, around)


def _numbered_gallery(numbers: str, around: Around) -> Iterator[Piece]:
    yield from _gallery_of([Picture("", number) for number in re.findall(r"\d+", numbers)], "", around)


def _gallery_of(photos: list[Picture], title: str, around: Around) -> Iterator[Piece]:
    entries: list[dict[str, object]] = []
    for each in map(around.known, photos):
        if asset := around.asset(each):
            entries.append({"asset": asset, "alt": each.alt, "caption": each.caption})
    if entries:
        yield Piece(fenced("gallery", {"title": title, "photos": entries}), sort="gallery")


def _list(node: Node, around: Around) -> Iterator[Piece]:
    number = int(node.attributes.get("start") or 1) if (node.attributes.get("start") or "1").isdigit() else 1
    rows, loose = [], False
    for child in node.children:
        if isinstance(child, str) and not child.strip():
            continue
        inner = _item(child, around)
        if not inner:
            continue
        sign = f"{number}. " if node.tag == "ol" else "- "
        number += 1
        loose = loose or any("\n\n" in part.markdown or part.sort not in ("text", "list") for part in inner)
        text = ("\n\n" if loose else "\n").join(part.markdown for part in inner)
        rows.append(sign + re.sub(r"\n(?=[^\n])", "\n" + " " * len(sign), text))
    if rows:
        yield Piece(("\n\n" if loose else "\n").join(rows), node.text(), "list")


def _item(child: Node | str, around: Around) -> list[Piece]:
    if isinstance(child, Node) and child.tag == "li":
        return list(_blocks(child.children, around))
    return list(_blocks([child], around))


def _quote(node: Node, around: Around) -> Iterator[Piece]:
    source = next((child for child in node.elements() if child.tag == "cite"), None)
    parts = list(_blocks([child for child in node.children if child is not source], around))
    if source and source.text():
        parts.append(Piece("— " + line(source.children, around)))
    if parts:
        text = "\n\n".join(part.markdown for part in parts)
        yield Piece("\n".join(f"> {row}".rstrip() for row in text.split("\n")), node.text(), "quote")


def _code(node: Node, around: Around) -> Iterator[Piece]:
    inner = node.find("code")
    names = [*(inner.classes if inner else []), *node.classes]
    language = next((n.split("-", 1)[1] for n in names if re.fullmatch(r"(language|lang)-[\w+-]{1,20}", n)), "")
    text = _raw(node).strip("\n")
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    shown = "" if language in DATA_KINDS else language
    if text.strip():
        yield Piece(f"{fence}{shown}\n{text}\n{fence}", sort="code")


def _raw(node: Node) -> str:
    return "".join(c if isinstance(c, str) else "\n" if c.tag == "br" else _raw(c) for c in node.children)


def _rule(_node: Node, _around: Around) -> Iterator[Piece]:
    yield Piece("---", sort="rule")


def _table(node: Node, around: Around) -> Iterator[Piece]:
    rows = [row for row in node.walk() if row.tag == "tr"]
    cells = [[cell for cell in row.elements() if cell.tag in ("td", "th")] for row in rows]
    if node.find("table") or (cells and max(len(row) for row in cells) <= 1):
        yield from _blocks([cell for row in cells for cell in row], around)  # it only placed things
        return
    texts = [[text for cell in row for text in _cell(cell, around)] for row in cells]
    texts = [row for row in texts if any(row)]
    width = max((len(row) for row in texts), default=0)
    if not texts or width > 100:
        return
    if (legend := node.find("caption")) and legend.text():
        yield Piece(f"*{escaped(legend.text())}*", legend.text())
    full = [row + [""] * (width - len(row)) for row in texts]
    has_head = bool(cells and cells[0] and (all(c.tag == "th" for c in cells[0]) or node.find("thead")))
    if not has_head:
        around.note("A table without a row of headings: its first row was taken as one.")
    lines = [f"| {' | '.join(row)} |" for row in full]
    yield Piece("\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]]), node.text(), "table")


def _cell(cell: Node, around: Around) -> list[str]:
    span = cell.attributes.get("colspan", "1")
    parts: list[Node | str] = []
    for child in cell.children:
        parts += [*child.children, " "] if isinstance(child, Node) and child.tag in ("p", "div") else [child]
    empty = [""] * (min(int(span), 20) - 1 if span.isdigit() and span != "0" else 0)
    return [line(parts, around, in_table=True), *empty]


def _definitions(node: Node, around: Around) -> Iterator[Piece]:
    for child in node.elements():
        if child.tag == "dt":
            if words := line(child.children, around).strip("*"):
                yield Piece(f"**{words}**", child.text())
        else:
            yield from _blocks(child.children, around)


def _details(node: Node, around: Around) -> Iterator[Piece]:
    for child in node.children:
        if isinstance(child, Node) and child.tag == "summary":
            if words := line(child.children, around).strip("*"):
                yield Piece(f"**{words}**", child.text())
        else:
            yield from _blocks([child], around)


def _frame(node: Node, around: Around) -> Iterator[Piece]:
    found = node.attributes
    address = found.get("data-lazy-src") or found.get("data-src") or found.get("src", "")
    title = found.get("title", "")
    if embed := player(address):
        yield Piece(fenced("embed", {**embed, "title": title}), sort="embed")
    elif target := around.link(address):
        around.note(f"A frame with another site became a link: {address[:120]}")
        yield from _paragraph([Node("a", {"href": target}, [title or address])], around)


def _video(node: Node, around: Around) -> Iterator[Piece]:
    source = node.attributes.get("src") or next(
        (s.attributes["src"] for s in node.walk() if s.tag == "source" and s.attributes.get("src")), ""
    )
    if embed := player(source):
        yield Piece(fenced("embed", embed), sort="embed")
    elif asset := around.asset(Picture(source)):
        yield Piece(fenced("video", {"asset": asset}), sort="video")


def _audio(node: Node, around: Around) -> Iterator[Piece]:
    inner = node.find("source")
    address = node.attributes.get("src") or (inner.attributes.get("src", "") if inner else "")
    if address:
        around.note(f"A sound file became a link; the library takes photos and videos only: {address[:120]}")
        yield from _paragraph([Node("a", {"href": address}, [address.rsplit("/", 1)[-1]])], around)


def _button(node: Node, around: Around) -> Piece | None:
    classes = {"wp-block-button", "kg-button-card"}
    anchor = node.find("a") if classes & set(node.classes) else None
    href = around.link(anchor.attributes.get("href", "")) if anchor else ""
    if not anchor or not href or not anchor.text():
        return None
    return Piece(fenced("button", {"label": anchor.text()[:200], "href": href}), anchor.text(), "button")


def _questions(node: Node, around: Around) -> Iterator[Piece]:
    questions: list[dict[str, object]] = []
    for section in node.elements():
        question, answer = section.having("schema-faq-question"), section.having("schema-faq-answer")
        if question and answer and question.text() and answer.text():
            questions.append({"question": question.text(), "answer": line(answer.children, around)})
    if questions:
        yield Piece(fenced("faq", {"questions": questions}), node.text(), "faq")


_MAKERS: dict[str, Callable[[Node, Around], Iterator[Piece]]] = {
    "img": _image,
    "figure": _figure,
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "pre": _code,
    "hr": _rule,
    "table": _table,
    "dl": _definitions,
    "details": _details,
    "iframe": _frame,
    "video": _video,
    "audio": _audio,
}
