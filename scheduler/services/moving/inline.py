"""Words within a paragraph, from HTML to Markdown: what Markdown would read as a sign is written so that it is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from scheduler.content.links import article_link, link_problem
from scheduler.services.moving.markup import Node

STRONG, EM, STRUCK = "strong", "em", "struck"
_STYLES = {"strong": STRONG, "b": STRONG, "em": EM, "i": EM, "cite": EM, "del": STRUCK, "s": STRUCK, "strike": STRUCK}
_OPEN = {STRONG: "\ue000", EM: "\ue001", STRUCK: "\ue002"}
_CLOSE = {STRONG: "\ue003", EM: "\ue004", STRUCK: "\ue005"}
_SIGNS = {STRONG: "**", EM: "*", STRUCK: "~~"}
_BREAK = "\ue006"
_PRIVATE = re.compile("[\ue000-\ue00f]")
_CODES = ("code", "kbd", "samp", "tt", "var")


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo or video as the text uses it. `number` is its id there, "" when unknown."""

    address: str
    number: str = ""
    alt: str = ""
    caption: str = ""


@dataclass(slots=True)
class Around:
    """What a text stands in: `asset` gives the id of a photo or video here ("" for none), `link` a link's address.

    `notes` gathers what the report must say.
    """

    asset: Callable[[Picture], str]
    link: Callable[[str], str]
    notes: list[str] = field(default_factory=list)
    known: Callable[[Picture], Picture] = lambda picture: picture
    """What is known of a photo beside what the text says: its alt text and caption in the library there."""

    def note(self, sentence: str) -> None:
        """Say something in the report, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def line(nodes: list[Node | str], around: Around, in_table: bool = False) -> str:
    """Return a run of text with its emphasis, links and code as Markdown; "" when it says nothing."""
    raw = _run(nodes, around, frozenset())
    text = _emphasised(_tidy(raw))
    if in_table:
        return re.sub(r"(?<!\\)\|", r"\\|", text.replace("\\\n", " ").replace("\n", " "))
    return "\n".join(_line_start(each) for each in text.split("\n"))


def escaped(text: str) -> str:
    """Return plain words so that Markdown shows exactly them."""
    text = _PRIVATE.sub("", text)
    text = re.sub(r"([\\`*\[\]<])", r"\\\1", text)
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
    text = re.sub(r"~(?=~)", r"\\~", text)
    return re.sub(r"&(?=#?\w{1,31};)", r"\\&", text)


def destination(address: str) -> str:
    """Return an address as it stands in the round brackets of a link."""
    spelled = address.strip()
    for sign, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E"), ('"', "%22"),
                       ("\\", "%5C"), ("\n", ""), ("\t", "")):  # fmt: skip
        spelled = spelled.replace(sign, code)
    return spelled


def quoted(text: str) -> str:
    """Return a caption as the title of a photo: in quotes, on one line."""
    plain = " ".join(_PRIVATE.sub("", text).split())
    plain = re.sub(r"&(?=#?\w{1,31};)", r"\\&", plain.replace("\\", "\\\\"))
    return '"' + plain.replace('"', '\\"') + '"'


def photo(picture: Picture, around: Around) -> str:
    """Return a photo of the text as Markdown, "" when it is left out."""
    picture = around.known(picture)
    asset = around.asset(picture)
    if not asset:
        return ""
    caption = f" {quoted(picture.caption)}" if picture.caption else ""
    return f"![{escaped(' '.join(picture.alt.split()))}](asset:{asset}{caption})"


def _run(nodes: list[Node | str], around: Around, styles: frozenset[str]) -> str:
    return "".join(
        escaped(re.sub(r"[ \t\r\n\f]+", " ", node)) if isinstance(node, str) else _element(node, around, styles)
        for node in nodes
    )


def _element(node: Node, around: Around, styles: frozenset[str]) -> str:
    if node.tag == "br":
        return _BREAK
    if node.tag in _CODES:
        return _code(node.text())
    if node.tag == "img":
        return photo(picture_of(node), around)
    if node.tag == "a":
        return _link(node, around, styles)
    if node.tag == "q":
        return f"\N{LEFT DOUBLE QUOTATION MARK}{_run(node.children, around, styles)}\N{RIGHT DOUBLE QUOTATION MARK}"
    style = _STYLES.get(node.tag, "")
    if not style or style in styles:
        return _run(node.children, around, styles)
    inner = _run(node.children, around, styles | {style})
    words = inner.strip(f" {_BREAK}\N{NO-BREAK SPACE}")
    if not words:
        return inner
    before, _, after = inner.partition(words)
    return f"{before}{_OPEN[style]}{words}{_CLOSE[style]}{after}"


def _link(node: Node, around: Around, styles: frozenset[str]) -> str:
    words = _run(node.children, around, styles)
    href = node.attributes.get("href", "")
    if not words.strip() or words.lstrip().startswith("![") or not href:
        return words
    address = destination(around.link(href))
    if not address:
        return words
    if not article_link(address) and (problem := link_problem(address)):
        around.note(f"A link was left out, its words stay: {problem}.")
        return words
    before, bare, after = words[: len(words) - len(words.lstrip())], words.strip(), words[len(words.rstrip()) :]
    return f"{before}[{bare}]({address}){after}"


def _code(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{_PRIVATE.sub('', text)}{space}{fence}"


def picture_of(node: Node) -> Picture:
    """Return the photo of an <img>: its real address where a plug-in loads it late, and its number where it is told."""
    found = node.attributes
    address = found.get("data-full-url") or found.get("data-lazy-src") or found.get("data-src") or found.get("src", "")
    number = found.get("data-id", "")
    for name in node.classes:
        if match := re.fullmatch(r"wp-image-(\d+)", name):
            number = match[1]
    return Picture(address.strip(), number, found.get("alt", "").strip())


def _tidy(raw: str) -> str:
    """Return a run without spaces at the ends of its lines and without breaks at its ends."""
    raw = re.sub(r"[ ]{2,}", " ", raw)
    raw = re.sub(rf" *{_BREAK} *", _BREAK, raw).strip(f" {_BREAK}\n")
    return re.sub(f"{_BREAK}+", "\\\\\n", raw)


def _emphasised(text: str) -> str:
    """Return the text with signs for emphasis where Markdown takes them as such, and without them elsewhere."""
    for style, opening in _OPEN.items():
        closing = _CLOSE[style]
        text = text.replace(f"{closing}{opening}", "")
        pattern = re.compile(f"{opening}([^{opening}{closing}]*){closing}")
        text = pattern.sub(lambda match, style=style: _signed(match, style), text)  # type: ignore[misc]
    return _PRIVATE.sub("", text)


def _signed(match: re.Match[str], style: str) -> str:
    sign, inner = _SIGNS[style], match[1]
    before = _PRIVATE.sub("", match.string[: match.start()])[-1:]
    after = _PRIVATE.sub("", match.string[match.end() :])[:1]
    plain = _PRIVATE.sub("", inner)
    opens = not _is_word(before) or _is_word(plain[:1])
    closes = not _is_word(after) or _is_word(plain[-1:])
    return f"{sign}{inner}{sign}" if opens and closes else inner


def _is_word(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or (ord(sign) > 127 and not sign.isspace() and sign not in "“”‘’«»„–—…¡¿"))


def _line_start(text: str) -> str:
    """Return one line so that its beginning opens no heading, list, quote, rule or block."""
    text = text.lstrip(" \t")
    if match := re.match(r"(\d{1,9})([.)])(?=\s|$)", text):
        return f"{match[1]}\\{match[2]}{text[match.end() :]}"
    if re.match(r"(#{1,6}(\s|$)|>|[-+](\s|$)|-{2,}|=+\s*$|:::|~~~|\|)", text):
        return "\\" + text
    return text
