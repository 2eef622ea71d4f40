"""How X counts a text: weighted characters, after the rules of twitter-text 3 (platform sheet, section 5).

Checked against the published vectors. Every pattern reads a character a bounded number of times, so that a hostile
text of any length is counted at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

import regex
from publicsuffixlist import PublicSuffixList

LINK_WEIGHT = 23
LONGEST_LINK = 4096
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Ranges of code points that weigh 1; all others weigh 2."""
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\p{Regional_Indicator}]|[0-9#*]\uFE0F?\u20E3|[^0-9#*]\uFE0F")
_MARKS = r"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069"
_LATIN = r"a-zA-Z0-9À-ÖØ-öø-ɏ"
_LATIN_LABEL = rf"[{_LATIN}](?:[{_LATIN}_-]{{0,200}}[{_LATIN}])?+"
_ANY_LABEL = r"[\p{L}\p{M}\p{N}\p{So}](?:[\p{L}\p{M}\p{N}\p{So}_-]{0,200}[\p{L}\p{M}\p{N}\p{So}])?+"
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_PATH = regex.compile(rf"(?::[0-9]+)?+(?:/[^\s<>\"{_MARKS}{_CJK}]*+)?+(?:\?[^\s<>\"{_MARKS}{_CJK}]*+)?+")
_LINK = regex.compile(
    rf"(?<![a-zA-Z0-9@＠$#＃])(?P<scheme>https?://)(?P<host>{_ANY_LABEL}(?:\.{_ANY_LABEL}){{1,30}}+)"
    rf"|(?<![a-zA-Z0-9@＠$#＃_./+-])(?P<host>{_LATIN_LABEL}(?:\.{_ANY_LABEL}){{1,30}}+)",
    regex.IGNORECASE,
)
_SHORT_LINK = regex.compile(r"https?://t\.co/(?P<slug>[a-z0-9]*+)", regex.IGNORECASE)
_LONGEST_SLUG = 40
_LONGEST_LABEL = 63
_CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?+(?![\w$])")
_UNUSABLE = regex.compile(r"[\uFFFE\uFEFF\uFFFF]")
_TRAILING = ".,;:!?'\"”’»*…"


def weighted_length(text: str) -> int:
    """Return the length of a text as X counts it: a link is 23, an emoji 2, most scripts of Asia 2 a character."""
    normal = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for start, end in links_in(normal):
        total += _weight(normal[position:start]) + LINK_WEIGHT
        position = end
    return total + _weight(normal[position:])


def links_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the links of a text begin and end; "clinic.example.com" without a scheme is one too."""
    position = 0
    while found := _LINK.search(text, position):
        position = found.end()
        end = _end_of_link(text, found)
        if end:
            position = end
            yield found.start(), end


def cashtags_in(text: str) -> int:
    """Return how many cashtags ($ABC) a text holds; X takes one."""
    return len(_CASHTAG.findall(text))


def has_unusable(text: str) -> bool:
    """Tell whether a text holds a character that X refuses."""
    return bool(_UNUSABLE.search(text))


def _weight(text: str) -> int:
    # Clusters that are plain are by far the most, so they are not looked at as emoji.
    return sum(_cluster_weight(cluster) for cluster in regex.findall(r"\X", text))


def _cluster_weight(cluster: str) -> int:
    if cluster.isascii():
        return len(cluster)
    return 2 if _EMOJI.search(cluster) else sum(_point_weight(ord(character)) for character in cluster)


def _point_weight(point: int) -> int:
    return 1 if any(first <= point <= last for first, last in _LIGHT) else 2


def _end_of_link(text: str, found: regex.Match[str]) -> int:
    """Return where the link of a match ends, 0 when it is none."""
    host = _known_part(found["host"], bare=not found["scheme"])
    end = found.start("host") + len(host)
    following = text[end : end + 1]
    if not host or following in ("@", "＠", "+", "-") or (following.isascii() and following.isalnum()):
        return 0
    if len(host) == len(found["host"]):
        rest = _PATH.match(text, end)
        end = rest.end() if rest else end
    link = _without_trailing(text[found.start() : end])
    short = _SHORT_LINK.match(link)
    if short:
        return found.start() + short.end() if len(short["slug"]) <= _LONGEST_SLUG else 0
    return found.start() + len(link) if len(link) <= LONGEST_LINK else 0


def _known_part(host: str, bare: bool) -> str:
    """Return the longest beginning of a host that ends in a known top-level domain, "" when there is none."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        for last in _beginnings(labels[count - 1]):
            if _is_host((*labels[: count - 1], last), bare):
                return ".".join((*labels[: count - 1], last))
    return ""


def _beginnings(label: str) -> Iterator[str]:
    """Yield a label, and what of it can stand before text that follows without a space, as in "example.comです"."""
    yield label
    if not label.isascii():
        latin = regex.match(r"[a-zA-Z0-9-]*", label)
        yield latin[0] if latin and latin[0] else ""
        yield from (label[:length] for length in range(min(len(label) - 1, 10), 1, -1))


def _is_host(labels: tuple[str, ...], bare: bool) -> bool:
    names = [_encoded(label) for label in labels]
    if not all(0 < len(name) <= _LONGEST_LABEL for name in names) or "_" in labels[-2] or "_" in labels[-1]:
        return False
    if bare and not all(regex.fullmatch(f"[{_LATIN}_-]+", label) for label in labels[:-1]):
        return False
    return bool(_suffixes().publicsuffix(".".join(names)))


def _encoded(label: str) -> str:
    """Return a label as it stands in the domain name system, "" when it cannot be written there."""
    if label.isascii():
        return label.lower()
    if label.lower().startswith("xn--"):
        return ""
    return "xn--" + label.lower().encode("punycode").decode()


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _without_trailing(link: str) -> str:
    """Return a link without the punctuation of its sentence, and without a bracket that it does not open."""
    link = link.rstrip(_TRAILING)
    spare = link.count(")") - link.count("(")
    while spare > 0 and link.endswith(")"):
        link, spare = link[:-1], spare - 1
    return link.rstrip(_TRAILING)
