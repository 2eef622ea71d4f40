"""The blocks that an article is made of besides plain Markdown, and the check of the data they carry.

Data sits in a fenced block with a YAML body:

    ```video
    asset: treatment-video
    title: A dry needling treatment
    ```

    kind      keys (* needed)
    video     asset*, title, description, caption, transcript
    embed     url* (a YouTube or Vimeo page), title, photo (what is shown before the click)
    gallery   photos* (a list of asset ids, or of tables with asset*, alt, caption), title
    faq       questions* (a list of tables with question*, answer*), title
    button    label*, href*
    cta       label*, title, text, href (the site's booking address when left out)
    map       address (the business's own when left out), label

Prose sits in a container: `:::note{title="..."}` or `:::callout{kind=tip title="..."}`, a blank line, Markdown, a
blank line, `:::`. A photo is `![alt](asset:ID "caption")` in a paragraph of its own and becomes a figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scheduler.content import yaml_tree
from scheduler.content.fields import Fields
from scheduler.content.links import article_link, link_problem
from scheduler.content.yaml_tree import Broken, Items, LineProblem, Scalar, Table

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `data` depends on the kind; `html` is the safe HTML of a container's prose; `line` counts from 1.

    Kinds: those of `DATA_KINDS`, those of `PROSE_KINDS`, `figure` (asset, alt, caption), and `broken` (reason) for
    one whose data cannot be used: shown to the author only.
    """

    kind: str
    data: Data
    line: int
    html: str = ""


def read(kind: str, text: str, line: int) -> tuple[Data | None, list[LineProblem]]:
    """Return the data of a fenced block (None when it cannot be used) and what is wrong; `line` is the fence's."""
    try:
        tree = yaml_tree.parse(text, line + 1)
    except Broken as error:
        return None, [LineProblem(p.line, f"this {kind} block: {p.reason}") for p in error.problems]
    if not isinstance(tree, Table):
        return None, [LineProblem(line, f"this {kind} block must hold lines like asset: my-photo")]
    problems: list[LineProblem] = []
    keys, reader = _KINDS[kind]
    data = reader(Fields(tree, problems))
    faults = [LineProblem(p.line, f"this {kind} block: {p.reason}") for p in problems]
    unknown = [
        LineProblem(tree.keys[key].line, f'this {kind} block has no setting "{key[:40]}"; it knows {", ".join(keys)}')
        for key in tree.keys
        if key not in keys
    ]
    return (None if faults else data), faults + unknown


def assets_of(kind: str, data: Data) -> list[str]:
    """Return the assets that a block uses."""
    if kind == "gallery":
        return [photo["asset"] for photo in data["photos"]]
    return [data[key] for key in ("asset", "photo") if data.get(key)]


def attributes(params: str) -> dict[str, str] | None:
    """Return the attributes of a container's opening line (`{title="..." kind=tip}`); None when it is not one."""
    inner = params.strip()
    if not inner:
        return {}
    if not (inner.startswith("{") and inner.endswith("}")) or len(inner) > 1000:
        return None
    pair = re.compile(r"""\s*([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'{}]+))\s*""")
    found, offset, inner = {}, 0, inner[1:-1]
    while match := pair.match(inner, offset):
        found[match[1]] = match[2] or match[3] or match[4] or ""
        offset = match.end()
    return found if not inner[offset:].strip() else None


def _video(fields: Fields) -> Data:
    if fields.node("asset") is None:
        fields.fault("asset", "is missing; choose a video of the library")
    keys = ("title", "description", "caption", "transcript")
    return {"asset": fields.asset("asset"), **{key: fields.text(key) for key in keys}}


PLAYERS = {
    "YouTube": "https://www.youtube-nocookie.com/embed/{video}?autoplay=1",
    "Vimeo": "https://player.vimeo.com/video/{video}?autoplay=1&dnt=1",
}
"""The players that respect visitors most; the address is made from the id alone."""


