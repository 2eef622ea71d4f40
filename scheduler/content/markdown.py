"""From Markdown to safe HTML.

CommonMark with tables and strikethrough; raw HTML is text. Our own blocks (see `blocks.py`) leave a placeholder, the
rest goes through nh3, and only then the blocks come in, made by the caller's (auto-escaping) templates: so the
sanitiser needs no hole for them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from scheduler.content import blocks as block_data
from scheduler.content.blocks import DATA_KINDS, PROSE_KINDS, Block
from scheduler.content.fields import ASSET
from scheduler.content.links import Linked, article_link, link_problem
from scheduler.content.yaml_tree import LineProblem
from scheduler.domain.slug import slugify

LARGEST_CHARACTERS = 500_000
MOST_COLUMNS = 100
_MOST = dict.fromkeys("[]*_`~<!&\\>\n", 20_000) | {"|": 20_000, ":::": 1_000, "#": 5_000}
"""How often signs that may open or close something may occur: hostile texts are made of little else."""
WORDS_PER_MINUTE = 220
CALLOUTS = ("info", "tip", "warning")

_TAGS = set(
    "a blockquote br code em h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul".split()  # noqa: SIM905
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}} | {f"h{n}": {"id"} for n in range(2, 7)}
_ALIGNED = {"align-left", "align-center", "align-right"}
_MENTION = re.compile(rf"(?<!\w)asset:({ASSET.pattern})")
_PLACE = re.compile(r"([0-9a-f]{24})-(\d+)-")
_LIST_SIGN = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]+")
_DATA_FENCE = re.compile(rf"(`{{3,}}|~{{3,}})[ \t]*({'|'.join(DATA_KINDS)})\b")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of the text; `id` is its anchor on the page."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a body: `html` is safe, `text` its plain words, `problems` are for the author."""

    html: str
    text: str
    words: int
    reading_minutes: int
    headings: tuple[Heading, ...] = ()
    problems: tuple[LineProblem, ...] = ()


def render(body: str, blocks: Callable[[Block], str], linked: Mapping[str, Linked] | None = None) -> Rendered:
    """Return the HTML of a body; `blocks` returns the safe HTML of one block ("" to leave it out).

    `linked` says where links to articles (`article:ID`) lead, by id; one that leads nowhere leaves its words only.
    A body that is too large is not rendered at all: `problems` says why. Lines count from 1 in the body.
    """
    if problem := size_problem(body):
        return Rendered("", "", 0, 1, (), (LineProblem(1, problem),))
    work = _Work(body, blocks, linked or {})
    html = work.html(_tokens(body))
    text = "\n".join(work.text)
    words = len(re.findall(r"\w[\w'’-]*", text))
    problems = tuple(sorted(work.problems, key=lambda p: p.line))
    return Rendered(html, text, words, max(1, round(words / WORDS_PER_MINUTE)), tuple(work.headings), problems)


def minutes_to_read(body: str) -> int:
    """Return how long a body takes to read. Lists ask this of ten articles at once, so nothing is rendered for it."""
    return max(1, round(len(body.split()) / WORDS_PER_MINUTE))


def tokens(body: str) -> list[Token]:
    """Return the tokens of a body as our grammar reads it; none for one that is too large."""
    return [] if size_problem(body) else _tokens(body)


def assets(body: str) -> tuple[str, ...]:
    """Return the ids of the assets that a body mentions, in order of first mention.

    This reads patterns, not Markdown, to be a hundred times faster; what stands in a code block counts too.
    """
    found = [(match.start(), [match[1]]) for match in _MENTION.finditer(body)] if "asset:" in body else []
    if "```" not in body and "~~~" not in body:
        return tuple(dict.fromkeys(asset for _, ids in found for asset in ids))
    for offset, kind, text in _data_fences(body):
        data, _ = block_data.read(kind, text, 1)
        found.append((offset, block_data.assets_of(kind, data) if data else []))
    return tuple(dict.fromkeys(asset for _, ids in sorted(found) for asset in ids))


