"""How the networks count a text and turn it into HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import regex
from markupsafe import Markup, escape

MASTODON_URL_LENGTH = 23

_URL = regex.compile(r"(?<![\w@/.])https?://[^\s<>\"]+", regex.IGNORECASE)
_REMOTE_MENTION = regex.compile(r"(?<![\w/=])@([\w.-]*\w)@[\p{L}\p{N}](?:[\w.-]*[\p{L}\p{N}])?")
_HASHTAG = regex.compile(r"(?<![\w/&])#(\w*[\p{L}_]\w*)")


def graphemes(text: str) -> int:
    """Return the number of extended grapheme clusters: what a person would call characters."""
    return len(regex.findall(r"\X", text))


def mastodon_length(text: str, spoiler: str = "") -> int:
    """Return the length Mastodon counts: every URL is 23, of `@user@domain` only `@user` counts."""
    shortened = _each_url(text, lambda _url: "x" * MASTODON_URL_LENGTH)
    return graphemes(spoiler) + graphemes(_REMOTE_MENTION.sub(r"@\1", shortened))


def urls_in(text: str) -> list[str]:
    """Return the http and https addresses in a text, in order."""
    found: list[str] = []

    def note(url: str) -> str:
        found.append(url)
        return url

    _each_url(text, note)
    return found


def mastodon_html(text: str, tag_base: str = "") -> Markup:
    """Return a status as HTML: paragraphs, links and hashtags; without `tag_base` hashtags are not linked."""
    paragraphs = regex.split(r"\n{2,}", text.strip().replace("\r\n", "\n"))
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(_line(line, tag_base) for line in paragraph.split("\n")))
        for paragraph in paragraphs
        if paragraph
    )


def bluesky_html(text: str, facets: Sequence[dict[str, Any]]) -> Markup:
    """Return a post as HTML with its facets, whose byte ranges were checked when the post was accepted."""
    raw, pieces, position = text.encode(), [], 0
    for facet in sorted(facets, key=lambda one: int(one["index"]["byteStart"])):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        pieces += [_plain(raw[position:start].decode()), _facet(raw[start:end].decode(), facet["features"])]
        position = end
    pieces.append(_plain(raw[position:].decode()))
    return Markup("<p>{}</p>").format(Markup("").join(pieces))


def _each_url(text: str, replace: Callable[[str], str]) -> str:
    def trimmed(match: regex.Match[str]) -> str:
        url = match.group()
        kept = url.rstrip(".,;:!?'\"”’»")
        while kept.endswith(")") and kept.count(")") > kept.count("("):
            kept = kept[:-1].rstrip(".,;:!?")
        return replace(kept) + url[len(kept) :]

    return _URL.sub(trimmed, text)


def _line(line: str, tag_base: str) -> Markup:
    pieces, position = [], 0
    for url in urls_in(line):
        start = line.index(url, position)
        pieces += [_tagged(line[position:start], tag_base), _link(url, url)]
        position = start + len(url)
    return Markup("").join([*pieces, _tagged(line[position:], tag_base)])


def _tagged(text: str, tag_base: str) -> Markup:
    pieces, position = [], 0
    for match in _HASHTAG.finditer(text):
        pieces += [escape(text[position : match.start()]), _hashtag(match.group(1), tag_base)]
        position = match.end()
    return Markup("").join([*pieces, escape(text[position:])])


def _hashtag(tag: str, tag_base: str) -> Markup:
    if not tag_base:
        return Markup('<span class="hashtag">#{}</span>').format(tag)
    return Markup('<a href="{}/tags/{}" class="mention hashtag" rel="tag">#<span>{}</span></a>').format(
        tag_base, tag.lower(), tag
    )


def _facet(shown: str, features: Sequence[dict[str, Any]]) -> Markup:
    uri = next((str(one["uri"]) for one in features if "uri" in one), "")
    return _link(uri, shown) if uri else Markup('<span class="hashtag">{}</span>').format(shown)


def _link(url: str, shown: str) -> Markup:
    if not url.lower().startswith(("http://", "https://")):
        return escape(shown)
    return Markup('<a href="{}" rel="nofollow noopener noreferrer" target="_blank">{}</a>').format(url, shown)


def _plain(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