def _embed(fields: Fields) -> Data:
    url = fields.needed("url", 2000)
    provider, video = _provider(url)
    if url and not video:
        fields.fault("url", "must be the address of a video on YouTube or Vimeo")
    return {
        "url": url,
        "title": fields.text("title"),
        "photo": fields.asset("photo"),
        "provider": provider,
        "video": video,
        "player": PLAYERS.get(provider, "").format(video=video),
    }


def _provider(url: str) -> tuple[str, str]:
    """Return the provider and the id of its video, both "" for anything else. Only known shapes of address count."""
    if link_problem(url) or not url.startswith("https://"):
        return "", ""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www.").removeprefix("m."), parts.path
    if host == "youtube.com":
        video = (parse_qs(parts.query).get("v") or [path.removeprefix("/shorts/").removeprefix("/embed/")])[0]
        return ("YouTube", video) if re.fullmatch(r"[\w-]{11}", video, re.ASCII) else ("", "")
    if host == "youtu.be" and re.fullmatch(r"/[\w-]{11}", path, re.ASCII):
        return "YouTube", path[1:]
    match = re.fullmatch(r"/(?:video/)?([0-9]{5,12})", path)
    return ("Vimeo", match[1]) if host in ("vimeo.com", "player.vimeo.com") and match else ("", "")


def _gallery(fields: Fields) -> Data:
    return {"title": fields.text("title"), "photos": _each(fields, "photos", _photo)}


def _photo(entry: Fields) -> Data:
    if entry.node("asset") is None:
        entry.fault("asset", "is missing")
    return {"asset": entry.asset("asset"), "alt": entry.text("alt"), "caption": entry.text("caption")}


def _faq(fields: Fields) -> Data:
    return {"title": fields.text("title"), "questions": _each(fields, "questions", _question)}


def _question(entry: Fields) -> Data:
    return {"question": entry.needed("question"), "answer": entry.needed("answer", 20_000)}


def _button(fields: Fields) -> Data:
    label, href = fields.needed("label", 200), fields.needed("href", 2000)
    if href and not article_link(href) and (problem := link_problem(href)):
        fields.fault("href", problem)
    return {"label": label, "href": href}


def _call_to_action(fields: Fields) -> Data:
    data = {"title": fields.text("title", longest=200), "text": fields.text("text", longest=1000)}
    href = fields.text("href", longest=2000)
    if href and not article_link(href) and (problem := link_problem(href)):
        fields.fault("href", problem)
    return data | {"label": fields.needed("label", 200), "href": href, "booking": not href}


def _map(fields: Fields) -> Data:
    return {"label": fields.text("label", longest=200), "address": fields.text("address", longest=500)}


def _each(fields: Fields, key: str, read_one: Callable[[Fields], Data]) -> list[Data]:
    """Return the entries of a list of tables; a plain text in a list of photos is the id of an asset."""
    node, result = fields.node(key), []
    for entry in node.items if isinstance(node, Items) else ():
        if isinstance(entry, Scalar) and key == "photos":
            entry = Table({"asset": entry}, {"asset": entry}, entry.line, entry.start, entry.end)
        if isinstance(entry, Table):
            result.append(read_one(Fields(entry, fields.problems)))
        else:
            fields.problems.append(LineProblem(entry.line, f"{key}: each entry must be a table"))
    if not isinstance(node, Items) or not node.items:
        fields.fault(key, "must be a list with at least one entry")
    return result


_KINDS: dict[str, tuple[tuple[str, ...], Callable[[Fields], Data]]] = {
    "video": (("asset", "title", "description", "caption", "transcript"), _video),
    "embed": (("url", "title", "photo"), _embed),
    "gallery": (("photos", "title"), _gallery),
    "faq": (("questions", "title"), _faq),
    "button": (("label", "href"), _button),
    "cta": (("label", "title", "text", "href"), _call_to_action),
    "map": (("address", "label"), _map),
}
DATA_KINDS = tuple(_KINDS)
PROSE_KINDS = ("note", "callout")