def _data_fences(body: str) -> Iterator[tuple[int, str, str]]:
    """Yield offset, kind and text of every data block, line by line: a hostile text must not make us look back."""
    sign, kind, start, offset, inner = "", "", 0, 0, list[str]()
    for line in body.split("\n"):
        plain = line.lstrip(" \t>")
        if sign and plain.startswith(sign):
            yield start, kind, "\n".join(inner)
            sign = ""
        elif sign:
            inner.append(re.sub(r"^[ \t]*>", "", line))
        elif opening := _DATA_FENCE.match(plain, item.end() if (item := _LIST_SIGN.match(plain)) else 0):
            sign, kind, start, inner = opening[1], opening[2], offset, []
        offset += len(line) + 1
    if sign:  # CommonMark lets the end of the text close it
        yield start, kind, "\n".join(inner)


def size_problem(body: str) -> str:
    """Return why a body is not rendered, or "" if it is. Parsing time grows with what is counted here."""
    if len(body) > LARGEST_CHARACTERS:
        return f"the text has {len(body):,} characters; {LARGEST_CHARACTERS:,} is the most: make it several articles"
    for sign, most in _MOST.items():
        if (number := body.count(sign)) > most:
            shown = "lines" if sign == "\n" else f'signs "{sign}"'
            return f"the text has {number:,} {shown}; {most:,} is the most"
    if "|" in body and max(line.count("|") for line in body.splitlines()) > MOST_COLUMNS:
        return f"the text has a table of more than {MOST_COLUMNS} columns"
    return ""


def _tokens(text: str) -> list[Token]:
    # The container plugin reads the sign at the start of a line: a last line without one must at least have its end.
    return _parser().parse(text if text.endswith("\n") else f"{text}\n")


