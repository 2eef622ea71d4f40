"""WordPress's words in square brackets, [gallery ids="1,2"] and alike, become the HTML that they would have made."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from scheduler.services.moving.incoming import Tally

_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'\]]+))|"([^"]*)"|(\S+)""")
_TAG = re.compile(r"(\[?)\[(/?)([a-zA-Z][\w-]{0,60})((?:\s[^\[\]]{0,3000})?)(/?)\](\]?)")
KEEP, DROP = "keep", "drop"


def expanded(text: str, unknown: str, tally: Tally) -> str:
    """Return the text with the shortcodes of WordPress itself as HTML; others are counted in `tally`.

    `unknown` says what becomes of those: `KEEP` leaves them as text, `DROP` leaves only what stands between them.
    """
    for name, make in _ENCLOSING.items():
        pattern = re.compile(rf"(?<!\[)\[{name}((?:\s[^\]]*)?)\](.*?)\[/{name}\]", re.DOTALL)
        text = pattern.sub(lambda match, make=make: make(attributes(match[1]), match[2]), text)  # type: ignore[misc]
    for name, single in _SINGLE.items():
        pattern = re.compile(rf"(?<!\[)\[{name}((?:\s[^\]]*?)?)\s*/?\](?:\s*\[/{name}\])?")
        text = pattern.sub(lambda match, single=single: single(attributes(match[1])), text)  # type: ignore[misc]
    closed = {match[3] for match in _TAG.finditer(text) if match[2]}
    return _TAG.sub(lambda match: _stranger(match, closed, unknown, tally), text)


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of a shortcode; one without a name has its place as name ("0")."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(html.unescape(text.replace("\N{RIGHT DOUBLE QUOTATION MARK}", '"'))):
        if match[1]:
            found[match[1].lower()] = match[2] or match[3] or match[4] or ""
        else:
            found[str(len(found))] = match[5] or match[6] or ""
    return found


def _stranger(match: re.Match[str], closed: set[str], unknown: str, tally: Tally) -> str:
    doubled, _slash, name, given, _self, doubled_too = match.groups()
    if doubled and doubled_too:  # [[gallery]] is how WordPress writes the words [gallery]
        return match[0][1:-1]
    telling = "=" in given or name in closed or "_" in name or bool(match[5])
    if not telling:  # [sic], [1], [John]: words in brackets
        return match[0]
    if not match[2]:
        tally.add(f"shortcode [{name}]", match[0])
    return match[0] if unknown == KEEP else ""


def _caption(given: dict[str, str], inner: str) -> str:
    picture = re.match(r"\s*((?:<a\b[^>]*>)?\s*<img\b[^>]*>\s*(?:</a>)?)(.*)", inner, re.DOTALL)
    if not picture:
        return inner
    words = given.get("caption") or picture[2].strip()
    number = re.fullmatch(r"attachment_(\d+)", given.get("id", ""))
    image = picture[1]
    if number and "wp-image-" not in image:
        image = image.replace("<img", f'<img data-id="{number[1]}"', 1)
    return f"\n\n<figure>{image}<figcaption>{words}</figcaption></figure>\n\n"


def _embed(_given: dict[str, str], inner: str) -> str:
    return f"\n\n{inner.strip()}\n\n"


def _gallery(given: dict[str, str]) -> str:
    numbers = given.get("ids") or given.get("include") or "attached"
    return f'\n\n<figure data-photos="{html.escape(numbers)}"></figure>\n\n'


def _film(given: dict[str, str]) -> str:
    address = next((given[key] for key in ("src", "mp4", "m4v", "webm", "ogv", "mov") if given.get(key)), "")
    return f'\n\n<video src="{html.escape(address)}"></video>\n\n' if address else ""


def _sound(given: dict[str, str]) -> str:
    address = next((given[key] for key in ("src", "mp3", "m4a", "ogg", "wav") if given.get(key)), "")
    return f'\n\n<audio src="{html.escape(address)}"></audio>\n\n' if address else ""


def _one_address(given: dict[str, str]) -> str:
    address = given.get("url") or given.get("id") or given.get("0", "").lstrip("=") or given.get("1", "")
    return f"\n\n{address}\n\n" if address.startswith("http") else ""


_ENCLOSING: dict[str, Callable[[dict[str, str], str], str]] = {
    "caption": _caption,
    "wp_caption": _caption,
    "embed": _embed,
}
_SINGLE: dict[str, Callable[[dict[str, str]], str]] = {
    "gallery": _gallery,
    "video": _film,
    "audio": _sound,
    "youtube": _one_address,
    "vimeo": _one_address,
}