@lru_cache(maxsize=1)
def _plain_renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """Return the parser, made once: that takes longer than reading a page with it, which leaves no trace in it."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    for kind in PROSE_KINDS:
        container_plugin(parser, kind, validate=_opens(kind))
    # Links are judged afterwards, token by token: a refused one then has a line and a reason.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _opens(kind: str) -> Callable[[str, str], bool]:
    def opens(params: str, _markup: str) -> bool:
        match = re.match(rf"\s*{kind}(?![\w-])(.*)$", params)
        return match is not None and block_data.attributes(match[1]) is not None

    return opens


@dataclass(slots=True)
class _Work:
    """One rendering: what is gathered on the way through the tokens."""

    body: str
    blocks: Callable[[Block], str]
    linked: Mapping[str, Linked] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines = re.split(r"\r\n|\r|\n", self.body)

    def html(self, tokens: Sequence[Token]) -> str:
        """Return the safe HTML of some tokens, with their blocks in place."""
        mark = secrets.token_hex(12)
        made: list[str] = []

        def place(block: Block) -> Token:
            made.append(self.blocks(block))
            return Token("html_block", "", 0, content=f"{mark}-{len(made) - 1}-")

        plain = list(self.transformed(tokens, place))
        parser = _plain_renderer()
        dirty = parser.renderer.render(plain, parser.options, {})
        clean = nh3.clean(
            dirty,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes={"td": _ALIGNED, "th": _ALIGNED},
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel=None,
        )
        return _PLACE.sub(lambda match: made[int(match[2])] if match[1] == mark else match[0], clean)

    def transformed(self, tokens: Sequence[Token], place: Callable[[Block], Token]) -> Iterator[Token]:
        """Yield the tokens with our blocks replaced by placeholders and the rest made harmless."""
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type.startswith("container_") and token.nesting == 1:
                close = _close(tokens, index)
                yield place(self.container(token, tokens[index + 1 : close]))
                index = close
            elif token.type == "fence" and _word(token) in DATA_KINDS:
                yield place(self.fence(token))
            elif token.type == "paragraph_open" and (figures := self.lone_figures(tokens[index + 1])):
                yield from (place(figure) for figure in figures)
                index += 2
            elif token.type == "inline":
                figures = self.inline(token)
                yield token
                if figures and tokens[index + 1].type in ("paragraph_close", "heading_close"):
                    index += 1
                    self.other(tokens[index], tokens, index)
                    yield tokens[index]
                yield from (place(figure) for figure in figures)
            else:
                self.other(token, tokens, index)
                yield token
            index += 1

    def container(self, token: Token, inner: Sequence[Token]) -> Block:
        kind, line = token.type.split("_")[1], self.line(token)
        found = block_data.attributes(re.sub(rf"^\s*{kind}", "", token.info)) or {}
        if token.map and not self.is_fence(token.map[1]):
            self.fault(line, f"this {kind} is never closed; put a line of three colons (:::) after its text")
        data = {"title": found.pop("title", "")}
        if kind == "callout":
            data["kind"] = found.pop("kind", CALLOUTS[0])
            if data["kind"] not in CALLOUTS:
                self.fault(line, f'a callout is one of {", ".join(CALLOUTS)}, not "{data["kind"][:40]}"')
                data["kind"] = CALLOUTS[0]
        for name in found:
            self.fault(line, f'a {kind} has no setting "{name[:40]}"')
        if data["title"]:
            self.text.append(data["title"])
        return Block(kind, data, line, self.html(inner))

    def is_fence(self, index: int) -> bool:
        return index < len(self.lines) and re.fullmatch(r"[\s>]*:{3,}\s*", self.lines[index]) is not None

    def fence(self, token: Token) -> Block:
        kind, line = _word(token), self.line(token)
        data, problems = block_data.read(kind, token.content, line)
        self.problems.extend(problems)
        if data is None:
            return Block("broken", {"kind": kind, "reason": " ".join(p.reason for p in problems)}, line)
        for question in data.get("questions", ()):
            question["html"] = self.answer(question["answer"], line)
            self.text.append(question["question"])
        if "href" in data:
            data["href"] = self.address(data["href"], line)
        return Block(kind, data, line)

    def answer(self, text: str, line: int) -> str:
        """Return the HTML of an answer: Markdown without blocks of its own."""
        inner = _Work(text, lambda block: "", self.linked)
        html = inner.html(_tokens(text))
        self.text.extend(inner.text)
        self.problems.extend(replace(problem, line=line) for problem in inner.problems)
        return html

    def lone_figures(self, inline: Token) -> list[Block]:
        """Return the figures of a paragraph that holds photos of the library and nothing else."""
        children = [child for child in inline.children or () if child.type not in ("softbreak", "hardbreak")]
        children = [child for child in children if child.type != "text" or child.content.strip()]
        if not children or not all(child.type == "image" and _asset(child) for child in children):
            return []
        return [self.figure(child, self.line(inline)) for child in children]

    def figure(self, image: Token, line: int) -> Block:
        alt = _alt(image)
        if not alt:
            self.fault(line, "this photo has no alt text: say between the [ ] what it shows", "alt")
        return Block("figure", {"asset": _asset(image), "alt": alt, "caption": str(image.attrGet("title") or "")}, line)

    def inline(self, token: Token) -> list[Block]:
        """Make a run of text harmless and return the photos that stood in it: they follow it as figures."""
        line, figures, kept, words_only = self.line(token), [], [], False
        for child in self.named(token.children or []):
            if child.type == "link_open" and (words_only := not self.check_link(child, line)):
                continue
            if child.type == "link_close" and words_only:
                words_only = False  # links never stand inside links
                continue
            if child.type == "image":
                if _asset(child):
                    figures.append(self.figure(child, line))
                    continue
                self.fault(line, "photos come from the library: write ![what it shows](asset:ID)")
                child = Token("text", "", 0, content=_alt(child))
            kept.append(child)
        token.children = kept = list(_unnested(kept))
        text = _plain(kept)
        if text.lstrip().startswith(":::"):
            self.fault(line, f"this is not a block; the blocks with prose are {', '.join(PROSE_KINDS)}")
        self.text.append(text)
        return figures

    def named(self, children: Sequence[Token]) -> Iterator[Token]:
        """Yield a run of text in which a link to an article without words of its own has the article's title."""
        found: tuple[str, str] | None = None
        for child in children:
            if found and (child.type == "link_close" or child.content.startswith("article:")):
                target = self.linked.get(found[0])
                yield Token("text", "", 0, content=target.title if target else "")
                found = None
                if child.type == "text":
                    continue
            found = article_link(str(child.attrGet("href") or "")) if child.type == "link_open" else None
            yield child

    def check_link(self, link: Token, line: int) -> bool:
        """Give a link its address; return False when only its words shall stay."""
        href = str(link.attrGet("href") or "")
        if article_link(href):
            link.attrSet("href", self.address(href, line))
            return link.attrGet("href") != ""
        if problem := link_problem(href):
            self.fault(line, problem, "link")
            link.attrs.pop("href", None)
        return True

    def address(self, href: str, line: int) -> str:
        """Return where a link leads: an article that is named by its id has its address of now, or "" for none."""
        found = article_link(href)
        if not found:
            return href
        target = self.linked.get(found[0]) or Linked("", "the link leads to an article that does not exist any more")
        if target.problem:
            self.fault(line, target.problem, "link")
        return f"{target.path}{found[1]}" if target.path else ""

    def other(self, token: Token, tokens: Sequence[Token], index: int) -> None:
        """Adjust headings (one h1 a page, anchors) and the alignment of table cells (no style attributes)."""
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{max(2, int(token.tag[1]))}"
        if token.type == "heading_open":
            token.attrSet("id", self.heading(token, _plain(tokens[index + 1].children or [])))
        elif token.type in ("th_open", "td_open"):
            match = re.search(r"text-align:\s*(left|center|right)", str(token.attrs.pop("style", "")))
            if match:
                token.attrSet("class", f"align-{match[1]}")
        elif token.type in ("fence", "code_block"):
            token.info = ""

    def heading(self, token: Token, text: str) -> str:
        base = f"h-{slugify(text) or 'section'}"
        number = self.anchors[base] = self.anchors.get(base, 0) + 1
        anchor = base if number == 1 else f"{base}--{number}"
        self.headings.append(Heading(int(token.tag[1]), anchor, text))
        return anchor

    def line(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + 1

    def fault(self, line: int, reason: str, about: str = "") -> None:
        self.problems.append(LineProblem(line, reason, about=about))


def _unnested(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield inline tokens without bold inside bold or italic inside italic: it says nothing, and no editor holds it."""
    depth: dict[str, int] = {}
    for token in tokens:
        if token.tag in ("strong", "em", "s"):
            depth[token.tag] = depth.get(token.tag, 0) + token.nesting
            if depth[token.tag] + (token.nesting < 0) > 1:
                continue
        yield token


def _word(fence: Token) -> str:
    return fence.info.strip().split(" ")[0] if fence.info.strip() else ""


def _close(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the token that closes the one at `index`."""
    depth = 0
    for position in range(index, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens)


def _asset(image: Token) -> str:
    source = str(image.attrGet("src") or "")
    asset = source.removeprefix("asset:")
    return asset if asset != source and ASSET.fullmatch(asset) else ""


def _alt(image: Token) -> str:
    return _plain(image.children or []).strip()


def _plain(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type in ("text", "text_special", "code_inline"):  # special: an escaped sign in a photo's alt text
            parts.append(token.content)
        elif token.children and token.type != "image":
            parts.append(_plain(token.children))
    return "".join(parts)
